"""A canonical CSV comes in block by block, exactly, or is refused with the row that is wrong."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.fields import load_dictionary
from engine.intake import canonical_csv
from engine.intake.canonical_csv import CanonicalCsv

FIELDS = ("age", "sex", "birth_date", "diabetes")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "in.csv"


def read(path: Path) -> tuple[canonical_csv.CsvHeader, list[str], dict[str, list[float]]]:
    """Return header, rows as written, and all columns."""
    with CanonicalCsv(path, load_dictionary(), FIELDS) as opened:
        blocks = list(opened.blocks())
        names = blocks[0].batch.columns if blocks else {}
        columns = {name: np.concatenate([b.batch.columns[name] for b in blocks]).tolist() for name in names}
        return opened.header, [text for block in blocks for text in block.texts], columns


def fault(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path)
    return caught.value


def test_rows_are_kept_as_written_and_known_columns_are_read(table: Path) -> None:
    table.write_bytes(b"note,age,sex\nhello, 50 ,F\n ,61.5,M\n")
    header, texts, columns = read(table)
    assert header.names == ("note", "age", "sex")
    assert texts == ["hello, 50 ,F", " ,61.5,M"]
    assert columns == {"age": [50.0, 61.5], "sex": [0.0, 1.0]}


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", [True, False])
def test_byte_order_mark_line_ends_and_a_missing_last_one_do_not_matter(
    table: Path, end: bytes, mark: bytes, last: bool
) -> None:
    table.write_bytes(mark + end.join([b"age,name", "50,李明".encode(), b"61,O'Neil"]) + (end if last else b""))
    header, texts, columns = read(table)
    assert (header.text, header.line_end.encode()) == ("age,name", end)
    assert texts == ["50,李明", "61,O'Neil"]
    assert columns == {"age": [50.0, 61.0]}


def test_quoted_cells_may_hold_commas_quotes_and_line_breaks(table: Path) -> None:
    table.write_bytes(b'"note","age"\r\n"a, ""b""\r\nc",50\r\nplain,"61"\r\n')
    header, texts, columns = read(table)
    assert header.names == ("note", "age")
    assert texts == ['"a, ""b""\r\nc",50', 'plain,"61"']
    assert columns == {"age": [50.0, 61.0]}


def test_a_quotation_mark_inside_a_plain_cell_is_a_letter(table: Path) -> None:
    table.write_text('note,age\n5" tall,50\nrest,51\n')
    _, texts, columns = read(table)
    assert texts == ['5" tall,50', "rest,51"]
    assert columns == {"age": [50.0, 51.0]}


def test_blank_lines_are_no_rows_but_count_when_rows_are_numbered(table: Path) -> None:
    table.write_text("\n\nage,sex\n\n50,F\n\n\n61,M\n\n")
    assert read(table)[1] == ["50,F", "61,M"]
    table.write_text('age,sex\n\n50,"F"\n\n\n61,M,\n')
    assert fault(table).details["row"] == 6
    table.write_text("age,sex\n\n50,F\n\n\n61,M,\n")
    assert fault(table).details["row"] == 6


def test_a_header_alone_has_no_rows(table: Path) -> None:
    table.write_text("age,sex")
    assert read(table) == (canonical_csv.CsvHeader("age,sex", ("age", "sex"), "\n"), [], {})


def test_a_birth_date_brings_its_precision(table: Path) -> None:
    table.write_text("birth_date\n1960\n1960-05\n1960-05-17\n")
    assert read(table)[2]["birth_date_precision"] == [2.0, 1.0, 0.0]


@pytest.mark.parametrize("seed", range(5))
def test_blocks_of_any_size_give_the_same_rows(table: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    random = np.random.default_rng(seed)
    notes = ["", "a,b", "two\nlines", 'say "hi"', "three\r\n\nlines", "李", "x" * 50]
    rows = [[notes[random.integers(len(notes))], str(random.integers(18, 90))] for _ in range(400)]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n" if seed % 2 else "\n").writerows([["note", "age"], *rows])
    table.write_bytes(text.getvalue().encode())
    whole = read(table)
    assert whole[2]["age"] == [float(age) for _, age in rows]
    for size in (1, 7, 64, 1000):
        monkeypatch.setattr(canonical_csv, "_BLOCK_BYTES", size)
        assert read(table) == whole


# No lone carriage returns: Python's writer leaves them bare, and bare they are refused (see below).
CELL = st.lists(st.sampled_from(["a", "1", ",", '"', "\n", "\r\n", " ", "李"]), max_size=5).map("".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL), max_size=8))
def test_whatever_a_csv_writer_writes_passes_through_and_is_read(table: Path, rows: list[tuple[str, str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([("note", "age"), *rows])
    table.write_bytes(text.getvalue().encode())
    _, texts, _ = read(table)
    again = [next(csv.reader(io.StringIO(line, newline=""))) for line in texts]
    assert again == [list(row) for row in rows]


@pytest.mark.parametrize(
    ("data", "code", "row"),
    [
        (b"", "csv_empty", None),
        (b"\n\r\n\n", "csv_empty", None),
        (b"\xef\xbb\xbf", "csv_empty", None),
        (b"50,F\n61,M\n", "csv_no_known_column", None),
        (b"age,sex,age\n", "csv_column_twice", None),
        (b"age,,\n", "csv_column_twice", None),
        (b"age,sex\n50\n", "csv_row_width", 2),
        (b"age,sex\n50,F\n61,M,x\n", "csv_row_width", 3),
        (b'age,sex\n50,"F"\n61,M,x\n', "csv_row_width", 3),
        (b'age,sex\n50,"F\n61,M\n', "csv_row_unreadable", 2),
        (b'age,sex\n50,"F"x\n', "csv_row_unreadable", 2),
        (b"age,sex\r50,F\r61,M\r", "csv_row_unreadable", 1),
        (b"age,sex\n50,F\r61,M\n", "csv_row_unreadable", 2),
        (b'age,sex\n50,"F"\n61\r,M\n', "csv_row_unreadable", 3),
        (b"age,sex\n50,F\n61,\xe9\n", "csv_not_utf8", 3),
        (b"age,sex\n50,\xe6\x9d", "csv_not_utf8", None),
        (b"age,sex\n50,F\0\n", "csv_binary", None),
        ("age,sex\n50,F\n".encode("utf-16"), "csv_not_utf8", None),
        (b"PK\x03\x04\x14\0\0\0\x08\0", "csv_binary", None),
    ],
)
def test_a_file_that_is_no_canonical_csv_is_refused(table: Path, data: bytes, code: str, row: int | None) -> None:
    table.write_bytes(data)
    error = fault(table)
    if data.startswith(b"\xff\xfe"):  # UTF-16 has zero bytes too: either sentence is right
        assert error.code in {code, "csv_binary"}
        return
    assert error.code == code
    if row is not None:
        assert error.details["row"] == row


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    assert fault(tmp_path / "nowhere.csv").code == "csv_missing"
    assert fault(tmp_path).code == "csv_is_folder"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and cannot be read")
def test_a_file_that_fails_while_it_is_read_is_one_sentence() -> None:
    assert fault(Path("/proc/self/mem")).code == "csv_unreadable"


def test_lines_may_be_as_long_as_they_like_up_to_the_limit(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical_csv, "_BLOCK_BYTES", 100)
    note = "x" * 10_000
    table.write_text(f'note,age\n{note},50\n"{note}",51\n')
    assert read(table)[2] == {"age": [50.0, 51.0]}


@pytest.mark.parametrize("row", [b"x" * 2000, b'"' + b"x\n" * 1000])
def test_a_row_without_end_is_refused_before_it_fills_the_memory(
    table: Path, monkeypatch: pytest.MonkeyPatch, row: bytes
) -> None:
    monkeypatch.setattr(canonical_csv, "_LONGEST_ROW", 500)
    monkeypatch.setattr(canonical_csv, "_BLOCK_BYTES", 100)
    table.write_bytes(b"age,sex\n" + row)
    error = fault(table)
    assert (error.code, error.details["row"]) == ("csv_row_too_long", 2)


def test_errors_hold_no_cell_of_the_file(table: Path) -> None:
    table.write_text("age,name\n50,Secret Person,x\n")
    error = fault(table)
    assert "Secret" not in repr(error.details) + str(error)
