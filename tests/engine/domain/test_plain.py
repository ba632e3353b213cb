"""Nouns to plain values and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, StrEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.dates import PartialDate
from engine.domain.plain import canonical_json, from_plain, to_plain
from engine.domain.record import Value


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Level(Enum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True, slots=True)
class Leaf:
    value: Value | None
    on: date | None = None
    known: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    id: str
    made_at: datetime
    colour: Colour
    leaves: tuple[Leaf, ...] = ()
    pair: tuple[str, int] = ("", 0)
    by_colour: Mapping[Colour, Leaf] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    numbers: Sequence[float] = ()
    level: Level = Level.LOW
    either: Leaf | PartialDate | None = None


values: st.SearchStrategy[Value] = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.text(), st.integers(-(2**60), 2**60)
)
dates = st.dates()
partial = st.builds(lambda day, parts: PartialDate(*(day.year, day.month, day.day)[:parts]), dates, st.integers(1, 3))
leaves = st.builds(Leaf, st.none() | values, st.none() | dates, st.none() | partial)
moments = st.datetimes(timezones=st.just(UTC)) | st.datetimes(timezones=st.just(timezone(timedelta(hours=8))))
trees = st.builds(
    Tree,
    id=st.text(),
    made_at=moments,
    colour=st.sampled_from(Colour),
    leaves=st.lists(leaves, max_size=3).map(tuple),
    pair=st.tuples(st.text(), st.integers()),
    by_colour=st.dictionaries(st.sampled_from(Colour), leaves),
    tags=st.frozensets(st.text()),
    numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False)).map(tuple),
    level=st.sampled_from(Level),
    either=st.none() | leaves | partial,
)


@given(trees)
def test_a_noun_reads_back_from_its_json_and_writes_the_same_again(tree: Tree) -> None:
    written = canonical_json(to_plain(tree))
    read = from_plain(Tree, json.loads(written))
    assert read == tree
    assert canonical_json(to_plain(read)) == written


@given(values)
def test_a_value_keeps_its_type(value: Value) -> None:
    read = from_plain(Leaf, json.loads(canonical_json(to_plain(Leaf(value)))))
    assert type(read.value) is type(value)


def test_a_field_that_came_later_takes_its_default_and_one_that_went_is_passed_over() -> None:
    plain = {"id": "x", "made_at": "2024-01-02T00:00:00+00:00", "colour": "red", "gone": [1]}
    assert from_plain(Tree, plain) == Tree("x", datetime(2024, 1, 2, tzinfo=UTC), Colour.RED)


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        (Leaf, {}),
        (Leaf, []),
        (Leaf, {"value": [1]}),
        (Leaf, {"value": 1, "on": "2024-02-30"}),
        (Leaf, {"value": 1, "on": 5}),
        (Tree, {"id": "x", "made_at": "never", "colour": "red"}),
        (Tree, {"id": "x", "made_at": "2024-01-02T00:00:00", "colour": "green"}),
        (Tree, {"id": 5, "made_at": "2024-01-02T00:00:00", "colour": "red"}),
        (Tree, {"id": "x", "made_at": "2024-01-02T00:00:00", "colour": "red", "pair": ["a"]}),
        (Tree, {"id": "x", "made_at": "2024-01-02T00:00:00", "colour": "red", "numbers": [True]}),
        (Tree, {"id": "x", "made_at": "2024-01-02T00:00:00", "colour": "red", "leaves": {}}),
        (Tree, {"id": "x", "made_at": "2024-01-02T00:00:00", "colour": "red", "by_colour": []}),
        (int, True),
        (str, None),
    ],
)
def test_another_form_is_refused(kind: type, plain: object) -> None:
    with pytest.raises(ValueError, match=r"written|missing|fits|valid|isoformat|range"):
        from_plain(kind, plain)


def test_what_has_no_plain_form_is_refused() -> None:
    for value in (object(), b"bytes", Leaf):
        with pytest.raises(TypeError, match="plain form"):
            to_plain(value)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(to_plain(Leaf(number)))


def test_numbers_of_numpy_are_numbers() -> None:
    assert canonical_json(to_plain(Leaf(np.float64(1.5)))) == canonical_json(to_plain(Leaf(1.5)))
