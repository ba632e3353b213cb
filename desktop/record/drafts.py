"""Keeps what is typed in the store while it is typed, and where one was, so that a lock or a crash loses nothing."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.record.form import Form
from engine.errors import EngineError
from engine.workflows.drafts import Draft, drop_draft, save_form_draft


class DraftKeeper(QObject):
    """Keeps the draft of the form in hand. ``here``: the record is the page in front."""

    kept = Signal()  # or not kept: ``problem`` says so

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._id = ""
        self._stored = False
        self.here = False
        self.problem = ""

    def take(self, draft: Draft | None) -> None:
        """Go on with a draft, or begin one for another form."""
        self._id = draft.id if draft is not None else self._context.clinic.new_id()
        self._stored = draft is not None
        self._say("")

    def keep(self, form: Form, tab: str, focus: str, *, here: bool) -> None:
        """Keep the form as it stands and the place in it."""
        content = {**form.to_plain(), "tab": tab, "focus": focus, "here": here}
        person, draft_id = form.in_hand.person_id, self._id
        self._stored = True
        self._context.on_store(
            self,
            lambda clinic: save_form_draft(clinic, person, content, draft_id),
            lambda _: self._say(""),
            failed=self._not_kept,
        )

    def leave(self, form: Form, tab: str, focus: str) -> None:
        """Keep what is typed without the place; where nothing is typed there is nothing to keep."""
        if form.changed:
            self.keep(form, tab, focus, here=False)
        else:
            self.drop()

    def drop(self) -> None:
        """Forget the draft: its form was saved or given up."""
        if self._stored:
            draft_id = self._id
            self._stored = False
            self._context.on_store(self, lambda clinic: drop_draft(clinic, draft_id))

    def _not_kept(self, error: EngineError) -> None:
        self._say(self._context.texts.error(error))

    def _say(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            self.kept.emit()
