"""What waits until somebody looks at it, each closed with a note of what was found."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.log.words import time_words
from desktop.security.presenter import SecurityPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.fields import PassphraseField, TextField
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, clear, column, held, row
from engine.workflows.reviews import Review, sentence


class ReviewsCard(Card):
    """Hidden while nothing waits."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__(ui, ui.texts("security.review.title"))
        self._ui, self._desk = ui, presenter.reviews
        self.setProperty("tone", "question")
        self.body.addWidget(Label(ui, ui.texts("security.review.words"), 13, tone="2"))
        self._rows = column(ui, gap=16)
        self.body.addLayout(self._rows)
        self._typed: dict[str, str] = {}
        self._desk.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what waits."""
        clear(self._rows)
        for review in self._desk.waiting:
            made = self._row(review)
            self._rows.addWidget(made)
            made.show()
        self.setVisible(bool(self._desk.waiting))

    def _row(self, review: Review) -> QWidget:
        ui, texts, desk = self._ui, self._ui.texts, self._desk
        now = desk.context.clock.now()
        told = sentence(review, texts.wording, desk.name_of, desk.people, lambda moment: time_words(moment, now, texts))
        what = Label(ui, told, 13, bold=True)
        if desk.own(review) and not desk.alone(review):
            return held(column(ui, what, Label(ui, texts("security.review.own"), 12, tone="3"), gap=4))
        note = TextField(ui, texts("security.review.note"), self._typed.get(review.id, ""))
        note.edit.setObjectName(f"note.{review.id}")
        note.edited.connect(lambda text: self._typed.update({review.id: text}))
        secret = PassphraseField(ui, texts("confirm.passphrase")) if desk.own(review) else None
        problem = Notice(ui, "danger")
        close = Button(ui, texts("security.review.close"), icon="check")
        close.setObjectName(f"close.{review.id}")

        def send() -> None:
            desk.close(review, note.text(), None if secret is None else secret.text())

        close.clicked.connect(send)
        note.entered.connect(send)
        made = held(column(ui, what, note, secret, problem, row(ui, close, 1), gap=6))
        problem.say(desk.problem[1] if desk.problem[0] == review.id else "", "danger")
        return made


class ReviewStrip(Notice):
    """On the first page: that something waits, and the way there."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter, go: Callable[[], None]) -> None:
        super().__init__(ui)
        self._texts, self._desk, self._go = ui.texts, presenter.reviews, go
        self._desk.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say how many wait."""
        count = len(self._desk.waiting)
        if count:
            texts = self._texts
            self.say(texts("security.review.strip", count=count), "warn", texts("security.review.look"), self._go)
        else:
            self.say("")
