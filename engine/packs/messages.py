"""Takes Protocol Buffers messages apart and puts them together again, byte for byte.

An ONNX file is such a message. Changing a few of its parts needs no library of a hundred megabytes beside the program:
what is not understood is carried over as it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT = 10
_LENGTHS = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a message: its number, its value where it is a whole number or bytes, and itself as written."""

    number: int
    value: int | bytes | None
    written: bytes

    @property
    def content(self) -> bytes:
        """The bytes of a text or of a message inside; ValueError where it is neither."""
        if not isinstance(self.value, bytes):
            raise ValueError("no message")
        return self.value


def parts(message: bytes) -> Iterator[Part]:
    """Yield the fields of a message in the order written; ValueError or IndexError when it is not one."""
    position = 0
    while position < len(message):
        start = position
        tag, position = _read_varint(message, position)
        number, wire = tag >> 3, tag & 7
        value: int | bytes | None = None
        if wire == _VARINT:
            value, position = _read_varint(message, position)
        elif wire == _BYTES:
            length, position = _read_varint(message, position)
            value, position = message[position : position + length], position + length
        elif wire in _LENGTHS:
            position += _LENGTHS[wire]
        else:
            raise ValueError("unknown wire type")
        if position > len(message):
            raise ValueError("cut off")
        yield Part(number, value, message[start:position])


def message(number: int, *content: bytes) -> bytes:
    """Return a field that holds a text or a message: the content joined."""
    joined = b"".join(content)
    return _varint(number << 3 | _BYTES) + _varint(len(joined)) + joined


def whole(number: int, value: int) -> bytes:
    """Return a field that holds a whole number, negative ones as 64 bits."""
    return _varint(number << 3 | _VARINT) + _varint(value % (1 << 64))


def text(number: int, value: str) -> bytes:
    """Return a field that holds a text."""
    return message(number, value.encode("utf-8"))


def doubles(values: Iterable[float]) -> bytes:
    """Return numbers as an ONNX tensor holds them: 64 bits each, little end first."""
    return b"".join(struct.pack("<d", value) for value in values)


def varints(values: Iterable[int]) -> bytes:
    """Return whole numbers one after the other, as a field holds many of them; negative ones as 64 bits."""
    return b"".join(_varint(value % (1 << 64)) for value in values)


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    result = 0
    for count in range(_LONGEST_VARINT):
        byte = data[position + count]
        result |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return result, position + count + 1
    raise ValueError("number too long")


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
