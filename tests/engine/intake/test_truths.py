"""Every messy file comes out exactly as its truth says, or is refused, or asks what the truth says must be asked."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from engine.domain.record import Value
from engine.intake.plan import ImportPlan, Outcome
from tests.engine.intake.plans import Parked, is_same, parked_by_row, person_of_row, plan_file, qualifiers_by_row
from tests.engine.intake.plans import values_by_row as stored_by_row

pytestmark = pytest.mark.shared

MESSY = Path("data") / "messy"
# The truth says what is done with other tests and with the visit of a person; these are looked at apart.
LONG = {"labs_long_b.xlsx"}
WIDE = {"wide_visits_b.xlsx"}
# fmt: off
FILES = (
    "ages_b.csv", "big5_b.csv", "big_100k.csv", "big_20k_a.csv", "body_units_b.csv", "bp_pair_b.xlsx", "coded_b.csv",
    "damaged_a.xlsx", "date_formats_b.csv", "dates_ambiguous_a.csv", "dates_ambiguous_c.csv", "decimal_comma_b.csv",
    "delims_a.csv", "duplicates_b.xlsx", "empty_b.csv", "extra_columns_b.xlsx", "formulas_a.xlsx", "gb_a.csv",
    "hba1c_a.csv", "header_only_a.csv", "hidden_b.xlsx", "home_device_a.csv", "huge_cell_b.csv", "impossible_a.csv",
    "labs_long_b.xlsx", "latin_b.csv", "legacy_xls_a.xls", "line_ends_b.csv", "missing_words_a.csv",
    "mixed_units_b.csv", "not_a_table_b.csv", "nul_bytes_a.csv", "ods_b.ods", "password_b.xlsx", "plain_a.csv",
    "practice_clinic_en.xlsx", "practice_clinic_zh.xlsx", "ragged_b.csv", "readings_a.csv", "resident_ids_b.xlsx",
    "resident_ids_csv_a.csv", "serials_a.xlsx", "sheets_a.xlsx", "swapped_b.csv", "title_lines_a.xlsx",
    "totals_a.xlsx", "tricky_names_b.xlsx", "two_headers_b.xlsx", "units_in_cells_a.csv", "us_units_a.csv",
    "utf16_a.txt", "visits_long_a.csv", "wide_visits_b.xlsx", "wrong_ext_b.xls", "wrong_ext_text_a.xls",
    "xml_entities_b.xlsx", "zip_bomb_a.xlsx",
)
SUMMED = (
    "patient_id", "name", "birth_date", "age", "sex", "phone", "address", "visit_date", "sbp_mmhg", "dbp_mmhg",
    "pulse_bpm", "height_cm", "weight_kg", "waist_cm", "bmi_kg_m2", "total_cholesterol_mmol_l", "hdl_mmol_l",
    "ldl_mmol_l", "triglycerides_mmol_l", "fasting_glucose_mmol_l", "random_glucose_mmol_l", "hba1c_percent",
    "creatinine_umol_l", "egfr_ml_min_173", "uacr_mg_g", "smoker", "diabetes", "on_bp_treatment", "on_statin",
    "cvd_history", "family_history_cvd", "atrial_fibrillation",
)
# fmt: on
SAME_ENCODING = {"gbk": "gb18030"}


def load(shared: Path, name: str) -> tuple[ImportPlan, dict[str, Any]]:
    truth: dict[str, Any] = json.loads((shared / MESSY / f"{name}.truth.json").read_text(encoding="utf-8"))
    return plan_file(shared / MESSY / name), truth


def test_no_messy_file_is_left_out(shared: Path) -> None:
    found = {file.name.removesuffix(".truth.json") for file in (shared / MESSY).glob("*.truth.json")}
    assert found == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_messy_file_is_planned_as_its_truth_says(name: str, shared: Path) -> None:
    plan, truth = load(shared, name)
    assert plan.outcome.value == truth["expected_outcome"]
    if plan.outcome is Outcome.REJECTED:
        assert plan.rejection is not None
        assert plan.rejection.reason.value == truth["reject_reason"]
        return
    check_questions(plan, truth)
    check_file(plan, truth)
    check_columns(plan, truth)
    check_rows(plan, truth, name)
    if name not in LONG | WIDE:
        check_records(plan, truth)


def check_questions(plan: ImportPlan, truth: dict[str, Any]) -> None:
    asked = sorted((question.kind.value, list(question.columns)) for question in plan.questions)
    columns = [question["column"] for question in truth["questions"]]
    listed = [column if isinstance(column, list) else [column] if column else [] for column in columns]
    kinds = [question["kind"] for question in truth["questions"]]
    assert asked == sorted(zip(kinds, listed, strict=True))
    assert not any(question.answered for question in plan.questions)


def check_file(plan: ImportPlan, truth: dict[str, Any]) -> None:
    assert plan.facts is not None
    assert plan.facts.container == truth["container"]
    assert plan.facts.encoding == SAME_ENCODING.get(truth["encoding"], truth["encoding"])
    assert plan.facts.delimiter == truth["delimiter"]
    assert plan.facts.sheet == truth["sheet"]
    assert list(plan.facts.header_rows) == truth["header_rows"]
    assert plan.facts.rows_after_header == truth["counts"]["rows_after_header"]
    assert plan.facts.rows_blank == truth["counts"]["rows_blank"]


def check_columns(plan: ImportPlan, truth: dict[str, Any]) -> None:
    for found, expected in zip(plan.columns, truth["columns"], strict=True):
        assert (found.index, found.header, found.field) == (
            expected["index"],
            expected["header"],
            expected["field"],
        )
        units = expected.get("unit")
        assert list(found.unit_names) == (units if isinstance(units, list) else [units] if units else [])
        assert found.unit_source == expected.get("unit_source"), found.header
        assert found.date_order == expected.get("date_order"), found.header
        assert found.decimal == expected.get("decimal")
        assert found.reading == expected.get("reading")
        assert found.visit == expected.get("visit")
        codes = [(text, value) for text, value in found.codes if found.field != "lab_test"]
        assert sorted(map(str, codes)) == sorted(str(tuple(pair)) for pair in expected.get("codes", []))
        if "tests" in expected:
            assert dict(found.codes) == expected["tests"]


def check_rows(plan: ImportPlan, truth: dict[str, Any], name: str) -> None:
    counts = truth["counts"]
    assert plan.identified is not None
    assert plan.rows_read == counts.get("visit_groups_read", counts["rows_read"])
    assert len(plan.parked) == counts["rows_parked"]
    assert len(plan.identified.entries.rows) + len(plan.parked) == plan.rows_read
    found = parked_by_row(plan)
    expected: Parked = {
        row["row"]: sorted((reason["reason"], tuple(sorted(reason["fields"]))) for reason in row["reasons"])
        for row in truth["parked"]
    }
    if truth.get("parked_truncated"):
        found = {row: reasons for row, reasons in found.items() if row in expected}
    assert found == expected
    if name in WIDE:
        assert {(row.row, row.visit_group) for row in plan.parked} == {
            (row["row"], row["visit"]) for row in truth["parked"]
        }
    others = [(row["row"], row["kind"]) for row in truth["not_patient_rows"]]
    assert [(row.row, row.kind.value) for row in plan.not_patients] == others
    assert len(set(plan.identified.person_ids)) == counts["patients_expected"]


def normal(value: object) -> object:
    """Text as truths compare it: composed, runs of spaces as one."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", value)).strip() if isinstance(value, str) else value


