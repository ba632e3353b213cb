"""Photographs and scans: JPEG and PNG. What they say of camera, place and people is left out, the picture stays.

The picture is decoded once, from what is to be kept, so that what cannot be shown later is not taken in.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

from engine.domain.attached import FileKind, LeftOut
from engine.intake.files.found import FoundFile, Piece, found_message
from engine.intake.files.jpeg import BrokenPicture, pieces_of_jpeg
from engine.intake.files.png import MAGIC, pieces_of_png
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report
from engine.workers.messages import Message

if TYPE_CHECKING:
    from PIL import Image

FORMAT = Format("picture", Answer.FILE)
MOST_PIXELS = 80_000_000  # a page of A3 at 600 dots an inch has 70 million
MOST_BYTES = 128 << 20
_ORIENTATION, _PLACE, _EXIF, _TAKEN = 0x0112, 0x8825, 0x8769, 0x9003
_OTHERS = (b"GIF8", b"II*\0", b"MM\0*", b"BM", b"RIFF")  # and HEIC, whose word comes after a length
_Pieces = Callable[[bytes, int], tuple[tuple[Piece, ...], frozenset[LeftOut]]]


def recognises(look: Look) -> bool:
    """A picture of any kind that people send; those that are not kept are told so."""
    head = look.head
    other = head.startswith(_OTHERS[:3]) or (head.startswith(_OTHERS[3]) and b"\0" in head[:32])
    riff = head.startswith(_OTHERS[4]) and head[8:12] == b"WEBP"
    return head.startswith((b"\xff\xd8\xff", MAGIC)) or other or riff or head[4:8] == b"ftyp"


def read(look: Look, report: Report) -> Message:
    """Read a picture."""
    return found_message(read_picture(look))


def read_picture(look: Look) -> FoundFile:
    """Return what is kept of a picture.

    Raises:
        RejectedFile: of another kind than JPEG and PNG, larger than any scan, or damaged.
    """
    if not look.head.startswith((b"\xff\xd8\xff", MAGIC)):
        raise RejectedFile(RejectReason.NOT_KEPT, "picture_kind")
    if look.path.stat().st_size > MOST_BYTES:
        raise RejectedFile(RejectReason.NOT_KEPT, "picture_too_large")
    data = look.path.read_bytes()
    kind, pieces_of = (FileKind.PNG, pieces_of_png) if data.startswith(MAGIC) else (FileKind.JPEG, pieces_of_jpeg)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is odd in a part that is left out does no harm
            return _read(data, kind, pieces_of)
    except (BrokenPicture, OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, struct.error) as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "damaged_picture") from error


def _read(data: bytes, kind: FileKind, pieces_of: _Pieces) -> FoundFile:
    with open_picture(data) as came:
        exif = came.getexif()
        orientation = exif.get(_ORIENTATION, 1)
        taken, place = _day(exif.get_ifd(_EXIF).get(_TAKEN)), bool(exif.get_ifd(_PLACE))
    pieces, out = pieces_of(data, orientation if isinstance(orientation, int) else 1)
    if place:
        out |= {LeftOut.PLACE}
    kept = b"".join(piece if isinstance(piece, bytes) else data[slice(*piece)] for piece in pieces)
    with open_picture(kept) as picture:
        width, height = picture.size
        picture.load()
    return FoundFile(
        kind=kind,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        pieces=pieces,
        facts={"width": width, "height": height},
        left_out=tuple(part for part in LeftOut if part in out),
        day=taken,
    )


def open_picture(data: bytes) -> Image.Image:
    """Open a picture without decoding it.

    Raises:
        RejectedFile: ``picture_too_large``. OSError, SyntaxError, ValueError: it is none, or damaged.
    """
    from PIL import Image  # noqa: PLC0415 - loaded for pictures alone

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)
            return Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise RejectedFile(RejectReason.NOT_KEPT, "picture_too_large") from error


def _day(text: object) -> date | None:
    try:
        return datetime.strptime(str(text)[:10], "%Y:%m:%d").date()
    except ValueError:
        return None
