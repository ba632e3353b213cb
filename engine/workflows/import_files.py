"""Import one file: read it, ask what it leaves open, store it whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.domain.entries import Counts, ParkedRow
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.intake.field_columns import ColumnMap
from engine.intake.importing import ImportRequest as Wanted
from engine.intake.importing import printable_name, read_and_plan
from engine.intake.plan import ImportPlan, Outcome
from engine.intake.questions import AnswerValue, Question
from engine.intake.tables import FileFacts
from engine.store import apply_entries, known_people
from engine.workflows.clinics import OpenClinic


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a person says with a file.

    ``set_for_file``: canonical field -> text, a value for every row. ``answers``: question id -> answer.
    ``dry_run``: look, store nothing. ``other_answers``: the answers may also be for other files; those that nothing
    in this file asked for come back as ``unused_answers`` of the outcome (see ``used_by_none``).
    """

    set_for_file: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, AnswerValue] = field(default_factory=dict)
    dry_run: bool = False
    other_answers: bool = False


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """How one file ended. ``counts`` of a file that was not stored are what storing it would give."""

    file: str
    outcome: str
    stored: bool = False
    dry_run: bool = False
    error: str | None = None
    reject_reason: str | None = None
    reject_detail: str | None = None
    questions: tuple[Question, ...] = ()
    unused_answers: tuple[str, ...] = ()
    counts: Counts = field(default_factory=Counts)
    parked: tuple[ParkedRow, ...] = ()
    columns: tuple[ColumnMap, ...] = ()
    facts: FileFacts | None = None
    layout: str | None = None
    not_patient_rows: tuple[int, ...] = ()

    @classmethod
    def failed(cls, file: str, code: str) -> FileOutcome:
        """Return the outcome of a file that could not be opened or stored."""
        return cls(file=file, outcome=Outcome.REJECTED.value, error=code)

    @property
    def done(self) -> bool:
        """Whether all was done that was asked for: stored, or looked at with nothing left open."""
        return self.stored or (self.dry_run and self.error is None and not self.open_questions and not self.rejected)

    @property
    def rejected(self) -> bool:
        """Whether the file as a whole is not read."""
        return self.outcome == Outcome.REJECTED.value

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions nobody has answered yet."""
        return tuple(question for question in self.questions if not question.answered)


def used_by_none(outcomes: Sequence[FileOutcome]) -> tuple[str, ...]:
    """Return the answers that no file of a command asked for; none while a file could not be looked at."""
    if not outcomes or any(outcome.rejected for outcome in outcomes):
        return ()
    return tuple(
        answer for answer in outcomes[0].unused_answers if all(answer in each.unused_answers for each in outcomes)
    )


def import_file(
    clinic: OpenClinic,
    path: Path,
    request: ImportRequest,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> FileOutcome:
    """Import a file in one transaction, if it can be read and every question is answered.

    Raises:
        InputError: the file is missing, a folder or unreadable; a set value or an answer is none.
        StoreError: it cannot be stored; nothing of it was. Cancelled: stopped; nothing of it was stored.
    """
    wanted = Wanted(path, request.answers, request.set_for_file, clinic.actor, spare_answers=request.other_answers)
    plan = read_and_plan(wanted, known_people(clinic.vault), clinic.clock, clinic.new_id, cancel, progress)
    if plan.rejection is not None:
        return FileOutcome(
            file=printable_name(path),
            outcome=plan.outcome.value,
            dry_run=request.dry_run,
            reject_reason=plan.rejection.reason.value,
            reject_detail=plan.rejection.detail,
        )
    if cancel is not None:
        cancel.check()
    store = plan.can_be_stored and not request.dry_run
    return FileOutcome(
        file=printable_name(path),
        outcome=plan.outcome.value,
        stored=store,
        dry_run=request.dry_run,
        questions=plan.questions,
        unused_answers=plan.unused_answers,
        counts=_apply(clinic, plan, rehearse=not store),
        parked=plan.parked,
        columns=plan.columns,
        facts=plan.facts,
        layout=plan.layout,
        not_patient_rows=tuple(row.row for row in plan.not_patients),
    )


def _apply(clinic: OpenClinic, plan: ImportPlan, *, rehearse: bool) -> Counts:
    if plan.identified is None or "" in plan.identified.visit_dates:
        # The day is still asked for, and without it nobody can tell what is there already: all of it counts as new.
        parked = len(plan.parked)
        return Counts(rows_read=plan.rows_read, rows_new=plan.rows_read - parked, rows_parked=parked)
    return apply_entries(clinic.vault, plan.identified, actor=clinic.actor, parked=plan.parked, rehearse=rehearse)
