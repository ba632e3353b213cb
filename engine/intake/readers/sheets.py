"""The cells of a small workbook as text, for devices that export one: whatever its name ends in."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator

from engine.intake.readers.archive import DAMAGE, check_archive
from engine.intake.readers.contents import Contents
from engine.intake.tables import RejectedFile, RejectReason

_HEADER_ROWS = 5
MOST_COLUMNS = 200


def is_workbook(names: tuple[str, ...]) -> bool:
    """Whether the members of an archive are those of a workbook."""
    return "xl/workbook.xml" in names


def first_rows(contents: Contents) -> list[tuple[int, list[str]]]:
    """Return the first rows of the first sheet; none where the workbook cannot be read."""
    try:
        return list(itertools.islice(sheet_rows(contents), _HEADER_ROWS))
    except RejectedFile:
        return []


def sheet_rows(contents: Contents) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first sheet: number and texts of its cells.

    Raises:
        RejectedFile: the archive is unsafe, locked or damaged.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to load, rarely needed
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - as above

    check_archive(contents)
    try:
        with warnings.catch_warnings(), contents.open() as file:
            warnings.simplefilter("ignore")  # the library warns of features it drops; values are all we take
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            sheet = book.worksheets[0]
            for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), 1):
                texts = ["" if cell is None else str(cell) for cell in row]
                while texts and not texts[-1]:
                    texts.pop()
                yield number, texts
    except (
        *DAMAGE,
        InvalidFileException,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        SyntaxError,  # the XML parser's error is one
    ) as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE) from error
