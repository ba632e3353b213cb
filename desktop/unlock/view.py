"""The unlock page: who, the passphrase, one button; help where it is wrong, and the recovery sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QProgressBar, QWidget

from desktop.theme.fonts import key_font
from desktop.unlock.presenter import UnlockPresenter
from desktop.unlock.stopped import StoppedBox
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Select
from desktop.widgets.fields import LineEdit, PassphraseField
from desktop.widgets.initials import Initials
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.logo import Glow, logo
from desktop.widgets.parts import Notice, Pill, scrolled
from desktop.widgets.ui import Ui, column, divider, frame, restyle, row

if TYPE_CHECKING:
    from engine.workflows.users import User

_CARD = 480
_ROWS = 4
_LANGUAGES = {"en": "English", "zh": "简体中文"}


class UnlockView(Glow):
    """Built anew whenever language or look change; the presenter keeps everything but the passphrase."""

    def __init__(self, ui: Ui, presenter: UnlockPresenter) -> None:
        super().__init__(ui)
        self._ui = ui
        self._presenter = presenter
        self._language = Button(ui, _LANGUAGES[ui.texts.language], kind="menu", icon="globe")
        self._language.setAccessibleName(f"{ui.texts('unlock.language')}: {_LANGUAGES[ui.texts.language]}")
        self._language.clicked.connect(self._offer_languages)
        self._name = Label(ui, "", 24, bold=True, wrap=False)
        self._line = Label(ui, "", 13, tone="2", wrap=False)
        self._practice = Pill(ui, ui.texts("top.practice"), "warn", icon="info")
        self._card = frame("card")
        self._card.setFixedWidth(ui.px(_CARD))
        self._clock = Label(ui, "", 12, tone="3", wrap=False)
        self._foot = Label(ui, "", 12, tone="3", wrap=False)
        self._build_card()
        self._lay_out()
        presenter.changed.connect(self.refresh)
        self.refresh()

    # --- layout -----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        ui = self._ui
        top = row(ui, 1, self._language, margins=(24, 20, 24, 0))
        middle = column(ui, gap=8)
        for part in (logo(ui, 56), self._name, self._line, self._practice):
            middle.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addSpacing(ui.px(12))
        # Not by alignment: that would take the height of the card as if its lines did not wrap.
        middle.addLayout(row(ui, 1, self._card, 1))
        middle.addSpacing(ui.px(8))
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap("clock", "text_3", 14))
        middle.addLayout(row(ui, 1, mark, self._clock, 1, gap=6))
        inside = column(ui, top, gap=0, margins=(0, 0, 0, 20))
        inside.addLayout(middle)
        inside.addStretch(1)
        inside.addSpacing(ui.px(16))
        inside.addWidget(self._foot, 0, Qt.AlignmentFlag.AlignHCenter)
        area = scrolled(inside)
        self.setLayout(column(ui, area))

    def _build_card(self) -> None:
        ui, texts = self._ui, self._ui.texts
        self._who = self._who_row()
        self._making = QProgressBar()
        self._making.setTextVisible(False)
        self._making_words = Label(ui, texts("unlock.making"), 13)
        self._passphrase = PassphraseField(ui, texts("unlock.passphrase"))
        self._hint = self._practice_hint()
        self._notice = Notice(ui)
        self._stopped = StoppedBox(ui, self._presenter)
        self._caps = Notice(ui)
        self._button = Button(ui, texts("unlock.open"), kind="filled", size="large", key="Enter")
        self._button.setSizePolicy(
            self._passphrase.sizePolicy().horizontalPolicy(), self._button.sizePolicy().verticalPolicy()
        )
        self._key_rows: list[LineEdit] = []  # made when somebody asks for them, which is once in a clinic's life
        self._recovery = frame("clear")
        self._own = self._make_own()
        self._to_recovery = Button(ui, texts("unlock.use_recovery"), kind="link", icon="key")
        self._new_clinic = Button(ui, texts("unlock.new_clinic"), kind="link", icon="plus")
        self._restore = Button(ui, texts("unlock.restore"), kind="link", icon="undo")
        self._links = row(ui, self._to_recovery, 1, self._new_clinic, 0)
        body = column(ui, gap=18, margins=(24, 24, 24, 16))
        for part in (
            self._who, self._making_words, self._making, self._passphrase, self._hint, self._recovery, self._own,
            self._caps,
            self._notice, self._stopped, self._button, divider(),
        ):  # fmt: skip
            body.addWidget(part)
        body.addLayout(self._links)
        body.addLayout(row(ui, self._restore, 1))
        self._card.setLayout(body)
        self._connect()

    def _connect(self) -> None:
        self._passphrase.entered.connect(self._unlock)
        self._passphrase.caps_lock.connect(self._say_caps)
        self._button.clicked.connect(self._unlock)
        self._to_recovery.clicked.connect(lambda: self._presenter.turn_to_recovery(not self._presenter.by_recovery))
        self._new_clinic.clicked.connect(self._presenter.first_start_asked)
        self._restore.clicked.connect(self._presenter.restore_asked)

    def _who_row(self) -> QFrame:
        made = frame("clear")
        self._who_box = row(self._ui, gap=12)
        made.setLayout(self._who_box)
        return made

    def _practice_hint(self) -> QFrame:
        ui = self._ui
        made = frame("sunken")
        self._practice_words = Label(ui, "", 15, wrap=False)
        self._practice_words.setFont(key_font(ui.px(15)))
        self._practice_words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByKeyboard)
        made.setLayout(
            column(
                ui,
                Label(ui, ui.texts("unlock.practice_hint"), 12, tone="2"),
                self._practice_words,
                gap=4,
                margins=(12, 10),
            )
        )
        return made

    def _make_own(self) -> QFrame:
        """Return the boxes for a passphrase of one's own, in the place of one that somebody else has chosen."""
        ui, texts = self._ui, self._ui.texts
        self._own_one = PassphraseField(ui, texts("unlock.new_passphrase"))
        self._own_again = PassphraseField(ui, texts("unlock.new_passphrase_again"))
        self._own_one.entered.connect(self._own_again.edit.setFocus)
        self._own_again.entered.connect(self._unlock)
        made = frame("clear")
        intro = Label(ui, texts("unlock.own_intro"), 13, tone="2")
        made.setLayout(column(ui, intro, self._own_one, self._own_again, gap=8))
        return made

    def _make_recovery(self) -> None:
        ui, texts = self._ui, self._ui.texts
        box = column(ui, Label(ui, texts("unlock.recovery_intro"), 13, tone="2"), gap=8)
        for number in range(1, _ROWS + 1):
            name = texts("unlock.recovery_row", row=number)
            line = LineEdit(ui, name=name)
            line.setFont(key_font(ui.px(15)))
            line.setMaxLength(24)
            line.returnPressed.connect(lambda at=number: self._next_row(at))
            self._key_rows.append(line)
            label = Label(ui, name, 13, tone="2", wrap=False)
            label.setMinimumWidth(ui.px(56))
            box.addLayout(row(ui, label, line))
        self._new_one = PassphraseField(ui, texts("unlock.new_passphrase"))
        self._new_again = PassphraseField(ui, texts("unlock.new_passphrase_again"))
        self._new_one.entered.connect(self._new_again.edit.setFocus)
        self._new_again.entered.connect(self._unlock)
        box.addWidget(self._new_one)
        box.addWidget(self._new_again)
        self._recovery.setLayout(box)

    # --- what it shows ----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the presenter's state."""
        presenter, texts = self._presenter, self._ui.texts
        state, making = presenter.state, presenter.making is not None
        practice = bool(state and state.practice) or making
        self._name.setText(texts("unlock.practice_title") if practice else texts("unlock.title"))
        self._line.setText(self._why_text())
        self._line.setVisible(bool(self._line.text()))
        self._practice.setVisible(practice)
        self._show_people(state.people if state else ())
        for part in (self._making, self._making_words):
            part.setVisible(making)
        if presenter.making is not None:
            self._making.setRange(0, presenter.making[1])
            self._making.setValue(presenter.making[0])
        recovery = presenter.by_recovery
        if recovery and not self._key_rows:
            self._make_recovery()
        choosing = presenter.choosing is not None
        self._who.setEnabled(not choosing)
        if choosing and self._own.isHidden():
            self._own.show()
            self._own_one.edit.setFocus()
        self._own.setVisible(choosing)
        appears = self._passphrase.isHidden() and not making and not recovery and not choosing
        self._passphrase.setVisible(not making and not recovery and not choosing)
        if appears:
            self._passphrase.edit.setFocus()
        self._recovery.setVisible(not making and recovery)
        self._hint.setVisible(bool(presenter.practice_passphrase) and not recovery)
        self._practice_words.setText(presenter.practice_passphrase)
        self._to_recovery.setText(texts("unlock.use_passphrase" if recovery else "unlock.use_recovery"))
        self._to_recovery.setVisible(not making and not practice and not choosing)
        self._new_clinic.setVisible(not choosing)
        self._restore.setVisible(not making and not practice and not choosing and not presenter.stopped)
        self._new_clinic.setText(texts("unlock.own_clinic" if practice else "unlock.new_clinic"))
        for place, share in ((1, not practice), (3, practice)):  # alone it stands at the left, where a line begins
            self._links.setStretch(place, int(share))
        self._show_problem()
        self._stopped.refresh()
        self._button.setVisible(not making)
        self._button.setEnabled(not presenter.busy and not presenter.seconds)
        self._button.setText(self._button_text())
        day = presenter.context.clock.today()
        now = presenter.context.clock.now()
        self._clock.setText(texts("unlock.clock", day=texts.long_date(day), time=texts.time(now)))
        self._foot.setText(texts("unlock.private"))

    def _show_people(self, people: Sequence[User]) -> None:
        """Show who signs in: the only user there is, or a choice among several."""
        shown = "\n".join(f"{user.id} {user.name}" for user in people)
        if self._who.property("shown") == shown:
            return
        self._who.setProperty("shown", shown)
        owner = people[0].name if len(people) == 1 else ""
        self._who.setVisible(bool(owner) or len(people) > 1)
        while self._who_box.count():
            item = self._who_box.takeAt(0)
            if (widget := item.widget() if item else None) is not None:
                widget.deleteLater()
        if len(people) > 1:
            named = [(user.id, user.name or user.id) for user in people]
            choice = Select(self._ui, named, self._presenter.who, name=self._ui.texts("unlock.who"), size="large")
            choice.chosen.connect(self._choose)
            self._who_box.addWidget(choice, 1)
        elif owner:
            words = QWidget()
            texts = self._ui.texts
            words.setLayout(
                column(
                    self._ui,
                    ElidedLabel(self._ui, owner, 14, bold=True),
                    ElidedLabel(self._ui, texts("unlock.owner"), 12, color="text_3"),
                    gap=0,
                )
            )
            self._who_box.addWidget(Initials(self._ui, owner))
            self._who_box.addWidget(words, 1)

    def _why_text(self) -> str:
        why = self._presenter.why
        return self._ui.texts(f"unlock.why.{why}") if why else ""

    def _button_text(self) -> str:
        texts, presenter = self._ui.texts, self._presenter
        if presenter.seconds:
            return texts("unlock.wait", seconds=presenter.seconds)
        if presenter.busy:
            return texts("unlock.opening")
        changes = presenter.by_recovery or presenter.choosing is not None
        return texts("unlock.open_and_change" if changes else "unlock.open")

    def _show_problem(self) -> None:
        presenter, texts = self._presenter, self._ui.texts
        text = presenter.problem
        typing = not presenter.by_recovery and presenter.choosing is None
        if text and presenter.state is not None and typing and not presenter.seconds:
            left = presenter.state.tries_left
            if 0 < left <= 3:
                text = f"{text} {texts('unlock.tries_left', count=left)}"
        self._notice.say(text, "danger" if text else "warn")
        for number, line in enumerate(self._key_rows, 1):
            restyle(line, "state", "danger" if number == presenter.problem_row else "")
        if text and typing and not presenter.seconds:
            self._passphrase.edit.selectAll()
            self._passphrase.edit.setFocus()

    def _say_caps(self, on: bool) -> None:
        self._caps.say(self._ui.texts("unlock.caps_lock") if on else "")

    # --- what a person does -----------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Put the cursor where one types."""
        super().showEvent(event)
        self._passphrase.edit.setFocus()

    def _offer_languages(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        context = self._presenter.context
        for code, name in _LANGUAGES.items():
            menu.addAction(name).triggered.connect(lambda _=False, chosen=code: context.change(language=chosen))
        menu.popup(self._language.mapToGlobal(self._language.rect().bottomLeft()))

    def _next_row(self, at: int) -> None:
        if at < _ROWS:
            self._key_rows[at].setFocus()
        else:
            self._new_one.edit.setFocus()

    def _choose(self, user_id: str) -> None:
        self._presenter.choose(user_id)
        self._passphrase.edit.clear()
        self._passphrase.edit.setFocus()

    def _unlock(self) -> None:
        if self._presenter.choosing is not None:
            self._presenter.choose_passphrase(self._own_one.text(), self._own_again.text())
        elif self._presenter.by_recovery:
            key = "\n".join(line.text() for line in self._key_rows)
            self._presenter.recover(key, self._new_one.text(), self._new_again.text())
        else:
            self._presenter.unlock(self._passphrase.text())
