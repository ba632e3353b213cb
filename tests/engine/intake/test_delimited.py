"""Text tables: encoding, delimiter, shape of rows, damaged bytes, cells without end."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.intake.plan import Outcome
from engine.intake.readers.child import read_table
from engine.intake.readers.delimited import best_delimiter
from engine.intake.tables import CellKind, RejectedFile, RejectReason, Table
from tests.engine.intake.plans import no_report, parked_by_row, plan_file, plan_text, values_by_row

HEAD = "Patient ID,Name,Visit date,SBP (mmHg),Notes\n"
ROWS = "".join(f"P{n},Person {n},2024-01-{n:02d},12{n},fine\n" for n in range(1, 6))


def read_bytes(tmp_path: Path, data: bytes, name: str = "table.csv") -> Table:
    path = tmp_path / name
    path.write_bytes(data)
    return read_table(path, no_report)


def rejected(tmp_path: Path, data: bytes) -> tuple[RejectReason, str]:
    with pytest.raises(RejectedFile) as caught:
        read_bytes(tmp_path, data)
    return caught.value.rejection.reason, caught.value.rejection.detail


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-32", "utf-32"),
    ],
)
def test_chinese_tables_are_read_in_every_encoding(encoding: str, name: str, tmp_path: Path) -> None:
    text = "档案编号,姓名,性别,收缩压(mmHg)\r\nP1,王小明,男,120\r\nP2,欧阳娜,女,130\r\n" + "P3,镕溁,男,140\r\n"
    table = read_bytes(tmp_path, text.encode(encoding))
    assert table.facts.encoding == name
    assert table.columns[1].cells == ("王小明", "欧阳娜", "镕溁")


def test_a_four_byte_character_is_read(tmp_path: Path) -> None:
    text = "档案编号,姓名,收缩压\nP1,欧阳𠮷祥,120\nP2,王小明,130\n"
    assert "欧阳𠮷祥" in read_bytes(tmp_path, text.encode("gb18030")).columns[1].cells


@pytest.mark.parametrize(
    "names",
    [
        ["José", "Núñez", "Peñalver"],
        ["Zoë", "François", "Hélène", "Lefèvre"],
        ["Müller", "Groß", "Käthe"],
        ["João", "Conceição"],
        ["Ñusta"],
        ["Åse", "Bjørn"],
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_western_tables_are_not_taken_for_chinese(names: list[str], delimiter: str, tmp_path: Path) -> None:
    rows = [
        ["Patient ID", "Name", "Sex", "Creatinine (µmol/L)"],
        *([f"P{n}", name, "F", "80"] for n, name in enumerate(names)),
    ]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    table = read_bytes(tmp_path, text.encode("cp1252"))
    assert table.facts.encoding == "cp1252"
    assert table.columns[1].cells == tuple(names)


def test_a_table_with_one_chinese_sign_is_not_taken_for_western(tmp_path: Path) -> None:
    text = "Patient ID,Name,Creatinine (μmol/L)\r\nP1,Ann,80\r\n"
    table = read_bytes(tmp_path, text.encode("gbk"))
    assert table.columns[2].header == "Creatinine (μmol/L)"


def test_traditional_chinese_in_big5_is_read(tmp_path: Path) -> None:
    text = "病歷號,姓名,性別,收縮壓(mmHg)\r\nP1,褚秀蘭,女,120\r\nP2,李月娥,女,130\r\n"
    table = read_bytes(tmp_path, text.encode("big5"))
    assert (table.facts.encoding, table.columns[1].cells) == ("big5", ("褚秀蘭", "李月娥"))


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "shift_jis", "euc-jp", "euc-kr", "cp1253", "cp1256"])
def test_letters_of_an_encoding_we_do_not_know_are_refused_not_garbled(encoding: str, tmp_path: Path) -> None:
    names = {
        "cp1251": ("Иванов", "Петров"),
        "koi8-r": ("Иванов", "Петров"),
        "shift_jis": ("山田さくら", "佐藤ひなた"),
        "euc-jp": ("山田さくら", "佐藤ひなた"),
        "euc-kr": ("김철수", "이영희"),
        "cp1253": ("Παπαδόπουλος", "Μαρία"),
        "cp1256": ("محمد علي", "فاطمة"),
    }[encoding]
    text = "Patient ID,Name,SBP\r\n" + "".join(f"P{n},{name},120\r\n" for n, name in enumerate(names * 10))
    assert rejected(tmp_path, text.encode(encoding)) == (RejectReason.NOT_A_TABLE, "unknown_encoding")


def test_a_copy_that_stopped_inside_a_letter_is_read_after_asking(tmp_path: Path) -> None:
    text = "档案编号,姓名,随访日期,收缩压\n" + "P1,王小明,2024-01-02,120\n" * 40 + "P2,李娜,2024-01-02,130\nP3,王"
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode("utf-8")[:-1])
    plan = plan_file(path)
    assert [question.kind.value for question in plan.questions] == ["damaged_bytes"]
    assert parked_by_row(plan)[43] == [("bad_row_shape", ())]


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("P1;Ann;2024-01-02;1,5;2,5", ";"),
        ("P1|Ann, of 3 Mill Lane; rear|2024-01-02|120|well, mostly", "|"),
        ("P1\tAnn, A.\t2024-01-02\t120\tone; two", "\t"),
        ('P1,"Ann; A.|B",2024-01-02,120,well', ","),
    ],
)
def test_the_delimiter_survives_other_signs_in_cells(line: str, delimiter: str) -> None:
    header = HEAD.strip().replace(",", delimiter)
    assert best_delimiter([f"{header}\n", *[f"{line}\n"] * 20]) == delimiter


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_line_end_counts_records_alike(end: str, tmp_path: Path) -> None:
    table = read_bytes(tmp_path, (HEAD + ROWS).replace("\n", end).encode())
    assert table.rows.tolist() == [2, 3, 4, 5, 6]
    assert table.facts.line_end == {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}[end]


def test_a_line_end_in_a_cell_starts_no_record(tmp_path: Path) -> None:
    text = HEAD + 'P1,Ann,2024-01-02,120,"one\ntwo ""three"""\nP2,Bob,2024-01-03,130,\n'
    plan = plan_text(tmp_path, text)
    assert values_by_row(plan)[2]["notes"] == 'one\ntwo "three"'
    assert values_by_row(plan).keys() == {2, 3}


