"""Taking somebody's access away, and replacing the clinic's key: what each means is said before it is done."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtWidgets import QProgressBar

from desktop.security.agreement import Agreement
from desktop.security.panel import Panel
from desktop.security.presenter import SecurityPresenter
from desktop.widgets.choices import Switch
from desktop.widgets.confirm import Confirm
from desktop.widgets.labels import Label
from desktop.widgets.parts import Notice
from desktop.widgets.ui import Ui, column, row

_TICK_MS = 500


class TurningPanel(Panel):
    """``turn``: the clinic's key is replaced. ``remove:<id>``: somebody's access is taken away, and it may be."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        code, _, user_id = presenter.panel.partition(":")
        texts, self._desk = ui.texts, presenter.people
        account = self._desk.account(user_id)
        name = "" if account is None else account.user.name or texts("top.nobody")
        self._user_id = user_id if code == "remove" else ""
        super().__init__(ui, presenter, texts(f"security.{code}.title", name=name))
        self._card = self.card("", texts(f"security.{code}.words", name=name))
        self._turning = Switch(ui, True, name=texts("security.remove.also"))
        self._turning.setObjectName("turning")
        if self._user_id:
            self._offer_turning(name)
        self._agree = Agreement(ui, presenter, self._user_id)
        self._card.body.addWidget(self._agree)
        interrupted = Label(ui, texts("security.turn.interrupted"), 12, tone="3")
        self._card.body.addWidget(interrupted)
        two = self._desk.is_other_administrator(self._user_id)  # their removal takes two, with or without the key
        self._only_turning = (interrupted,) if two else (self._agree, interrupted)
        kind = "danger" if self._user_id else "filled"
        self._confirm = Confirm(ui, texts(f"security.{code}.do"), kind=kind, name="do")
        self._confirm.confirmed.connect(self._do)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.hide()
        self._done_notice = Notice(ui, "ok")
        for part in (self._confirm, self._bar, self._done_notice):
            self._card.body.addWidget(part)
        self._since = QElapsedTimer()
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._turning.toggled.connect(self._turn)
        self._desk.state_changed.connect(self.refresh)
        self._desk.done.connect(self._done)
        self.begin(self._confirm.field)

    def _offer_turning(self, name: str) -> None:
        ui, texts = self.ui, self.ui.texts
        words = column(
            ui,
            Label(ui, texts("security.remove.also"), 13, bold=True),
            Label(ui, texts("security.remove.also_words", name=name), 12, tone="3"),
            gap=2,
        )
        line = row(ui, gap=16)
        line.addLayout(words, 1)
        line.addWidget(self._turning)
        self._card.body.addLayout(line)
        self._without = Notice(ui)
        self._card.body.addWidget(self._without)

    def _turn(self, on: bool) -> None:
        for part in self._only_turning:
            part.setVisible(on)
        self._without.say("" if on else self.ui.texts("security.remove.without"))

    def _do(self, passphrase: str) -> None:
        second, reason = self._agree.given()
        self._since.start()
        self._timer.start()
        if self._user_id:
            self._desk.remove(self._user_id, passphrase, self._turning.isChecked(), second, reason)
        else:
            self._desk.turn(passphrase, second, reason)

    def refresh(self) -> None:
        """Show that it is being done, or what is wrong."""
        desk = self._desk
        busy = bool(desk.busy)
        self._bar.setVisible(busy)
        self._agree.setEnabled(not busy)
        self._turning.setEnabled(not busy)
        self._agree.say(desk.problems)
        self._confirm.show_state(
            busy=busy,
            working=self._working(),
            passphrase=desk.problems.get("passphrase", ""),
            problem=desk.problems.get("", ""),
        )
        if not busy:
            self._timer.stop()
        if desk.problems:
            place = next(iter(desk.problems))
            places = {"second": self._agree.second, "reason": self._agree.reason}
            places.get(place, self._confirm.field).setFocus()

    def _tick(self) -> None:
        if self._desk.busy:
            self._confirm.show_state(busy=True, working=self._working(), passphrase="", problem="")

    def _working(self) -> str:
        seconds = self._since.elapsed() // 1000 if self._since.isValid() else 0
        key = "security.turn.working" if self._turning.isChecked() else "confirm.working"
        return self.ui.texts(key, seconds=seconds)

    def _done(self, what: str) -> None:
        key = "turned" if self._turning.isChecked() else "removed"
        told = self.ui.texts(f"security.{what}.{key}", name=self._desk.removed)
        self.presenter.context.good_news.emit(told)
        self.leave()

    def leave(self) -> None:
        """Go back, unless the key is just being replaced."""
        if self._desk.busy:
            return
        self._desk.forget()
        super().leave()
