"""The page that looks inside a network: its training one step at a time, with every number worked out."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QPlainTextEdit, QSlider, QWidget

from desktop.studio.inside_cards import CurveCard, NetworkCard, PersonCard, WeightCard, sizes_of
from desktop.studio.inside_digits import all_digits
from desktop.studio.inside_numbers import Teller, short
from desktop.studio.looking_inside import LookingInside
from desktop.studio.page import StudioPage
from desktop.studio.presenter import StudioPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Notice
from desktop.widgets.ui import Ui, column, frame, held, row
from engine.workflows.inside_run import MOST_PEOPLE, MOST_UNITS, Inside, Optimiser, Step

_BESIDE_FROM = 980  # from this width on the working stands beside the picture


class InsidePage(StudioPage):
    """The page."""

    step: ClassVar[str] = "inside"

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, presenter)
        self.looking: LookingInside = presenter.inside
        self.bar = _StepBar(ui, self.looking)
        self._runs = Label(ui, ui.texts("inside.runs"), 14, tone="2")
        self.notice = Notice(ui)
        self.network, self.curve = NetworkCard(ui, self.looking), CurveCard(ui, self.looking)
        self.person, self.weight = PersonCard(ui, self.looking), WeightCard(ui, self.looking)
        self._left = held(column(ui, self.network, self.curve, 1, gap=16))
        self._right = held(column(ui, self.person, self.weight, 1, gap=16))
        self._cards = row(ui, self._left, self._right, gap=16)
        self._cards.setStretch(0, 1)
        self._cards.setStretch(1, 1)
        self._body = held(self._cards)
        self.digits = _Digits(ui)
        for part in (self._runs, self.notice, self._body):
            self.place.addWidget(part)
        self._whole_digits = held(column(ui, self.digits, gap=0, margins=(16,)))
        whole = self.layout()
        if isinstance(whole, QBoxLayout):
            whole.insertWidget(0, self.bar)
            whole.insertWidget(1, self._whole_digits, 1)
        self._add_actions()
        self.looking.changed.connect(self._if_seen)

    def _add_actions(self) -> None:
        ui, looking = self.ui, self.looking
        self.copy = Button(ui, ui.texts("inside.copy"))
        self.copy.clicked.connect(self._copy)
        self.turn = Button(ui, ui.texts("inside.digits"), key="Alt+T")
        self.turn.clicked.connect(looking.turn_digits)
        self.before = Button(ui, ui.texts("inside.step_back"), key="Ctrl+Left")
        self.before.clicked.connect(lambda: looking.go(looking.number - 1))
        self.after = Button(ui, ui.texts("inside.step_next"), key="Ctrl+Right", kind="filled")
        self.after.clicked.connect(lambda: looking.go(looking.number + 1))
        for button in (self.copy, self.turn, self.before, self.after):
            self.footer.right.addWidget(button)
        self.footer.facts.setText(ui.texts("inside.private"))

    def _if_seen(self) -> None:
        if self.isVisible():
            self.show_state()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.digits.toPlainText())
        self.presenter.context.good_news.emit(self.ui.texts("inside.copied"))

    def show_state(self) -> None:
        """Show the step that is looked at."""
        looking = self.looking
        inside, step, teller = looking.inside, looking.step, looking.teller()
        self._runs.setVisible(looking.running)
        if looking.problem:
            self.notice.say(looking.problem, "danger")
        elif inside is not None and step is None:
            self.notice.say(self.ui.texts("inside.too_big", units=MOST_UNITS, people=f"{MOST_PEOPLE:,}"), "info")
        else:
            self.notice.say("")
        digits = looking.as_digits and step is not None
        self._body.setVisible(inside is not None)
        self.area.setVisible(not digits)
        self._whole_digits.setVisible(digits)
        self.copy.setVisible(digits)
        for part in (self.turn, self.before, self.after, self.bar, self.network, self._right):
            part.setVisible(step is not None)
        self.turn.setText(self.ui.texts("inside.picture" if digits else "inside.digits"))
        if inside is not None and teller is not None:
            self._show_run(teller, inside, step)

    def _show_run(self, teller: Teller, inside: Inside, step: Step | None) -> None:
        looking = self.looking
        self.curve.show_run(inside)
        if step is None:
            return
        self.bar.show_place(teller, inside)
        self.before.setEnabled(looking.number > 0)
        self.after.setEnabled(looking.number + 1 < looking.steps)
        if looking.as_digits:
            self.digits.show_text(all_digits(teller, inside, step, looking.place))
            return
        self.network.show_step(teller, inside, step)
        self.person.show_step(teller, step)
        self.weight.show_step(teller, inside, step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the working below the picture where there is no room beside it."""
        super().resizeEvent(event)
        wide = event.size().width() >= self.ui.px(_BESIDE_FROM)
        self._cards.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)


