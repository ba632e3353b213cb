"""Column headers are understood in every spelling, and what is not understood is left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fields import Scope, load_dictionary
from engine.intake.header_rows import Spread, find_header
from engine.intake.headers import read_header
from engine.intake.lexicon import load_lexicon

# fmt: off
KNOWN = (
    ("Patient ID", "patient_id", None), ("patient_id", "patient_id", None), ("*Name:", "name", None),
    ("Patient's name", "name", None), ("Patient Name", "name", None), ("D.O.B.", "birth_date", None),
    ("Systolic BP (mmHg)", "sbp_mmhg", "mm[Hg]"), ("收缩压（mmHg）", "sbp_mmhg", "mm[Hg]"),
    ("血压(收缩压)", "sbp_mmhg", None),
    ("BP (diastolic)", "dbp_mmhg", None), ("Latest BP Systolic", "sbp_mmhg", None), ("sbp_mmhg", "sbp_mmhg", "mm[Hg]"),
    ("BP", "sbp_mmhg+dbp_mmhg", None), ("血压(mmHg)", "sbp_mmhg+dbp_mmhg", "mm[Hg]"),
    ("Systolic\nBP", "sbp_mmhg", None), ("Ht 身高 cm", "height_cm", "cm"), ("身高/cm", "height_cm", "cm"),
    ("Height (ft in)", "height_cm", "[ft_i]"), ("体重(斤)", "weight_kg", "jin"), ("体重kg", "weight_kg", "kg"),
    ("Weight_lb", "weight_kg", "[lb_av]"), ("TC 总胆固醇 mmol/L", "total_cholesterol_mmol_l", "mmol/L"),
    ("Chol_mg_dl", "total_cholesterol_mmol_l", "mg/dL"), ("血清总胆固醇", "total_cholesterol_mmol_l", None),
    ("Cholestérol total (g/L)", "total_cholesterol_mmol_l", "g/L"), ("血清LDL-C", "ldl_mmol_l", None),
    ("Glucose (fasting) mg/dL", "fasting_glucose_mmol_l", "mg/dL"),
    ("GLU(空腹) mmol/L", "fasting_glucose_mmol_l", "mmol/L"),
    ("Glucose", "glucose_mmol_l", None), ("HbA1c 糖化 %", "hba1c_percent", "%"),
    ("HbA1c/mmol/mol", "hba1c_percent", "mmol/mol"),
    ("Cr 肌酐 μmol/L", "creatinine_umol_l", "umol/L"), ("Creatinina (µmol/L)", "creatinine_umol_l", "umol/L"),
    ("eGFR (mL/min/1.73m²)", "egfr_ml_min_173", "mL/min/{1.73_m2}"), ("尿白蛋白/肌酐(mg/g)", "uacr_mg_g", "mg/g"),
    ("UACR (mg/mmol)", "uacr_mg_g", "mg/mmol"), ("Previous heart attack or stroke", "cvd_history", None),
    ("medical_history_stroke", "stroke_history", None), ("heart_attack", "evidence:cvd_history", None),
    ("Next visit", "next_visit_date", None), ("下次随访日期", "next_visit_date", None),
    ("last_visit_date", "visit_date", None),
    ("Presi?n sist?lica (mmHg)", "sbp_mmhg", "mm[Hg]"), ("收縮壓(mmHg)", "sbp_mmhg", "mm[Hg]"),
    ("体格 / 身高", "height_cm", None), ("血压 / 收缩压", "sbp_mmhg", None),
    ("家庭自测 / 收缩压", "home_sbp_mmhg", None),
)
STRANGE = (
    "", "Doctor name", "护士姓名", "Bed/床号", "BP target met?", "WBC (10^9/L)", "Phone 2", "identifier_type", "序号",
    "hba1c_ge_5_7", "race_ethnicity", "Registration Date", "Facility Name", "Days Overdue", "参考范围",
    "first_visit_bp_systolic",
    "x" * 300,
)
# fmt: on


@pytest.mark.parametrize(("header", "target", "unit"), KNOWN)
def test_a_known_header_gives_its_field_and_unit(header: str, target: str, unit: str | None) -> None:
    reading = read_header(header)
    assert (reading.target, reading.unit, reading.offered) == (target, unit, False)


@pytest.mark.parametrize("header", STRANGE)
def test_a_strange_header_is_left_alone(header: str) -> None:
    assert read_header(header).target is None


@pytest.mark.parametrize("header", ["ALT谷丙转氨酶(U/L)", "Albumin", "Hb (g/L)", "K", "Temperature"])
def test_names_that_are_too_short_to_trust_are_only_offered(header: str) -> None:
    reading = read_header(header)
    assert reading.offered
    assert reading.target in load_dictionary()


def test_every_field_name_and_label_of_the_dictionary_is_understood() -> None:
    dictionary = load_dictionary()
    offered = load_lexicon().headers.offered
    for name, field in dictionary.fields.items():
        if field.scope is Scope.SETTING:
            assert read_header(name).target is None
            continue
        reading = read_header(name)
        assert (reading.target, reading.offered, reading.unit) == (name, False, field.unit), name
        for label in field.labels.values():
            reading = read_header(label)
            assert reading.target is not None, label
            assert reading.offered == (reading.target in offered and label.lower() != name), label


@pytest.mark.parametrize(
    ("header", "reading", "side", "visit"),
    [
        ("SBP1", 1, None, None),
        ("收缩压2(mmHg)", 2, None, None),
        ("第三次收缩压", 3, None, None),
        ("2nd reading SBP", 2, None, None),
        ("Left arm SBP", None, "left", None),
        ("右侧收缩压(mmHg)", None, "right", None),
        ("第2次随访 / 收缩压(mmHg)", None, None, 2),
        ("Visit 3 / SBP", None, None, 3),
        ("visit 2 sbp", None, None, 2),
    ],
)
def test_readings_arms_and_visits_are_told_apart(
    header: str, reading: int | None, side: str | None, visit: int | None
) -> None:
    said = read_header(header)
    assert (said.target, said.reading, said.side, said.visit) == ("sbp_mmhg", reading, side, visit)


def test_a_header_may_explain_codes_and_dates() -> None:
    assert read_header("吸烟状况(1从不 2已戒 3吸烟)").legend == {"1": "从不", "2": "已戒", "3": "吸烟"}
    assert read_header("Sex (1=Male, 2=Female)").legend == {"1": "Male", "2": "Female"}
    assert read_header("Date of birth (DD/MM/YYYY)").date_order == "DMY"
    assert read_header("Visit date (mm-dd-yy)").date_order == "MDY"
    assert read_header("出生日期(年/月/日)").date_order == "YMD"


def test_a_unit_that_the_field_cannot_have_is_not_taken() -> None:
    assert read_header("Pulse (mg/dL)").unit is None
    assert read_header("HDL (kg)").unit is None


def test_a_row_of_units_below_the_header_counts() -> None:
    assert read_header("总胆固醇", "mg/dL").unit == "mg/dL"
    assert read_header("总胆固醇(mmol/L)", "mg/dL").unit == "mmol/L"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_headers(text: str) -> None:
    reading = read_header(text)
    assert reading.target is None or reading.target


def test_the_header_is_found_below_title_lines_and_above_data() -> None:
    grid = [
        ["Register of the clinic", "", ""],
        [],
        ["Printed", "30/06/2025"],
        ["Patient ID", "Name", "SBP (mmHg)"],
        ["P1", "Ann", "120"],
    ]
    place = find_header(grid)
    assert place is not None
    assert (place.rows, place.texts) == ((3,), ("Patient ID", "Name", "SBP (mmHg)"))


def test_two_header_rows_and_a_row_of_units_are_one_header() -> None:
    grid = [
        ["姓名", "血压", "", "体格"],
        ["", "收缩压", "舒张压", "体重"],
        ["", "mmHg", "mmHg", "斤"],
        ["王小明", "120", "80", "130"],
    ]
    place = find_header(grid, [Spread(0, 1, 2, 0)])
    assert place is not None
    assert place.rows == (0, 1, 2)
    assert place.texts == ("姓名", "血压 / 收缩压", "血压 / 舒张压", "体格 / 体重")
    assert place.unit_hints == (None, "mmHg", "mmHg", "斤")


def test_group_titles_reach_over_their_columns_without_merged_cells() -> None:
    grid = [
        ["Name", "Visit 1", "", "Visit 2", ""],
        ["", "Date", "SBP", "Date", "SBP"],
        ["Ann", "2024-01-01", "120", "", ""],
    ]
    place = find_header(grid)
    assert place is not None
    assert place.texts[1:] == ("Visit 1 / Date", "Visit 1 / SBP", "Visit 2 / Date", "Visit 2 / SBP")


def test_sexes_are_not_taken_for_a_row_of_units() -> None:
    place = find_header([["Name", "Sex", "Group"], ["", "M", "F"], ["Ann", "F", "A"]])
    assert place is not None
    assert place.rows == (0,)


@pytest.mark.parametrize(
    "grid",
    [
        [],
        [["a", "b"], ["c", "d"]],
        [["P00001", "Ann", "1960-01-01", "F"], ["P00002", "Bob", "1961-01-01", "M"]],
        [["facility_name", "district", "village"], ["North", "D1", "V1"]],
        [["Item", "Count"], ["Amlodipine", "1200"]],
    ],
)
def test_a_table_without_known_columns_has_no_header(grid: list[list[str]]) -> None:
    assert find_header(grid) is None


@pytest.mark.parametrize(
    "long", ["-" * 30_000, "1-" * 15_000, "a b" + " " * 30_000 + "c", "(" * 30_000, "kg/" * 10_000]
)
def test_a_header_without_end_is_nothing_and_takes_no_time(long: str) -> None:
    started = time.monotonic()
    read_header(long)
    assert time.monotonic() - started < 1
