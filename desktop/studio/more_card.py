"""What few people need: how it is trained, from which risk somebody would act, what it is called."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.studio.answers import KINDS
from desktop.studio.presenter import StudioPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Segment
from desktop.widgets.fields import TextField
from desktop.widgets.labels import Label
from desktop.widgets.tick import Tick
from desktop.widgets.ui import Ui, column, frame


def add_more(ui: Ui, presenter: StudioPresenter, body: QBoxLayout) -> None:
    """Put one line at the end of a card; what it opens stands below it."""
    texts, asking = ui.texts, presenter.asking

    def turn() -> None:
        presenter.control = "more"
        asking.turn_more()

    line = Button(
        ui,
        texts("studio.more.less" if asking.more else "studio.more.open"),
        kind="link",
        icon="up" if asking.more else "down",
    )
    line.setObjectName("more")
    line.clicked.connect(turn)
    body.addWidget(line)
    if asking.more:
        body.addWidget(_opened(ui, presenter))


def _opened(ui: Ui, presenter: StudioPresenter) -> QWidget:
    texts, asking = ui.texts, presenter.asking
    answers = asking.answers
    box = frame("sunken")
    lines = column(ui, gap=12, margins=(12,))

    def choose(control: str, **given: object) -> None:
        presenter.control = control
        asking.choose(**given)

    kinds = [(str(each), texts(f"studio.more.kind.{each}")) for each in KINDS]
    kind = Segment(ui, kinds, answers.kind, name=texts("studio.more.kind_of"))
    kind.setObjectName("kind")
    kind.setEnabled(not answers.textbook)
    kind.chosen.connect(lambda code: choose("kind", kind=code))
    lines.addLayout(column(ui, Label(ui, texts("studio.more.kind_of"), 12, tone="2"), kind, gap=4))
    for name in ("textbook", "anyway"):
        tick = Tick(ui, texts(f"studio.more.{name}"), bool(getattr(answers, name)))
        tick.setObjectName(name)
        tick.toggled.connect(lambda on, name=name: choose(name, **{name: on}))
        lines.addLayout(column(ui, tick, Label(ui, texts(f"studio.more.{name}_words"), 12, tone="3"), gap=0))
    for name in ("threshold", "title"):
        field = TextField(
            ui, texts(f"studio.more.{name}"), getattr(answers, name), hint=texts(f"studio.more.{name}_words")
        )
        field.edit.setObjectName(name)
        field.edited.connect(lambda typed, name=name: asking.write(**{name: typed}))
        field.entered.connect(presenter.check)
        field.say(asking.problems.get(name, ""))
        lines.addWidget(field)
    box.setLayout(lines)
    return box
