"""How a block of readings is packed: columns, each as differences, compressed. Numbers come back exactly as written.

    zlib(uint32 length of head | head, JSON | wall | offset | rows | arms | written | decimals | units | qualifiers)

The head holds how many readings there are and their conversions. Columns are little-endian; ``wall`` and ``rows`` are
differences from the one before, ``written`` too, field by field. Readings every five minutes take about two bytes each.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import IntArray
from engine.domain.plain import canonical_json
from engine.domain.record import Conversion
from engine.domain.series import MEASURES, Readings
from engine.errors import StoreError

MOST_READINGS = 8_192
_HEAD = struct.Struct("<I")
_LARGEST = 1 << 26  # bytes unpacked; a full block has less than a megabyte


def pack(readings: Readings) -> tuple[str, bytes]:
    """Return the digest of a block and the block, compressed."""
    head = canonical_json(
        {
            "readings": len(readings),
            "conversions": [[one.unit_from, one.unit_to, one.factor, one.offset] for one in readings.conversions],
        }
    )
    parts = [
        _steps(readings.wall, "<i8"),
        readings.offset.astype("<i2"),
        _steps(readings.rows, "<i4"),
        readings.arms.astype("<i1"),
        *(_steps(column, "<i8") for column in readings.written.T),
        *(column.astype("<i1") for table in _small(readings) for column in table.T),
    ]
    plain = _HEAD.pack(len(head)) + head + b"".join(part.tobytes() for part in parts)
    return hashlib.sha256(plain).hexdigest(), zlib.compress(plain, 6)


def _small(readings: Readings) -> tuple[NDArray[np.int8], ...]:
    return readings.decimals, readings.units, readings.qualifiers


def _steps(column: NDArray[np.signedinteger], kind: str) -> NDArray[np.signedinteger]:
    return np.diff(column.astype(kind), prepend=np.zeros(1, dtype=kind)).astype(kind)


def pack_marks(places: Sequence[int] | IntArray) -> bytes:
    """Return places in a block as bits, compressed."""
    marks = np.zeros(MOST_READINGS, dtype=np.bool_)
    marks[np.asarray(places, dtype=np.int64)] = True
    return zlib.compress(np.packbits(marks).tobytes(), 6)


def unpack_marks(marks: bytes) -> IntArray:
    """Return the places that :func:`pack_marks` wrote down."""
    return np.flatnonzero(np.unpackbits(np.frombuffer(zlib.decompress(marks), np.uint8)))


def is_whole_block(sha256: str, content: bytes) -> bool:
    """Whether a block is what was stored."""
    try:
        return hashlib.sha256(_unzip(content)).hexdigest() == sha256
    except (zlib.error, TypeError):
        return False


def _unzip(content: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    plain = unpacking.decompress(content, _LARGEST)
    if not unpacking.eof or unpacking.unused_data:
        raise zlib.error("cut short, longer than it may be, or with something behind it")
    return plain


def unpack(sha256: str, content: bytes, measure: str, method: str | None, device: str | None) -> Readings:
    """Return the readings of a block.

    Raises:
        StoreError: ``store_damaged`` when the content is not what was stored.
    """
    try:
        plain = _unzip(content)
        if hashlib.sha256(plain).hexdigest() != sha256:
            raise StoreError("store_damaged")
        return _columns(plain, measure, method, device)
    except (ValueError, KeyError, TypeError, zlib.error, struct.error) as error:
        raise StoreError("store_damaged") from error


def _columns(plain: bytes, measure: str, method: str | None, device: str | None) -> Readings:
    (length,) = _HEAD.unpack_from(plain)
    head = json.loads(plain[_HEAD.size : _HEAD.size + length])
    count, width = int(head["readings"]), len(MEASURES[measure])
    place = _HEAD.size + length

    def column(kind: str) -> NDArray[np.signedinteger]:
        nonlocal place
        found: NDArray[np.signedinteger] = np.frombuffer(plain, kind, count, place)
        place += found.nbytes
        return found

    def table(kind: str) -> NDArray[np.signedinteger]:
        return np.stack([column(kind) for _ in range(width)], axis=1)

    wall = np.cumsum(column("<i8"), dtype=np.int64)
    offset = column("<i2").astype(np.int16)
    rows = np.cumsum(column("<i4"), dtype=np.int64).astype(np.int32)
    arms = column("<i1").astype(np.int8)
    written = np.cumsum(table("<i8"), axis=0, dtype=np.int64)
    decimals, units, qualifiers = (table("<i1").astype(np.int8) for _ in range(3))
    conversions = tuple(Conversion(*conversion) for conversion in head["conversions"])
    return Readings(
        measure, method, device, wall, offset, rows, rows, arms, written, decimals, units, qualifiers, conversions
    )
