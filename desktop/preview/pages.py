"""The pages of a sheet as they will be on paper, at the size that was chosen, and small ones to go to a page."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QScrollArea, QSizePolicy, QWidget

from desktop.preview.presenter import Drawn
from desktop.widgets.ui import Ui

_SCREEN_PPI = 96.0  # of a logical pixel: at 100 % a page is as large as its paper
_INCHES = {"a4": (8.27, 11.69), "letter": (8.5, 11.0)}
_STEPS = (0.25, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
_THUMB = 92
_WAIT_MS = 60  # a window that is drawn larger asks for pages once it rests


class _Paper(QWidget):
    """The pages below each other."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._drawn: Drawn | None = None
        self._boxes: list[QRect] = []

    def lay_out(self, drawn: Drawn | None, page: QSize, width: int) -> None:
        """Place the pages in the middle of a width."""
        self._drawn = drawn
        gap = self._ui.px(16)
        whole = max(width, page.width() + 2 * gap)
        count = len(drawn.pages) if drawn is not None else 1
        left = (whole - page.width()) // 2
        self._boxes = [QRect(QPoint(left, gap + at * (page.height() + gap)), page) for at in range(count)]
        self.setFixedSize(whole, gap + count * (page.height() + gap))
        self.update()

    def top_of(self, page: int) -> int:
        """Return where a page begins."""
        return self._boxes[page].top() if page < len(self._boxes) else 0

    def page_at(self, y: int) -> int:
        """Return which page is at a height."""
        return max((at for at, box in enumerate(self._boxes) if box.top() <= y), default=0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw each page that is in sight on its paper."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for at, box in enumerate(self._boxes):
            if not box.intersects(event.rect()):
                continue
            painter.fillRect(box, Qt.GlobalColor.white)  # paper is white in every look
            if self._drawn is not None:
                self._draw(painter, self._drawn.pages[at].image, box)
            painter.setPen(QPen(self._ui.theme.color("edge"), 1))
            painter.drawRect(box.adjusted(-1, -1, 0, 0))

    def _draw(self, painter: QPainter, image: QImage, box: QRect) -> None:
        ratio = self.devicePixelRatioF()
        near = abs(image.width() - box.width() * ratio) <= 2 and abs(image.height() - box.height() * ratio) <= 2
        if near:
            sharp = image.copy() if image.devicePixelRatio() != ratio else image
            sharp.setDevicePixelRatio(ratio)
            painter.drawImage(box.topLeft(), sharp)  # pixel for pixel
        else:
            painter.drawImage(QRectF(box), image)


class PagesArea(QScrollArea):
    """The pages, scrolled. Says at which resolution they are wanted and which page is in sight."""

    wanted = Signal(float)
    zoom_changed = Signal(object)
    page_changed = Signal(int)

    def __init__(self, ui: Ui, paper: str, zoom: float | str) -> None:
        super().__init__()
        self._ui = ui
        self._inches = _INCHES[paper]
        self._zoom = zoom
        self._drawn: Drawn | None = None
        self._paper = _Paper(ui)
        self.setWidget(self._paper)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(ui.texts("preview.pages"))
        self.setMinimumSize(ui.px(160), ui.px(120))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self._ask)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    @property
    def percent(self) -> int:
        """The size in which the pages are shown now."""
        return round(self._factor() * 100)

    def show_drawn(self, drawn: Drawn | None) -> None:
        """Show pages; the place in them stays."""
        self._drawn = drawn
        self._place()

    def set_paper(self, paper: str) -> None:
        """Show pages of another paper."""
        self._inches = _INCHES[paper]
        self._place()
        self._ask()

    def set_zoom(self, zoom: float | str) -> None:
        """Show the pages at a size: how many of one, ``width`` or ``page``."""
        middle = self.verticalScrollBar().value() / max(1, self._paper.height())
        self._zoom = zoom
        self._place()
        self.verticalScrollBar().setValue(round(middle * self._paper.height()))
        self._ask()
        self.zoom_changed.emit(zoom)

    def step(self, larger: bool) -> None:
        """Go one size up or down."""
        now = self._factor()
        if larger:
            found = [each for each in _STEPS if each > now * 1.01]
            self.set_zoom(found[0] if found else _STEPS[-1])
        else:
            found = [each for each in _STEPS if each < now * 0.99]
            self.set_zoom(found[-1] if found else _STEPS[0])

    def go(self, page: int) -> None:
        """Scroll to a page."""
        self.verticalScrollBar().setValue(self._paper.top_of(page) - self._ui.px(16))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit anew."""
        super().resizeEvent(event)
        self._place()
        self.zoom_changed.emit(self._zoom)
        if self._drawn is None:
            self._ask()
        else:
            self._timer.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End go to the first and the last page."""
        bar = self.verticalScrollBar()
        if event.key() == Qt.Key.Key_Home:
            bar.setValue(bar.minimum())
        elif event.key() == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        else:
            super().keyPressEvent(event)

    def _factor(self) -> float:
        if isinstance(self._zoom, float):
            return self._zoom
        gaps = 2 * self._ui.px(16)
        # Measured without scroll bars: what fits must not depend on whether one is there.
        room = self.size()
        across = (room.width() - gaps - self.verticalScrollBar().sizeHint().width()) / (self._inches[0] * _SCREEN_PPI)
        if self._zoom == "width":
            return max(_STEPS[0], across)
        return max(_STEPS[0], min(across, (room.height() - gaps) / (self._inches[1] * _SCREEN_PPI)))

    def _place(self) -> None:
        factor = self._factor() * _SCREEN_PPI
        page = QSize(round(self._inches[0] * factor), round(self._inches[1] * factor))
        self._paper.lay_out(self._drawn, page, self.viewport().width())

    def _ask(self) -> None:
        self._timer.stop()
        self.wanted.emit(self._factor() * _SCREEN_PPI * self.devicePixelRatioF())

    def _scrolled(self, value: int) -> None:
        self.page_changed.emit(self._paper.page_at(value + self.viewport().height() // 3))


class Thumb(QAbstractButton):
    """A small page to go to; the present one has a thick edge and bold words."""

    def __init__(self, ui: Ui, image: QImage, words: str) -> None:
        super().__init__()
        self._ui = ui
        width = ui.px(_THUMB)
        ratio = self.devicePixelRatioF()
        size = QSize(round(width * ratio), round(width * ratio * image.height() / image.width()))
        self._image = image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        self._height = round(self._image.height() / ratio)
        self.setText(words)
        self.setAccessibleName(words)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of page and words."""
        return QSize(self._ui.px(_THUMB), self._height + self._ui.px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the page and what it is."""
        theme, painter = self._ui.theme, QPainter(self)
        here = self.isChecked()
        page = QRect(0, 0, self.width(), self._height)
        painter.drawImage(page, self._image)
        edge = 2 if here or self.hasFocus() else 1
        painter.setPen(QPen(theme.color("primary" if here or self.hasFocus() else "edge"), edge))
        painter.drawRect(page.adjusted(edge // 2, edge // 2, -edge, -edge))
        if self.hasFocus():
            painter.setPen(QPen(theme.color("primary"), 1, Qt.PenStyle.DotLine))
            painter.drawRect(page.adjusted(5, 5, -6, -6))
        painter.setPen(theme.color("primary" if here else "text_2"))
        painter.setFont(theme.bold(12) if here else theme.font(12))
        words = QRect(0, self._height, self.width(), self.height() - self._height)
        fitting = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom), fitting)
