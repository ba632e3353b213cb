"""The place "Studio": its steps in the head, the page of the present one, what runs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.studio.model_list import STAGE_TONES
from desktop.studio.page import StudioPage
from desktop.studio.pages import PAGES
from desktop.studio.presenter import STEPS, StudioPresenter
from desktop.studio.steps import WalkStepper
from desktop.widgets.parts import PageHeader, Pill
from desktop.widgets.ui import Ui, column

_STEPS_FROM = 1080  # narrower, only the present step has words
_PILL_FROM = 620
_LONGEST = 36  # signs of a title


class StudioView(QWidget):
    """Built anew whenever language or look change; the presenter keeps everything."""

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        self._pages: dict[str, StudioPage] = {}
        self._shown = ""
        self.stepper = WalkStepper(ui, [ui.texts(f"studio.step.{step}") for step in STEPS])
        self.stepper.asked.connect(lambda at: presenter.go(STEPS[at]))
        self._header = PageHeader(ui, ui.texts("studio.title"))
        self._header.setProperty("role", "bar")
        self._header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._header.left.insertWidget(1, self.stepper)
        self._pill = Pill(ui, "", square=True)
        self._header.right.addWidget(self._pill)
        self._stack = QStackedWidget()
        whole = column(ui, self._header, gap=0)
        whole.addWidget(self._stack, 1)
        self.setLayout(whole)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(self._leave)
        presenter.changed.connect(self.refresh)
        self.refresh()

    def page(self, step: str) -> StudioPage:
        """Return the page of a step, made when it is first asked for."""
        if step not in self._pages:
            self._pages[step] = PAGES[step](self._ui, self._presenter)
            self._stack.addWidget(self._pages[step])
        return self._pages[step]

    def refresh(self) -> None:
        """Show the state of the presenter."""
        presenter = self._presenter
        step = presenter.step
        open_ = [at for at, each in enumerate(STEPS) if each in PAGES and presenter.is_open(each)]
        done = [at for at, each in enumerate(STEPS) if presenter.is_done(each)]
        self.stepper.show_steps(STEPS.index(step if step in STEPS else "fit"), open_, done)
        self._show_pill()
        page = self.page(step)
        page.refresh()
        if step != self._shown:
            self._shown = step
            self._stack.setCurrentWidget(page)
            if self.isVisible():
                page.focus_first()

    def _show_pill(self) -> None:
        held = self._presenter.in_hand
        self._pill.setVisible(held is not None and self.width() >= self._ui.px(_PILL_FROM))
        if held is not None:
            tone, icon = STAGE_TONES[held.model.stage]
            texts = self._ui.texts
            stage = texts(f"studio.stage.{held.model.stage}")
            title = held.manifest.title.get(texts.language)
            title = title if len(title) <= _LONGEST else f"{title[:_LONGEST].rstrip()}…"
            self._pill.show_state(texts("studio.held", title=title, stage=stage), tone, icon)

    def _leave(self) -> None:
        if self._presenter.busy:
            self._presenter.stop()
        else:
            self._presenter.back()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave words out of the head where there is no room for them."""
        super().resizeEvent(event)
        self.stepper.set_compact(event.size().width() < self._ui.px(_STEPS_FROM))
        self._show_pill()

    def showEvent(self, event: QShowEvent) -> None:
        """Look anew, as the clinic may have changed since, and put the focus where the work is."""
        super().showEvent(event)
        self._presenter.look()
        self.page(self._presenter.step).focus_first()