def test_rows_of_another_width_are_parked_and_empty_cells_at_the_end_are_harmless(tmp_path: Path) -> None:
    extra = "P7,Gil,2024-01-02,120,fine,,\nP8,Hal,2024-01-02,120,fine,extra\n"
    extra += "P9,Ivy,2024-01-02\n\n,,,,\nP10,Jo,2024-01-03,120,x\n"
    plan = plan_text(tmp_path, HEAD + ROWS + extra)
    assert parked_by_row(plan) == {8: [("bad_row_shape", ())], 9: [("bad_row_shape", ())]}
    assert values_by_row(plan).keys() == {2, 3, 4, 5, 6, 7, 12}
    assert plan.facts is not None
    assert (plan.facts.rows_after_header, plan.facts.rows_blank) == (11, 2)
    assert plan.parked[0].cells[-1] == ("", "extra")


def test_a_cell_of_five_megabytes_parks_its_row(tmp_path: Path) -> None:
    text = HEAD + ROWS + f"P7,Gil,2024-01-02,120,{'x' * 5_000_000}\nP8,Hal,2024-01-02,120,fine\n"
    plan = plan_text(tmp_path, text)
    assert parked_by_row(plan) == {7: [("unreadable_value", ("notes",))]}
    assert len(plan.parked[0].cells[-1][1]) < 1000
    unmapped = plan_text(tmp_path, text.replace("Notes", "Whatever"))
    assert parked_by_row(unmapped) == {7: [("unreadable_value", ())]}


def test_a_cell_at_the_limit_of_spreadsheets_is_kept(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, HEAD + f"P7,Gil,2024-01-02,120,{'x' * 32_767}\n")
    assert len(str(values_by_row(plan)[2]["notes"])) == 32_767


