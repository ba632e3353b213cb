"""What if: changes a person could make, chosen one by one, with the number they lead to together."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.record.desk import FormDesk
from desktop.record.risk_card import figures
from desktop.widgets.buttons import Button
from desktop.widgets.chips import Chip
from desktop.widgets.flow import Flow
from desktop.widgets.icon_array import IconArray, LegendMark
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card
from desktop.widgets.risk_number import RiskNumber
from desktop.widgets.ui import Ui, column, divider, held, row
from engine.domain.live import LiveTreatment
from engine.domain.report import Count
from engine.workflows.live import Live, LiveWhatIf, as_people


class WhatIfCard(Card):
    """Chips for the changes, the number with those chosen, the peer, and apart from them what trials found."""

    def __init__(self, ui: Ui, desk: FormDesk) -> None:
        super().__init__(ui, ui.texts("record.what_if.title"), gap=10)
        self._ui, self._desk = ui, desk
        self.number = RiskNumber(ui, "lower", 28)
        self.words = Label(ui, "", 13, tone="2")
        self.array = IconArray(ui)
        self.chips: dict[str, Chip] = {}
        self._chips = Flow(ui, gap=8)
        self.no_more = Label(ui, "", 12, tone="2")
        self.peer = Label(ui, "", 13)
        self.meaning = Label(ui, ui.texts("record.what_if.meaning"), 12, tone="3")
        inside = column(ui, gap=10)
        self._changes = held(inside)
        self.treatments = Treatments(ui)
        inside.addWidget(held(self._top()))
        for part in (self._chips, self.no_more, self.peer, self.meaning):
            inside.addWidget(part)
        self.body.addWidget(self._changes)
        self.body.addWidget(self.treatments)

    def _top(self) -> QHBoxLayout:
        ui = self._ui
        legend = column(ui, gap=2)
        for kind in ("happens", "spared", "not"):
            words = ElidedLabel(ui, ui.texts(f"record.what_if.{kind}"), 12, color="text_2")
            line = row(ui, LegendMark(ui, kind), words, gap=6)
            line.setStretch(1, 1)
            legend.addLayout(line)
        left = column(ui, self.number, self.words, held(legend), gap=6)
        left.addStretch(1)
        top = row(ui, gap=20)
        top.addWidget(held(left), 1)
        top.addWidget(self.array, 0, Qt.AlignmentFlag.AlignTop)
        return top

    def show_live(self, live: Live) -> None:
        """Show what would lower the number; where nothing does there is no card."""
        words = live.what_if
        self.setVisible(words is not None)
        if words is None:
            return
        self._changes.setVisible(bool(words.changes))
        self.treatments.show_treatments(words.treatments, divided=bool(words.changes))
        if words.changes:
            self._show_chips(words)
            self.refresh()

    def _show_chips(self, words: LiveWhatIf) -> None:
        if list(self.chips) != [change.field for change in words.changes]:
            self._chips.clear()
            self.chips = {change.field: Chip(self._ui, change.label) for change in words.changes}
            for field, chip in self.chips.items():
                chip.clicked.connect(lambda _=False, name=field: self._turn(name))
                self._chips.add(chip)
        for change in words.changes:
            value = self._ui.texts("record.what_if.change", now=change.now, target=change.target)
            self.chips[change.field].show_words(change.label, value)

    def _turn(self, field: str) -> None:
        self._desk.left_out ^= {field}
        self.refresh()

    def refresh(self) -> None:
        """Show the number with the changes that are chosen: it was worked out with the others."""
        live = self._desk.live
        if live is None or live.what_if is None or live.lead is None or live.lead.count is None:
            return
        found, today = live.assessment.what_if, live.lead.count
        if found is None:
            return
        chosen = frozenset(self.chips) - self._desk.left_out
        for field, chip in self.chips.items():
            if chip.isChecked() is not (field in chosen):
                chip.setChecked(field in chosen)
        counted, number = found.reached(chosen)
        count = as_people(number, today, self._ui.texts.wording)
        self._show_count(count, today, live.report.patient.headline.number_of or "")
        idle = [change.label for change in live.what_if.changes if change.field in chosen - counted]
        texts = self._ui.texts
        self.no_more.setVisible(bool(idle))
        self.no_more.setText(texts("record.what_if.no_more", names=texts("record.choice.comma").join(idle)))
        peer = live.what_if.peer
        self.peer.setVisible(peer is not None)
        if peer is not None:
            self.peer.setText(texts("record.what_if.peer", count=figures(peer), out_of=peer.out_of))

    def _show_count(self, count: Count, today: Count, of: str) -> None:
        texts, fewer = self._ui.texts, today.drawn - count.drawn
        self.number.show_number(figures(count), of)
        words = (
            texts("record.what_if.fewer", count=fewer, out_of=today.out_of) if fewer else texts("record.what_if.same")
        )
        self.words.setText(words)
        alt = texts("record.what_if.picture", number=figures(count), out_of=count.out_of, fewer=fewer)
        self.array.show_people(count.out_of, count.drawn, fewer, alt)


class Treatments(QWidget):
    """What trials found of treatments: the number with each, the effect with its interval; the sources on request."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._shown: tuple[LiveTreatment, ...] | None = None
        self._divider = divider()
        self._lines = column(ui, gap=8)
        self._labels: list[tuple[QWidget, Label, Label]] = []  # kept: their counts change with every key
        self.sources = Label(ui, "", 12, tone="3")
        self.sources.hide()
        self.open = Button(ui, ui.texts("record.what_if.sources"), kind="link", size="small")
        self.open.clicked.connect(self._turn)
        head = row(ui, Label(ui, ui.texts("record.what_if.trials"), 13, bold=True), gap=12)
        head.setStretch(0, 1)
        head.addWidget(self.open, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(ui, self._divider, head, held(self._lines), self.sources, gap=8))

    def show_treatments(self, treatments: tuple[LiveTreatment, ...], *, divided: bool) -> None:
        """Show these treatments; without any nothing stands there."""
        self.setVisible(bool(treatments))
        self._divider.setVisible(divided)
        if treatments == self._shown:
            return
        self._shown = treatments
        while len(self._labels) < len(treatments):
            pair = Label(self._ui, "", 13), Label(self._ui, "", 12, tone="2")
            self._labels.append((held(column(self._ui, *pair, gap=2)), *pair))
            self._lines.addWidget(self._labels[-1][0])
        for at, (line, words, effect) in enumerate(self._labels):
            line.setVisible(at < len(treatments))
            if at < len(treatments):
                words.setText(self._words(treatments[at]))
                effect.setText(treatments[at].effect)
        self.sources.setText("\n".join(each.source for each in treatments))

    def _words(self, found: LiveTreatment) -> str:
        count = found.count
        return self._ui.texts("record.what_if.treated", label=found.label, count=figures(count), out_of=count.out_of)

    def _turn(self) -> None:
        """Show the sources in place, or put them away."""
        self.sources.setVisible(self.sources.isHidden())
        self.open.setText(self._ui.texts(f"record.what_if.{'sources' if self.sources.isHidden() else 'no_sources'}"))
