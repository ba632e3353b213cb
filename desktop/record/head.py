"""The head of a record: back, who it is, the tabs, and whether it is saved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame

from desktop.record.layout import BIRTH, NAME, NUMBER
from desktop.record.presenter import TABS, RecordPresenter
from desktop.widgets.buttons import icon_button
from desktop.widgets.labels import ElidedLabel
from desktop.widgets.parts import Pill
from desktop.widgets.tabs import Tabs
from desktop.widgets.ui import Ui, row
from engine.domain.dates import PartialDate, completed_years

_ROOM_FOR_FACTS = 820
_ROOM_FOR_SAVED = 560


class RecordHeader(QFrame):
    """One line, whatever the name is."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        self.setProperty("role", "bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(ui.px(56))
        back = icon_button(ui, "back", ui.texts("record.back"))
        back.clicked.connect(presenter.back)
        self.name = ElidedLabel(ui, "", 20, bold=True)
        self._facts = ElidedLabel(ui, "", 13, color="text_3")
        self.tabs = Tabs(ui, [(tab, ui.texts(f"record.tab.{tab}")) for tab in TABS], TABS[0], ui.texts("record.tabs"))
        self.tabs.chosen.connect(presenter.show_tab)
        self.saved = Pill(ui, "", "ok")
        self.saved.hide()
        self._state = ("", "info")
        line = row(ui, back, self.name, self._facts, self.tabs, self.saved, gap=12, margins=(16, 0))
        line.setStretch(2, 1)
        self.setLayout(line)
        presenter.record_changed.connect(self.refresh)
        presenter.desk.box_changed.connect(self._box_changed)

    def refresh(self) -> None:
        """Show who it is and how things stand."""
        presenter = self._presenter
        self.name.setText(presenter.title())
        self._facts.setText(self._who())
        self.tabs.set_value(presenter.tab)
        self._show_saved()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room."""
        super().resizeEvent(event)
        self._facts.setVisible(event.size().width() >= self._ui.px(_ROOM_FOR_FACTS))
        self._show_saved()

    def _show_saved(self) -> None:
        """Show how things stand, where there is room for it; done anew only when it has changed."""
        presenter, texts = self._presenter, self._ui.texts
        state = ("", "info")
        if presenter.form is not None and presenter.form.changed:
            state = (texts("record.not_saved"), "info")
        elif presenter.saved_at is not None:
            state = (texts("record.saved", time=texts.time(presenter.saved_at)), "ok")
        if self.width() < self._ui.px(_ROOM_FOR_SAVED):
            state = ("", "info")
        if state != self._state:
            self._state = state
            self.saved.show_state(*state)
            self.saved.setVisible(bool(state[0]))

    def _box_changed(self, key: str) -> None:
        if key.partition("#")[0] in (NAME, NUMBER, BIRTH, "sex", "phone", "village"):
            self.refresh()

    def _who(self) -> str:
        """Return age, sex, number, village and the end of the phone, as far as they are stored."""
        form, texts = self._presenter.form, self._ui.texts
        if form is None or form.in_hand.record is None:
            return ""
        patient = form.in_hand.record.patient
        parts = []
        if isinstance(patient.birth_date, PartialDate):
            years = completed_years(patient.birth_date.earliest, self._presenter.context.clock.today())
            parts.append(texts("find.years", years=years))
        if patient.sex in ("F", "M"):
            parts.append(texts(f"sex.{patient.sex}"))
        if patient.patient_id and patient.name:
            parts.append(texts("record.number", number=patient.patient_id))
        parts.append(patient.village or "")
        if patient.phone:
            parts.append(texts("record.phone", tail=patient.phone[-4:]))
        return " · ".join(part for part in parts if part)
