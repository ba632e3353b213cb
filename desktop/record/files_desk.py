"""The files of the person in hand: added, looked at, copied out, taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.i18n import Texts
from desktop.jobs import Task
from engine.errors import EngineError
from engine.intake.questions import Question
from engine.wording import Wording
from engine.workflows.attached_files import (
    Attached,
    AttachedFile,
    FoundFile,
    Page,
    Rejection,
    attach,
    content_of,
    draw,
    files_of,
    keep_all_the_same,
    read_to_attach,
    remove_file,
    save_copy,
)
from engine.workflows.clinics import OpenClinic

if TYPE_CHECKING:
    from desktop.record.presenter import RecordPresenter


@dataclass(frozen=True, slots=True)
class Asked:
    """A file that speaks of somebody else, until a person has said what is to become of it."""

    path: Path
    found: FoundFile
    question: Question

    def sentence(self, words: Wording) -> str:
        """Return what is asked."""
        return f"{self.path.name}: {words.say(self.question.sentence_key, **self.question.evidence)}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not kept, and why: the key of a sentence, or what went wrong."""

    name: str
    why: str | EngineError

    def sentence(self, texts: Texts) -> str:
        """Return it in words."""
        why = texts.wording.say(self.why) if isinstance(self.why, str) else texts.error(self.why)
        return f"{self.name}: {why}"


@dataclass(slots=True)
class Shown:
    """A file that is looked at. ``content`` is held for the pages to come, and let go with the file."""

    file: AttachedFile
    content: bytes = field(repr=False)
    number: int = 0
    page: Page | None = None


class FilesDesk(QObject):
    """Holds what the page of files shows, so that a view can be made anew at any time."""

    changed = Signal()
    page_changed = Signal()

    def __init__(self, owner: RecordPresenter) -> None:
        super().__init__(owner)
        self._owner = owner
        self._turn = 0
        self.wide = 900  # pixels a page is drawn wide
        self.clear()

    def clear(self) -> None:
        """Forget everything of somebody else."""
        self._turn += 1
        self.files: tuple[AttachedFile, ...] = ()
        self.loaded_for: str | None = None
        self.refused: tuple[Refused, ...] = ()
        self.asked: Asked | None = None
        self.removing: AttachedFile | None = None
        self.reason = ""
        self.shown: Shown | None = None
        self.busy = 0  # files that are being read

    # --- listing ----------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the list of files of the person in hand."""
        person, turn = self._owner.person_id, self._turn
        if person is None:
            return

        def done(files: tuple[AttachedFile, ...]) -> None:
            if turn == self._turn:
                self.files, self.loaded_for = files, person
                self.changed.emit()

        self._owner.context.on_store(self, lambda clinic: files_of(clinic, person), done)

    # --- adding -----------------------------------------------------------------------------------------------------

    def add(self, paths: Sequence[Path]) -> None:
        """Read files beside the window, one after the other, and keep each that can be kept."""
        self.refused = ()
        turn = self._turn
        for path in paths:
            self.busy += 1
            self._read(path, turn)
        self.changed.emit()

    def _read(self, path: Path, turn: int) -> None:
        def work(task: Task) -> FoundFile | Rejection:
            return read_to_attach(path, task.cancel, task.progress)

        def done(found: FoundFile | Rejection) -> None:
            if turn != self._turn:
                return
            if isinstance(found, Rejection):
                self._over(path, f"intake.rejected.{found.detail}")
            else:
                self._keep(path, found, turn)

        def failed(error: EngineError) -> None:
            if turn == self._turn:
                self._over(path, error)

        self._owner.context.jobs.compute(self, work, done, failed=failed)

    def _keep(self, path: Path, found: FoundFile, turn: int, *, sure: bool = False) -> None:
        person = self._owner.person_id
        if person is None:
            return
        answers = keep_all_the_same() if sure else {}

        def done(ended: Attached) -> None:
            if turn == self._turn:
                self._kept(path, found, ended)

        def failed(error: EngineError) -> None:
            if turn == self._turn:
                self._over(path, error)

        self._owner.context.on_store(
            self, lambda clinic: attach(clinic, person, path, found, answers), done, failed=failed
        )

    def _kept(self, path: Path, found: FoundFile, ended: Attached) -> None:
        texts = self._owner.context.texts
        if ended.open_questions:
            self.asked = Asked(path, found, ended.open_questions[0])
            self._over(path)
            return
        self._over(path)
        key = "record.files.kept" if ended.new else "record.files.known"
        self._owner.context.good_news.emit(texts(key, file=path.name))
        self.load()

    def _over(self, path: Path, why: str | EngineError = "") -> None:
        self.busy = max(0, self.busy - 1)
        if why:
            self.refused = (*self.refused, Refused(path.name, why))
        self.changed.emit()

    def answer(self, *, keep: bool) -> None:
        """Say what becomes of a file that speaks of somebody else."""
        asked, self.asked = self.asked, None
        if asked is not None and keep:
            self.busy += 1
            self._keep(asked.path, asked.found, self._turn, sure=True)
        self.changed.emit()

    # --- looking ----------------------------------------------------------------------------------------------------

    def show(self, file: AttachedFile) -> None:
        """Show the first page of a file."""
        person, turn = self._owner.person_id, self._turn
        if person is None:
            return

        def done(content: bytes) -> None:
            if turn == self._turn:
                self.shown = Shown(file, content)
                self._draw()

        self._owner.context.on_store(self, lambda clinic: content_of(clinic, person, file), done)

    def turn_page(self, step: int) -> None:
        """Show the next page or the one before."""
        shown = self.shown
        if shown is None or shown.page is None:
            return
        number = min(max(0, shown.number + step), shown.page.pages - 1)
        if number != shown.number:
            shown.number = number
            self._draw()

    def put_away(self) -> None:
        """Show no file, and let go of its content."""
        self.shown = None
        self.page_changed.emit()

    def _draw(self) -> None:
        shown = self.shown
        if shown is None:
            return
        number, wide = shown.number, self.wide

        def work(task: Task) -> Page:
            return draw(shown.content, shown.file.kind, number, wide, task.cancel)

        def done(page: Page) -> None:
            if self.shown is shown and shown.number == number:
                shown.page = page
                self.page_changed.emit()

        self._owner.context.jobs.compute(self, work, done)

    # --- copying out and taking off ---------------------------------------------------------------------------------

    def save(self, file: AttachedFile, target: Path) -> None:
        """Write a copy outside the clinic."""
        person = self._owner.person_id
        if person is None:
            return

        def done(path: Path) -> None:
            self._owner.context.good_news.emit(self._owner.context.texts("record.files.saved", file=path.name))

        self._owner.context.on_store(self, lambda clinic: save_copy(clinic, person, file, target), done)

    def ask_remove(self, file: AttachedFile | None) -> None:
        """Ask why a file is taken off; None: it stays."""
        self.removing, self.reason = file, ""
        self.changed.emit()

    def remove(self) -> None:
        """Take the file in hand off, with the reason that was typed."""
        person, file, reason = self._owner.person_id, self.removing, self.reason
        if person is None or file is None or not reason.strip():
            return

        def work(clinic: OpenClinic) -> None:
            remove_file(clinic, person, file.id, reason)

        def done(_: object) -> None:
            self.removing, self.reason = None, ""
            if self.shown is not None and self.shown.file.id == file.id:
                self.put_away()
            self.load()

        self._owner.context.on_store(self, work, done)
