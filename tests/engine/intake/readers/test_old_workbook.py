"""Old binary workbooks (.xls): values as they are shown, sheets, hidden rows, merged cells; and those made to harm."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.intake.readers.biff import book_facts, stream_names
from engine.intake.readers.child import read_table
from engine.intake.tables import CellKind, RejectedFile, RejectReason
from tests.engine.intake.plans import no_report, parked_by_row, plan_file, values_by_row
from tests.engine.intake.readers.made_xls import PER_CENT, ZEROS, Tab, Value, compound, workbook

HEAD: list[Value] = ["Patient ID", "Name", "Date of birth", "Visit date", "SBP (mmHg)", "HbA1c (%)"]
ROW: list[Value] = ["P1", "王小明", date(1960, 1, 2), date(2024, 5, 6), 120.0, 5.6]


def other(number: int, *rest: Value) -> list[Value]:
    row: list[Value] = [f"P{number}", f"Person {number}", *ROW[2:]]
    return row[: len(row) - len(rest)] + list(rest)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book.xls"


def save(path: Path, *tabs: Tab, **more: object) -> Path:
    path.write_bytes(workbook(*tabs, **more))  # type: ignore[arg-type]  # what a test says of the whole book
    return path


def reason(path: Path) -> tuple[RejectReason, str]:
    with pytest.raises(RejectedFile) as caught:
        read_table(path, no_report)
    return caught.value.rejection.reason, caught.value.rejection.detail


def test_values_come_with_what_they_were(book: Path) -> None:
    table = read_table(save(book, Tab([HEAD, ROW])), no_report)
    assert [column.cells[0] for column in table.columns] == ["P1", "王小明", "1960-01-02", "2024-05-06", "120", "5.6"]
    kinds = [CellKind(int(column.kinds[0])) for column in table.columns]
    assert kinds == [CellKind.TEXT, CellKind.TEXT, CellKind.DATE, CellKind.DATE, CellKind.NUMBER, CellKind.NUMBER]
    assert (table.facts.container, table.facts.date_system, table.facts.sheet) == ("xls", 1900, "Visits")


def test_a_name_ending_decides_nothing(tmp_path: Path) -> None:
    assert values_by_row(plan_file(save(tmp_path / "register.xlsx", Tab([HEAD, ROW])))).keys() == {2}


def test_title_lines_gaps_and_empty_first_columns_keep_the_places(book: Path) -> None:
    rows: Sequence[Sequence[Value]] = [[None, "Register"], [], [None, *HEAD], [None, *ROW], [], [None, *other(2)]]
    plan = plan_file(save(book, Tab(rows)))
    assert plan.facts is not None
    assert (plan.facts.header_rows, plan.facts.rows_after_header, plan.facts.rows_blank) == ((3,), 3, 1)
    assert values_by_row(plan).keys() == {4, 6}
    assert [line.index for line in plan.columns if line.field == "sbp_mmhg"] == [5]


def test_dates_of_the_1904_system_are_the_same_days(book: Path) -> None:
    plan = plan_file(save(book, Tab([HEAD, ROW]), date_system=1904))
    assert plan.facts is not None
    assert plan.facts.date_system == 1904
    assert values_by_row(plan)[2]["birth_date"] == "1960-01-02"


def test_plain_numbers_under_a_date_header_count_in_the_system_of_the_file(book: Path) -> None:
    row: list[Value] = ["P1", "Ann", 20455.0, 43956.0, 120.0, 5.6]
    plan = plan_file(save(book, Tab([HEAD, row]), date_system=1904))
    assert [question.guess for question in plan.questions] == ["excel_serial_1904"]
    assert values_by_row(plan)[2]["birth_date"] == "1960-01-02"


def test_numbers_are_read_as_they_are_shown(book: Path) -> None:
    tab = Tab([HEAD, [42.0, *ROW[1:5], 0.056]], styles={(1, 0): ZEROS, (1, 5): PER_CENT})
    values = values_by_row(plan_file(save(book, tab)))[2]
    assert values["patient_id"] == "00042"
    assert values["hba1c_percent"] == pytest.approx(5.6)


def test_results_of_formulas_are_read_and_errors_park_their_row(book: Path) -> None:
    rows = [HEAD, *(other(number) for number in range(8))]
    tab = Tab(
        rows,
        formulas={(1, 4): 131.0, (2, 4): "#DIV/0!"},
        errors={(3, 4): "#REF!", (4, 4): "#N/A", (5, 5): "#REF!"},
    )
    plan = plan_file(save(book, tab))
    assert parked_by_row(plan) == {
        3: [("unreadable_value", ("sbp_mmhg",))],
        4: [("unreadable_value", ("sbp_mmhg",))],
        6: [("unreadable_value", ("hba1c_percent",))],
    }
    assert values_by_row(plan)[2]["sbp_mmhg"] == 131
    assert "sbp_mmhg" not in values_by_row(plan)[5]


def test_hidden_rows_and_sheets_are_asked_about(book: Path) -> None:
    shown = Tab([HEAD, ROW, other(2)], hidden_rows=frozenset({2}))
    plan = plan_file(save(book, shown, Tab([HEAD, other(3)], name="2019", hidden=True)))
    assert [question.id for question in plan.questions] == ["hidden_sheet:2019", "hidden_rows"]
    without = plan_file(book, {"hidden_sheet:2019": "leave_out", "hidden_rows": "leave_out"})
    assert values_by_row(without).keys() == {2}


def test_two_sheets_of_patients_are_asked_about(book: Path) -> None:
    plan = plan_file(save(book, Tab([HEAD, ROW], name="六月"), Tab([HEAD, other(2)], name="七月")))
    assert [(question.kind.value, question.options) for question in plan.questions] == [("sheet", ("六月", "七月"))]
    july = plan_file(book, {"sheet": "七月"}, worker=True)
    assert values_by_row(july)[2]["patient_id"] == "P2"


def test_merged_titles_belong_to_their_columns_and_merged_numbers_to_their_visits(book: Path) -> None:
    rows: list[list[Value]] = [
        ["档案编号", "随访日期", "血压", None],
        [None, None, "收缩压", "舒张压"],
        ["P1", date(2024, 1, 2), 120.0, 80.0],
        [None, date(2024, 2, 2), 124.0, 82.0],
        ["P2", date(2024, 1, 2), 130.0, 90.0],
    ]
    plan = plan_file(save(book, Tab(rows, merged=[(0, 0, 2, 3), (0, 1, 0, 0), (2, 3, 0, 0)])))
    assert [line.header for line in plan.columns] == ["档案编号", "随访日期", "血压 / 收缩压", "血压 / 舒张压"]
    whose = {row: (values["patient_id"], values["sbp_mmhg"]) for row, values in values_by_row(plan).items()}
    assert whose == {3: ("P1", 120.0), 4: ("P1", 124.0), 5: ("P2", 130.0)}


# --- made to harm, or broken ----------------------------------------------------------------------------------------


def test_a_locked_workbook_asks_for_its_password(book: Path) -> None:
    assert reason(save(book, Tab([HEAD, ROW]), locked=True)) == (RejectReason.PASSWORD_REQUIRED, "password_required")


@pytest.mark.parametrize("name", ["EncryptedPackage", "EncryptionInfo"])
def test_a_workbook_that_was_encrypted_whole_asks_for_its_password(book: Path, name: str) -> None:
    book.write_bytes(compound({name: bytes(5000)}))
    assert reason(book)[0] is RejectReason.PASSWORD_REQUIRED


def test_another_document_is_named(book: Path) -> None:
    book.write_bytes(compound({"WordDocument": bytes(5000)}))
    assert reason(book) == (RejectReason.NOT_A_TABLE, "document")


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.8, 0.97])
def test_a_copy_that_stopped_early_is_damaged(book: Path, share: float) -> None:
    data = save(book, Tab([HEAD, *[ROW] * 200])).read_bytes()
    book.write_bytes(data[: int(len(data) * share)])
    assert reason(book)[0] is RejectReason.DAMAGED_FILE


def test_sectors_in_a_circle_are_damage(book: Path) -> None:
    data = bytearray(save(book, Tab([HEAD, *[ROW] * 50])).read_bytes())
    (table,) = struct.unpack_from("<I", data, 76)
    struct.pack_into("<I", data, (table + 1) * 512 + 4, 0)  # the second sector leads back to the first
    book.write_bytes(data)
    with pytest.raises(ValueError, match="circle"):
        book_facts(bytes(data))
    assert reason(book)[0] is RejectReason.DAMAGED_FILE


def test_an_empty_workbook_is_empty_and_a_header_alone_has_no_rows(book: Path) -> None:
    assert reason(save(book, Tab([])))[0] is RejectReason.EMPTY_FILE
    assert reason(save(book, Tab([HEAD])))[0] is RejectReason.NO_ROWS


@settings(max_examples=60, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 8000), st.integers(0, 255)), min_size=1, max_size=12))
def test_changed_bytes_end_in_facts_or_a_plain_error(changes: list[tuple[int, int]]) -> None:
    data = bytearray(workbook(Tab([HEAD, *[ROW] * 20])))
    for place, value in changes:
        data[place % len(data)] = value
    stream_names(bytes(data))
    with contextlib.suppress(ValueError):  # and nothing else
        book_facts(bytes(data))
