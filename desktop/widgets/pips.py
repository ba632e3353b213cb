"""Five pips for the band of a risk: the more are filled the higher, and the deeper their colour; beside the number."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.theme import Theme
from desktop.widgets.ui import Ui

STEPS = 5
_WIDTH, _GAP, _LOWEST, _RISE = 8, 2, 5, 2  # of one pip, at 100 %


def step_of(place: int, bands: int) -> int:
    """Return how many pips stand for the band at ``place`` among ``bands``: from 1 for the lowest to 5."""
    return 1 if bands < 2 else 1 + round(place * (STEPS - 1) / (bands - 1))


def pips_width(theme: Theme) -> int:
    """Return the width of all five."""
    return STEPS * theme.px(_WIDTH) + (STEPS - 1) * theme.px(_GAP)


def paint_pips(painter: QPainter, middle_left: QPointF, theme: Theme, step: int, *, quiet: bool = False) -> None:
    """Draw five pips, the first ``step`` of them filled.

    Args:
        painter: drawn with.
        middle_left: their left end, at half their height.
        theme: the look.
        step: 1 to 5; 0 leaves all empty.
        quiet: filled with a grey instead of the colour of the step, for a number that may have changed since.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    wide, gap = theme.px(_WIDTH), theme.px(_GAP)
    highest = theme.px(_LOWEST + _RISE * (STEPS - 1))
    foot = middle_left.y() + highest / 2
    fill = QColor(theme.tokens.text_3 if quiet or step < 1 else theme.tokens.steps[step - 1])
    for at in range(STEPS):
        high = theme.px(_LOWEST + _RISE * at)
        box = QRectF(middle_left.x() + at * (wide + gap), foot - high, wide, high)
        filled = at < step
        # The palest step needs an edge of its own to stand out from the row.
        painter.setPen(QPen(fill.darker(125) if filled and not theme.tokens.dark else theme.color("dot"), 1))
        if filled and theme.tokens.dark:
            painter.setPen(QPen(fill, 1))
        painter.setBrush(fill if filled else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(1.5), theme.px(1.5))
    painter.restore()


class Pips(QWidget):
    """The pips alone, for a page; a table draws them with :func:`paint_pips`."""

    def __init__(self, ui: Ui, step: int, name: str) -> None:
        """Show a step.

        Args:
            ui: look and language.
            step: 1 to 5.
            name: the band in words, for screen readers.
        """
        super().__init__()
        self._ui = ui
        self._step = step
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_step(self, step: int, name: str) -> None:
        """Show another step."""
        self._step = step
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of all five."""
        return QSize(pips_width(self._ui.theme), self._ui.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        paint_pips(QPainter(self), QPointF(0, self.height() / 2), self._ui.theme, self._step)
