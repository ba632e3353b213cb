"""What a reader of files is: one module of this folder with three names, listed in ``registry.READERS``.

    FORMAT = Format("acme_scale_csv", Answer.READINGS)

    def recognises(look: Look) -> bool: ...
    def read(look: Look, report: Report) -> Message: ...

``recognises`` looks at the beginning of a file or the names in an archive, never at a file name, and is cheap: every
reader is asked. ``read`` takes the whole file; it runs in a worker with limits, so it may fail but not harm. It raises
``RejectedFile`` when the file is not to be read, and answers with one message that the parent turns into the kind of
thing ``Answer`` names. A module imports nothing heavy at its top, for all of them are loaded to be asked.
"""

from __future__ import annotations

import codecs
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Protocol

from engine.intake.readers.archive import DAMAGE, check_archive
from engine.intake.readers.contents import Contents
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report
from engine.workers.messages import Message

HEAD_BYTES = 1 << 16
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Without a mark: what the beginning of a file may be written in. A reader knows its own words, so it can tell.
_CODECS = ("utf-8", "gb18030", "big5", "cp932", "utf-16-le", "utf-16-be", "cp1252")


class Answer(StrEnum):
    """What a reader answers with, and the type of its message."""

    TABLE = "table"  # rows of patients and visits: ``engine.intake.tables``
    READINGS = "readings"  # the series of a device: ``engine.intake.devices``
    RECORDS = "records"  # what another system sends: patients, observations, conditions
    FILE = "file"  # to be kept as it is with a person: ``engine.intake.files``


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file. ``kind`` is its word on the command line and in the store, and is never given to another."""

    kind: str
    answer: Answer


class Look:
    """A file as readers see it before one of them reads it; what is asked of it is worked out once."""

    def __init__(self, path: Path, sheet: str | None = None, packed: bytes | None = None) -> None:
        """Look at a file.

        Args:
            path: where it is.
            sheet: the sheet a person wants read, for workbooks.
            packed: the bytes of the one file in an archive at ``path``, which is looked at instead of the archive.

        Raises:
            RejectedFile: ``empty_file``.
        """
        self.path = path
        self.sheet = sheet
        self.contents = Contents(path, packed)
        self.is_packed = packed is not None
        if self.contents.size == 0:
            raise RejectedFile(RejectReason.EMPTY_FILE)

    @cached_property
    def head(self) -> bytes:
        """The first bytes."""
        with self.contents.open() as file:
            return file.read(HEAD_BYTES)

    @property
    def is_zip(self) -> bool:
        """Whether it begins as a zip archive does, as workbooks also do."""
        return self.head.startswith(ZIP_MAGICS)

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The names in a zip archive; none where it is no archive.

        Raises:
            RejectedFile: ``damaged_file``.
        """
        if not self.is_zip:
            return ()
        try:
            with self.contents.open() as file, zipfile.ZipFile(file) as archive:
                return tuple(archive.namelist())
        except DAMAGE as error:
            raise RejectedFile(RejectReason.DAMAGED_FILE) from error

    @property
    def is_workbook(self) -> bool:
        """Whether it is a zip archive that is itself a workbook or a document, and not something packed."""
        names = self.members
        return "[Content_Types].xml" in names or "content.xml" in names or "xl/workbook.xml" in names

    def check_archive(self, *, allow_document_type: bool = False) -> None:
        """Refuse an archive that is made to harm; see ``engine.intake.readers.archive``."""
        check_archive(self.contents, allow_document_type=allow_document_type)

    @cached_property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The beginning as text, once for each encoding it can be in: (codec, text). None where it is no text."""
        if self.is_zip:
            return ()
        for mark, codec in _MARKS:
            if self.head.startswith(mark):
                return ((codec, self.head.decode(codec, "ignore")),)
        whole = len(self.head) < HEAD_BYTES
        found = ((codec, _decoded(self.head, codec, final=whole)) for codec in _CODECS)
        return tuple((codec, text) for codec, text in found if text is not None)


class Reader(Protocol):
    """A module that reads one format."""

    FORMAT: Format

    def recognises(self, look: Look) -> bool:
        """Whether the file is of this format."""
        ...

    def read(self, look: Look, report: Report) -> Message:
        """Read the file; raises RejectedFile when it is not to be read."""
        ...


def _decoded(head: bytes, codec: str, *, final: bool) -> str | None:
    if codec.startswith("utf-16") and head[:1024].count(0) < len(head[:1024]) // 5:
        return None  # text of any language has NULs there
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(head, final=final)
    except UnicodeError:
        return None
