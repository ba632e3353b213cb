"""The log as the screens page through it, its export, and the check of the whole store against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Job, Task
from desktop.log.words import head_words, line_words
from engine.errors import EngineError
from engine.workflows.audit import (
    AuditLine,
    AuditPage,
    AuditQuery,
    Verification,
    audit_lines,
    check_clinic,
    write_audit,
)
from engine.workflows.audit_words import names_of
from engine.workflows.clinics import OpenClinic

SPANS = ("today", "week", "all")
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of entries with the names of what they are about, by id."""

    page: AuditPage
    names: Mapping[str, str]


class LogDesk(QObject):
    """State of a log: that of the page of security, or that of one person's record."""

    changed = Signal()  # other entries
    grown = Signal(int)  # older entries came behind so many
    state_changed = Signal()  # the check goes on or ended, a file was written

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.context = context
        self.actor = ""  # whose entries; empty: everybody's
        self.span = SPANS[0]
        self.person = ""  # whom the entries are about; empty: all
        self.lines: list[AuditLine] = []
        self.names: dict[str, str] = {}
        self.more = False
        self.own_only = False
        self.loaded = False
        self.checked: Verification | None = None
        self.check_problem = ""
        self.rows_checked = 0
        self._check: Job[Verification] | None = None
        self._turn = 0
        self._loads = False

    # --- reading ----------------------------------------------------------------------------------------------------

    def query(self) -> AuditQuery:
        """Return what is asked for: days are those of the clinic."""
        now = self.context.clock.now().astimezone()
        days = {"today": 0, "week": 6}.get(self.span)
        since = None
        if days is not None:
            since = datetime.combine(now.date() - timedelta(days=days), time.min).astimezone()
        return AuditQuery(self.actor or None, since, self.person or None)

    def look(self, *, again: bool = False) -> None:
        """Read the newest entries; ``again``: they are shown already."""
        if not self.context.has_clinic:
            return
        self._turn += 1
        turn, query = self._turn, self.query()

        def done(shown: Shown) -> None:
            if turn == self._turn:
                self._take(shown, first=True)

        self.context.on_store(self, lambda clinic: _read(clinic, query, None, again=again), done)

    def load_more(self) -> None:
        """Read older entries behind those that are shown."""
        if not self.more or self._loads:
            return
        self._loads = True
        turn, query, before = self._turn, self.query(), self.lines[-1].seq

        def done(shown: Shown) -> None:
            self._loads = False
            if turn == self._turn:
                self._take(shown, first=False)

        def failed(error: EngineError) -> None:
            self._loads = False
            self.context.tell(error)

        self.context.on_store(self, lambda clinic: _read(clinic, query, before, again=True), done, failed=failed)

    def choose(self, *, actor: str | None = None, span: str | None = None) -> None:
        """Show the entries of somebody, or of another time."""
        self.actor = self.actor if actor is None else actor
        self.span = self.span if span is None else span
        self.look(again=True)

    def about(self, person_id: str) -> None:
        """Show who saw one person's record, whenever it was."""
        self.person, self.actor, self.span = person_id, "", "all"
        self.lines, self.loaded, self.more = [], False, False
        self.changed.emit()
        self.look()

    def forget(self) -> None:
        """Let go of what was shown."""
        self._turn += 1
        self.person, self.lines, self.names, self.more, self.loaded = "", [], {}, False, False
        self.changed.emit()

    def _take(self, shown: Shown, *, first: bool) -> None:
        before = 0 if first else len(self.lines)
        if first:
            self.lines, self.names = [], {}
        self.names |= shown.names
        self.lines += shown.page.lines
        self.more, self.own_only, self.loaded = shown.page.more, shown.page.own_only, True
        if first:
            self.changed.emit()
        else:
            self.grown.emit(before)

    # --- a file -----------------------------------------------------------------------------------------------------

    def export(self, path: Path) -> None:
        """Write what is shown, and all older entries behind it, as CSV."""
        texts, now, query = self.context.texts, self.context.clock.now(), self.query()

        def work(clinic: OpenClinic) -> int:
            def cells(line: AuditLine) -> list[str]:
                words = line_words(line, names_of(clinic, [line]), now, texts)
                return [str(line.seq), line.moment.astimezone().isoformat(timespec="seconds"), *words[1:]]

            return write_audit(clinic, query, path, cells, head_words(texts))

        def done(count: int) -> None:
            self.context.good_news.emit(texts("security.log.written", count=count, entries=texts.number(count)))
            self.look(again=True)

        self.context.on_store(self, work, done)

    # --- the check --------------------------------------------------------------------------------------------------

    @property
    def checks(self) -> bool:
        """Whether the check runs."""
        return self._check is not None

    def check(self) -> None:
        """Check the whole store against the log."""
        if self.checks:
            return
        clinic = self.context.clinic
        self.checked, self.check_problem, self.rows_checked = None, "", 0

        def work(task: Task) -> Verification:
            read = 0

            def heed(rows: int) -> None:
                nonlocal read
                task.cancel.check()
                read += rows
                task.progress(read, read + 1)

            return check_clinic(clinic, heed)

        self._check = self.context.jobs.store(
            self, work, self._checked, self._not_checked, self._stopped, progress=self._progress
        )
        self.state_changed.emit()

    def stop_check(self) -> None:
        """Let the check be; nothing is changed by it."""
        if self._check is not None:
            self._check.cancel()

    def _progress(self, done: int, total: int) -> None:
        self.rows_checked = done
        self.state_changed.emit()

    def _checked(self, found: Verification) -> None:
        self._check, self.checked = None, found
        self.state_changed.emit()
        self.look(again=True)

    def _not_checked(self, error: EngineError) -> None:
        self._check, self.check_problem = None, self.context.texts.error(error)
        self.state_changed.emit()

    def _stopped(self) -> None:
        self._check = None
        self.state_changed.emit()


def _read(clinic: OpenClinic, query: AuditQuery, before: int | None, *, again: bool) -> Shown:
    page = audit_lines(clinic, query, before, _PAGE, again=again)
    return Shown(page, names_of(clinic, page.lines))
