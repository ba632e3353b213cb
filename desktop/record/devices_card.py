"""What devices of a person saw at home, by measure and device: how much, from when to when, and from which file."""

from __future__ import annotations

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QWidget

from desktop.record.presenter import RecordPresenter
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.traced_line import TracedLine
from desktop.widgets.ui import Ui, clear, column, frame, held, row
from engine.domain.series import SeriesHeld
from engine.workflows.inspect import DEVICES, home_readings
from engine.workflows.inspect_more_words import measure_text


class DevicesCard(Card):
    """Read anew with each record; hidden while there is nothing."""

    changed = Signal()

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__(ui, ui.texts("record.devices.title"), " ", gap=0)
        self._ui, self._presenter = ui, presenter
        self.held: tuple[SeriesHeld, ...] = ()
        self._of: str | None = None
        self._rows = column(ui, gap=0)
        self.body.addWidget(held(self._rows))
        presenter.reset.connect(self.load)
        self.hide()
        self.load()

    def load(self) -> None:
        """Read what there is of the person in hand."""
        person, self._of = self._presenter.person_id, self._presenter.person_id
        if person is None:
            self._take(())
            return

        def done(found: tuple[SeriesHeld, ...]) -> None:
            if self._of == person:
                self._take(found)

        self._presenter.context.on_store(self, lambda clinic: home_readings(clinic, person), done)

    def _take(self, found: tuple[SeriesHeld, ...]) -> None:
        if found == self.held:
            return
        self.held = found
        clear(self._rows)
        for one in found:
            self._rows.addWidget(self._row(one, last=one is found[-1]))
        self.set_caption(self._ui.texts("record.devices.caption"))
        self.setVisible(bool(found))
        self.changed.emit()

    def _row(self, one: SeriesHeld, *, last: bool) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        made = frame("clear" if last else "row")
        line = TracedLine(ui)
        readings = texts("record.devices.readings", count=texts.number(one.readings))
        line.show_parts([(measure_text(one.measure, one.device, texts.wording), None), (readings, one.measure)])

        def asked(measure: str, place: QRect) -> None:
            self._presenter.inspect(((DEVICES, measure),), line, place)

        line.asked.connect(asked)
        days = {"first": texts.date(one.first.date()), "last": texts.date(one.last.date())}
        when = Label(ui, texts("record.devices.span", **days), 12, tone="3")
        made.setLayout(row(ui, held(column(ui, line, when, gap=2)), margins=(0, 8)))
        return made
