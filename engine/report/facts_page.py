"""A page of plain facts as set: for a report that is kept in a folder."""

from __future__ import annotations

from datetime import UTC, datetime, time

from engine.domain.facts_page import FactsPage
from engine.report.glyphs import make_printable
from engine.report.typeset import set_pages

_TEMPLATE = "facts.typ"


def facts_images(page: FactsPage, ppi: float) -> list[bytes]:
    """Return the page as PNG, at ``ppi`` pixels per inch. What cannot be printed in a name becomes a box.

    Raises:
        BugError: ``report_not_set``.
    """
    return set_pages(_TEMPLATE, make_printable(page)[0], _moment(page), "png", ppi)


def typeset_facts(page: FactsPage) -> bytes:
    """Return the page as a PDF: tagged, PDF/UA-1 and PDF/A-2a.

    Raises:
        BugError: ``report_not_set``.
    """
    return b"".join(set_pages(_TEMPLATE, make_printable(page)[0], _moment(page), "pdf"))


def _moment(page: FactsPage) -> datetime:
    return datetime.combine(page.made_on, time(), UTC)
