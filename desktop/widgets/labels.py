"""Text on the screen. Names and notes come from outside: every label shows plain text, whatever it is given."""

from __future__ import annotations

import re
from functools import cache

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop.widgets.ui import Ui

LONGEST = 2000  # signs given to a label; more than any screen shows, less than slows the layout down
_LONG_WORD = 60  # signs; Chinese breaks anywhere and needs no help
_FIRST_CHINESE = "\u2e80"  # from here on signs are drawn with the second font


def shown(text: str) -> str:
    """Return a text as one line can show it: no line breaks, no control codes, no more than a screen holds."""
    # Spaces that do not break are no printable signs for Python, but words stand apart by them.
    line = "".join(" " if sign in "\r\n\t\u2028\u2029\u00a0\u202f" else sign for sign in text[:LONGEST])
    return "".join(sign for sign in line if sign.isprintable() or sign == " ")


def breakable(text: str) -> str:
    """Return a text in which words of no sensible length may break, so that none makes a page wider than its window."""
    if max(map(len, text.split()), default=0) <= _LONG_WORD:
        return text

    def broken(word: re.Match[str]) -> str:
        parts = (word[0][at : at + _LONG_WORD] for at in range(0, len(word[0]), _LONG_WORD))
        return "\u200b".join(parts)

    return _long_words().sub(broken, text)


@cache
def _long_words() -> re.Pattern[str]:
    """Return what finds them; made when the first one comes, as making it takes as long as a page of the window."""
    return re.compile(rf"[^\s\u2e80-\uffff]{{{_LONG_WORD + 1},}}")


def _has_chinese(text: str) -> bool:
    return not text.isascii() and any(sign >= _FIRST_CHINESE for sign in text)


class Label(QLabel):
    """A text that wraps."""

    def __init__(
        self,
        ui: Ui,
        text: str = "",
        size: float = 13,
        *,
        bold: bool = False,
        tone: str = "",
        wrap: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """Show a text.

        Args:
            ui: look and language.
            text: shown as it is, never read as markup.
            size: height of the letters at 100 %.
            bold: semibold.
            tone: a colour role of the style sheet (``2``, ``3``, ``ok``, ``warn``, ``danger``, ``primary`` ...).
            wrap: whether it may take several lines.
            parent: the widget it stands in.
        """
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(ui.theme.font(size, QFont.Weight.DemiBold if bold else QFont.Weight.Normal))
        self.setWordWrap(wrap)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        if tone:
            self.setProperty("tone", tone)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show another text; over-long ones are cut, so that nobody's name can freeze the window."""
        shortened = text if len(text) <= LONGEST else text[:LONGEST] + "…"
        super().setText(breakable(shortened) if self.wordWrap() else shortened)


class ElidedLabel(QWidget):
    """One line that ends in "…" where it does not fit; the whole text is what screen readers get and the tip shows."""

    def __init__(self, ui: Ui, text: str = "", size: float = 13, *, bold: bool = False, color: str = "text") -> None:
        super().__init__()
        self._ui = ui
        self._color = color
        self._text = ""
        self.setFont(ui.theme.font(size, QFont.Weight.DemiBold if bold else QFont.Weight.Normal))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def text(self) -> str:
        """Return the whole text."""
        return self._text

    def setText(self, text: str) -> None:
        """Show another text."""
        line = shown(text)
        if line == self._text and self.accessibleName() == line:
            return
        self._text = line
        self.setAccessibleName(self._text)
        self.updateGeometry()
        self._tip()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the whole text, up to a reasonable width."""
        metrics = QFontMetrics(self.font())
        # Signs of another font stand lower in the line than the metrics of the first one tell.
        high = metrics.height() + (self._ui.px(3) if _has_chinese(self._text) else 0)
        return QSize(min(metrics.horizontalAdvance(self._text) + 2, self._ui.px(900)), high)

    def minimumSizeHint(self) -> QSize:
        """Return the size of a few signs: it may shrink."""
        return QSize(self._ui.px(24), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See whether the text still fits."""
        super().resizeEvent(event)
        self._tip()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as fits."""
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self._ui.theme.color(self._color))
        fitting = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), fitting)

    def _tip(self) -> None:
        fits = QFontMetrics(self.font()).horizontalAdvance(self._text) <= self.width()
        # A tip may be read as markup: this mark at its start makes Qt take it as it is.
        self.setToolTip("" if fits else plain_tip(self._text))


def plain_tip(text: str) -> str:
    """Return a tip that Qt shows as plain text: it guesses markup from signs that are written out here."""
    safe = text[:LONGEST].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<span>{safe}</span>"
