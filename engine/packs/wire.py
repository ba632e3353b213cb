"""Looks into an ONNX file without running it: nothing outside the file, no operators from elsewhere, the stated opset.

An ONNX file is a Protocol Buffers message. Only the few fields that matter here are followed; their numbers are those
of the published ``onnx.proto`` (ONNX IR): a tensor can point to data in another file, which a pack must never do, and
an operator domain other than ONNX's own means code that the runtime would have to load.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine.errors import PackError

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT = 10
_DEEPEST = 64
_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})

# Message -> field number -> message inside it that can hold tensors.
_INSIDE: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 13, 14
_MODEL_OPSET_IMPORT = 8
_OPSET_DOMAIN, _OPSET_VERSION = 1, 2

# A forest is millions of plain numbers and a few words, each in a field of its own: floats (7), whole numbers (8) and
# names of branches (9) of an attribute. None of them matters here, in any message, so runs of them are passed over.
_RUN_BEGINS = frozenset(b"\x3d\x40\x4a")
_RUN = re.compile(
    rb"(?:\x40[\x80-\xff]{0,9}[\x00-\x7f]|\x3d[\x00-\xff]{4}|\x4a(?:\x04LEAF|\x0aBRANCH_LEQ|\x09BRANCH_LT))++"
)

Value = int | memoryview


def check_graph(data: bytes, pack: str, opset: int) -> None:
    """Refuse a graph that is no ONNX model, points outside its file, or is not of the stated opset.

    Raises:
        PackError: ``pack_graph_unreadable``; ``pack_graph_foreign`` for data in other files or operators of other
            makers; ``pack_graph_opset`` when the file was written for another opset than the manifest says.
    """
    try:
        view = memoryview(data)
        _check_tensors(view, "model", 0, pack)
        opsets = _opsets(view)
    except (IndexError, ValueError) as error:
        raise PackError("pack_graph_unreadable", pack=pack) from error
    if not opsets.keys() <= _DOMAINS:
        raise PackError("pack_graph_foreign", pack=pack)
    if _opset(opsets) != opset:
        raise PackError("pack_graph_opset", pack=pack)


def opset_of(data: bytes) -> int | None:
    """Return the opset of a graph; None when it is no graph or names none."""
    try:
        return _opset(_opsets(memoryview(data)))
    except (IndexError, ValueError):
        return None


def _opset(opsets: Mapping[str, int]) -> int | None:
    # A model of trees alone may name no other operators than those.
    return opsets.get("", opsets.get("ai.onnx", opsets.get("ai.onnx.ml")))


def _check_tensors(message: memoryview, kind: str, depth: int, pack: str) -> None:
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    inside = _INSIDE[kind]
    for number, value in fields_of(message):
        if kind == "tensor":
            if number == _TENSOR_EXTERNAL_DATA or (number == _TENSOR_DATA_LOCATION and value != 0):
                raise PackError("pack_graph_foreign", pack=pack)
        elif number in inside and isinstance(value, memoryview):
            _check_tensors(value, inside[number], depth + 1, pack)


def _opsets(model: memoryview) -> Mapping[str, int]:
    """Return operator domain -> version."""
    found: dict[str, int] = {}
    for number, value in fields_of(model):
        if number == _MODEL_OPSET_IMPORT and isinstance(value, memoryview):
            parts = dict(fields_of(value))
            domain, version = parts.get(_OPSET_DOMAIN, b""), parts.get(_OPSET_VERSION, 0)
            if isinstance(version, int) and not isinstance(domain, int):
                found[bytes(domain).decode("utf-8")] = version
    return found


def fields_of(message: memoryview) -> Iterator[tuple[int, Value]]:
    """Yield (field number, value) of a message, plain numbers of attributes left out.

    Raises ValueError or IndexError when it is not one.
    """
    position = 0
    while position < len(message):
        if message[position] in _RUN_BEGINS and (run := _RUN.match(message, position)) is not None:
            position = run.end()
            continue
        tag, position = _varint(message, position)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if wire == _BYTES:
            length, position = _varint(message, position)
        elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
            length = 8 if wire == _EIGHT_BYTES else 4
        else:
            raise ValueError("unknown wire type")
        if number == 0 or position + length > len(message):
            raise ValueError("cut off")
        yield number, message[position : position + length]
        position += length


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """Return the number that starts at ``position`` and where the next thing starts."""
    result = 0
    for count in range(_LONGEST_VARINT):
        byte = message[position + count]
        result |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return result, position + count + 1
    raise ValueError("number too long")
