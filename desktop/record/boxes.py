"""One box of the form on the screen: a measurement, a choice or a text, each telling its state by the same rules."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from desktop.i18n import Texts
from desktop.record.desk import FormDesk
from desktop.record.form import Box, Form
from desktop.record.goals import value_said
from desktop.record.layout import BIRTH, PRESSURE, SHORT_LABELS
from desktop.record.problems import allowed
from desktop.units import unit_words, units_of
from desktop.widgets.choices import Segment, Select
from desktop.widgets.measurement_edit import FieldHead, MeasurementEdit, Said, SaidLine
from desktop.widgets.ui import Ui, column
from engine.fields import Field, Kind

UNKNOWN = "?"
_MOST_IN_SEGMENT = 4


def make_box(ui: Ui, desk: FormDesk, box: Box, form: Form) -> ChoiceBox | ValueBox:
    """Return the widget that fits a box."""
    if box.kind in (Kind.BOOLEAN, Kind.CATEGORY):
        return ChoiceBox(ui, desk, box, form)
    return ValueBox(ui, desk, box)


class ValueBox(MeasurementEdit):
    """A number, a pair, a date or a text."""

    def __init__(self, ui: Ui, desk: FormDesk, box: Box) -> None:
        takes_not_known = box.kind is not Kind.TEXT and box.name != BIRTH
        super().__init__(ui, label_of(box, ui.texts), takes_not_known=takes_not_known)
        self._texts, self._desk, self.key = ui.texts, desk, box.key
        self.said: tuple[Said, ...] = ()
        self.edited.connect(lambda text: desk.type(self.key, text))
        self.not_known.connect(lambda: desk.say_unknown(self.key))
        self.unit_chosen.connect(lambda unit: desk.choose_unit(self.key, unit))
        self.focused.connect(self._on_focus)
        self.head.pressed.connect(lambda: desk.inspect(self.key, self.head))

    def start_over(self) -> None:
        """Forget what was typed into the form before, and what undoing would bring back of it."""
        self.edit.setText("")

    def refresh(self) -> None:
        """Show text, unit, state and sentences of the box as they stand."""
        form = self._desk.form
        if form is None or self.key not in form.boxes:
            return
        box = form.boxes[self.key]
        units = [(code, unit_words(code, self._texts)) for code in units_of(box.fields[0])]
        self.show_units([pair for pair in units if pair[1]], box.unit or "")
        self.unit.setVisible(
            box.name != PRESSURE and bool(self.unit.text)
        )  # that of the pressures stands by their mean
        self.show_value(box.text, faint_of(box, self._texts))
        said, state = said_of(self._desk, box, self._texts)
        self.said = tuple(said)
        self.say(said, state)
        if box.name == PRESSURE:
            self.message.hide()  # the line below all pressures says it
        self.head.show_fact(*fact_of(self._desk, box, self._texts))

    def take_focus(self) -> None:
        """Put the cursor into the line."""
        self.edit.setFocus(Qt.FocusReason.TabFocusReason)

    def _on_focus(self, on: bool) -> None:
        if not isValid(self._desk):  # the window closes, and takes the cursor out of its boxes last
            return
        if on:
            self._desk.entered(self.key)
        elif self._desk.focus == self.key:
            self._desk.entered("")


class ChoiceBox(QWidget):
    """Answers side by side, or a list where there are many; "?" says not known."""

    went = Signal(int)

    def __init__(self, ui: Ui, desk: FormDesk, box: Box, form: Form) -> None:
        super().__init__()
        self._texts, self._desk, self.key = ui.texts, desk, box.key
        label = label_of(box, ui.texts)
        self.head = FieldHead(ui, label)
        self.message = SaidLine(ui)
        options = options_of(box.fields[0], form, ui.texts)
        self.control: Segment | Select
        if len(options) <= _MOST_IN_SEGMENT:
            self.control = Segment(ui, options, name=label)
        else:
            self.control = Select(ui, options, name=label)
        self.control.chosen.connect(self._chosen)
        self.control.installEventFilter(self)
        self.head.pressed.connect(lambda: desk.inspect(self.key, self.head))
        whole = column(ui, self.head, self.control, self.message, gap=4)
        whole.addStretch(1)
        self.setLayout(whole)
        self.setFocusProxy(self.control)

    def start_over(self) -> None:
        """Forget the answer of the form before."""
        self.control.set_value(None)

    def refresh(self) -> None:
        """Show the answer given, or the earlier one that still counts, as such."""
        form = self._desk.form
        if form is None or self.key not in form.boxes:
            return
        box = form.boxes[self.key]
        value = UNKNOWN if box.unknown else box.text or None
        earlier = box.last if value is None and box.last is not None and box.last.counts else None
        if earlier is not None:
            value = box.shown(earlier.values)
        if isinstance(self.control, Segment):
            self.control.set_value(value, faint=earlier is not None)
        else:
            self.control.set_value(value)
        said, _ = said_of(self._desk, box, self._texts)
        self.message.say(said)
        self.head.show_fact(*fact_of(self._desk, box, self._texts))

    def take_focus(self) -> None:
        """Put the focus on the answers."""
        self.control.setFocus(Qt.FocusReason.TabFocusReason)

    def eventFilter(self, watched: QObject, event: object) -> bool:
        """Hear where the focus is and the keys of the form."""
        if isinstance(event, QFocusEvent):
            if event.gotFocus():
                self._desk.entered(self.key)
        elif isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        keypad = bool(event.modifiers() & Qt.KeyboardModifier.KeypadModifier)
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and modifiers in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
        ):
            self.went.emit(-1 if modifiers else 1)
            return True
        if event.text() in (UNKNOWN, "？") or (event.text() == "+" and keypad):
            self._desk.say_unknown(self.key)
            return True
        return False

    def _chosen(self, code: str) -> None:
        if code == UNKNOWN:
            self._desk.say_unknown(self.key)
        else:
            self._desk.type(self.key, code)


def label_of(box: Box, texts: Texts) -> str:
    """Return the label of a box: that of the dictionary, or of a pair."""
    if box.name == PRESSURE:
        return texts(f"record.pressure.{box.reading}")
    if len(box.fields) == 2:
        return texts(f"record.pair.{box.name}")
    if box.name in SHORT_LABELS:
        return texts(f"record.short.{box.name}")
    return box.fields[0].label(texts.language)


def options_of(field: Field, form: Form, texts: Texts) -> list[tuple[str, str]]:
    """Return codes and words of a choice, "?" last; whose sex is not known has not been asked yet."""
    if field.kind is Kind.BOOLEAN:
        options = [("false", texts("record.no")), ("true", texts("record.yes"))]
    else:
        order = form.layout.choice_order.get(field.name, ())
        codes = [code for code in order if code in field.category_codes]
        codes += [code for code in field.category_codes if code not in codes]
        options = [(code, field.category_label(code, texts.language)) for code in codes]
    return options if field.name == "sex" else [*options, (UNKNOWN, UNKNOWN)]


def faint_of(box: Box, texts: Texts) -> str:
    """Return what stands behind an empty line: that it is not known, or the earlier value that still counts."""
    if box.unknown:
        return texts("record.not_known")
    if box.last is not None and box.last.counts:
        return box.shown(box.last.values)
    return ""


def fact_of(desk: FormDesk, box: Box, texts: Texts) -> tuple[str, str]:
    """Return the quiet fact above a box, long and short: the range while it is typed, else what there was before."""
    if desk.focus == box.key:
        hint = texts("record.birth_hint") if box.name == BIRTH else allowed(box, texts)
        if hint:
            return hint, ""
    last = box.last
    if last is None or box.filled or box.unknown or box.name == PRESSURE:
        return "", ""
    if last.counts:
        return texts.date(last.on), str(last.on.year)
    if box.kind is not Kind.NUMBER:
        return "", ""
    value = box.shown(last.values)
    return (
        texts("record.earlier", value=value, day=texts.date(last.on)),
        texts("record.earlier_short", value=value, year=last.on.year),
    )


def said_of(desk: FormDesk, box: Box, texts: Texts) -> tuple[Sequence[Said], str]:
    """Return the sentences under a box and its state. While it is being typed nothing is held against it."""
    state = "unknown" if box.unknown else ""
    if box.unknown and box.last is not None and box.last.counts:
        return [Said(texts("record.still_counts", day=texts.date(box.last.on)), "info")], state
    typing = desk.focus == box.key and not desk.is_asked(box.key)
    problems = desk.problems.get(box.key, [])
    if problems and not typing:
        return problems, "danger" if any(one.tone == "danger" for one in problems) else "warn"
    goal = [] if problems or box.kind is not Kind.NUMBER else value_said(desk, box, texts)
    return (goal, "warn") if goal else ([], state)
