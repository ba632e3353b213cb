"""The card of the restore drill, and the panel in which it is done."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QWidget

from desktop.security.backups import megabytes
from desktop.security.drill_people import PeopleBeside
from desktop.security.drill_steps import STEPS, DrillStep
from desktop.security.drilling import Drilling
from desktop.security.presenter import SecurityPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Select
from desktop.widgets.fields import PassphraseField
from desktop.widgets.flow import Flow
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, clear, column, held

_FIELD, _WIDE = 440, 900


class DrillCard(Card):
    """When the last drill was, its four steps, and the way to the next."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__(ui, ui.texts("drill.title"), " ", gap=10)
        self._ui = ui
        self._security = presenter
        self.body.addWidget(Label(ui, ui.texts("drill.what"), 12, tone="3"))
        self._steps = {code: DrillStep(ui, number, code) for number, code in enumerate(STEPS, 1)}
        for step in self._steps.values():
            self.body.addWidget(step)
        self.body.addStretch(1)
        self._start = Button(ui, ui.texts("drill.start"), key="Alt+D")
        self._start.setObjectName("drill")
        self._start.clicked.connect(self._open)
        self._due = Label(ui, "", 12, tone="3")
        self._print = Button(ui, ui.texts("drill.print"), kind="link", icon="printer", size="small")
        self._print.clicked.connect(self._ask_print)
        self.body.addWidget(Flow(ui, self._start, self._print, gap=12))
        self.body.addWidget(self._due)
        presenter.backups.changed.connect(self._refresh)
        presenter.drilling.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        texts, overview = self._ui.texts, self._security.backups.overview
        self._start.setEnabled(overview is not None and overview.last is not None)
        if overview is None:
            return
        last = overview.drill
        self._print.setVisible(last is not None)
        if last is None:
            self.set_caption(texts("drill.never"))
        else:
            day = texts.date(last.at.astimezone().date())
            minutes = max(1, round((last.seconds or 0) / 60))
            self.set_caption(texts("drill.last", day=day, minutes=minutes))
        due = overview.standing.drill_due
        self._due.setText(texts("drill.due" if due else "drill.no_backup" if overview.last is None else "drill.fine"))
        fresh = last is not None and not due
        done = dict.fromkeys(STEPS[:3], fresh) | {"read": fresh and last is not None and last.read_at is not None}
        for code, step in self._steps.items():
            words = ""
            if fresh and last is not None and code == "open" and last.size is not None:
                words = texts("drill.opened", size=megabytes(last.size))
            if fresh and last is not None and code == "count" and last.people is not None:
                words = texts(
                    "drill.counted_short", people=texts.number(last.people), visits=texts.number(last.visits or 0)
                )
            if done[code] and code == "read":
                words = texts("drill.read_right")
            step.show_state(done[code], words)

    def _open(self) -> None:
        self._security.open_drill()

    def _ask_print(self) -> None:
        self._security.print_drill(self.window())


