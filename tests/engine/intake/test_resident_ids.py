"""Resident numbers beside what other columns say of the same person: a contradiction is told, agreement is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.intake.date_columns import check_sign
from tests.engine.intake.plans import parked_by_row, plan_text, values_by_row

HEAD = "身份证号,姓名,性别,出生日期,随访日期,收缩压(mmHg)\n"


def number(birth: str, order: str) -> str:
    digits = f"990101{birth}{order}"
    return digits + check_sign(digits)


def line(resident: str, sex: str = "女", birth: str = "1960-03-05", name: str = "王小明") -> str:
    return f"{resident},{name},{sex},{birth},2024-01-05,130\n"


GOOD = number("19600305", "012")


@pytest.mark.parametrize("birth", ["1960-03-05", "1960-03", "", "1960/3/5"])
@pytest.mark.parametrize("sex", ["女", "", "未知"])
def test_what_agrees_or_is_not_said_is_no_contradiction(tmp_path: Path, birth: str, sex: str) -> None:
    other = line(number("19580101", "021"), "女" if sex == "女" else "男", "1958-01-01", "李四")
    if sex == "女":
        other = line(number("19580101", "022"), "女", "1958-01-01", "李四")
    assert parked_by_row(plan_text(tmp_path, HEAD + line(GOOD, sex, birth) + other)) == {}


@pytest.mark.parametrize(
    ("sex", "birth", "fields"),
    [
        ("男", "1960-03-05", [("patient_id", "sex")]),
        ("女", "1960-05-03", [("birth_date", "patient_id")]),
        ("女", "1961-03-05", [("birth_date", "patient_id")]),
    ],
)
def test_a_contradiction_parks_its_row_and_no_other(
    tmp_path: Path, sex: str, birth: str, fields: list[tuple[str, str]]
) -> None:
    others = "".join(line(number(f"195{n}0101", "022"), "女", f"195{n}-01-01", f"李{n}") for n in range(9))
    plan = plan_text(tmp_path, HEAD + line(GOOD, sex, birth) + others)
    assert parked_by_row(plan) == {2: [("impossible_value", fields[0])]}
    assert values_by_row(plan)[3]["sex"] == "F"


def test_a_wrong_check_digit_is_told_also_where_nothing_is_taken_from_the_number(tmp_path: Path) -> None:
    wrong = GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1")
    table = (
        "档案编号," + HEAD + f"P1,{line(wrong)}" + f"P2,{line(number('19580101', '022'), '女', '1958-01-01', '李四')}"
    )
    plan = plan_text(tmp_path, table)
    assert parked_by_row(plan) == {2: [("impossible_value", ("birth_date",))]}
    assert values_by_row(plan)[3]["patient_id"] == "P2"


def test_what_the_number_says_beside_other_columns_is_stored_nowhere(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, HEAD + line(GOOD))
    assert values_by_row(plan)[2].keys() == {"patient_id", "name", "sex", "birth_date", "visit_date", "sbp_mmhg"}
