"""The rows of the list for Qt: words are made when a row comes on the screen, and kept until the list changes."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from desktop.i18n import Texts
from desktop.patients.presenter import PatientsPresenter
from desktop.patients.queries import SortKey
from desktop.patients.rows import NOTHING, RowWords, ShownRow

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_TICK_FLAGS = _FLAGS | Qt.ItemFlag.ItemIsUserCheckable
_MOST_KEPT = 2_000  # rows in words; more than a hundred pages


class Column(IntEnum):
    """What stands beside each other."""

    TICK = 0
    NAME = 1
    AGE = 2
    PRESSURE = 3
    RISK = 4
    VISIT = 5
    NEXT = 6
    VILLAGE = 7
    MISSING = 8


# What stands behind the numbers of a column.
NUMBERS: dict[Column, tuple[str, ...]] = {
    Column.RISK: ("risk",),
    Column.PRESSURE: ("sbp_mmhg", "dbp_mmhg"),
    Column.AGE: ("birth_date",),
}

SORT_KEYS = {
    Column.NAME: SortKey.NAME,
    Column.AGE: SortKey.AGE,
    Column.PRESSURE: SortKey.PRESSURE,
    Column.RISK: SortKey.RISK,
    Column.VISIT: SortKey.LAST_VISIT,
    Column.NEXT: SortKey.NEXT_VISIT,
    Column.VILLAGE: SortKey.VILLAGE,
}


class PatientsModel(QAbstractTableModel):
    """What is shown, as rows and columns."""

    def __init__(self, texts: Texts, presenter: PatientsPresenter) -> None:
        super().__init__()
        self._texts = texts
        self._presenter = presenter
        self._headings = [texts(f"patients.column.{column.name.lower()}") for column in Column]
        self._words = RowWords(texts, presenter.today, presenter.bands)
        self._kept: dict[int, ShownRow] = {}
        self.traced = presenter.shows_results  # whether numbers lead to where they came from
        self._cells: dict[Column, Callable[[ShownRow], str]] = {
            Column.TICK: lambda row: "",
            Column.NAME: lambda row: f"{row.name} {row.number}".strip(),
            Column.AGE: lambda row: row.age_sex,
            Column.PRESSURE: lambda row: row.pressure,
            Column.RISK: lambda row: f"{row.risk} {row.risk_words}".strip(),
            Column.VISIT: lambda row: row.visit,
            Column.NEXT: lambda row: row.next_visit,
            Column.VILLAGE: lambda row: row.village,
            Column.MISSING: lambda row: texts("patients.separator").join(row.missing) or NOTHING,
        }
        presenter.list_changed.connect(self._change)
        presenter.ticks_changed.connect(self._tick)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return how many people are shown."""
        return 0 if parent.isValid() else len(self._presenter)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the words of a heading."""
        wanted = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        if orientation is Qt.Orientation.Horizontal and role in wanted:
            return self._headings[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows, or says to a screen reader."""
        if not index.isValid():
            return None
        row, column = index.row(), Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(self.shown(row), column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._aloud(row, column)
        return self._tick_state(row) if role == Qt.ItemDataRole.CheckStateRole and column is Column.TICK else None

    def shown(self, row: int) -> ShownRow:
        """Return a row in words."""
        if row not in self._kept:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            self._kept[row] = self._words.row(self._presenter.person(row))
        return self._kept[row]

    def ticked(self, row: int) -> bool:
        """Return whether a row is ticked."""
        return self._presenter.is_ticked(row)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be chosen; the tick can be set."""
        return _TICK_FLAGS if index.column() == Column.TICK else _FLAGS

    def whole(self, row: int) -> str:
        """Return everything a row says, as one sentence."""
        found = self.shown(row)
        gap = self._texts("patients.separator")
        parts = [found.name, found.number, found.age_sex_aloud]
        for column in list(Column)[Column.PRESSURE :]:
            text = found.risk_aloud if column is Column.RISK else self._text(found, column)
            if text != NOTHING:
                parts.append(self._texts("patients.cell", heading=self._headings[column], text=text))
        if self._presenter.is_ticked(row):
            parts.append(self._texts("patients.is_ticked"))
        return gap.join(part for part in parts if part)

    def _tick_state(self, row: int) -> Qt.CheckState:
        return Qt.CheckState.Checked if self._presenter.is_ticked(row) else Qt.CheckState.Unchecked

    def _aloud(self, row: int, column: Column) -> str:
        if column is Column.NAME:
            return self.whole(row)
        if column is Column.TICK:
            return self._texts("patients.is_ticked" if self._presenter.is_ticked(row) else "patients.not_ticked")
        found = self.shown(row)
        spoken = {Column.AGE: found.age_sex_aloud, Column.RISK: found.risk_aloud}
        text = spoken.get(column, "") or self._text(found, column)
        return self._texts("patients.cell", heading=self._headings[column], text=text)

    def _text(self, row: ShownRow, column: Column) -> str:
        """Return one cell as plain words."""
        return self._cells[column](row)

    def _change(self) -> None:
        self.beginResetModel()
        self._kept.clear()
        self._words = RowWords(self._texts, self._presenter.today, self._presenter.bands)
        self.endResetModel()

    def _tick(self) -> None:
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(Column) - 1))
