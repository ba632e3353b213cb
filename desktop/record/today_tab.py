"""Today's visit: the form left, what it says right; below each other in small windows with the number on top."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from desktop.record.form_panel import FormPanel
from desktop.record.layout import box_of, key_of
from desktop.record.presenter import RecordPresenter
from desktop.record.risk_card import span_words
from desktop.record.risk_panel import RiskPanel
from desktop.widgets.labels import ElidedLabel
from desktop.widgets.parts import Notice, scrolled
from desktop.widgets.ui import Ui, column, row
from engine.workflows.live import LiveRange

# Widths of the page (the window without the rail) at which the cards change their places.
_TWO_RISK_COLUMNS, _BESIDE = 1120, 820
_FORM, _FORM_NARROW, _STRIP = 376, 360, 40


class TodayTab(QWidget):
    """Three columns, two, or one."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        self.form = FormPanel(ui, presenter)
        self.risk = RiskPanel(ui, presenter)
        self._strip = Strip(ui)
        self.urgent = Notice(ui, "danger")
        self._urgent_place = QWidget()
        self._urgent_place.setLayout(column(ui, self.urgent, margins=(16, 12, 16, 0)))
        self._form_holder, self._risk_holder = column(ui, margins=(16, 16, 0, 16)), column(ui, margins=(16,))
        self._form_page, self._risk_page = QWidget(), QWidget()
        self._form_page.setLayout(self._form_holder)
        self._risk_page.setLayout(self._risk_holder)
        self._form_area, self._risk_area = scrolled(self._form_page), scrolled(self._risk_page)
        areas = row(ui, self._form_area, self._risk_area, gap=0)
        areas.setStretch(1, 1)
        whole = column(ui, self._urgent_place, self._strip, gap=0)
        whole.addLayout(areas, 1)
        self.setLayout(whole)
        self._mode = ""
        self._arrange("wide")
        self.risk.field_asked.connect(self._go_to_field)
        presenter.desk.live_changed.connect(self._refresh_strip)
        QApplication.instance().focusChanged.connect(self._follow)  # type: ignore[union-attr]  # there is one by now

    def _go_to_field(self, field: str) -> None:
        """Put the cursor into the box of a field; one that is not in the form comes into it."""
        form, name = self._presenter.form, box_of(field)
        if form is not None and any(key == key_of(name) for places in form.rows() for key, _ in places):
            self.form.go_to(key_of(name))
        else:
            self._presenter.desk.add_field(name)

    def make(self) -> None:
        """Show the form in hand."""
        self.form.make()
        self.risk.refresh()
        self._refresh_strip()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the cards where they have room."""
        super().resizeEvent(event)
        width = event.size().width()
        wide, beside = self._ui.px(_TWO_RISK_COLUMNS), self._ui.px(_BESIDE)
        self._arrange("wide" if width >= wide else "beside" if width >= beside else "one")

    def _arrange(self, mode: str) -> None:
        if mode == self._mode:
            return
        self._mode = mode
        focus = QApplication.focusWidget()
        one = mode == "one"
        self._form_holder.addWidget(self.form)
        (self._form_holder if one else self._risk_holder).addWidget(self.risk)
        self._form_holder.setContentsMargins(self._ui.margins(16, 16, 16 if one else 0, 16))
        self._risk_area.setVisible(not one)
        self._form_area.setMinimumWidth(0)
        self._form_area.setMaximumWidth(16_777_215)
        if not one:
            self._form_area.setFixedWidth(self._ui.px(_FORM if mode == "wide" else _FORM_NARROW) + self._ui.px(24))
        self.risk.arrange(2 if mode == "wide" else 1)
        self._refresh_strip()
        if focus is not None and self.isAncestorOf(focus):
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _refresh_strip(self) -> None:
        live = self._presenter.desk.live
        self.urgent.say("" if live is None else "\n".join(live.urgent), "danger")
        self._urgent_place.setVisible(bool(self.urgent.text))
        self._strip.setVisible(self._mode == "one" and live is not None and live.lead is not None)
        if live is not None and live.lead is not None:
            headline = live.report.patient.headline
            texts = self._ui.texts
            if live.lead.count is None and live.lead.range is not None:
                self._show_range(live.lead.range)
            elif live.lead.count is None:
                self._strip.show_text("", texts("record.strip.none"))
            else:
                number = headline.number_words or texts("record.strip.exact", number=headline.number or "")
                number = texts("record.strip.number", number=number, of=headline.number_of or "").strip()
                band = live.lead.band
                self._strip.show_text(number, band.label if band else "")

    def _show_range(self, found: LiveRange) -> None:
        texts = self._ui.texts
        of = texts("record.span.of", out_of=found.low_count.out_of)
        number = texts("record.strip.number", number=span_words(self._ui, found), of=of)
        first = texts("record.strip.range", field=found.tests[0].label) if found.tests else ""
        self._strip.show_text(number, first)

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        """Scroll to where the cursor went."""
        if now is None or not self.isVisible():
            return
        for area in (self._form_area, self._risk_area):
            inside = area.widget()
            if inside is not None and inside.isAncestorOf(now):
                area.ensureWidgetVisible(now, 0, self._ui.px(48))


class Strip(QFrame):
    """The number in one line, always in view in small windows."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(ui.px(_STRIP))
        self._number = ElidedLabel(ui, "", 14, bold=True, color="raise_")
        self._band = ElidedLabel(ui, "", 13, color="text_2")
        line = row(ui, self._number, self._band, gap=12, margins=(16, 0))
        line.setStretch(1, 1)
        self.setLayout(line)

    def show_text(self, number: str, band: str) -> None:
        """Show the number and its band."""
        self._number.setText(number)
        self._number.setVisible(bool(number))
        self._band.setText(band)
