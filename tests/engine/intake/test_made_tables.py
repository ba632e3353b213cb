"""Files of every kind that nobody has seen before come out as they were meant, whoever wrote them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.record import Value
from engine.intake.date_columns import check_sign
from engine.intake.headers import read_header
from engine.intake.plan import ImportPlan, Outcome
from tests.engine.intake.made_tables import (
    MEASURED,
    WHO,
    Made,
    Writer,
    below_each_other,
    readings,
    swapped,
    visits_side_by_side,
    with_totals,
)
from tests.engine.intake.plans import (
    is_same,
    parked_by_row,
    plan_file,
    plan_text,
    qualifiers_by_row,
    values_by_row,
)
from tests.engine.intake.variations import Style, people

SLOW = settings(
    derandomize=True, max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BASE = ("patient_id", "name", "birth_date", "sex", "visit_date", "sbp_mmhg", "dbp_mmhg")


def plan_made(made: Made, folder: Path, name: str = "made.csv", encoding: str = "utf-8") -> ImportPlan:
    path = folder / name
    path.write_bytes(made.xlsx() if name.endswith(".xlsx") else made.csv(encoding))
    return plan_file(path)


def check(made: Made, plan: ImportPlan, *, by_day: bool = False) -> None:
    assert plan.outcome is not Outcome.REJECTED, plan.rejection
    assert sorted((question.kind.value, question.columns) for question in plan.questions) == sorted(made.questions)
    assert plan.facts is not None
    assert plan.facts.header_rows == made.header_rows
    assert parked_by_row(plan) == made.parked
    assert [(row.row, row.kind.value) for row in plan.not_patients] == made.others
    found: Mapping[Any, Mapping[str, Value]] = visits_by_day(plan) if by_day else values_by_row(plan)
    assert found.keys() == made.values.keys()
    for place, expected in made.values.items():
        different = {name: (found[place].get(name), value) for name, value in expected.items()
                     if not is_same(found[place].get(name), value)}  # fmt: skip
        assert different == {}
        assert found[place].keys() == expected.keys()
    assert by_day or qualifiers_by_row(plan) == made.signs


def visits_by_day(plan: ImportPlan) -> dict[object, dict[str, Value]]:
    assert plan.identified is not None
    entries = plan.identified.entries
    return {
        (row, day): {
            "visit_date": day,
            **{column.field: value for column in entries.columns if (value := column.values[position]) is not None},
        }
        for position, (row, day) in enumerate(zip(entries.rows, plan.identified.visit_dates, strict=True))
    }


@SLOW
@given(
    language=st.sampled_from(["en", "zh"]), seed=st.integers(0, 99), unit_in_name=st.booleans(), flagged=st.booleans()
)
def test_each_result_goes_to_its_own_test_whatever_stands_between(
    language: str, seed: int, unit_in_name: bool, flagged: bool, tmp_path: Path
) -> None:
    made = below_each_other(language, seed, unit_in_name=unit_in_name, flagged=flagged)
    check(made, plan_made(made, tmp_path))


@pytest.mark.parametrize(
    ("language", "titles", "flat"),
    [
        ("en", ("Visit 1", "Visit 2", "Visit 3"), False),
        ("zh", ("第一次随访", "第二次随访"), False),
        ("zh", ("首次随访", "第2次随访", "第3次随访"), False),
        ("zh", ("第1季度", "第2季度"), False),
        ("en", ("Baseline", "6 months"), False),
        ("en", ("Spring", "Autumn"), False),
        ("zh", ("第1次", "第2次"), True),
        ("en", ("V1 ", "V2 ", "V3 "), True),
    ],
)
@pytest.mark.parametrize("name", ["wide.csv", "wide.xlsx"])
def test_visits_side_by_side_are_told_apart_by_any_title(
    language: str, titles: tuple[str, ...], flat: bool, name: str, tmp_path: Path
) -> None:
    made = visits_side_by_side(language, titles, 3, flat=flat)
    check(made, plan_made(made, tmp_path, name), by_day=True)


@pytest.mark.parametrize("name", ["groups.csv", "groups.xlsx"])
def test_group_titles_stand_before_all_their_names(name: str, tmp_path: Path) -> None:
    made = Writer(Style("zh"), (*WHO, *MEASURED)).table(people(20, "zh", 5))
    names = made.grid[0]
    titles = ["基本信息", *[""] * (len(WHO) - 1), "血压", "", "", "其他检查", ""]
    made.grid[:1] = [titles, names]
    made.values = {int(str(row)) + 1: values for row, values in made.values.items()}
    made.header_rows, made.merged = (1, 2), ("A1:E1", "F1:H1", "I1:J1")
    plan = plan_made(made, tmp_path, name)
    if name.endswith(".csv"):  # without merged cells the second row is as good alone
        assert plan.facts is not None
        made.header_rows = plan.facts.header_rows
    check(made, plan)
    assert name.endswith(".csv") or plan.columns[7].header == "血压 / 低压(mmHg)".replace("(", " (")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["totals.csv", "totals.xlsx"])
def test_totals_and_footers_are_no_patients(language: str, name: str, tmp_path: Path) -> None:
    made = with_totals(language, 4)
    check(made, plan_made(made, tmp_path, name))


@pytest.mark.parametrize(
    ("first", "second"), [("birth_date", "visit_date"), ("sbp_mmhg", "dbp_mmhg"), ("height_cm", "weight_kg")]
)
@pytest.mark.parametrize("language", ["en", "zh", "es"])
def test_whole_columns_under_each_others_header_are_asked_about_once(
    language: str, first: str, second: str, tmp_path: Path
) -> None:
    made = swapped(language, first, second, 6)
    check(made, plan_made(made, tmp_path))


@pytest.mark.parametrize(
    ("language", "headers"),
    [
        ("en", ("First SBP", "First DBP", "Second SBP", "Second DBP")),
        ("zh", ("首次收缩压", "首次舒张压", "第二次收缩压", "第二次舒张压")),
        ("zh", ("收缩压①", "舒张压①", "收缩压②", "舒张压②")),
    ],
)
def test_readings_are_counted_in_words(language: str, headers: tuple[str, ...], tmp_path: Path) -> None:
    made = readings(language, headers, 7)
    check(made, plan_made(made, tmp_path))


def test_arms_may_be_named_by_a_letter(tmp_path: Path) -> None:
    plan = plan_made(readings("en", ("Systolic L", "Diastolic L", "Systolic R", "Diastolic R"), 8), tmp_path)
    assert [column.field for column in plan.columns[-4:]] == ["sbp_mmhg", "dbp_mmhg", "sbp_mmhg", "dbp_mmhg"]
    assert [question.options[0] for question in plan.questions] == ["higher_arm"]


def test_a_first_visit_alone_is_an_earlier_one() -> None:
    assert read_header("First SBP").earlier
    assert read_header("首次收缩压").earlier


ERAS: dict[str, Callable[[date], str]] = {
    "slashes": lambda day: f"{day.year - 1911}/{day.month:02d}/{day.day:02d}",
    "dots": lambda day: f"{day.year - 1911}.{day.month}.{day.day}",
    "digits": lambda day: f"{day.year - 1911:03d}{day.month:02d}{day.day:02d}",
    "few digits": lambda day: f"{day.year - 1911}{day.month:02d}{day.day:02d}",
}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("encoding", ["big5", "utf-8-sig"])
def test_years_of_two_digits_are_of_the_era_that_other_dates_show(era: str, encoding: str, tmp_path: Path) -> None:
    rows = people(40, "zh", 9)
    for row in rows:
        row["name"] = "陳美玲"
    headers = {"patient_id": "病歷號", "name": "姓名", "birth_date": "出生日期", "sex": "性別",
               "visit_date": "就診日期", "sbp_mmhg": "收縮壓(mmHg)", "dbp_mmhg": "舒張壓(mmHg)"}  # fmt: skip
    dates = dict.fromkeys(("birth_date", "visit_date"), ERAS[era])
    made = Writer(Style("zh"), BASE, dates, headers).table(rows)
    plan = plan_made(made, tmp_path, encoding=encoding)
    check(made, plan)
    assert {column.date_kind for column in plan.columns if column.field in dates} == {"roc_year"}


@pytest.mark.parametrize("width", ["02", ""])
@pytest.mark.parametrize("mark", ["-", ".", "/"])
def test_short_dates_that_begin_with_the_year_are_proven_by_days_that_would_lie_ahead(
    mark: str, width: str, tmp_path: Path
) -> None:
    def short(day: date) -> str:
        return f"{day.year % 100:02d}{mark}{day.month:{width}}{mark}{day.day:{width}}"

    made = Writer(Style("zh"), BASE, {"visit_date": short}).table(people(40, "zh", 10))
    check(made, plan_made(made, tmp_path))


def few_short_dates(tmp_path: Path, order: str) -> ImportPlan:
    """Plan six visits whose first parts are two recent years and whose last parts are no day above 26."""
    days = [date(2024 + number % 2, number + 1, 5 + 3 * number) for number in range(6)]
    lines = [f"{number},A{number},{day:{order}},130,80\n" for number, day in enumerate(days)]
    return plan_text(tmp_path, "MRN,Name,Visit date,SBP,DBP\n" + "".join(lines))


def test_short_dates_that_could_begin_with_the_year_are_asked_about(tmp_path: Path) -> None:
    (question,) = few_short_dates(tmp_path, "%y-%m-%d").questions
    assert (question.kind.value, question.guess, question.options) == ("date_order", "YMD", ("YMD", "DMY", "MDY"))
    assert few_short_dates(tmp_path, "%d-%m-%y").questions == ()


def test_an_answer_that_short_dates_end_with_the_year_holds(tmp_path: Path) -> None:
    text = "MRN,Name,Visit date,SBP,DBP\n" + "".join(
        f"{number},A{number},{day},130,80\n" for number, day in enumerate(("24-01-05", "25-02-08", "24-03-13"))
    )
    answered = plan_text(tmp_path, text, {"date_order:Visit date": "DMY"})
    assert [row["visit_date"] for row in values_by_row(answered).values()] == ["2005-01-24", "2008-02-25", "2013-03-24"]


def resident_id(born: date, sex: str, dice: random.Random) -> str:
    digits = f"99{dice.randrange(1000, 9999)}{born:%Y%m%d}{dice.randrange(10, 99)}{7 if sex == 'M' else 4}"
    return digits + check_sign(digits)


@pytest.mark.parametrize("header", ["身份证号", "身份证件号码", "公民身份证号码", "證件號碼", "有效身份证件号码"])
def test_resident_numbers_are_read_through_hyphens_and_spaces(header: str, tmp_path: Path) -> None:
    dice = random.Random(header)
    lines, expected = [], []
    for number in range(20):
        born, sex = date(1950, 1, 1) + timedelta(days=701 * number), "MF"[number % 2]
        written = resident_id(born, sex, dice)
        gap = ("-", " ", "", " - ")[number % 4]
        lines.append(f"{written[:6]}{gap}{written[6:14]}{gap}{written[14:]},王{number},2024-03-05,130,80\n")
        expected.append((written, born.isoformat(), sex))
    plan = plan_text(tmp_path, f"{header},姓名,随访日期,收缩压,舒张压\n{''.join(lines)}")
    assert plan.outcome is Outcome.OK
    found = [(row["patient_id"], row["birth_date"], row["sex"]) for row in values_by_row(plan).values()]
    assert found == expected


def test_identity_numbers_of_other_countries_tell_people_apart(tmp_path: Path) -> None:
    lines = "".join(f"{20000000 + number},A{number},2024-03-05,130,80\n" for number in range(10))
    plan = plan_text(tmp_path, f"National ID,Name,Visit date,SBP,DBP\n{lines}")
    assert plan.outcome is Outcome.OK
    assert [row["patient_id"] for row in values_by_row(plan).values()] == [str(20000000 + n) for n in range(10)]


@pytest.mark.parametrize("written", ["151 over 89", "151mmHg/89mmHg", "151 89", "151 / 89 mm Hg"])
def test_two_pressures_in_one_cell(written: str, tmp_path: Path) -> None:
    plan = plan_text(tmp_path, f"MRN,Name,Visit date,BP\n1,A,2024-03-05,{written}\n2,B,2024-03-05,120/80\n")
    assert values_by_row(plan)[2]["sbp_mmhg"] == 151.0
    assert values_by_row(plan)[2]["dbp_mmhg"] == 89.0


def test_a_column_of_single_pressures_under_bp_is_asked_about_and_parks_nothing(tmp_path: Path) -> None:
    lines = "".join(f"{number},A{number},2024-03-05,{70 + number},80\n" for number in range(10))
    plan = plan_text(tmp_path, f"MRN,Name,Visit date,bp,Pulse\n{lines}")
    assert [(question.kind.value, question.guess) for question in plan.questions] == [("map", "leave_out")]
    assert plan.parked == ()


FEET = {"Height (ft-in)": "{}'{}\"", "Height": "{}'{}\"", "Height in feet": "{} ft {} in", "身高(英尺)": "{}英尺{}英寸"}


@pytest.mark.parametrize("header", FEET)
def test_feet_and_pounds_are_no_swapped_columns(header: str, tmp_path: Path) -> None:
    lines = []
    for number in range(20):
        feet, inches = divmod(58 + number, 12)
        cell = FEET[header].format(feet, inches).replace('"', '""')
        lines.append(f'{number},A{number},2024-03-05,130,80,"{cell}",{110 + 6 * number}\n')
    plan = plan_text(tmp_path, f"MRN,Name,Visit date,SBP,DBP,{header},Weight (lb)\n{''.join(lines)}")
    assert plan.outcome is Outcome.OK
    assert values_by_row(plan)[2]["height_cm"] == pytest.approx(58 * 2.54)
    assert plan.columns[5].unit_names == ("ft-in",)


@pytest.mark.parametrize(
    ("header", "numbers", "guess"),
    [
        ("体重", (98, 124, 131, 146, 155, 170), "jin"),
        ("Weight", (120, 134, 151, 166, 175, 210), "lb"),
        ("体重", (48, 61, 66, 72, 80, 104), "kg"),
        ("Weight", (48, 61, 66, 72, 80, 104), "kg"),
        ("Height", (58, 61, 64, 66, 69, 74), "in"),
        ("Waist", (27, 31, 35, 36, 39, 44), "in"),
    ],
)
def test_the_guess_of_a_unit_puts_the_numbers_where_people_are(
    header: str, numbers: tuple[int, ...], guess: str, tmp_path: Path
) -> None:
    lines = "".join(f"{row},A{row},2024-03-05,130,80,{number}\n" for row, number in enumerate(numbers))
    plan = plan_text(tmp_path, f"MRN,Name,Visit date,SBP,DBP,{header}\n{lines}")
    assert [(question.kind.value, question.guess) for question in plan.questions] == [("unit", guess)]


@pytest.mark.parametrize(
    ("header", "cells", "field", "values"),
    [
        ("Sex (1=M 2=F)", ("1", "2"), "sex", ["M", "F"]),
        ("Gender: 1-Male 2-Female", ("1", "2"), "sex", ["M", "F"]),
        ("吸烟 1从不 2已戒 3吸烟", ("1", "3"), "smoker", ["never", "current"]),
        ("Diabetes", ("T2DM", "No"), "diabetes", [True, False]),
        ("糖尿病", ("2型", "无"), "diabetes", [True, False]),
        ("房颤", ("房颤", "否"), "atrial_fibrillation", [True, False]),
        ("性别", ("1男", "2.女"), "sex", ["M", "F"]),
        ("性别", ("男♂", "女♀"), "sex", ["M", "F"]),
        ("糖尿病", ("有√", "无"), "diabetes", [True, False]),
        ("服用降压药", ("服药", "未服药"), "on_bp_treatment", [True, False]),
    ],
)
def test_what_codes_mean_is_read_from_the_header_or_from_themselves(
    header: str, cells: tuple[str, ...], field: str, values: list[Value], tmp_path: Path
) -> None:
    lines = "".join(f"{row},A{row},2024-03-05,130,80,{cell}\n" for row, cell in enumerate(cells * 5))
    plan = plan_text(tmp_path, f"MRN,Name,Visit date,SBP,DBP,{header}\n{lines}")
    assert plan.outcome is Outcome.OK
    assert [row[field] for row in values_by_row(plan).values()] == values * 5


def test_a_dash_beside_plus_signs_is_asked_about(tmp_path: Path) -> None:
    lines = "".join(f"{row},A{row},2024-03-05,130,80,{'+-'[row % 2]}\n" for row in range(10))
    plan = plan_text(tmp_path, f"MRN,Name,Visit date,SBP,DBP,Diabetes\n{lines}")
    assert [(question.kind.value, question.guess) for question in plan.questions] == [("code_meaning", {"-": "false"})]


@pytest.mark.parametrize(
    "written",
    ["2024、3、5", "2024—3—5", "2024年3月5日星期二", "2024-03-05（周二）", "2024.03.05.", "05.03.2024 г.", "1130305"],
)
def test_dates_as_people_write_them(written: str, tmp_path: Path) -> None:
    plan = plan_text(tmp_path, f"MRN,Name,Visit date,SBP,DBP\n1,A,{written},130,80\n2,B,13.03.2024,130,80\n")
    assert values_by_row(plan)[2]["visit_date"] == "2024-03-05"


def test_lipids_in_other_units_are_no_swapped_columns(tmp_path: Path) -> None:
    lines = "".join(f"{row},A{row},2024-03-05,{4 + row / 10},{90 + 5 * row}\n" for row in range(12))
    plan = plan_text(tmp_path, f"MRN,Name,Visit date,TC (mmol/L),LDL (mmol/L)\n{lines}")
    assert [(question.kind.value, question.columns) for question in plan.questions] == [
        ("unit_conflict", ("LDL (mmol/L)",))
    ]


def test_a_family_name_that_stands_in_some_given_names_is_kept(tmp_path: Path) -> None:
    lines = "1,Lee,Ashlee,2024-03-05,130,80\n2,Ng,Ann,2024-03-05,130,80\n3,Roy,Leroy,2024-03-05,130,80\n"
    plan = plan_text(tmp_path, f"MRN,Surname,First name,Visit date,SBP,DBP\n{lines}")
    assert [row["name"] for row in values_by_row(plan).values()] == ["Ashlee Lee", "Ann Ng", "Leroy Roy"]
    chinese = "1,文,天文,2024-03-05,130,80\n2,王,小明,2024-03-05,130,80\n3,李,大李,2024-03-05,130,80\n"
    plan = plan_text(tmp_path, f"病历号,姓,名,随访日期,收缩压,舒张压\n{chinese}")
    assert [row["name"] for row in values_by_row(plan).values()] == ["文天文", "王小明", "李大李"]


@pytest.mark.parametrize("tail", ["以下空白", "End", "打印：张三", "Total: 12"])
def test_a_line_below_the_list_is_no_patient(tail: str, tmp_path: Path) -> None:
    lines = "".join(f"P{row},A{row},1960-02-03,2024-03-05,130,80\n" for row in range(12))
    plan = plan_text(tmp_path, f"MRN,Name,DOB,Visit date,SBP,DBP\n{lines}{tail}\n")
    assert (plan.rows_read, plan.parked, len(plan.not_patients)) == (12, (), 1)


def test_a_few_strange_codes_are_asked_about_and_not_left_out(tmp_path: Path) -> None:
    lines = "".join(f"{row},A{row},2024-03-05,130,80,{'RI'[row % 2]}\n" for row in range(10))
    text = f"MRN,Name,Visit date,SBP,DBP,Statin\n{lines}"
    (question,) = plan_text(tmp_path, text).questions
    assert (question.kind.value, question.codes) == ("code_meaning", ("I", "R"))
    answered = plan_text(tmp_path, text, {question.id: {"R": "true", "I": "false"}})
    assert [row["on_statin"] for row in values_by_row(answered).values()] == [True, False] * 5
