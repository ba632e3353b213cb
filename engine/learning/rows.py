"""From a plain table and an outcome column to rows for training, with everything found on the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.errors import InputError
from engine.fields.plain_cells import number, plain
from engine.learning.columns import USABLE, Column, Kind, check_cells, read_columns
from engine.learning.leaks import Code, Finding, Weight, leaks

FEWEST_ROWS = 20
_MOSTLY = 0.8
_TRUE = frozenset(
    {"1", "1.0", "yes", "y", "true", "t", "positive", "pos", "dead", "died", "case", "是", "有", "阳性", "死亡"}
)
_FALSE = frozenset(
    {"0", "0.0", "no", "n", "false", "f", "negative", "neg", "alive", "control", "否", "无", "阴性", "存活"}
)
_CODES = frozenset({-999.0, -99.0, -9.0, -8.0, -7.0, -1.0, 9.0, 99.0, 777.0, 888.0, 999.0, 7777.0, 8888.0, 9999.0})
_KINDS = {
    Kind.CONSTANT: Code.CONSTANT,
    Kind.IDENTIFIER: Code.IDENTIFIER,
    Kind.DATE: Code.DATE,
    Kind.LONG_TEXT: Code.LONG_TEXT,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What to learn: the outcome column, the cell that means yes where that is not plain, and columns to leave out.

    ``time``: the column with the years (or days, or months) followed; it is no predictor. ``outcome_day``: the column
    with the day of the outcome. ``keep``: columns that a person has looked at and wants in spite of what was found.
    ``of_record``: the rows were drawn from a clinic's record, where it is known that each is another person and that
    each value was there when the risk is asked for, so that neither is asked about.
    """

    outcome: str
    positive: str | None = None
    time: str | None = None
    outcome_day: str | None = None
    exclude: Collection[str] = ()
    keep: Collection[str] = ()
    of_record: bool = False


