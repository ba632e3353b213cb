"""Who agrees to what no administrator may do alone; where there is nobody else, a reason."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.security.presenter import SecurityPresenter
from desktop.widgets.choices import Select
from desktop.widgets.fields import PassphraseField, TextField
from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, column
from engine.workflows.users import Second


class Agreement(QWidget):
    """Another administrator signs in the same place; where there is none, a reason stands for it.

    ``about``: the id of the user whose access is taken away; where they are an administrator they may agree as well,
    and where nobody else is one, a reason will do in their place.
    """

    def __init__(self, ui: Ui, presenter: SecurityPresenter, about: str = "") -> None:
        super().__init__()
        texts, desk = ui.texts, presenter.people
        self._ui, self._needs_second = ui, desk.needs_second_about(about)
        people = [(each.user.id, each.user.name or texts("top.nobody")) for each in desk.other_administrators]
        first = people[0][0] if people else None
        self._who = Select(ui, people, first, name=texts("security.agree.who"))
        self._who.setMinimumContentsLength(18)
        self.second = PassphraseField(ui, texts("security.agree.passphrase"))
        self.second.edit.setObjectName("second")
        self.reason = TextField(ui, texts("security.agree.reason"), hint=texts("security.agree.reason_hint"))
        self.reason.edit.setObjectName("reason")
        self.asks_second = self._needs_second or bool(people)
        parts: list[QWidget] = [self._who, self.second] if self.asks_second else []
        if not self._needs_second:
            parts.append(self.reason)
        whole = column(ui, Label(ui, self._words(presenter, about, nobody=not people), 13, tone="2"), gap=8)
        for part in (self._who, self.second, self.reason):
            part.setMaximumWidth(ui.px(420))
            whole.addWidget(part)
            part.setVisible(part in parts)
        self.setLayout(whole)

    def _words(self, presenter: SecurityPresenter, about: str, *, nobody: bool) -> str:
        texts, desk = self._ui.texts, presenter.people
        account = desk.account(about)
        if account is not None and desk.is_other_administrator(about) and not nobody:
            key = "about" if self._needs_second else "about_alone"
            return texts(f"security.agree.{key}", name=account.user.name or texts("top.nobody"))
        if self._needs_second:
            return texts("security.agree.not_yet" if nobody else "security.agree.two")
        return texts("security.agree.alone")

    def given(self) -> tuple[Second | None, str]:
        """Return who agrees, and the reason."""
        typed = self.second.text() if self.asks_second else ""
        second = Second(self._who.value, typed) if self._who.value and typed else None
        return second, "" if self._needs_second else self.reason.text()

    def say(self, problems: dict[str, str]) -> None:
        """Say what is wrong with either."""
        self.second.say(problems.get("second", ""))
        self.reason.say(problems.get("reason", ""))

    def place(self, problem: str) -> QWidget | None:
        """Return the field that a problem belongs to."""
        return {"second": self.second, "reason": self.reason}.get(problem)

    def empty(self) -> None:
        """Forget what was typed."""
        self.second.set_text("")
