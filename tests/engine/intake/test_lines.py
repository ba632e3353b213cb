"""Records out of lines: line ends in cells, doubled quotes, and quotes that never close."""

from __future__ import annotations

import csv
import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.intake.readers import lines as lines_module
from engine.intake.readers.lines import read_records
from engine.intake.tables import RejectedFile


def read(text: str, delimiter: str = ",", width: int | None = None) -> tuple[list[list[str]], list[int]]:
    """Return all records and the positions of those with an open quote."""
    rows: list[list[str]] = []
    unclosed: list[int] = []
    for records in read_records(io.StringIO(text, newline=""), delimiter, width):
        unclosed += [len(rows) + position for position in records.unclosed]
        rows += records.rows
    return rows, unclosed


cells = st.text(st.sampled_from('ab,;"\n\r\t |é王'), max_size=8)


@given(
    st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=30),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.booleans(),
)
def test_what_is_written_as_csv_is_read(rows: list[list[str]], delimiter: str, end: str, last: bool) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    written = text.getvalue() if last else text.getvalue().removesuffix(end)
    assert read(written, delimiter) == (rows, [])


def test_blank_lines_are_records_without_cells() -> None:
    assert read("a,b\n\n1,2\n") == ([["a", "b"], [], ["1", "2"]], [])


def test_a_block_boundary_inside_a_quoted_cell_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "BLOCK_LINES", 3)
    rows = [[str(number), f"line one\nline two {number}", "x"] for number in range(20)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([*rows, ["plain", "cells", "only"]] * 2)
    assert read(text.getvalue(), width=3) == ([*rows, ["plain", "cells", "only"]] * 2, [])


OPEN = 'P{n},Ann,1960,"knee pain\n'


@pytest.mark.parametrize("follow", ["P9,Bob,1970,well\n", 'P9,Bob,1970,"well"\n', 'P9,"Bob",1970,well\n'])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_rows_after_an_open_quote_are_read_as_rows(follow: str, count: int) -> None:
    text = "id,name,born,notes\nP1,Cyd,1950,fine\n" + OPEN.format(n=2) + follow * count
    rows, unclosed = read(text, width=4)
    assert unclosed == [2]
    assert rows[2] == ["P2", "Ann", "1960", "knee pain"]
    assert rows[3:] == [["P9", "Bob", "1970", "well"]] * count


def test_several_open_quotes_are_each_told() -> None:
    text = "id,name,born,notes\n" + "".join(OPEN.format(n=n) + "P9,Bob,1970,well\n" for n in range(5))
    rows, unclosed = read(text, width=4)
    assert unclosed == [1, 3, 5, 7, 9]
    assert len(rows) == 11


def test_an_honest_note_of_several_lines_is_not_taken_for_an_open_quote() -> None:
    text = 'id,name,born,notes\nP1,Cyd,1950,"one, two\nthree, four, ""five"", six\nseven"\nP2,Ann,1960,\n'
    rows, unclosed = read(text, width=4)
    assert unclosed == []
    assert rows[1][3] == 'one, two\nthree, four, "five", six\nseven'


def test_a_file_full_of_open_quotes_is_damaged() -> None:
    line = 'a,b,"c\n'
    with pytest.raises(RejectedFile):
        list(itertools.chain(read_records([line] * 3000, ",", 3)))
