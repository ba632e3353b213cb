"""Web pages that are called workbooks: tables with and without closing tags, spans, encodings; and made to harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.intake.readers.child import read_table
from engine.intake.tables import RejectedFile, RejectReason
from tests.engine.intake.plans import no_report, parked_by_row, plan_file, values_by_row

HEAD = "<tr><th>档案编号</th><th>姓名</th><th>随访日期</th><th>收缩压(mmHg)</th></tr>"
ROW = "<tr><td>P1</td><td>王小明</td><td>2024-01-02</td><td>120</td></tr>"


def page(table: str, charset: str = "", tag: str = "<table>") -> str:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    return f"<html><head>{meta}<style>td {{ color: red }}</style></head><body>{tag}{table}</table></body></html>"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "register.xls"


def save(path: Path, text: str, codec: str = "utf-8") -> Path:
    path.write_bytes(text.encode(codec))
    return path


def rows_of(path: Path) -> dict[int, dict[str, object]]:
    return {row: dict(values) for row, values in values_by_row(plan_file(path)).items()}


def reason(path: Path) -> tuple[RejectReason, str]:
    with pytest.raises(RejectedFile) as caught:
        read_table(path, no_report)
    return caught.value.rejection.reason, caught.value.rejection.detail


PLAIN = {2: {"patient_id": "P1", "name": "王小明", "visit_date": "2024-01-02", "sbp_mmhg": 120.0}}


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ("gb18030", "gb2312"), ("gbk", "GBK"), ("gbk", ""), ("utf-8", ""), ("utf-8", "utf-8"), ("utf-8-sig", ""),
        ("utf-16", ""), ("utf-16", "unicode"), ("utf-8", "gb2312"), ("gbk", "utf-8"), ("gbk", "iso-8859-1"),
    ],
)  # fmt: skip
def test_the_bytes_decide_the_encoding_before_the_page_does(file: Path, codec: str, said: str) -> None:
    many = "".join(f"<tr><td>P{n}</td><td>李国栋</td><td>2024-01-03</td><td>130</td></tr>" for n in range(2, 20))
    assert rows_of(save(file, page(HEAD + ROW + many, said), codec))[2] == PLAIN[2]


@pytest.mark.parametrize(("codec", "name"), [("big5", "陳國樑"), ("cp1252", "José Núñez"), ("cp1251", "Иванова")])
def test_other_encodings_are_read_as_the_page_says(file: Path, codec: str, name: str) -> None:
    table = f"<tr><td>Patient ID<td>Name<td>Visit date<td>SBP (mmHg)<tr><td>P1<td>{name}<td>2024-01-02<td>120"
    said = {"cp1252": "iso-8859-1", "cp1251": "windows-1251"}.get(codec, codec)
    plan = plan_file(save(file, page(table, said), codec))
    assert values_by_row(plan)[2]["name"] == name


def test_tags_that_nobody_closed_end_where_the_next_begins(file: Path) -> None:
    table = "<tr><td>Name<td>Visit date<td>SBP<tr><td>Ann &amp; Co<td>2024-01-02<td>120<tr><td>Bob<td>2024-01-02<td>130"
    assert rows_of(save(file, page(table))) == {
        2: {"name": "Ann & Co", "visit_date": "2024-01-02", "sbp_mmhg": 120.0},
        3: {"name": "Bob", "visit_date": "2024-01-02", "sbp_mmhg": 130.0},
    }
    assert rows_of(save(file, page(table).removesuffix("</table></body></html>"))).keys() == {2, 3}
    assert rows_of(save(file, f"<table>{table}")).keys() == {2, 3}


def test_spaces_of_the_source_are_one_and_breaks_stay(file: Path) -> None:
    table = "<tr><td>Name</td><td>Visit date</td><td>Notes</td></tr><tr><td>\r\n  Ann\r\n   Lee&nbsp;</td>" \
            "<td>2024-01-02</td><td>one<br>two<p>three</p></td></tr>"  # fmt: skip
    found = read_table(save(file, page(table)), no_report)
    assert [column.text(0) for column in found.columns] == ["Ann Lee", "2024-01-02", "one\ntwo\nthree"]


def test_spans_reach_across_and_down(file: Path) -> None:
    table = (
        "<tr><td colspan=4>慢病登记表</td></tr>"
        "<tr><td rowspan=2>档案编号</td><td rowspan=2>随访日期</td><td colspan=2>血压</td></tr>"
        "<tr><td>收缩压</td><td>舒张压</td></tr>"
        "<tr><td rowspan=2>P1</td><td>2024-01-02</td><td>120</td><td>80</td></tr>"
        "<tr><td>2024-02-02</td><td>124</td><td>82</td></tr>"
    )
    plan = plan_file(save(file, page(table)))
    assert [line.header for line in plan.columns] == ["档案编号", "随访日期", "血压 / 收缩压", "血压 / 舒张压"]
    whose = {row: (values["patient_id"], values["dbp_mmhg"]) for row, values in values_by_row(plan).items()}
    assert whose == {4: ("P1", 80.0), 5: ("P1", 82.0)}


def test_the_table_with_the_patients_is_found_also_inside_one_for_the_layout(file: Path) -> None:
    layout = f"<table><tr><td>Menu</td><td><table>{HEAD}{ROW}</table></td></tr></table>"
    plan = plan_file(save(file, f"<html><body><table><tr><td>Clinic</td></tr></table>{layout}</body></html>"))
    assert plan.questions == ()
    assert values_by_row(plan) == PLAIN


def test_two_tables_of_patients_are_asked_about(file: Path) -> None:
    other = ROW.replace("P1", "P2")
    text = f"<html><body><table>{HEAD}{ROW}</table><table>{HEAD}{other}</table></body></html>"
    plan = plan_file(save(file, text))
    assert [(question.kind.value, question.options) for question in plan.questions] == [("sheet", ("1", "2"))]
    assert values_by_row(plan_file(file, {"sheet": "2"}, worker=True))[2]["patient_id"] == "P2"


def test_hidden_rows_are_asked_about(file: Path) -> None:
    hidden = ROW.replace("<tr>", '<tr style="mso-height-source:auto;display:none">').replace("P1", "P2")
    plan = plan_file(save(file, page(HEAD + ROW + hidden)))
    assert [question.id for question in plan.questions] == ["hidden_rows"]


def test_scripts_styles_and_comments_are_no_text(file: Path) -> None:
    table = HEAD + ROW.replace("王小明", "<script>alert('x')</script>王<!-- <td> -->小<style>td{}</style>明")
    assert rows_of(save(file, page(table))) == PLAIN


def test_a_name_that_looks_like_markup_stays_text(file: Path) -> None:
    plan = plan_file(save(file, page(HEAD + ROW.replace("王小明", "&lt;b&gt;=1+1&lt;/b&gt;"))))
    assert values_by_row(plan)[2]["name"] == "<b>=1+1</b>"


# --- made to harm, or broken ----------------------------------------------------------------------------------------


def test_pages_without_a_table_of_patients_are_named(file: Path) -> None:
    assert reason(save(file, "<html><body>hello</body></html>")) == (RejectReason.NOT_A_TABLE, "html")
    assert reason(save(file, page("<tr><td>a</td></tr>"))) == (RejectReason.NOT_A_TABLE, "no_known_columns")
    assert reason(save(file, page(HEAD)))[0] is RejectReason.NO_ROWS
    workbook = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'
    assert reason(save(file, workbook)) == (RejectReason.NOT_A_TABLE, "xml_workbook")


def test_a_cell_of_five_megabytes_parks_its_row(file: Path) -> None:
    long = ROW.replace("王小明", "x" * (5 << 20)).replace("P1", "P2")
    assert parked_by_row(plan_file(save(file, page(HEAD + ROW + long)))) == {3: [("unreadable_value", ("name",))]}


def test_spans_and_depth_without_bound_are_refused(file: Path) -> None:
    wide = ROW.replace("<td>P1", "<td colspan=2000>P1")
    assert reason(save(file, page(HEAD + wide))) == (RejectReason.NOT_A_TABLE, "too_wide_sheet")
    assert reason(save(file, "<table><tr><td>" * 5000))[0] is RejectReason.UNSAFE_ARCHIVE
    tall = ROW.replace("<td>P1", "<td rowspan=999999999>P1")
    assert rows_of(save(file, page(HEAD + tall))).keys() == {2}


def test_a_tag_that_never_ends_is_damage(file: Path) -> None:
    save(file, page(HEAD + ROW) + "<a title='" + "x" * (17 << 20))
    assert reason(file)[0] is RejectReason.DAMAGED_FILE


def test_entities_are_never_expanded_twice(file: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    plan = plan_file(save(file, f"{bomb}<html><table>{HEAD}{ROW.replace('王小明', '&b;')}</table></html>"))
    assert values_by_row(plan)[2]["name"] == "&b;"
