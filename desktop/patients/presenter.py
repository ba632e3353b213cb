"""The list of patients: who is shown, in which order, who is ticked, and where one was when one left."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QRect, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.inspecting import Inspecting
from desktop.people import People
from engine.domain.batch import BoolArray, IntArray
from engine.workflows.panel import Panel, PanelRow, SortKey
from engine.workflows.panel_list import ListFilter, ListQuery, PanelList, band_places, panel_of
from engine.workflows.users import Permission, may

# What one click on a heading gives first; the second turns it round.
_DOWN_FIRST = frozenset({SortKey.RISK, SortKey.LAST_VISIT, SortKey.PRESSURE, SortKey.AGE})
_MOST_VISITS = 3  # of which the inspector tells the values


class PatientsPresenter(QObject):
    """The state of the list. Rows are counted as shown; positions are those of the panel."""

    record_asked = Signal(str)
    new_asked = Signal()
    import_asked = Signal()
    batch_asked = Signal(list)

    list_changed = Signal()  # other rows, or the same in another order
    counts_changed = Signal()  # what the filters say
    ticks_changed = Signal()
    progress_changed = Signal()

    def __init__(self, context: Context, people: People) -> None:
        super().__init__(context)
        self._context = context
        self._people = people
        self._list = PanelList(panel_of(()), context.clock.today())
        self.inspecting = Inspecting(context)
        self._previous: PanelList | None = None  # a large one takes a while to be let go: not in a round with more
        self._query = ListQuery()
        self._shown: IntArray = np.empty(0, dtype=np.int64)
        self._ticked: BoolArray = np.empty(0, dtype=np.bool_)
        self._bands: Mapping[tuple[str, str], tuple[int, int]] = {}
        self.progress = (0, 0)
        self.counts: Mapping[ListFilter, int] = {}
        self.villages: tuple[tuple[str, int], ...] = ()
        self.current = ""  # the person on whose row one is
        self.scroll = 0
        people.changed.connect(self._take)
        people.counted.connect(self._take_progress)

    # --- what the view shows ----------------------------------------------------------------------------------------

    @property
    def reading(self) -> bool:
        """Whether only the first people are there yet."""
        return self._people.panel is None

    @property
    def empty(self) -> bool:
        """Whether the clinic has nobody."""
        return not self.reading and self.total == 0

    @property
    def total(self) -> int:
        """How many people there are; while reading, how many were read."""
        return len(self._list.panel)

    @property
    def query(self) -> ListQuery:
        """What is shown."""
        return self._query

    @property
    def narrowed(self) -> bool:
        """Whether some people are left out."""
        return bool(self._query.text.split() or self._query.filters or self._query.villages)

    @property
    def order(self) -> tuple[SortKey, bool]:
        """By what the rows are sorted, and whether from the highest down. The first people are those who came last."""
        return (SortKey.LAST_VISIT, True) if self.reading else self._list.order_of(self._query)

    @property
    def has_risks(self) -> bool:
        """Whether anybody's number is a risk."""
        return self._list.has_risks

    @property
    def has_next_visits(self) -> bool:
        """Whether anybody is to come again on a day."""
        return self._list.has_next_visits

    @property
    def has_villages(self) -> bool:
        """Whether anybody's village is known."""
        return bool(self._list.panel.villages())

    @property
    def today(self) -> date:
        """The day for which the list holds."""
        return self._list.today

    @property
    def shows_results(self) -> bool:
        """Whether who is here may see results: without, the list has no column and no filter of them."""
        return self._may(Permission.RECORD_READ)

    @property
    def prints(self) -> bool:
        """Whether who is here may print, and so has something to tick people for."""
        return self._may(Permission.REPORT)

    @property
    def imports(self) -> bool:
        """Whether who is here may bring in files."""
        return self._may(Permission.RECORD_WRITE)

    def _may(self, permission: Permission) -> bool:
        return not self._context.has_clinic or may(self._context.clinic, permission)

    @property
    def bands(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """The place of each band, by pack and code, and how many there are beside it."""
        return self._bands

    @property
    def tight(self) -> bool:
        """Whether rows are low."""
        return self._context.settings.tight_rows

    def __len__(self) -> int:
        """How many rows are shown."""
        return int(self._shown.size)

    def position(self, row: int) -> int:
        """Return the position in the panel of a row."""
        return int(self._shown[row])

    def person(self, row: int) -> PanelRow:
        """Return who stands in a row."""
        return self._list.panel.row(self.position(row))

    def row_of(self, person_id: str) -> int:
        """Return in which row a person stands; -1 for one who is not shown."""
        position = self._list.panel.position_of(person_id)
        found = np.flatnonzero(self._shown == position) if position is not None else self._shown[:0]
        return int(found[0]) if found.size else -1

    # --- search, filters, order -------------------------------------------------------------------------------------

    def search(self, text: str) -> None:
        """Narrow the list to those found by every word."""
        self._show(replace(self._query, text=text))

    def toggle(self, wanted: ListFilter) -> None:
        """Turn one filter on or off."""
        self._show(replace(self._query, filters=self._query.filters ^ {wanted}))

    def choose_villages(self, names: Collection[str]) -> None:
        """Show only people of these villages; none: of all."""
        self._show(replace(self._query, villages=frozenset(names)))

    def show_everybody(self) -> None:
        """Leave out nobody."""
        self._show(replace(self._query, text="", filters=frozenset(), villages=frozenset()))

    def sort(self, key: SortKey, descending: bool) -> None:
        """Sort by this."""
        self._show(replace(self._query, key=key, descending=descending))

    def turn(self, key: SortKey) -> None:
        """Sort by this, the usual way round first; the other way when it is the order already."""
        here, down = self.order
        self.sort(key, not down if here is key else key in _DOWN_FIRST)

    def look_at_the_day(self) -> None:
        """Begin anew when the day has changed since: then others are due."""
        if self._list.today != self._context.clock.today():
            self._take()

    # --- ticks ------------------------------------------------------------------------------------------------------

    @property
    def ticks(self) -> int:
        """How many people are ticked, shown or not."""
        return int(np.count_nonzero(self._ticked))

    @property
    def ticks_shown(self) -> int:
        """How many of those shown are ticked."""
        return int(np.count_nonzero(self._ticked[self._shown]))

    def is_ticked(self, row: int) -> bool:
        """Return whether a row is ticked."""
        return bool(self._ticked[self._shown[row]])

    def tick(self, row: int) -> None:
        """Tick a row, or take its tick away."""
        self._ticked[self._shown[row]] ^= True
        self.ticks_changed.emit()

    def tick_between(self, first: int, last: int) -> None:
        """Tick all rows between two of them and these."""
        low, high = sorted((first, last))
        self._ticked[self._shown[low : high + 1]] = True
        self.ticks_changed.emit()

    def tick_shown(self, on: bool) -> None:
        """Tick all that are shown, or take their ticks away."""
        self._ticked[self._shown] = on
        self.ticks_changed.emit()

    def clear_ticks(self) -> None:
        """Take all ticks away."""
        self._ticked[:] = False
        self.ticks_changed.emit()

    def ticked_ids(self) -> list[str]:
        """Return who is ticked, in the order of the list."""
        positions = np.arange(self.total) if self.reading else self._list.positions(self._unnarrowed())
        return self._list.panel.person_ids(positions[self._ticked[positions]])

    # --- ways out ---------------------------------------------------------------------------------------------------

    def inspect(self, row: int, subjects: Sequence[str], near: QWidget, place: QRect) -> None:
        """Show what stands behind numbers of a row; the log has it, since no record is open."""
        if self.shows_results:
            person = self.person(row).person_id
            self.inspecting.ask(person, subjects, near, place, most=_MOST_VISITS, note=True)

    def open(self, row: int) -> None:
        """Open the record of a row."""
        if 0 <= row < len(self):
            self.current = self.person(row).person_id
            self.record_asked.emit(self.current)

    def ask_batch(self) -> None:
        """Go on with those who are ticked."""
        if self.ticks:
            self.batch_asked.emit(self.ticked_ids())

    def keep_place(self, row: int, scroll: int) -> None:
        """Remember on whose row one is (-1: on none that was chosen) and how far down."""
        if 0 <= row < len(self):
            self.current = self.person(row).person_id
        self.scroll = scroll

    # --- what comes from the store ----------------------------------------------------------------------------------

    def _take(self) -> None:
        """Take the people as they are now; ticks stay with their people."""
        ticked = self.ticked_ids() if self.ticks else []
        panel = self._people.panel
        if not self._bands:
            self._bands = band_places(self._context.clinic.library)
        self._previous = self._list
        self._list = PanelList(panel_of(self._people.first) if panel is None else panel, self._context.clock.today())
        self._ticked = _places(self._list.panel, ticked)
        self._shown = self._positions()
        self.list_changed.emit()
        if panel is not None:
            QTimer.singleShot(0, self, partial(self._count, self._list, tuple(ListFilter)))

    def _count(self, listed: PanelList, left: tuple[ListFilter, ...]) -> None:
        """Count one filter in each round of the window, so that no round is long; then tell."""
        if listed is not self._list:
            return
        if left:
            listed.counted(left[0])
            QTimer.singleShot(0, self, partial(self._count, listed, left[1:]))
            return
        QTimer.singleShot(0, self, self._let_go)
        self.counts = {each: listed.counted(each) for each in ListFilter}
        self.villages = listed.villages()
        self.counts_changed.emit()

    def _let_go(self) -> None:
        self._previous = None

    def _take_progress(self, done: int, total: int) -> None:
        self.progress = (done, total)
        if self.reading:
            self.progress_changed.emit()

    def _show(self, query: ListQuery) -> None:
        if query != self._query:
            self._query = query
            self._shown = self._positions()
            self.scroll = 0
            self.list_changed.emit()

    def _positions(self) -> IntArray:
        """Return who is shown. The first people stand as they came until everybody is there to be sorted."""
        return self._list.panel.find(self._query.text) if self.reading else self._list.positions(self._query)

    def _unnarrowed(self) -> ListQuery:
        return ListQuery(key=self._query.key, descending=self._query.descending)


def _places(panel: Panel, person_ids: Collection[str]) -> BoolArray:
    """Return at which positions these people stand."""
    found = [panel.position_of(person) for person in person_ids]
    made = np.zeros(len(panel), dtype=np.bool_)
    made[[place for place in found if place is not None]] = True
    return made
