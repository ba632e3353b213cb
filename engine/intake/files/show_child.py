"""The worker kind ``show_file``: the bytes of a kept file come in, one page of it as a picture goes out."""

from __future__ import annotations

import io

import numpy as np

from engine.domain.attached import FileKind
from engine.intake.files.show import ANSWER
from engine.intake.readers.picture import open_picture
from engine.intake.tables import RejectedFile
from engine.workers.kinds import Report
from engine.workers.messages import Message

_MOST_SIDE = 4_096  # pixels of a picture that goes out
_LEAST_SIDE = 16


def handle(request: Message, report: Report) -> Message:
    """Draw page ``page`` (from 0) of a file of ``kind``, at most ``width`` pixels wide."""
    data = request.arrays[0].tobytes()
    width = min(_MOST_SIDE, max(_LEAST_SIDE, int(request.body["width"])))
    try:
        if FileKind(request.body["kind"]) is FileKind.PDF:
            pixels, pages = _page(data, int(request.body["page"]), width)
        else:
            pixels, pages = _picture(data, width), 1
    except RejectedFile as error:
        raise ValueError("no picture") from error
    return Message(ANSWER, {"pages": pages}, (pixels,))


def _picture(data: bytes, width: int) -> np.ndarray:
    from PIL import Image, ImageOps  # noqa: PLC0415 - one library is loaded, not both

    with open_picture(data) as picture:
        picture.draft("RGB", (width * 2, width * 2))  # a JPEG is decoded no larger than it is wanted
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((width, _MOST_SIDE), Image.Resampling.LANCZOS)
        if upright.mode in ("RGBA", "LA", "P", "PA"):
            white = Image.new("RGBA", upright.size, "white")
            upright = Image.alpha_composite(white, upright.convert("RGBA"))
        return np.asarray(upright.convert("RGB"), dtype=np.uint8).copy()


def _page(data: bytes, number: int, width: int) -> tuple[np.ndarray, int]:
    # Ships no types. Loaded as above.
    from pypdfium2 import PdfDocument  # type: ignore[import-untyped]  # noqa: PLC0415

    document = PdfDocument(io.BytesIO(data))
    page = document[number]
    wide, high = page.get_size()
    scale = min(width / max(wide, 1), _MOST_SIDE / max(high, 1))
    drawn = page.render(scale=scale, rev_byteorder=True).to_numpy()
    return np.ascontiguousarray(drawn[:, :, :3], dtype=np.uint8), len(document)
