"""The card on the left: today's visit, its day, all its boxes in the order they are typed, and more fields to add."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from desktop.record.add_fields import AddFields
from desktop.record.boxes import ChoiceBox, ValueBox, make_box
from desktop.record.day_line import DayLine
from desktop.record.form import Form
from desktop.record.goals import goal_of_pressure, pressure_said
from desktop.record.layout import CALCULATED, PRESSURE, VISIT_DAY, key_of
from desktop.record.mean_box import Calculated, make_calculated, make_mean
from desktop.record.presenter import RecordPresenter
from desktop.widgets.measurement_edit import SaidLine
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, held, take_out
from engine.fields import Dictionary

_COLUMNS, _GAP, _PAD = 12, 12, 16
AnyBox = ValueBox | ChoiceBox | Calculated


class FormPanel(Card):
    """Shows the boxes that the form has at the moment. Enter goes from one to the next.

    A box once made serves every form of the same dictionary: making them all takes longer than a keystroke may.
    """

    finished = Signal()  # Enter in the last box

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__(ui, gap=10)
        self._ui, self._presenter, self._desk = ui, presenter, presenter.desk
        self._boxes: dict[str, AnyBox] = {}
        self._dictionary: Dictionary | None = None  # whose fields the boxes are
        self._order: list[str] = []
        self.day = DayLine(ui, presenter)
        # The gap right of each box belongs to the box: a grid's own gaps would make boxes of one kind unequal.
        self._gap = ui.margins(0, 0, _GAP, 0)
        # The line of the day is higher than the heading of a card; so both headings stand at one height.
        above = ui.px(_PAD) - self.day.over_heading()
        self.body.setContentsMargins(ui.px(_PAD), above, ui.px(_PAD - _GAP), ui.px(_PAD))
        self.body.addWidget(self.day)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(ui.px(10))
        for at in range(_COLUMNS):
            self._grid.setColumnStretch(at, 1)
        self._place = held(self._grid)
        self.body.addWidget(self._place)
        self._pressures = SaidLine(ui)
        for part in (self.day, self._pressures):
            part.setContentsMargins(self._gap)
        self.add = AddFields(ui, presenter)
        self.add.setContentsMargins(self._gap)
        self.body.addWidget(self.add)
        self.body.addStretch(1)
        self._desk.rows_changed.connect(self._arrange)
        self._desk.box_changed.connect(self._refresh)
        self._desk.live_changed.connect(self._live)
        self._desk.focus_asked.connect(self.go_to)
        self.make()

    def make(self) -> None:
        """Show the form in hand, in boxes that hold nothing of the one before."""
        for box in self._boxes.values():
            box.start_over()
        if self._desk.form is None:  # the page waits for a record, with nothing of the form in view
            return
        self._arrange()
        self._live()
        self.day.refresh()
        self.add.refresh()

    def make_ahead(self, form: Form) -> Iterator[None]:
        """Make the boxes of a form before it is in hand, one at each step."""
        for places in form.rows():
            for key, _ in places:
                self._box(key, form)
                yield

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the rows out once more when all is quiet."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._settle)

    def _settle(self) -> None:
        """Give rows their height that lost it.

        A sentence that wraps anew while the grid is being laid out can leave the rows above it without any height, and
        Qt takes that for done.
        """
        if any(box.isVisible() and not box.height() for box in self._boxes.values()):
            self._grid.invalidate()
            self._grid.activate()

    def go_to(self, key: str) -> None:
        """Put the cursor into a box."""
        if key == key_of(VISIT_DAY):
            self.day.open_line()
            return
        box = self._boxes.get(key)
        if isinstance(box, (ValueBox, ChoiceBox)):
            box.take_focus()

    def go_to_start(self) -> None:
        """Put the cursor where typing was, or where it begins."""
        if self._desk.focus in self._order:
            self.go_to(self._desk.focus)
        elif self._order:
            self.go_to(self._order[0])

    def close_open(self) -> bool:
        """Close what is open over the boxes; return whether anything was."""
        return self.day.close_line() or self.add.close_list()

    def _arrange(self) -> None:
        """Put the boxes of the form in their places, making those that are new; the cursor stays where it is."""
        form = self._desk.form
        if form is None:
            return
        take_out(self._grid)
        rows = form.rows()
        self._order = []
        line = 0
        for places in rows:
            column = 0
            for key, span in places:
                box = self._box(key, form)
                self._grid.addWidget(box, line, column, 1, span)
                if box.isHidden():
                    box.refresh()
                    box.show()
                column += span
                if not isinstance(box, Calculated):
                    self._order.append(key)
            line += 1
            if places and places[-1][0] in ("mean", key_of(PRESSURE, 3)):
                self._grid.addWidget(self._pressures, line, 0, 1, _COLUMNS)
                line += 1
        shown = {key for places in rows for key, _ in places}
        for key, box in self._boxes.items():
            if key not in shown:
                box.hide()
        self._set_tab_order()
        self.add.refresh()

    def _box(self, key: str, form: Form) -> AnyBox:
        self._take_dictionary(form)
        if key not in self._boxes:
            box = self._boxes[key] = self._made(key, form)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            box.setContentsMargins(self._gap)
            box.setMinimumWidth(1)  # or the widest unit would push the columns apart
            box.setParent(self._place)
            box.hide()
        return self._boxes[key]

    def _take_dictionary(self, form: Form) -> None:
        """Let the boxes of another dictionary go."""
        if form.dictionary is self._dictionary:
            return
        self._dictionary = form.dictionary
        for box in self._boxes.values():
            box.hide()
            box.setParent(None)
            box.deleteLater()
        self._boxes = {}

    def _made(self, key: str, form: Form) -> AnyBox:
        name = key.partition("#")[0]
        if key == "mean":
            return make_mean(self._ui, self._desk)
        if name in CALCULATED:
            return make_calculated(self._ui, self._desk, form.dictionary[name])
        made = make_box(self._ui, self._desk, form.boxes[key], form)
        made.went.connect(lambda step, key=key: self._went(key, step))
        return made

    def _went(self, key: str, step: int) -> None:
        """Go to the box after or before; an unusual value is asked about first."""
        if step > 0 and not self._desk.enter(key):
            return
        if key not in self._order:
            return
        at = self._order.index(key) + step
        if at >= len(self._order):
            self.finished.emit()
        elif at >= 0:
            self.go_to(self._order[at])

    def _set_tab_order(self) -> None:
        stops = [self._stop(key) for key in self._order]
        for one, other in pairwise(stops):
            QWidget.setTabOrder(one, other)
        if stops:
            QWidget.setTabOrder(self.day.button, stops[0])
            QWidget.setTabOrder(stops[-1], self.add.button)

    def _stop(self, key: str) -> QWidget:
        box = self._boxes[key]
        return box.focusProxy() or box

    def _refresh(self, key: str) -> None:
        if key == key_of(VISIT_DAY):
            self.day.refresh()
        elif key in self._boxes:
            self._boxes[key].refresh()
            if key.partition("#")[0] == PRESSURE:
                self._say_pressures()

    def _live(self) -> None:
        for box in self._boxes.values():
            if not box.isHidden():
                box.refresh()
        mean = self._boxes.get("mean")
        goal = goal_of_pressure(self._desk)
        if isinstance(mean, Calculated):
            mean.show_state("warn" if goal is not None and goal.at_goal is False else "")
        self._say_pressures()
        QTimer.singleShot(0, self, self._settle)

    def _say_pressures(self) -> None:
        """Say below all pressures what is wrong with one: under a box so narrow it would be a tower of words."""
        boxes = [self._boxes.get(key) for key in self._order if key.partition("#")[0] == PRESSURE]
        wrong = [said for box in boxes if isinstance(box, ValueBox) for said in box.said]
        self._pressures.say([*dict.fromkeys(wrong), *pressure_said(self._desk, self._ui.texts)])
