"""The way of a file: read in a worker, mapped, validated, its people recognised. Nothing is stored here."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.domain.batch import BoolArray
from engine.domain.entries import KnownPerson, ParkedRow, Source
from engine.domain.ports import CancelToken, Clock, Progress, no_progress
from engine.domain.problems import Problem, Reason
from engine.domain.record import SourceKind
from engine.intake.assemble import build_entries, identified_entries, visit_days
from engine.intake.field_columns import ColumnMap, FieldColumn
from engine.intake.identity import Resolution, resolve
from engine.intake.interpret import file_decimal, interpret, with_ages, with_settings
from engine.intake.lexicon import load_lexicon
from engine.intake.mapping import Mapped, map_columns
from engine.intake.number_columns import Context
from engine.intake.plan import ImportPlan, Outcome
from engine.intake.questions import AnswerValue, Interview, Question, QuestionKind
from engine.intake.reading import LIMITS, read_file
from engine.intake.reshape import Shaped, file_maps, reshape
from engine.intake.settings import read_canonical, read_settings
from engine.intake.sheet_rows import NotPatient, find_other_rows, take_rows, without_slipped_cells
from engine.intake.short_years import prove_years
from engine.intake.swapped import put_right
from engine.intake.tables import CellKind, Rejection, RejectReason, Table
from engine.intake.validate import IDENTITY, RowChecks, RowProblems, check_rows
from engine.workers.limits import Limits

DATES = frozenset({"birth_date", "visit_date"})
READ, LEAVE_OUT, REMOVE, PARK, JOIN = "read", "leave_out", "remove", "park", "join"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a person wants imported, and what they said about it beforehand.

    ``answers`` are by question id; ``settings`` by field, in canonical form; ``actor`` is who imports.
    ``spare_answers``: answers may be for other files, so one that nothing here asks for is listed in the plan and is
    no error.
    """

    path: Path
    answers: Mapping[str, AnswerValue]
    settings: Mapping[str, str]
    actor: str | None = None
    limits: Limits = LIMITS
    spare_answers: bool = False


def read_and_plan(
    request: ImportRequest,
    known_people: Sequence[KnownPerson],
    clock: Clock,
    new_id: Callable[[], str],
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
) -> ImportPlan:
    """Read a file and say what importing it would do. Pure but for the worker that reads the file.

    Args:
        request: the file, answers and settings.
        known_people: everyone in the store.
        clock: tells today, for dates that may not lie ahead.
        new_id: makes ids for new people.
        cancel: stops the reading.
        progress: hears how far it is.

    Raises:
        InputError: the file cannot be opened (``file_missing``, ...), or an answer or a set value is none
            (``answer_unknown``, ``answer_invalid``, ``set_unknown_field``, ``set_value_invalid``).
        WorkerError: ``worker_start_failed``.
        Cancelled: when stopped.
    """
    planner = _Planner(request, known_people, clock, new_id, cancel)  # a wrong setting is told before the file is read
    sheet = request.answers.get(QuestionKind.SHEET)
    table = read_file(request.path, cancel, progress, request.limits, sheet if isinstance(sheet, str) else None)
    if isinstance(table, Rejection):
        return ImportPlan(Outcome.REJECTED, rejection=table)
    return planner.plan(table)


def plan_table(
    table: Table,
    request: ImportRequest,
    known_people: Sequence[KnownPerson],
    clock: Clock,
    new_id: Callable[[], str],
    cancel: CancelToken | None = None,
) -> ImportPlan:
    """Say what importing a table would do that was read already; as ``read_and_plan`` without the worker."""
    return _Planner(request, known_people, clock, new_id, cancel).plan(table)


