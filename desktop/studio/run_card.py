"""What runs and how far it is, and what went wrong."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QProgressBar

from desktop.studio.presenter import StudioPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, row

_FORECAST_SECONDS = 2.0
_MINUTE = 60


class RunCard(Card):
    """Counted work: how much of how much, about how long it still takes, Stop, and what Stop keeps."""

    def __init__(self, ui: Ui, presenter: StudioPresenter, words: str, told: str = "") -> None:
        super().__init__(ui, words, gap=12)
        self._ui, self._presenter = ui, presenter
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(words)
        self._count = Label(ui, "", 13, tone="2", wrap=False)
        stop = Button(ui, ui.texts("studio.stop"), key="Esc")
        stop.setObjectName("stop")
        stop.clicked.connect(presenter.stop)
        line = row(ui, gap=16)
        line.addWidget(self._bar, 1)
        line.addWidget(self._count)
        line.addWidget(stop)
        self.body.addLayout(line)
        self.body.addWidget(Label(ui, told or ui.texts("studio.work_on"), 12, tone="3"))
        presenter.progressed.connect(self.hear)
        if presenter.progress[1]:
            self.hear(*presenter.progress)

    def hear(self, done: int, total: int) -> None:
        """Show how far it is."""
        if total <= 0:
            return
        texts = self._ui.texts
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        words = texts("studio.counted", done=texts.number(done), total=texts.number(total))
        passed = time.monotonic() - self._presenter.began
        if passed >= _FORECAST_SECONDS and 0 < done < total:
            seconds = round(passed * (total - done) / done) + 1
            key = "studio.seconds_left" if seconds < 2 * _MINUTE else "studio.minutes_left"
            words = f"{words} · {texts(key, seconds=seconds, minutes=-(-seconds // _MINUTE))}"
        self._count.setText(words)


class WrongCard(Card):
    """A sentence with what to do."""

    def __init__(self, ui: Ui, words: str) -> None:
        super().__init__(ui)
        notice = Notice(ui)
        self.body.addWidget(notice)
        notice.say(words)
