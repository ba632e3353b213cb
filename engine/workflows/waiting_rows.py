"""What was imported before, and the rows that wait for a person: to look at, to write out, to throw out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.domain.entries import ParkedRow
from engine.fields.canonical import guarded
from engine.store import ImportSummary, WaitingRow, imports, reject_rows, waiting_rows
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import whole_file

__all__ = ["ImportSummary", "WaitingRow", "recent_imports", "rows_waiting", "save_rows", "throw_out"]


def recent_imports(clinic: OpenClinic) -> tuple[ImportSummary, ...]:
    """Return the files that were imported, the latest first."""
    return imports(clinic.vault)


def rows_waiting(clinic: OpenClinic) -> tuple[WaitingRow, ...]:
    """Return the parked rows that nobody has decided about, by import and row."""
    return waiting_rows(clinic.vault)


def throw_out(clinic: OpenClinic, ids: Sequence[int]) -> int:
    """Throw waiting rows out; they stay readable in the history. Return how many.

    Raises:
        UsageError: ``parked_unknown`` when one does not wait; none is thrown out then.
    """
    reject_rows(clinic.vault, ids, clinic.actor)
    return len(ids)


def save_rows(path: Path, heads: tuple[str, str], rows: Iterable[tuple[ParkedRow, str]]) -> int:
    """Write rows as a table that a spreadsheet opens, so that they can be put right there; return how many.

    The columns of the file follow the number of the row and why it waits, so that the corrected table can be
    imported. Nothing in it is taken for a formula.

    Args:
        path: where to.
        heads: what stands above the number of the row and above the reason.
        rows: each row and its reason in words.

    Raises:
        InputError: ``output_unwritable``; nothing is left there.
    """
    listed = list(rows)
    columns = list(dict.fromkeys(place for row, _ in listed for place in _by_place(row)))
    with whole_file(path) as file:
        # With the mark at its start, spreadsheet programs read the letters as they are.
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        lines = csv.writer(text, lineterminator="\r\n")
        lines.writerow([guarded(head) for head in (*heads, *(header for header, _ in columns))])
        for row, why in listed:
            cells = _by_place(row)
            lines.writerow([row.row, guarded(why), *(guarded(cells.get(place, "")) for place in columns)])
        text.flush()
        text.detach()  # the file is closed by the one who opened it
    return len(listed)


def _by_place(row: ParkedRow) -> dict[tuple[str, int], str]:
    """Return the cells of a row by header and how often that header came before: two columns may have the same."""
    seen: Counter[str] = Counter()
    cells: dict[tuple[str, int], str] = {}
    for header, text in row.cells:
        cells[header, seen[header]] = text
        seen[header] += 1
    return cells
