"""Frozen nouns to plain JSON values and back, driven by their type hints.

A noun written today is read by a later program: a field it lacks takes its default, a field that is gone is passed
over. Unions are told apart by the JSON type first (text, number, true/false, nothing) and then in the order written.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from engine.domain.dates import PartialDate

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
T = TypeVar("T")

_SCALARS = (bool, int, float, str)
_PLAIN_ALREADY = frozenset({*_SCALARS, types.NoneType})


def to_plain(value: object) -> Plain:
    """Return the plain form of a noun.

    Raises:
        TypeError: when something in it has no plain form.
    """
    if type(value) in _PLAIN_ALREADY:
        return cast("Plain", value)
    if isinstance(value, Enum):
        return to_plain(value.value)
    if isinstance(value, PartialDate):
        return str(value)
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {name: to_plain(getattr(value, name)) for name in _names(type(value))}
    return _collection_to_plain(value)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _collection_to_plain(value: object) -> Plain:
    if isinstance(value, Mapping):
        return {str(to_plain(key)): to_plain(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted((to_plain(item) for item in value), key=canonical_json)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [to_plain(item) for item in value]
    if isinstance(value, _SCALARS):  # a subclass, such as NumPy's float64
        return cast("Plain", value)
    raise TypeError(f"{type(value).__name__} has no plain form")


def from_plain(kind: type[T], plain: object) -> T:
    """Return the noun of type ``kind`` that ``plain`` stands for.

    Raises:
        ValueError: when ``plain`` is not the form of that type.
    """
    return cast("T", _read(kind, plain))


def canonical_json(plain: object) -> bytes:
    """Return the one way to write a plain value as JSON: sorted keys, no spaces, ASCII.

    Raises:
        ValueError: for a number that is not finite.
    """
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def _read(kind: Any, plain: object) -> object:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), plain)
    if origin is not None:
        return _read_collection(origin, get_args(kind), plain)
    if kind in (*_SCALARS, types.NoneType):
        return _read_scalar(kind, plain)
    if is_dataclass(kind) and kind is not PartialDate:
        return _read_noun(cast("type", kind), plain)
    return _read_text(kind, plain)


def _read_scalar(kind: Any, plain: object) -> object:
    # A whole number stands for a float as it does in Python; true and false are never numbers here.
    wanted = (int, float) if kind is float else kind
    if not isinstance(plain, wanted) or (isinstance(plain, bool) and kind is not bool):
        raise ValueError("another type was written")
    return plain


def _read_text(kind: Any, plain: object) -> object:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(plain)
    readers: Mapping[object, Callable[[str], object]] = {
        PartialDate: PartialDate.parse,
        date: date.fromisoformat,
        datetime: datetime.fromisoformat,
    }
    if kind not in readers or not isinstance(plain, str):
        raise ValueError("another type was written")
    return readers[kind](plain)


def _read_union(options: tuple[Any, ...], plain: object) -> object:
    plainly = [option for option in options if option in (*_SCALARS, types.NoneType)]
    for option in (*plainly, *(option for option in options if option not in plainly)):
        try:
            return _read(option, plain)
        except ValueError:
            continue
    raise ValueError("no member of the union fits")


def _read_collection(origin: Any, arguments: tuple[Any, ...], plain: object) -> object:
    if issubclass(origin, Mapping):
        if not isinstance(plain, dict):
            raise ValueError("another type was written")
        return {_read(arguments[0], key): _read(arguments[1], item) for key, item in plain.items()}
    if not isinstance(plain, list):
        raise ValueError("another type was written")
    if origin is tuple and Ellipsis not in arguments:
        if len(arguments) != len(plain):
            raise ValueError("another length was written")
        return tuple(_read(argument, item) for argument, item in zip(arguments, plain, strict=True))
    items = (_read(arguments[0], item) for item in plain)
    return frozenset(items) if issubclass(origin, Set) else tuple(items)


def _read_noun(kind: type, plain: object) -> object:
    if not isinstance(plain, dict):
        raise ValueError("another type was written")
    values = {}
    for name, hint, required in _shape(kind):
        if name in plain:
            values[name] = _read(hint, plain[name])
        elif required:
            raise ValueError("a field without default is missing")
    return kind(**values)


@cache
def _shape(kind: type) -> tuple[tuple[str, Any, bool], ...]:
    hints = get_type_hints(kind)
    return tuple(
        (field.name, hints[field.name], field.default is MISSING and field.default_factory is MISSING)
        for field in fields(kind)
        if field.init
    )
