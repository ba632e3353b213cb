"""What is worked out beside the boxes: the mean of the pressures and the body mass index."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.i18n import Texts
from desktop.record.desk import FormDesk
from desktop.record.layout import PAIRS, PRESSURE
from desktop.record.problems import unit_words
from desktop.record.units import written
from desktop.widgets.measurement_edit import FieldHead, UnitButton, ValueEdit, ValueFrame
from desktop.widgets.ui import Ui, column
from engine.domain.assessment import InputUsed


class Calculated(QWidget):
    """A value that nobody types: sunken, no cursor."""

    def __init__(self, ui: Ui, desk: FormDesk, label: str, fields: tuple[str, ...]) -> None:
        super().__init__()
        self._desk, self._fields, self._texts, self._label = desk, fields, ui.texts, label
        self.head = FieldHead(ui, label)
        self.line = ValueEdit(ui, label)
        self.line.setReadOnly(True)
        self.line.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.line.setFont(ui.theme.bold(14))
        self.frame = ValueFrame(ui, self.line, UnitButton(ui))
        self.frame.show_state("calculated")
        whole = column(ui, self.head, self.frame, gap=4)
        whole.addStretch(1)
        self.setLayout(whole)

    def refresh(self) -> None:
        """Show what the engine worked out from the form as it stands."""
        text = calculated(self._desk, self._fields)
        if text != self.line.text():
            self.line.setText(text)
            self.line.setAccessibleName(f"{self._label}: {text}")

    def show_state(self, state: str) -> None:
        """Show that it is above or below its goal, or only calculated."""
        self.frame.show_state(state or "calculated")


def used(desk: FormDesk, field: str) -> InputUsed | None:
    """Return the value of a field that counts on the day of the form."""
    if desk.live is None:
        return None
    return next((one for one in desk.live.assessment.inputs if one.field == field), None)


def calculated(desk: FormDesk, fields: tuple[str, ...]) -> str:
    """Return the value of today's form for fields, in the unit of the form; empty where there is none."""
    form = desk.form
    if form is None:
        return ""
    parts = []
    for name in fields:
        found = used(desk, name)
        known = form.dictionary[name]
        if found is None or found.on != form.day or not isinstance(found.value, (int, float)):
            return ""
        unit = desk.unit_of(form.dictionary[fields[0]])
        parts.append(written(known, float(found.value), unit))
    return "/".join(parts)


def make_mean(ui: Ui, desk: FormDesk) -> Calculated:
    """Return the box of the mean pressure."""
    return Calculated(ui, desk, ui.texts("record.mean"), PAIRS[PRESSURE])


def make_calculated(ui: Ui, desk: FormDesk, name: str) -> Calculated:
    """Return the box of a value that is worked out."""
    form = desk.form
    label = form.dictionary[name].label(ui.texts.language) if form else ""
    unit = unit_words(form.dictionary[name].unit, ui.texts) if form else ""
    made = Calculated(ui, desk, short_label(label, ui.texts), (name,))
    made.setAccessibleName(f"{label}, {unit}")
    return made


def short_label(label: str, texts: Texts) -> str:
    """Return the label of the index in the few letters that everybody knows."""
    return texts("record.bmi") if label else ""
