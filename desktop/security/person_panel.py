"""Somebody new, or somebody's name, roles and passphrase; and the passphrase that is shown once."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.security.agreement import Agreement
from desktop.security.one_time import OneTimeCard
from desktop.security.panel import Panel
from desktop.security.presenter import SecurityPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.confirm import Confirm
from desktop.widgets.fields import TextField
from desktop.widgets.labels import Label
from desktop.widgets.tick import Tick
from desktop.widgets.ui import Ui, column, row
from engine.workflows.users import Role, Second

_TICK = 28


class RoleTicks(QWidget):
    """Every role with its tick and one line of what it may do."""

    def __init__(self, ui: Ui, held: frozenset[Role]) -> None:
        super().__init__()
        self.ticks: dict[Role, Tick] = {}
        self._problem = Label(ui, "", 12, tone="danger")
        self._problem.hide()
        whole = column(ui, Label(ui, ui.texts("security.person.roles"), 12, tone="2", wrap=False), gap=8)
        for role in Role:
            tick = Tick(ui, ui.texts.wording.say(f"role.{role.value}"), role in held)
            tick.setObjectName(f"role.{role.value}")
            words = Label(ui, ui.texts(f"security.role.{role.value}"), 12, tone="3")
            words.setContentsMargins(ui.margins(_TICK, 0, 0, 0))
            self.ticks[role] = tick
            whole.addLayout(column(ui, tick, words, gap=0))
        whole.addWidget(self._problem)
        self.setLayout(whole)

    def held(self) -> frozenset[Role]:
        """Return the roles that are ticked."""
        return frozenset(role for role, tick in self.ticks.items() if tick.isChecked())

    def say(self, problem: str) -> None:
        """Say what is wrong."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))


