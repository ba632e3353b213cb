"""Questions to the record of a clinic whose truth is known: rows, counts, what is held back, and no look ahead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.studio import HeldBackReason, OutcomeSource, StudioQuestion
from engine.errors import EngineError, InputError, UsageError
from engine.fields import load_dictionary
from engine.learning.gate import Answer
from engine.store.audit_log import read_audit
from engine.wording import load_wording
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.studio_rows import (
    ClinicRecord,
    outcome_choices,
    predictor_choices,
    read_record,
    table_of_clinic,
)
from engine.workflows.train_table import look_at_table
from tests.engine.workflows.followed_clinic import (
    CLOCK,
    CONTRADICTED,
    DATED,
    ILL,
    LOST,
    ONCE,
    PASSPHRASE,
    TURNED,
    TWICE,
    WELL,
    YEARLY,
    make_clinic,
)

ROWS, EVENTS = WELL + TURNED + DATED + LOST, TURNED + DATED
DIABETES = StudioQuestion("declared:diabetes", horizon_years=3.9)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenClinic]:
    folder: Path = make_clinic(tmp_path_factory.mktemp("studio"))
    with open_clinic(folder, PASSPHRASE, CLOCK) as opened:
        yield opened


@pytest.fixture(scope="module")
def record(clinic: OpenClinic) -> ClinicRecord:
    return read_record(clinic)


def test_everybody_is_a_row_or_is_counted_with_a_reason(clinic: OpenClinic, record: ClinicRecord) -> None:
    found = table_of_clinic(clinic, DIABETES, record)
    assert (found.follow.people, found.follow.events) == (ROWS, EVENTS)
    assert found.follow.left_out == {
        "outcome_before": ILL,
        "not_followed": ONCE,
        "contradiction": CONTRADICTED,
        "repeated": TWICE,
    }
    assert found.follow.people + sum(found.follow.left_out.values()) == len(record.observations.person_ids)
    assert found.follow.lost_share == pytest.approx(LOST / ROWS)
    assert found.follow.median_years == pytest.approx(3.9)
    assert (found.follow.first_day, found.follow.last_day) == (date(2016, 3, 1), date(2016, 3, 1) + timedelta(days=319))
    assert {len(column) for column in found.cells.values()} == {ROWS}


def test_cells_are_canonical_and_time_ends_in_the_middle_or_at_the_horizon(
    clinic: OpenClinic, record: ClinicRecord
) -> None:
    found = table_of_clinic(clinic, replace(DIABETES, horizon_years=3.0), record)
    cells = found.cells
    assert set(cells["sex"]) == {"M", "F"}
    assert set(cells["smoker"]) == {"never", "current"}
    assert set(cells["family_history_diabetes"]) == {"none", "first_degree"}
    assert all(text == "" or float(text) > 0 for text in cells["hba1c_percent"])
    ended = {(event, years) for event, years in zip(cells["outcome_event"], cells["outcome_years"], strict=True)}
    turned = {years for event, years in ended if event == "yes" and float(years) == pytest.approx(912.5 / 365.25, 0.01)}
    assert turned
    assert max(float(years) for _, years in ended) == 3.0
    assert (found.wish.outcome, found.wish.time, found.wish.horizon_years) == ("outcome_event", "outcome_years", 3.0)
    assert (found.wish.record_outcome, found.wish.people_a_month) == ("diabetes", found.follow.people_a_month)
    assert found.wish.about.population is not None
    assert "2016-03-01" in found.wish.about.population.en


def test_the_same_people_put_in_again_are_the_same_table(clinic: OpenClinic, record: ClinicRecord) -> None:
    once, again = table_of_clinic(clinic, DIABETES, record), table_of_clinic(clinic, DIABETES, read_record(clinic))
    assert (once.sha256, once.cells) == (again.sha256, again.cells)
    assert table_of_clinic(clinic, replace(DIABETES, horizon_years=2.0), record).sha256 != once.sha256
    ages = [float(text) for text in once.cells["age"]]
    assert ages != sorted(ages)  # the order of rows tells nothing


def test_what_tells_of_the_outcome_is_held_back_and_may_be_put_back(clinic: OpenClinic, record: ClinicRecord) -> None:
    now = StudioQuestion("diabetes")
    found = table_of_clinic(clinic, now, record)
    assert {each.field: each.reason for each in found.held_back} == {
        "hba1c_percent": HeldBackReason.SAME_ILLNESS,
        "diabetes": HeldBackReason.IS_OUTCOME,
        "education_years": HeldBackReason.SPLIT_ONLY,
    }
    assert not {"diabetes", "hba1c_percent", "education_years"} & set(found.cells)
    back = table_of_clinic(clinic, replace(now, put_back=("hba1c_percent",)), record)
    assert "hba1c_percent" in back.cells
    assert back.wish.keep == ("hba1c_percent",)
    assert "hba1c_percent" in table_of_clinic(clinic, DIABETES, record).cells
    split = table_of_clinic(clinic, replace(DIABETES, by=("education_years", "smoker")), record)
    assert set(split.cells["education_years"]) == {"9"}
    assert (split.wish.by, split.wish.exclude) == (("education_years", "smoker"), ("education_years",))


def test_who_has_the_outcome_gets_no_number_of_a_model_that_tells_who_will(
    clinic: OpenClinic, record: ClinicRecord
) -> None:
    over_time = table_of_clinic(clinic, DIABETES, record).wish.about
    found = [(each.when, each.field, str(each.action)) for each in over_time.exclusions]
    assert found == [("diabetes", "diabetes", "refuse")]
    assert "type 2 diabetes" in over_time.exclusions[0].reason.en
    assert table_of_clinic(clinic, StudioQuestion("diabetes"), record).wish.about.exclusions == ()


def test_at_the_same_visit_there_is_no_time_and_nobody_is_lost(clinic: OpenClinic, record: ClinicRecord) -> None:
    found = table_of_clinic(clinic, StudioQuestion("diabetes"), record)
    everybody = WELL + TURNED + DATED + ILL + ONCE + CONTRADICTED + LOST
    assert (found.follow.people, found.follow.events) == (everybody, ILL)
    assert "outcome_years" not in found.cells
    assert (found.wish.time, found.wish.horizon_years, found.follow.median_years) == (None, None, 0.0)


def test_a_measurement_that_reaches_its_limit_is_an_outcome_like_any(clinic: OpenClinic, record: ClinicRecord) -> None:
    found = table_of_clinic(clinic, StudioQuestion("hba1c_percent", at_least=6.6, horizon_years=3.5), record)
    assert TURNED <= found.follow.events <= TURNED + CONTRADICTED  # who has it has a sugar of 7.2 +- 0.3
    assert found.wish.record_outcome == "hba1c_percent>=6.6"  # what its numbers are held against later
    assert [(each.when, each.field) for each in found.wish.about.exclusions] == [
        ("hba1c_percent >= 6.6", "hba1c_percent")
    ]
    told = found.wish.about.outcome
    assert told is not None
    assert (told.en, told.zh) == (
        "HbA1c at or above 6.6 %, within 3.5 years",
        "糖化血红蛋白达到或超过 6.6 %（3.5 年内）",
    )
    bmi = table_of_clinic(clinic, StudioQuestion("measurement:bmi_kg_m2", at_least=27.0), record)
    held = {each.field for each in bmi.held_back}
    assert {"height_cm", "weight_kg"} <= held
    assert 0 < bmi.follow.events < bmi.follow.people


def test_a_measurement_that_falls_is_an_outcome_too(clinic: OpenClinic, record: ClinicRecord) -> None:
    low = StudioQuestion("sbp_mmhg", at_most=120.0, horizon_years=3.5)
    found = table_of_clinic(clinic, low, record)
    pressures = [float(text) for text in found.cells["sbp_mmhg"]]
    assert min(pressures) > 120
    assert 0 < found.follow.events < found.follow.people
    told = found.wish.about.outcome
    assert told is not None
    assert told.en == "Systolic blood pressure at or below 120 mmHg, within 3.5 years"
    both = replace(low, at_least=130.0)
    with pytest.raises(UsageError, match="studio_limit_needed"):
        table_of_clinic(clinic, both, record)


def test_what_is_derived_is_a_predictor_for_who_asks(clinic: OpenClinic, record: ClinicRecord) -> None:
    later = replace(DIABETES, predictors=("bmi_kg_m2", "age"), visits_from=date(2017, 2, 1), horizon_years=2.0)
    found = table_of_clinic(clinic, later, record)
    assert set(found.cells) == {"bmi_kg_m2", "age", "outcome_event", "outcome_years"}
    assert all(15 < float(text) < 45 for text in found.cells["bmi_kg_m2"])  # the height of the first visit still counts


def test_the_gate_is_asked_with_the_rows_of_the_record(clinic: OpenClinic, record: ClinicRecord) -> None:
    found = table_of_clinic(clinic, replace(DIABETES, predictors=("age", "hba1c_percent"), horizon_years=3.0), record)
    looked = look_at_table(found.cells, found.wish)
    assert (looked.people, looked.events, looked.kind) == (ROWS, EVENTS, "cox")
    assert looked.answer in (Answer.TRAIN, Answer.RECALIBRATE, Answer.NOT_YET)
    assert looked.repeated == 0


def test_choices_tell_what_was_recorded_of_how_many(clinic: OpenClinic, record: ClinicRecord) -> None:
    outcomes = {each.id: each for each in outcome_choices(clinic, record)}
    people = len(record.observations.person_ids)
    ill = TURNED + ILL + CONTRADICTED
    assert outcomes["field:diabetes"].people_with == ill
    assert outcomes["declared:diabetes"].people_with == ill + DATED
    assert outcomes["condition:diabetes_type2"].people_with == DATED
    assert outcomes["condition:gout"].people_with == 2
    assert outcomes["condition:gout"].first_day == date(2017, 2, 14)
    assert outcomes["measurement:hba1c_percent"].people_with == people
    assert outcomes["measurement:bmi_kg_m2"].unit == "kg/m2"
    assert [each.source for each in outcomes.values()] == sorted(
        (each.source for each in outcomes.values()), key=list(OutcomeSource).index
    )
    predictors = {each.field: each.share_recorded for each in predictor_choices(clinic, record)}
    assert {predictors[name] for name in ("age", "sex", "sbp_mmhg", "smoker")} == {1.0}
    assert "patient_id" not in predictors
    assert "visit_date" not in predictors


def test_the_audit_tells_that_everybody_was_read_and_no_value(clinic: OpenClinic) -> None:
    before = len(read_audit(clinic.vault).lines)
    people = len(read_record(clinic).observations.person_ids)
    table_of_clinic(clinic, DIABETES, read_record(clinic))
    lines = read_audit(clinic.vault).lines[before:]
    told = [line for line in lines if line.action == "studio.read"]
    assert [line.everybody for line in told] == [True, True]
    assert f'"people":{people}' in told[0].detail.replace(" ", "")
    assert load_wording("zh").say("audit.action.studio.read")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nothing_that_was_recorded_after_the_first_visit_reaches_a_row(
    clinic: OpenClinic, record: ClinicRecord, data: st.DataObject
) -> None:
    """A value planted at any later visit changes nothing; the same one at a first visit does."""
    question = StudioQuestion("condition:diabetes_type2", horizon_years=2.0)
    name = data.draw(st.sampled_from(["sbp_mmhg", "weight_kg", "height_cm", "hba1c_percent", "smoker", "pulse_bpm"]))
    firsts = set(np.unique(record.observations.visit_person, return_index=True)[1].tolist())
    visits = len(record.observations.visit_ids)
    later = data.draw(st.sampled_from([visit for visit in range(visits) if visit not in firsts]))
    number = data.draw(st.integers(0, 1) if name == "smoker" else st.floats(41, 150))
    before = table_of_clinic(clinic, question, record)
    assert table_of_clinic(clinic, question, planted(record, name, later, number)).sha256 == before.sha256
    first = 0  # of somebody who gives a row
    changed = table_of_clinic(clinic, question, planted(record, name, first, 41.25 if name != "smoker" else 1.0))
    smokes = record.observations.columns["smoker"][first] == 1.0
    assert (changed.sha256 == before.sha256) == (name == "smoker" and smokes)


def planted(record: ClinicRecord, name: str, visit: int, value: float) -> ClinicRecord:
    columns = dict(record.observations.columns)
    column = columns.get(name, np.full(len(record.observations.visit_ids), np.nan)).copy()
    column[visit] = value
    columns[name] = column
    return replace(record, observations=replace(record.observations, columns=columns))


BAD: Mapping[str, tuple[StudioQuestion, str]] = {
    "no such outcome": (StudioQuestion("measles", horizon_years=3.0), "studio_outcome_unknown"),
    "nobody with it": (StudioQuestion("condition:dementia", horizon_years=3.0), "studio_no_event"),
    "longer than the clinic": (replace(DIABETES, horizon_years=20.0), "studio_horizon_too_long"),
    "before the first visit": (replace(DIABETES, visits_until=date(2001, 1, 1)), "studio_no_visits"),
    "after the last visit": (replace(DIABETES, visits_from=date(2030, 1, 1)), "studio_no_visits"),
    "nobody came back": (replace(DIABETES, visits_from=date(2020, 12, 1)), "studio_nobody_"),
    "days the wrong way round": (
        replace(DIABETES, visits_from=date(2020, 1, 1), visits_until=date(2019, 1, 1)),
        "studio_days_wrong",
    ),
    "no years": (replace(DIABETES, horizon_years=0.0), "learning_horizon_wrong"),
    "not a number of years": (replace(DIABETES, horizon_years=float("nan")), "learning_horizon_wrong"),
    "no such field": (replace(DIABETES, predictors=("shoe_size",)), "studio_field_unknown"),
    "no field of people": (replace(DIABETES, by=("country_iso3",)), "studio_field_unknown"),
    "no limit": (StudioQuestion("hba1c_percent", horizon_years=3.0), "studio_limit_needed"),
    "everybody": (StudioQuestion("sbp_mmhg", at_least=80.0), "studio_only_events"),
    "never measured": (StudioQuestion("uacr_mg_g", at_least=30.0, horizon_years=3.0), "studio_nobody_outcome_unknown"),
    "nothing to predict from": (replace(DIABETES, predictors=("inr",)), "studio_nobody_nothing_known"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_question_that_has_no_answer_is_told_so_with_a_remedy(
    case: str, clinic: OpenClinic, record: ClinicRecord
) -> None:
    question, code = BAD[case]
    with pytest.raises((InputError, UsageError)) as caught:
        table_of_clinic(clinic, question, record)
    assert caught.value.code.startswith(code), caught.value.code
    check_sentence(caught.value)


def check_sentence(error: EngineError) -> None:
    for language, stop in (("en", "."), ("zh", "。")):
        sentence = load_wording(language).error(error)
        assert sentence.endswith(stop)
        assert "{" not in sentence


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    from engine.domain.studio import RowLeftOut

    for language in ("en", "zh"):
        words = load_wording(language)
        for reason in RowLeftOut:
            assert words.say(f"studio.left_out.{reason}")
            assert f"error.studio_nobody_{reason}" in words
        for held in HeldBackReason:
            assert words.say(f"studio.held_back.{held}", by="x")
        for source in OutcomeSource:
            assert words.say(f"studio.source.{source}")


def test_the_truth_of_the_made_clinic_is_what_it_says(record: ClinicRecord) -> None:
    columns = record.observations.columns
    codes = load_dictionary()["family_history_diabetes"].category_codes
    assert {codes[int(each)] for each in columns["family_history_diabetes"]} == {"none", "first_degree"}
    assert len(record.repeats) == TWICE
    assert np.bincount(np.bincount(record.observations.visit_person))[YEARLY] == ROWS - LOST + ILL + CONTRADICTED
