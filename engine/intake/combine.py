"""Fields that need more than one column: names in two parts, facts from several columns, ages from birth years."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from engine.domain.problems import Reason
from engine.domain.record import Value
from engine.intake.field_columns import Codes, FieldColumn
from engine.intake.text import has_cjk

JOINER = "; "
NEARLY_ALL = 0.8


def combine(parts: Sequence[FieldColumn], rule: Callable[[tuple[Value | None, ...]], Value | None]) -> FieldColumn:
    """Make one column out of several: ``rule`` gets the values of one row and is called once per combination.

    The first part gives field and header; a fault of any part is a fault of the whole.
    """
    codes, combinations = distinct([part.codes for part in parts])
    values: list[Value | None] = []
    texts: list[str] = []
    faults: dict[int, Reason] = {}
    for position, combination in enumerate(combinations.tolist()):
        found = tuple(part.values[code] for part, code in zip(parts, combination, strict=True))
        wrong = [part.faults[code] for part, code in zip(parts, combination, strict=True) if code in part.faults]
        values.append(None if wrong else rule(found))
        if wrong:
            faults[position] = wrong[0]
        written = (part.texts[code].strip() for part, code in zip(parts, combination, strict=True))
        texts.append(JOINER.join(text for text in written if text))
    headers = [part.header for part in parts if part.header]
    return replace(
        parts[0],
        codes=codes,
        values=tuple(values),
        texts=tuple(texts),
        faults=faults,
        qualifiers={},
        conversion=None,
        cell_conversions={},
        header=JOINER.join(headers) or None,
    )


def distinct(columns: Sequence[Codes]) -> tuple[Codes, Codes]:
    """Return for every row which combination it holds, and the combinations, one per line."""
    total = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        total = total * (int(column.max(initial=0)) + 1) + column
        # Renumbered after every column, the numbers stay below rows * cells and cannot overflow.
        _, total = np.unique(total, return_inverse=True)
    _, first, codes = np.unique(total, return_index=True, return_inverse=True)
    combinations = (
        np.stack([column[first] for column in columns], axis=1) if len(first) else np.zeros((0, len(columns)))
    )
    return codes.astype(np.int32).reshape(-1), combinations.astype(np.int32)


def join_names(given: FieldColumn, family: FieldColumn) -> FieldColumn:
    """Join given and family name as people of either writing order do.

    A given name that has the family name as a word of its own is a full name. A Chinese one has no words: there the
    column must hold full names in nearly every row.
    """
    _, pairs = distinct([given.codes, family.codes])
    both = [(given.values[first], family.values[last]) for first, last in pairs.tolist()]
    both = [(str(first), str(last)) for first, last in both if first is not None and last is not None]
    complete = sum(_holds(first, last) for first, last in both) >= NEARLY_ALL * max(len(both), 1)

    def full(values: tuple[Value | None, ...]) -> Value | None:
        first, last = (str(value) if value is not None else "" for value in values)
        if _holds(first, last) and (complete or not has_cjk(first + last)):
            return first
        if has_cjk(first + last):
            return (last + first) or None
        return " ".join(part for part in (first, last) if part) or None

    return replace(combine([given, family], full), field="name")


def _holds(full: str, family: str) -> bool:
    if has_cjk(full + family):
        return bool(family) and full.startswith(family)
    words, last = full.casefold().replace(",", " ").split(), family.casefold().split()
    return bool(last) and len(words) > len(last) and last in (words[: len(last)], words[-len(last) :])


def any_true(parts: Sequence[FieldColumn], direct: int) -> FieldColumn:
    """Join columns that each can make a fact true; only the first ``direct`` ones can make it false."""

    def fact(values: tuple[Value | None, ...]) -> Value | None:
        if any(value is True for value in values):
            return True
        return False if any(value is False for value in values[:direct]) else None

    return replace(combine(parts, fact), rule="any_of" if len(parts) > 1 else None)


def age_from_birth_year(years: FieldColumn, visits: FieldColumn) -> FieldColumn:
    """Return the age at each visit: visit year minus birth year; below zero, and so impossible, before birth."""

    def age(values: tuple[Value | None, ...]) -> Value | None:
        year, visit = values
        if not isinstance(year, float) or not isinstance(visit, str):
            return None
        return float(int(visit[:4]) - int(year))

    # What is wrong with a birth year or a visit date is told by the column itself.
    joined = combine([replace(years, faults={}), replace(visits, faults={})], age)
    texts = tuple(text.split(JOINER)[0] for text in joined.texts)
    return replace(joined, field="age", header=years.header, texts=texts, rule="visit_year_minus_birth_year")


def fill_gaps(columns: Sequence[FieldColumn], value: Value) -> FieldColumn:
    """Return the first of some columns of one field with a value in the rows in which none of them has any."""
    first = columns[0]
    filled = np.logical_or.reduce([column.filled() for column in columns])
    added = np.int32(len(first.values))
    return replace(
        first,
        codes=np.where(filled, first.codes, added).astype(np.int32),
        values=(*first.values, value),
        texts=(*first.texts, ""),
        rule=first.rule or "set_where_empty",
    )
