"""Real data of other people: read without code, with the questions it leaves open answered by their guesses."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.intake.plan import ImportPlan
from tests.engine.intake.plans import parked_by_row, plan_file, values_by_row

pytestmark = pytest.mark.shared
CLINICS = Path("data") / "interchange" / "clinic_tables"


def answered(path: Path, **settings: str) -> ImportPlan:
    """Plan a file with every guess accepted."""
    first = plan_file(path, settings=settings)
    return plan_file(path, {question.id: question.guess for question in first.questions}, settings)


def test_american_survey_data_asks_for_units_and_codes_and_goes_in(shared: Path) -> None:
    path = shared / "data" / "nhanes_diabetes_2017" / "train.csv"
    assert [question.id for question in plan_file(path).questions] == [
        "unit:total_chol",
        "unit:hdl",
        "code_meaning:heart_attack",
        "code_meaning:stroke",
        "unit:hba1c",
        "visit_date",
    ]
    plan = answered(path, visit_date="2018-06-30")
    assert plan.can_be_stored
    assert plan.rows_read == 2947
    assert {reasons[0][0] for reasons in parked_by_row(plan).values()} == {"implausible_value"}
    assert len(plan.parked) < 20
    values = values_by_row(plan)[3]
    assert (values["patient_id"], values["age"], values["smoker"]) == ("nhanes_diabetes_2017-00002", 75.0, "current")
    assert values["total_cholesterol_mmol_l"] == pytest.approx(176 / 38.67)
    assert (values["stroke_history"], values["cvd_history"], values["sex"]) == (True, True, "F")
    assert sum(row.get("cvd_history") is True for row in values_by_row(plan).values()) > 100
    assert not any(row.get("cvd_history") is False for row in values_by_row(plan).values())


def test_european_cohort_data_has_its_height_in_metres(shared: Path) -> None:
    path = shared / "data" / "smart_cohort" / "train.csv"
    plan = answered(path, visit_date="2018-06-30", cvd_history="true")
    assert plan.can_be_stored
    assert plan.rows_read == 2711
    assert len(plan.parked) < 10
    first = values_by_row(plan)[2]
    assert (first["height_cm"], first["total_cholesterol_mmol_l"], first["creatinine_umol_l"]) == (177.0, 4.9, 93.0)
    assert (first["sex"], first["smoker"], first["diabetes"]) == ("M", "former", False)
    assert all(row["cvd_history"] is True for row in values_by_row(plan).values())


@pytest.mark.parametrize(
    ("name", "read", "kept"),
    [
        ("simple_patient_import_test.csv", 3, 2),
        ("simple_invalid_patient_de_dup_test.csv", 9, 9),
        ("simple_patient_import_invalid_data_test.xlsx", 6, 4),
        ("simple_patient_import_missing_headers_test.xlsx", 5, 4),
    ],
)
def test_lists_of_a_hypertension_programme_go_in(name: str, read: int, kept: int, shared: Path) -> None:
    plan = plan_file(shared / CLINICS / name, settings={"visit_date": "2021-03-01"})
    assert plan.can_be_stored
    assert (plan.rows_read, len(values_by_row(plan))) == (read, kept)
    marks = [row for row, reasons in parked_by_row(plan).items() if reasons[0][0] == "unreadable_value"]
    assert marks == [row.row for row in plan.parked]


def test_the_last_visit_is_taken_and_the_first_one_left_out(shared: Path) -> None:
    plan = plan_file(shared / CLINICS / "simple_patient_import_test.csv", settings={"visit_date": "2021-03-01"})
    values = values_by_row(plan)[3]
    assert (values["sbp_mmhg"], values["visit_date"], values["patient_id"]) == (145.0, "2021-02-24", "0000001")
    assert values["hypertension"] is True


def test_tables_of_other_things_are_refused(shared: Path) -> None:
    for name in ("simple_upload_facilities_with_localized_sizes_test.csv", "medicaldata_scurvy.csv",
                 "medicaldata_messy_cirrhosis.xlsx"):  # fmt: skip
        plan = plan_file(shared / CLINICS / name)
        assert plan.rejection is not None
        assert plan.rejection.detail == "no_known_columns"
