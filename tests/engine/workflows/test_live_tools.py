"""The tools beside the one that leads, told for the person in hand by real packs; and what would lower the number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.choice import Standing
from engine.domain.live import LiveTool
from engine.domain.ports import FixedClock
from engine.domain.results import REFUSALS
from engine.fields import load_dictionary
from engine.intake.typed import TypedValue
from engine.packs import PackLibrary
from engine.packs.difference import asks_only, years_of
from engine.packs.manifest import Use
from engine.risk.derivation import FullDerivation
from engine.risk.predictors import Predictors
from engine.risk.readiness import Readiness
from engine.wording import load_wording
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.live import Live, as_people, live_risk, open_record
from engine.workflows.live_tools import ToolsInHand
from engine.workflows.tools_beside import tools_beside
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
TODAY = date(2026, 11, 23)
PASSPHRASE = "a passphrase for tests"
FULL = {
    **{"name": "Tan Weiming", "birth_date": "1962-03-14", "sex": "M", "smoker": "current", "diabetes": "no"},
    **{"cvd_history": "no", "sbp_mmhg": "152", "dbp_mmhg": "92", "total_cholesterol_mmol_l": "6.4"},
    **{"ldl_mmol_l": "4.1", "height_cm": "168", "weight_kg": "78"},
}


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenClinic]:
    """A clinic in China; where its store is, nothing is: whatever looks there fails."""
    folder: Path = tmp_path_factory.mktemp("tools") / "clinic"
    new_clinic(folder, "CHN", PASSPHRASE, CLOCK)
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    with open_clinic(folder, PASSPHRASE, CLOCK, predictors) as opened:
        yield opened


def live_of(clinic: OpenClinic, *without: str, language: str = "en", **more: str) -> Live:
    values = [TypedValue(field, text) for field, text in {**FULL, **more}.items() if field not in without]
    return live_risk(clinic, open_record(clinic, None), values, TODAY, language)


def by_id(tools: tuple[LiveTool, ...]) -> dict[str, LiveTool]:
    return {each.pack_id: each for each in tools}


def test_every_tool_of_the_topic_is_told_as_the_choice_has_it(clinic: OpenClinic) -> None:
    live = live_of(clinic)
    told = ToolsInHand(replace(clinic, vault=None)).tell(live, "en")  # type: ignore[arg-type]  # not there on purpose
    choice = tools_beside(live.assessment, clinic.library)
    assert choice is not None
    standings = {each.pack_id: each.standing for each in choice.candidates if each.standing is not Standing.ELSEWHERE}
    assert {each.pack_id: each.standing for each in told.choice} == standings
    assert len(told.elsewhere) == len(choice.candidates) - len(standings)
    for each in told.choice:
        has_number = each.standing in (Standing.CHOSEN, Standing.ALSO, Standing.RANGE)
        assert bool(each.answer) is has_number, each.pack_id
        assert bool(each.credit) is has_number, each.pack_id
        assert bool(each.differs) is (each.standing in (Standing.ALSO, Standing.RANGE)), each.pack_id


def test_a_tool_that_lacks_something_tells_between_what_its_number_lies(clinic: OpenClinic) -> None:
    live = live_of(clinic, "total_cholesterol_mmol_l")
    tools = by_id(ToolsInHand(clinic).tell(live, "en").choice)
    lab = tools["who_cvd_2019_lab"]
    spread = live.assessment.ranges[0].output("risk_10y")
    assert lab.standing is Standing.RANGE
    assert f"{100 * spread.low:.1f}%" in lab.answer
    assert f"{100 * spread.high:.1f}%" in lab.answer
    assert "total cholesterol" in " ".join(lab.notes)
    assert "asks also for total cholesterol" in lab.differs


def test_tools_on_demand_answer_only_when_asked_and_say_what_they_lack(clinic: OpenClinic) -> None:
    hand, live = ToolsInHand(clinic), live_of(clinic)
    tools = by_id(hand.tell(live, "en").on_demand)
    assert {clinic.library.get(each).manifest.use for each in tools} == {Use.ON_DEMAND}
    assert not any(each.answer for each in tools.values())
    assert tools["bmi_class"].ready
    assert not tools["bmi_class"].missing
    assert tools["qsofa"].missing == ("respiratory_rate_per_min", "altered_mentation")
    asked = by_id(hand.tell(live, "en", {"bmi_class", "qsofa"}).on_demand)
    assert "overweight" in asked["bmi_class"].answer
    assert "Lancet 2004" in asked["bmi_class"].credit
    assert not asked["qsofa"].answer  # it was asked and still lacks what it lacked
    assert asked["qsofa"].missing == tools["qsofa"].missing


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", r"\d+\.\d% \(\d+\.\d to \d+\.\d% by models trained on other samples\)"),
        ("zh", r"\d+\.\d%（用其他抽样训练的模型：\d+\.\d 至 \d+\.\d%）"),
    ],
)
def test_a_trained_tool_tells_what_models_of_other_samples_say(clinic: OpenClinic, language: str, words: str) -> None:
    told = ToolsInHand(clinic).tell(live_of(clinic), language, {"dysglycaemia_no_lab"})
    (answer,) = (each.answer for each in told.on_demand if each.pack_id == "dysglycaemia_no_lab")
    assert re.search(words, answer.replace("\u00a0", "")), answer


def test_many_missing_values_are_told_as_a_few_and_how_many_more(clinic: OpenClinic) -> None:
    tools = by_id(ToolsInHand(clinic).tell(live_of(clinic), "en").on_demand)
    assert len(tools["phq9"].missing) == 9
    assert "6 more" in " ".join(tools["phq9"].notes)


def test_whether_a_tool_is_ready_is_what_running_it_says(clinic: OpenClinic) -> None:
    """Readiness is judged without a graph; for every pack it must agree with the predictor."""
    derivation = FullDerivation(clinic.dictionary, clinic.predictors.get)
    readiness = Readiness(clinic.dictionary, derivation)
    for without in ((), ("sex",), ("smoker", "diabetes"), ("birth_date",)):
        person = live_of(clinic, *without).person
        for pack in clinic.library.all():
            against = readiness.against(pack, person)
            result = clinic.predictors.get(pack.manifest.id).predict(person).row(0)
            refusing = {note for note in result.notes if note.code in REFUSALS}
            if against or not refusing:  # a table may lack a row, which only the graph can tell
                assert set(against) == refusing, pack.manifest.id


def test_a_setting_of_the_clinic_is_no_box_to_go_to(clinic: OpenClinic) -> None:
    told = by_id(ToolsInHand(clinic).tell(live_of(clinic), "en").choice)
    assert told["globorisk"].standing is Standing.ON_DEMAND
    assert "globorisk_version" not in told["globorisk"].missing


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_words_are_those_of_the_language(clinic: OpenClinic, language: str) -> None:
    live = live_of(clinic, language=language)
    told = ToolsInHand(clinic).tell(live, language, {"bmi_class"})
    for each in (*told.choice, *told.on_demand):
        words = " ".join((each.title, each.answer, *each.notes, each.differs))
        assert "{" not in words
        assert "_" not in words, each.pack_id


def test_what_two_packs_ask_apart_is_each_ones_own() -> None:
    library = PackLibrary.shipped()
    lab, office = (library.get(name).manifest for name in ("who_cvd_2019_lab", "who_cvd_2019_nonlab"))
    assert asks_only(lab, office) == ("total_cholesterol_mmol_l", "diabetes")
    assert asks_only(office, lab) == ("bmi_kg_m2",)
    assert asks_only(lab, lab) == ()
    assert years_of(lab, "risk_10y") == 10
    assert years_of(library.get("kfre_4v").manifest, "risk_5y") == 5
    assert years_of(library.get("bmi_class").manifest, None) is None


# --- what would lower the number ------------------------------------------------------------------------------------


def test_the_words_of_what_if_name_what_the_assessment_found(clinic: OpenClinic) -> None:
    live = live_of(clinic)
    found, words = live.assessment.what_if, live.what_if
    assert found is not None
    assert words is not None
    assert live.lead is not None
    assert live.lead.count is not None
    assert [each.field for each in words.changes] == [each.field for each in found.changes]
    pressure = next(each for each in words.changes if each.field == "sbp_mmhg")
    assert (pressure.now, pressure.target) == ("152", "120 mmHg")
    assert found.peer is not None
    assert words.peer == as_people(found.peer, live.lead.count, load_wording("en"))
    assert [each.label for each in words.treatments] == [each.labels["en"] for each in found.treatments]
    assert all("95 %" in each.effect and each.source for each in words.treatments)


def test_nothing_is_told_where_nothing_lowers_the_number(clinic: OpenClinic) -> None:
    good = {"smoker": "never", "sbp_mmhg": "112", "dbp_mmhg": "70", "total_cholesterol_mmol_l": "4.2"}
    live = live_of(clinic, "ldl_mmol_l", **good)
    assert live.lead is not None
    assert live.lead.count is not None
    assert live.what_if is None
    assert live_of(clinic, "smoker").what_if is None  # a range is no number that could be lowered


@given(chosen=st.frozensets(st.sampled_from(["smoker", "sbp_mmhg", "total_cholesterol_mmol_l", "bmi_kg_m2"])))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_chosen_changes_never_lead_above_today_nor_below_the_best(clinic: OpenClinic, chosen: frozenset[str]) -> None:
    found = live_of(clinic).assessment.what_if
    assert found is not None
    counted, number = found.reached(chosen)
    assert counted <= chosen
    assert found.best <= number <= found.value
    assert number == found.with_changes(counted)
    together = found.with_changes(chosen)
    assert together is None or number == together


def test_the_range_has_the_cuts_of_its_tool(clinic: OpenClinic) -> None:
    live = live_of(clinic, "smoker")
    assert live.lead is not None
    assert live.lead.range is not None
    assert live.lead.range.edges == (0.05, 0.1, 0.2, 0.3)
    assert "WHO" in live.lead.range.bands_source
    assert live.lead.range.low < live.lead.range.high


def test_the_person_is_what_tools_on_demand_read(clinic: OpenClinic) -> None:
    person = live_of(clinic).person
    assert person.rows == 1
    assert float(person.column("weight_kg")[0]) == 78
    assert np.isnan(person.column("respiratory_rate_per_min")[0])
