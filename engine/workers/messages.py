"""The language between parent and worker: length-prefixed JSON, followed by NumPy buffers.

One message is ``magic (4 bytes) | length of the JSON (uint32) | JSON | buffers``. The JSON is
``{"type", "body", "arrays": [length of each buffer]}``; each buffer is an ``.npy`` file read with
``allow_pickle=False``, so nothing that arrives can run code.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

MAGIC = b"LTN1"
_HEAD = struct.Struct(">4sI")
_CHUNK = 1 << 20

Body = Mapping[str, Any]  # what JSON can hold; each kind of worker defines its own dataclasses on both sides


@dataclass(frozen=True, slots=True)
class Message:
    """One question or answer. ``body`` is plain JSON; ``arrays`` are numeric, of any shape."""

    type: str
    body: Body = field(default_factory=dict)
    arrays: tuple[NDArray[Any], ...] = ()


class BrokenMessage(Exception):
    """What arrived is not a message, or is larger than allowed."""


def write_message(stream: BinaryIO, message: Message) -> None:
    """Write one message and flush.

    Raises:
        OSError: when the other side is gone.
    """
    buffers = [_pack(array) for array in message.arrays]
    head = {"type": message.type, "body": message.body, "arrays": [len(buffer) for buffer in buffers]}
    # ASCII: a file name may hold bytes that are no text, which UTF-8 refuses and JSON's escapes carry through.
    text = json.dumps(head, separators=(",", ":")).encode("ascii")
    stream.write(_HEAD.pack(MAGIC, len(text)))
    stream.write(text)
    for buffer in buffers:
        stream.write(buffer)
    stream.flush()


def read_message(stream: BinaryIO, most_bytes: int) -> Message | None:
    """Read one message of at most ``most_bytes``; return None at the end of the stream.

    Raises:
        BrokenMessage: when the bytes are no message, are cut short, or announce more than allowed.
    """
    head = _read(stream, _HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise BrokenMessage("cut short")
    magic, length = _HEAD.unpack(head)
    if magic != MAGIC or length > most_bytes:
        raise BrokenMessage("not a message")
    parsed = _parse(_exactly(stream, length))
    lengths = parsed["arrays"]
    if length + sum(lengths) > most_bytes:
        raise BrokenMessage("too large")
    return Message(parsed["type"], parsed["body"], tuple(_unpack(_exactly(stream, part)) for part in lengths))


def _parse(text: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise BrokenMessage("not JSON") from error
    if not isinstance(parsed, dict) or not isinstance(parsed.get("type"), str):
        raise BrokenMessage("no type")
    lengths = parsed.get("arrays")
    if not isinstance(parsed.get("body"), dict) or not isinstance(lengths, list):
        raise BrokenMessage("no body")
    if not all(isinstance(length, int) and length >= 0 for length in lengths):
        raise BrokenMessage("bad lengths")
    return parsed


def _pack(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _unpack(data: bytes) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise BrokenMessage("not an array") from error
    return array


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = _read(stream, length)
    if len(data) != length:
        raise BrokenMessage("cut short")
    return data


def _read(stream: BinaryIO, length: int) -> bytes:
    # In pieces, so that an announced length alone never makes this side reserve memory.
    pieces: list[bytes] = []
    while length > 0:
        piece = stream.read(min(length, _CHUNK))
        if not piece:
            break
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)