class _Planner:
    """Plans one file; holds what every step of it needs."""

    def __init__(
        self,
        request: ImportRequest,
        known_people: Sequence[KnownPerson],
        clock: Clock,
        new_id: Callable[[], str],
        cancel: CancelToken | None,
    ) -> None:
        self._request = request
        self._cancel = cancel or CancelToken()
        self._known = known_people
        self._clock = clock
        self._new_id = new_id
        self._lexicon = load_lexicon()
        self._settings = dict(read_settings(request.settings, self._lexicon.dictionary, clock.today()))
        self._interview = Interview(request.answers)

    def plan(self, table: Table) -> ImportPlan:
        """Plan a table that was read."""
        _ask_about_file(table, self._interview)
        if self._leaves_hidden_out(table):
            table = take_rows(table, ~table.hidden)
        mapped = map_columns(table.columns, self._interview, self._lexicon)
        others = find_other_rows(table, mapped.roles, self._lexicon)
        if others:
            table = take_rows(table, ~np.isin(table.rows, [other.row for other in others]))
        self._cancel.check()
        sound = without_slipped_cells(table)
        context = self._context(sound, mapped)
        mapped = put_right(sound, mapped, context)
        shaped = reshape(table, mapped, self._lexicon)
        if not len(shaped.table):
            return ImportPlan(Outcome.REJECTED, rejection=Rejection(RejectReason.NO_ROWS, RejectReason.NO_ROWS))
        fields = interpret(without_slipped_cells(shaped.table), shaped.roles, context)
        self._cancel.check()
        columns = self._complete(fields.columns, len(shaped.table))
        columns = [_with_source(column, shaped) for column in columns]
        problems = self._check(shaped.table, columns)
        self._cancel.check()
        resolution = self._resolve(columns, len(shaped.table), problems)
        if not self._request.spare_answers:
            self._interview.finish()
        maps = file_maps(shaped, mapped.roles, fields.maps)
        return self._finish(shaped, columns, maps, problems, resolution, [*others, *shaped.not_patients])

    def _context(self, table: Table, mapped: Mapped) -> Context:
        decimal = file_decimal(table, mapped.roles, self._lexicon.dictionary)
        system = table.facts.date_system or 1900
        dated = [
            (role.target == "birth_date", table.columns[role.index]) for role in mapped.roles if role.target in DATES
        ]
        cells = ((birth, zip(column.cells, column.kinds.tolist(), strict=True)) for birth, column in dated)
        years = prove_years(cells, self._lexicon, self._clock.today())
        return Context(self._lexicon, self._interview, self._clock.today(), decimal, system, years)

    def _leaves_hidden_out(self, table: Table) -> bool:
        hidden = int(table.hidden.sum())
        if not hidden:
            return False
        question = Question(
            QuestionKind.HIDDEN_ROWS, QuestionKind.HIDDEN_ROWS, (), (READ, LEAVE_OUT), READ, {"count": hidden}
        )
        return self._interview.choose(question) == LEAVE_OUT

    def _complete(self, columns: Sequence[FieldColumn], count: int) -> list[FieldColumn]:
        """Add what was set for the file; ask for the visit date and the person where the file has neither."""
        fields = {column.field for column in columns}
        if "visit_date" not in fields and "visit_date" not in self._settings:
            self._ask_visit_date()
        if not fields & set(IDENTITY) and not self._settings.keys() & set(IDENTITY):
            self._ask_whose()
        return with_ages(with_settings(columns, self._settings, count))

    def _ask_visit_date(self) -> None:
        known, today = self._lexicon.dictionary["visit_date"], self._clock.today()
        question = Question(QuestionKind.VISIT_DATE, QuestionKind.VISIT_DATE)
        day = self._interview.ask(question, lambda answer: read_canonical(known, str(answer), today))
        if day is not None:
            self._settings["visit_date"] = day

    def _ask_whose(self) -> None:
        """Ask whose readings a file without names is; only someone of the clinic can be meant."""
        numbers = {person.patient_id for person in self._known}
        question = Question(QuestionKind.WHOSE_READINGS, QuestionKind.WHOSE_READINGS)

        def read(answer: AnswerValue) -> str:
            if not isinstance(answer, str) or answer not in numbers:
                raise ValueError("nobody of this clinic")
            return answer

        number = self._interview.ask(question, read)
        if number is not None:
            self._settings["patient_id"] = number

    def _check(self, table: Table, columns: Sequence[FieldColumn]) -> RowProblems:
        asked = {question.kind for question in self._interview.questions}
        checks = RowChecks(
            count=len(table),
            bad_shape=table.bad_shape,
            # Where the whole file lacks them, one question stands for the same problem in every row.
            needs_identity=QuestionKind.WHOSE_READINGS not in asked,
            needs_visit_date=QuestionKind.VISIT_DATE not in asked,
        )
        problems = dict(check_rows(columns, checks, self._lexicon.dictionary))
        for row in np.flatnonzero(_too_long(table)).tolist():
            known = problems.get(row, ())
            if not any(problem.reason is Reason.UNREADABLE_VALUE for problem in known):
                problems[row] = (*known, Problem(Reason.UNREADABLE_VALUE, ()))
        return problems

    def _resolve(self, columns: Sequence[FieldColumn], count: int, problems: RowProblems) -> Resolution:
        rows = [row for row in range(count) if row not in problems]
        found = resolve(columns, rows, self._known, self._new_id)
        kinds = {likeness.kind for likeness in found.likenesses}
        if "name_only" in kinds:
            shared = sum(likeness.kind == "name_only" for likeness in found.likenesses)
            question = Question(
                "duplicates:same_name", QuestionKind.DUPLICATES, (), (PARK, JOIN), PARK, {"count": shared}
            )
            if self._interview.choose(question) == JOIN:
                found = resolve(columns, rows, self._known, self._new_id, join_names=True)
                kinds -= {"name_only"}
        if kinds - {"name_only"}:
            self._interview.choose(
                Question(
                    QuestionKind.DUPLICATES, QuestionKind.DUPLICATES, (), (PARK,), PARK, {"count": len(found.problems)}
                )
            )
        return found

    def _finish(
        self,
        shaped: Shaped,
        columns: Sequence[FieldColumn],
        maps: Sequence[ColumnMap],
        problems: RowProblems,
        resolution: Resolution,
        others: Sequence[NotPatient],
    ) -> ImportPlan:
        table = shaped.table
        wrong = {**problems, **{row: (problem,) for row, problem in resolution.problems.items()}}
        kept = np.array([row for row in range(len(table)) if row not in wrong], dtype=np.intp)
        facts = table.facts
        source = Source(
            kind=SourceKind.IMPORTED,
            received_at=self._clock.now(),
            actor=self._request.actor,
            file_name=printable_name(self._request.path),
            file_sha256=facts.sha256,
            sheet=facts.sheet,
        )
        entries = build_entries(columns, table.rows[kept], kept, source)
        identified = identified_entries(entries, resolution, kept, visit_days(columns, len(table)))
        questions = self._interview.questions
        return ImportPlan(
            outcome=Outcome.OK_WITH_QUESTIONS if questions else Outcome.OK,
            questions=questions,
            unused_answers=self._interview.unused,
            facts=facts,
            columns=tuple(maps),
            layout=shaped.layout,
            rows_read=len(table),
            identified=identified,
            parked=tuple(_parked(shaped, row, wrong[row]) for row in sorted(wrong)),
            not_patients=tuple(sorted(others, key=lambda other: other.row)),
            likenesses=tuple(
                replace(
                    likeness,
                    later=int(table.rows[likeness.later]),
                    earlier=None if likeness.earlier is None else int(table.rows[likeness.earlier]),
                )
                for likeness in resolution.likenesses
            ),
        )


