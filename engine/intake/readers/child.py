"""The worker kind ``read_file``: a path comes in; what is in the file, or a reason not to read it, goes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.intake.readers.plugin import Look
from engine.intake.readers.registry import choose
from engine.intake.readers.table import read_table as read_as_table
from engine.intake.tables import RejectedFile, Table, rejection_message
from engine.workers.kinds import Report
from engine.workers.messages import Message


def handle(request: Message, report: Report) -> Message:
    """Read the file ``path`` (the sheet ``sheet`` of it) as a file of ``kind``, or of the kind it looks like.

    The type of the answer is one of ``Answer``, or "rejected"; its body tells the kind as ``format``. A request
    "recognise" is answered with what the file would be read as ("recognised"), without reading it; so is one for files
    that answer ``only`` with something, where the file is of another kind.
    """
    kind = request.body.get("kind")
    try:
        look = Look(Path(request.body["path"]), request.body.get("sheet"))
        reader, look = choose(look, kind, keep=bool(request.body.get("keep")))
        kind = reader.FORMAT.kind
        if request.type == "recognise" or request.body.get("only") not in {None, reader.FORMAT.answer.value}:
            answer = Message("recognised", {"answer": reader.FORMAT.answer.value})
        else:
            answer = reader.read(look, report)
    except RejectedFile as rejected:
        answer = rejection_message(rejected.rejection)
    return replace(answer, body={**answer.body, "format": kind})


def read_table(path: Path, report: Report, sheet: str | None = None) -> Table:
    """Read a table file of any kind we know.

    Raises:
        RejectedFile: when the file is not to be read.
    """
    return read_as_table(Look(path, sheet), report)
