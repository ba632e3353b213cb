"""What a file is, by its content and never by its name."""

from __future__ import annotations

from enum import StrEnum

from engine.intake.readers.biff import MAGIC as COMPOUND_MAGIC
from engine.intake.readers.biff import stream_names
from engine.intake.readers.opendocument import is_opendocument
from engine.intake.readers.plugin import Look
from engine.intake.readers.text_signs import looks_like_markup
from engine.intake.tables import RejectedFile, RejectReason

# What people send by mistake, with the word under which the sentence is found.
MAGICS = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"\x1f\x8b", "compressed"),
    (b"7z\xbc\xaf", "compressed"),
    (b"Rar!", "compressed"),
    (b"BZh", "compressed"),
    (b"\xfd7zXZ", "compressed"),
    (b"SQLite format 3\0", "database"),
    (b"PAR1", "database"),
    (b"\x7fELF", "program"),
    (b"{\\rtf", "document"),
)
# Two letters alone may begin a table as well ("BMI"); the bytes behind them tell.
SHORT_MAGICS = ((b"BM", "picture"), (b"MZ", "program"))
SHORT_HEADER = 32
_SHEETS_2003 = b"urn:schemas-microsoft-com:office:spreadsheet"


class Container(StrEnum):
    """A kind of file that has a reader."""

    TEXT = "csv"
    WORKBOOK = "xlsx"
    OLD_WORKBOOK = "xls"
    OPEN_DOCUMENT = "ods"
    WEB_PAGE = "html_table"
    ARCHIVE = "zip"


def sniff(look: Look) -> Container:
    """Return what kind of table file this is.

    Raises:
        RejectedFile: when it is none, or one that may not be opened.
    """
    head = look.head
    if look.is_zip:
        return _sniff_zip(look.members)
    if head.startswith(COMPOUND_MAGIC):
        return _compound(look)
    for magic, detail in MAGICS:
        if head.startswith(magic):
            raise RejectedFile(RejectReason.NOT_A_TABLE, detail)
    for magic, detail in SHORT_MAGICS:
        if head.startswith(magic) and b"\0" in head[:SHORT_HEADER]:
            raise RejectedFile(RejectReason.NOT_A_TABLE, detail)
    if head[128:132] == b"DICM":
        raise RejectedFile(RejectReason.NOT_A_TABLE, "picture")
    if looks_like_markup(head):
        if _SHEETS_2003 in head:
            raise RejectedFile(RejectReason.NOT_A_TABLE, "xml_workbook")
        return Container.WEB_PAGE
    return Container.TEXT


def _sniff_zip(names: tuple[str, ...]) -> Container:
    if "xl/workbook.xml" in names or any(name.startswith("xl/worksheets/") and name.endswith(".xml") for name in names):
        return Container.WORKBOOK
    if "xl/workbook.bin" in names:
        return Container.OLD_WORKBOOK
    if is_opendocument(names):
        return Container.OPEN_DOCUMENT
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise RejectedFile(RejectReason.NOT_A_TABLE, "document")
    return Container.ARCHIVE


def _compound(look: Look) -> Container:
    """Tell an old binary workbook from an encrypted one and from other documents, by the names of the streams."""
    names = {name.casefold() for name in stream_names(look.contents.read())}
    if names & {"encryptedpackage", "encryptioninfo"}:
        raise RejectedFile(RejectReason.PASSWORD_REQUIRED)
    if names & {"workbook", "book"}:
        return Container.OLD_WORKBOOK
    if not names:
        raise RejectedFile(RejectReason.DAMAGED_FILE)
    raise RejectedFile(RejectReason.NOT_A_TABLE, "document")
