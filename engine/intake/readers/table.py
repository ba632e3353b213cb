"""Tables of patients and visits: text and workbooks. Every file that no other reader knows is taken for one."""

from __future__ import annotations

from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.readers.sniff import Container, sniff
from engine.intake.tables import Table, table_message
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("table", Answer.TABLE)


def recognises(look: Look) -> bool:
    """Take what is left; what is no table at all is said when it is read."""
    return True


def read(look: Look, report: Report) -> Message:
    """Read a table file."""
    return table_message(read_table(look, report))


def read_table(look: Look, report: Report) -> Table:
    """Read a table file of any kind we know.

    Raises:
        RejectedFile: when the file is not to be read.
    """
    if sniff(look.path) is Container.WORKBOOK:
        from engine.intake.readers.workbook import read_workbook  # noqa: PLC0415 - slow to load, rarely needed

        return read_workbook(look.path, report, look.sheet)
    from engine.intake.readers.delimited import read_delimited  # noqa: PLC0415 - one reader is loaded, not all

    return read_delimited(look.path, report)
