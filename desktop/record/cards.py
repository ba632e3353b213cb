"""The cards beside the form: the number, what moves it, what good values would change, other tools, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.widgets.band_bar import BandBar
from desktop.widgets.buttons import Button
from desktop.widgets.driver_bars import CountBar, CountBars, Driver, DriverBars
from desktop.widgets.icon_array import IconArray, LegendMark
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card
from desktop.widgets.risk_number import RiskNumber
from desktop.widgets.ui import Ui, clear, column, held, row
from engine.domain.report import Bound, Count, Moves, Remarks, Sentence, Tools
from engine.workflows.live import Live, LiveBand, LiveLead

_MOST_BARS = 6  # driver bars (desktop design, section 4)


def plain(sentence: Sentence) -> str:
    """Return a sentence without its weights."""
    return "".join(run.text for run in sentence).strip()


class RiskCard(Card):
    """The number with both sides, its picture and its band; or why there is none and what to do."""

    field_asked = Signal(str)

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.texts("record.risk.title"), " ", gap=10)
        self._ui = ui
        self.number = RiskNumber(ui)
        self.words = Label(ui, "", 13)
        self.array = IconArray(ui)
        self.bar = BandBar(ui)
        self.band = Label(ui, "", 12, tone="2")
        self.note = Label(ui, "", 12, tone="3")
        self.pack = Label(ui, "", 12, tone="3")
        left = column(ui, self.number, self.words, self.bar, self.band, gap=6)
        left.addStretch(1)
        self._top = QWidget()
        top = row(ui, gap=20)
        top.addWidget(held(left), 1)
        top.addWidget(self.array, 0, Qt.AlignmentFlag.AlignTop)
        self._top.setLayout(top)
        self.refusal = Refusal(ui)
        self.refusal.field_asked.connect(self.field_asked)
        self.nobody = Label(ui, ui.texts("record.risk.no_tool"), 13, tone="2")
        for part in (self._top, self.refusal, self.nobody, self.note, self.pack):
            self.body.addWidget(part)

    def show_live(self, live: Live) -> None:
        """Show the number, or why there is none."""
        lead, texts = live.lead, self._ui.texts
        self.nobody.setVisible(lead is None)
        self._top.setVisible(lead is not None and lead.count is not None)
        self.refusal.setVisible(lead is not None and lead.count is None)
        self.pack.setVisible(lead is not None)
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
        if lead.count is None:
            self.refusal.show_reasons(lead, [plain(line) for line in headline.lines])
            return
        count = lead.count
        self.number.show_number(headline.number or "", headline.number_of or "", headline.number_words or "")
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


class MovesCard(Card):
    """What moves the number: a bar each, from the reference person to this one."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.texts("record.moves.title"), " ", gap=8)
        self.bars = DriverBars(ui)
        self._note = Label(ui, "", 12, tone="3")
        self.body.addWidget(self.bars)
        self.body.addWidget(self._note)

    def show_moves(self, moves: Moves | None) -> None:
        """Show the bars; without any there is no card."""
        self.setVisible(moves is not None and bool(moves.rows))
        if moves is None:
            return
        rows = [Driver(one.label, one.text, one.share) for one in moves.rows[:_MOST_BARS]]
        self.bars.show_rows(rows)
        self.set_caption(moves.heads[1])
        self._note.setText(moves.note)


class BetterCard(Card):
    """With good values: the second picture, and what one thing at a time would change."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.texts("record.better.title"), " ", gap=10)
        self._ui = ui
        self.number = RiskNumber(ui, "lower", 28)
        self.words = Label(ui, "", 13, tone="2")
        self.array = IconArray(ui)
        self.bars = CountBars(ui)
        self._side = Label(ui, "", 12, bold=True)
        self._note = Label(ui, "", 12, tone="3")
        self._legend = column(ui, gap=2)
        self._legend_shown: tuple[object, ...] = ()
        left = column(ui, self.number, self.words, held(self._legend), gap=6)
        left.addStretch(1)
        top = row(ui, gap=20)
        top.addWidget(held(left), 1)
        top.addWidget(self.array, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(held(top))
        for part in (self._side, self.bars, self._note):
            self.body.addWidget(part)

    def show_picture(self, live: Live) -> None:
        """Show the second picture of the page; without one there is no card."""
        picture = live.report.patient.picture
        arrays = picture.arrays if picture is not None else ()
        self.setVisible(len(arrays) > 1)
        if picture is None or len(arrays) < 2:
            return
        second = arrays[1]
        self.number.show_number(str(second.black), live.report.patient.headline.number_of or "")
        self.words.setText(self._ui.texts("record.better.fewer", count=second.striped, out_of=second.out_of))
        self.array.show_people(second.out_of, second.black, second.striped, second.alt)
        if picture.legend != self._legend_shown:
            self._legend_shown = picture.legend
            clear(self._legend)
            for item in picture.legend:
                mark = LegendMark(self._ui, item.mark.value)
                line = row(self._ui, mark, ElidedLabel(self._ui, item.text, 12, color="text_2"), gap=6)
                line.setStretch(1, 1)
                self._legend.addLayout(line)
        self._side.setText(picture.side_title)
        self.bars.show_rows([CountBar(one.label, one.count, one.black, one.full, one.strong) for one in picture.bars])
        self._side.setVisible(bool(picture.bars))
        self._note.setText(picture.method_note)


class _Lines(Card):
    """A card with a line of text per item. Its labels are kept: the texts change with every key."""

    def __init__(self, ui: Ui, title: str) -> None:
        super().__init__(ui, title, gap=8)
        self._ui = ui
        self._lines = column(ui, gap=6)
        self._labels: list[tuple[QWidget, Label, Label]] = []
        self._shown: tuple[tuple[str, str], ...] = ()
        self.body.addWidget(held(self._lines))

    def show_lines(self, lines: Iterable[tuple[str, str]]) -> None:
        """Show a strong text and the rest of each line."""
        wanted = tuple(lines)
        if wanted == self._shown:
            return
        self._shown = wanted
        while len(self._labels) < len(wanted):
            pair = Label(self._ui, "", 13), Label(self._ui, "", 12, tone="3")
            line = held(column(self._ui, *pair, gap=0))
            self._labels.append((line, *pair))
            self._lines.addWidget(line)
        for at, (line, strong, rest) in enumerate(self._labels):
            texts = wanted[at] if at < len(wanted) else ("", "")
            for label, text in zip((strong, rest), texts, strict=True):
                if label.text() != text:
                    label.setText(text)
                label.setVisible(bool(text))
            line.setVisible(at < len(wanted))


class ToolsCard(_Lines):
    """The other tools: each with its answer, or why it gives none."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.texts("record.tools.title"))

    def show_tools(self, tools: Tools | None) -> None:
        """Show the tools; without any there is no card."""
        self.setVisible(tools is not None and bool(tools.rows))
        if tools is not None:
            self.show_lines((one.name, plain(one.answer)) for one in tools.rows)


class RemarksCard(_Lines):
    """What is missing, assumed or doubtful, each in one sentence."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.texts("record.remarks.title"))

    def show_remarks(self, remarks: Remarks) -> None:
        """Show the remarks; without any there is no card."""
        self.setVisible(bool(remarks.items))
        self.set_title(remarks.title)
        self.show_lines((plain(item), "") for item in remarks.items)
