"""The first pages: what Lantern is at the left, the step at the right, one filled button at the foot."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.first_start.pages import ClinicPage, PassphrasePage, RecoveryPage
from desktop.first_start.presenter import STEPS, FirstStartPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.logo import logo
from desktop.widgets.parts import PageFooter, Stepper, scrolled
from desktop.widgets.ui import Ui, column, frame, row

_SIDE = 424
_PAD = 64  # left and right of the questions, and of the foot below them
_NARROW = 1100  # below, the left side gives its room to the questions


class FirstStartView(QWidget):
    """Built anew whenever language or look change; the presenter keeps the answers."""

    def __init__(self, ui: Ui, presenter: FirstStartPresenter) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._ui = ui
        self._presenter = presenter
        self._side = self._make_side()
        self._stepper = Stepper(ui, [ui.texts(f"first_start.step.{step}") for step in STEPS])
        self._recovery = RecoveryPage(ui, presenter)
        self._pages = (ClinicPage(ui, presenter), PassphrasePage(ui, presenter), self._recovery)
        self._back = Button(ui, ui.texts("first_start.back"), key="Esc")
        self._back.setShortcut("Esc")
        self._next = Button(ui, ui.texts("first_start.next"), kind="filled", size="large", key="Enter")
        self._footer = PageFooter(ui, self._next, pad=_PAD)
        self._footer.setFixedHeight(ui.px(72))
        self._footer.left.insertWidget(0, self._back)
        self._lay_out()
        self._back.clicked.connect(presenter.back)
        self._next.clicked.connect(self._go_on)
        for page in self._pages:
            page.entered.connect(self._go_on)
        presenter.changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        ui = self._ui
        inside = column(ui, gap=24, margins=(_PAD, 36, _PAD, 24))
        inside.addWidget(self._stepper)
        for page in self._pages:
            inside.addWidget(page)
        inside.addStretch(1)
        right = column(ui, gap=0)
        area = scrolled(inside)
        right.addWidget(area, 1)
        right.addWidget(self._footer)
        surface = frame("surface")
        surface.setLayout(right)
        whole = row(ui, self._side, gap=0)
        whole.addWidget(surface, 1)
        self.setLayout(whole)

    def _make_side(self) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        side = frame("rail")
        title = Label(ui, texts("first_start.welcome"), 28, bold=True, tone="on-rail-strong")
        words = Label(ui, texts("first_start.what"), 14, tone="on-rail")
        box = column(ui, logo(ui, 72), title, words, gap=14, margins=(48, 48, 40, 32))
        box.addSpacing(ui.px(16))
        for icon, key in (("offline", "internet"), ("lock", "records"), ("undo", "final"), ("heart", "intended")):
            box.addLayout(self._promise(icon, key))
        box.addStretch(1)
        practice = Button(ui, texts("first_start.practice"), kind="rail", icon="people")
        practice.clicked.connect(self._presenter.practice_asked)
        box.addWidget(practice)
        restore = Button(ui, texts("first_start.restore"), kind="rail", icon="undo")
        restore.clicked.connect(self._presenter.restore_asked)
        box.addWidget(restore)
        side.setLayout(box)
        area = scrolled(side)
        area.setFixedWidth(ui.px(_SIDE))
        return area

    def _promise(self, icon: str, key: str) -> QHBoxLayout:
        ui, texts = self._ui, self._ui.texts
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap(icon, "lamp", 20))
        mark.setFixedSize(ui.px(26), ui.line(14))  # beside the first line
        words = column(
            ui,
            Label(ui, texts(f"first_start.promise.{key}"), 14, bold=True, tone="on-rail-strong"),
            Label(ui, texts(f"first_start.promise.{key}_words"), 13, tone="on-rail"),
            gap=2,
        )
        line = row(ui, mark, gap=12)
        line.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        return line

    def refresh(self) -> None:
        """Show the presenter's state."""
        presenter, texts = self._presenter, self._ui.texts
        step = presenter.step
        self._stepper.go(step)
        for at, page in enumerate(self._pages):
            page.setVisible(at == step)
        self._pages[step].refresh()
        self._back.setVisible(step > 0 or presenter.can_go_back)
        self._footer.facts.setText(texts(f"first_start.after.{STEPS[step]}"))
        self._next.setText(texts("first_start.make" if step == 2 else "first_start.next"))
        self._next.setEnabled(not presenter.busy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the questions the whole width where it is small."""
        self._side.setVisible(self.width() >= self._ui.px(_NARROW))

    def _go_on(self) -> None:
        presenter = self._presenter
        if presenter.step == 0:
            presenter.leave_clinic_page()
        elif presenter.step == 1:
            presenter.leave_passphrase_page()
        else:
            self._recovery.finish()
