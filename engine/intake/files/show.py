"""Has a worker draw a page of a kept file; the bytes go through a pipe and never through a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.attached import FileKind
from engine.domain.ports import CancelToken
from engine.errors import InputError
from engine.workers.errors import WorkerError
from engine.workers.launch import run_worker
from engine.workers.limits import Limits
from engine.workers.messages import BrokenMessage, Message

ANSWER = "page"
_LIMITS = Limits(memory_bytes=2 << 30, cpu_seconds=60, file_bytes=0, wall_seconds=90.0)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a file as a picture: ``pixels`` are rows of red, green, blue (uint8); ``pages``: how many it has."""

    pixels: NDArray[np.uint8]
    pages: int


def draw_page(content: bytes, kind: FileKind, page: int, width: int, cancel: CancelToken | None = None) -> Page:
    """Return page ``page`` (from 0) of a file, at most ``width`` pixels wide.

    Raises:
        InputError: ``attached_not_shown`` when it cannot be drawn. WorkerError: ``worker_start_failed``.
        Cancelled: ``cancel`` was set.
    """
    body = {"kind": kind.value, "page": page, "width": width}
    request = Message("show", body, (np.frombuffer(content, dtype=np.uint8),))
    try:
        return _page(run_worker("show_file", request, _LIMITS, cancel))
    except WorkerError as error:
        if error.code == "worker_start_failed":
            raise
        raise InputError("attached_not_shown") from error
    except (BrokenMessage, KeyError, TypeError, ValueError) as error:
        raise InputError("attached_not_shown") from error


def _page(answer: Message) -> Page:
    (pixels,) = answer.arrays
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ValueError("no picture")
    return Page(pixels, int(answer.body["pages"]))
