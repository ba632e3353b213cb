"""What the last three pages share: the version in hand is read when they come to the front, and shown when it is."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from desktop.studio.page import StudioPage
from desktop.studio.presenter import StudioPresenter
from desktop.studio.stages import Stages
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, clear, column, frame, held, row
from engine.workflows.model_stages import ModelPage

_WIDEST = 760  # of a card that stands alone: beyond, a line is hard to follow
_BESIDE_FROM = 900  # from this width on cards stand in two columns


class StagePage(StudioPage):
    """A page about the version in hand."""

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, presenter)
        self.stages: Stages = presenter.stages
        self.stages.changed.connect(self._changed)
        self._was_narrow = False

    def showEvent(self, event: QShowEvent) -> None:
        """Look anew: days go by, and others may have signed."""
        super().showEvent(event)
        self.stages.read()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put cards beside or below each other, as there is room, and give all lines their height."""
        super().resizeEvent(event)
        if self.narrow != self._was_narrow:
            self._was_narrow = self.narrow
            QTimer.singleShot(0, self, self._changed)
        QTimer.singleShot(0, self, self.settle)

    @property
    def narrow(self) -> bool:
        """Whether there is no room for two columns."""
        return self.width() < self.ui.px(_BESIDE_FROM)

    def settle(self) -> None:
        """Give the page the height that its lines need: what is added later is heard of too late by the area."""
        page = self.area.widget()
        if page is not None:
            page.setMinimumHeight(page.heightForWidth(self.area.viewport().width()))

    def refresh(self) -> None:
        """Show the state of the presenter, then give all lines their height."""
        super().refresh()
        QTimer.singleShot(0, self, self.settle)

    def scroll_key(self) -> str:
        """Return the version in hand."""
        return self.stages.name

    def show_state(self) -> None:
        """Show the version in hand, or why it cannot be shown."""
        page, problem = self.stages.page, self.stages.problem
        if page is not None:
            self.show_page(page)
            return
        if problem:
            card = Card(self.ui)
            notice = Notice(self.ui, "danger")
            card.body.addWidget(notice)
            notice.say(problem, "danger")
            self.show_cards(card)

    def show_page(self, page: ModelPage) -> None:
        """Show the version."""
        raise NotImplementedError

    def _changed(self) -> None:
        if self.isVisible():
            self.refresh()

    def button(self, words: str, name: str, *, kind: str = "outline", icon: str = "", key: str = "") -> Button:
        """Return a button of the foot or of a card; nothing is pressed twice while something is done."""
        made = Button(self.ui, words, kind=kind, icon=icon, key=key)
        made.setObjectName(name)
        made.setEnabled(not self.stages.busy)
        made.clicked.connect(lambda: self._pressed(name))
        return made

    def _pressed(self, name: str) -> None:
        self.presenter.control = name  # it has the focus again when the page is made anew

    def show_actions(self, fact: str, *buttons: QWidget) -> None:
        """Put these into the foot, the filled one last, with a quiet fact left."""
        self.footer.facts.setText(fact)
        clear(self.footer.right)
        for each in buttons:
            self.footer.right.addWidget(each)
            each.show()

    def beside(self, left: list[QWidget], right: list[QWidget], shares: tuple[int, int] = (1, 1)) -> QWidget:
        """Return cards in two columns, or below each other where there is no room."""
        if not right:
            alone = held(column(self.ui, *left, gap=16))
            alone.setMaximumWidth(self.ui.px(_WIDEST))
            return alone
        if self.narrow:
            return held(column(self.ui, *left, *right, gap=16))
        whole = row(self.ui, gap=16)
        for parts, share in zip((left, right), shares, strict=True):
            made = held(column(self.ui, *parts, 1, gap=16))  # not by alignment: wrapped lines would be cut
            made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            whole.addWidget(made, share)
        return held(whole)


def fact_row(ui: Ui, icon: str, tone: str, title: str, words: str = "", action: Button | None = None) -> QWidget:
    """Return one line of a list: its sign, what it is, and what is known of it."""
    sign = QLabel()
    sign.setPixmap(ui.theme.pixmap(icon, tone, 16))
    sign.setFixedWidth(ui.px(20))
    made = frame("row")
    line: QHBoxLayout = row(ui, gap=10, margins=(0, 8))
    line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    text = column(ui, Label(ui, title, 13), Label(ui, words, 12, tone="3") if words else None, gap=2)
    line.addLayout(text, 1)
    if action is not None:
        line.addWidget(action, 0, Qt.AlignmentFlag.AlignTop)
    made.setLayout(line)
    return made
