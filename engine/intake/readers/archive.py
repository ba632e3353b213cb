"""Is a zipped workbook safe to open? Looked at before anything is unpacked."""

from __future__ import annotations

import zipfile
import zlib
from xml.parsers import expat

from engine.intake.readers.contents import Contents
from engine.intake.tables import RejectedFile, RejectReason

MOST_ENTRIES = 10_000
MOST_TOTAL = 200 << 20  # bytes unpacked, all entries; 100,000 rows of 30 cells take about half of it
MOST_RATIO = 100
RATIO_COUNTS_FROM = 1 << 20  # small parts may well repeat themselves
MOST_PROLOGUE = 1 << 16
_XML_ENDINGS = (".xml", ".rels", ".vml")
_ENCRYPTED = 0x1
# What reading a broken archive ends in.
DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    OSError,
)


def check_archive(contents: Contents, *, allow_document_type: bool = False) -> None:
    """Refuse archives that are damaged, locked, or made to harm.

    ``allow_document_type``: the reader itself refuses what a document type may declare to harm.

    Raises:
        RejectedFile: ``damaged_file``, ``password_required``, ``unsafe_xml`` (a document type, through which entities
            come, in any part) or ``unsafe_archive`` (expands beyond reason, or names paths outside itself).
    """
    try:
        with contents.open() as file, zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise RejectedFile(RejectReason.UNSAFE_ARCHIVE)
            for entry in entries:
                _check_entry(archive, entry, allow_document_type)
            _check_sizes(entries)
    except DAMAGE as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE) from error


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, allow_document_type: bool) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name:
        raise RejectedFile(RejectReason.UNSAFE_ARCHIVE)
    if entry.flag_bits & _ENCRYPTED:
        raise RejectedFile(RejectReason.PASSWORD_REQUIRED)
    if not allow_document_type and name.lower().endswith(_XML_ENDINGS) and _has_document_type(archive, entry):
        raise RejectedFile(RejectReason.UNSAFE_XML)


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    swollen = any(
        entry.file_size > RATIO_COUNTS_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    # Entries that share their bytes unpack to more than the archive can hold.
    stored = sum(entry.compress_size for entry in entries)
    size = max((entry.header_offset + entry.compress_size for entry in entries), default=0)
    if swollen or total > MOST_TOTAL or stored > size:
        raise RejectedFile(RejectReason.UNSAFE_ARCHIVE)


class _FirstElement(Exception):
    """The prologue of an XML part is over."""


class _DocumentType(Exception):
    """The prologue declares a document type."""


def _has_document_type(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Look at the beginning of an XML part, up to its first element; a document type can stand nowhere else."""
    parser = expat.ParserCreate()

    def first_element(name: str, attributes: dict[str, str]) -> None:
        raise _FirstElement

    def document_type(*declaration: object) -> None:
        raise _DocumentType

    parser.StartElementHandler = first_element
    parser.StartDoctypeDeclHandler = document_type
    with archive.open(entry) as part:
        beginning = part.read(MOST_PROLOGUE)
    try:
        parser.Parse(beginning, False)
    except _FirstElement:
        return False
    except _DocumentType:
        return True
    except expat.ExpatError:
        return False  # not XML; the reader of the workbook will say that it is damaged
    return len(beginning) == MOST_PROLOGUE  # no element in so long a beginning: nothing a spreadsheet wrote
