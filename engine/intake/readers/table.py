"""Tables of patients and visits: text, workbooks, web pages. Every file that no other reader knows is taken for one."""

from __future__ import annotations

from engine.intake.readers.packed import unpack
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
    """Read a table file of any kind we know, also when it is alone in an archive.

    Raises:
        RejectedFile: when the file is not to be read.
    """
    kind = sniff(look)
    if kind is Container.ARCHIVE:
        look = unpack(look)
        kind = sniff(look)
    # One reader is loaded, not all.
    if kind is Container.WORKBOOK:
        from engine.intake.readers.workbook import read_workbook  # noqa: PLC0415 - slow to load

        return read_workbook(look.contents, report, look.sheet)
    if kind is Container.OLD_WORKBOOK:
        from engine.intake.readers.old_workbook import read_old_workbook  # noqa: PLC0415 - rarely needed

        return read_old_workbook(look.contents, report, look.sheet)
    if kind is Container.OPEN_DOCUMENT:
        from engine.intake.readers.opendocument import read_opendocument  # noqa: PLC0415 - rarely needed

        return read_opendocument(look.contents, report, look.sheet)
    if kind is Container.WEB_PAGE:
        from engine.intake.readers.web_page import read_web_page  # noqa: PLC0415 - rarely needed

        return read_web_page(look.contents, report, look.sheet)
    from engine.intake.readers.delimited import read_delimited  # noqa: PLC0415 - as above

    return read_delimited(look.contents, report)
