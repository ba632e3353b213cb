"""A table as it was read: every column as its different cells and one code per row. Crosses from worker to parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.workers.messages import BrokenMessage, Message

LONGEST_CELL = 32_767  # characters; what spreadsheet programs hold, and the import rules park beyond


class CellKind(IntEnum):
    """What a cell was in its file; text files know only text."""

    TEXT = 0
    NUMBER = 1
    DATE = 2
    BOOLEAN = 3
    ERROR = 4
    TOO_LONG = 5


class RejectReason(StrEnum):
    """Why a file as a whole is not read. The words of the import rules."""

    DAMAGED_FILE = "damaged_file"
    PASSWORD_REQUIRED = "password_required"  # noqa: S105 - a reason, no password
    UNSAFE_ARCHIVE = "unsafe_archive"
    UNSAFE_XML = "unsafe_xml"
    EMPTY_FILE = "empty_file"
    NO_ROWS = "no_rows"
    NOT_A_TABLE = "not_a_table"
    NOT_KEPT = "not_kept"  # a file that is not kept with a person


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file that is not read. ``detail`` says what it is or lacks; ``intake.rejected.<detail>`` is the sentence."""

    reason: RejectReason
    detail: str


class RejectedFile(Exception):
    """Raised inside a reader when the file is not to be read."""

    def __init__(self, reason: RejectReason, detail: str | None = None) -> None:
        super().__init__(reason)
        self.rejection = Rejection(reason, detail or str(reason))


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What was found out about the file and the place of the table in it.

    Row numbers count records or sheet rows from 1. ``hidden_sheets`` and ``other_sheets`` name sheets, hidden or not,
    that also look like patient data. ``unclosed_rows`` are records whose quote never closes; ``nul_cells`` counts
    cells from which NUL signs were removed; ``lost_signs`` counts bytes that the encoding does not know.
    """

    container: str
    sha256: str = ""
    encoding: str | None = None
    byte_order: str | None = None
    delimiter: str | None = None
    line_end: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    hidden_sheets: tuple[str, ...] = ()
    other_sheets: tuple[str, ...] = ()
    date_system: int | None = None
    header_rows: tuple[int, ...] = ()
    rows_after_header: int = 0
    rows_blank: int = 0
    unclosed_rows: tuple[int, ...] = ()
    nul_cells: int = 0
    lost_signs: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``header``, the unit written below it, its different cells with their kinds, one code per row."""

    header: str
    unit_hint: str | None
    cells: tuple[str, ...]
    kinds: NDArray[np.int8]
    codes: NDArray[np.int32]

    def text(self, row: int) -> str:
        """Return the cell of a row as written."""
        return self.cells[int(self.codes[row])]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows below the header that hold anything.

    ``rows`` are their numbers in the file; ``bad_shape`` marks rows with too many or too few cells, ``hidden`` rows
    that the spreadsheet does not show; ``surplus`` holds the cells beyond the header, by row position.
    """

    facts: FileFacts
    columns: tuple[Column, ...]
    rows: NDArray[np.int32]
    bad_shape: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    surplus: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)


def table_message(table: Table) -> Message:
    """Write a table as a message."""
    body = {
        "facts": asdict(table.facts),
        "headers": [column.header for column in table.columns],
        "unit_hints": [column.unit_hint for column in table.columns],
        "cells": [column.cells for column in table.columns],
        "surplus": {str(row): cells for row, cells in table.surplus.items()},
    }
    codes = [column.codes for column in table.columns]
    kinds = [column.kinds for column in table.columns]
    arrays = (
        np.stack(codes) if codes else np.zeros((0, len(table)), dtype=np.int32),
        np.concatenate(kinds) if kinds else np.zeros(0, dtype=np.int8),
        table.rows,
        table.bad_shape,
        table.hidden,
    )
    return Message("table", body, arrays)


def rejection_message(rejection: Rejection) -> Message:
    """Write a rejection as a message."""
    return Message("rejected", {"reason": rejection.reason.value, "detail": rejection.detail})


def read_answer(message: Message) -> Table | Rejection:
    """Read what the reading worker answered; nothing in it is taken on trust.

    Raises:
        BrokenMessage: when the parts do not fit together.
    """
    try:
        return read_rejection(message) if message.type == "rejected" else _table(message)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenMessage("no table") from error


def read_rejection(message: Message) -> Rejection:
    """Read why a file is not read.

    Raises:
        BrokenMessage: when it does not say so.
    """
    try:
        return Rejection(RejectReason(message.body["reason"]), str(message.body["detail"]))
    except (KeyError, ValueError) as error:
        raise BrokenMessage("no rejection") from error


def _table(message: Message) -> Table:
    body = message.body
    codes, kinds, rows, bad_shape, hidden = message.arrays
    cells: Sequence[Sequence[str]] = body["cells"]
    height = len(rows)
    _require(codes.shape == (len(cells), height) and bad_shape.shape == hidden.shape == (height,))
    _require(len(kinds) == sum(len(part) for part in cells))
    _require(len(body["headers"]) == len(body["unit_hints"]) == len(cells))
    columns, start = [], 0
    for header, hint, part, column_codes in zip(body["headers"], body["unit_hints"], cells, codes, strict=True):
        _require(height == 0 or (column_codes.min() >= 0 and column_codes.max() < len(part)))
        part_kinds = kinds[start : start + len(part)].astype(np.int8)
        columns.append(Column(str(header), hint, tuple(part), part_kinds, column_codes.astype(np.int32)))
        start += len(part)
    facts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in body["facts"].items()
    }
    surplus = {int(row): tuple(extra) for row, extra in body["surplus"].items()}
    return Table(
        FileFacts(**facts),
        tuple(columns),
        rows.astype(np.int32),
        bad_shape.astype(np.bool_),
        hidden.astype(np.bool_),
        surplus,
    )


def _require(holds: object) -> None:
    if not holds:
        raise ValueError("the parts of a table do not fit together")
