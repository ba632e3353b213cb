"""The worker kind ``train``: looks at rows and trains on them, within the limits of the worker.

The rows come through the pipe and stay in its memory; the answer holds figures and the files of the pack, never a row.
Only a look inside a network sends rows back, to the session that they came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.domain.coded import Coded
from engine.errors import PackError, UsageError
from engine.fields import load_dictionary
from engine.packs import strict
from engine.workers.kinds import Report
from engine.workers.messages import Message
from engine.workflows.inside_run import inside_run, to_message
from engine.workflows.train_table import Cells, codes_of, look_at_table, train_on_table
from engine.workflows.train_wish import TrainWish


def handle(request: Message, report: Report) -> Message:
    """Answer ``look``, ``train`` or ``trace``."""
    try:
        return _answer(request, report)
    except (PackError, UsageError) as error:
        return Message("fault", {"of": type(error).__name__, "code": error.code, "details": dict(error.details)})


def _answer(request: Message, report: Report) -> Message:
    wish, cells = strict.read(TrainWish, request.body["wish"]), _cells(request)
    if request.type == "look":
        return Message("looked", {"looked": strict.write(look_at_table(cells, wish))})
    if request.type == "trace":
        return to_message(inside_run(cells, wish))
    name, sha256 = request.body["name"], request.body["sha256"]

    def heard(done: int, total: int) -> None:
        report(done, total)

    found = train_on_table(name, cells, sha256, wish, load_dictionary(), heard)
    files: Mapping[str, bytes] = {} if found.parts is None else found.parts.files()
    body: dict[str, Any] = {"looked": strict.write(found.looked), "files": list(files)}
    return Message("trained", body, tuple(np.frombuffer(data, dtype=np.uint8) for data in files.values()))


def _cells(request: Message) -> Cells:
    said = zip(request.body["columns"], request.body["cells"], request.arrays, strict=True)
    return {name: Coded(cells, codes_of(codes)) for name, cells, codes in said}
