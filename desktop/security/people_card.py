"""The people of the clinic: who, in which roles, when they were here last, and the way to each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from desktop.security.people_words import last_words, roles_words
from desktop.security.presenter import SecurityPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.initials import Initials
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, clear, column, divider, frame, held, row
from engine.workflows.users import Account, Permission

_COLUMNS = (12, 10, 8)  # how the room is shared


class PeopleCard(Card):
    """A row for each person."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__(ui, gap=0, pad=0)
        self._ui, self._presenter, self._desk = ui, presenter, presenter.people
        self._may = presenter.may(Permission.USERS)
        title = Label(ui, ui.texts("security.people.title"), 14, bold=True)
        self._add = Button(ui, ui.texts("security.people.add"), icon="plus")
        self._add.setObjectName("add")
        self._add.clicked.connect(lambda: presenter.open_panel("person", "add"))
        self._add.setVisible(self._may)
        head = row(ui, gap=8, margins=(16, 10))
        head.addWidget(title, 1)
        head.addWidget(self._add)
        self.body.addLayout(head)
        self.body.addWidget(self._heads())
        self._rows = column(ui, gap=0)
        self.body.addLayout(self._rows)
        self._foot = self._make_foot()
        self.body.addWidget(self._foot)
        self._desk.changed.connect(self.refresh)
        self.refresh()

    def _make_foot(self) -> QWidget:
        """What everybody may do of their own, and what concerns all slots at once."""
        ui, texts = self._ui, self._ui.texts
        own = Button(ui, texts("security.people.own"), kind="link", icon="key")
        own.setObjectName("own")
        own.clicked.connect(self._presenter.own_passphrase_asked)
        turn = Button(ui, texts("security.people.turn"), kind="link", icon="refresh")
        turn.setObjectName("turn")
        turn.clicked.connect(lambda: self._presenter.open_panel("turn", "turn"))
        foot = frame("clear")
        foot.setLayout(row(ui, own, turn if self._may else None, 1, gap=8, margins=(12, 6)))
        return foot

    def _heads(self) -> QWidget:
        heads = frame("table-head")
        line = self._grid()
        for at, name in enumerate(("name", "roles", "last")):
            label = ElidedLabel(self._ui, self._ui.texts(f"security.people.{name}"), 12, color="text_2")
            _share(label)
            line.addWidget(label, 0, at)
        heads.setLayout(line)
        return heads

    def _grid(self) -> QGridLayout:
        made = QGridLayout()
        made.setContentsMargins(self._ui.margins(16, 6))
        made.setHorizontalSpacing(self._ui.px(8))
        for at, share in enumerate(_COLUMNS):
            made.setColumnStretch(at, share)
            made.setColumnMinimumWidth(at, 0)
        edit = Button(self._ui, self._ui.texts("security.people.edit"), kind="link", size="small")
        made.setColumnMinimumWidth(3, edit.sizeHint().width() if self._may else 0)
        return made

    def refresh(self) -> None:
        """Show who there is."""
        clear(self._rows)
        for account in self._desk.accounts:
            made = self._row(account)
            self._rows.addWidget(made)
            made.show()
            self._rows.addWidget(line := divider())
            line.show()

    def _row(self, account: Account) -> QWidget:
        ui, texts, desk = self._ui, self._ui.texts, self._desk
        user = account.user
        name = user.name or texts("top.nobody")
        who = row(ui, Initials(ui, name, 28, quiet=True), gap=8)
        who.addWidget(ElidedLabel(ui, name, 13, bold=True), 1)
        roles = ElidedLabel(ui, roles_words(user.roles, texts), 13, color="text_2")
        here = user.id == desk.own_id
        known = here or user.id in desk.last or self._presenter.may(Permission.AUDIT_SUMMARY)
        last = last_words(desk.last.get(user.id), desk.context.clock.now(), texts) if known else ""
        if account.change_first:
            last = texts("security.people.not_yet")
        when = ElidedLabel(ui, texts("security.people.now") if here else last, 13, color="text_2")
        line = self._grid()
        for at, part in enumerate((held(who), roles, when)):
            _share(part)
            line.addWidget(part, 0, at)
        if self._may:
            edit = Button(ui, texts("security.people.edit"), kind="link", size="small")
            edit.setObjectName(f"edit.{user.id}")
            edit.setAccessibleName(texts("security.people.edit_whom", name=name))
            edit.clicked.connect(lambda _=False: self._presenter.open_panel(f"person:{user.id}", f"edit.{user.id}"))
            line.addWidget(edit, 0, 3, Qt.AlignmentFlag.AlignRight)
        made = QWidget()
        made.setMinimumHeight(ui.px(36))
        made.setLayout(line)
        return made


def _share(part: QWidget) -> None:
    """Let the column alone say how wide a part is, so that rows and heads stand in one line."""
    part.setSizePolicy(QSizePolicy.Policy.Ignored, part.sizePolicy().verticalPolicy())
