"""Who agrees to what no administrator may do alone; where there is nobody else, a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QWidget

from desktop.widgets.choices import Select
from desktop.widgets.fields import PassphraseField, TextField
from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, column
from engine.workflows.users import Second


class Agreement(QWidget):
    """Another administrator signs in the same place; where there is none, a reason stands for it."""

    def __init__(
        self, ui: Ui, people: Sequence[tuple[str, str]], words: str, *, needs_second: bool, asks_reason: bool = False
    ) -> None:
        """Ask for both.

        Args:
            ui: look and language.
            people: id and name of everybody who may agree.
            words: what it takes, in one or two sentences.
            needs_second: whether another person has to agree; else a reason will do.
            asks_reason: whether a reason is given even where two agree.
        """
        super().__init__()
        texts = ui.texts
        self._asks_reason = asks_reason or not needs_second
        first = people[0][0] if people else None
        self._who = Select(ui, people, first, name=texts("security.agree.who"))
        self._who.setMinimumContentsLength(18)
        self._who.setObjectName("who")
        self.second = PassphraseField(ui, texts("security.agree.passphrase"))
        self.second.edit.setObjectName("second")
        self.reason = TextField(ui, texts("security.agree.reason"), hint=texts("security.agree.reason_hint"))
        self.reason.edit.setObjectName("reason")
        self.asks_second = needs_second or bool(people)
        parts: list[QWidget] = [self._who, self.second] if self.asks_second else []
        if self._asks_reason:
            parts.append(self.reason)
        whole = column(ui, Label(ui, words, 13, tone="2"), gap=8)
        for part in (self._who, self.second, self.reason):
            part.setMaximumWidth(ui.px(420))
            whole.addWidget(part)
            part.setVisible(part in parts)
        self.setLayout(whole)

    def given(self) -> tuple[Second | None, str]:
        """Return who agrees, and the reason."""
        typed = self.second.text() if self.asks_second else ""
        second = Second(self._who.value, typed) if self._who.value and typed else None
        return second, self.reason.text() if self._asks_reason else ""

    def say(self, problems: Mapping[str, str]) -> None:
        """Say what is wrong with either."""
        self.second.say(problems.get("second", ""))
        self.reason.say(problems.get("reason", ""))

    def place(self, problem: str) -> QWidget | None:
        """Return the field that a problem belongs to."""
        return {"second": self.second, "reason": self.reason}.get(problem)

    def empty(self) -> None:
        """Forget what was typed."""
        self.second.set_text("")
