"""Buttons: one filled one a page, everything else outlined or a link. The key that does the same stands in it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from desktop.widgets.ui import Ui

_HEIGHTS = {"small": 28, "normal": 32, "large": 40}
_CHOSEN_KINDS = frozenset({"chip", "answer"})


class Button(QPushButton):
    """A button that draws itself: icon, words, and the key that does the same."""

    def __init__(
        self,
        ui: Ui,
        text: str,
        *,
        kind: str = "outline",
        icon: str = "",
        key: str = "",
        size: str = "normal",
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Make a button.

        Args:
            ui: look and language.
            text: a verb, with the count where there is one; empty only for an icon with a ``name``.
            kind: ``filled`` (the next thing to do), ``outline``, ``link``, ``danger``, ``chip``, ``rail``, ``toast``,
                ``menu`` (it opens a list of choices, which an arrow at its end tells).
            icon: of ``resources/icons``.
            key: what is pressed for the same ("Ctrl+P"); works while it is on the screen. "Enter" is only shown.
            size: ``small``, ``normal`` or ``large``.
            name: for screen readers, where no word stands in it.
            parent: the widget it stands in.
        """
        super().__init__(text, parent)
        self._ui = ui
        self._kind = kind
        self._icon_name = icon
        self._key = key
        self._height = _HEIGHTS[size]
        self._font_size = 14 if size == "large" else 13
        self.setFont(ui.theme.bold(self._font_size) if kind == "filled" else ui.theme.font(self._font_size))
        self.setAccessibleName(name or text)
        if name and not text:
            self.setToolTip(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAutoDefault(False)
        self._set_key()

    def setText(self, text: str) -> None:
        """Show other words; the key stays."""
        super().setText(text)
        self.setAccessibleName(text)
        self._set_key()  # Qt forgets it with the text
        self.updateGeometry()

    def _set_key(self) -> None:
        if self._key and self._key not in {"Enter", "Esc"}:
            # "Enter" alone is the key of the number pad for Qt; the large one is meant too.
            self.setShortcut(QKeySequence(self._key.replace("Enter", "Return")))

    def set_icon(self, icon: str) -> None:
        """Show another icon."""
        self._icon_name = icon
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of icon, words and key with the room around them."""
        width = 2 * self._pad() + self._words_width()
        if self._icon_name:
            width += self._icon_side() + (self._ui.px(8) if self.text() else 0)
        if self._key:
            width += self._ui.px(8) + self._key_width()
        if self._kind == "menu":
            width += self._ui.px(6) + self._icon_side()
        return QSize(width, self._ui.px(self._height))

    def minimumSizeHint(self) -> QSize:
        """Return the same: words of a button are never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_body(painter)
        self._draw_words(painter)

    def _pad(self) -> int:
        if self._kind == "link":
            return self._ui.px(4)
        return self._ui.px(7 if not self.text() else {"large": 18}.get("large" if self._height == 40 else "", 12))

    def _icon_side(self) -> int:
        return self._ui.px(16)

    def _words_width(self) -> int:
        return QFontMetrics(self.font()).horizontalAdvance(self.text()) if self.text() else 0

    def _key_text(self) -> str:
        return self._key.replace("+", " ")

    def _key_width(self) -> int:
        return QFontMetrics(self._ui.theme.font(11)).horizontalAdvance(self._key_text())

    def _ink(self) -> QColor:
        theme = self._ui.theme
        if not self.isEnabled():
            return theme.color("text_3")
        if self._kind == "filled":
            return theme.color("on_primary")
        if self._kind in ("danger", "rail"):
            return theme.color("danger" if self._kind == "danger" else "on_rail")
        chosen = self._kind in _CHOSEN_KINDS and self.isChecked()
        return theme.color("primary" if self._kind == "link" or chosen else "text")

    def _draw_body(self, painter: QPainter) -> None:
        theme, active = self._ui.theme, self.underMouse() and self.isEnabled()
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        radius = box.height() / 2 if self._kind == "chip" else self._ui.px(6)
        edge, fill = QPen(Qt.PenStyle.NoPen), QColor(Qt.GlobalColor.transparent)
        if self._kind == "filled":
            fill = theme.color("primary_hover" if active or self.isDown() else "primary")
            if not self.isEnabled():
                fill = theme.color("sunken")
        elif self._kind == "toast":
            fill = theme.color("text_2") if active else fill
        elif self._kind == "link":
            fill = theme.color("tint") if active else fill
        elif self._kind == "rail":
            fill = theme.color("rail_chosen") if active else fill
            edge = QPen(theme.color("rail_text"), 1)
        else:
            chosen = self._kind in _CHOSEN_KINDS and self.isChecked()
            fill = theme.color("tint" if active or self.isDown() or chosen else "surface")
            thick = 2 if chosen and self._kind == "answer" else 1
            edge = QPen(theme.color("primary" if chosen else "edge" if self.isEnabled() else "line"), thick)
        if self.hasFocus():
            edge = QPen(theme.color("text" if self._kind == "filled" else "primary"), 2)
            box = box.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(edge)
        painter.setBrush(fill)
        painter.drawRoundedRect(box, radius, radius)

    def _draw_words(self, painter: QPainter) -> None:
        ink = self._ink()
        content = self.sizeHint().width() - 2 * self._pad()
        x = max(self._pad(), (self.width() - content) // 2)
        if self._icon_name:
            side = self._icon_side()
            tint = self._tint_name()
            painter.drawPixmap(x, (self.height() - side) // 2, self._ui.theme.pixmap(self._icon_name, tint, 16))
            x += side + (self._ui.px(8) if self.text() else 0)
        painter.setPen(ink)
        painter.setFont(self.font())
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(QRectF(x, 0, self._words_width() + 2, self.height()), middle, self.text())
        if self._key:
            x += self._words_width() + self._ui.px(8)
            faded = QColor(ink)
            faded.setAlphaF(0.85 if self._kind == "filled" else 0.8)
            painter.setPen(faded)
            painter.setFont(self._ui.theme.font(11))
            painter.drawText(QRectF(x, 0, self._key_width() + 2, self.height()), middle, self._key_text())
        if self._kind == "menu":
            side = self._icon_side()
            arrow = self._ui.theme.pixmap("down", "text_2", 16)
            painter.drawPixmap(self.width() - self._pad() - side, (self.height() - side) // 2, arrow)

    def _tint_name(self) -> str:
        if not self.isEnabled():
            return "text_3"
        names = {"filled": "on_primary", "danger": "danger", "link": "primary", "rail": "on_rail", "toast": "surface"}
        if self._kind in _CHOSEN_KINDS and self.isChecked():
            return "primary"
        return names.get(self._kind, "text")


def icon_button(ui: Ui, icon: str, name: str, *, key: str = "") -> Button:
    """Return a small button with only an icon: for back, close, reveal and zoom, which everybody knows."""
    made = Button(ui, "", icon=icon, name=name, kind="link")
    if key:
        made.setShortcut(QKeySequence(key))
    made.setIcon(QIcon())
    return made
