"""From a table and its map to columns of fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.domain.problems import Reason
from engine.domain.record import Value
from engine.fields import Dictionary, Kind
from engine.intake.combine import age_from_birth_year, any_true, fill_gaps, join_names
from engine.intake.date_columns import are_resident_ids, read_birth_years, read_dates, read_resident_ids
from engine.intake.field_columns import ColumnMap, FieldColumn, Reading
from engine.intake.lexicon import EVIDENCE, PAIR
from engine.intake.number_columns import LEAST_CELLS, MOST, Context, read_numbers, read_pressures
from engine.intake.numbers import proven_decimal
from engine.intake.questions import LEAVE_OUT, Question, QuestionKind
from engine.intake.roles import Role
from engine.intake.tables import CellKind, Column, Table
from engine.intake.text_columns import read_coded, read_texts
from engine.intake.validate import outside

# What only steers the reading and is no field to be stored.
FEW_CODES = 8
STEERING = frozenset({"birth_year", "given_name", "family_name"})
UNREAD = frozenset({"visit_time", "lab_test", "lab_result", "lab_unit"})
_Reader = Callable[[Role, Column, Context], Reading | None]
_OWN_READERS: Mapping[str, _Reader] = {
    PAIR: read_pressures,
    "birth_year": read_birth_years,
    "given_name": read_texts,
    "family_name": read_texts,
}
_READERS: Mapping[Kind, _Reader] = {
    Kind.NUMBER: read_numbers,
    Kind.DATE: read_dates,
    Kind.TEXT: read_texts,
    Kind.CATEGORY: read_coded,
    Kind.BOOLEAN: read_coded,
}
_GUARDED = frozenset({Kind.NUMBER, Kind.DATE, Kind.CATEGORY, Kind.BOOLEAN})


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a table, and the map of its columns in file order."""

    columns: tuple[FieldColumn, ...]
    maps: tuple[ColumnMap, ...]


def file_decimal(table: Table, roles: Sequence[Role], dictionary: Dictionary) -> str | None:
    """Return the decimal sign that the number columns of a file prove."""
    texts = (
        text
        for role in roles
        if role.target == "lab_result" or _is_number(role, dictionary)
        for text, kind in zip(table.columns[role.index].cells, table.columns[role.index].kinds.tolist(), strict=True)
        if kind == CellKind.TEXT
    )
    return proven_decimal(texts)


def _is_number(role: Role, dictionary: Dictionary) -> bool:
    return role.target is not None and role.target in dictionary and dictionary[role.target].kind is Kind.NUMBER


def interpret(table: Table, roles: Sequence[Role], context: Context) -> Fields:
    """Read every column for what it was taken for.

    Raises:
        InputError: ``answer_invalid``.
    """
    given = {role.target for role in roles if role.target is not None}
    found: list[FieldColumn] = []
    maps: list[ColumnMap] = []
    for role in roles:
        before = context.interview.questions
        reading = _read(role, table.columns[role.index], frozenset(map(str, given)), context)
        if reading is not None and not _is_contradicted(role, reading, before, context):
            found.extend(reading.columns)
            maps.append(reading.map)
        else:
            maps.append(_listed(role))
    return Fields(tuple(_combined(found, roles, context)), tuple(maps))


def _listed(role: Role) -> ColumnMap:
    """Return the line of a column that is left out."""
    return ColumnMap(index=role.index, header=role.header, suggested=role.suggested or role.target)


def _read(role: Role, column: Column, given: frozenset[str], context: Context) -> Reading | None:
    """Read one column; None when it is left out."""
    target = role.target
    if target is None:
        return None
    if target == "resident_id":
        return _read_identities(role, column, given, context)
    if target in UNREAD:
        return Reading((), ColumnMap(index=role.index, header=role.header, field=target))
    if target.startswith(EVIDENCE):
        return read_coded(role, column, context)
    if target in _OWN_READERS:
        return _OWN_READERS[target](role, column, context)
    return _READERS[context.lexicon.dictionary[target].kind](role, column, context)


def _read_identities(role: Role, column: Column, given: frozenset[str], context: Context) -> Reading | None:
    """Read resident numbers; the identity numbers of other countries only tell people apart."""
    if are_resident_ids(column, context):
        return read_resident_ids(role, column, given, context)
    return None if "patient_id" in given else read_texts(replace(role, target="patient_id"), column, context)


