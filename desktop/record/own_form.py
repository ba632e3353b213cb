"""What one tool asks beyond the form: a line or a list for each question, told to that tool alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.widgets.choices import Select
from desktop.widgets.fields import TextField
from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, clear, column, held
from engine.domain.live import OwnQuestion

_NONE = ""


class OwnForm(QWidget):
    """Kept while the words around it change: who types stays where they are."""

    answered = Signal(str, str)  # the key of a question, and what was said

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._keys: tuple[str, ...] = ()
        self._lines: dict[str, TextField] = {}
        self._rows = column(ui, gap=6)
        self._note = Label(ui, ui.texts("record.choice.own"), 12, tone="3")
        self.setLayout(column(ui, held(self._rows), self._note, gap=4))
        self.hide()

    def show_questions(self, questions: Sequence[OwnQuestion]) -> None:
        """Show these questions; none hides the form."""
        keys = tuple(each.key for each in questions)
        if keys != self._keys:
            self._keys, self._lines = keys, {}
            clear(self._rows)
            for each in questions:
                self._rows.addWidget(self._list(each) if each.choices else self._line(each))
        for each in questions:
            if each.key in self._lines:
                self._lines[each.key].say(self._ui.texts("record.choice.own_wrong") if each.wrong else "")
        self.setVisible(bool(questions))

    def _line(self, question: OwnQuestion) -> QWidget:
        made = self._lines[question.key] = TextField(self._ui, _label(question), question.said)
        made.edited.connect(lambda text, key=question.key: self.answered.emit(key, text))
        return made

    def _list(self, question: OwnQuestion) -> QWidget:
        options = [(_NONE, self._ui.texts("record.choice.own_none")), *question.choices]
        made = Select(self._ui, options, question.said or None, name=_label(question))
        made.chosen.connect(lambda code, key=question.key: self.answered.emit(key, code))
        label = Label(self._ui, _label(question), 12, tone="2", wrap=False)
        holder = QWidget()
        holder.setLayout(column(self._ui, label, made, gap=4))
        return holder


def _label(question: OwnQuestion) -> str:
    return f"{question.label} ({question.unit})" if question.unit else question.label
