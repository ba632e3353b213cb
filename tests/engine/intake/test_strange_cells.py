"""Cells that look like something else: they park their row and never break the import."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from engine.domain.problems import Reason
from tests.engine.intake.plans import plan_file, plan_text

GOOD_NUMBER = "990101197001010011"


@pytest.mark.parametrize("strange", ["ABCE+D", "E+", "1E+999999999999999", "፩90101197001010011", "99010119700101001²"])
def test_what_is_no_resident_number_parks_its_row(tmp_path: Path, strange: str) -> None:
    table = f"身份证号,姓名,就诊日期,收缩压(mmHg)\n{strange},张三,2024-01-05,130\n{GOOD_NUMBER},李四,2024-01-05,130\n"
    plan = plan_text(tmp_path, table)
    assert 2 in {parked.row for parked in plan.parked}


def test_a_percentage_under_a_date_header_parks_its_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["patient id", "date of birth", "visit date", "SBP (mmHg)"])
    sheet.append(["P1", "1970-01-02", "2024-01-05", 130])
    sheet.append(["P2", 0.5, "2024-01-05", 130])
    sheet["B3"].number_format = "0%"
    book.save(tmp_path / "table.xlsx")
    plan = plan_file(tmp_path / "table.xlsx")
    assert [(parked.row, parked.problems[0].reason) for parked in plan.parked] == [(3, Reason.UNREADABLE_VALUE)]