def _is_contradicted(role: Role, reading: Reading, before: tuple[Question, ...], context: Context) -> bool:
    """Ask about a column in which nearly every cell is no value of its field; return whether to leave it out."""
    dictionary = context.lexicon.dictionary
    guarded = role.target == PAIR or (role.target in dictionary and dictionary[str(role.target)].kind in _GUARDED)
    if not guarded or not reading.columns:
        return False
    if any(len(question.codes) <= FEW_CODES for question in _code_questions(context, before)):
        return False  # a few codes are better explained than left out
    column = reading.columns[0]
    filled, wrong = _count_wrong(column, dictionary)
    if filled < LEAST_CELLS or wrong < MOST * filled:
        return False
    if context.interview.volunteered(f"{QuestionKind.MAP}:{role.name}") is not None:
        return False  # a person has looked at this column already
    question = Question(
        f"holds:{role.name}",
        QuestionKind.MAP,
        (role.header,),
        (str(role.target), LEAVE_OUT),
        LEAVE_OUT,
        {"field": str(role.target), "count": filled, "wrong": wrong},
    )
    if context.interview.choose(question) != LEAVE_OUT:
        return False
    context.interview.withdraw((*before, question))  # how to read the column no longer matters
    return True


def _code_questions(context: Context, before: tuple[Question, ...]) -> list[Question]:
    """Return the questions about codes since some others were asked."""
    known = {question.id for question in before}
    return [
        question
        for question in context.interview.questions
        if question.kind is QuestionKind.CODE_MEANING and question.id not in known
    ]


def _count_wrong(column: FieldColumn, dictionary: Dictionary) -> tuple[int, int]:
    """Return how many rows hold something, and in how many of them it is unreadable or impossible."""
    counts = np.bincount(column.codes, minlength=len(column.values))
    wrong = np.zeros(len(column.values), dtype=np.bool_)
    wrong[
        [at for at, fault in column.faults.items() if fault in {Reason.UNREADABLE_VALUE, Reason.IMPOSSIBLE_VALUE}]
    ] = True
    if column.field in dictionary and dictionary[column.field].kind is Kind.NUMBER:
        wrong |= outside(dictionary[column.field], column.numbers())[0]
    return int(column.filled().sum()), int(counts[wrong].sum())


def _combined(found: list[FieldColumn], roles: Sequence[Role], context: Context) -> list[FieldColumn]:
    """Make the fields that need several columns."""
    return _with_facts(_with_names(found), roles, context)


def _with_names(found: list[FieldColumn]) -> list[FieldColumn]:
    family = next((column for column in found if column.field == "family_name"), None)
    given = next((column for column in found if column.field in {"given_name", "name"}), None)
    if family is None or given is None:
        return found
    rest = [column for column in found if column not in (family, given)]
    return [join_names(given, family), *rest]


def _with_facts(found: list[FieldColumn], roles: Sequence[Role], context: Context) -> list[FieldColumn]:
    """Join the columns that can each make the same fact true."""
    by_index = {role.index: role for role in roles}
    also = context.lexicon.headers.evidence_too
    direct: dict[str, list[FieldColumn]] = defaultdict(list)
    hints: dict[str, list[FieldColumn]] = defaultdict(list)
    rest: list[FieldColumn] = []
    for column in found:
        role = by_index.get(column.index if column.index is not None else -1)
        if role is not None and str(role.target).startswith(EVIDENCE):
            hints[column.field].append(column)
            continue
        if column.field in also:
            hints[also[column.field]].append(replace(column, field=also[column.field]))
        direct[column.field].append(column)
        rest.append(column)
    for name, columns in hints.items():
        rest = [column for column in rest if column.field != name]
        rest.append(any_true([*direct[name], *columns], len(direct[name])))
    return rest


def with_settings(columns: Sequence[FieldColumn], settings: Mapping[str, Value], count: int) -> list[FieldColumn]:
    """Add the values set for the whole file; where a cell has a value of its own, the cell wins."""
    result = list(columns)
    for name, value in settings.items():
        own = [column for column in result if column.field == name]
        if own:
            result[result.index(own[0])] = fill_gaps(own, value)
        else:
            codes = np.zeros(count, dtype=np.int32)
            result.append(FieldColumn(name, codes, (value,), ("",), set_for_file=True))
    return result


def with_ages(columns: list[FieldColumn]) -> list[FieldColumn]:
    """Add the age at the visit where the file has birth years and no ages."""
    by_field = {column.field: column for column in reversed(columns)}
    if "age" in by_field or not {"birth_year", "visit_date"} <= by_field.keys():
        return columns
    return [*columns, age_from_birth_year(by_field["birth_year"], by_field["visit_date"])]
