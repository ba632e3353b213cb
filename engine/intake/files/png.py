"""Which chunks of a PNG are the picture (W3C PNG, third edition): the others may say who made it, when and where."""

from __future__ import annotations

import struct
import zlib

from engine.domain.attached import LeftOut
from engine.intake.files.found import Piece
from engine.intake.files.jpeg import BrokenPicture

MAGIC = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs".split())
_LEFT_OUT = {b"eXIf": LeftOut.CAMERA, b"tIME": LeftOut.CAMERA, b"tEXt": LeftOut.TEXTS, b"zTXt": LeftOut.TEXTS}
_LEFT_OUT |= {b"iTXt": LeftOut.TEXTS}
_HEAD = struct.Struct(">I4s")


def pieces_of_png(data: bytes, orientation: int) -> tuple[tuple[Piece, ...], frozenset[LeftOut]]:
    """Return the pieces of a PNG to keep, and what is left out; as ``pieces_of_jpeg``.

    Raises:
        BrokenPicture: it is cut short, or a chunk is not what its sum says.
    """
    if not data.startswith(MAGIC):
        raise BrokenPicture("no beginning")
    pieces: list[Piece] = [(0, len(MAGIC))]
    out: set[LeftOut] = set()
    at = len(MAGIC)
    while True:
        if at + 12 > len(data):
            raise BrokenPicture("cut short")
        length, kind = _HEAD.unpack_from(data, at)
        end = at + 12 + length
        if end > len(data) or int.from_bytes(data[end - 4 : end], "big") != zlib.crc32(data[at + 4 : end - 4]):
            raise BrokenPicture("cut short or altered")
        if kind in _KEPT:
            _take(pieces, at, end)
            if kind == b"IHDR" and 1 < orientation <= 8:
                pieces.append(_upright(orientation))
        else:
            out.add(_LEFT_OUT.get(kind, LeftOut.OTHER))
        at = end
        if kind == b"IEND":
            if data[at:]:
                out.add(LeftOut.TRAILING)
            return tuple(pieces), frozenset(out)


def _take(pieces: list[Piece], start: int, end: int) -> None:
    last = pieces[-1]
    if not isinstance(last, bytes) and last[1] == start:
        pieces[-1] = (last[0], end)
    else:
        pieces.append((start, end))


def _upright(orientation: int) -> bytes:
    content = b"eXIf" + b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
