"""The page of settings: sections left, controls in the middle, what colours mean beside them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.preferences.about import AboutSection
from desktop.preferences.clinic_sections import ClinicSection, RiskSection
from desktop.preferences.presenter import SECTIONS, PreferencesPresenter
from desktop.preferences.sections import LookSection, MarksCard, Section, UnitsSection
from desktop.widgets.choices import Select
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, PageHeader, scrolled
from desktop.widgets.ui import Ui, clear, column, row

_MIDDLE_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_ICONS = {"look": "globe", "risk": "heart", "units": "drop", "clinic": "people", "about": "info"}
_WITH_MARKS = 1120  # from this width on the marks stand beside the section
_WITH_LIST = 700  # below, the sections are a list to open

_NARROWEST = 380


class _Item(QAbstractButton):
    """One section in the list: the present one has a bar at its edge, a tint, and is bold."""

    def __init__(self, ui: Ui, code: str) -> None:
        super().__init__()
        self._ui = ui
        self._icon = _ICONS[code]
        self.setText(ui.texts(f"preferences.section.{code}"))
        self.setAccessibleName(self.text())
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        words = QFontMetrics(self._ui.theme.bold(13)).horizontalAdvance(self.text())
        return QSize(words + self._ui.px(62), self._ui.px(44))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px, painter = self._ui.theme, self._ui.px, QPainter(self)
        here = self.isChecked()
        if here or self.underMouse():
            painter.fillRect(self.rect(), theme.color("tint" if here else "sunken"))
        if here:
            painter.fillRect(0, 0, px(3), self.height(), theme.color("primary"))
        if self.hasFocus():
            painter.setPen(QPen(theme.color("primary"), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.drawPixmap(px(18), (self.height() - px(18)) // 2, theme.pixmap(self._icon, "text_2", 18))
        painter.setPen(theme.color("primary" if here else "text_2"))
        painter.setFont(theme.bold(13) if here else theme.font(13))
        painter.drawText(
            self.rect().adjusted(px(47), 0, 0, 0),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            self.text(),
        )


class _List(Card):
    """The sections; arrows go up and down."""

    chosen = Signal(str)

    def __init__(self, ui: Ui, code: str) -> None:
        super().__init__(ui, gap=0, pad=0)
        self.body.setContentsMargins(ui.margins(1, 8))
        self.items = {each: _Item(ui, each) for each in SECTIONS}
        for each, item in self.items.items():
            item.clicked.connect(lambda _=False, name=each: self.chosen.emit(name))
            self.body.addWidget(item)
        self.body.addStretch(1)
        self.show_section(code)
        widest = max(item.sizeHint().width() for item in self.items.values())
        self.setFixedWidth(max(ui.px(240), widest + 2))

    def show_section(self, code: str) -> None:
        """Mark the present section; it is the one stop of Tab in the list."""
        self.items[code].setChecked(True)
        for each, item in self.items.items():
            item.setFocusPolicy(Qt.FocusPolicy.StrongFocus if each == code else Qt.FocusPolicy.ClickFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go up and down."""
        step = {int(Qt.Key.Key_Down): 1, int(Qt.Key.Key_Up): -1}.get(event.key())
        if step is None:
            super().keyPressEvent(event)
            return
        now = next(at for at, code in enumerate(SECTIONS) if self.items[code].isChecked())
        wanted = SECTIONS[max(0, min(len(SECTIONS) - 1, now + step))]
        self.items[wanted].setFocus()
        self.chosen.emit(wanted)


class PreferencesView(QWidget):
    """The whole page."""

    def __init__(self, ui: Ui, presenter: PreferencesPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        self._section: Section | None = None
        header = PageHeader(ui, ui.texts("preferences.title"))
        header.setProperty("role", "bar")
        header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        tick = QLabel()
        tick.setPixmap(ui.theme.pixmap("check", "ok", 16))
        header.right.addWidget(tick)
        header.right.addWidget(Label(ui, ui.texts("preferences.at_once"), 12, tone="3", wrap=False))
        self._list = _List(ui, presenter.section)
        self._list.chosen.connect(self._turn)
        names = [(code, ui.texts(f"preferences.section.{code}")) for code in SECTIONS]
        self._short = Select(ui, names, presenter.section, name=ui.texts("preferences.title"))
        self._short.chosen.connect(self._turn)
        self._place: QVBoxLayout = column(ui, gap=0, margins=(0,))
        self._area: QScrollArea = scrolled(self._place)
        self._area.setMinimumWidth(ui.px(200))
        self._marks = MarksCard(ui)
        self._marks.setFixedWidth(ui.px(320))
        self._body = row(ui, self._list, self._short, gap=16, margins=(16,))
        self._body.addWidget(self._area, 1)
        self._body.addWidget(self._marks, 0, Qt.AlignmentFlag.AlignTop)
        whole = column(ui, header, gap=0)
        whole.addLayout(self._body, 1)
        self.setLayout(whole)
        presenter.changed.connect(self._refresh)
        presenter.section_asked.connect(self._turn)
        self._show()
        QTimer.singleShot(0, self, self._focus)

    def minimumSizeHint(self) -> QSize:
        """Return what the narrowest arrangement needs; the present one must not keep the window from shrinking."""
        return QSize(self._ui.px(_NARROWEST), self._ui.px(200))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        width = self.width()
        listed = width >= self._ui.px(_WITH_LIST)
        self._list.setVisible(listed)
        self._short.setVisible(not listed)
        self._body.setDirection(QBoxLayout.Direction.LeftToRight if listed else QBoxLayout.Direction.TopToBottom)
        self._marks.setVisible(self._presenter.section == "look" and width >= self._ui.px(_WITH_MARKS))

    def _turn(self, code: str) -> None:
        self._presenter.show_section(code)
        self._list.show_section(code)
        self._short.set_value(code)
        self._show()
        self._area.verticalScrollBar().setValue(0)

    def _show(self) -> None:
        kinds: dict[str, type[Section]] = {
            "look": LookSection,
            "risk": RiskSection,
            "units": UnitsSection,
            "clinic": ClinicSection,
            "about": AboutSection,
        }
        clear(self._place)
        self._section = kinds[self._presenter.section](self._ui, self._presenter)
        self._place.addWidget(self._section)
        self._section.show()
        self._arrange()

    def _refresh(self) -> None:
        if self._section is not None:
            self._section.refresh()
            self._focus()

    def _focus(self) -> None:
        """Give the focus back to what was used last, when the page was made anew."""
        if not self._presenter.control:
            return
        found = self.findChild(QWidget, self._presenter.control)
        if found is not None:
            found.setFocus()
            self._area.ensureWidgetVisible(found)
