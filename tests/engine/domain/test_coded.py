"""Coded columns: the same to whoever reads them as the list they stand for."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.coded import Coded

COLUMNS = st.lists(st.sampled_from(["a", "b", None, ""]), max_size=30)


@given(COLUMNS)
def test_a_column_reads_as_the_list_it_stands_for(column: list[str | None]) -> None:
    cells = ["never said", *dict.fromkeys(column)]
    coded = Coded(cells, array("i", [cells.index(cell, 1) for cell in column]))
    assert list(coded) == column
    assert coded == column
    assert column == coded
    assert len(coded) == len(column)
    assert [coded[at] for at in range(len(column))] == column
    assert list(coded[1:-1]) == column[1:-1]
    assert coded.different() == set(column)
    assert coded.picked(range(0, len(column), 2)) == column[::2]
    assert repr(coded) == repr(column)
    assert coded != [*column, "more"]
    assert Coded.of(column) == coded
    assert Coded.of(coded) is coded


def test_it_is_no_text_and_has_no_hash() -> None:
    assert Coded(["a"], [0]) != "a"
    with pytest.raises(TypeError, match="unhashable"):
        hash(Coded(["a"], [0]))
    with pytest.raises(IndexError):
        Coded(["a"], [0])[1]
