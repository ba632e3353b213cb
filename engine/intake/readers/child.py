"""The worker kind ``read_table``: a path comes in, a table or a reason not to read it goes out."""

from __future__ import annotations

from pathlib import Path

from engine.intake.readers.sniff import Container, sniff
from engine.intake.tables import RejectedFile, RejectReason, Table, rejection_message, table_message
from engine.workers.kinds import Report
from engine.workers.messages import Message


def handle(request: Message, report: Report) -> Message:
    """Read the file ``path`` (and the sheet ``sheet`` of it, if given)."""
    try:
        return table_message(read_table(Path(request.body["path"]), report, request.body.get("sheet")))
    except RejectedFile as rejected:
        return rejection_message(rejected.rejection)


def read_table(path: Path, report: Report, sheet: str | None = None) -> Table:
    """Read a table file of any kind we know.

    Raises:
        RejectedFile: when the file is not to be read.
    """
    if path.stat().st_size == 0:
        raise RejectedFile(RejectReason.EMPTY_FILE)
    if sniff(path) is Container.WORKBOOK:
        from engine.intake.readers.workbook import read_workbook  # noqa: PLC0415 - slow to load, rarely needed

        return read_workbook(path, report, sheet)
    from engine.intake.readers.delimited import read_delimited  # noqa: PLC0415 - one reader is loaded, not all

    return read_delimited(path, report)
