"""Rows that are plainly no patients: a header repeated at a page break, totals, footers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from engine.domain.batch import BoolArray
from engine.intake.lexicon import Lexicon
from engine.intake.roles import Role
from engine.intake.tables import CellKind, Column, Table
from engine.intake.text import fold, has_cjk, word_key

REPEATED_SHARE = 0.6
NUMBERED_SHARE = 0.8
MOST_FOOTER_CELLS = 3
LONGEST_TOTAL = 40
_WHO = frozenset({"patient_id", "name", "resident_id", "given_name", "family_name"})
_DATES = frozenset({"birth_date", "birth_year", "visit_date"})
_LETTERS = re.compile(r"[^\W\d_]")


class RowKind(StrEnum):
    """Why a row is no patient."""

    REPEATED_HEADER = "repeated_header"
    TOTALS = "totals"
    FOOTER = "footer"
    OTHER_TEST = "other_test"


@dataclass(frozen=True, slots=True)
class NotPatient:
    """A row left out because it holds no patient."""

    row: int
    kind: RowKind


def take_rows(table: Table, keep: BoolArray) -> Table:
    """Return a table of some rows only, with only the cells that stand in them."""
    positions = np.flatnonzero(keep)
    moved = {old: new for new, old in enumerate(positions.tolist())}
    columns = tuple(compact(replace(column, codes=column.codes[positions])) for column in table.columns)
    surplus = {moved[row]: cells for row, cells in table.surplus.items() if row in moved}
    return Table(
        table.facts, columns, table.rows[positions], table.bad_shape[positions], table.hidden[positions], surplus
    )


def without_slipped_cells(table: Table) -> Table:
    """Return a table whose rows of a bad shape are empty: their cells may stand in the wrong columns."""
    if not table.bad_shape.any():
        return table
    return replace(table, columns=tuple(compact(_emptied(column, table.bad_shape)) for column in table.columns))


def _emptied(column: Column, rows: BoolArray) -> Column:
    cells = (*column.cells, "")
    kinds = np.append(column.kinds, np.int8(CellKind.TEXT))
    codes = np.where(rows, np.int32(len(column.cells)), column.codes).astype(np.int32)
    return replace(column, cells=cells, kinds=kinds, codes=codes)


def compact(column: Column) -> Column:
    """Drop cells that stand in no row, so that they prove nothing about the column."""
    counts = np.bincount(column.codes, minlength=len(column.cells))
    if counts.all():
        return column
    used = np.flatnonzero(counts)
    places = np.zeros(len(column.cells), dtype=np.int32)
    places[used] = np.arange(len(used), dtype=np.int32)
    cells = tuple(column.cells[position] for position in used.tolist())
    return replace(column, cells=cells, kinds=column.kinds[used], codes=places[column.codes])


def find_other_rows(table: Table, roles: Sequence[Role], lexicon: Lexicon) -> list[NotPatient]:
    """Return the rows of a table that are no patients, in file order."""
    if not len(table):
        return []
    filled = np.stack([_filled(column) for column in table.columns])
    kinds: dict[int, RowKind] = {}
    for kind, marks in (
        (RowKind.FOOTER, _footers(table, roles, filled)),
        (RowKind.TOTALS, _totals(table, roles, filled, lexicon)),
        (RowKind.REPEATED_HEADER, _repeated_headers(table, filled)),
    ):
        kinds.update(dict.fromkeys(np.flatnonzero(marks).tolist(), kind))
    return [NotPatient(int(table.rows[row]), kind) for row, kind in sorted(kinds.items())]


def _filled(column: Column) -> BoolArray:
    marks = np.array([bool(text.strip()) for text in column.cells], dtype=np.bool_)
    result: BoolArray = marks[column.codes]
    return result


def _cells_where(column: Column, matching: Sequence[bool]) -> BoolArray:
    result: BoolArray = np.array(matching, dtype=np.bool_)[column.codes]
    return result


def _repeated_headers(table: Table, filled: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> BoolArray:
    same = np.zeros(len(table), dtype=np.int64)
    for column in table.columns:
        header = fold(column.header).casefold()
        if header:
            same += _cells_where(column, [fold(text).casefold() == header for text in column.cells])
    result: BoolArray = (same >= 2) & (same >= REPEATED_SHARE * filled.sum(axis=0))
    return result


def _totals(
    table: Table, roles: Sequence[Role], filled: np.ndarray[tuple[int, int], np.dtype[np.bool_]], lexicon: Lexicon
) -> BoolArray:
    """Rows that name a total where others name a person, and have no date."""
    named = np.zeros(len(table), dtype=np.bool_)
    dated = np.zeros(len(table), dtype=np.bool_)
    for role in roles:
        column = table.columns[role.index]
        if role.target in _WHO or role.index == 0:
            named |= _cells_where(column, [_is_total(text, lexicon) for text in column.cells])
        if role.target in _DATES or role.target == "sex":
            dated |= filled[role.index]
    return named & ~dated


def _is_total(text: str, lexicon: Lexicon) -> bool:
    if text[:1].isdigit() or len(text) > LONGEST_TOTAL:
        return False
    key = word_key(text)
    if key in lexicon.words.totals:
        return True
    if has_cjk(key):
        return len(key) <= 12 and any(key.startswith(word) for word in lexicon.words.totals if has_cjk(word))
    first, _, rest = key.partition(" ")
    return first.strip(":") in lexicon.words.totals and not _LETTERS.search(rest.replace("patients", ""))


def _footers(table: Table, roles: Sequence[Role], filled: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> BoolArray:
    """Rows at the end with a few cells of free text: who printed the list, and when."""
    count = filled.sum(axis=0)
    full = np.flatnonzero(count > max(MOST_FOOTER_CELLS, int(np.median(count)) // 2))
    marks = np.zeros(len(table), dtype=np.bool_)
    if not len(full) or len(table.columns) <= MOST_FOOTER_CELLS + 1:
        return marks
    measured = [role.index for role in roles if role.target is not None and role.target not in _WHO]
    for row in range(int(full[-1]) + 1, len(table)):
        texts = [column.text(row) for column in table.columns if column.text(row).strip()]
        values = any(filled[index, row] and not _is_label(table.columns[index].text(row)) for index in measured)
        remark = any(_is_remark(text) for text in texts) or (len(texts) == 1 and _is_strange(table, filled, row))
        marks[row] = len(texts) <= MOST_FOOTER_CELLS and not values and remark
    return marks


def _is_strange(table: Table, filled: np.ndarray[tuple[int, int], np.dtype[np.bool_]], row: int) -> bool:
    """Whether the only cell of a row has no digit in a column of numbers: "End" under patient numbers."""
    column = table.columns[int(np.flatnonzero(filled[:, row])[0])]
    digits = _cells_where(column, [any(sign.isdigit() for sign in text) for text in column.cells])
    return not digits[row] and float(np.mean(digits)) >= NUMBERED_SHARE


def _is_label(text: str) -> bool:
    """Whether a cell begins with a label and no number: "checked by: Wang", a date of printing."""
    label, sign, _ = fold(text).partition(":")
    return bool(sign) and not any(letter.isdigit() for letter in label)


def _is_remark(text: str) -> bool:
    """Whether a cell is a remark rather than a number or name of a person."""
    folded = fold(text)
    return ":" in folded or len(folded.split()) > 2 or (has_cjk(folded) and len(folded) > 5)
