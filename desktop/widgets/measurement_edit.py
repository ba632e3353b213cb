"""One value to type: label and range above, line and unit in one frame, what is to be said of it below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from desktop.widgets.fields import LineEdit
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.ui import Ui, column, restyle, row

_NOT_KNOWN_SIGNS = frozenset({"?", "？"})
_EDGES = {"warn": "warn_mark", "danger": "danger", "": "edge", "unknown": "edge"}
_ICONS = {"warn": "warning", "danger": "octagon", "ask": "question", "info": "info"}


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence under a field: ``danger`` and ``warn`` also mark the field, ``ask`` and ``info`` do not refuse."""

    text: str
    tone: str = "danger"


class ValueEdit(LineEdit):
    """A line that knows the keys of a form: Enter goes on, Shift+Enter back, "?" says not known."""

    went = Signal(int)  # 1: Enter, -1: Shift+Enter
    not_known = Signal()
    unit_asked = Signal()
    focused = Signal(bool)

    def __init__(self, ui: Ui, name: str) -> None:
        super().__init__(ui, "", name=name)
        self.takes_not_known = True
        self.setProperty("embedded", "true")
        self.setMinimumWidth(ui.px(34))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the keys of the form; everything else is typed."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and modifiers in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
        ):
            self.went.emit(-1 if modifiers else 1)
            event.accept()
        elif self.takes_not_known and self._says_not_known(event):
            self.not_known.emit()
            event.accept()
        elif event.key() == Qt.Key.Key_Down and modifiers == Qt.KeyboardModifier.AltModifier:
            self.unit_asked.emit()
            event.accept()
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F6):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Choose everything, so that typing replaces it."""
        super().focusInEvent(event)
        if event.reason() not in (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.PopupFocusReason):
            self.selectAll()
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that it is left."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.focused.emit(False)

    def _says_not_known(self, event: QKeyEvent) -> bool:
        pad_plus = event.text() == "+" and bool(event.modifiers() & Qt.KeyboardModifier.KeypadModifier)
        return pad_plus or event.text() in _NOT_KNOWN_SIGNS


class UnitButton(QWidget):
    """The unit at the right of a value; with several, pressing it goes to another."""

    pressed = Signal()

    def __init__(self, ui: Ui, *, framed: bool = True) -> None:
        """Make it; ``framed``: a hair line parts it from the value before it."""
        super().__init__()
        self._ui, self._framed, self._text, self._several = ui, framed, "", False
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    @property
    def text(self) -> str:
        """The unit as it is written."""
        return self._text

    def show_unit(self, text: str, several: bool, name: str) -> None:
        """Show a unit, and whether there are others."""
        if (text, several, name) == (self._text, self._several, self.accessibleName()):
            return
        self._text, self._several = text, several
        self.setAccessibleName(name)
        self.setToolTip(name if several else "")
        self.setCursor(Qt.CursorShape.PointingHandCursor if several else Qt.CursorShape.ArrowCursor)
        self.setVisible(bool(text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of unit and arrow."""
        wide = QFontMetrics(self._ui.theme.font(12)).horizontalAdvance(self._text) + self._left() + self._ui.px(6)
        return QSize(wide + (self._ui.px(14) if self._several else 0), self._ui.px(20))

    def _left(self) -> int:
        return self._ui.px(7) if self._framed else 0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for another unit."""
        if self._several:
            self.pressed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the unit behind a hair line, and an arrow where there are others."""
        painter, theme = QPainter(self), self._ui.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._framed:
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(0, self._ui.px(2), 0, self.height() - self._ui.px(2))
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text_2"))
        box = QRectF(self._left(), 0, self.width(), self.height())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), self._text)
        if self._several:
            side = self._ui.px(12)
            x = self.width() - side - self._ui.px(4)
            painter.drawPixmap(x, (self.height() - side) // 2, theme.pixmap("down", "text_2", 12))


class ValueFrame(QWidget):
    """The edge around line and unit; it tells the state by its line, thickness and colour together."""

    def __init__(self, ui: Ui, line: ValueEdit, unit: UnitButton) -> None:
        super().__init__()
        self._ui, self._line = ui, line
        self.state = ""
        self.setLayout(row(ui, line, unit, gap=4, margins=(9, 2, 3, 2)))
        self.setFixedHeight(ui.px(32))

    def show_state(self, state: str) -> None:
        """Show a state: empty for none, ``unknown``, ``warn``, ``danger``, ``calculated``."""
        if state != self.state:
            self.state = state
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground and edge."""
        painter, theme = QPainter(self), self._ui.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box, radius = QRectF(self.rect()).adjusted(1, 1, -1, -1), self._ui.px(6)
        if self.state == "calculated":
            painter.setPen(QPen(theme.color("line"), 1))
            painter.setBrush(theme.color("sunken"))
            painter.drawRoundedRect(box, radius, radius)
            return
        focused = self._line.hasFocus()
        color = theme.color("primary" if focused and self.state != "danger" else _EDGES.get(self.state, "edge"))
        pen = QPen(color, 2 if focused or self.state == "danger" else 1)
        if self.state == "unknown" and not focused:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(theme.color("warn_tint" if self.state == "warn" and not focused else "surface"))
        painter.drawRoundedRect(box, radius, radius)
        if self.state == "warn" and not focused:
            painter.fillRect(QRectF(box.left(), box.top() + radius / 2, self._ui.px(3), box.height() - radius), color)


class FieldHead(QWidget):
    """The line above a field: its label, and at the right a quiet fact such as the range or the day it is from."""

    pressed = Signal()  # what stands behind the value is asked

    def __init__(self, ui: Ui, label: str) -> None:
        super().__init__()
        self._label = ElidedLabel(ui, label, 12, color="text_2")
        self._fact = ElidedLabel(ui, "", 11, color="text_3")
        self.line = row(ui, self._label, self._fact, gap=6)
        self.line.setStretch(0, 1)
        self.setLayout(self.line)
        self._gap = ui.px(6)
        self._facts: tuple[str, str] = ("", "")
        self._fact.hide()

    def show_fact(self, text: str, short: str = "") -> None:
        """Show another fact, in fewer words where the label leaves no room for it; empty for none."""
        if (text, short) != self._facts:
            self._facts = (text, short)
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See what has room now: the label comes first."""
        super().resizeEvent(event)
        self._fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask what stands behind the value."""
        self.pressed.emit()

    def _fit(self) -> None:
        room = self.width() - self._label.sizeHint().width() - self._gap
        metrics = QFontMetrics(self._fact.font())
        fitting = next((one for one in self._facts if one and metrics.horizontalAdvance(one) + 2 <= room), "")
        if fitting != self._fact.text():
            self._fact.setText(fitting)
        self._fact.setVisible(bool(fitting))


class SaidLine(QWidget):
    """The sentences under a field, with the sign of the first; hidden while there is nothing to say."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._icon = Label(ui, "", 12, wrap=False)
        self._text = Label(ui, "", 12)
        self._facts = Label(ui, "", 12, tone="3")
        self.setLayout(row(ui, self._icon, column(ui, self._text, self._facts, gap=0), gap=6))
        self.layout().setStretch(1, 1)  # type: ignore[union-attr]  # it was set in the line above
        self._icon.setFixedHeight(ui.line(12))  # beside the first line, whatever follows
        self.layout().setAlignment(self._icon, Qt.AlignmentFlag.AlignTop)  # type: ignore[union-attr]  # as above
        self._said: tuple[Said, ...] = ()
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty when nothing."""
        return "\n".join(each.text for each in self._said)

    def say(self, said: Sequence[Said]) -> None:
        """Say these sentences: the first gives sign and colour, mere facts after it stay quiet."""
        if tuple(said) == self._said:
            return
        self._said = tuple(said)
        if said:
            tone = said[0].tone
            ink = "warn" if tone == "ask" else "text_3" if tone == "info" else tone
            self._icon.setPixmap(self._ui.theme.pixmap(_ICONS.get(tone, "info"), ink, 14))
            facts = [each.text for each in said if each.tone == "info" and tone != "info"]
            self._text.setText("\n".join(each.text for each in said if each.text not in facts))
            self._facts.setText("\n".join(facts))
            self._facts.setVisible(bool(facts))
            restyle(self._text, "tone", "3" if tone == "info" else "warn" if tone == "ask" else tone)
        self.setVisible(bool(said))


class MeasurementEdit(QWidget):
    """Label, line, unit and sentence of one value. Typed text always stays, whatever is wrong with it."""

    edited = Signal(str)
    not_known = Signal()
    unit_chosen = Signal(str)
    went = Signal(int)
    focused = Signal(bool)

    def __init__(self, ui: Ui, label: str, *, takes_not_known: bool = True) -> None:
        """Make a field.

        Args:
            ui: look and language.
            label: above it.
            takes_not_known: whether "?" says that the value is not known.
        """
        super().__init__()
        self._ui, self._label = ui, label
        self._units: tuple[tuple[str, str], ...] = ()
        self._unit = ""
        self.head = FieldHead(ui, label)
        self.edit = ValueEdit(ui, label)
        self.edit.takes_not_known = takes_not_known
        self.unit = UnitButton(ui)
        self.unit.hide()
        self.frame = ValueFrame(ui, self.edit, self.unit)
        self.message = SaidLine(ui)
        whole = column(ui, self.head, self.frame, self.message, gap=4)
        whole.addStretch(1)
        self.setLayout(whole)
        self.setFocusProxy(self.edit)
        self.edit.textEdited.connect(self.edited)
        self.edit.not_known.connect(self.not_known)
        self.edit.unit_asked.connect(self.next_unit)
        self.unit.pressed.connect(self.next_unit)
        self.edit.went.connect(self.went)
        self.edit.focused.connect(self._focused)

    def show_value(self, text: str, faint: str = "") -> None:
        """Show a text, and behind an empty line what stood there before or that it is not known."""
        if text != self.edit.text():
            self.edit.setText(text)
        if faint != self.edit.placeholderText():
            self.edit.setPlaceholderText(faint)

    def show_units(self, units: Sequence[tuple[str, str]], unit: str) -> None:
        """Offer units, code and words, with the present one; screen readers say it behind the label."""
        if (tuple(units), unit) == (self._units, self._unit):
            return
        self._units, self._unit = tuple(units), unit
        several = len(self._units) > 1
        words = dict(self._units).get(unit, "")
        name = self._ui.texts("record.unit_other", unit=words) if several else words
        self.unit.show_unit(words, several, name)
        self.edit.setAccessibleName(f"{self._label}, {words}" if words else self._label)

    def say(self, said: Sequence[Said], state: str = "") -> None:
        """Say what is to be said and show the state that goes with it."""
        self.frame.show_state(state)
        self.message.say(said)
        words = " ".join(each.text for each in said)
        if words != self.edit.accessibleDescription():
            self.edit.setAccessibleDescription(words)

    def next_unit(self) -> None:
        """Go to the other unit, or offer the units where there are more than two."""
        others = [(code, words) for code, words in self._units if code != self._unit]
        if len(others) == 1:
            self.unit_chosen.emit(others[0][0])
        elif others:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            for code, words in others:
                menu.addAction(words).triggered.connect(lambda _=False, code=code: self.unit_chosen.emit(code))
            menu.popup(self.unit.mapToGlobal(self.unit.rect().bottomLeft()))

    def _focused(self, on: bool) -> None:
        self.frame.update()
        self.focused.emit(on)