@dataclass(frozen=True, slots=True)
class Missingness:
    """Where values are missing. ``share``: of each usable column; ``complete``: rows without any gap.

    ``patterns``: the commonest sets of missing columns with their numbers of rows, the commonest first.
    """

    share: Mapping[str, float]
    complete: int
    patterns: tuple[tuple[tuple[str, ...], int], ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows ready for training. All columns, ``event`` and ``time`` have the length of ``row``.

    ``row``: the place of each in the table, from 0. ``columns``: the predictors. ``time``: as in the table, NaN where
    absent; None without such a column. ``duplicate``: rows that repeat an earlier one in everything but identifiers.
    """

    row: IntArray
    columns: tuple[Column, ...]
    event: BoolArray
    time: FloatArray | None
    duplicate: BoolArray
    missingness: Missingness
    findings: tuple[Finding, ...]


def prepare(cells: Mapping[str, Sequence[str]], asked: Asked) -> Rows:
    """Return the rows of a table of text cells.

    Raises:
        InputError: no such column; a column that is left out and used; cells that no column can hold; a follow-up of
            dates or words; fewer than 20 rows with an outcome; an outcome of one value, of more than two, or of two of
            which none plainly means yes; no column left to learn from.
    """
    row, event = outcome_of(cells, asked)
    named = _named(asked)
    side = {column.name: _take(column, row) for column in read_columns({name: cells[name] for name in named})}
    if asked.time is not None and (side[asked.time].kind is Kind.DATE or side[asked.time].levels):
        raise InputError("learning_time_no_numbers", column=asked.time)
    free = {name: column for name, column in cells.items() if name not in named and name not in set(asked.exclude)}
    for name, column in free.items():
        check_cells(name, column)
    columns = tuple(_take(column, row) for column in read_columns(free))
    day = None if asked.outcome_day is None else side[asked.outcome_day].values
    findings = [*_kinds(columns), *leaks(columns, asked.outcome, event, day, names=not asked.of_record)]
    lost = len(cells[asked.outcome]) - len(row)
    if lost:
        findings.append(Finding(Code.NO_OUTCOME, "", Weight.KNOW, {"rows": lost}))
    duplicate, contradictions = _repeated(columns, event)
    if asked.of_record:
        duplicate = np.zeros(len(event), dtype=np.bool_)
    findings += _of_rows(duplicate, contradictions)
    out = {each.column for each in findings if each.weight is Weight.LEAVE_OUT} - set(asked.keep)
    kept = tuple(column for column in columns if column.kind in USABLE and column.name not in out)
    if not kept:
        raise InputError("learning_no_columns")
    time = None if asked.time is None else side[asked.time].values
    return Rows(row, kept, event, time, duplicate, _missingness(kept), tuple(findings))


def outcome_of(cells: Mapping[str, Sequence[str]], asked: Asked) -> tuple[IntArray, BoolArray]:
    """Return the rows that have an outcome, and who had it; raises InputError as ``prepare``."""
    for name in (*_named(asked), *asked.exclude, *asked.keep):
        if name not in cells:
            raise InputError("learning_no_column", column=name)
    if asked.outcome in {*asked.exclude, asked.time, asked.outcome_day}:
        raise InputError("learning_outcome_left_out", column=asked.outcome)
    outcome = [plain(cell) for cell in cells[asked.outcome]]
    row = np.flatnonzero(np.array([bool(cell) for cell in outcome], dtype=np.bool_))
    if len(row) < FEWEST_ROWS:
        raise InputError("learning_few_rows", rows=len(row), fewest=FEWEST_ROWS)
    return row, _event([outcome[place] for place in row], asked)


def _named(asked: Asked) -> set[str]:
    return {asked.outcome, *(name for name in (asked.time, asked.outcome_day) if name)}


def _event(outcome: Sequence[str], asked: Asked) -> BoolArray:
    folded = [cell.casefold() for cell in outcome]
    values = sorted(set(folded))
    if len(values) == 1:
        raise InputError("learning_one_class", column=asked.outcome)
    if len(values) > 2 and not (len({number(value) for value in values}) == 2):
        raise InputError("learning_many_classes", column=asked.outcome, values=len(values))
    if asked.positive is not None:
        wanted = plain(asked.positive).casefold()
        if wanted not in values:
            raise InputError("learning_no_positive", column=asked.outcome)
        return np.array([cell == wanted for cell in folded], dtype=np.bool_)
    if set(values) <= _TRUE | _FALSE and set(values) & _TRUE and set(values) & _FALSE:
        return np.array([cell in _TRUE for cell in folded], dtype=np.bool_)
    raise InputError("learning_unclear_outcome", column=asked.outcome)


def _take(column: Column, rows: IntArray) -> Column:
    return Column(column.name, column.kind, column.values[rows], column.levels, column.unreadable)


def _kinds(columns: Sequence[Column]) -> list[Finding]:
    found = []
    for column in columns:
        if column.kind in _KINDS:
            found.append(Finding(_KINDS[column.kind], column.name, Weight.LEAVE_OUT))
        if column.unreadable:
            found.append(Finding(Code.UNREADABLE, column.name, Weight.ASK, {"cells": column.unreadable}))
        if column.kind is Kind.NUMBER and (stray := _stray(column)) is not None:
            found.append(Finding(Code.STRAY, column.name, Weight.ASK, stray))
        share = float(column.missing.mean())
        if column.kind in USABLE and share >= _MOSTLY:
            found.append(Finding(Code.MOSTLY_MISSING, column.name, Weight.ASK, {"percent": round(100 * share)}))
    return found


def _stray(column: Column) -> dict[str, str | int | float] | None:
    """Return a code that stands where others have a measurement, such as -9 or 999, with how often it does.

    It lies at an end, and further from the next value than all others lie apart, or below 0 where nothing else does.
    """
    values, counts = np.unique(column.values[~column.missing], return_counts=True)
    if len(values) < 3:
        return None
    for code, count, others in ((values[0], counts[0], values[1:]), (values[-1], counts[-1], values[:-1])):
        if code not in _CODES:
            continue
        gap = float(np.abs(others - code).min())
        if gap > np.ptp(others) or (code < 0 <= others.min()):
            return {"value": f"{code:g}", "rows": int(count)}
    return None


def _repeated(columns: Sequence[Column], event: BoolArray) -> tuple[BoolArray, int]:
    """Return which rows repeat an earlier one, and how many rows share all predictors but not the outcome."""
    kept = [np.nan_to_num(column.values, nan=np.inf) for column in columns if column.kind is not Kind.IDENTIFIER]
    if not kept:
        return np.zeros(len(event), dtype=np.bool_), 0
    alike = np.zeros(len(event), dtype=np.int64)
    for values in kept:  # one column at a time, so that a wide table needs no more room than a narrow one
        _, place = np.unique(values, return_inverse=True)
        _, alike = np.unique(alike * (int(place.max()) + 1) + place, return_inverse=True)
    duplicate = np.ones(len(event), dtype=np.bool_)
    duplicate[np.unique(alike * 2 + event, return_index=True)[1]] = False
    events, people = np.bincount(alike, weights=event), np.bincount(alike)
    mixed = (events > 0) & (events < people)
    return duplicate, int(people[mixed].sum())


def _of_rows(duplicate: BoolArray, contradictions: int) -> list[Finding]:
    found = []
    if duplicate.any():
        details = {"rows": int(duplicate.sum()), "of": len(duplicate)}
        found.append(Finding(Code.DUPLICATES, "", Weight.ASK, details))
    if contradictions:
        found.append(Finding(Code.CONTRADICTIONS, "", Weight.KNOW, {"rows": contradictions}))
    return found


def _missingness(columns: Sequence[Column]) -> Missingness:
    gaps = np.stack([column.missing for column in columns], axis=1)
    shapes, rows = np.unique(gaps, axis=0, return_counts=True)
    order = np.argsort(-rows, kind="stable")[:10]
    names = [column.name for column in columns]
    patterns = tuple(
        (tuple(name for name, gap in zip(names, shapes[each], strict=True) if gap), int(rows[each])) for each in order
    )
    share = {column.name: float(column.missing.mean()) for column in columns}
    return Missingness(share, int((~gaps.any(axis=1)).sum()), patterns)
