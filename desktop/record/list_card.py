"""What the cards of all lists share: entries with what may be done with them, and the line to type another one."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from desktop.record.lists import CONFIRMED, Entry
from desktop.record.presenter import RecordPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.fields import TextField
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.traced_line import TracedLine
from desktop.widgets.ui import Ui, clear, column, frame, held, row
from engine.domain.dates import PartialDate
from engine.domain.record import Condition, Medicine


class ListCard(Card):
    """Entries, the line to add one, and the day on which the list was confirmed complete."""

    def __init__(self, ui: Ui, presenter: RecordPresenter, name: str) -> None:
        super().__init__(ui, ui.texts(f"record.lists.{name}"), " ", gap=10)
        self._ui, self._presenter, self._lists, self._name = ui, presenter, presenter.lists, name
        self._rows = column(ui, gap=0)
        self._none = Label(ui, ui.texts(f"record.lists.none_{name}"), 13, tone="3")
        self._message = Label(ui, "", 12, tone="danger")
        self._message.hide()
        self._add = Button(ui, ui.texts("record.lists.add"), icon="plus")
        self._add.clicked.connect(self._put)
        self._stop = Button(ui, ui.texts("record.lists.let_be"), kind="link")
        self._stop.clicked.connect(lambda: self._lists.edit(None))
        self._confirm = Button(ui, ui.texts("record.lists.confirm"), icon="check", size="small")
        self._confirm.clicked.connect(lambda: self._lists.confirm(self._name))
        if name in CONFIRMED:
            self.heading.addWidget(self._confirm)
        self.body.addWidget(self._none)
        self.body.addWidget(held(self._rows))
        self._entry: QVBoxLayout = column(ui, gap=8)
        self.body.addWidget(held(self._entry))
        self._make_entry()
        self._entry.addLayout(row(ui, self._add, self._stop, 1))
        self._entry.addWidget(self._message)

    # --- to be filled by each list ----------------------------------------------------------------------------------

    def _make_entry(self) -> None:
        """Make the fields in which an entry is typed."""

    def _take_editing(self) -> None:
        """Put the entry in hand into the fields, or what was typed before."""

    def _is_mine(self, item: Entry | None) -> bool:
        """Whether an entry belongs to this list."""
        return False

    def _words(self, item: Entry) -> tuple[str, str, bool]:
        """Return an entry's name, what else is known of it, and whether it has ended."""
        return "", "", False

    def _put(self) -> None:
        """Store what stands in the fields."""

    # --- showing ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the entries as they are stored, and what was typed."""
        items = self._lists.items(self._name)
        clear(self._rows)
        for item in items:
            self._rows.addWidget(self._row(item))
        self._none.setVisible(not items)
        editing = self._is_mine(self._lists.editing)
        self._add.setText(self._ui.texts("record.lists.change" if editing else "record.lists.add"))
        self._stop.setVisible(editing)
        self._say("")
        self._take_editing()
        record = self._lists.record
        confirmed = record.patient.lists_confirmed.get(self._name) if record else None
        if confirmed is not None:
            self.set_caption(self._ui.texts("record.lists.confirmed", day=self._ui.texts.date(confirmed)))
        elif self._name in CONFIRMED:
            self.set_caption(self._ui.texts("record.lists.not_confirmed"))

    def _row(self, item: Entry) -> QWidget:
        texts, ui = self._ui.texts, self._ui
        name, more, ended = self._words(item)
        made = frame("row")
        words = column(ui, self._named(item, name, "text_3" if ended else "text"), gap=2)
        if more:
            words.addWidget(Label(ui, more, 12, tone="3"))
        line = row(ui, gap=4, margins=(0, 6))
        line.addWidget(held(words), 1)
        for key, shown, call in (
            ("edit", True, lambda: self._lists.edit(item)),
            ("end", isinstance(item, (Medicine, Condition)) and not ended, lambda: self._lists.end(item)),
            ("remove", True, lambda: self._lists.remove(item)),
        ):
            if shown:
                button = Button(ui, texts(f"record.lists.{key}"), kind="link", size="small")
                button.setAccessibleName(f"{texts(f'record.lists.{key}')}: {name[:80]}")
                button.clicked.connect(call)
                line.addWidget(button)
        made.setLayout(line)
        return made

    def _named(self, item: Entry, name: str, tone: str) -> TracedLine:
        """Return the name of an entry; it leads to where the entry came from."""
        made = TracedLine(self._ui, tone=tone)
        made.show_parts([(name, item.id)])

        def asked(id_: str, place: QRect) -> None:
            self._presenter.inspect(((self._name, id_),), made, place)

        made.asked.connect(asked)
        return made

    def _say(self, text: str) -> None:
        self._message.setText(text)
        self._message.setVisible(bool(text))

    # --- parts ------------------------------------------------------------------------------------------------------

    def _field(self, code: str, label: str) -> TextField:
        """Return a line whose text is held by the presenter."""
        made = TextField(self._ui, self._ui.texts(f"record.lists.{label}"))
        made.edited.connect(lambda text: self._keep(code, text))
        made.entered.connect(self._put)
        return made

    def _keep(self, code: str, text: str) -> None:
        self._lists.typed[code] = text

    def _labelled(self, label: str, control: QWidget) -> QWidget:
        made = QWidget()
        words = Label(self._ui, self._ui.texts(f"record.lists.{label}"), 12, tone="2", wrap=False)
        made.setLayout(column(self._ui, words, control, gap=4))
        return made

    def _day(self, field: TextField) -> tuple[bool, PartialDate | None]:
        """Return whether a day may be taken as typed, and the day; says under the field what is wrong."""
        text = field.text().strip()
        day = self._lists.read_day(text) if text else None
        wrong = bool(text) and day is None
        field.say(self._ui.texts("record.lists.day_wrong") if wrong else "")
        return not wrong, day


def both(ui: Ui, first: QWidget, second: QWidget, wide: int = 3) -> QBoxLayout:
    """Return two fields beside each other, their labels on one line."""
    made = row(ui, first, second, gap=12)
    made.setStretch(0, wide)
    made.setStretch(1, 2)
    made.setAlignment(first, Qt.AlignmentFlag.AlignTop)
    made.setAlignment(second, Qt.AlignmentFlag.AlignTop)
    return made
