"""JSON documents into frozen dataclasses and back, strictly: nothing unknown, nothing missing, nothing of another type.

A dataclass describes its document. Its field names are the keys (``metadata={"key": "as"}`` where Python reserves the
word); a field with a default may be left out, and is left out again on writing when it equals that default, so a
document has one written form and later optional keys do not change it.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Callable, Hashable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from engine.errors import PackError

Document = TypeVar("Document")
_LARGEST_EXACT = 2**53
_DEEPEST = 32  # levels; a manifest needs six, and whatever walks through a document must come to its end


def parse_json(data: bytes) -> Any:
    """Return the JSON value in ``data``.

    Raises:
        PackError: ``pack_manifest_unreadable`` when it is not UTF-8 JSON, repeats a key, holds NaN or infinity, or
            holds lists in lists without an end in sight.
    """
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_no_key_twice, parse_constant=_no_such_number)
        _check_depth(found)
        return found
    except (ValueError, RecursionError) as error:
        raise PackError("pack_manifest_unreadable") from error


def canonical_json(value: object) -> bytes:
    """Return the one written form of a JSON value: sorted keys, no spaces, UTF-8. Digests are made of this."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")


def read(kind: type[Document], value: object) -> Document:
    """Return ``value`` (parsed JSON) as the dataclass ``kind``.

    Raises:
        PackError: ``pack_manifest_key_missing``, ``pack_manifest_key_unknown`` or ``pack_manifest_value_wrong``, with
            ``where`` as the path of the key in the document.
    """
    hint: Any = kind
    found: Document = _reader(hint)(value, "")
    return found


def faults(kind: type[Any], value: object) -> list[PackError]:
    """Return what ``read`` would refuse: every key that is unknown or missing, and the first fault inside each."""
    if not isinstance(value, dict):
        return [_wrong("")]
    hints = get_type_hints(kind)
    found = [PackError("pack_manifest_key_unknown", where=key) for key in value if key not in map(_key, _fields(kind))]
    for field in _fields(kind):
        key = _key(field)
        if key in value:
            try:
                _reader(hints[field.name])(value[key], key)
            except PackError as error:
                found.append(error)
        elif _default(field) is dataclasses.MISSING:
            found.append(PackError("pack_manifest_key_missing", where=key))
    return found


def write(value: object) -> Any:
    """Return a dataclass (or anything inside one) as JSON values; keys in the order of the dataclass."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            _key(field): write(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if _default(field) is dataclasses.MISSING or getattr(value, field.name) != _default(field)
        }
    if isinstance(value, tuple):
        return [write(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): write(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_EXACT:
        return int(value)
    return value


Reader = Callable[[object, str], Any]


@cache
def _reader(hint: Hashable) -> Reader:
    """Return what reads a value of this type hint."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _any_of(tuple(_reader(choice) for choice in inner))
    if origin is tuple:
        return _list_of(_reader(inner[0]))
    if origin is not None:  # Mapping[str, X]
        return _table_of(_reader(inner[1]))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _word(hint)
    return _SCALARS[hint]


def _any_of(readers: tuple[Reader, ...]) -> Reader:
    def read_any(value: object, where: str) -> Any:
        for reader in readers[:-1]:
            try:
                return reader(value, where)
            except PackError as error:
                # A table or list is never a second choice: its own fault, deeper down, says more.
                if value is not None and error.details.get("where") != where:
                    raise
        try:
            return readers[-1](value, where)
        except PackError:
            raise _wrong(where) from None

    return read_any


def _list_of(reader: Reader) -> Reader:
    def read_list(value: object, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _wrong(where)
        return tuple(reader(item, f"{where}[{position}]") for position, item in enumerate(value))

    return read_list


def _table_of(reader: Reader) -> Reader:
    def read_table(value: object, where: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise _wrong(where)
        return types.MappingProxyType({key: reader(item, _below(where, key)) for key, item in value.items()})

    return read_table


def _dataclass(kind: type[Any]) -> Reader:
    hints = get_type_hints(kind)
    fields = [(_key(field), field.name, _reader(hints[field.name]), _default(field)) for field in _fields(kind)]
    known = {key for key, *_ in fields}

    def read_dataclass(value: object, where: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(where)
        for key in value:
            if key not in known:
                raise PackError("pack_manifest_key_unknown", where=_below(where, key))
        arguments = {}
        for key, name, reader, default in fields:
            if key in value:
                arguments[name] = reader(value[key], _below(where, key))
            elif default is dataclasses.MISSING:
                raise PackError("pack_manifest_key_missing", where=_below(where, key))
        return kind(**arguments)

    return read_dataclass


def _word(kind: type[StrEnum]) -> Reader:
    def read_word(value: object, where: str) -> StrEnum:
        if not isinstance(value, str) or value not in set(kind):
            raise _wrong(where)
        return kind(value)

    return read_word


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _wrong(where)
    return value


def _truth(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(where)
    return value


def _whole(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(where)
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _wrong(where)
    return float(value)


def _nothing(value: object, where: str) -> None:
    if value is not None:
        raise _wrong(where)


_SCALARS: Mapping[Any, Reader] = {
    str: _text,
    bool: _truth,
    int: _whole,
    float: _number,
    type(None): _nothing,
}


def _fields(kind: type[Any]) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(kind)


def _key(field: dataclasses.Field[Any]) -> str:
    key: str = field.metadata.get("key", field.name)
    return key


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _wrong(where: str) -> PackError:
    return PackError("pack_manifest_value_wrong", where=where or "manifest")


def _below(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice")
    return table


def _check_depth(document: object) -> None:
    level = [document]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
    if level:
        raise ValueError("too many levels")


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _no_such_number(text: str) -> object:
    raise ValueError(text)
