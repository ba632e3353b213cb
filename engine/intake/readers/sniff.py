"""What a file is, by its content and never by its name."""

from __future__ import annotations

import zipfile
from enum import StrEnum
from pathlib import Path

from engine.intake.tables import RejectedFile, RejectReason

HEAD_BYTES = 1 << 16
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
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
MOST_CONTROL_SHARE = 0.01
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1a\0")


class Container(StrEnum):
    """A kind of file that has a reader."""

    TEXT = "csv"
    WORKBOOK = "xlsx"


def sniff(path: Path) -> Container:
    """Return what kind of table file this is.

    Raises:
        RejectedFile: when it is none, or one that may not be opened.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(ZIP_MAGICS):
        return _sniff_zip(path)
    if head.startswith(OLE_MAGIC):
        raise _ole(path)
    for magic, detail in MAGICS:
        if head.startswith(magic):
            raise RejectedFile(RejectReason.NOT_A_TABLE, detail)
    for magic, detail in SHORT_MAGICS:
        if head.startswith(magic) and b"\0" in head[:SHORT_HEADER]:
            raise RejectedFile(RejectReason.NOT_A_TABLE, detail)
    if head[128:132] == b"DICM":
        raise RejectedFile(RejectReason.NOT_A_TABLE, "picture")
    if looks_like_markup(head):
        raise RejectedFile(RejectReason.NOT_A_TABLE, "html")
    return Container.TEXT


def looks_binary(text: str) -> bool:
    """Whether decoded text is full of signs that no table has."""
    if not text:
        return False
    controls = sum(1 for sign in text if sign < " " and ord(sign) not in _TEXT_CONTROLS)
    return controls / len(text) > MOST_CONTROL_SHARE


def looks_like_markup(head: bytes) -> bool:
    """Whether a file begins as HTML or XML does."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta", b"<style"))


def _sniff_zip(path: Path) -> Container:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE) from error
    if "xl/workbook.xml" in names or any(name.startswith("xl/worksheets/") for name in names):
        return Container.WORKBOOK
    if "xl/workbook.bin" in names:
        detail = "binary_workbook"
    elif "content.xml" in names:
        detail = "opendocument"
    elif any(name.startswith(("word/", "ppt/")) for name in names):
        detail = "document"
    else:
        detail = "compressed"
    raise RejectedFile(RejectReason.NOT_A_TABLE, detail)


def _ole(path: Path) -> RejectedFile:
    """Tell an encrypted workbook from an old binary one: the names of its streams stand in it as UTF-16."""
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data:
        return RejectedFile(RejectReason.PASSWORD_REQUIRED)
    old = any(name.encode("utf-16-le") in data for name in ("Workbook", "Book"))
    return RejectedFile(RejectReason.NOT_A_TABLE, "old_workbook" if old else "document")
