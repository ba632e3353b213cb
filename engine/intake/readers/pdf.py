"""PDF documents, kept as they are. Opened once, so that one that no reader opens is not taken in."""

from __future__ import annotations

import re
from pathlib import Path

from engine.domain.attached import FileKind
from engine.intake.files.found import FoundFile, file_digest, found_message, whole
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("pdf", Answer.FILE)
MOST_PAGES = 5_000
MOST_OBJECTS = 200_000  # a thousand pages of a book have some twenty thousand
_PASSWORD = 4  # pdfium's word for a file that asks for one
_STREAM = re.compile(rb"/ObjStm\b[^>]{0,200}?/N\s+(\d{1,10})|/N\s+(\d{1,10})[^>]{0,200}?/ObjStm\b")
_CHUNK = 1 << 24


def recognises(look: Look) -> bool:
    """A file that begins as a PDF does."""
    return look.head.startswith(b"%PDF-")


def read(look: Look, report: Report) -> Message:
    """Read a PDF."""
    return found_message(read_pdf(look, report))


def read_pdf(look: Look, report: Report) -> FoundFile:
    """Return what is told of a PDF.

    Raises:
        RejectedFile: locked with a password, made of more parts or pages than any document, or damaged.
    """
    # Ships no types. Loaded for PDF alone.
    from pypdfium2 import PdfDocument, PdfiumError  # type: ignore[import-untyped]  # noqa: PLC0415

    if _objects(look.path) > MOST_OBJECTS:
        raise RejectedFile(RejectReason.NOT_KEPT, "pdf_too_large")
    try:
        document = PdfDocument(look.path)
        pages = len(document)
        document.close()
    except PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD:
            raise RejectedFile(RejectReason.PASSWORD_REQUIRED, "pdf_locked") from error
        raise RejectedFile(RejectReason.DAMAGED_FILE, "damaged_pdf") from error
    if pages > MOST_PAGES:
        raise RejectedFile(RejectReason.NOT_KEPT, "pdf_too_large")
    if not pages:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "damaged_pdf")
    size, sha256 = file_digest(look.path, report)
    return FoundFile(FileKind.PDF, size, sha256, whole(size), {"pages": pages})


def _objects(path: Path) -> int:
    """Return how many parts a file says it has, those in packed streams included. Nothing is unpacked for it."""
    count, rest = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            text = rest + chunk
            count += text.count(b" obj") - rest.count(b" obj")
            # Each is counted in the chunk in which it ends.
            count += sum(int(found[1] or found[2]) for found in _STREAM.finditer(text) if found.end() > len(rest))
            rest = text[-256:]
            if count > MOST_OBJECTS:
                break
    return count
