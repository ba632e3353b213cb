"""Training in a process of its own: rows go in through a pipe, a pack comes out, and nothing of the rows is written.

The worker has one thread, a lower priority than anything else of the program, and limits of memory and time; it is
gone when the answer is there, when somebody cancels, and when this process ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import InputError, PackError, UsageError
from engine.packs import Manifest, PackParts, strict
from engine.packs.pack import CARD_FILE, CASES_FILE, GRAPH_FILE, MANIFEST_FILE
from engine.workers.errors import WorkerError
from engine.workers.launch import run_worker
from engine.workers.limits import GIBIBYTE, Limits
from engine.workers.messages import Message
from engine.workflows.inside_run import Inside, from_message
from engine.workflows.keep_draft import keep_draft
from engine.workflows.train_wish import About, Looked, ModelKind, TrainWish

__all__ = [
    "LIMITS",
    "MOST_ROWS",
    "About",
    "Looked",
    "ModelKind",
    "TrainWish",
    "Trained",
    "keep_draft",
    "look",
    "trace",
    "train",
]

KIND = "train"
MOST_ROWS = 200_000
_HOUR = 3600
LIMITS = Limits(
    memory_bytes=3 * GIBIBYTE // 2,
    cpu_seconds=8 * _HOUR,
    file_bytes=0,
    wall_seconds=24.0 * _HOUR,
    message_bytes=GIBIBYTE // 2,
    behind=True,
)
_STOPPED = {
    "worker_out_of_memory": "learning_out_of_memory",
    "worker_timeout": "learning_took_too_long",
    "worker_start_failed": "worker_start_failed",
}
_FAMILIES = {each.__name__: each for each in (PackError, UsageError)}
Cells = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Trained:
    """What came out: the parts of the pack, with all figures in ``parts.manifest.training``; None: the gate said no."""

    looked: Looked
    parts: PackParts | None


def look(
    cells: Cells,
    sha256: str,
    wish: TrainWish,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Looked:
    """Return what can be said of the rows before anything is trained: gate, findings, gaps.

    Args:
        cells: the columns by head, all of one length.
        sha256: of the table they come from.
        wish: what would be trained.
        progress: told how far it is.
        cancel: stops it; the worker is gone then.

    Raises:
        InputError: ``table_too_many_rows``; the cells cannot be learned from, with a sentence for each reason.
        WorkerError: ``learning_out_of_memory``, ``learning_took_too_long``, ``learning_ended``,
            ``worker_start_failed``.
        Cancelled: when ``cancel`` was set.
    """
    answer = _ask(Message("look", *_packed("", cells, sha256, wish)), progress, cancel)
    return strict.read(Looked, answer.body["looked"])


def train(
    name: str,
    cells: Cells,
    sha256: str,
    wish: TrainWish,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Trained:
    """Train a model on the rows and return the parts of its pack; nothing is written anywhere.

    Args:
        name: id of the pack.
        cells: the columns by head, all of one length.
        sha256: of the table they come from; the pack tells it.
        wish: what to train.
        progress: told models trained of models in all.
        cancel: stops it; the worker is gone then.

    Raises: as ``look``; PackError: ``learning_not_the_same``.
    """
    answer = _ask(Message("train", *_packed(name, cells, sha256, wish)), progress, cancel)
    looked = strict.read(Looked, answer.body["looked"])
    files = dict(zip(answer.body["files"], (array.tobytes() for array in answer.arrays), strict=True))
    return Trained(looked, _parts(files) if files else None)


def trace(cells: Cells, sha256: str, wish: TrainWish, cancel: CancelToken | None = None) -> Inside:
    """Return the run that made a network of these cells, to look into: it is made again, the same to the byte.

    It holds the values of people and lives in memory only.

    Raises: as ``look``; InputError: ``learning_inside_network`` when the wish is of no network.
    """
    return from_message(_ask(Message("trace", *_packed("", cells, sha256, wish)), no_progress, cancel))


def _packed(name: str, cells: Cells, sha256: str, wish: TrainWish) -> tuple[dict[str, Any], tuple[NDArray[Any], ...]]:
    rows = len(next(iter(cells.values()), ()))
    if rows > MOST_ROWS:
        raise InputError("table_too_many_rows", most=MOST_ROWS)
    said, codes = [], []
    for column in cells.values():
        places: dict[str, int] = {}
        code = np.fromiter((places.setdefault(cell, len(places)) for cell in column), dtype=np.uint32, count=rows)
        codes.append(code.astype(np.min_scalar_type(max(len(places) - 1, 0))))
        said.append(list(places))
    body = {"name": name, "sha256": sha256, "wish": strict.write(wish), "columns": list(cells), "cells": said}
    return body, tuple(codes)


def _ask(request: Message, progress: Progress, cancel: CancelToken | None) -> Message:
    try:
        answer = run_worker(KIND, request, LIMITS, cancel, progress)
    except WorkerError as error:
        raise WorkerError(_STOPPED.get(error.code, "learning_ended")) from error
    if answer.type == "fault":
        code, details = str(answer.body["code"]), dict(answer.body["details"])
        if code == "pack_took_too_much":  # the runtime of the graph had no memory left, in the same worker
            raise WorkerError("learning_out_of_memory")
        raise _FAMILIES[answer.body["of"]](code, **details)
    return answer


def _parts(files: Mapping[str, bytes]) -> PackParts:
    card, cases = (files[name].decode("utf-8") for name in (CARD_FILE, CASES_FILE))
    return PackParts(Manifest.parse(files[MANIFEST_FILE]), files[GRAPH_FILE], card, cases)
