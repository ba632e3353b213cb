"""Workbooks: sheets, title lines, merged headers, dates, shown numbers, hidden rows; and those made to harm."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from engine.intake.readers.child import read_table
from engine.intake.tables import CellKind, RejectedFile, RejectReason
from tests.engine.intake.plans import no_report, parked_by_row, plan_file, values_by_row

HEAD = ["Patient ID", "Name", "Date of birth", "Visit date", "SBP (mmHg)", "HbA1c (%)"]
ROW = ["P1", "Ann", datetime(1960, 1, 2), datetime(2024, 5, 6), 120, 5.6]
Fill = Callable[[Worksheet], None]
Cells = list[list[Any]]


def save(
    path: Path, rows: Sequence[Sequence[Any]] = (HEAD, ROW), fill: Fill | None = None, title: str = "Visits"
) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    if fill is not None:
        fill(sheet)
    book.save(path)
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def test_values_come_with_what_they_were(book: Path) -> None:
    table = read_table(save(book), no_report)
    assert [column.cells[0] for column in table.columns] == ["P1", "Ann", "1960-01-02", "2024-05-06", "120", "5.6"]
    kinds = [CellKind(int(column.kinds[0])) for column in table.columns]
    assert kinds == [CellKind.TEXT, CellKind.TEXT, CellKind.DATE, CellKind.DATE, CellKind.NUMBER, CellKind.NUMBER]
    assert (table.facts.container, table.facts.date_system, table.facts.sheet) == ("xlsx", 1900, "Visits")


def test_title_lines_and_gaps_keep_the_row_numbers(book: Path) -> None:
    plan = plan_file(save(book, [["Register"], [], ["Printed", date(2025, 6, 30)], HEAD, ROW, [], ROW[:3] + ROW[3:]]))
    assert plan.facts is not None
    assert plan.facts.header_rows == (4,)
    assert values_by_row(plan).keys() == {5, 7}
    assert (plan.facts.rows_after_header, plan.facts.rows_blank) == (3, 1)


def test_columns_keep_their_places_in_the_sheet(book: Path) -> None:
    plan = plan_file(save(book, [[None, *HEAD[:3], "", *HEAD[3:], "", ""], [None, *ROW[:3], "", *ROW[3:], "", ""]]))
    found = {line.header: line.index for line in plan.columns if line.field}
    assert found == {"Patient ID": 1, "Name": 2, "Date of birth": 3, "Visit date": 5, "SBP (mmHg)": 6, "HbA1c (%)": 7}
    assert len(plan.columns) == 8
    assert values_by_row(plan)[2]["sbp_mmhg"] == 120


def test_dates_of_the_1904_system_are_the_same_days(book: Path) -> None:
    made = openpyxl.Workbook()
    made.epoch = CALENDAR_MAC_1904
    sheet = made.active
    assert isinstance(sheet, Worksheet)
    sheet.append(HEAD)
    sheet.append(ROW)
    made.save(book)
    plan = plan_file(book)
    assert values_by_row(plan)[2]["birth_date"] == "1960-01-02"
    assert plan.facts is not None
    assert plan.facts.date_system == 1904


def test_plain_numbers_under_a_date_header_are_shown_as_dates_first(book: Path) -> None:
    row = ["P1", "Ann", 21917, 43000.4, 120, 5.6]
    plan = plan_file(save(book, [HEAD, row]))
    assert [(question.kind.value, question.guess) for question in plan.questions] == [
        ("date_serial", "excel_serial_1900")
    ]
    values = values_by_row(plan)[2]
    assert (values["birth_date"], values["visit_date"]) == ("1960-01-02", "2017-09-22")
    answered = plan_file(book, {"date_serial:Date of birth": "excel_serial_1904"})
    assert answered.can_be_stored
    assert values_by_row(answered)[2]["birth_date"] == "1964-01-03"


def test_numbers_are_read_as_they_are_shown(book: Path) -> None:
    def shape(sheet: Worksheet) -> None:
        sheet["A2"].number_format = "00000"
        sheet["F2"].number_format = "0.0%"

    plan = plan_file(save(book, [HEAD, [42, "Ann", *ROW[2:5], 0.056]], shape))
    values = values_by_row(plan)[2]
    assert values["patient_id"] == "00042"
    assert values["hba1c_percent"] == pytest.approx(5.6)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("#DIV/0!", "unreadable_value"), ("#REF!", "unreadable_value"), (True, "unreadable_value"),
     (datetime(2024, 12, 8), "unreadable_value"), (time(12, 8), "unreadable_value")],
)  # fmt: skip
def test_errors_and_dates_are_no_pressures(book: Path, cell: object, reason: str) -> None:
    rows: Cells = [HEAD, *[[f"P{n}", f"Person {n}", *ROW[2:]] for n in range(9)], ["P9", "Zoe", *ROW[2:4], cell, 5.6]]
    assert parked_by_row(plan_file(save(book, rows))) == {11: [(reason, ("sbp_mmhg",))]}


def test_not_available_is_empty(book: Path) -> None:
    plan = plan_file(save(book, [HEAD, [*ROW[:4], "#N/A", 5.6]]))
    assert "sbp_mmhg" not in values_by_row(plan)[2]


def test_a_formula_whose_result_is_not_in_the_file_parks_its_row_and_makes_no_row(book: Path) -> None:
    people: Cells = [[f"P{n}", f"Person {n}", *ROW[2:]] for n in range(9)]
    people[3][4] = "=100+20"
    plan = plan_file(save(book, [HEAD, *people, [None, None, None, None, "=E10*2", None]]))
    assert parked_by_row(plan) == {5: [("unreadable_value", ("sbp_mmhg",))]}
    assert plan.rows_read == 9


def test_numbers_merged_over_several_visits_belong_to_each(book: Path) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("B2:B3")

    rows: Cells = [HEAD, ROW, [None, None, ROW[2], datetime(2024, 8, 9), 124, 5.7], ["P2", "Bob", *ROW[2:]]]
    plan = plan_file(save(book, rows, merge))
    assert {row: values["patient_id"] for row, values in values_by_row(plan).items()} == {2: "P1", 3: "P1", 4: "P2"}


def test_a_cell_far_out_is_no_table_of_patients(book: Path) -> None:
    def far(sheet: Worksheet) -> None:
        sheet["XFD1048576"] = "x"

    with pytest.raises(RejectedFile) as caught:
        read_table(save(book, fill=far), no_report)
    assert caught.value.rejection.detail == "too_wide_sheet"


def test_a_long_number_keeps_the_fifteen_digits_it_has(book: Path) -> None:
    table = read_table(save(book, [HEAD, [9.90812196804089e17, *ROW[1:]]]), no_report)
    assert table.columns[0].cells == ("990812196804089000",)


def test_the_sheet_with_the_patients_is_found(book: Path) -> None:
    made = openpyxl.Workbook()
    made.active.append(["Fictional register"])  # type: ignore[union-attr]  # a new workbook has a sheet
    for title, rows in (
        ("Patients", [HEAD, ROW]),
        ("Lists", [["Sex", "Smoking"], ["F", "Never"]]),
        ("Stock", [["Item"], ["A"]]),
    ):
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(book)
    plan = plan_file(book)
    assert plan.facts is not None
    assert (plan.facts.sheet, plan.questions) == ("Patients", ())


def test_two_sheets_of_patients_are_asked_about(book: Path) -> None:
    made = openpyxl.load_workbook(save(book, title="June"))
    sheet = made.create_sheet("July")
    sheet.append(HEAD)
    sheet.append(["P2", "Bob", *ROW[2:]])
    made.save(book)
    plan = plan_file(book)
    assert [(question.kind.value, question.options) for question in plan.questions] == [("sheet", ("June", "July"))]
    july = plan_file(book, {"sheet": "July"}, worker=True)
    assert july.can_be_stored
    assert values_by_row(july)[2]["patient_id"] == "P2"


def test_hidden_rows_and_sheets_are_asked_about(book: Path) -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.row_dimensions[3].hidden = True

    made = openpyxl.load_workbook(save(book, [HEAD, ROW, ["P2", "Bob", *ROW[2:]]], hide))
    old = made.create_sheet("Old")
    old.append(["Name", "SBP"])
    old.append(["Cyd", 150])
    old.sheet_state = "hidden"
    made.save(book)
    plan = plan_file(book)
    assert [question.id for question in plan.questions] == ["hidden_sheet:Old", "hidden_rows"]
    assert values_by_row(plan).keys() == {2, 3}
    without = plan_file(book, {"hidden_sheet:Old": "leave_out", "hidden_rows": "leave_out"})
    assert without.can_be_stored
    assert values_by_row(without).keys() == {2}


def test_merged_group_titles_belong_to_their_columns(book: Path) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("C1:D1")
        sheet.merge_cells("A1:A2")

    rows: Cells = [["姓名", "随访日期", "血压", None, "体重"], [None, None, "收缩压", "舒张压", None],
            [None, None, "mmHg", "mmHg", "斤"],
            ["王小明", "2024-01-02", 120, 80, 130]]  # fmt: skip
    plan = plan_file(save(book, rows, merge))
    assert [line.header for line in plan.columns] == ["姓名", "随访日期", "血压 / 收缩压", "血压 / 舒张压", "体重"]
    assert values_by_row(plan)[4]["weight_kg"] == 65.0


def test_cells_right_of_the_header_are_columns_without_a_name(book: Path) -> None:
    plan = plan_file(save(book, [HEAD, [*ROW, None, "a remark"]]))
    assert [(line.header, line.field) for line in plan.columns[6:]] == [("", None), ("", None)]
    assert values_by_row(plan).keys() == {2}


def test_names_like_formulas_stay_text(book: Path) -> None:
    def literal(sheet: Worksheet) -> None:
        sheet["B2"].value = "=1+1"
        sheet["B2"].data_type = "s"

    assert values_by_row(plan_file(save(book, fill=literal)))[2]["name"] == "=1+1"


# --- made to harm ---------------------------------------------------------------------------------------------------


def rewrite(book: Path, parts: dict[str, bytes]) -> Path:
    """Replace parts of a workbook."""
    with zipfile.ZipFile(book) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (held | parts).items():
            archive.writestr(name, data)
    return book


def reason(path: Path) -> RejectReason:
    with pytest.raises(RejectedFile) as caught:
        read_table(path, no_report)
    return caught.value.rejection.reason


SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize(
    "prologue",
    [
        ENTITIES,
        b'<?xml version="1.0"?>\n<!-- ' + b"x" * 5000 + b' -->\n<!DOCTYPE x SYSTEM "file:///etc/hostname"><worksheet/>',
        ENTITIES.decode().replace('version="1.0"', 'version="1.0" encoding="UTF-16"').encode("utf-16"),
        b'<?xml version="1.0"?>' + b"<!-- -->" * 20_000 + b"<worksheet/>",
    ],
)
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "[Content_Types].xml"])
def test_a_document_type_in_any_part_is_refused(book: Path, prologue: bytes, part: str) -> None:
    assert reason(rewrite(save(book), {part: prologue})) is RejectReason.UNSAFE_XML


@pytest.mark.parametrize("size", [3 << 20, 260 << 20])
def test_what_expands_beyond_reason_is_refused_before_expanding(book: Path, size: int) -> None:
    save(book)
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/big.bin", "w") as part:
        for _ in range(size >> 20):
            part.write(bytes(1 << 20))
    assert reason(book) is RejectReason.UNSAFE_ARCHIVE


@pytest.mark.parametrize("name", ["../outside.xml", "/etc/passwd", "C:/windows/x", "xl/../../x"])
def test_paths_out_of_the_archive_are_refused(book: Path, name: str) -> None:
    assert reason(rewrite(save(book), {name: b"x"})) is RejectReason.UNSAFE_ARCHIVE


def test_a_locked_archive_asks_for_its_password(book: Path) -> None:
    data = bytearray(save(book).read_bytes())
    start = 0
    while (start := data.find(b"PK\x01\x02", start)) >= 0:
        data[start + 8] |= 1  # the flag of an encrypted entry in the directory
        start += 4
    book.write_bytes(data)
    assert reason(book) is RejectReason.PASSWORD_REQUIRED


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_copy_that_stopped_early_is_damaged(book: Path, share: float) -> None:
    data = save(book, [HEAD, *[ROW] * 50]).read_bytes()
    book.write_bytes(data[: int(len(data) * share)])
    assert reason(book) is RejectReason.DAMAGED_FILE


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml"])
def test_a_part_that_is_no_xml_is_damage(book: Path, part: str) -> None:
    assert (
        reason(rewrite(save(book), {part: b"<worksheet><sheetData><row r='1'><c t='s'><v>99"}))
        is RejectReason.DAMAGED_FILE
    )


def test_a_shared_string_that_is_not_there_is_damage(book: Path) -> None:
    rows = b'<sheetData><row r="1"><c r="A1" t="s"><v>99999</v></c></row></sheetData>'
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + rows + b"</worksheet>"
    assert reason(rewrite(save(book), {SHEET: sheet})) is RejectReason.DAMAGED_FILE


def test_an_empty_workbook_is_empty_and_a_header_alone_has_no_rows(book: Path) -> None:
    assert reason(save(book, [])) is RejectReason.EMPTY_FILE
    assert reason(save(book, [HEAD])) is RejectReason.NO_ROWS
    assert reason(save(book, [["just", "words"]])) is RejectReason.NOT_A_TABLE


@pytest.mark.parametrize(
    ("name", "detail"), [("word/document.xml", "document"), ("data.csv", "no_known_columns"), ("folder/", "compressed")]
)
def test_other_archives_are_named(tmp_path: Path, name: str, detail: str) -> None:
    path = tmp_path / "file.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "" if name.endswith("/") else "x")
    with pytest.raises(RejectedFile) as caught:
        read_table(path, no_report)
    assert caught.value.rejection.detail == detail
