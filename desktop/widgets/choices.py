"""Choices: a segment for two to four exclusive answers, a switch that acts at once, a list for many."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from desktop.widgets.ui import Ui


class Segment(QWidget):
    """Exclusive answers side by side. Arrows, 1 to 9 and the first letter choose; nothing may be chosen yet.

    The chosen one is tint, a 2-px edge and bold, so that it reads without colour.
    """

    chosen = Signal(str)

    def __init__(
        self,
        ui: Ui,
        options: Sequence[tuple[str, str]],
        value: str | None = None,
        *,
        name: str = "",
        height: float = 32,
    ) -> None:
        """Make a segment.

        Args:
            ui: look and language.
            options: code and words of each answer.
            value: the code chosen at first, or None.
            name: what is asked, for screen readers.
            height: at 100 %.
        """
        super().__init__()
        self._ui = ui
        self._options = list(options)
        self._value = value
        self._name = name
        self._height = height
        self._hover = -1
        self._faint = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._tell()

    @property
    def value(self) -> str | None:
        """The code that is chosen."""
        return self._value

    def set_value(self, value: str | None, *, faint: bool = False) -> None:
        """Show another answer, without telling anybody; ``faint``: it is an earlier answer, not one given now."""
        if value != self._value or faint is not self._faint:
            self._value, self._faint = value, faint
            self._tell()
            self.update()

    def choose(self, value: str) -> None:
        """Choose as a person does; an earlier answer may be given again."""
        if value != self._value or self._faint:
            self.set_value(value)
            self.chosen.emit(value)

    def sizeHint(self) -> QSize:
        """Return room for the longest words in every part."""
        metrics = QFontMetrics(self._ui.theme.bold(13))
        widest = max((metrics.horizontalAdvance(words) for _, words in self._options), default=0)
        return QSize((widest + self._ui.px(20)) * len(self._options), self._ui.px(self._height))

    def minimumSizeHint(self) -> QSize:
        """Return what the words need without much air."""
        metrics = QFontMetrics(self._ui.theme.bold(13))
        total = sum(metrics.horizontalAdvance(words) + self._ui.px(12) for _, words in self._options)
        return QSize(total, self._ui.px(self._height))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose by arrow, digit or first letter."""
        codes = [code for code, _ in self._options]
        at = codes.index(self._value) if self._value in codes else -1
        if event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self.choose(codes[min(at + 1, len(codes) - 1)])
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self.choose(codes[max(at - 1, 0)])
        elif (event.text() and not self._choose_by_text(event.text())) or not event.text():
            super().keyPressEvent(event)

    def _choose_by_text(self, text: str) -> bool:
        if text.isdigit() and 1 <= int(text) <= len(self._options):
            self.choose(self._options[int(text) - 1][0])
            return True
        fitting = [code for code, words in self._options if words[:1].casefold() == text.casefold()]
        if fitting:  # pressed again, the letter goes on to the next answer that begins with it
            at = fitting.index(self._value) + 1 if self._value in fitting else 0
            self.choose(fitting[at % len(fitting)])
            return True
        return False

    def mousePressEvent(self, event: object) -> None:
        """Choose by pointing."""
        at = self._part_at(event.position().x())  # type: ignore[attr-defined]  # Qt hands a QMouseEvent
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if 0 <= at < len(self._options):
            self.choose(self._options[at][0])

    def mouseMoveEvent(self, event: object) -> None:
        """Show where the pointer is."""
        self._hover = self._part_at(event.position().x())  # type: ignore[attr-defined]  # Qt hands a QMouseEvent
        self.update()

    def leaveEvent(self, event: object) -> None:
        """Forget where the pointer was."""
        self._hover = -1
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the parts."""
        theme, painter = self._ui.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._ui.px(6)
        whole = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.color("primary" if self.hasFocus() else "edge"), 2 if self.hasFocus() else 1))
        painter.setBrush(theme.color("surface" if self.isEnabled() else "sunken"))
        painter.drawRoundedRect(whole, radius, radius)
        for at in range(1, len(self._options)):
            painter.setPen(QPen(theme.color("line"), 1))
            x = self._left(at)
            painter.drawLine(int(x), int(whole.top()) + 2, int(x), int(whole.bottom()) - 2)
        for at, (code, words) in enumerate(self._options):
            self._draw_part(painter, at, words, chosen=code == self._value)

    def _draw_part(self, painter: QPainter, at: int, words: str, *, chosen: bool) -> None:
        theme = self._ui.theme
        box = QRectF(self._left(at), 0, self._left(at + 1) - self._left(at), self.height())
        if chosen and self._faint:
            painter.setPen(QPen(theme.color("edge"), 1, Qt.PenStyle.DashLine))
            painter.setBrush(theme.color("sunken"))
            painter.drawRoundedRect(box.adjusted(2, 2, -2, -2), self._ui.px(5), self._ui.px(5))
            chosen = False
        if chosen:
            painter.setPen(QPen(theme.color("primary"), 2))
            painter.setBrush(theme.color("tint"))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), self._ui.px(6), self._ui.px(6))
        painter.setPen(theme.color("primary" if chosen else "text" if self.isEnabled() else "text_3"))
        painter.setFont(theme.bold(13) if chosen else theme.font(13))
        if at == self._hover and not chosen:
            painter.setPen(theme.color("primary"))
        fitting = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()) - 4)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), fitting)

    def _left(self, at: int) -> float:
        """Return where a part begins: all are equally wide where their words fit so, else by their words."""
        count = max(1, len(self._options))
        metrics = QFontMetrics(self._ui.theme.bold(13))
        needed = [metrics.horizontalAdvance(words) + self._ui.px(16) for _, words in self._options]
        if not needed or max(needed) <= self.width() / count:
            return self.width() * at / count
        spare = (self.width() - sum(needed)) / count
        return sum(needed[:at]) + spare * at

    def _part_at(self, x: float) -> int:
        return next((at for at in range(len(self._options)) if x < self._left(at + 1)), len(self._options))

    def _tell(self) -> None:
        words = dict(self._options).get(self._value or "", "")
        self.setAccessibleName(f"{self._name}: {words}" if words else self._name)


class Switch(QCheckBox):
    """On or off, at once."""

    def __init__(self, ui: Ui, on: bool = False, *, name: str = "") -> None:
        super().__init__()
        self._ui = ui
        self.setChecked(on)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Return the size of the track."""
        return QSize(self._ui.px(38), self._ui.px(28))

    def hitButton(self, position: object) -> bool:
        """The whole of it may be pressed."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track and knob; the place of the knob tells the state without colour."""
        theme, painter = self._ui.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, width = self._ui.px(20), self._ui.px(36)
        track = QRectF(1, (self.height() - height) / 2, width, height)
        on = self.isChecked()
        painter.setPen(QPen(theme.color("primary" if on or self.hasFocus() else "edge"), 2 if self.hasFocus() else 1))
        painter.setBrush(theme.color("primary" if on else "surface"))
        painter.drawRoundedRect(track, height / 2, height / 2)
        side = height - self._ui.px(6)
        x = track.right() - side - self._ui.px(3) if on else track.left() + self._ui.px(3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("on_primary" if on else "edge"))
        painter.drawEllipse(QRectF(x, track.top() + self._ui.px(3), side, side))
        if self.hasFocus():
            painter.setPen(QPen(theme.color("text"), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(track.adjusted(-1, -3, 2, 3), height / 2, height / 2)


class Select(QComboBox):
    """One of many, with the arrow of our icons. ``chosen`` tells only what a person chose."""

    chosen = Signal(str)

    def __init__(
        self,
        ui: Ui,
        options: Sequence[tuple[str, str]] = (),
        value: str | None = None,
        *,
        name: str = "",
        size: str = "",
    ) -> None:
        super().__init__()
        self._ui = ui
        self.setAccessibleName(name)
        self.setPlaceholderText(ui.texts("choice.none"))
        self.setFont(ui.theme.font(13))
        self.setMaxVisibleItems(14)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        if size:
            self.setProperty("tall", size)  # "size" is a property of Qt itself
        self.set_options(options, value)
        self.activated.connect(lambda _: self.chosen.emit(self.value or ""))

    @property
    def value(self) -> str | None:
        """The code that is chosen."""
        data = self.currentData()
        return None if data is None else str(data)

    def set_options(self, options: Sequence[tuple[str, str]], value: str | None = None) -> None:
        """Offer these codes and words."""
        self.clear()
        for code, words in options:
            self.addItem(words, code)
        self.set_value(value)

    def set_value(self, value: str | None) -> None:
        """Show another choice, without telling anybody; None shows none."""
        self.setCurrentIndex(-1 if value is None else self.findData(value))

    def wheelEvent(self, event: object) -> None:
        """Leave the wheel to the page: scrolling past must not change an answer."""
        event.ignore()  # type: ignore[attr-defined]  # Qt hands a QWheelEvent

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as the style does, with our arrow."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        room = self.width() - self._ui.px(44)  # the style cuts words off without a sign
        words = self.currentText() if self.currentIndex() >= 0 else self.placeholderText()
        option.currentText = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        side = self._ui.px(16)
        x = self.width() - side - self._ui.px(8)
        painter.drawPixmap(x, (self.height() - side) // 2, self._ui.theme.pixmap("down", "text_2", 16))