_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_MARKS = frozenset("\u200e\u200f\u061c")
_BREAKING = frozenset({"Cc", "Zl", "Zp", "Cs"})


def printable_name(path: Path) -> str:
    """Return a file's name as text that can be stored and shown in one line.

    Bytes that are none become question marks, as do ends of lines, other controls, and marks that turn the direction of
    writing, under which "gpj.exe" looks like "exe.jpg".
    """
    name = path.name.encode("utf-8", "replace").decode("utf-8")
    return name if name.isprintable() else "".join(map(_shown, name))


def _shown(sign: str) -> str:
    turns = unicodedata.bidirectional(sign) in _TURNING or sign in _MARKS
    return "?" if turns or unicodedata.category(sign) in _BREAKING else sign


def _ask_about_file(table: Table, interview: Interview) -> None:
    """Ask what the file itself leaves open: sheets, broken bytes, open quotes."""
    facts = table.facts
    if facts.other_sheets:
        options = (str(facts.sheet), *facts.other_sheets)
        interview.ask(
            Question(QuestionKind.SHEET, QuestionKind.SHEET, (), options, facts.sheet, {"count": len(options)}),
            lambda answer: options.index(str(answer)),
        )
    for name in facts.hidden_sheets:
        kind = QuestionKind.HIDDEN_SHEET
        interview.choose(Question(f"{kind}:{name}", kind, (), (LEAVE_OUT,), LEAVE_OUT, {"sheet": name}))
    if facts.nul_cells or facts.lost_signs:
        kind = QuestionKind.DAMAGED_BYTES
        evidence = {"cells": facts.nul_cells, "signs": facts.lost_signs}
        interview.choose(Question(kind, kind, (), (REMOVE,), REMOVE, evidence))
    if facts.unclosed_rows:
        kind = QuestionKind.UNCLOSED_QUOTE
        rows = ", ".join(str(row) for row in facts.unclosed_rows[:10])
        last = table.columns[-1].header
        interview.choose(
            Question(kind, kind, (last,), (PARK,), PARK, {"rows": rows, "count": len(facts.unclosed_rows)})
        )


def _too_long(table: Table) -> BoolArray:
    """Return which rows hold a cell longer than any spreadsheet has, in whatever column."""
    marks = np.zeros(len(table), dtype=np.bool_)
    for column in table.columns:
        long = column.kinds == CellKind.TOO_LONG
        if long.any():
            marks |= long[column.codes]
    return marks


def _with_source(column: FieldColumn, shaped: Shaped) -> FieldColumn:
    """Point a column of fields to the column of the file it came from."""
    return column if column.index is None else replace(column, index=shaped.sources[column.index])


def _parked(shaped: Shaped, row: int, problems: tuple[Problem, ...]) -> ParkedRow:
    """Keep a row with its cells as written, those beyond the header too."""
    table = shaped.table
    cells = [(column.header, column.text(row)) for column in table.columns if column.text(row)]
    cells += [("", text) for text in table.surplus.get(row, ())]
    group = None if shaped.visit_groups is None else int(shaped.visit_groups[row])
    return ParkedRow(int(table.rows[row]), problems, tuple(cells), group)
