"""The frame of an open clinic: rail, top bar, the page, and what is said at its foot. No feature lives here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from desktop.widgets.buttons import Button
from desktop.widgets.finder import Finder, Found
from desktop.widgets.initials import Initials
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Notice, Pill
from desktop.widgets.rail import Place, Rail
from desktop.widgets.state_button import StateButton
from desktop.widgets.ui import Ui, column, divider, held, row

_TOAST_MS = 8_000


class Toast(QFrame):
    """What just worked, for eight seconds or until it is closed."""

    def __init__(self, ui: Ui, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "toast")
        self._text = Label(ui, "", 13)
        self._close = Button(ui, "", icon="close", name=ui.texts("toast.close"), kind="toast")
        self._close.clicked.connect(self.hide)
        self.setLayout(row(ui, self._text, self._close, margins=(14, 8)))
        self.setFixedWidth(ui.px(320))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def say(self, text: str) -> None:
        """Show a sentence."""
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setFixedHeight(max(self.sizeHint().height(), self.heightForWidth(self.width())))  # all its lines
        self.show()
        self.raise_()
        self._timer.start(_TOAST_MS)


class TopBar(QFrame):
    """The same on all places: find a patient, what clinic this is, who is here, lock."""

    lock_asked = Signal()
    backup_asked = Signal()  # to be looked at

    def __init__(self, ui: Ui, find: Callable[[str], Sequence[Found]], user: str, practice: bool) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.setFixedHeight(ui.px(48))
        self.finder = Finder(ui, find)
        self._practice = Pill(ui, ui.texts("top.practice"), "warn", icon="info")
        if not practice:  # else the bar shows it: without a parent it would be a window of its own for a moment
            self._practice.hide()
        self._is_practice = practice
        self._backup = StateButton(ui, "store", ui.texts("backup.bar.open"))
        self._backup.hide()
        self._backup.clicked.connect(self.backup_asked)
        self._offline = Pill(ui, ui.texts("top.offline"), "quiet", icon="shield")
        name = ElidedLabel(ui, user or ui.texts("top.nobody"), 13)
        apart = divider(vertical=True)
        apart.setFixedHeight(ui.px(24))
        self._user = held(row(ui, apart, Initials(ui, user, 28, quiet=True) if user else None, name))
        around = self._user.sizeHint().width() - name.sizeHint().width()
        self._user.setMinimumWidth(around + min(name.sizeHint().width(), ui.px(180)))  # the finder gives way first
        self._ui = ui
        self._lock = Button(ui, ui.texts("top.lock"), icon="lock", key="Ctrl+L")
        self._lock.clicked.connect(self.lock_asked)
        parts = (self._practice, self._backup, self._offline, self._user, self._lock)
        line = row(ui, self.finder, 1, *parts, gap=12, margins=(16, 0))
        self.setLayout(line)

    def minimumSizeHint(self) -> QSize:
        """Return the room of the finder and the lock: the rest stands back in a small window."""
        lock = self._lock.sizeHint().width()
        return QSize(self.finder.minimumWidth() + lock + 3 * self._ui.px(16), self._ui.px(48))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let go of what has no room: the user's name first, then the offline mark, then how old the backup is."""
        super().resizeEvent(event)
        self._arrange()

    def show_backup(self, text: str, tone: str) -> None:
        """Show how old the backup is; an empty text shows nothing."""
        self._backup.show_state(text, tone)
        self._arrange()

    def _arrange(self) -> None:
        room = self.width() - self.minimumSizeHint().width()
        backup = bool(self._backup.text())
        for part, wanted in (
            (self._practice, self._is_practice),
            (self._backup, backup),
            (self._offline, True),
            (self._user, True),
        ):
            needed = (part.minimumWidth() or part.sizeHint().width()) + self._ui.px(12)
            part.setVisible(wanted and needed <= room)
            room -= needed if wanted else 0


class Shell(QWidget):
    """Rail, top bar and pages, once a clinic is open."""

    place_asked = Signal(str)
    lock_asked = Signal()
    person_asked = Signal(str)
    backup_asked = Signal()  # make one now

    def __init__(
        self, ui: Ui, places: Sequence[Place], find: Callable[[str], Sequence[Found]], user: str, practice: bool
    ) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._pages: dict[str, QWidget] = {}
        self.rail = Rail(ui, places)
        self.top = TopBar(ui, find, user, practice)
        self.stack = QStackedWidget()
        self.stack.addWidget(QWidget())  # or the first page would be shown as soon as it is put in
        self.notice = Notice(ui, "danger")
        self._close_notice = ui.texts("notice.close")
        self.toast = Toast(ui, self)
        self._foot = QWidget()  # takes no room while there is nothing to say
        self._foot.setLayout(column(ui, self.notice, margins=(16, 8)))
        self._foot.hide()
        self.standing = Notice(ui)
        self._above = QWidget()  # as the foot
        self._above.setLayout(column(ui, self.standing, margins=(16, 8)))
        self._above.hide()
        right = column(ui, self.top, self._above, gap=0)
        right.addWidget(self.stack, 1)
        right.addWidget(self._foot)
        whole = row(ui, self.rail, gap=0)
        whole.addLayout(right, 1)
        self.setLayout(whole)
        self.rail.asked.connect(self.place_asked)
        self.top.lock_asked.connect(self.lock_asked)
        self.top.finder.opened.connect(self.person_asked)
        find_key = QShortcut(QKeySequence("Ctrl+K"), self)
        find_key.activated.connect(self.top.finder.start)
        QShortcut(QKeySequence("Ctrl+B"), self).activated.connect(self.backup_asked)

    def add_page(self, code: str, page: QWidget) -> None:
        """Put a page in."""
        self._pages[code] = page
        self.stack.addWidget(page)

    def has_page(self, code: str) -> bool:
        """Whether a page was made already."""
        return code in self._pages

    def page(self, code: str) -> QWidget:
        """Return a page that was made."""
        return self._pages[code]

    def show_page(self, code: str, place: str) -> None:
        """Show a page, and in the rail the place it belongs to."""
        self.stack.setCurrentWidget(self._pages[code])
        self.rail.show_place(place)

    def say_problem(self, text: str) -> None:
        """Say at the foot of the page what went wrong, until it is closed."""
        self.notice.say(text, "danger", self._close_notice, self._end_notice)
        self._foot.setVisible(bool(text))

    def tell_standing(self, text: str, action: str, call: Callable[[], None]) -> None:
        """Say above every page that something was not as it was left; an empty text ends it."""
        self.standing.say(text, "warn", action, call)
        self._above.setVisible(bool(text))

    def _end_notice(self) -> None:
        self.say_problem("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the toast at its place."""
        super().resizeEvent(event)
        self._place_toast()

    def say_good(self, text: str) -> None:
        """Say what just worked."""
        self.toast.say(text)
        self._place_toast()

    def _place_toast(self) -> None:
        self.toast.move(self.rail.width() + 16, self.height() - self.toast.height() - 72)
