"""Write every visit of a clinic as a row of canonical columns."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from engine.domain.ports import CancelToken
from engine.fields.canonical import guarded, write_number
from engine.store.export import Cells
from engine.store.export import export_visits as visit_table
from engine.workflows.audit import note_export
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import whole_file


def export_visits(clinic: OpenClinic, path: Path, cancel: CancelToken | None = None) -> int:
    """Write all visits as CSV (UTF-8, comma, true/false, numbers that read back exactly); return how many.

    The file can be scored with ``assess_file`` and imported again. A text that begins like a formula has a quote mark
    before it, which the import takes away again. The file appears only when complete.

    Raises:
        InputError: ``output_unwritable``. Cancelled: stopped; nothing is left behind.
    """
    table = visit_table(clinic.vault)
    count = 0
    with whole_file(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        rows = csv.writer(text, lineterminator="\r\n")
        rows.writerow(table.fields)
        for count, cells in enumerate(table.rows, 1):  # noqa: B007 - the count is the answer
            if cancel is not None:
                cancel.check()
            rows.writerow(_texts(cells))
        text.flush()
        text.detach()  # the file is closed by the one who opened it
    note_export(clinic, count)
    return count


def _texts(cells: Cells) -> list[str]:
    return [_text(cell) for cell in cells]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return write_number(cell) if isinstance(cell, float) else guarded(str(cell))
