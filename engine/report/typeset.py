"""Report -> PDF or page images, set by Typst from the templates in ``resources/report``.

The only place that imports typst. Templates and fonts are read from the program's own folder; every text reaches the
template as a data string, so nothing in it is read as markup. Same report, same bytes: the date inside the file is
that of the assessment.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Literal

import typst

from engine.domain.report import Report, Sides
from engine.errors import BugError
from engine.report.seal import as_json
from engine.resources import resources_folder

if TYPE_CHECKING:
    from typst import PDFStandard

STANDARDS: list[PDFStandard] = ["ua-1", "a-2a"]
ATTACHING: list[PDFStandard] = ["ua-1", "a-3a"]
_FEW_PIXELS = 8  # per inch: enough to count pages
_PAGE_TREE = re.compile(rb"/Type\s*/Pages\b[^>]*?/Count (\d+)")


def typeset(report: Report) -> bytes:
    """Return the PDF of one person's report: tagged, PDF/UA-1 and PDF/A-2a.

    Raises:
        BugError: ``report_not_set`` when the typesetter refuses; the pages never depend on what a person typed.
    """
    return typeset_many([report], report.document_title)


def typeset_many(reports: Sequence[Report], title: str) -> bytes:
    """Return one PDF with the reports of several people, each beginning on a fresh sheet.

    Args:
        reports: at least one.
        title: of the document, as file lists show it: never a person's name.

    Raises:
        BugError: ``report_not_set``.
    """
    pages = _set(reports, title, "pdf", None)
    return b"".join(pages)


def typeset_each(reports: Iterable[Report], at_once: int = 2) -> Iterator[bytes]:
    """Yield the PDF of each report, in order, setting some side by side: the typesetter leaves other threads alone.

    ``reports`` may be made while others are being set; at most ``at_once`` + 1 are held at a time.

    Raises:
        BugError: ``report_not_set``, when the report that it is about comes up.
    """
    with ThreadPoolExecutor(max_workers=at_once) as threads:
        waiting: deque[Future[bytes]] = deque()
        for report in reports:
            waiting.append(threads.submit(typeset, report))
            if len(waiting) > at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def page_count(pdf: bytes) -> int:
    """Return how many pages a PDF of ours has: the typesetter writes its page tree in plain text.

    Raises:
        BugError: ``report_not_set`` when these are no bytes of the typesetter.
    """
    found = _PAGE_TREE.search(pdf)
    if found is None:
        raise BugError("report_not_set")
    return int(found[1])


def page_images(report: Report, ppi: float, sides: Sides | None = None) -> list[bytes]:
    """Return one PNG per page of a report, at ``ppi`` pixels per inch.

    ``sides`` picks some of its pages, which come out as they stand in the whole report, page numbers included; None:
    all the report has.

    Raises:
        BugError: ``report_not_set``.
    """
    wanted = report.sides if sides in (None, Sides.BOTH) else sides
    if report.sides not in (wanted, Sides.BOTH):
        return []
    if wanted is Sides.PATIENT:
        # Nothing on these pages tells whether others follow: set alone they are the same.
        report = dataclasses.replace(report, sides=Sides.PATIENT)
    pages = _set([report], report.document_title, "png", ppi)
    if wanted is report.sides:
        return pages
    return pages[len(page_images(report, _FEW_PIXELS, Sides.PATIENT)) :]


@cache
def _fonts() -> typst.Fonts:
    """Return the shipped fonts, opened once: neither the system's nor the typesetter's own take part."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(resources_folder() / "fonts")],
    )


def _set(reports: Sequence[Report], title: str, output: Literal["pdf", "png"], ppi: float | None) -> list[bytes]:
    data = {"title": title, "reports": [as_json(report) for report in reports]}
    return set_pages("main.typ", data, min(report.made_at for report in reports), output, ppi)


def set_pages(
    template: str,
    data: object,
    moment: datetime,
    output: Literal["pdf", "png"],
    ppi: float | None = None,
    *,
    attaching: bool = False,
) -> list[bytes]:
    """Return the PDF (as one), or one PNG per page, that a template makes of data.

    Args:
        template: file name in ``resources/report``; it finds the data as JSON in ``sys.inputs.data``.
        data: JSON values, or a frozen dataclass of them.
        moment: the date inside a PDF.
        output: which of the two.
        ppi: pixels per inch of a PNG.
        attaching: whether the template attaches a file, which PDF/A-2a does not allow.

    Raises:
        BugError: ``report_not_set`` when the typesetter refuses.
    """
    folder = resources_folder() / "report"
    compiler = typst.Compiler(str(folder / template), root=str(folder), font_paths=_fonts(), ignore_system_fonts=True)
    try:
        made = compiler.compile(
            format=output,
            ppi=ppi,
            sys_inputs={"data": json.dumps(as_json(data), ensure_ascii=False, allow_nan=False)},
            pdf_standards=(ATTACHING if attaching else STANDARDS) if output == "pdf" else None,
            timestamp=_timestamp(moment),
        )
    except typst.TypstError:
        # The message may quote a text of the page, so it goes no further.
        raise BugError("report_not_set") from None
    if made is None:
        raise BugError("report_not_set")
    return made if isinstance(made, list) else [made]


def _timestamp(moment: datetime) -> int:
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
