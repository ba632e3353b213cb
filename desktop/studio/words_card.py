"""What only people know of a model, typed on its card while it is a draft."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit

from desktop.widgets.buttons import Button
from desktop.widgets.fields import TextField
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, row
from engine.workflows.model_about import CardWords

_LIMIT_LINES = 4


class WordsCard(Card):
    """Name, people, outcome and limits; what is typed stays until it was written on the card or given up."""

    edited = Signal()
    asked = Signal(object)  # CardWords

    def __init__(self, ui: Ui, words: CardWords, typed: CardWords | None = None) -> None:
        """``words``: what stands on the card; ``typed``: what was typed and is not on it yet."""
        texts = ui.texts
        super().__init__(ui, texts("stages.words.title"))
        self._kept = words
        shown = typed or words
        self.body.addWidget(Label(ui, texts("stages.words.words"), 13, tone="2"))
        self.fields = {
            "title": TextField(ui, texts("stages.words.name"), shown.title),
            "population": TextField(
                ui, texts("stages.words.population"), shown.population, hint=texts("stages.words.population_hint")
            ),
            "outcome": TextField(
                ui, texts("stages.words.outcome"), shown.outcome, hint=texts("stages.words.outcome_hint")
            ),
        }
        for name, field in self.fields.items():
            field.edit.setObjectName(f"words.{name}")
            field.edit.setCursorPosition(0)
            field.edited.connect(self.edited)
            field.entered.connect(self.send)
            self.body.addWidget(field)
        self.body.addWidget(Label(ui, texts("stages.words.limits"), 12, tone="2"))
        self.limits = QPlainTextEdit("\n".join(shown.limits))
        self.limits.setFont(ui.theme.font(14))
        self.limits.setObjectName("words.limits")
        self.limits.setAccessibleName(texts("stages.words.limits"))
        self.limits.setTabChangesFocus(True)
        self.limits.setFixedHeight(_LIMIT_LINES * ui.line(14) + ui.px(14))
        self.limits.textChanged.connect(self.edited)
        self.body.addWidget(self.limits)
        self.body.addWidget(Label(ui, texts("stages.words.limits_hint"), 12, tone="3"))
        self._problem = Notice(ui, "danger")
        self.body.addWidget(self._problem)
        self._write = Button(ui, texts("stages.words.write"), icon="edit")
        self._write.setObjectName("write")
        self._write.clicked.connect(self.send)
        self.body.addLayout(row(ui, self._write, 1))
        self.edited.connect(self._show_button)
        self._show_button()

    @property
    def typed(self) -> CardWords:
        """What stands in the fields."""
        lines = (line.strip() for line in self.limits.toPlainText().splitlines())
        told = {name: field.text().strip() for name, field in self.fields.items()}
        return CardWords(told["title"], told["outcome"], told["population"], tuple(line for line in lines if line))

    @property
    def changed(self) -> bool:
        """Whether something is typed that is not on the card."""
        return self.typed != self._kept

    def send(self) -> None:
        """Ask for it to be written on the card."""
        if self.changed and self._write.isEnabled():
            self.asked.emit(self.typed)

    def show_state(self, *, busy: bool, problem: str) -> None:
        """Show that it is being written, or why it was not."""
        for part in (*self.fields.values(), self.limits):
            part.setEnabled(not busy)
        self._problem.say(problem, "danger")
        self._write.setEnabled(not busy and self.changed)

    def start(self, lacking: str) -> None:
        """Put the cursor where something is missing."""
        self.fields.get(lacking, self.fields["population"]).setFocus()

    def _show_button(self) -> None:
        self._write.setEnabled(self.changed)
