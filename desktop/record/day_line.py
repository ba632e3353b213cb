"""The head of the form: what is filled in, and the day of the visit, which may be changed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.record.layout import VISIT_DAY, key_of
from desktop.record.presenter import RecordPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.fields import LineEdit
from desktop.widgets.labels import Label
from desktop.widgets.measurement_edit import SaidLine
from desktop.widgets.ui import Ui, column, held, row


class DayLine(QWidget):
    """Title left, the day right; pressing the day makes it a line to type in."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        self._title = Label(ui, ui.texts("record.today_title"), 14, bold=True, wrap=False)
        self._today = Button(ui, ui.texts("record.back_to_today"), kind="link", size="small")
        self._today.clicked.connect(lambda: presenter.correct_visit(None))
        self.button = Button(ui, "", kind="link", icon="calendar", size="small")
        self.button.clicked.connect(self.open_line)
        self.line = LineEdit(ui, "", name=ui.texts("record.day"))
        self.line.setFixedWidth(ui.px(120))
        self.line.hide()
        self.line.returnPressed.connect(self._take)
        self.line.editingFinished.connect(self._take)
        self._message = SaidLine(ui)
        head = row(ui, self._title, 1, self.button, self.line)
        self._back = held(row(ui, self._today, 1))
        self.setLayout(column(ui, head, self._back, self._message, gap=4))

    def over_heading(self) -> int:
        """Return by how much the top of this line lies over that of its words."""
        return max(0, (self.button.sizeHint().height() - self._title.sizeHint().height()) // 2)

    def refresh(self) -> None:
        """Show the day of the form and what is wrong with it."""
        form, texts = self._presenter.form, self._ui.texts
        if form is None:
            return
        today = self._presenter.context.clock.today()
        correcting = form.visit_id is not None
        title = "record.correct_title" if correcting else "record.today_title"
        self._title.setText(texts(title if correcting or form.day == today else "record.other_day_title"))
        self._back.setVisible(correcting)
        self.button.setText(form.day_typed or texts.long_date(form.day))
        self.button.setAccessibleName(texts("record.change_day", day=texts.long_date(form.day)))
        self._message.say(self._presenter.desk.problems.get(key_of(VISIT_DAY), []))

    def open_line(self) -> None:
        """Make the day a line to type in."""
        form = self._presenter.form
        if form is None:
            return
        self.line.setText(form.day_typed or form.day.isoformat())
        self.button.hide()
        self.line.show()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)
        self.line.selectAll()

    def close_line(self) -> bool:
        """Leave the day as it was; return whether it was being typed."""
        was_open = self.line.isVisible()
        if was_open:
            self._close()
        return was_open

    def _take(self) -> None:
        if self.line.isVisible():
            text = self.line.text()
            self._close()
            self._presenter.desk.set_day(text)

    def _close(self) -> None:
        self.line.hide()
        self.button.show()
        self.button.setFocus(Qt.FocusReason.OtherFocusReason)
