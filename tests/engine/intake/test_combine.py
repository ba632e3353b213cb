"""Fields made of several columns, once per combination of cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.problems import Reason
from engine.domain.record import Value
from engine.intake.combine import age_from_birth_year, any_true, combine, distinct, fill_gaps, join_names
from engine.intake.field_columns import FieldColumn


def column(field: str, values: list[Value | None], codes: list[int] | None = None) -> FieldColumn:
    rows = np.array(codes if codes is not None else range(len(values)), dtype=np.int32)
    return FieldColumn(field, rows, tuple(values), tuple("" if value is None else str(value) for value in values))


def by_row(found: FieldColumn) -> list[Value | None]:
    return [found.values[code] for code in found.codes.tolist()]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)), max_size=50))
def test_combinations_are_those_of_the_rows(rows: list[tuple[int, int, int]]) -> None:
    columns = [np.array([row[part] for row in rows], dtype=np.int32) for part in range(3)]
    codes, combinations = distinct(columns)
    assert [tuple(combinations[code].tolist()) for code in codes.tolist()] == rows
    assert len(combinations) == len(set(rows))


@pytest.mark.parametrize(
    ("given_name", "family", "full"),
    [
        ("Ana", "García", "Ana García"),
        ("小明", "王", "王小明"),
        ("Ana", None, "Ana"),
        (None, "王", "王"),
        ("Ana García", "García", "Ana García"),
        (None, None, None),
    ],
)
def test_names_are_joined_as_their_language_writes_them(
    given_name: str | None, family: str | None, full: str | None
) -> None:
    joined = join_names(column("given_name", [given_name]), column("family_name", [family]))
    assert (joined.field, by_row(joined)) == ("name", [full])


def test_one_yes_makes_a_fact_and_only_its_own_column_denies_it() -> None:
    own = column("cvd_history", [True, False, None, None, False])
    hint = column("cvd_history", [False, True, False, True, None])
    assert by_row(any_true([own, hint], 1)) == [True, True, None, True, False]
    assert by_row(any_true([hint], 0)) == [None, True, None, True, None]


def test_a_fault_in_any_part_is_one_of_the_whole() -> None:
    good = column("name", ["Ann", "Bob"])
    bad = FieldColumn("family_name", np.array([0, 1], dtype=np.int32), (None, "Lee"), ("#REF!", "Lee"),
                      {0: Reason.UNREADABLE_VALUE})  # fmt: skip
    joined = combine([good, bad], lambda values: values[0])
    assert by_row(joined) == [None, "Bob"]
    assert joined.has(Reason.UNREADABLE_VALUE).tolist() == [True, False]
    assert joined.texts[int(joined.codes[0])] == "Ann; #REF!"


def test_an_age_is_the_visit_year_minus_the_birth_year() -> None:
    years = column("birth_year", [1960.0, None, 2025.0], [0, 1, 2, 0])
    visits = column("visit_date", ["2024-12-31", "2020-01-01", None], [0, 0, 1, 2])
    assert by_row(age_from_birth_year(years, visits)) == [64.0, None, -5.0, None]


def test_gaps_are_filled_and_values_stay() -> None:
    first = column("diabetes", [None, True], [0, 1, 0, 0])
    second = column("diabetes", [None, False], [0, 0, 1, 0])
    assert by_row(fill_gaps([first, second], value=True)) == [True, True, None, True]
    assert by_row(fill_gaps([first], value=False)) == [False, True, False, False]
