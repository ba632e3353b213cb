"""Columns of dates, birth years and resident numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import numpy as np

from engine.domain.dates import PartialDate
from engine.domain.problems import Reason
from engine.domain.record import Value
from engine.intake.dates import (
    DAY_FIRST,
    EMPTY,
    MIXED,
    MONTH_FIRST,
    SETTLED_MARKS,
    YEAR_FIRST,
    DateCell,
    DateKind,
    DateOrder,
    prove_order,
    read_date,
    settle,
    year_first,
)
from engine.intake.field_columns import BY_RESIDENT_ID, ColumnMap, FieldColumn, Reading
from engine.intake.mapping import Role
from engine.intake.number_columns import Context
from engine.intake.questions import LEAVE_OUT, Question, QuestionKind
from engine.intake.tables import CellKind, Column
from engine.intake.text import unprotect

FIRST_BIRTH = date(1900, 1, 1)
PAST_ONLY = frozenset({"birth_date", "visit_date", "consent_date"})
SERIAL_NAME = "excel_serial_{}"
RESIDENT_LENGTH = 18
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_SIGNS = "10X98765432"  # by remainder of the weighted sum modulo 11 (GB 11643-1999)
_LOST_DIGITS = "000"
_DATED = frozenset({DateKind.FIXED, DateKind.EITHER, DateKind.MONTH, DateKind.SERIAL})
_EXPONENT = re.compile(r"\d(?:\.\d+)?E\+\d{2}", re.ASCII)


def read_dates(role: Role, column: Column, context: Context) -> Reading | None:
    """Read a column of one date field; None when a person wants it left out."""
    cells = _cells(column, context)
    birth = role.target == "birth_date"
    years = [cell if cell.kind is DateKind.YEAR else EMPTY for cell in cells] if birth else []
    beside: Reading | None = None
    if any(cell is not EMPTY for cell in years):
        if not any(cell.kind in _DATED for cell in cells):
            return _read_years(role, column, cells, context)
        beside = _read_years(role, column, years, context)
        cells = [EMPTY if cell.kind is DateKind.YEAR else cell for cell in cells]
    order = prove_order(cells, birth, context.today)
    by_mark, settled = _orders(role, order, cells, context)
    system = _serial_system(role, cells, context)
    values: list[Value | None] = []
    faults: dict[int, Reason] = {}
    for position, cell in enumerate(cells):
        value, fault = _value(cell, by_mark.get(cell.mark, settled), birth, context, system)
        if fault is None and value is not None:
            fault = date_fault(str(role.target), value, context.today)
        values.append(None if fault else value)
        if fault:
            faults[position] = fault
    serial = any(cell.kind is DateKind.SERIAL for cell in cells)
    roc = any(cell.roc for cell in cells)
    line = ColumnMap(
        index=role.index,
        header=role.header,
        field=role.target,
        date_order=settled or (order.shown if not serial else YEAR_FIRST),
        date_kind=SERIAL_NAME.format(system) if serial else "roc_year" if roc else None,
        visit=role.visit,
    )
    own = _field_column(role, str(role.target), column, values, faults)
    return Reading((own, *(beside.columns if beside is not None else ())), line)


def _cells(column: Column, context: Context) -> list[DateCell]:
    cells = []
    for text, kind in zip(column.cells, column.kinds.tolist(), strict=True):
        cell = read_date(text, kind, context.lexicon)
        cells.append(year_first(cell) if cell.short and cell.mark in context.short_years_first else cell)
    return cells


def _field_column(
    role: Role, name: str, column: Column, values: Sequence[Value | None], faults: dict[int, Reason]
) -> FieldColumn:
    return FieldColumn(
        field=name,
        codes=column.codes,
        values=tuple(values),
        texts=column.cells,
        faults=faults,
        header=role.header,
        index=role.index,
    )


def date_fault(field: str, value: str, today: date) -> Reason | None:
    """Return what forbids a readable date for a field: the future, or a birth before 1900."""
    if field not in PAST_ONLY:
        return None
    first = PartialDate.parse(value).earliest
    if first > today:
        return Reason.FUTURE_DATE
    return Reason.IMPOSSIBLE_VALUE if first < FIRST_BIRTH else None


def _value(
    cell: DateCell, order: str | None, birth: bool, context: Context, system: int
) -> tuple[str | None, Reason | None]:
    if cell.kind is DateKind.EMPTY:
        return None, None
    if cell.kind is DateKind.MONTH and birth:
        return f"{cell.year:04d}-{cell.first:02d}", None
    if cell.kind in {DateKind.FAULT, DateKind.YEAR, DateKind.MONTH}:
        return None, Reason.UNREADABLE_VALUE
    day = settle(cell, order, birth, context.today, system)
    if day is not None:
        return day.isoformat(), None
    if order in {None, MIXED} and _fits_both(cell, birth, context.today):
        return None, Reason.AMBIGUOUS_DATE
    return None, Reason.UNREADABLE_VALUE


def _fits_both(cell: DateCell, birth: bool, today: date) -> bool:
    return all(settle(cell, order, birth, today) is not None for order in (DAY_FIRST, MONTH_FIRST))


def _orders(
    role: Role, order: DateOrder, cells: Sequence[DateCell], context: Context
) -> tuple[dict[str, str], str | None]:
    """Return the order for each separator, and the one for the rest; asks where the column proves none."""
    said = role.said.date_order
    if said in {DAY_FIRST, MONTH_FIRST} and not order.mixed and set(order.by_mark.values()) <= {said}:
        return {}, said
    if order.settled:
        return dict(order.by_mark), None
    either = [cell for cell in cells if cell.kind is DateKind.EITHER and cell.mark not in SETTLED_MARKS]
    guess = MIXED if order.mixed else said or DAY_FIRST
    question = Question(
        f"{QuestionKind.DATE_ORDER}:{role.name}",
        QuestionKind.DATE_ORDER,
        (role.header,),
        (DAY_FIRST, MONTH_FIRST, MIXED),
        guess,
        {"count": len(either)},
    )
    return {}, context.interview.choose(question) or guess


def _serial_system(role: Role, cells: Sequence[DateCell], context: Context) -> int:
    """Ask what plain numbers under a date header are; return the year from which they count."""
    if not any(cell.kind is DateKind.SERIAL for cell in cells):
        return context.date_system
    asked = [question for question in context.interview.questions if question.kind is QuestionKind.DATE_SERIAL]
    question = asked[0] if asked else _serial_question(role, cells, context)  # a workbook counts in one way
    return 1904 if context.interview.choose(question) == question.options[1] else 1900


def _serial_question(role: Role, cells: Sequence[DateCell], context: Context) -> Question:
    serials = (cell for cell in cells if cell.kind is DateKind.SERIAL)
    days = [settle(cell, None, False, context.today, context.date_system) for cell in serials]
    shown = [day.isoformat() for day in days if day is not None]
    return Question(
        f"{QuestionKind.DATE_SERIAL}:{role.name}",
        QuestionKind.DATE_SERIAL,
        (role.header,),
        (SERIAL_NAME.format(1900), SERIAL_NAME.format(1904)),
        SERIAL_NAME.format(context.date_system),
        {"first": min(shown), "last": max(shown)},
    )


def read_birth_years(role: Role, column: Column, context: Context) -> Reading | None:
    """Read a column of birth years; None when a person wants it left out."""
    cells = _cells(column, context)
    return _read_years(role, column, cells, context)


def _read_years(role: Role, column: Column, cells: Sequence[DateCell], context: Context) -> Reading | None:
    """Take only the year of every cell: it gives an age at the visit and never a birth date."""
    question = Question(
        f"{QuestionKind.BIRTH_YEAR_ONLY}:{role.name}",
        QuestionKind.BIRTH_YEAR_ONLY,
        (role.header,),
        ("age", LEAVE_OUT),
        "age",
        {"count": sum(1 for cell in cells if cell.kind is DateKind.YEAR)},
    )
    if context.interview.choose(question) == LEAVE_OUT:
        return None
    values: list[Value | None] = []
    faults: dict[int, Reason] = {}
    for position, cell in enumerate(cells):
        year = cell.year if cell.kind in {DateKind.YEAR, DateKind.FIXED, DateKind.MONTH} else None
        if cell.kind is DateKind.EMPTY:
            fault = None
        elif year is None:
            fault = Reason.UNREADABLE_VALUE
        else:
            fault = date_fault("birth_date", f"{year:04d}", context.today)
        values.append(float(year) if year is not None and fault is None else None)
        if fault is not None:
            faults[position] = fault
    line = ColumnMap(index=role.index, header=role.header, field="birth_year")
    return Reading((_field_column(role, "birth_year", column, values, faults),), line)


def read_resident_ids(role: Role, column: Column, taken: frozenset[str], context: Context) -> Reading:
    """Read resident numbers: they give birth date and sex, and the patient number where the file has no other.

    What other columns give too is kept beside it, so that a contradiction can be told.

    Args:
        role: the column's role.
        column: its cells.
        taken: fields that other columns of the file give.
        context: what the file is read with.
    """
    numbers = [unprotect(text).replace(" ", "").upper() for text in column.cells]
    damaged = _is_damaged(numbers, column)
    if damaged:
        question = Question(
            f"{QuestionKind.DAMAGED_ID_COLUMN}:{role.name}",
            QuestionKind.DAMAGED_ID_COLUMN,
            (role.header,),
            ("birth_date_only", LEAVE_OUT),
            "birth_date_only",
            {"count": len(numbers)},
        )
        if context.interview.choose(question) == LEAVE_OUT:
            return Reading((), ColumnMap(index=role.index, header=role.header, suggested="resident_id"))
    gives = {"birth_date"} if damaged else {"birth_date", "sex", "patient_id"}
    parts = [_resident(number, damaged, context) for number in numbers]
    faults = {position: fault for position, (_, fault) in enumerate(parts) if fault is not None}
    columns = []
    for name in sorted(gives - taken):
        columns.append(_field_column(role, name, column, [part.get(name) for part, _ in parts], faults))
    for name in sorted(gives & taken - {"patient_id"}):
        said = [part.get(name) for part, _ in parts]
        # Where no field is taken from the number, its faults are told of what it was held against.
        columns.append(_field_column(role, f"{BY_RESIDENT_ID}{name}", column, said, {} if columns else faults))
    return Reading(tuple(columns), ColumnMap(index=role.index, header=role.header, field="resident_id"))


def _is_damaged(numbers: Sequence[str], column: Column) -> bool:
    """Whether a spreadsheet kept only fifteen digits of the numbers."""
    as_numbers = np.isin(column.kinds, [CellKind.NUMBER])
    long = [number for number in numbers if len(number) == RESIDENT_LENGTH]
    lost = sum(1 for number in long if number.endswith(_LOST_DIGITS))
    exponents = sum(1 for number in numbers if "E+" in number)
    return exponents > 0 or bool(as_numbers.any() and long) or (len(long) > 1 and lost > len(long) / 2)


def _resident(number: str, damaged: bool, context: Context) -> tuple[dict[str, str], Reason | None]:
    """Read one resident number; return what it gives and what is wrong with it."""
    if not number or number.casefold() in context.lexicon.words.missing:
        return {}, None
    if damaged and _EXPONENT.fullmatch(number):
        number = f"{float(number):.0f}"
    digits = number[:-1]
    if not (len(number) == RESIDENT_LENGTH and number.isascii() and digits.isdigit() and number[-1] in _CHECK_SIGNS):
        return {}, Reason.UNREADABLE_VALUE
    if not damaged and check_sign(digits) != number[-1]:
        return {}, Reason.IMPOSSIBLE_VALUE
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14])).isoformat()
    except ValueError:
        return {}, Reason.UNREADABLE_VALUE
    sex = "M" if int(number[16]) % 2 else "F"
    return {"birth_date": birth, "sex": sex, "patient_id": number}, date_fault("birth_date", birth, context.today)


def check_sign(digits: str) -> str:
    """Return the last sign of a resident number from its first seventeen digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return _CHECK_SIGNS[sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11]
