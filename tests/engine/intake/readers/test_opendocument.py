"""OpenDocument workbooks: values as they are shown, repeated and merged cells, hidden rows and sheets; and bombs."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from engine.intake.readers.child import read_table
from engine.intake.tables import CellKind, RejectedFile, RejectReason
from tests.engine.intake.plans import no_report, parked_by_row, plan_file, values_by_row

SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table", "style")
)
HEAD = ("Patient ID", "Name", "Date of birth", "Visit date", "SBP (mmHg)", "HbA1c (%)")


def text(value: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}><text:p>{escape(value)}</text:p></table:table-cell>'


def number(value: float, shown: str, kind: str = "float", more: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="{kind}" office:value="{value}"{more}><text:p>{shown}</text:p>'
        "</table:table-cell>"
    )


def day(value: str, shown: str) -> str:
    return (
        f'<table:table-cell office:value-type="date" office:date-value="{value}"><text:p>{shown}</text:p>'
        "</table:table-cell>"
    )


def gap(count: int) -> str:
    return f'<table:table-cell table:number-columns-repeated="{count}"/>'


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


def head(names: Sequence[str] = HEAD) -> str:
    return row(*map(text, names))


def person(name: str = "P1", pressure: str = "") -> str:
    return row(text(name), text(f"王{name}"), day("1960-01-02", "02.01.60"), day("2024-05-06", "06.05.24"),
               pressure or number(120, "120"), number(5.6, "5,6"))  # fmt: skip


def sheet(*rows: str, name: str = "Visits", more: str = "") -> str:
    return f'<table:table table:name="{name}"{more}>{"".join(rows)}</table:table>'


def save(
    path: Path, *sheets: str, styles: str = "", manifest: str = "", prologue: str = "", kind: str = "spreadsheet"
) -> Path:
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{prologue}<office:document-content {SPACES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{''.join(sheets)}</office:{kind}></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book.ods"


def reason(path: Path) -> tuple[RejectReason, str]:
    with pytest.raises(RejectedFile) as caught:
        read_table(path, no_report)
    return caught.value.rejection.reason, caught.value.rejection.detail


def test_values_come_exact_whatever_is_shown_of_them(book: Path) -> None:
    exact = number(120.4375, "120")
    table = read_table(save(book, sheet(head(), person(pressure=exact))), no_report)
    cells = [column.cells[0] for column in table.columns]
    assert cells == ["P1", "王P1", "1960-01-02", "2024-05-06", "120.4375", "5.6"]
    kinds = [CellKind(int(column.kinds[0])) for column in table.columns]
    assert kinds == [CellKind.TEXT, CellKind.TEXT, CellKind.DATE, CellKind.DATE, CellKind.NUMBER, CellKind.NUMBER]
    assert (table.facts.container, table.facts.sheet) == ("ods", "Visits")


def test_per_cent_and_leading_zeros_are_read_as_shown(book: Path) -> None:
    line = row(number(42, "00042"), text("Ann"), gap(1), day("2024-05-06T00:00:00", "x"), number(120, "120"),
               number(0.056, "5.6%", "percentage"))  # fmt: skip
    values = values_by_row(plan_file(save(book, sheet(head(), line))))[2]
    assert (values["patient_id"], values["visit_date"]) == ("00042", "2024-05-06")
    assert values["hba1c_percent"] == pytest.approx(5.6)


def test_repeated_rows_and_columns_keep_the_places(book: Path) -> None:
    rows = (
        row(text("Register")),
        row(gap(16384), more=' table:number-rows-repeated="2"'),
        row(gap(1), *map(text, HEAD), gap(16000)),
        row(gap(1), text("P1"), text("Ann"), gap(1), day("2024-05-06", ""), number(120, "120"), gap(1)),
        row(gap(16384), more=' table:number-rows-repeated="3"'),
        row(gap(1), text("P2"), text("Bob"), gap(1), day("2024-05-06", ""), number(120, "120"), gap(1)),
        row(gap(16384), more=' table:number-rows-repeated="1048560"'),
    )
    plan = plan_file(save(book, sheet(*rows)))
    assert plan.facts is not None
    assert (plan.facts.header_rows, plan.facts.rows_after_header, plan.facts.rows_blank) == ((4,), 5, 3)
    assert values_by_row(plan).keys() == {5, 9}


def test_a_cell_repeated_with_its_value_stands_in_every_place(book: Path) -> None:
    twice = number(120, "120", more=' table:number-columns-repeated="2"')
    rows = (row(*map(text, ("Patient ID", "Visit date", "SBP", "DBP", "Pulse"))),
            row(text("P1"), day("2024-05-06", ""), number(130, "130"), number(70, "70"), number(70, "70")),
            row(text("P2"), day("2024-05-06", ""), twice, number(70, "70")))  # fmt: skip
    found = read_table(save(book, sheet(*rows)), no_report)
    assert [column.text(1) for column in found.columns] == ["P2", "2024-05-06", "120", "120", "70"]


def test_errors_of_formulas_park_their_row_and_results_are_read(book: Path) -> None:
    broken = number(0, "#DIV/0!", more=' table:formula="of:=1/0" calcext:value-type="error"')
    result = number(131, "131", more=' table:formula="of:=[.A1]"')
    people = [person(f"P{at}") for at in range(3, 9)]
    rows = (head(), person("P1", result), person("P2", broken), *people)
    plan = plan_file(save(book, sheet(*rows)))
    assert parked_by_row(plan) == {3: [("unreadable_value", ("sbp_mmhg",))]}
    assert values_by_row(plan)[2]["sbp_mmhg"] == 131


def test_hidden_rows_and_sheets_are_asked_about(book: Path) -> None:
    style = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    filtered = person("P2").replace("<table:table-row>", '<table:table-row table:visibility="filter">')
    old = sheet(head(), person("P3"), name="2019", more=' table:style-name="ta2"')
    plan = plan_file(save(book, sheet(head(), person(), filtered), old, styles=style))
    assert [question.id for question in plan.questions] == ["hidden_sheet:2019", "hidden_rows"]
    without = plan_file(book, {"hidden_sheet:2019": "leave_out", "hidden_rows": "leave_out"})
    assert values_by_row(without).keys() == {2}


def test_merged_titles_and_merged_numbers_reach_over_their_cells(book: Path) -> None:
    down = ' table:number-rows-spanned="2"'
    covered = "<table:covered-table-cell/>"
    rows = (
        row(text("档案编号", down), text("随访日期", down), text("血压", ' table:number-columns-spanned="2"'), covered),
        row(covered, covered, text("收缩压"), text("舒张压")),
        row(text("P1", down), day("2024-01-02", ""), number(120, "120"), number(80, "80")),
        row(covered, day("2024-02-02", ""), number(124, "124"), number(82, "82")),
    )
    plan = plan_file(save(book, sheet(*rows)))
    assert [line.header for line in plan.columns] == ["档案编号", "随访日期", "血压 / 收缩压", "血压 / 舒张压"]
    whose = {at: (values["patient_id"], values["sbp_mmhg"]) for at, values in values_by_row(plan).items()}
    assert whose == {3: ("P1", 120.0), 4: ("P1", 124.0)}


def test_remarks_on_a_cell_are_no_part_of_it_and_lines_stay_apart(book: Path) -> None:
    noted = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>ask again</text:p></office:annotation>'
        '<text:p>Ann<text:s text:c="2"/>Lee</text:p><text:p>née Fox</text:p></table:table-cell>'
    )
    line = row(text("P1"), noted, gap(1), day("2024-05-06", ""), number(120, "120"), gap(1))
    table = read_table(save(book, sheet(head(), line)), no_report)
    assert table.columns[1].text(0) == "Ann  Lee\nnée Fox"


def test_a_table_within_a_cell_is_not_taken_for_the_sheet(book: Path) -> None:
    inner = f'<table:table-cell office:value-type="string"><text:p>x</text:p>{sheet(head())}</table:table-cell>'
    line = row(text("P1"), inner, gap(1), day("2024-05-06", ""), number(120, "120"), gap(1))
    table = read_table(save(book, sheet(head(), line)), no_report)
    assert (len(table), table.facts.sheets) == (1, ("Visits",))


# --- made to harm, or broken ----------------------------------------------------------------------------------------


def test_what_is_refused_is_refused_by_name(book: Path) -> None:
    locked = '<manifest:encryption-data xmlns:manifest="urn:x"/>'
    assert reason(save(book, sheet(head(), person()), manifest=locked))[0] is RejectReason.PASSWORD_REQUIRED
    assert reason(save(book, kind="text"))[1] == "document"
    assert reason(save(book, sheet()))[0] is RejectReason.EMPTY_FILE
    assert reason(save(book, sheet(head())))[0] is RejectReason.NO_ROWS
    entity = '<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    assert reason(save(book, sheet(head(), person()), prologue=entity))[0] is RejectReason.UNSAFE_XML
    late = "<!--" + "x" * 70_000 + "-->" + entity
    assert reason(save(book, sheet(head(), person()), prologue=late))[0] is RejectReason.UNSAFE_XML


def test_repeating_without_bound_is_refused_before_it_is_written_out(book: Path) -> None:
    rows = person().replace("<table:table-row>", '<table:table-row table:number-rows-repeated="99999999">')
    assert reason(save(book, sheet(head(), rows)))[0] is RejectReason.UNSAFE_ARCHIVE
    wide = row(number(1, "1", more=' table:number-columns-repeated="16384"'))
    assert reason(save(book, sheet(head(), wide))) == (RejectReason.NOT_A_TABLE, "too_wide_sheet")


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_copy_that_stopped_early_is_damaged(book: Path, share: float) -> None:
    data = save(book, sheet(head(), *[person(f"P{at}") for at in range(40)])).read_bytes()
    book.write_bytes(data[: int(len(data) * share)])
    assert reason(book)[0] is RejectReason.DAMAGED_FILE


def test_content_that_is_no_xml_is_damage(book: Path) -> None:
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office:document-content><table:table>")
    assert reason(book)[0] is RejectReason.DAMAGED_FILE
