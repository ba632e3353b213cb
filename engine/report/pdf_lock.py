"""Locks a PDF with a passphrase, as every reader of PDF opens it: AES-256 (ISO 32000-2:2020, 7.6, revision 6).

A reader shows the pages, and hands out the file that is attached.

The derivation of the format (algorithm 2.B) takes milliseconds and cannot be made dearer. So only the passphrase keeps
the file closed, and whoever calls this asks for a long one.
"""

from __future__ import annotations

import io
import stringprep
import unicodedata
from collections.abc import Iterable

from engine.errors import BugError, UsageError

MOST_BYTES = 127  # of a passphrase in UTF-8; the format reads no more, and would open with a shorter one


def lock_pdf(pdf: bytes, passphrase: str, files: Iterable[tuple[str, bytes]] = ()) -> bytes:
    """Return a PDF that opens with a passphrase alone. Whoever has it may print and copy: it is their record.

    ``files``: names and contents of more files to attach.

    Raises:
        UsageError: ``export_passphrase_long``, ``export_passphrase_signs`` for one that the format cannot hold.
        BugError: ``report_not_set`` when these are no bytes of a PDF.
    """
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415 - half a second that only an export should pay
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - as above

    secret = prepared(passphrase)
    out = io.BytesIO()
    try:
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf), strict=True))
        for name, content in files:
            writer.add_attachment(name, content)
        # The owner's passphrase would open it too, so it is the same one.
        writer.encrypt(secret.decode("utf-8"), algorithm="AES-256")
        writer.write(out)
    except PyPdfError as error:
        raise BugError("report_not_set") from error
    return out.getvalue()


def prepared(passphrase: str) -> bytes:
    """Return a passphrase as the format takes it: SASLprep (RFC 4013), UTF-8.

    Raises:
        UsageError: ``export_passphrase_long``, ``export_passphrase_signs``.
    """
    mapped = "".join(
        " " if stringprep.in_table_c12(sign) else sign for sign in passphrase if not stringprep.in_table_b1(sign)
    )
    text = unicodedata.normalize("NFKC", mapped)
    forbidden = (stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c5, stringprep.in_table_c9)
    if not text or any(refuses(sign) for sign in text for refuses in forbidden):
        raise UsageError("export_passphrase_signs")
    found = text.encode("utf-8")
    if len(found) > MOST_BYTES:
        raise UsageError("export_passphrase_long", most=MOST_BYTES)
    return found
