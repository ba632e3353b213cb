"""What each role may do: from the one table that the store itself asks, for the roles that somebody here has."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop.security.presenter import SecurityPresenter
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, clear, column, divider, frame
from engine.workflows.users import Permission, Role, holders

_COLUMN = 58


def permission_rows(roles: tuple[Role, ...]) -> tuple[tuple[tuple[Permission, ...], frozenset[Role]], ...]:
    """Return what the same of these roles may do, together. What every role there is may do is left out."""
    found: dict[frozenset[Role], list[Permission]] = {}
    for permission in Permission:
        if holders(permission) == frozenset(Role):
            continue
        found.setdefault(holders(permission) & frozenset(roles), []).append(permission)
    return tuple((tuple(each), held) for held, each in found.items() if held)


class RolesCard(Card):
    """A line for what the same roles may do, with a tick or a dash for each role."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__(ui, gap=0, pad=0)
        self._ui, self._desk = ui, presenter.people
        title = Label(ui, ui.texts("security.roles.title"), 14, bold=True)
        title.setContentsMargins(ui.margins(16, 12))
        self.body.addWidget(title)
        self._rows = column(ui, gap=0)
        self.body.addLayout(self._rows)
        self._desk.changed.connect(self.refresh)
        self._shown: tuple[Role, ...] = ()
        self.refresh()

    def refresh(self) -> None:
        """Show the roles of this clinic."""
        held = frozenset[Role]().union(*(account.user.roles for account in self._desk.accounts))
        roles = tuple(role for role in Role if role in held)
        if roles == self._shown:
            return
        self._shown = roles
        clear(self._rows)
        self._add(self._heads(roles))
        for permissions, holding in permission_rows(roles):
            self._add(self._row(permissions, roles, holding))
            self._add(divider())

    def _add(self, part: QWidget) -> None:
        self._rows.addWidget(part)
        part.show()

    def _grid(self, roles: tuple[Role, ...]) -> QGridLayout:
        made = QGridLayout()
        made.setContentsMargins(self._ui.margins(16, 6))
        made.setHorizontalSpacing(self._ui.px(6))
        made.setColumnStretch(0, 1)
        for at in range(1, len(roles) + 1):
            made.setColumnMinimumWidth(at, self._ui.px(_COLUMN))
        return made

    def _heads(self, roles: tuple[Role, ...]) -> QWidget:
        made, line = frame("table-head"), self._grid(roles)
        for at, role in enumerate(roles, 1):
            words = Label(self._ui, self._ui.texts(f"security.roles.short.{role.value}"), 12, tone="2", wrap=False)
            line.addWidget(words, 0, at, Qt.AlignmentFlag.AlignHCenter)
        made.setLayout(line)
        return made

    def _row(self, permissions: tuple[Permission, ...], roles: tuple[Role, ...], holding: frozenset[Role]) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        named = [texts(f"security.permission.{each.value.replace('.', '_')}") for each in permissions]
        words = texts("security.comma").join(named)
        made, line = QWidget(), self._grid(roles)
        line.addWidget(Label(ui, words[:1].upper() + words[1:], 13), 0, 0)
        for at, role in enumerate(roles, 1):
            line.addWidget(self._mark(role in holding), 0, at, Qt.AlignmentFlag.AlignHCenter)
        may = [texts.wording.say(f"role.{role.value}") for role in roles if role in holding]
        made.setAccessibleName(texts("security.roles.read", what=words, roles=texts("security.comma").join(may)))
        made.setLayout(line)
        return made

    def _mark(self, on: bool) -> QLabel:
        if not on:
            return Label(self._ui, "–", 13, tone="3", wrap=False)
        mark = QLabel()
        mark.setPixmap(self._ui.theme.pixmap("check", "ok", 16))
        return mark
