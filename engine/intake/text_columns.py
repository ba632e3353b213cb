"""Columns of text and of codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from engine.domain.problems import Reason
from engine.domain.record import Value
from engine.fields import Field, Kind
from engine.fields.canonical import unguarded
from engine.intake.codes import code_key, parse_answer, read_codes
from engine.intake.field_columns import ColumnMap, FieldColumn, Reading
from engine.intake.lexicon import EVIDENCE
from engine.intake.number_columns import Context
from engine.intake.numbers import is_missing
from engine.intake.questions import AnswerValue, Question, QuestionKind
from engine.intake.roles import Role
from engine.intake.tables import CellKind, Column
from engine.intake.text import clean_line, clean_lines, fold, unprotect

_NAMES = frozenset({"name", "given_name", "family_name"})
_NUMBERS_AS_TEXT = frozenset({"patient_id", "phone"})


def read_texts(role: Role, column: Column, context: Context) -> Reading:
    """Read a column of text: names, numbers of people and telephones, addresses, notes."""
    name = str(role.target)
    clean = _cleaner(name)
    missing = context.lexicon.words.missing_names if name in _NAMES else context.lexicon.words.missing
    values: list[Value | None] = []
    faults: dict[int, Reason] = {}
    for position, (text, kind) in enumerate(zip(column.cells, column.kinds.tolist(), strict=True)):
        empty = not text or fold(text).casefold() in missing
        if kind == CellKind.TOO_LONG or (kind == CellKind.ERROR and not is_missing(text, kind, context.lexicon)):
            faults[position] = Reason.UNREADABLE_VALUE
            values.append(None)
        else:
            values.append(None if empty else clean(text) or None)
    result = FieldColumn(
        field=name,
        codes=column.codes,
        values=tuple(values),
        texts=column.cells,
        faults=faults,
        header=role.header,
        index=role.index,
    )
    return Reading((result,), ColumnMap(index=role.index, header=role.header, field=name))


def _cleaner(name: str) -> Callable[[str], str]:
    if name in _NUMBERS_AS_TEXT:
        return lambda text: clean_line(unprotect(text))
    clean = clean_lines if name == "notes" else clean_line
    return lambda text: clean(unguarded(text))


def read_coded(role: Role, column: Column, context: Context) -> Reading:
    """Read a column of codes or of yes and no; asks once what numbers and strange words mean."""
    evidence = str(role.target).startswith(EVIDENCE)
    known = context.lexicon.dictionary[str(role.target).removeprefix(EVIDENCE)]
    counts = np.bincount(column.codes, minlength=len(column.cells)).tolist()
    cells = read_codes(
        known, column.cells, column.kinds.tolist(), counts, context.lexicon, role.said.legend, role.header
    )
    meaning = dict(cells.values)
    if cells.doubtful:
        meaning.update(_ask_meaning(role, known, column, cells.doubtful, context))
    values = [meaning.get(position) for position in range(len(column.cells))]
    faults = {position: Reason.UNREADABLE_VALUE for position in range(len(column.cells)) if position not in meaning}
    result = FieldColumn(
        field=known.name,
        codes=column.codes,
        values=tuple(values),
        texts=column.cells,
        faults=faults,
        header=role.header,
        index=role.index,
    )
    shown = tuple((text, value) for text, value in zip(column.cells, values, strict=True) if value is not None)
    field = role.target if evidence else known.name
    return Reading((result,), ColumnMap(index=role.index, header=role.header, field=field, codes=shown))


def _ask_meaning(
    role: Role, known: Field, column: Column, doubtful: Mapping[int, Value | None], context: Context
) -> Mapping[int, Value | None]:
    """Ask what the doubtful cells of a column mean; cells left without an answer stay unreadable."""
    options = ("true", "false") if known.kind is Kind.BOOLEAN else known.category_codes
    codes = tuple(sorted({column.cells[position].strip() for position in doubtful}))
    usual = {column.cells[position].strip(): _word(value) for position, value in doubtful.items() if value is not None}
    question = Question(
        f"{QuestionKind.CODE_MEANING}:{role.name}",
        QuestionKind.CODE_MEANING,
        (role.header,),
        options,
        usual,
        {"codes": ", ".join(codes)},
        codes=codes,
    )

    def read(answer: AnswerValue) -> Mapping[str, Value | None]:
        if not isinstance(answer, Mapping):
            raise ValueError("not a table of codes")
        return {code_key(str(code)): parse_answer(known, word) for code, word in answer.items()}

    meaning = context.interview.ask(question, read) or {}
    found = {position: code_key(column.cells[position]) for position in doubtful}
    return {position: meaning[key] for position, key in found.items() if key in meaning}


def _word(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
