"""What is worked out beside the boxes: the mean of the pressures and the body mass index."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.record.desk import FormDesk
from desktop.record.layout import PRESSURE, key_of
from desktop.units import PAIRS, unit_words, units_of, written
from desktop.widgets.measurement_edit import FieldHead, UnitButton, ValueEdit, ValueFrame
from desktop.widgets.ui import Ui, column
from engine.domain.assessment import InputUsed
from engine.fields import Field


class Calculated(QWidget):
    """A value that nobody types: sunken, no cursor."""

    def __init__(self, ui: Ui, desk: FormDesk, label: str, fields: tuple[str, ...]) -> None:
        super().__init__()
        self._ui, self._desk, self._fields, self._texts, self._label = ui, desk, fields, ui.texts, label
        self.unit: UnitButton | None = None
        self._unit_key = ""
        self.head = FieldHead(ui, label)
        self.head.pressed.connect(lambda: desk.inspect_asked.emit(fields, self.head))
        self.line = ValueEdit(ui, label)
        self.line.setReadOnly(True)
        self.line.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.line.setFont(ui.theme.bold(14))
        no_unit = UnitButton(ui)
        no_unit.hide()
        self.frame = ValueFrame(ui, self.line, no_unit)
        self.frame.show_state("calculated")
        whole = column(ui, self.head, self.frame, gap=4)
        whole.addStretch(1)
        self.setLayout(whole)

    def offer_units(self, key: str) -> None:
        """Show the unit in the head; pressing it goes to the next one, for all boxes of the field."""
        self._unit_key = key
        self.unit = UnitButton(self._ui, framed=False)
        self.unit.setFixedHeight(self.head.sizeHint().height())  # as high as the heads beside it
        self.unit.pressed.connect(self._next_unit)
        self.head.line.addWidget(self.unit)

    def _next_unit(self) -> None:
        form = self._desk.form
        if form is not None:
            box = form.boxes[self._unit_key]
            codes = units_of(box.fields[0])
            self._desk.choose_unit(self._unit_key, codes[(codes.index(box.unit or codes[0]) + 1) % len(codes)])

    def start_over(self) -> None:
        """Forget the value of the form before."""
        self.line.setText("")
        self.line.setAccessibleName(self._label)

    def refresh(self) -> None:
        """Show what the engine worked out from the form as it stands."""
        form = self._desk.form
        if self.unit is not None and form is not None:
            words = unit_words(form.boxes[self._unit_key].unit, self._texts)
            self.unit.show_unit(words, several=True, name=self._texts("record.unit_other", unit=words))
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
    made = Calculated(ui, desk, ui.texts("record.mean"), PAIRS[PRESSURE])
    made.offer_units(key_of(PRESSURE))
    return made


def make_calculated(ui: Ui, desk: FormDesk, field: Field) -> Calculated:
    """Return the box of a value that is worked out, labelled in the few letters that everybody knows."""
    made = Calculated(ui, desk, ui.texts("record.bmi"), (field.name,))
    made.setAccessibleName(f"{field.label(ui.texts.language)}, {unit_words(field.unit, ui.texts)}")
    return made
