"""Who is who: nobody is merged silently, nobody who is known is made twice."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.entries import KnownPerson
from engine.intake.field_columns import FieldColumn
from engine.intake.identity import Resolution, edit_distance, is_small_change, resolve, spelling_key

Row = tuple[str | None, str | None, str | None, str | None, str | None]  # number, name, birth date, sex, telephone
FIELDS = ("patient_id", "name", "birth_date", "sex", "phone")


def find(rows: Sequence[Row], known: Sequence[KnownPerson] = (), *, join_names: bool = False) -> Resolution:
    columns = []
    for position, field in enumerate(FIELDS):
        values = tuple(row[position] for row in rows)
        codes = np.arange(len(rows), dtype=np.int32)
        columns.append(FieldColumn(field, codes, values, tuple(value or "" for value in values)))
    numbers = itertools.count(1)
    return resolve(columns, range(len(rows)), known, lambda: f"new-{next(numbers)}", join_names)


def kinds(found: Resolution) -> list[tuple[int, int | None, str]]:
    return [(likeness.later, likeness.earlier, likeness.kind) for likeness in found.likenesses]


ANN: Row = ("P1", "Ann Birch", "1960-05-06", "F", "555")


def test_a_number_joins_visits_and_a_row_without_it_joins_by_name_and_birth_date() -> None:
    found = find([(None, "Ann Birch", "1960-05-06", "F", "555"), ANN, ("P1", None, None, None, None)])
    assert found.person_ids == ["new-1", "new-1", "new-1"]
    assert found.new_person_ids == {"new-1"}


def test_a_missing_birth_date_or_an_extra_space_does_not_make_someone_else() -> None:
    found = find([ANN, ("P1", "Ann  Birch ", None, "F", None), (None, "Ann\u3000Birch", "1960-05-06", None, None)])
    assert len(set(found.person_ids)) == 1


def test_one_number_for_two_people_parks_the_later_row() -> None:
    found = find([ANN, ("P1", "Tom Vickery", "1981-01-01", "M", "777")])
    assert found.person_ids == ["new-1", None]
    assert kinds(found) == [(1, 0, "same_number_other_person")]
    assert found.problems[1].fields == ("patient_id",)


@pytest.mark.parametrize(
    "row",
    [
        ("P1", "Ann Birch-Hill", "1960-05-06", "F", "555"),
        ("P1", "Ann Birch", "1960-06-05", "F", "555"),
        ("P1", "Ann Byrch", "1960-06-05", "F", "555"),
    ],
)
def test_a_new_name_or_a_corrected_birth_date_keeps_the_person(row: Row) -> None:
    assert find([ANN, row]).person_ids == ["new-1", "new-1"]


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("Ann Birch", "Ann  Birch."),
        ("Ann Birch", "Birch, Ann"),
        ("Ann Birch", "Ann Birtch"),
        ("Ann Birch", "ANN BIRCH"),
        ("José Núñez", "Jose Nunez"),
        ("Catherine Hartsbane", "Katherine Hartsbane"),
        ("李子轩", "李 子轩"),
        ("朱雪莲", "朱雪莲（女）"),
        ("谢秀兰", "谢　秀兰"),
    ],
)
def test_another_spelling_under_another_number_is_parked(name: str, again: str) -> None:
    found = find([("P1", name, "1960-05-06", "F", "555"), ("P2", again, "1960-05-06", "F", "555")])
    assert found.person_ids == ["new-1", None]
    assert kinds(found) == [(1, 0, "spelling")]
    assert found.problems[1].fields == ("name", "birth_date")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("P1", "邹鹏", "1985-03-04", "男", "555"), ("P2", "邹军", "1985-03-04", "男", "555")),
        (("P1", "Alice Birch", "1985-03-04", "F", "555"), ("P2", "Amelia Birch", "1985-03-04", "F", "555")),
        (("P1", "Ann Birch", "1985-03-04", "F", "555"), ("P2", "Ann Birch", "1985-03-05", "F", "555")),
        (("P1", "Ann Birch", "1985-03-04", "F", "555"), ("P2", "Ann Birch", "1985-03-04", "F", "777")),
        (("P1", "Robin Birch", "1985-03-04", "F", "555"), ("P2", "Robin Birch", "1985-03-04", "M", "555")),
    ],
)
def test_twins_and_namesakes_stay_apart(first: Row, second: Row) -> None:
    found = find([first, second])
    assert len(set(found.person_ids)) == 2
    assert found.likenesses == ()


def test_a_row_without_number_that_could_be_two_people_is_parked() -> None:
    found = find([ANN, ("P2", "Ann Birch", "1960-05-06", "F", "777"), (None, "Ann Birch", "1960-05-06", None, None)])
    assert found.person_ids[2] is None
    assert kinds(found) == [(2, 0, "ambiguous_name")]


def test_a_name_alone_joins_nobody_within_a_file_unless_a_person_says_so() -> None:
    rows: list[Row] = [(None, "Ann", None, "F", None), (None, "Ann", None, "F", None), (None, "Bob", None, "M", None)]
    found = find(rows)
    assert found.person_ids == ["new-1", None, "new-2"]
    assert kinds(found) == [(1, 0, "name_only")]
    assert find(rows, join_names=True).person_ids == ["new-1", "new-1", "new-2"]


def test_a_name_with_a_telephone_joins_its_like() -> None:
    found = find([(None, "Ann", None, "F", "1"), (None, "Ann", None, "F", "1"), (None, "Ann", None, "F", "2")])
    assert found.person_ids == ["new-1", "new-1", "new-2"]


def test_people_of_the_store_are_recognised() -> None:
    known = [
        KnownPerson("id-a", "P1", "Ann Birch", "1960-05-06", "F"),
        KnownPerson("id-b", None, "Bob Hill", "1970-01-01", "M"),
        KnownPerson("id-c", None, "Cyd", None, None),
    ]
    rows: list[Row] = [
        ANN,
        (None, "Bob Hill", "1970-01-01", "M", None),
        (None, "Cyd", None, None, None),
        ("P9", "Dan", "1950-01-01", "M", None),
    ]
    found = find(rows, known)
    assert found.person_ids == ["id-a", "id-b", "id-c", "new-1"]
    assert found.new_person_ids == {"new-1"}


def test_a_stored_person_under_another_number_is_found_by_spelling() -> None:
    known = [KnownPerson("id-a", "P1", "Ann Birch", "1960-05-06", "F", "555")]
    found = find([("P7", "Ann Birtch", "1960-05-06", "F", "555")], known)
    assert found.person_ids == [None]
    assert kinds(found) == [(0, None, "spelling")]


def test_the_order_of_rows_does_not_change_who_belongs_together() -> None:
    rows: list[Row] = [ANN, (None, "Ann Birch", "1960-05-06", "F", "555"), ("P2", "Bob", "1950-01-01", "M", "1")]
    for order in itertools.permutations(range(3)):
        ids = find([rows[position] for position in order]).person_ids
        by_row = {row: ids[place] for place, row in enumerate(order)}
        assert by_row[0] == by_row[1] != by_row[2]


@given(st.text("abcd", max_size=6), st.text("abcd", max_size=6))
def test_the_edit_distance_is_a_distance(word: str, other: str) -> None:
    distance = edit_distance(word, other)
    assert (distance == 0) == (word == other)
    assert distance == edit_distance(other, word)
    assert abs(len(word) - len(other)) <= distance <= max(len(word), len(other))


def test_swapped_letters_are_one_change() -> None:
    assert edit_distance("birch", "bicrh") == 1
    assert is_small_change("Ann Birch", "Ann Bicrh")
    assert not is_small_change("Ann Birch", "Amy Birch")
    assert not is_small_change("邹鹏", "邹军")


def test_spelling_keys_ignore_what_people_add_to_names() -> None:
    assert spelling_key("Dr. Ann Birch (deceased)") == spelling_key("birch ann")
    assert spelling_key("A") == "a"
    assert spelling_key("李　小明 ") == "李小明"


@given(st.lists(st.tuples(*[st.sampled_from([None, "1", "2", "Ann", "Bob"])] * 5), max_size=12))
def test_every_row_has_a_person_or_a_problem(rows: list[Row]) -> None:
    found = find(rows)
    for row in range(len(rows)):
        assert (found.person_ids[row] is None) == (row in found.problems)
    assert {person for person in found.person_ids if person is not None} <= found.new_person_ids