def check_records(plan: ImportPlan, truth: dict[str, Any]) -> None:
    stored = stored_by_row(plan)
    signs = qualifiers_by_row(plan)
    repeats = {row["row"] for row in truth["repeated_rows"]}
    assert len(stored.keys() - repeats) == truth["counts"]["rows_imported"]
    for record in truth.get("records") or truth["records_sample"]:
        check_record(stored[record["row"]], record["values"])
        assert signs.get(record["row"], {}) == record.get("qualifiers", {})
    if "all_records_sha256" in truth:
        lines = [checksum_line(values) for row, values in stored.items() if row not in repeats]
        assert len(lines) == truth["record_count"]
        assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == truth["all_records_sha256"]


def check_record(found: dict[str, Value], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    different = {
        field: (found[field], value)
        for field, value in expected.items()
        if not is_same(normal(found[field]), normal(value))  # type: ignore[arg-type]  # text stays text
    }
    assert different == {}


def checksum_line(values: dict[str, Value]) -> str:
    return "|".join(f"{field}={written(values[field])}" for field in SUMMED if field in values)


def written(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.2f}" if isinstance(value, float) else value


def test_twins_and_namesakes_stay_apart_and_a_visit_without_number_joins(shared: Path) -> None:
    plan, truth = load(shared, "duplicates_b.xlsx")
    persons = person_of_row(plan)
    for pair in truth["keep_separate"]:
        assert persons[pair["rows"][0]] != persons[pair["rows"][1]]
    assert {(likeness.later, likeness.earlier, likeness.kind) for likeness in plan.likenesses} == {
        (row["row"], row["same_person_as_row"], row["kind"]) for row in truth["duplicates"]
    }
    for row in truth["repeated_rows"]:
        assert persons[row["row"]] == persons[row["repeat_of"]]


def test_visits_side_by_side_become_visits(shared: Path) -> None:
    plan, truth = load(shared, "wide_visits_b.xlsx")
    assert plan.identified is not None
    entries = plan.identified.entries
    stored = {
        (row, day): {
            column.field: column.values[position] for column in entries.columns if column.values[position] is not None
        }
        for position, (row, day) in enumerate(zip(entries.rows, plan.identified.visit_dates, strict=True))
    }
    assert len(stored) == len(truth["records"]) == 218
    for record in truth["records"]:
        check_record(stored[(record["row"], record["values"]["visit_date"])], record["values"])  # type: ignore[arg-type]  # no None


def test_tests_below_each_other_become_values_of_their_visits(shared: Path) -> None:
    plan, truth = load(shared, "labs_long_b.xlsx")
    merged: dict[tuple[str, str], dict[str, Value]] = {}
    signs: dict[tuple[str, str], dict[str, str]] = {}
    for row, values in stored_by_row(plan).items():
        key = (str(values["patient_id"]), str(values["visit_date"]))
        merged.setdefault(key, {}).update(values)
        signs.setdefault(key, {}).update(qualifiers_by_row(plan).get(row, {}))
    assert len(merged) == len(truth["records"])
    for record in truth["records"]:
        key = (record["values"]["patient_id"], record["values"]["visit_date"])
        check_record(merged[key], record["values"])
        assert signs[key] == record.get("qualifiers", {})