class _StepBar(QWidget):
    """Where one is, a slider over all steps, and an epoch to go to."""

    def __init__(self, ui: Ui, looking: LookingInside) -> None:
        super().__init__()
        self._ui, self._looking = ui, looking
        texts = ui.texts
        self.where = ElidedLabel(ui, "", 13, bold=True)
        self.shape = ElidedLabel(ui, "", 12, color="text_3")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("steps")
        self.slider.setMinimumHeight(ui.px(24))
        self.slider.setAccessibleName(texts("inside.slider"))
        self.slider.valueChanged.connect(looking.go)
        self.epoch = QLineEdit()
        self.epoch.setObjectName("epoch")
        self.epoch.setAccessibleName(texts("inside.epoch"))
        self.epoch.setFixedWidth(ui.px(72))
        self.epoch.editingFinished.connect(self._go_epoch)
        self._wrong = Label(ui, "", 12, tone="danger", wrap=False)
        first = row(ui, self.where, self.shape, gap=16)
        first.setStretch(1, 1)
        second = row(ui, self.slider, Label(ui, texts("inside.epoch"), 13, wrap=False), self.epoch, gap=8)
        second.addWidget(self._wrong)
        second.setStretch(0, 1)
        inner = frame("bar")
        inner.setLayout(column(ui, first, second, gap=4, margins=(16, 8)))
        self.setLayout(column(ui, inner, gap=0))

    def show_place(self, teller: Teller, inside: Inside) -> None:
        """Show the step that is looked at."""
        looking, settings = self._looking, inside.settings
        values = {
            "step": f"{looking.number + 1:,}",
            "steps": f"{looking.steps:,}",
            "epoch": f"{looking.epoch + 1:,}",
            "epochs": f"{inside.epochs_run:,}",
            "batch": looking.batch + 1,
            "batches": inside.steps_an_epoch,
            "loss": "" if looking.step is None else short(looking.step.loss),
        }
        taken = inside.epochs < inside.epochs_run
        self.where.setText(teller.say("taken" if taken else "where", best=inside.epochs, **values))
        way = teller.say("adam" if settings.optimiser is Optimiser.ADAM else "sgd")
        self.shape.setText(
            teller.say("shape", sizes=sizes_of(inside), way=way, rate=f"{settings.rate:g}", batch=settings.batch)
        )
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, looking.steps - 1)
            self.slider.setPageStep(inside.steps_an_epoch)
            self.slider.setValue(looking.number)
        self._wrong.setText("")
        self.epoch.setText(str(looking.epoch + 1))

    def _go_epoch(self) -> None:
        inside, text = self._looking.inside, self.epoch.text().strip()
        if inside is None:
            return
        number = int(text) if text.isdecimal() else 0
        right = 1 <= number <= inside.epochs_run
        self._wrong.setText("" if right else self._ui.texts("inside.epoch_wrong", epochs=inside.epochs_run))
        if right:
            self._looking.go_epoch(number - 1)


class _Digits(QPlainTextEdit):
    """A table of tabs to read and to copy; nothing can be typed into it."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(ui.px(12))
        font.setStyleHint(QFont.StyleHint.Monospace)
        self.setFont(font)
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setTabStopDistance(ui.px(184))
        self.setAccessibleName(ui.texts("inside.digits"))

    def show_text(self, text: str) -> None:
        """Show another text."""
        if text != self.toPlainText():
            self.setPlainText(text)
