"""The card of the number: the number, or between what it lies, or why there is none and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.record.cards import plain
from desktop.record.find_out import BetterTool, FindOut
from desktop.record.tool_rows import ToolRows
from desktop.record.tools_desk import ToolsDesk
from desktop.widgets.band_bar import BandBar
from desktop.widgets.buttons import Button
from desktop.widgets.icon_array import IconArray
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.risk_number import RiskNumber
from desktop.widgets.ui import Ui, clear, column, held, row
from engine.domain.report import Bound, Count
from engine.workflows.live import Live, LiveBand, LiveLead, LiveRange

_SIGNS = {Bound.BELOW: "<", Bound.EXACT: "", Bound.ABOVE: ">"}


def figures(count: Count) -> str:
    """Return a count as figures with the sign of its bound."""
    return f"{_SIGNS[count.bound]}{count.shown}"


def span_words(ui: Ui, found: LiveRange) -> str:
    """Return both ends of a range in figures; where they are the same number of people, that once."""
    low, high = figures(found.low_count), figures(found.high_count)
    if low == high:
        return ui.texts("record.span.about", number=low)
    return ui.texts("record.span.number", low=low, high=high)


class RiskCard(Card):
    """The number with both sides, its picture and its band; a range in its place; or why there is none."""

    field_asked = Signal(str)
    used_asked = Signal(str, str, object, object)  # tool (empty: the one that leads), answer, widget, place

    def __init__(self, ui: Ui, tools: ToolsDesk) -> None:
        super().__init__(ui, ui.texts("record.risk.title"), " ", gap=10)
        self._ui, self._tools = ui, tools
        self.number = RiskNumber(ui)
        self.stability = Label(ui, "", 12, tone="3")
        self.words = Label(ui, "", 13)
        self.array = IconArray(ui)
        self.bar = BandBar(ui)
        self.band = Label(ui, "", 12, tone="2")
        self.note = Label(ui, "", 12, tone="3")
        self.pack = Label(ui, "", 12, tone="3")
        left = column(ui, self.number, self.stability, self.words, self.bar, self.band, gap=6)
        left.addStretch(1)
        self._top = QWidget()
        top = row(ui, gap=20)
        top.addWidget(held(left), 1)
        top.addWidget(self.array, 0, Qt.AlignmentFlag.AlignTop)
        self._top.setLayout(top)
        self.refusal = Refusal(ui)
        self.lacks = FindOut(ui)
        self.better = BetterTool(ui)
        for asking in (self.refusal, self.lacks, self.better):
            asking.field_asked.connect(self.field_asked)
        self.nobody = Label(ui, ui.texts("record.risk.no_tool"), 13, tone="2")
        for part in (self._top, self.refusal, self.lacks, self.nobody, self.note, self.better, self._make_foot()):
            self.body.addWidget(part)
        self.choice = ToolRows(ui, tools)
        self.choice.field_asked.connect(self.field_asked)
        self.choice.used_asked.connect(self.used_asked)
        self.body.addWidget(self.choice)
        tools.changed.connect(self._show_choice)
        self._show_choice()

    def _make_foot(self) -> QWidget:
        """Return the line that names the tool, and opens why it is this one."""
        self.why = Button(self._ui, self._ui.texts("record.choice.open"), kind="link", size="small")
        self.why.clicked.connect(self._tools.turn_choice)
        self.used = Button(self._ui, self._ui.texts("inspecting.used"), kind="link", size="small")
        self.used.clicked.connect(lambda: self.used_asked.emit("", "", self.used, None))
        self.number.pressed.connect(lambda: self.used_asked.emit("", "", self.number, None))
        self._foot = QWidget()
        line = row(self._ui, self.pack, gap=12)
        line.setStretch(0, 1)
        line.addWidget(self.used, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.why, 0, Qt.AlignmentFlag.AlignTop)
        self._foot.setLayout(line)
        return self._foot

    def show_live(self, live: Live) -> None:
        """Show the number, or what stands in its place."""
        lead, texts = live.lead, self._ui.texts
        between = lead.range if lead is not None and lead.count is None else None
        self.nobody.setVisible(lead is None)
        self._top.setVisible(lead is not None and (lead.count is not None or between is not None))
        self.refusal.setVisible(lead is not None and lead.count is None and between is None)
        self._foot.setVisible(lead is not None)
        self.lacks.show_range(between)
        self.better.show_range(lead.range if lead is not None and lead.count is not None else None)
        if lead is None:
            self.set_caption("")
            self.note.hide()
            return
        self.set_caption(texts("record.risk.caption", outcome=lead.outcome, years=f"{lead.horizon_years:g}"))
        self.pack.setText(texts("record.risk.pack", title=lead.title, version=lead.version))
        headline = live.report.patient.headline
        note = plain(headline.footnote)
        self.note.setText(note)
        self.note.setVisible(bool(note) and lead.count is not None)
        if between is not None:
            self._show_range(lead, between)
        elif lead.count is None:
            self.refusal.show_reasons(lead, [plain(line) for line in headline.lines])
        else:
            self._show_number(live, lead, lead.count)

    def _show_number(self, live: Live, lead: LiveLead, count: Count) -> None:
        headline = live.report.patient.headline
        self.number.show_number(headline.number or "", headline.number_of or "", headline.number_words or "")
        self._show_stability(lead.stability)
        self.words.setText(self._sentence(lead, count, [plain(line) for line in headline.lines]))
        picture = live.report.patient.picture
        alt = picture.arrays[0].alt if picture and picture.arrays else ""
        self.array.show_people(count.out_of, count.drawn, 0, alt)
        self._show_band(lead.band, lead)

    def _sentence(self, lead: LiveLead, count: Count, lines: Sequence[str]) -> str:
        """Return both sides of the number for who reads it about somebody; a bound is told as on paper."""
        if count.bound is not Bound.EXACT:
            return " ".join(lines)
        return self._ui.texts(
            "record.risk.sentence",
            count=count.shown,
            out_of=count.out_of,
            outcome=lead.outcome,
            years=f"{lead.horizon_years:g}",
            rest=count.out_of - count.shown,
        )

    def _show_range(self, lead: LiveLead, between: LiveRange) -> None:
        """Show both ends; to the people between them it may happen."""
        self._show_stability("")
        texts, low, high = self._ui.texts, between.low_count, between.high_count
        span = span_words(self._ui, between)
        self.number.show_number(span, texts("record.span.of", out_of=low.out_of))
        words = texts(
            "record.span.sentence",
            span=span,
            out_of=low.out_of,
            outcome=lead.outcome,
            years=f"{lead.horizon_years:g}",
        )
        self.words.setText(words)
        alt = texts("record.span.picture", low=figures(low), high=figures(high), out_of=low.out_of)
        self.array.show_people(low.out_of, low.drawn, high.drawn - low.drawn, alt, may=True)
        self.band.setVisible(bool(between.edges))
        self.bar.setVisible(bool(between.edges))
        if between.edges:
            said = texts("record.span.bands", source=between.bands_source)
            self.band.setText(said)
            ticks = [f"{edge * 100:g}" for edge in between.edges]
            self.bar.show_bands(between.edges, ticks, None, f"{alt} {said}", (between.low, between.high))

    def _show_stability(self, words: str) -> None:
        self.stability.setText(words)
        self.stability.setVisible(bool(words))

    def _show_band(self, band: LiveBand | None, lead: LiveLead) -> None:
        texts = self._ui.texts
        self.band.setVisible(band is not None)
        self.bar.setVisible(band is not None and band.edges is not None)
        if band is None:
            return
        words = texts("record.risk.band", label=band.label, source=band.source)
        self.band.setText(words)
        if band.edges is not None:
            share = band.value is not None and band.value == lead.fraction
            ticks = [f"{edge * 100:g}" if share else f"{edge:g}" for edge in band.edges]
            self.bar.show_bands(band.edges, ticks, band.value, words)

    def _show_choice(self) -> None:
        """Show or hide, in place, how every tool of the topic stands."""
        tools, texts = self._tools, self._ui.texts
        self.why.setText(texts("record.choice.close" if tools.choice_open else "record.choice.open"))
        told = tools.told
        self.choice.setVisible(tools.choice_open and told is not None)
        if tools.choice_open and told is not None:
            self.choice.show_tools(told.choice, told.elsewhere, told.switched_off)


class Refusal(QWidget):
    """Why there is no number and what to do; each reason leads to its field."""

    field_asked = Signal(str)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._head = Label(ui, "", 14, bold=True)
        self._rest = Label(ui, "", 13, tone="2")
        self._links = column(ui, gap=6)
        self._shown: tuple[object, ...] = ()
        self.setLayout(column(ui, self._head, self._rest, held(self._links), gap=8))

    def show_reasons(self, lead: LiveLead, lines: Sequence[str]) -> None:
        """Show every reason with the way to its field; where there is none, what the page says."""
        self._head.setText(self._ui.texts("record.risk.none"))
        self._rest.setText(" ".join(lines))
        self._rest.setVisible(not lead.reasons)
        if lead.reasons == self._shown:
            return
        self._shown = lead.reasons
        clear(self._links)
        for reason in lead.reasons:
            line = QWidget()
            words = Label(self._ui, reason.sentence, 13)
            parts: list[QWidget] = [words]
            if reason.field is not None:
                parts.append(self._link(reason.field, reason.sentence))
            inner: QHBoxLayout = row(self._ui, *parts, gap=12)
            inner.setStretch(0, 1)
            line.setLayout(inner)
            self._links.addWidget(line)

    def _link(self, field: str, sentence: str) -> Button:
        made = Button(self._ui, self._ui.texts("record.risk.go"), kind="outline", size="small")
        made.setAccessibleName(f"{self._ui.texts('record.risk.go')}: {sentence}")
        made.clicked.connect(lambda: self.field_asked.emit(field))
        return made
