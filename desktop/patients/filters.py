"""The line of filters above the list, with their counts, and the menus of villages and of all filters."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.patients.presenter import PatientsPresenter
from desktop.patients.queries import HIGH_RISK_OF_HUNDRED, RESULT_FILTERS, ListFilter
from desktop.widgets.buttons import Button
from desktop.widgets.chips import CheckMenu, Chip
from desktop.widgets.fields import SearchField
from desktop.widgets.flow import Flow
from desktop.widgets.labels import shown
from desktop.widgets.ui import Ui, column

_ALWAYS = (ListFilter.MISSING, ListFilter.NOT_ASSESSED)
_MOST_NAMES = 3


class _Search(SearchField):
    """The line that narrows the list, as wide as a name needs."""

    def __init__(self, ui: Ui, hint: str, key: str) -> None:
        super().__init__(ui, hint, key)
        self._wide = ui.px(232)

    def sizeHint(self) -> QSize:
        """Return a width of its own."""
        return QSize(self._wide, super().sizeHint().height())


class Filters(QWidget):
    """Search line, chips, and "Add filter"."""

    left = Signal()  # Enter or Down in the search line: on to the list

    def __init__(self, ui: Ui, presenter: PatientsPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        self.search = _Search(ui, ui.texts("patients.search"), "Ctrl+F")
        self.search.set_text(presenter.query.text)
        self.everybody = Chip(ui, ui.texts("patients.filter.all"))
        self.chips = {each: Chip(ui, self._words(each)) for each in ListFilter}
        self.village = Chip(ui, ui.texts("patients.filter.village"), menu=True)
        self.add = Button(ui, ui.texts("patients.filter.add"), kind="link", icon="filter", key="F", size="small")
        flow = Flow(ui, self.search, self.everybody, *self.chips.values(), self.village, self.add, gap=8)
        box: QVBoxLayout = column(ui, flow)
        self.setLayout(box)
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        presenter = self._presenter
        self.search.edited.connect(presenter.search)
        self.search.entered.connect(self.left)
        self.everybody.clicked.connect(self._show_everybody)
        for each, chip in self.chips.items():
            chip.clicked.connect(partial(self._toggle, each))
        self.village.clicked.connect(self._open_villages)
        self.add.clicked.connect(self._open_all)

    def refresh(self) -> None:
        """Show what holds now."""
        presenter, query, number = self._presenter, self._presenter.query, self._ui.texts.number
        ready = bool(presenter.counts) and not presenter.reading
        self.everybody.setChecked(ready and not presenter.narrowed)
        self.everybody.show_words(self._ui.texts("patients.filter.all"), number(presenter.total) if ready else "")
        self.everybody.setEnabled(ready)
        for each, chip in self.chips.items():
            on = each in query.filters
            chip.setChecked(on)
            chip.show_words(self._words(each), number(presenter.counts[each]) if ready else "")
            chip.setEnabled(ready)
            chip.setVisible(on or self._offered(each))
        self.village.setChecked(bool(query.villages))
        self.village.show_words(self._village_words(), "")
        self.village.setEnabled(ready)
        self.village.setVisible(len(presenter.villages) > 1 or bool(query.villages))
        self.add.setEnabled(ready)
        if self.search.text() != query.text:
            self.search.set_text(query.text)

    def _show_everybody(self) -> None:
        self._presenter.show_everybody()

    def _toggle(self, wanted: ListFilter) -> None:
        self._presenter.toggle(wanted)

    def _offered(self, wanted: ListFilter) -> bool:
        """Whether a filter has a chip of its own: one that can hold for nobody in this clinic has none."""
        if wanted in RESULT_FILTERS and not self._presenter.shows_results:
            return False
        if wanted is ListFilter.HIGH_RISK:
            return self._presenter.has_risks
        return self._presenter.has_next_visits if wanted is ListFilter.DUE else wanted in _ALWAYS

    def _words(self, wanted: ListFilter) -> str:
        return self._ui.texts(f"patients.filter.{wanted}", risk=HIGH_RISK_OF_HUNDRED)

    def _village_words(self) -> str:
        texts, chosen = self._ui.texts, self._presenter.query.villages
        names = [self._village_name(name) for name, _ in self._presenter.villages if name in chosen]
        if not names:
            return texts("patients.filter.village")
        rest = texts("patients.more", count=len(names) - _MOST_NAMES) if len(names) > _MOST_NAMES else ""
        listed = texts("patients.separator").join(shown(name)[:40] for name in names[:_MOST_NAMES])
        return texts("patients.filter.villages", names=f"{listed} {rest}".strip())

    def _village_name(self, name: str) -> str:
        return name or self._ui.texts("patients.filter.no_village")

    def _open_villages(self) -> None:
        menu = CheckMenu(self)
        self._fill_villages(menu)
        self._open(menu, self.village)

    def _open_all(self) -> None:
        """Offer every filter there is, those that have no chip too."""
        menu = CheckMenu(self)
        for each in ListFilter:
            if each in RESULT_FILTERS and not self._presenter.shows_results:
                continue
            action = menu.add_tick(
                self._line(self._words(each), self._presenter.counts[each]), each in self._presenter.query.filters
            )
            action.triggered.connect(partial(self._toggle, each))
        if self._presenter.has_villages:
            villages = CheckMenu(self._ui.texts("patients.filter.village"), menu)
            self._fill_villages(villages)
            menu.addMenu(villages)
        self._open(menu, self.add)

    def _fill_villages(self, menu: CheckMenu) -> None:
        for name, people in self._presenter.villages:
            on = name in self._presenter.query.villages
            action = menu.add_tick(self._line(self._village_name(name), people), on)
            action.triggered.connect(partial(self._turn_village, name))

    def _line(self, words: str, count: int) -> str:
        return self._ui.texts("patients.filter.line", filter=shown(words)[:60], count=self._ui.texts.number(count))

    def _turn_village(self, name: str) -> None:
        self._presenter.choose_villages(self._presenter.query.villages ^ {name})

    def _open(self, menu: CheckMenu, below: QWidget) -> None:
        menu.setFont(self._ui.theme.font(13))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(below.mapToGlobal(QPoint(0, below.height() + self._ui.px(4))))
