"""Document -> PDF or page images."""

from __future__ import annotations

from engine.domain.document import Attachment, Document
from engine.report.glyphs import make_printable
from engine.report.seal import as_json
from engine.report.typeset import set_pages

_TEMPLATE = "document.typ"


def typeset_document(document: Document, attachment: Attachment | None = None) -> bytes:
    """Return a document as a PDF: tagged, PDF/UA-1 and PDF/A-2a, or PDF/A-3a with a file inside.

    Raises:
        BugError: ``report_not_set`` when the typesetter refuses.
    """
    data = as_json(make_printable(document)[0])
    data["attachment"] = None if attachment is None else as_json(attachment)
    return b"".join(set_pages(_TEMPLATE, data, document.made_at, "pdf", attaching=attachment is not None))


def document_images(document: Document, ppi: float) -> list[bytes]:
    """Return one PNG per page, at ``ppi`` pixels per inch.

    Raises:
        BugError: ``report_not_set``.
    """
    data = as_json(make_printable(document)[0]) | {"attachment": None}
    return set_pages(_TEMPLATE, data, document.made_at, "png", ppi)
