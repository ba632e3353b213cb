"""The question in hand: what could be asked of the clinic's record or of a table, and what was answered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Task
from desktop.studio.answers import PATIENTS, Answers, Said, question_of, wish_of
from engine.domain.plain import Plain, from_plain, to_plain
from engine.domain.studio import OutcomeChoice, PredictorChoice
from engine.errors import EngineError
from engine.intake.typed import TypedValue, read_typed
from engine.workflows.clinics import OpenClinic
from engine.workflows.practice_years import YearsAdded, add_practice_years, has_practice_years
from engine.workflows.studio_rows import ClinicRecord, outcome_choices, predictor_choices, read_record
from engine.workflows.studio_table import StudioTable, read_studio_table
from engine.workflows.train_job import ModelKind

_DAY = "visit_date"
_TEXTBOOK_INPUTS = 3


class Asking(QObject):
    """Choices and answers. ``write`` keeps what is typed and shows nothing anew, so that the cursor stays."""

    changed = Signal()
    answered = Signal()
    people_added = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self.answers = Answers()
        self.problems: dict[str, str] = {}  # sentences by the name of the answer
        self.outcomes: tuple[OutcomeChoice, ...] | None = None  # None: not read yet
        self.predictors: tuple[PredictorChoice, ...] = ()
        self.table: StudioTable | None = None
        self.busy = ""  # ``choices`` or ``table`` while that is read
        self.can_add_years = False  # a practice clinic without people who were followed for years
        self.more = False  # whether what few people need stands open

    # --- what there is ----------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Read what could be asked of the record as it is now; reading is told to the audit."""
        if self.busy:
            return
        self.busy = "choices"
        self.changed.emit()
        self._context.on_store(self, _read, lambda told: self._choose_from(*told), failed=self._failed)

    def add_years(self) -> None:
        """Bring made-up people who came for years into a practice clinic: there is something to learn from them."""
        if self.busy or not self.can_add_years:
            return
        self.busy = "years"
        self.changed.emit()
        clinic, language = self._context.clinic, self._context.texts.language

        def done(added: YearsAdded) -> None:
            self.busy = ""
            self.people_added.emit()
            self.look()

        self._context.jobs.store(
            self, lambda task: add_practice_years(clinic, language, task.progress, task.cancel), done, self._failed
        )

    @property
    def ready(self) -> bool:
        """Whether what the answers are about was read."""
        if self.busy:
            return False
        return self.outcomes is not None if self.answers.source == PATIENTS else self.table is not None

    def _choose_from(self, record: ClinicRecord, can_add_years: bool) -> None:
        if not self._context.has_clinic:
            return
        self.can_add_years = can_add_years
        clinic = self._context.clinic

        def work(task: Task) -> Any:
            return outcome_choices(clinic, record), predictor_choices(clinic, record)

        self._context.jobs.learn(self, work, self._take_choices, self._failed)

    def _take_choices(self, told: tuple[tuple[OutcomeChoice, ...], tuple[PredictorChoice, ...]]) -> None:
        self.busy = ""
        self.outcomes, self.predictors = told
        if self.chosen is None and not self.in_group:  # show a kind that has something in it
            first = next((each.source for each in self.outcomes if each.people_with), None)
            if first is not None and not self.answers.outcome:
                self.answers = replace(self.answers, group=str(first))
        self.changed.emit()

    def _failed(self, error: EngineError) -> None:
        self.busy = ""
        self._context.tell(error)
        self.changed.emit()

    @property
    def in_group(self) -> tuple[OutcomeChoice, ...]:
        """What can be asked of the kind of record that is chosen, the commonest first."""
        wanted = self.answers.group
        return tuple(each for each in self.outcomes or () if each.source == wanted and each.people_with)

    @property
    def chosen(self) -> OutcomeChoice | None:
        """What is asked of the record."""
        return next((each for each in self.outcomes or () if each.id == self.answers.outcome), None)

    @property
    def on(self) -> tuple[str, ...]:
        """The predictors that are wanted."""
        off = set(self.answers.off)
        return tuple(each.field for each in self.predictors if each.field not in off)

    # --- answering --------------------------------------------------------------------------------------------------

    def choose(self, **answers: Any) -> None:
        """Take answers that show something else on the page."""
        self._take(**answers)
        self.changed.emit()

    def write(self, **answers: Any) -> None:
        """Take what is being typed."""
        self._take(**answers)

    def _take(self, **answers: Any) -> None:
        if "group" in answers and answers["group"] != self.answers.group:
            answers["outcome"] = ""
        if {"outcome", "column", "source", "file"} & answers.keys():
            answers |= {"keep": (), "drop": ()}
        if answers.get("textbook"):
            answers["kind"] = str(ModelKind.NETWORK)
        for name in answers:
            self.problems.pop(name, None)
        self.answers = replace(self.answers, **answers)
        self.answered.emit()

    def turn(self, field: str, on: bool) -> None:
        """Want a predictor, or not."""
        off = [each for each in self.answers.off if each != field]
        self.choose(off=tuple(off if on else [*off, field]))

    def turn_all(self, on: bool) -> None:
        """Want all of them, or none."""
        self.choose(off=() if on else tuple(each.field for each in self.predictors))

    def take_only(self, fields: Collection[str]) -> None:
        """Want these predictors alone."""
        self.choose(off=tuple(each.field for each in self.predictors if each.field not in fields))

    def turn_more(self) -> None:
        """Open or close what few people need."""
        self.more = not self.more
        self.changed.emit()

    def decide(self, column: str, taken: bool, left_out_by_itself: bool) -> None:
        """Take a column in spite of what was found, or leave it out."""
        keep = [each for each in self.answers.keep if each != column]
        drop = [each for each in self.answers.drop if each != column]
        if left_out_by_itself and taken:
            keep.append(column)
        elif not left_out_by_itself and not taken:
            drop.append(column)
        self.choose(keep=tuple(keep), drop=tuple(drop))

    def open_table(self, path: Path) -> None:
        """Read a table beside the window."""
        self.busy = "table"
        self.problems.pop("file", None)
        self.changed.emit()

        def done(table: StudioTable) -> None:
            self.busy, self.table = "", table
            known = self.answers.file == str(path) and self.answers.column in table.columns
            if not known:
                first = next((each for each in table.outcomes if each.yes is not None), None)
                column, yes = ("", "") if first is None else (first.name, first.yes or "")
                self._take(file=str(path), column=column, positive=yes, time="")
            self.changed.emit()

        def failed(error: EngineError) -> None:
            self.busy, self.table = "", None
            self.answers = replace(self.answers, file="", column="")
            self.problems["file"] = self._context.texts.error(error)
            self.changed.emit()

        self._context.jobs.learn(self, lambda task: read_studio_table(path), done, failed)

    def choose_column(self, column: str) -> None:
        """Take a column of the table as the outcome, with what plainly means yes in it."""
        found = next((each for each in (self.table.outcomes if self.table else ()) if each.name == column), None)
        self.choose(column=column, positive="" if found is None or found.yes is None else found.yes)

    def said(self) -> Said:
        """Return the answers as a question or a wish; what is wrong with them is shown."""
        if self.answers.source == PATIENTS:
            found = question_of(self.answers, tuple(each.field for each in self.predictors), self._day)
        else:
            found = wish_of(self.answers)
        self.problems = {name: self._context.texts(key) for name, key in found.problems.items()}
        if {"threshold", "title"} & self.problems.keys():
            self.more = True
        return found

    def _day(self, text: str) -> date | None:
        read = read_typed([TypedValue(_DAY, text)], self._context.clock)
        values = [str(column.values[0]) for column in read.entries.columns if column.field == _DAY]
        return date.fromisoformat(values[0]) if values and not read.problems else None

    # --- over a lock ------------------------------------------------------------------------------------------------

    def to_plain(self) -> Plain:
        """Return the answers as plain values."""
        return to_plain(self.answers)

    def take_plain(self, plain: Plain) -> None:
        """Take answers that were kept; what a later program cannot read any more is asked again."""
        try:
            self.answers = from_plain(Answers, plain)
        except ValueError:
            return
        if self.answers.file:
            self.open_table(Path(self.answers.file))

    def begin_anew(self) -> None:
        """Forget the answers."""
        self.answers, self.problems, self.table = Answers(source=self.answers.source), {}, None
        self.more = False


def _read(clinic: OpenClinic) -> tuple[ClinicRecord, bool]:
    """Return all that is recorded, and whether this is a practice clinic that has nobody to learn from yet."""
    return read_record(clinic), clinic.clinic.practice and not has_practice_years(clinic)
