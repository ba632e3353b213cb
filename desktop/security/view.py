"""The page of security: how the clinic stands at its head, cards below; a panel takes their place while it is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QWidget

from desktop.security.backup_card import BackupCard
from desktop.security.checkpoint_card import CheckpointCard
from desktop.security.drill_card import DrillCard, DrillPanel
from desktop.security.emergency_panel import EmergencyPanel
from desktop.security.lock_card import LockCard
from desktop.security.log_card import LogCard
from desktop.security.people_card import PeopleCard
from desktop.security.person_panel import PersonPanel
from desktop.security.presenter import SecurityPresenter
from desktop.security.remove_panel import TurningPanel
from desktop.security.restore import RestorePanel
from desktop.security.reviews_card import ReviewsCard
from desktop.security.roles_card import RolesCard
from desktop.security.sheet_panel import SheetPanel
from desktop.security.words import drill_words, log_words
from desktop.widgets.buttons import Button
from desktop.widgets.parts import PageHeader, Pill, scrolled
from desktop.widgets.ui import Ui, clear, column, row, take_out
from engine.workflows.users import Permission

Make = Callable[[Ui, SecurityPresenter], QWidget]
# Every card by its code; its place is in ``_arrange``. A card looks for what it shows when it is made and when
# ``presenter.changed`` is emitted.
CARDS: Mapping[str, Make] = {
    "reviews": ReviewsCard,
    "people": PeopleCard,
    "roles": RolesCard,
    "lock": LockCard,
    "checkpoint": CheckpointCard,
    "backup": BackupCard,
    "drill": DrillCard,
    "log": LogCard,
}
# What opens in the place of the cards by ``presenter.open_panel(code)``; what follows a colon in the code is its own.
PANELS: Mapping[str, Make] = {
    "person": PersonPanel,
    "remove": TurningPanel,
    "turn": TurningPanel,
    "sheet": SheetPanel,
    "emergency": EmergencyPanel,
    "drill": DrillPanel,
    "restore": lambda ui, presenter: RestorePanel(ui, presenter.restoring),
}
_LEFT = ("reviews", "people", "roles", "lock", "checkpoint")
_BESIDE = ("backup", "drill")
_LOG = "log"
_WITH_TWO_COLUMNS = 1040  # from this width on people stand beside backup and log
_BESIDE_FROM = 700  # from this width on backup and drill stand beside each other, where everything is one column
_LEFT_WIDTH = 472
_NARROWEST = 400


class SecurityView(QWidget):
    """The whole page."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        self._header = self._make_header()
        self.cards = {code: make(ui, presenter) for code, make in CARDS.items()}
        self._left = column(ui, gap=16)
        self._beside = row(ui, gap=16)
        self._right = column(ui, gap=16)
        self._body = row(ui, gap=16, margins=(16,))
        self._area = scrolled(self._body)
        self._panel_place = column(ui, gap=0)
        panel_page = column(ui, self._panel_place, 1, gap=0, margins=(16,))
        self._panel_area = scrolled(panel_page)
        self.panel: QWidget | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self._area)
        self._stack.addWidget(self._panel_area)
        whole = column(ui, self._header, gap=0)
        whole.addWidget(self._stack, 1)
        self.setLayout(whole)
        self._columns: tuple[bool, bool] | None = None
        presenter.changed.connect(self._refresh)
        presenter.log.state_changed.connect(self._refresh)
        presenter.panel_changed.connect(self._show_panel)
        self._arrange()
        self._refresh()
        self._show_panel()

    def _make_header(self) -> PageHeader:
        ui, texts = self._ui, self._ui.texts
        header = PageHeader(ui, texts("security.title"))
        header.setProperty("role", "bar")
        header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        header.caption.hide()  # pills stand in its place
        self._encrypted = Pill(ui, texts("security.encrypted"), "ok", icon="shield")
        self._log = Pill(ui, "", "ok")
        self._drill = Pill(ui, texts("security.drill_due"), "warn", icon="clock")
        for pill in (self._encrypted, self._log, self._drill):
            header.left.addWidget(pill)
        self._log.hide()
        self._drill.hide()
        self._add_actions(header)
        return header

    def _add_actions(self, header: PageHeader) -> None:
        """Put in what who is here may do for the whole clinic."""
        texts, presenter = self._ui.texts, self._presenter
        offered = (
            ("emergency", "warning", presenter.may(Permission.EMERGENCY) and not presenter.may(Permission.PEOPLE_READ)),
            ("sheet", "key", presenter.may(Permission.USERS)),
        )
        for code, icon, shown in offered:
            if shown:
                button = Button(self._ui, texts(f"security.{code}.open"), icon=icon)
                button.setObjectName(code)
                button.clicked.connect(lambda _=False, panel=code: presenter.open_panel(panel, panel))
                header.right.addWidget(button)

    def showEvent(self, event: QShowEvent) -> None:
        """Look anew, as the clinic may have changed since."""
        super().showEvent(event)
        self._presenter.look()

    def minimumSizeHint(self) -> QSize:
        """Return what the narrowest arrangement needs; the present one must not keep the window from shrinking."""
        return QSize(self._ui.px(_NARROWEST), self._ui.px(200))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the cards where they have room."""
        super().resizeEvent(event)
        self._arrange()
        self._arrange_header()

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        overview, texts = self._presenter.overview, self._ui.texts
        if overview is None:
            return
        self._log.show_state(*log_words(overview, self._presenter.log.checked, texts))
        self._drill.show_state(*drill_words(overview, texts))
        self._arrange_header()

    def _arrange_header(self) -> None:
        """Let go of the pills that have no room: what is most worth knowing stays."""
        overview, px = self._presenter.overview, self._ui.px
        room = self.width() - self._header.title.sizeHint().width() - self._header.right.sizeHint().width() - px(64)
        due = overview is not None and overview.backup.drill_due
        for pill, wanted in ((self._log, overview is not None), (self._drill, due), (self._encrypted, True)):
            needed = pill.sizeHint().width() + px(12)
            pill.setVisible(wanted and needed <= room)
            room -= needed if wanted else 0

    def _arrange(self) -> None:
        wide = self.width() >= self._ui.px(_WITH_TWO_COLUMNS)
        beside = wide or self.width() >= self._ui.px(_BESIDE_FROM)
        if self._columns == (wide, beside):
            return
        self._columns = (wide, beside)
        for box in (self._left, self._beside, self._right, self._body):
            take_out(box)
        self._beside.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        for code in _BESIDE:
            self._place(self._beside, code, 1)
        if wide:
            self._two_columns()
        else:
            self._one_column()

    def _two_columns(self) -> None:
        for code in _LEFT:
            self._place(self._left, code)
        self._left.addStretch(1)
        self._right.addLayout(self._beside)
        self._place(self._right, _LOG, 1)
        if _LOG not in self.cards:
            self._right.addStretch(1)
        self._body.setDirection(QBoxLayout.Direction.LeftToRight)
        self._body.addLayout(self._left, _LEFT_WIDTH)
        self._body.addLayout(self._right, 766)

    def _one_column(self) -> None:
        self._body.setDirection(QBoxLayout.Direction.TopToBottom)
        for code in _LEFT[:2]:
            self._place(self._body, code)
        self._body.addLayout(self._beside)
        self._place(self._body, _LOG)
        for code in _LEFT[2:]:
            self._place(self._body, code)
        self._body.addStretch(1)

    def _place(self, box: QBoxLayout, code: str, stretch: int = 0) -> None:
        if code in self.cards:
            box.addWidget(self.cards[code], stretch)

    # --- panels -----------------------------------------------------------------------------------------------------

    def _show_panel(self) -> None:
        code = self._presenter.panel.partition(":")[0]
        clear(self._panel_place)
        self.panel = None
        if code in PANELS:
            self.panel = PANELS[code](self._ui, self._presenter)
            self._panel_place.addWidget(self.panel)
            self.panel.show()
            self._panel_area.verticalScrollBar().setValue(0)
        self._stack.setCurrentWidget(self._panel_area if self.panel else self._area)
        if self.panel is None and self._presenter.control and self.isVisible():
            used = self.findChild(QWidget, self._presenter.control)
            if used is not None:
                used.setFocus()
