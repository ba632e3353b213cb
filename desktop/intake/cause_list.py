"""The causes for which rows are not simply stored, most serious first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.intake.causes import Cause
from desktop.widgets.labels import shown
from desktop.widgets.ui import Ui

_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_INKS = {"warn": ("warn", "warn_tint"), "ok": ("ok", "ok_tint"), "info": ("text_2", "sunken")}
_NONE = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractListModel):
    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.causes: Sequence[Cause] = ()
        self.what = "rows"

    def show_causes(self, causes: Sequence[Cause], what: str) -> None:
        self.beginResetModel()
        self.causes, self.what = causes, what
        self.endResetModel()

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.causes)

    def data(self, index: Index, role: int = 0) -> object:
        cause = self.causes[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return shown(f"{cause.title}, {count_text(cause, self._ui, self.what)}, {cause.state}")
        return None


def count_text(cause: Cause, ui: Ui, what: str = "rows") -> str:
    """Return of how many rows (readings, entries) or columns a cause tells."""
    unit = "columns" if cause.code == "columns" else what
    if cause.count == 1:
        return ui.texts(f"import.one_of.{unit}")
    return ui.texts(f"import.count.{unit}", count=ui.texts.number(cause.count))


class _Painter(QStyledItemDelegate):
    def __init__(self, ui: Ui, model: _Model) -> None:
        super().__init__()
        self._ui = ui
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self._ui.px(200), self._ui.px(52))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, px, cause = self._ui.theme, self._ui.px, self._model.causes[index.row()]
        box = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color("tint"))
            painter.fillRect(QRectF(box.left(), box.top(), px(3), box.height()), theme.color("primary"))
        ink, ground = _INKS[cause.tone]
        middle = box.top() + (box.height() - px(18)) / 2
        painter.drawPixmap(int(box.left() + px(16)), int(middle), theme.pixmap(cause.icon, ink, 18))
        tag = self._draw_tag(painter, cause.state, box, ink, ground)
        left = box.left() + px(46)
        room = tag - left - px(10)
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font(13))
        title = painter.fontMetrics().elidedText(shown(cause.title), Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QRectF(left, box.top() + px(7), room, px(20)), _LEFT, title)
        painter.setPen(theme.color("text_2"))
        painter.setFont(theme.font(12))
        painter.drawText(
            QRectF(left, box.top() + px(27), room, px(18)), _LEFT, count_text(cause, self._ui, self._model.what)
        )
        painter.fillRect(QRectF(box.left(), box.bottom() - 1, box.width(), 1), theme.color("line"))
        painter.restore()

    def _draw_tag(self, painter: QPainter, words: str, box: QRectF, ink: str, ground: str) -> float:
        theme, px = self._ui.theme, self._ui.px
        painter.setFont(theme.font(12))
        wide = painter.fontMetrics().horizontalAdvance(words) + px(16)
        tag = QRectF(box.right() - px(16) - wide, box.top() + (box.height() - px(22)) / 2, wide, px(22))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(ground))
        painter.drawRoundedRect(tag, px(4), px(4))
        painter.setPen(theme.color(ink))
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), words)
        return tag.left()


class CauseList(QListView):
    """One stop for Tab, arrows inside."""

    chosen = Signal(object)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._model = _Model(ui)
        self._painter = _Painter(ui, self._model)
        self.setModel(self._model)
        self.setItemDelegate(self._painter)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(ui.px(120))
        self.setAccessibleName(ui.texts("import.by_cause"))
        self.selectionModel().currentChanged.connect(self._tell)

    def show_causes(self, causes: Sequence[Cause], code: str, what: str = "rows") -> None:
        """Show causes, and choose one; the first when there is none of that code."""
        self._model.show_causes(causes, what)
        at = next((place for place, cause in enumerate(causes) if cause.code == code), 0)
        if causes:
            self.setCurrentIndex(self._model.index(at))

    def _tell(self, now: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self._model.causes[now.row()])
