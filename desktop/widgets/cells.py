"""What tables draw in their cells: a tick, a tag, a text that ends in "…" where it does not fit."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen

from desktop.theme import Theme

_TAG_TONES = {"warn": ("warn", "warn_tint"), "info": ("text_2", "sunken")}
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def paint_tick(painter: QPainter, cell: QRect, theme: Theme, state: Qt.CheckState) -> None:
    """Draw a tick box in the middle of a cell: empty, ticked, or a bar for "some of them"."""
    side = theme.px(16)
    box = QRectF(0, 0, side, side)
    box.moveCenter(QPointF(cell.center()) + QPointF(0.5, 0.5))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    on = state is not Qt.CheckState.Unchecked
    painter.setPen(QPen(theme.color("primary" if on else "edge"), 1))
    painter.setBrush(theme.color("primary" if on else "surface"))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(4), theme.px(4))
    if on:
        sign = "check" if state is Qt.CheckState.Checked else "minus"
        small = theme.px(12)
        corner = box.center() - QPointF(small / 2, small / 2)
        painter.drawPixmap(corner, theme.pixmap(sign, "on_primary", 12))
    painter.restore()


def paint_tag(painter: QPainter, cell: QRect, theme: Theme, text: str, tone: str, icon: str = "") -> None:
    """Draw a short state at the left of a cell: its sign and its words on a tint."""
    ink, fill = _TAG_TONES[tone]
    font = theme.font(12, QFont.Weight.Medium)
    metrics = QFontMetrics(font)
    side, pad = theme.px(12), theme.px(8)
    lead = pad + (side + theme.px(5) if icon else 0)
    words = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, cell.width() - lead - pad))
    box = QRectF(cell.left(), 0, lead + metrics.horizontalAdvance(words) + pad, min(theme.px(22), cell.height()))
    box.moveCenter(QPointF(box.center().x(), cell.center().y() + 0.5))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(fill))
    painter.drawRoundedRect(box, theme.px(4), theme.px(4))
    if icon:
        place = QPointF(box.left() + pad, box.center().y() - side / 2)
        painter.drawPixmap(place, theme.pixmap(icon, ink, 12))
    painter.setPen(theme.color(ink))
    painter.setFont(font)
    painter.drawText(box.adjusted(lead, 0, 0, 0), LEFT, words)
    painter.restore()


def paint_text(painter: QPainter, cell: QRect, text: str, alignment: int = LEFT) -> int:
    """Draw one line with the painter's font and pen, as much as fits; return its width."""
    metrics = painter.fontMetrics()
    wide = metrics.horizontalAdvance(text)
    if wide > cell.width():
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, cell.width()))
        wide = metrics.horizontalAdvance(text)
    painter.drawText(cell, alignment, text)
    return wide
