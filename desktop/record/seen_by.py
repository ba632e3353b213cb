"""Who saw one person's record: everybody who opened, changed, printed or handed it out, the newest first."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy

from desktop.log.desk import LogDesk
from desktop.log.table import LogTable
from desktop.record.presenter import RecordPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, row

_LEAST = 160


class SeenBy(Card):
    """Closed until it is asked for: reading the log is an entry of the log too. Pressed again, it closes."""

    turned = Signal()

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__(ui, gap=8)
        self._ui, self._presenter = ui, presenter
        self.desk = LogDesk(presenter.context)
        texts = ui.texts
        self.open = Button(ui, texts("security.log.saw"), icon="eye")
        self.open.setObjectName("seen_by")
        self.open.clicked.connect(self._open)
        head = row(ui, self.open, gap=12)
        head.addWidget(Label(ui, texts("security.log.saw_words"), 12, tone="3"), 1)
        self.body.addLayout(head)
        self.table = LogTable(ui, self.desk)
        self.table.setMinimumHeight(ui.px(_LEAST))
        self.table.setAccessibleName(texts("security.log.saw"))
        self._nothing = Label(ui, texts("security.log.saw_none"), 13, tone="2")
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self._nothing)
        self.desk.changed.connect(self._refresh)
        presenter.reset.connect(self._close)
        self._close()

    @property
    def is_open(self) -> bool:
        """Whether entries are shown, or that there are none."""
        return bool(self.desk.person)

    def _open(self) -> None:
        person = self._presenter.person_id
        if self.is_open:
            self._close()
        elif person is not None:
            self.desk.about(person)
        self.turned.emit()

    def _close(self) -> None:
        """Another person: nothing of the one before stays."""
        self.desk.forget()
        self.table.hide()
        self._nothing.hide()
        self.open.setEnabled(self._presenter.person_id is not None)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.turned.emit()

    def _refresh(self) -> None:
        found = bool(self.desk.lines)
        self.table.setVisible(found)
        self._nothing.setVisible(self.desk.loaded and not found)
        up = QSizePolicy.Policy.Expanding if found else QSizePolicy.Policy.Maximum
        self.setSizePolicy(QSizePolicy.Policy.Preferred, up)