class PersonPanel(Panel):
    """``person`` is somebody new, ``person:<id>`` somebody there is."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        self._desk = presenter.people
        self._account = self._desk.account(presenter.panel.partition(":")[2])
        texts = ui.texts
        name = "" if self._account is None else self._account.user.name or texts("top.nobody")
        title = texts("security.person.edit", name=name) if self._account else texts("security.person.add")
        super().__init__(ui, presenter, title, "" if self._account else texts("security.person.add_words"))
        self._given = column(ui, gap=0)
        self.cards.addLayout(self._given)
        self._forms: list[QWidget] = []
        self._who()
        self._again: Confirm | None = None
        self._agree_again: Agreement | None = None
        if self._account is not None and self._account.user.id != self._desk.own_id:
            self._more()
        self._desk.state_changed.connect(self.refresh)
        self._desk.done.connect(self._done)
        self.begin(self._name)

    def _who(self) -> None:
        ui, texts, account = self.ui, self.ui.texts, self._account
        card = self.card()
        self._name = TextField(ui, texts("security.person.name"), account.user.name if account else "")
        self._name.edit.setObjectName("name")
        self._name.setMaximumWidth(ui.px(420))
        self._roles = RoleTicks(ui, account.user.roles if account else frozenset())
        save = texts("security.person.save" if account else "security.person.make")
        self._confirm = Confirm(ui, save, name="save")
        self._agree = self._agreement()
        for part in (self._name, self._roles, self._agree, self._confirm):
            if part is not None:
                card.body.addWidget(part)
        self._roles.ticks[Role.ADMINISTRATOR].toggled.connect(self._show_agreement)
        self._show_agreement()
        self._name.entered.connect(self._confirm.field.setFocus)
        self._confirm.confirmed.connect(self._save)
        self._forms.append(card)

    def _more(self) -> None:
        """What else is done about somebody there is: another passphrase, and taking the access away."""
        ui, texts = self.ui, self.ui.texts
        card = self.card(texts("security.person.one_time"), texts("security.person.one_time_words"))
        self._again = Confirm(ui, texts("security.person.make_one_time"), kind="outline", icon="key", name="one_time")
        self._again.confirmed.connect(self._one_time)
        self._agree_again = self._agreement()
        if self._agree_again is not None:
            card.body.addWidget(self._agree_again)
        card.body.addWidget(self._again)
        gone = self.card(texts("security.person.remove"), texts("security.person.remove_words"))
        leave = Button(ui, texts("security.person.to_remove"), kind="danger", icon="bin")
        leave.setObjectName("remove")
        leave.clicked.connect(self._to_remove)
        gone.body.addLayout(row(ui, leave, 1))
        self._forms += [card, gone]

    def _agreement(self) -> Agreement | None:
        """Return who has to agree to what is done to another administrator; of anybody else nobody."""
        if self._account is None or not self._desk.is_other_administrator(self._account.user.id):
            return None
        return Agreement(self.ui, self.presenter, self._account.user.id)

    def _show_agreement(self) -> None:
        """Ask for it only where the role of an administrator is taken away."""
        if self._agree is not None:
            self._agree.setVisible(Role.ADMINISTRATOR not in self._roles.held())

    def _given_by(self, agreement: Agreement | None) -> tuple[Second | None, str]:
        return (None, "") if agreement is None else agreement.given()

    def _save(self, passphrase: str) -> None:
        name, roles = self._name.text(), self._roles.held()
        if self._account is None:
            self._desk.add(name, roles, passphrase)
        else:
            self._desk.save(self._account.user.id, name, roles, passphrase, *self._given_by(self._agree))

    def _one_time(self, passphrase: str) -> None:
        if self._account is not None:
            self._desk.one_time(self._account.user.id, passphrase, *self._given_by(self._agree_again))

    def _to_remove(self) -> None:
        if self._account is not None:
            self.presenter.open_panel(f"remove:{self._account.user.id}", self.presenter.control)

    def refresh(self) -> None:
        """Show that something is being done, or what is wrong."""
        desk, texts = self._desk, self.ui.texts
        problems, working = desk.problems, texts("confirm.working")
        self._name.say(problems.get("name", ""))
        self._roles.say(problems.get("roles", ""))
        busy, asked = bool(desk.busy), self._asked_again()
        told = {"busy": busy, "working": working}
        mine = {"passphrase": problems.get("passphrase", ""), "problem": problems.get("", "")}
        nothing = {"passphrase": "", "problem": ""}
        for agreement, here in ((self._agree, not asked), (self._agree_again, asked)):
            if agreement is not None:
                agreement.say(problems if here else {})
        self._confirm.show_state(**told, **(nothing if asked else mine))  # type: ignore[arg-type]  # made above
        if self._again is not None:
            self._again.show_state(**told, **(mine if asked else nothing))  # type: ignore[arg-type]  # made above
        if problems and not busy:
            self._go_to(next(iter(problems)), asked=asked)

    def _asked_again(self) -> bool:
        """Whether the last thing asked was another passphrase."""
        return self._again is not None and bool(self._again.field.text())

    def _go_to(self, place: str, *, asked: bool) -> None:
        agreement = self._agree_again if asked else self._agree
        of_two = None if agreement is None else agreement.place(place)
        if of_two is not None:
            of_two.setFocus()
            return
        field = self._again.field if asked and self._again is not None else self._confirm.field
        {"name": self._name, "roles": self._roles.ticks[Role.ADMINISTRATOR]}.get(place, field).setFocus()

    def _done(self, what: str) -> None:
        if what == "save":
            self.presenter.context.good_news.emit(self.ui.texts("security.person.saved"))
            self.leave()
        elif self._desk.given is not None:
            self._confirm.empty()
            for form in self._forms:
                form.hide()
            made = OneTimeCard(self.ui, self.presenter, self._desk.given)
            made.ended.connect(self.leave)
            self._given.addWidget(made)
            made.show()

    def leave(self) -> None:
        """Go back; the passphrase for once is gone from here on."""
        self._desk.forget()
        super().leave()