def test_nul_signs_are_removed_after_asking(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes((HEAD + ROWS).encode().replace(b"Person 2", b"Per\0son\0 2").replace(b"P4,", b"P4\0,"))
    plan = plan_file(path)
    assert plan.outcome is Outcome.OK_WITH_QUESTIONS
    assert plan.facts is not None
    assert plan.facts.nul_cells == 2
    assert values_by_row(plan)[3]["name"] == "Person 2"
    answered = plan_file(path, {"damaged_bytes": "remove"})
    assert answered.can_be_stored


@pytest.mark.parametrize(
    ("data", "reason", "detail"),
    [
        (b"", RejectReason.EMPTY_FILE, "empty_file"),
        (b"\xef\xbb\xbf \r\n\r\n,,,\r\n", RejectReason.EMPTY_FILE, "empty_file"),
        (HEAD.encode(), RejectReason.NO_ROWS, "no_rows"),
        (HEAD.encode() + b",,,,\n\n", RejectReason.NO_ROWS, "no_rows"),
        (b"just a letter\nwith some lines\n", RejectReason.NOT_A_TABLE, "no_known_columns"),
        (b"a,b,c\n1,2,3\n", RejectReason.NOT_A_TABLE, "no_known_columns"),
        (b",".join(b"c%d" % n for n in range(100_000)), RejectReason.NOT_A_TABLE, "too_many_columns"),
        (b"P1,Ann,1960-01-01,120\nP2,Bob,1961-01-01,130\n", RejectReason.NOT_A_TABLE, "no_known_columns"),
        (b"%PDF-1.4\n%\xe2\xe3", RejectReason.NOT_A_TABLE, "pdf"),
        (b"\x89PNG\r\n\x1a\n0000", RejectReason.NOT_A_TABLE, "picture"),
        (b"\x1f\x8b\x08\x00", RejectReason.NOT_A_TABLE, "compressed"),
        (b"SQLite format 3\0" + b"\0" * 100, RejectReason.NOT_A_TABLE, "database"),
        (b"MZ\x90\0", RejectReason.NOT_A_TABLE, "program"),
        (b"BM\x36\0\0\0\0\0\0\0", RejectReason.NOT_A_TABLE, "picture"),
        (b"<html><body><p>Patient ID", RejectReason.NOT_A_TABLE, "html"),
        (b"\0" * 128 + b"DICM", RejectReason.NOT_A_TABLE, "picture"),
        (bytes(range(1, 32)) * 100, RejectReason.NOT_A_TABLE, "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"),
         RejectReason.DAMAGED_FILE, "damaged_file"),
        (b"PK\x03\x04 cut short", RejectReason.DAMAGED_FILE, "damaged_file"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_patients_is_refused_by_name(
    data: bytes, reason: RejectReason, detail: str, tmp_path: Path
) -> None:
    assert rejected(tmp_path, data) == (reason, detail)


def test_a_hundred_thousand_columns_are_told_plainly(tmp_path: Path) -> None:
    line = ",".join(f"gene {number}" for number in range(100_000))
    assert rejected(tmp_path, f"Patient ID,Name,{line}\nP1,Ann\n".encode()) == (
        RejectReason.NOT_A_TABLE,
        "too_many_columns",
    )


def test_a_table_that_begins_with_bmi_is_no_picture(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"BMI;Patient ID;Visit date\n24.5;P1;2024-01-02\n")
    assert [column.header for column in table.columns] == ["BMI", "Patient ID", "Visit date"]


def test_cells_know_that_they_are_text(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, (HEAD + ROWS).encode())
    assert {int(kind) for column in table.columns for kind in column.kinds} == {CellKind.TEXT}


def test_a_large_table_comes_in_blocks_with_every_row(tmp_path: Path) -> None:
    rows = [f'P{n},"Person, {n % 50}",2024-01-02,{100 + n % 80},"a\nb"\n'
            if n % 97 == 0 else f"P{n},Ann,2024-01-02,120,x\n"
            for n in range(12_000)]  # fmt: skip
    table = read_bytes(tmp_path, (HEAD + "".join(rows)).encode())
    assert len(table) == 12_000
    assert table.rows.tolist() == list(range(2, 12_002))
    assert len(table.columns[0].cells) == 12_000
    assert table.columns[1].text(97) == "Person, 47"


def test_empty_columns_to_the_right_are_nothing_however_many(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("Name;Visit date;Systolic BP (mmHg)" + ";" * 20_000 + "\nAnn;2024-05-06;131" + ";" * 20_000 + "\n")
    table = read_table(path, no_report)
    assert (len(table.columns), len(table), dict(table.surplus)) == (3, 1, {})


def test_all_cells_beyond_the_header_are_kept_the_many_as_one_text(tmp_path: Path) -> None:
    path, extra = tmp_path / "long.csv", [f"x{number}" for number in range(60)]
    path.write_text("Name;Visit date;Systolic BP (mmHg)\nAnn;2024-05-06;131;" + ";".join(extra) + "\n")
    (kept,) = read_table(path, no_report).surplus.values()
    assert ";".join(kept) == ";".join(extra)
    assert len(kept) == 51