class DrillPanel(Card):
    """The drill itself, step by step."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__(ui, ui.texts("drill.title"), gap=16, pad=24)
        self.setMaximumWidth(ui.px(_WIDE))
        self._ui = ui
        self._security = presenter
        self._drilling: Drilling = presenter.drilling
        self._steps = {code: DrillStep(ui, number, code) for number, code in enumerate(STEPS, 1)}
        self._who_place = column(ui, gap=8)
        self._passphrase = PassphraseField(ui, ui.texts("drill.passphrase"))
        self._passphrase.setMaximumWidth(ui.px(_FIELD))
        self._passphrase.entered.connect(self._begin)
        asked = column(ui, Label(ui, ui.texts("drill.passphrase_words"), 13, tone="2"), gap=8)
        asked.addLayout(self._who_place)
        asked.addWidget(self._passphrase)
        self._asked = held(asked)
        self._people = PeopleBeside(ui, presenter.context)
        self._notice = Notice(ui, "danger")
        self.body.addWidget(Label(ui, ui.texts("drill.what"), 13, tone="2"))
        for code in STEPS[:3]:
            self.body.addWidget(self._steps[code])
        self.body.addWidget(self._asked)
        self.body.addWidget(self._make_progress())
        self.body.addWidget(self._steps["read"])
        self.body.addWidget(self._people)
        self.body.addWidget(self._notice)
        self.body.addWidget(self._make_buttons())
        self._shown: object = None
        self._drilling.changed.connect(self._refresh)
        self._refresh()

    def _make_progress(self) -> QWidget:
        ui = self._ui
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(ui.texts("drill.title"))
        self._doing = Label(ui, "", 12, tone="2")
        self._running = held(column(ui, self._bar, self._doing, gap=6))
        return self._running

    def _make_buttons(self) -> Flow:
        ui, texts = self._ui, self._ui.texts
        self._go = Button(ui, texts("drill.go"), kind="filled")
        self._right = Button(ui, texts("drill.right"), kind="filled", icon="check")
        self._wrong = Button(ui, texts("drill.wrong"), kind="danger")
        self._stop = Button(ui, texts("drill.stop"), icon="close", key="Esc")
        self._back = Button(ui, texts("drill.back"))
        self._go.clicked.connect(self._begin)
        self._right.clicked.connect(lambda: self._drilling.answer(True))
        self._wrong.clicked.connect(lambda: self._drilling.answer(False))
        self._stop.clicked.connect(self._drilling.stop)
        self._back.clicked.connect(self._security.close_panel)
        return Flow(ui, self._go, self._right, self._wrong, self._stop, self._back, gap=8)

    def _refresh(self) -> None:
        drilling = self._drilling
        done, runs, front = drilling.done, drilling.runs, drilling.front
        reads = done is not None and bool(done.samples) and drilling.answer_given is None
        self._asked.setVisible(done is None and not runs and front is not None)
        self._running.setVisible(runs)
        self._people.setVisible(done is not None and bool(done.samples))
        self._go.setVisible(done is None and not runs and front is not None)
        if reads and self._right.isHidden():
            self._right.show()
            self._right.setFocus()
        self._right.setVisible(reads)
        self._wrong.setVisible(reads)
        self._stop.setVisible(runs)
        self._back.setVisible(not runs)
        self._show_who()
        self._show_steps()
        self._show_notice()
        if drilling.progress is not None:
            self._show_progress(*drilling.progress)

    def _show_who(self) -> None:
        drilling = self._drilling
        if self._shown is drilling.front:
            return
        self._shown = drilling.front
        clear(self._who_place)
        named = [(user.id, user.name or user.id) for user in drilling.openers]
        if len(named) > 1 or (named and drilling.who != self._security.context.clinic.actor):
            choice = Select(self._ui, named, drilling.who, name=self._ui.texts("drill.whose"))
            choice.setMaximumWidth(self._ui.px(_FIELD))
            choice.chosen.connect(drilling.choose_who)
            self._who_place.addWidget(choice)
        if drilling.front is not None:
            self._passphrase.edit.setFocus()

    def _show_steps(self) -> None:
        texts, done = self._ui.texts, self._drilling.done
        number = texts.number
        words = dict.fromkeys(STEPS, "")
        if done is not None:
            words["open"] = texts("drill.opened", size=megabytes(done.size))
            words["count"] = texts(
                "drill.counted", people=number(done.people), visits=number(done.visits), rows=number(done.compared)
            )
            words["remove"] = texts("drill.removed")
            if self._drilling.answer_given:
                words["read"] = texts("drill.read_right")
            if not done.samples:
                words["read"] = texts("drill.nothing_to_read")
            self._people.show_people(done.samples)
        for code, step in self._steps.items():
            read = self._drilling.answer_given is True
            step.show_state(read if code == "read" else done is not None, words[code])

    def _show_notice(self) -> None:
        texts, drilling = self._ui.texts, self._drilling
        if drilling.problem:
            self._notice.say(drilling.problem, "danger")
        elif drilling.looked and drilling.front is None:
            self._notice.say(texts("drill.none"), "warn")
        elif drilling.answer_given is False:
            self._notice.say(texts("drill.wrong_words"), "danger")
        elif drilling.done is not None and (drilling.answer_given or not drilling.done.samples):
            self._notice.say(texts("drill.done"), "ok")
        else:
            self._notice.say("")

    def _show_progress(self, done: int, total: int) -> None:
        texts = self._ui.texts
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._doing.setText(texts("drill.comparing" if total else "drill.opening"))

    def _begin(self) -> None:
        text = self._passphrase.text()
        self._passphrase.edit.clear()
        self._drilling.start(text)
