"""From keystroke to risk: what stands beside the form is what saving it would give, on real clinics and real packs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.domain.assessment import Assessment
from engine.domain.ports import FixedClock
from engine.domain.problems import Reason
from engine.domain.report import Bound
from engine.domain.results import Status
from engine.fields import load_dictionary
from engine.intake.typed import TypedValue
from engine.packs import PackLibrary
from engine.packs.manifest import Band, BandScheme, Use, Words
from engine.report import ReportOptions, compose
from engine.report.lead import cuts
from engine.risk.predictors import Predictors
from engine.workflows.assess import assess_people, current_assessments
from engine.workflows.clinics import OpenClinic, accept_pack, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.live import Live, RecordInHand, live_risk, open_record
from engine.workflows.packs import active_packs
from engine.workflows.patients import patients_numbered
from engine.workflows.record import add_medicine, confirm_list, enter_visit, load_person, merge_people, save_visit
from engine.workflows.scoring import manifests_of
from engine.workflows.sheet import look_at_report
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
TODAY = date(2026, 11, 23)
PASSPHRASE = "a passphrase for tests"
PERSON = {"name": "Tan Weiming", "birth_date": "1970-03-14", "sex": "M"}
ANSWERS = {"smoker": "current", "diabetes": "no", "cvd_history": "no"}
FULL = {**PERSON, **ANSWERS, "sbp_mmhg": "148", "dbp_mmhg": "92", "total_cholesterol_mmol_l": "5.8"}


def boxes(values: dict[str, str]) -> list[TypedValue]:
    return [TypedValue(field, text) for field, text in values.items()]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenClinic]:
    folder = tmp_path_factory.mktemp("live")
    new_clinic(folder / "clinic", "CHN", PASSPHRASE, CLOCK)
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    with open_clinic(folder / "clinic", PASSPHRASE, CLOCK, predictors) as opened:
        yield opened


@pytest.fixture(scope="module")
def without_vault(clinic: OpenClinic) -> OpenClinic:
    """The same clinic with nothing where the store is: whatever looks there fails."""
    return replace(clinic, vault=None)  # type: ignore[arg-type]  # that it is not there is the point


def live_of(clinic: OpenClinic, in_hand: RecordInHand, values: list[TypedValue], **more: Any) -> Live:
    return live_risk(clinic, in_hand, values, more.pop("day", TODAY), more.pop("language", "en"), **more)


def same(live: Assessment, saved: Assessment) -> None:
    """Check that two assessments say the same; who and which are numbered apart."""
    alike = replace(live, id=saved.id, visit_id=saved.visit_id, patient=replace(live.patient, id=saved.patient.id))
    for part in ("results", "explanations", "inputs", "headline_pack", "patient"):
        assert getattr(alike, part) == getattr(saved, part), part
    assert alike == saved


def assessed(clinic: OpenClinic, person: str) -> Assessment:
    (found,) = current_assessments(clinic, [person])
    return found


# What a person may type: numbers in and out of every limit, in two units, words, signs, nonsense and nothing.
NUMBERS = {
    "sbp_mmhg": ["120", "148", "149.5", "260", "1480", "x", ""],
    "dbp_mmhg": ["70", "92", "118", "-", ""],
    "pulse_bpm": ["60", "72", "99"],
    "total_cholesterol_mmol_l": ["4.1", "5.8", "9.3", "224 mg/dL", "<3"],
    "hdl_mmol_l": ["0.9", "1.6"],
    "height_cm": ["160", "171"],
    "weight_kg": ["61", "99"],
    "waist_cm": ["80", "104"],
    "creatinine_umol_l": ["70", "140", "negative"],
    "uacr_mg_g": ["12", "negative", "<3"],
    "age": ["44", "61"],
}
WORDS = {
    "smoker": ["never", "former", "current", "perhaps"],
    "diabetes": ["yes", "no"],
    "cvd_history": ["yes", "no"],
    "on_bp_treatment": ["yes", "no"],
    "next_visit_date": ["2027-01-15", "soon"],
    "physically_active": ["yes", "no"],
    "notes": ["walks every day"],
}
IDENTITY = {
    "name": ["Tan Wei Ming", ""],
    "patient_id": ["ML-7"],
    "birth_date": ["1970-03-14", "1958", "1961-05", "2091-01-01"],
    "sex": ["F", "M", "?"],
    "village": ["North"],
}
# Every example stores: finding the smallest failing one would take minutes.
SAVING = settings(
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FORM = st.dictionaries(
    st.sampled_from([*((f, 1) for f in {**NUMBERS, **WORDS}), ("sbp_mmhg", 2), ("dbp_mmhg", 2), ("pulse_bpm", 2)]),
    st.integers(0, 20),
    max_size=14,
)
DAYS = st.sampled_from([date(2026, 5, 1), date(2026, 9, 14), date(2026, 10, 20), TODAY])


def typed_of(form: dict[tuple[str, int], int], choices: dict[str, list[str]]) -> list[TypedValue]:
    return [
        TypedValue(field, choices[field][pick % len(choices[field])], reading=reading)
        for (field, reading), pick in form.items()
    ]


def right(clinic: OpenClinic, in_hand: RecordInHand, values: list[TypedValue], day: date) -> list[TypedValue]:
    """Return the values that have no problem: only these can be stored."""
    problems = live_of(clinic, in_hand, values, day=day).problems
    wrong = {field for problem in problems for field in problem.fields}
    return [value for value in values if value.field not in wrong]


@settings(SAVING, max_examples=30)
@given(first=FORM, form=FORM, day=DAYS)
def test_the_live_number_is_the_stored_one(
    clinic: OpenClinic, without_vault: OpenClinic, first: dict[tuple[str, int], int], form: dict[tuple[str, int], int],
    day: date,
) -> None:  # fmt: skip
    choices = {**NUMBERS, **WORDS}
    new = open_record(clinic, None)
    earlier = right(clinic, new, [*boxes(PERSON), *typed_of(first, choices)], date(2026, 9, 14))
    person = enter_visit(clinic, [*earlier, TypedValue("visit_date", "2026-09-14")]).person_id
    assert person is not None
    in_hand = open_record(clinic, person)
    typed = typed_of(form, choices)
    live = live_of(without_vault, in_hand, typed, day=day)
    kept = right(clinic, in_hand, typed, day)
    entered = enter_visit(clinic, [*kept, TypedValue("visit_date", day.isoformat())], person)
    assert entered.problems == ()
    if day >= date(2026, 9, 14):
        same(live.assessment, assessed(clinic, person))
    # Also for a day that is not the last: the stored visit, with nothing typed, says the same.
    same(live.assessment, live_of(clinic, open_record(clinic, person), [], day=day).assessment)


@settings(SAVING, max_examples=25)
@given(
    form=FORM,
    who=st.dictionaries(st.sampled_from([(field, 1) for field in IDENTITY]), st.integers(0, 20)),
)
def test_a_new_person_is_scored_as_they_will_be_stored(
    clinic: OpenClinic, without_vault: OpenClinic, form: dict[tuple[str, int], int], who: dict[tuple[str, int], int]
) -> None:
    typed = typed_of({**form, **who}, {**NUMBERS, **WORDS, **IDENTITY})
    in_hand = open_record(clinic, None)
    live = live_of(without_vault, in_hand, typed)
    named = any(value.field in ("name", "patient_id") and value.text for value in typed)
    assert named is not any(problem.reason is Reason.MISSING_IDENTITY for problem in live.problems)
    if not named:
        return
    kept = right(clinic, in_hand, typed, TODAY)
    saved = save_visit(clinic, None, [*kept, TypedValue("visit_date", TODAY.isoformat())])
    assert saved.problems == ()
    assert saved.person_id is not None
    same(live.assessment, assessed(clinic, saved.person_id))


@settings(SAVING, max_examples=8)
@given(form=FORM, removed=st.sets(st.sampled_from([("sbp_mmhg", 1), ("sbp_mmhg", 2), ("dbp_mmhg", 2), ("smoker", 1)])))
@pytest.mark.parametrize("rule", ["mean", "first", "last", "higher_arm"])
def test_rules_of_imported_readings_hold_while_typing(
    clinic: OpenClinic,
    tmp_path: Path,
    rule: str,
    form: dict[tuple[str, int], int],
    removed: set[tuple[str, int]],
) -> None:
    number = f"R{clinic.new_id()}"
    file = tmp_path / "table.csv"
    file.write_text(
        "patient id,name,date of birth,sex,visit date,smoker,diabetes,Left SBP,Left DBP,Right SBP,Right DBP\n"
        f"{number},Ann {number},1966-02-03,F,2026-11-20,never,no,120,90,140,80\n",
        encoding="utf-8",
    )
    assert import_file(clinic, file, ImportRequest(answers={"repeated_readings": rule})).stored
    (person,) = patients_numbered(clinic, number)
    day = date(2026, 11, 20)
    in_hand = open_record(clinic, person)
    typed = typed_of(form, {**NUMBERS, **WORDS})
    live = live_of(clinic, in_hand, typed, day=day, removed=removed)
    kept = right(clinic, in_hand, typed, day)
    places = {(value.field, value.reading) for value in kept if value.text not in ("", "-")}
    gone = [place for place in removed if place not in places]
    saved = save_visit(clinic, person, [*kept, TypedValue("visit_date", day.isoformat())], removed=gone)
    assert saved.problems == ()
    same(live.assessment, assessed(clinic, person))


def test_a_merged_person_is_typed_as_one(clinic: OpenClinic) -> None:
    one = enter_visit(clinic, [*boxes(FULL), TypedValue("visit_date", "2026-11-20")]).person_id
    other = enter_visit(
        clinic, [*boxes({"patient_id": "M-2", "sbp_mmhg": "180"}), TypedValue("visit_date", "2026-11-20")]
    ).person_id
    assert one is not None
    assert other is not None
    merge_people(clinic, one, other)
    in_hand = open_record(clinic, other)
    assert in_hand.person_id == one
    typed = boxes({"hdl_mmol_l": "1.1", "sbp_mmhg": "131", "village": "North"})
    live = live_of(clinic, in_hand, typed, day=date(2026, 11, 20))
    assert save_visit(clinic, one, [*typed, TypedValue("visit_date", "2026-11-20")]).problems == ()
    same(live.assessment, assessed(clinic, one))
    assert load_person(clinic, other).patient.patient_id == "M-2"


def test_all_problems_stand_beside_their_fields_and_the_rest_is_scored(clinic: OpenClinic) -> None:
    typed = boxes({**FULL, "hdl_mmol_l": "x", "pulse_bpm": "900", "weight_kg": "290"})
    live = live_of(clinic, open_record(clinic, None), typed)
    assert {(problem.reason, problem.fields) for problem in live.problems} == {
        (Reason.UNREADABLE_VALUE, ("hdl_mmol_l",)),
        (Reason.IMPOSSIBLE_VALUE, ("pulse_bpm",)),
        (Reason.IMPLAUSIBLE_VALUE, ("weight_kg",)),
    }
    used = {used.field for used in live.assessment.inputs}
    assert "sbp_mmhg" in used
    assert not {"hdl_mmol_l", "pulse_bpm", "weight_kg"} & used
    confirmed = live_of(clinic, open_record(clinic, None), typed, confirmed=frozenset({"weight_kg"}))
    assert "weight_kg" in {used.field for used in confirmed.assessment.inputs}


def test_a_day_before_birth_or_no_day_is_a_problem_of_the_day(clinic: OpenClinic) -> None:
    person = enter_visit(clinic, [*boxes(FULL), TypedValue("visit_date", "2026-11-20")]).person_id
    in_hand = open_record(clinic, person)
    early = live_of(clinic, in_hand, boxes({"sbp_mmhg": "150"}), day=date(1969, 1, 1))
    assert [problem.fields for problem in early.problems] == [("visit_date", "birth_date")]
    unread = live_of(clinic, in_hand, boxes({"visit_date": "soon", "sbp_mmhg": "150"}))
    assert [(problem.reason, problem.fields) for problem in unread.problems] == [
        (Reason.UNREADABLE_VALUE, ("visit_date",))
    ]
    assert unread.assessment.visit_date == TODAY


def test_the_screen_gets_the_words_of_the_page_and_what_it_draws(clinic: OpenClinic) -> None:
    live = live_of(clinic, open_record(clinic, None), boxes(FULL), language="zh")
    manifests = manifests_of(live.assessment, clinic.library)
    assert live.report == compose(live.assessment, manifests, ReportOptions("zh"))
    lead = live.lead
    assert lead is not None
    assert lead.pack_id == "who_cvd_2019_lab"
    assert lead.fraction is not None
    assert lead.count is not None
    assert (lead.count.bound, lead.count.out_of, lead.horizon_years) == (Bound.EXACT, 100, 10.0)
    assert lead.count.shown == round(100 * lead.fraction)
    assert lead.band is not None
    assert lead.band.edges == (0.05, 0.1, 0.2, 0.3)
    assert len(lead.band.labels) == 5
    assert lead.band.labels[lead.band.position] == lead.band.label
    assert lead.band.value == lead.fraction
    low = lead.band.edges[lead.band.position - 1] if lead.band.position else 0.0
    assert low <= lead.fraction < lead.band.edges[lead.band.position]
    assert lead.reasons == ()
    assert "waist_cm" in lead.optional_missing
    assert "total_cholesterol_mmol_l" not in lead.optional_missing


def test_a_refusal_names_each_field_that_is_wanting(clinic: OpenClinic) -> None:
    live = live_of(clinic, open_record(clinic, None), boxes({"name": "A", "birth_date": "1970"}))
    lead = live.lead
    assert lead is not None
    assert (lead.fraction, lead.count, lead.band) == (None, None, None)
    said = {reason.field: reason.sentence for reason in lead.reasons}
    assert said["total_cholesterol_mmol_l"] == "Total cholesterol is not known."
    assert {"sex", "sbp_mmhg", "smoker"} <= said.keys()
    assert set(said) <= set(lead.optional_missing)
    young = live_of(clinic, open_record(clinic, None), boxes({**FULL, "birth_date": "1999", "cvd_history": "yes"}))
    assert young.lead is not None
    sentences = {reason.field: reason.sentence for reason in young.lead.reasons}
    assert {"age", "cvd_history"} <= sentences.keys()
    assert all(sentences.values())


def test_bands_that_depend_on_more_than_the_number_have_no_edges(clinic: OpenClinic) -> None:
    accepted = accept_pack(clinic, "score2")
    scheme = accepted.library.get("score2").manifest.scheme("main")
    assert scheme is not None
    assert cuts(scheme) == (None, False)


def test_bands_listed_from_the_top_rise_all_the_same() -> None:
    words = Words("x", "x")

    def scheme(*whens: str) -> BandScheme:
        bands = tuple(Band(str(number), words, when) for number, when in enumerate(whens))
        return BandScheme("main", "egfr", words, True, bands)

    assert cuts(scheme("egfr >= 90", "egfr >= 60", "true")) == ((60.0, 90.0), True)
    assert cuts(scheme("egfr < 60", "egfr <= 90", "true")) == ((60.0, 90.0), False)
    for whens in (["egfr < 60", "egfr >= 90", "true"], ["egfr < 90", "egfr < 60", "true"], ["true"]):
        assert cuts(scheme(*whens)) == (None, False)
    assert cuts(scheme("egfr < 60", "egfr < 90")) == (None, False)
    assert cuts(scheme("age < 60", "true")) == (None, False)


def test_lists_confirmed_and_medicines_are_those_of_the_record(clinic: OpenClinic) -> None:
    person = enter_visit(clinic, [*boxes(FULL), TypedValue("visit_date", "2026-11-20")]).person_id
    assert person is not None
    add_medicine(clinic, person, "Amlodipine 5 mg")
    confirm_list(clinic, person, "medicines")
    typed = boxes({"sbp_mmhg": "139"})
    live = live_of(clinic, open_record(clinic, person), typed)
    assert [medicine.ingredient for medicine in live.assessment.medicines] == ["amlodipine"]
    assert enter_visit(clinic, [*typed, TypedValue("visit_date", TODAY.isoformat())], person).problems == ()
    same(live.assessment, assessed(clinic, person))


def test_what_cannot_wait_is_told_whatever_any_tool_says(clinic: OpenClinic) -> None:
    calm = live_of(clinic, open_record(clinic, None), boxes({**FULL, "phq9_q9": "0"}))
    alarmed = live_of(clinic, open_record(clinic, None), boxes({**FULL, "phq9_q9": "1"}), language="zh")
    assert calm.urgent == ()
    assert [sentence[:4] for sentence in alarmed.urgent] == ["抑郁问卷"]
    assert calm.lead is not None
    assert alarmed.lead is not None
    assert alarmed.lead.optional_missing == calm.lead.optional_missing


def test_an_urgent_reading_is_told_while_it_is_typed_and_not_the_next_time(clinic: OpenClinic) -> None:
    at_rest = live_of(clinic, open_record(clinic, None), boxes({**FULL, "sbp_mmhg": "179", "dbp_mmhg": "90"}))
    assert at_rest.urgent == ()
    alarmed = live_of(clinic, open_record(clinic, None), boxes({**FULL, "sbp_mmhg": "180", "dbp_mmhg": "90"}))
    assert [sentence[:14] for sentence in alarmed.urgent] == ["Blood pressure"]
    typed = [*boxes({**FULL, "sbp_mmhg": "190", "dbp_mmhg": "95"}), TypedValue("visit_date", "2026-11-20")]
    person = enter_visit(clinic, typed).person_id
    assert person is not None
    summary = assess_people(clinic, [person])
    assert [len(one.words) for one in summary.urgent] == [1]
    (held,) = look_at_report(clinic, person, ReportOptions("zh")).urgent
    assert held == summary.urgent[0].words[0]
    assert live_of(clinic, open_record(clinic, person), boxes({"sbp_mmhg": "150"})).urgent == ()


def test_only_tools_made_for_the_country_or_any_are_asked_and_none_that_waits_to_be_asked(clinic: OpenClinic) -> None:
    live = live_of(clinic, open_record(clinic, None), boxes({**FULL, "waist_cm": "90", "height_cm": "170"}))
    asked = {pack.manifest.id: pack.manifest for pack in active_packs(clinic.library, clinic.clinic)}
    assert {manifest.use for manifest in asked.values()} == {Use.ROUTINE}
    assert all(not each.countries or "CHN" in each.countries for each in asked.values())
    kept = {result.pack.id: result for result in live.assessment.results}
    assert kept.keys() <= asked.keys()
    for pack_id in asked.keys() - kept.keys():
        assert asked[pack_id].patient is None
    assert all(kept[each].status is Status.OK or kept[each].lacks_one for each in kept if asked[each].patient is None)
