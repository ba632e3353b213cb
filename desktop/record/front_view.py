"""A person's page for who may not read records: left who they are, right the way in for an emergency."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from desktop.i18n import Texts
from desktop.record.front_presenter import FrontPresenter
from desktop.record.front_record import record_cards
from desktop.widgets.buttons import Button, icon_button
from desktop.widgets.choices import Segment
from desktop.widgets.emergency_form import EmergencyForm
from desktop.widgets.fields import TextField
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, Notice, PageFooter, scrolled
from desktop.widgets.ui import Ui, clear, column, held, row
from engine.domain.problems import Problem, Reason
from engine.workflows.front_desk import FRONT_FIELDS
from engine.workflows.users import EmergencyReason

_BESIDE = 900  # from this width on the two sides stand beside each other
_NARROWEST = 380
_DATES = frozenset({"birth_date", "next_visit_date"})


class FrontView(QWidget):
    """Shows what the presenter holds."""

    def __init__(self, ui: Ui, presenter: FrontPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._name = ElidedLabel(ui, "", 20, bold=True)
        self.banner = Notice(ui, "danger")
        self._banner_place = held(column(ui, self.banner, margins=(16, 12, 16, 0)))
        self.fields: dict[str, TextField | Segment] = {}
        self._sex_problem = Label(ui, "", 12, tone="danger")
        self._who = self._make_who()
        self._right = column(ui, gap=16)
        self._emergency = self._make_emergency()
        self._cards = column(ui, gap=16)
        self._right.addWidget(self._emergency)
        self._right.addLayout(self._cards)
        self._right.addStretch(1)
        self._body = row(ui, gap=16, margins=(16,))
        self._body.addLayout(column(ui, self._who, 1), 1)
        self._body.addLayout(self._right, 1)
        self.save = Button(ui, ui.texts("front.save"), kind="filled", key="Ctrl+Enter")
        self.save.clicked.connect(presenter.save)
        self.footer = PageFooter(ui, self.save)
        whole = column(ui, self._make_head(), self._banner_place, gap=0)
        whole.addWidget(scrolled(self._body), 1)
        whole.addWidget(self.footer)
        self.setLayout(whole)
        escape = QShortcut(QKeySequence("Esc"), self, context=Qt.ShortcutContext.WindowShortcut)
        escape.activated.connect(presenter.back)
        presenter.reset.connect(self._show_person)
        presenter.state_changed.connect(self._show_state)
        presenter.emergency.changed.connect(self._show_emergency)
        self._show_person()

    def _make_head(self) -> QFrame:
        ui = self._ui
        head = QFrame()
        head.setProperty("role", "bar")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        head.setFixedHeight(ui.px(56))
        back = icon_button(ui, "back", ui.texts("record.back"))
        back.clicked.connect(self._presenter.back)
        line = row(ui, back, gap=12, margins=(16, 0))
        line.addWidget(self._name, 1)
        head.setLayout(line)
        return head

    def _make_who(self) -> Card:
        ui, texts = self._ui, self._ui.texts
        card = Card(ui, texts("front.title"))
        dictionary = self._presenter.context.clinic.dictionary
        for name in FRONT_FIELDS:
            label = (
                texts(f"front.label.{name}")
                if f"front.label.{name}" in texts
                else dictionary[name].label(texts.language)
            )
            if name == "sex":
                segment = Segment(ui, [(code, texts(f"sex.{code}")) for code in ("F", "M")], None, name=label)
                segment.chosen.connect(lambda code: self._presenter.type("sex", code))
                self.fields[name] = segment
                card.body.addLayout(
                    column(ui, Label(ui, label, 12, tone="2", wrap=False), segment, self._sex_problem, gap=4)
                )
                self._sex_problem.hide()
                continue
            hint = texts("front.date_hint") if name in _DATES else ""
            field = TextField(ui, label, hint=texts("record.birth_hint") if name == "birth_date" else hint)
            field.edit.setObjectName(f"front.{name}")
            field.edited.connect(lambda text, at=name: self._presenter.type(at, text))
            field.entered.connect(lambda at=name: self._next(at))
            self.fields[name] = field
            card.body.addWidget(field)
        return card

    def _make_emergency(self) -> Card:
        ui, texts = self._ui, self._ui.texts
        card = Card(ui, texts("front.closed"))
        card.body.addWidget(Label(ui, texts("front.closed_words"), 13, tone="2"))
        reasons = [(each.value, texts.wording.say(each.key)) for each in EmergencyReason]
        self._open = Button(ui, texts("front.emergency"), icon="warning")
        self._open.setObjectName("emergency")
        self._open.clicked.connect(self._offer)
        self.form = EmergencyForm(ui, reasons)
        self.form.asked.connect(self._ask)
        self.form.hide()
        card.body.addLayout(row(ui, self._open, 1))
        card.body.addWidget(self.form)
        return card

    def _offer(self) -> None:
        self.form.show()
        self._open.hide()
        self.form.reason.setFocus()

    def _ask(self, number: str, reason: str, words: str, passphrase: str) -> None:
        if self._presenter.person_id is not None:
            self._presenter.emergency.ask(self._presenter.person_id, "", reason, words, passphrase)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Put the cursor where typing begins."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._focus)

    def minimumSizeHint(self) -> QSize:
        """Return what the narrowest arrangement needs."""
        return QSize(self._ui.px(_NARROWEST), self._ui.px(200))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the two sides where they have room."""
        super().resizeEvent(event)
        beside = event.size().width() >= self._ui.px(_BESIDE)
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._body.setDirection(wanted)

    def _focus(self) -> None:
        first = self.fields["name"]
        if self._presenter.may_write and isinstance(first, TextField):
            first.edit.setFocus()

    def _show_person(self) -> None:
        """Show another person, or the same one as stored now."""
        presenter = self._presenter
        for name, field in self.fields.items():
            if isinstance(field, Segment):
                field.set_value(presenter.value(name) or None)
            else:
                field.set_text(presenter.value(name))
                field.edit.setReadOnly(not presenter.may_write)
            field.setEnabled(presenter.front is not None)
        if isinstance(self.fields["sex"], Segment):
            self.fields["sex"].setEnabled(presenter.may_write and presenter.front is not None)
        self.footer.setVisible(presenter.may_write)
        clear(self._cards)
        record = None if presenter.front is None else presenter.front.record
        if record is not None:
            for card in record_cards(self._ui, presenter.context, record):
                self._cards.addWidget(card)
                card.show()
        self.form.hide()
        self._open.show()
        self._show_state()
        self._show_emergency()

    def _show_state(self) -> None:
        presenter, texts = self._presenter, self._ui.texts
        self._name.setText(presenter.title() if presenter.front is not None else "")
        self.save.setEnabled(presenter.front is not None and not presenter.busy and presenter.changed)
        said = {name: problem_words(problem, texts) for problem in presenter.problems for name in problem.fields}
        for name, field in self.fields.items():
            if isinstance(field, TextField):
                field.say(said.get(name, ""))
        self._sex_problem.setText(said.get("sex", ""))
        self._sex_problem.setVisible(bool(said.get("sex")))

    def _show_emergency(self) -> None:
        presenter, texts, desk = self._presenter, self._ui.texts, self._presenter.emergency
        opened = presenter.front is not None and presenter.front.record is not None
        known = presenter.person_id is not None
        self._emergency.setVisible(known and desk.offered and not opened)
        self.form.show_state(busy=desk.busy, problems=desk.problems)
        words = texts("emergency.banner", minutes=desk.minutes_left, count=desk.minutes_left) if opened else ""
        self.banner.say(words, "danger")
        self._banner_place.setVisible(bool(words))

    def _next(self, name: str) -> None:
        names = list(self.fields)
        at = names.index(name) + 1
        if at < len(names):
            field = self.fields[names[at]]
            (field.edit if isinstance(field, TextField) else field).setFocus()
        else:
            self.save.setFocus()


def problem_words(problem: Problem, texts: Texts) -> str:
    """Return what is wrong with a field of this page."""
    if problem.reason in (Reason.AMBIGUOUS_DATE, Reason.FUTURE_DATE, Reason.MISSING_IDENTITY):
        return texts(f"record.problem.{problem.reason.value}")
    if "birth_date" in problem.fields:
        impossible = problem.reason is Reason.IMPOSSIBLE_VALUE
        return texts("record.problem.before_birth" if impossible else "record.problem.unreadable_birth")
    if _DATES & set(problem.fields):
        return texts(
            "front.next_visit_wrong" if problem.reason is Reason.IMPOSSIBLE_VALUE else "record.problem.unreadable_date"
        )
    return texts("record.problem.unreadable_text")
