"""How one value is addressed and written in the store."""

from __future__ import annotations

from engine.domain.record import Value
from engine.errors import BugError
from engine.fields.dictionary import Kind, load_dictionary

# key of a measurement = visit << 24 | field << 8 | reading
VISIT_SHIFT = 24
FIELD_SHIFT = 8
_MOST_FIELDS = 1 << (VISIT_SHIFT - FIELD_SHIFT)
_MOST_READINGS = 1 << FIELD_SHIFT

# A number column and a text column; a row that only has a qualifier has neither.
Stored = tuple[float | None, str | None]


def column_code(field_key: int, reading: int) -> int:
    """Return the lower part of a measurement's key.

    Raises:
        BugError: when there are more fields or readings than a key can hold.
    """
    if not (0 < field_key < _MOST_FIELDS and 0 < reading < _MOST_READINGS):
        raise BugError("measurement_key")
    return field_key << FIELD_SHIFT | reading


def measurement_key(visit: int, code: int) -> int:
    """Return the key of one measurement from the visit's key and a column code."""
    return visit << VISIT_SHIFT | code


def visit_of(key: int) -> int:
    """Return the visit a measurement belongs to."""
    return key >> VISIT_SHIFT


def field_of(key: int) -> int:
    """Return the field's number of a measurement."""
    return key >> FIELD_SHIFT & (_MOST_FIELDS - 1)


def reading_of(key: int) -> int:
    """Return which reading of its visit a measurement is, from 1."""
    return key & (_MOST_READINGS - 1)


def kind_of(field: str) -> Kind | None:
    """Return the kind of a field of the dictionary; None for a field that a pack brought along."""
    dictionary = load_dictionary()
    return dictionary[field].kind if field in dictionary else None


def stored(value: Value | None) -> Stored:
    """Return how a canonical value is written: numbers and yes/no as a number, everything else as text."""
    if value is None or isinstance(value, str):
        return None, value
    return float(value), None


def restored(kind: Kind | None, number: float | None, text: str | None) -> Value | None:
    """Return the canonical value that was written."""
    if text is not None or number is None:
        return text
    return bool(number) if kind is Kind.BOOLEAN else number
