"""What the record knows of an outcome already, and names that stand in the file."""

from __future__ import annotations

import pytest

from engine.codes import load_codes
from engine.domain.studio import HeldBackReason, OutcomeSource
from engine.errors import UsageError
from engine.fields import Kind, load_dictionary
from engine.risk.cohort.leaks import held_back, load_leaks
from engine.risk.cohort.outcome import asked_outcome
from engine.risk.cohort.predictors import can_predict

DICTIONARY = load_dictionary()
EVERY = [name for name, field in DICTIONARY.fields.items() if can_predict(field)]


def held(outcome: str, at_least: float | None = None, *, same_visit: bool) -> dict[str, HeldBackReason]:
    asked = asked_outcome(outcome, at_least, DICTIONARY)
    return {each.field: each.reason for each in held_back(asked, EVERY, DICTIONARY, same_visit=same_visit)}


def test_every_name_in_the_file_is_one_of_the_program() -> None:
    leaks = load_leaks()
    for group in leaks.groups:
        assert group.conditions <= load_codes().conditions.keys(), group.id
        assert (group.names | group.treated_by | group.same_visit) <= set(EVERY), group.id
        assert not group.names & group.same_visit, group.id
    assert leaks.split_only <= set(EVERY)
    assert all(DICTIONARY[name].kind is Kind.BOOLEAN for name in leaks.lasting)


def test_diabetes_at_the_same_visit_is_not_told_by_its_own_tests() -> None:
    found = held("diabetes", same_visit=True)
    assert found["diabetes"] is HeldBackReason.IS_OUTCOME
    for name in ("hba1c_percent", "fasting_glucose_mmol_l", "glucose_mmol_l", "diabetes_type"):
        assert found[name] is HeldBackReason.SAME_ILLNESS
    assert not {"sbp_mmhg", "age", "bmi_kg_m2", "family_history_diabetes", "gestational_diabetes_history"} & set(found)


def test_diabetes_in_years_may_be_told_by_the_sugar_of_today() -> None:
    found = held("diabetes", same_visit=False)
    assert {"diabetes", "diabetes_type", "diabetes_diagnosis_age_years"} <= set(found)
    assert not {"hba1c_percent", "fasting_glucose_mmol_l", "high_glucose_history"} & set(found)


def test_treatment_of_the_illness_is_held_back_over_time_too() -> None:
    assert held("condition:hypertension", same_visit=False)["on_bp_treatment"] is HeldBackReason.TREATS_OUTCOME
    assert "on_bp_treatment" not in held("heart_attack_stroke", same_visit=False)
    assert "cvd_history" in held("heart_attack_stroke", same_visit=False)


def test_a_measurement_at_the_same_visit_takes_all_with_it_that_is_worked_out_from_it() -> None:
    found = held("measurement:bmi_kg_m2", 30.0, same_visit=True)
    assert found["bmi_kg_m2"] is HeldBackReason.IS_OUTCOME
    assert {found[name] for name in ("height_cm", "weight_kg")} == {HeldBackReason.FOLLOWS_FROM_OUTCOME}
    assert "total_hdl_ratio" in held("measurement:hdl_mmol_l", 1.0, same_visit=True)
    kidney = held("measurement:egfr_ml_min_173", 60.0, same_visit=True)
    assert "creatinine_umol_l" in kidney
    assert not {"age", "sex"} & set(kidney)


def test_a_measurement_over_time_is_welcome_as_it_was_before() -> None:
    assert "hba1c_percent" not in held("measurement:hba1c_percent", 6.5, same_visit=False)


@pytest.mark.parametrize("same_visit", [True, False])
def test_nobody_is_told_a_risk_by_origin_or_schooling(same_visit: bool) -> None:
    found = held("condition:gout", same_visit=same_visit)
    assert {"race_us", "ethnicity_uk", "education_years"} <= set(found)
    assert set(found.values()) == {HeldBackReason.SPLIT_ONLY}


def test_a_name_without_a_source_is_the_declared_outcome_first() -> None:
    assert asked_outcome("heart_failure", None, DICTIONARY).source is OutcomeSource.DECLARED
    assert asked_outcome("field:heart_failure", None, DICTIONARY).source is OutcomeSource.FIELD
    assert asked_outcome("gout", None, DICTIONARY).id == "condition:gout"
    assert asked_outcome("hba1c_percent", 6.5, DICTIONARY).id == "measurement:hba1c_percent"


@pytest.mark.parametrize(
    ("outcome", "at_least", "code"),
    [
        ("measles", None, "studio_outcome_unknown"),
        ("condition:diabetes", None, "studio_outcome_unknown"),
        ("field:smoker", None, "studio_outcome_unknown"),
        ("measurement:sex", 1.0, "studio_outcome_unknown"),
        ("hba1c_percent", None, "studio_limit_needed"),
        ("diabetes", 6.5, "studio_limit_not_taken"),
        ("hba1c_percent", 400.0, "studio_limit_wrong"),
        ("hba1c_percent", float("nan"), "studio_limit_wrong"),
    ],
)
def test_what_cannot_be_asked_is_refused(outcome: str, at_least: float | None, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked_outcome(outcome, at_least, DICTIONARY)
    assert caught.value.code == code
