"""Which parts of a JPEG are the picture, and which say something of who took it, when and where.

The coded picture is copied as it is, so nothing of it is lost (ITU-T T.81, annex B, for the segments; JFIF and Exif for
theirs). Kept are tables, frames and scans, the colour profile, Adobe's word on colours, and which way up the picture
is, in an Exif of its own that holds nothing else.
"""

from __future__ import annotations

import re
import struct

from engine.domain.attached import LeftOut
from engine.intake.files.found import Piece

_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a segment
_SOI, _EOI, _SOS, _APP0, _APP1, _APP2, _APP13, _APP14, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE
_PICTURE = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD, *(0xC0 + n for n in range(16) if n not in (4, 8, 12))})
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_JFIF = b"JFIF\0"
_JFIF_SHORT = 14  # bytes of the segment without its small picture


class BrokenPicture(ValueError):
    """A part of the picture is missing or does not fit."""


def pieces_of_jpeg(data: bytes, orientation: int) -> tuple[tuple[Piece, ...], frozenset[LeftOut]]:
    """Return the pieces of a JPEG to keep, and what is left out.

    ``orientation``: which way up it is (Exif tag 0x0112, 1 to 8).

    Raises:
        BrokenPicture: it is cut short, or is none.
    """
    if data[:2] != b"\xff\xd8":
        raise BrokenPicture("no beginning")
    pieces: list[Piece] = [(0, 2)]
    out: set[LeftOut] = set()
    if 1 < orientation <= 8:
        pieces.append(_upright(orientation))
    at = 2
    while True:
        marker, start, end = _segment(data, at)
        if marker == _EOI:
            pieces.append((start, end))
            if data[end:].strip(b"\0"):
                out.add(LeftOut.TRAILING)
            return _joined(pieces), frozenset(out)
        if marker == _APP0 and data[start + 4 : start + 9] == _JFIF:
            pieces += _without_preview(data, start, end, out)
        elif (left := _left_out(marker, data[start + 4 : start + 32])) is None:
            pieces.append((start, end))
        else:
            out.add(left)
        at = end


def _segment(data: bytes, at: int) -> tuple[int, int, int]:
    """Return the marker at a place, where its segment starts and where it ends, the coded picture after it included."""
    place = at
    while data[place : place + 1] == b"\xff":
        place += 1
    if place == at or place >= len(data):
        raise BrokenPicture("no marker")
    marker, start = data[place], place - 1
    if marker == _EOI or marker in _ALONE:
        return marker, start, place + 1
    length = int.from_bytes(data[place + 1 : place + 3], "big")
    end = place + 1 + length
    if length < 2 or end > len(data):
        raise BrokenPicture("cut short")
    if marker == _SOS:
        found = _MARKER.search(data, end)
        if found is None:
            raise BrokenPicture("no end")
        end = found.start()
    return marker, start, end


def _left_out(marker: int, head: bytes) -> LeftOut | None:
    """Return what a segment is left out as; None where it is kept."""
    if marker in _PICTURE or marker == _SOS or marker in _ALONE:
        return None
    if marker == _APP2 and head.startswith(b"ICC_PROFILE\0"):
        return None
    if marker == _APP14 and head.startswith(b"Adobe"):
        return None
    if marker == _APP1 and head.startswith(b"Exif\0"):
        return LeftOut.CAMERA
    if marker in (_APP1, _APP13, _COM):
        return LeftOut.TEXTS
    return LeftOut.PREVIEW if marker == _APP0 else LeftOut.OTHER


def _without_preview(data: bytes, start: int, end: int, out: set[LeftOut]) -> list[Piece]:
    if end - start <= 4 + _JFIF_SHORT or data[start + 16 : start + 18] == b"\0\0":
        return [(start, end)]
    out.add(LeftOut.PREVIEW)
    return [b"\xff\xe0\x00\x10" + data[start + 4 : start + 16] + b"\0\0"]


def _upright(orientation: int) -> bytes:
    """Return an Exif segment that says which way up a picture is, and nothing else."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    content = b"Exif\0\0" + tiff
    return b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content


def _joined(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Return pieces with those that follow one another put together."""
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else b""
        if not isinstance(piece, bytes) and not isinstance(last, bytes) and last[1] == piece[0]:
            found[-1] = (last[0], piece[1])
        else:
            found.append(piece)
    return tuple(found)
