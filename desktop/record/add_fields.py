"""More fields for the form: those that the tools would read first, then all others by group, found while typing."""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.record.boxes import label_of
from desktop.record.layout import BIRTH, Group, key_of
from desktop.record.presenter import RecordPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.fields import SearchField
from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, clear, column, held, row

_NAMED = 3  # fields named in the button itself
_MOST_SHOWN = 60
_ROOM = 300


class AddFields(QWidget):
    """A button that names what the tools would read; pressing it opens the list of all fields in place."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        self.button = Button(ui, "", kind="link", icon="plus")
        self.button.clicked.connect(self._turn)
        self.search = SearchField(ui, ui.texts("record.add.search"))
        self.search.edited.connect(lambda _: self._list())
        self.search.entered.connect(self._take_first)
        self.search.hide()
        self._found = column(ui, gap=2)
        self._first = ""
        self._open = False
        self.setLayout(column(ui, row(ui, self.button, 1), self.search, held(self._found)))

    def refresh(self) -> None:
        """Name what could be added to the form in hand."""
        form = self._presenter.form
        if form is None:
            return
        shown = {key.partition("#")[0] for places in form.rows() for key, _ in places}
        wanted = [self._label(name) for name in form.layout.wanted if name not in shown]
        self.button.setText(self._named(wanted))
        if self._open:
            self._list()

    def _named(self, wanted: list[str]) -> str:
        """Return the button's words with as many names as fit into the card."""
        texts, metrics = self._ui.texts, self.button.fontMetrics()
        for count in range(min(_NAMED, len(wanted)), 0, -1):
            words = texts("record.add.named", names=texts("record.add.comma").join(wanted[:count]))
            if metrics.horizontalAdvance(words) <= self._ui.px(_ROOM):
                return words
        return texts("record.add.any")

    def close_list(self) -> bool:
        """Close the list; return whether it was open."""
        was_open = self._open
        if was_open:
            self._turn()
        return was_open

    def _turn(self) -> None:
        self._open = not self._open
        self.search.setVisible(self._open)
        self.search.set_text("")
        if self._open:
            self._list()
            self.search.setFocus()
        else:
            clear(self._found)
            self.button.setFocus()

    def _groups(self) -> list[Group]:
        form = self._presenter.form
        if form is None:
            return []
        shown = {key.partition("#")[0] for places in form.rows() for key, _ in places} | {BIRTH}
        groups = [Group("wanted", form.layout.wanted), *form.layout.groups]
        seen: set[str] = set()
        found = []
        for group in groups:
            names = tuple(name for name in group.fields if name not in shown and name not in seen)
            seen.update(names)
            found.append(Group(group.code, names))
        return found

    def _list(self) -> None:
        clear(self._found)
        words = _fold(self.search.text()).split()
        self._first, count = "", 0
        for group in self._groups():
            names = [name for name in group.fields if self._fits(name, words)]
            if not names or count >= _MOST_SHOWN:
                continue
            self._found.addWidget(Label(self._ui, self._ui.texts(f"record.group.{group.code}"), 12, tone="3"))
            for name in names[: _MOST_SHOWN - count]:
                self._found.addWidget(self._choice(name))
                self._first = self._first or name
                count += 1
        if not count:
            self._found.addWidget(Label(self._ui, self._ui.texts("record.add.nothing"), 12, tone="3"))

    def _choice(self, name: str) -> Button:
        label = self._label(name)
        shown = self.fontMetrics().elidedText(label, Qt.TextElideMode.ElideRight, self._ui.px(_ROOM))
        made = Button(self._ui, shown, kind="link", size="small")
        made.setAccessibleName(label)
        made.clicked.connect(lambda: self._add(name))
        return made

    def _fits(self, name: str, words: list[str]) -> bool:
        form = self._presenter.form
        if form is None:
            return False
        fields = form.boxes[key_of(name)].fields
        text = _fold(" ".join(label for field in fields for label in (*field.labels.values(), field.name)))
        return all(word in text for word in words)

    def _take_first(self) -> None:
        if self._first:
            self._add(self._first)

    def _add(self, name: str) -> None:
        self._turn()
        self._presenter.desk.add_field(name)

    def _label(self, name: str) -> str:
        form = self._presenter.form
        return label_of(form.boxes[key_of(name)], self._ui.texts) if form else ""


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
