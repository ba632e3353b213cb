"""One visit typed by a person: the same reading, limits and pair rules as for a file of one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from engine.domain.entries import Entries, Source
from engine.domain.ports import Clock
from engine.domain.problems import Problem, Reason
from engine.domain.record import Conversion, SourceKind, Value
from engine.errors import BugError
from engine.fields import Field, Kind
from engine.intake.assemble import build_entries, canonical_text
from engine.intake.codes import read_codes
from engine.intake.date_columns import date_fault
from engine.intake.dates import DateKind, possible_orders, read_date, settle
from engine.intake.field_columns import FieldColumn
from engine.intake.lexicon import Lexicon, load_lexicon
from engine.intake.numbers import read_number
from engine.intake.tables import CellKind
from engine.intake.text import clean_line, clean_lines, unprotect
from engine.intake.units import unit_for
from engine.intake.validate import RowChecks, check_rows

_NUMBERS_AS_TEXT = frozenset({"patient_id", "phone"})


@dataclass(frozen=True, slots=True)
class TypedValue:
    """What stands in one box. ``unit`` is the UCUM code chosen beside it; None is the canonical one."""

    field: str
    text: str
    unit: str | None = None
    reading: int = 1


@dataclass(frozen=True, slots=True)
class TypedSoFar:
    """A form in the middle of being typed: the entries of every field that is right, and all that is wrong."""

    entries: Entries
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class TypedVisit:
    """A typed visit: entries that may be stored, or everything that is wrong with it."""

    entries: Entries | None
    problems: tuple[Problem, ...]


def validate_typed(
    values: Sequence[TypedValue],
    clock: Clock,
    actor: str | None = None,
    *,
    needs_identity: bool = False,
    confirmed: frozenset[str] = frozenset(),
) -> TypedVisit:
    """Turn what was typed for one visit into entries, or into all problems at once.

    Args:
        values: the filled boxes; several readings of a field have their numbers.
        clock: tells today and now.
        actor: who typed.
        needs_identity: whether number or name must be among the values (a new person).
        confirmed: fields of which the person keeps an implausible value.

    Raises:
        BugError: ``typed_field_unknown`` or ``typed_unit_unknown``: no box of ours has such a field or unit.
    """
    lexicon = load_lexicon()
    columns = [_column(value, lexicon, clock.today()) for value in values]
    checks = RowChecks(1, np.zeros(1, dtype=np.bool_), needs_identity=needs_identity, confirmed=confirmed)
    problems = check_rows(columns, checks, lexicon.dictionary).get(0, ())
    if problems:
        return TypedVisit(None, problems)
    source = Source(SourceKind.TYPED, clock.now(), actor)
    return TypedVisit(build_entries(columns, np.ones(1, dtype=np.int32), np.zeros(1, dtype=np.intp), source), ())


def read_typed(
    values: Sequence[TypedValue],
    clock: Clock,
    actor: str | None = None,
    *,
    needs_identity: bool = False,
    needs_visit_date: bool = True,
    confirmed: frozenset[str] = frozenset(),
    born: str | None = None,
) -> TypedSoFar:
    """Turn what was typed so far into entries, leaving out the fields that have problems, and name all of these.

    Beside what :func:`validate_typed` tells, a value that is merely implausible is named here also while another one
    is impossible: each problem stands beside its field on the screen.

    Args:
        values: the filled boxes; several readings of a field have their numbers.
        clock: tells today and now.
        actor: who typed.
        needs_identity: whether number or name must be among the values (a new person).
        needs_visit_date: whether a visit is typed, not only who a person is.
        confirmed: fields of which the person keeps an implausible value.
        born: the birth date of a known person as text, held against the visit date.

    Raises:
        BugError: ``typed_field_unknown`` or ``typed_unit_unknown``: no box of ours has such a field or unit.
    """
    lexicon = load_lexicon()
    typed = [_column(value, lexicon, clock.today()) for value in values]
    known = [_one(TypedValue("birth_date", born), born, None)] if born and not _has(typed, "birth_date") else []
    nothing = np.zeros(1, dtype=np.bool_)
    checks = RowChecks(1, nothing, needs_identity, needs_visit_date, confirmed)
    problems: dict[Problem, None] = {}
    while found := check_rows([*typed, *known], checks, lexicon.dictionary).get(0, ()):
        problems.update(dict.fromkeys(found))
        wrong = {
            field for problem in found if problem.reason is not Reason.MISSING_IDENTITY for field in problem.fields
        }
        typed, known = ([one for one in columns if one.field not in wrong] for columns in (typed, known))
        checks = RowChecks(1, nothing, needs_identity=False, needs_visit_date=False, confirmed=confirmed)
    source = Source(SourceKind.TYPED, clock.now(), actor)
    entries = build_entries(typed, np.ones(1, dtype=np.int32), np.zeros(1, dtype=np.intp), source)
    return TypedSoFar(entries, tuple(problems))


def _has(columns: Sequence[FieldColumn], field: str) -> bool:
    return any(column.field == field and column.values[0] is not None for column in columns)


def _column(typed: TypedValue, lexicon: Lexicon, today: date) -> FieldColumn:
    if typed.field not in lexicon.dictionary:
        raise BugError("typed_field_unknown", field=typed.field)
    known = lexicon.dictionary[typed.field]
    if known.kind is Kind.NUMBER:
        return _number(typed, known, lexicon)
    value, fault = _other(typed.text, known, lexicon, today)
    return _one(typed, value, fault)


def _one(
    typed: TypedValue,
    value: Value | None,
    fault: Reason | None,
    qualifier: str | None = None,
    conversion: Conversion | None = None,
) -> FieldColumn:
    return FieldColumn(
        field=typed.field,
        codes=np.zeros(1, dtype=np.int32),
        values=(value,),
        texts=(typed.text,),
        faults={0: fault} if fault is not None else {},
        qualifiers={0: qualifier} if qualifier else {},
        conversion=conversion,
        reading=typed.reading,
    )


def _number(typed: TypedValue, known: Field, lexicon: Lexicon) -> FieldColumn:
    """Read a number in the unit chosen beside the box; a unit typed behind the number wins."""
    if typed.unit is not None and unit_for(known, typed.unit) is None:
        raise BugError("typed_unit_unknown", field=typed.field)
    cell = read_number(typed.text, CellKind.TEXT, lexicon)
    if cell.fault:
        return _one(typed, None, Reason.UNREADABLE_VALUE)
    if cell.value is None:
        return _one(typed, None, None, cell.qualifier)
    code = cell.unit or typed.unit or known.unit
    unit = unit_for(known, code)
    if unit is None:
        fault = Reason.UNREADABLE_VALUE if known.unit is not None else None
        return _one(typed, None if fault else cell.value, fault)
    converted = None
    if known.unit is not None and unit.code != known.unit:
        converted = Conversion(unit.code, known.unit, unit.factor, unit.offset)
    return _one(typed, cell.value * unit.factor + unit.offset, None, cell.qualifier, converted)


def _other(text: str, known: Field, lexicon: Lexicon, today: date) -> tuple[Value | None, Reason | None]:
    if known.kind is Kind.TEXT:
        clean = clean_lines if known.name == "notes" else clean_line
        return clean(unprotect(text) if known.name in _NUMBERS_AS_TEXT else text) or None, None
    if known.kind is Kind.DATE:
        return _date(text, known, lexicon, today)
    cells = read_codes(known, [text], [CellKind.TEXT], [1], lexicon, {}, known.name)
    if 0 in cells.values:
        return cells.values[0], None
    return None, Reason.UNREADABLE_VALUE


def _date(text: str, known: Field, lexicon: Lexicon, today: date) -> tuple[Value | None, Reason | None]:
    """Read a date; a birth date may be known to the year or month only."""
    cell = read_date(text, CellKind.TEXT, lexicon)
    if cell.kind is DateKind.EMPTY:
        return None, None
    birth = known.name == "birth_date"
    if birth and cell.kind is DateKind.YEAR:
        written = f"{cell.year:04d}"
    elif birth and cell.kind is DateKind.MONTH:
        written = f"{cell.year:04d}-{cell.first:02d}"
    elif cell.kind in {DateKind.FIXED, DateKind.EITHER}:
        day = settle(cell, None, birth, today)
        if day is None:
            several = len(possible_orders(cell, birth, today)) > 1
            return None, Reason.AMBIGUOUS_DATE if several else Reason.UNREADABLE_VALUE
        written = day.isoformat()
    else:
        return None, Reason.UNREADABLE_VALUE
    fault = date_fault(known.name, written, today)
    return (None, fault) if fault else (written, None)


def written_in(field: str, value: float, unit: str) -> str:
    """Return a canonical number as it is written in another unit of its field, for a box whose unit is switched.

    Raises:
        BugError: ``typed_unit_unknown``.
    """
    known = load_lexicon().dictionary[field]
    wanted = unit_for(known, unit)
    if wanted is None:
        raise BugError("typed_unit_unknown", field=field)
    return canonical_text(float(f"{(value - wanted.offset) / wanted.factor:.12g}"))
