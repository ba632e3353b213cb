"""The page of a restore: which backup, who opens it, where it goes; then how it went and what stays where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from desktop.security.backups import megabytes
from desktop.security.restoring import Restoring, Typed
from desktop.theme.fonts import key_font
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Segment, Select
from desktop.widgets.fields import LineEdit, PassphraseField, TextField
from desktop.widgets.file_dialog import folder_dialog
from desktop.widgets.flow import Flow
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, clear, column, divider, frame, held, row

if TYPE_CHECKING:
    from engine.workflows.backup_facts import BackupFront
    from engine.workflows.users import User

_ROWS = 4
_FIELD, _WIDE = 440, 760


class RestorePanel(Card):
    """Built anew with look and language; what is typed is kept by nobody."""

    def __init__(self, ui: Ui, presenter: Restoring) -> None:
        super().__init__(ui, ui.texts("restore.title"), gap=16, pad=24)
        self._ui = ui
        self._presenter = presenter
        self.setMaximumWidth(ui.px(_WIDE))
        self.body.addWidget(Label(ui, ui.texts("restore.intro"), 13, tone="2"))
        self._form = held(column(ui, self._make_which(), divider(), self._make_who(), divider(), self._make_where()))
        self._form.layout().setSpacing(ui.px(16))  # type: ignore[union-attr]  # it was just given one
        self._result = Label(ui, "", 14)
        self._stays = Label(ui, "", 13, tone="2")
        self._notice = Notice(ui, "danger")
        self.body.addWidget(self._form)
        self.body.addWidget(self._result)
        self.body.addWidget(self._stays)
        self.body.addWidget(self._notice)
        self.body.addWidget(self._make_progress())
        self.body.addWidget(self._make_buttons())
        presenter.changed.connect(self._refresh)
        presenter.chosen_changed.connect(self._show_who)
        self._shown_fronts: Sequence[BackupFront] = ()
        self._show_who()
        self._refresh()

    # --- made once --------------------------------------------------------------------------------------------------

    def _make_which(self) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        self._place = Label(ui, "", 13)
        self._choose = Button(ui, texts("restore.choose_folder"), icon="folder")
        self._choose.clicked.connect(self._ask_folder)
        self._backups = Select(ui, [], name=texts("restore.which"))
        self._backups.setObjectName("restore_which")
        self._backups.chosen.connect(lambda code: self._presenter.choose(int(code)))
        self._facts = Label(ui, "", 13, tone="2")
        line = row(ui, gap=16)
        line.addWidget(self._place, 1)
        line.addWidget(self._choose)
        return held(column(ui, self._head("1", "which"), line, self._backups, self._facts, gap=8))

    def _make_who(self) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        ways = [("passphrase", texts("restore.by_passphrase")), ("recovery", texts("restore.by_recovery"))]
        self._way = Segment(ui, ways, "passphrase", name=texts("restore.who"))
        self._way.setMaximumWidth(ui.px(_FIELD))
        self._way.chosen.connect(lambda code: self._presenter.turn_to_recovery(code == "recovery"))
        self._who_place = column(ui, gap=8)
        self._secret = PassphraseField(ui, texts("restore.passphrase"))
        self._secret.setMaximumWidth(ui.px(_FIELD))
        self._key = self._make_key()
        self._second_place = column(ui, gap=8)
        self._second_words = Label(ui, texts("restore.second_words"), 13, tone="2")
        self._second = PassphraseField(ui, texts("restore.second_passphrase"))
        self._second.setMaximumWidth(ui.px(_FIELD))
        self._reason = TextField(ui, texts("restore.reason"), hint=texts("restore.reason_words"))
        self._reason.setMaximumWidth(ui.px(_FIELD))
        self._second_who: Select | None = None
        box = column(ui, self._head("2", "who"), self._way, gap=12)
        box.addLayout(self._who_place)
        for part in (self._secret, self._key, self._second_words):
            box.addWidget(part)
        box.addLayout(self._second_place)
        box.addWidget(self._second)
        box.addWidget(self._reason)
        return held(box)

    def _make_key(self) -> QFrame:
        ui = self._ui
        made = frame("clear")
        self._key_rows: list[LineEdit] = []
        box = column(ui, Label(ui, ui.texts("restore.key_words"), 13, tone="2"), gap=6)
        for number in range(1, _ROWS + 1):
            name = ui.texts("unlock.recovery_row", row=number)
            line = LineEdit(ui, name=name)
            line.setFont(key_font(ui.px(15)))
            line.setMaxLength(24)
            line.setMaximumWidth(ui.px(260))
            self._key_rows.append(line)
            label = Label(ui, name, 13, tone="2", wrap=False)
            label.setMinimumWidth(ui.px(56))
            box.addLayout(row(ui, label, line, 1))
        made.setLayout(box)
        return made

    def _make_where(self) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        self._target = Label(ui, "", 13)
        other = Button(ui, texts("restore.other_target"), icon="folder")
        other.clicked.connect(self._ask_target)
        line = row(ui, gap=16)
        line.addWidget(self._target, 1)
        line.addWidget(other, 0, Qt.AlignmentFlag.AlignTop)
        words = Label(ui, texts("restore.where_words"), 12, tone="3")
        return held(column(ui, self._head("3", "where"), line, words, gap=8))

    def _head(self, number: str, key: str) -> Label:
        return Label(self._ui, f"{number}.  {self._ui.texts(f'restore.{key}')}", 14, bold=True)

    def _make_progress(self) -> QWidget:
        ui = self._ui
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(ui.texts("restore.title"))
        self._step = Label(ui, "", 12, tone="2")
        self._running = held(column(ui, self._bar, self._step, gap=6))
        self._running.hide()
        return self._running

    def _make_buttons(self) -> Flow:
        ui, texts, presenter = self._ui, self._ui.texts, self._presenter
        self._go = Button(ui, texts("restore.go"), kind="filled")
        self._open = Button(ui, texts("restore.open"), kind="filled")
        self._stop = Button(ui, texts("restore.stop"), icon="close", key="Esc")
        self._back = Button(ui, texts("restore.back"))
        self._go.clicked.connect(self._restore)
        self._open.clicked.connect(presenter.open_restored)
        self._stop.clicked.connect(presenter.stop)
        self._back.clicked.connect(presenter.leave)
        return Flow(ui, self._go, self._open, self._stop, self._back, gap=8)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        presenter, texts = self._presenter, self._ui.texts
        done, runs = presenter.restored is not None, presenter.runs
        self._show_fronts()
        self._form.setVisible(not done)
        self._form.setEnabled(not runs)
        self._result.setVisible(done)
        self._stays.setVisible(done)
        self._running.setVisible(runs)
        self._go.setVisible(not done and not runs)
        self._go.setEnabled(presenter.chosen is not None)
        self._open.setVisible(done)
        self._stop.setVisible(runs)
        self._back.setVisible(not runs)
        self._notice.say(presenter.problem, "danger")
        self._target.setText(str(presenter.target))
        if presenter.progress is not None:
            self._show_progress(*presenter.progress)
        if presenter.restored is not None:
            manifest = presenter.restored.manifest
            people, visits = texts.number(manifest.people), texts.number(manifest.visits)
            made = self._moment(manifest.made_at)
            self._result.setText(texts("restore.done", people=people, visits=visits, made=made))
            self._stays.setText(texts("restore.stays", folder=str(presenter.target)))

    def _show_fronts(self) -> None:
        presenter, texts = self._presenter, self._ui.texts
        known = presenter.folder is not None
        self._place.setText(str(presenter.folder) if known else texts("restore.no_folder"))
        if self._shown_fronts is not presenter.fronts:
            self._shown_fronts = presenter.fronts
            named = [(str(at), self._line(front)) for at, front in enumerate(presenter.fronts)]
            self._backups.set_options(named, "0" if named else None)
        self._backups.setVisible(bool(presenter.fronts))
        front = presenter.chosen
        self._facts.setVisible(front is not None)
        if front is not None:
            facts = texts(
                "restore.facts",
                by=front.made_by,
                size=megabytes(front.size),
                checkpoint=front.checkpoint,
                names=texts("restore.comma").join(user.name or user.id for user in front.people),
            )
            self._facts.setText(facts)

    def _line(self, front: BackupFront) -> str:
        texts = self._ui.texts
        key = "restore.line_practice" if front.practice else "restore.line"
        people, visits = texts.number(front.patients), texts.number(front.visits)
        return texts(key, made=self._moment(front.made_at), people=people, visits=visits)

    def _moment(self, made_at: datetime) -> str:
        texts = self._ui.texts
        return texts("restore.moment", day=texts.long_date(made_at.astimezone().date()), time=texts.time(made_at))

    def _show_who(self) -> None:
        """Show whose passphrase is asked for, and who else has to agree."""
        presenter, texts = self._presenter, self._ui.texts
        recovery, others = presenter.by_recovery, presenter.others
        clear(self._who_place)
        if not recovery and len(presenter.openers) > 1:
            choice = self._select(presenter.openers, presenter.who, texts("restore.whose"))
            choice.chosen.connect(presenter.choose_who)
            self._who_place.addWidget(choice)
        elif not recovery and presenter.openers:
            owner = presenter.openers[0]
            self._who_place.addWidget(Label(self._ui, owner.name or texts("restore.administrator"), 13, bold=True))
        clear(self._second_place)
        self._second_who = None
        if others:
            self._second_who = self._select(others, others[0].id, texts("restore.second"))
            self._second_place.addWidget(self._second_who)
        self._secret.setVisible(not recovery)
        self._key.setVisible(recovery)
        self._second_words.setVisible(bool(others))
        self._second.setVisible(bool(others))
        self._reason.setVisible(not others)

    def _select(self, users: Sequence[User], value: str | None, name: str) -> Select:
        made = Select(self._ui, [(user.id, user.name or user.id) for user in users], value, name=name)
        made.setMaximumWidth(self._ui.px(_FIELD))
        return made

    def _show_progress(self, done: int, total: int) -> None:
        texts = self._ui.texts
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._step.setText(
            texts("restore.copying", percent=round(100 * done / total)) if total else texts("restore.opening")
        )

    # --- what a person does -----------------------------------------------------------------------------------------

    def _restore(self) -> None:
        recovery = self._presenter.by_recovery
        secret = "\n".join(line.text() for line in self._key_rows) if recovery else self._secret.text()
        if recovery and not secret.strip():
            secret = ""
        second_who = self._second_who.value if self._second_who is not None else None
        self._presenter.restore(Typed(secret, second_who or "", self._second.text(), self._reason.text()))

    def _ask_folder(self) -> None:
        dialog = folder_dialog(self, self._ui, self._ui.texts("restore.choose_folder"))
        if self._presenter.folder is not None:
            dialog.setDirectory(str(self._presenter.folder))
        dialog.fileSelected.connect(lambda path: self._presenter.look_in(Path(path)))
        dialog.open()

    def _ask_target(self) -> None:
        dialog = folder_dialog(self, self._ui, self._ui.texts("restore.other_target"))
        dialog.fileSelected.connect(lambda path: self._presenter.choose_target(Path(path)))
        dialog.open()
