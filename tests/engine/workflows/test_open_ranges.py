"""What an assessment keeps beside its number: what could be known, what to find out first, what would lower it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from engine.domain.assessment import Assessment
from engine.domain.batch import Batch
from engine.domain.choice import Standing
from engine.domain.plain import from_plain, to_plain
from engine.domain.ports import FixedClock
from engine.intake.typed import TypedValue
from engine.store.settings import load_counted
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.count_people import count_people
from engine.workflows.live import live_risk, open_record
from engine.workflows.plausible_values import CLINIC, COUNTED_AS
from engine.workflows.tools_beside import tools_beside
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
TODAY = date(2026, 11, 23)
PASSPHRASE = "a passphrase for tests"
PERSON = {"name": "Tan Weiming", "birth_date": "1965-03-14", "sex": "M", "smoker": "current", "diabetes": "no"}
ANSWERS = {**PERSON, "cvd_history": "no", "sbp_mmhg": "158", "dbp_mmhg": "92"}
HEART = "cardiovascular"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("open") / "clinic"
    new_clinic(folder, "CHN", PASSPHRASE, CLOCK)
    return folder


@pytest.fixture
def clinic(folder: Path) -> Iterator[OpenClinic]:
    with open_clinic(folder, PASSPHRASE, CLOCK) as opened:
        yield opened


def assessed(clinic: OpenClinic, values: dict[str, str]) -> Assessment:
    typed = [TypedValue(field, text) for field, text in values.items()]
    return live_risk(clinic, open_record(clinic, None), typed, TODAY, "en").assessment


def test_a_whole_record_has_its_number_what_would_lower_it_and_no_range_of_the_heart(clinic: OpenClinic) -> None:
    found = assessed(clinic, {**ANSWERS, "total_cholesterol_mmol_l": "6.2"})
    assert found.headline_pack == "who_cvd_2019_lab"
    assert [each.pack.id for each in found.ranges if each.pack.id.startswith("who")] == []
    assert found.what_if is not None
    assert {change.field for change in found.what_if.changes} == {"sbp_mmhg", "total_cholesterol_mmol_l", "smoker"}
    assert found.what_if.best < found.what_if.value == found.explanations[0].value


def test_where_a_variant_does_without_the_missing_value_the_better_tool_says_what_to_find_out(
    clinic: OpenClinic,
) -> None:
    found = assessed(clinic, {**ANSWERS, "height_cm": "170", "weight_kg": "80"})
    assert found.headline_pack == "who_cvd_2019_nonlab"
    (lab,) = (each for each in found.ranges if each.pack.id == "who_cvd_2019_lab")
    assert [test.field for test in lab.next_tests] == ["total_cholesterol_mmol_l"]
    assert lab.next_tests[0].removes == pytest.approx(1.0)
    spread = lab.outputs[0]
    assert spread.low < spread.typical < spread.high


def test_without_any_number_the_first_tool_gives_a_range_and_nothing_is_explained(clinic: OpenClinic) -> None:
    found = assessed(clinic, ANSWERS)
    assert found.headline_pack is None
    assert found.explanations == ()
    assert found.what_if is None
    assert [each.pack.id for each in found.ranges if each.pack.id.startswith("who")] == ["who_cvd_2019_lab"]


def test_another_reason_than_a_missing_value_leaves_no_range(clinic: OpenClinic) -> None:
    found = assessed(clinic, {**ANSWERS, "cvd_history": "yes"})
    assert [each for each in found.ranges if each.pack.id.startswith("who")] == []


def test_an_assessment_with_all_this_is_kept_exactly(clinic: OpenClinic) -> None:
    for values in (ANSWERS, {**ANSWERS, "total_cholesterol_mmol_l": "6.2"}):
        found = assessed(clinic, values)
        assert from_plain(Assessment, to_plain(found)) == found


def test_an_assessment_of_an_earlier_program_is_still_read(clinic: OpenClinic) -> None:
    old = to_plain(assessed(clinic, ANSWERS))
    assert isinstance(old, dict)
    del old["ranges"], old["what_if"]
    read = from_plain(Assessment, old)
    assert read.ranges == ()
    assert read.what_if is None


def test_every_tool_of_the_topic_is_told_with_how_it_stands(clinic: OpenClinic) -> None:
    def standings(values: dict[str, str]) -> dict[str, Standing]:
        choice = tools_beside(assessed(clinic, values), clinic.library)
        assert choice is not None
        assert choice.topic == HEART
        return {each.pack_id: each.standing for each in choice.candidates}

    office = standings({**ANSWERS, "height_cm": "170", "weight_kg": "80"})
    assert list(office)[:2] == ["who_cvd_2019_lab", "who_cvd_2019_nonlab"]
    assert office["who_cvd_2019_lab"] is Standing.RANGE
    assert office["who_cvd_2019_nonlab"] is Standing.CHOSEN
    assert office["china_par_2016"] is Standing.OFF
    assert office["globorisk"] is Standing.ON_DEMAND
    assert office["prevent"] is Standing.ELSEWHERE
    whole = standings({**ANSWERS, "height_cm": "170", "weight_kg": "80", "total_cholesterol_mmol_l": "6.2"})
    assert (whole["who_cvd_2019_lab"], whole["who_cvd_2019_nonlab"]) == (Standing.CHOSEN, Standing.ALSO)
    assert standings({**ANSWERS, "cvd_history": "yes"})["who_cvd_2019_lab"] is Standing.REFUSED
    assert set(office) == {pack.manifest.id for pack in clinic.library.all() if pack.manifest.topic == HEART}


def crowd(clinic: OpenClinic, people: int) -> Batch:
    rng = np.random.default_rng(4)
    sex = clinic.dictionary["sex"]
    return Batch(
        people,
        {
            "age": rng.uniform(40, 80, people),
            "sex": np.array([sex.encode("MF"[row % 2]) for row in range(people)]),
            "diabetes": (rng.uniform(size=people) < 0.5).astype(np.float64),
            "egfr_ml_min_173": rng.uniform(20, 58, people),
            "uacr_mg_g": np.exp(rng.normal(4, 1, people)),
        },
    )


def test_a_clinics_own_people_speak_where_no_survey_does_from_two_hundred_on(tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    new_clinic(folder, "GBR", PASSPHRASE, CLOCK)
    kidney = {**PERSON, "egfr_ml_min_173": "42"}
    with open_clinic(folder, PASSPHRASE, CLOCK) as opened:
        count_people(opened, crowd(opened, 199))
        assert load_counted(opened.vault, COUNTED_AS) in (None, {})
        assert [each.pack.id for each in assessed(opened, kidney).ranges if each.pack.id == "kfre_4v"] == []
        count_people(opened, crowd(opened, 600))
    with open_clinic(folder, PASSPHRASE, CLOCK) as opened:
        assert "uacr_mg_g" in opened.plausible
        (kfre,) = (each for each in assessed(opened, kidney).ranges if each.pack.id == "kfre_4v")
        (assumed,) = kfre.assumptions
        assert (assumed.field, assumed.source) == ("uacr_mg_g", CLINIC.id)
        assert assumed.people >= 100


def test_percentiles_are_counted_anew_only_when_the_clinic_has_grown(tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    new_clinic(folder, "GBR", PASSPHRASE, CLOCK)
    with open_clinic(folder, PASSPHRASE, CLOCK) as opened:
        count_people(opened, crowd(opened, 600))
        before = load_counted(opened.vault, COUNTED_AS)
        count_people(opened, crowd(opened, 620))
        assert load_counted(opened.vault, COUNTED_AS) == before
        count_people(opened, crowd(opened, 700))
        assert load_counted(opened.vault, COUNTED_AS) != before
