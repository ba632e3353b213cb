"""What every page of the studio is: an area that scrolls, and a foot with Back, a quiet fact and what comes next."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.studio.presenter import STEPS, StudioPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.parts import PageFooter, scrolled
from desktop.widgets.ui import Ui, clear, column


class StudioPage(QWidget):
    """One step. A page sets ``step`` and overrides ``show_state``; what has the focus is given it again by its name.

    ``place`` is the layout that scrolls; ``footer.right`` takes the actions of the page, the filled one last.
    """

    step: ClassVar[str]

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__()
        self.ui, self.presenter = ui, presenter
        self._shown = ""
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # keys of the page work where nothing on it takes them
        self.place = column(ui, gap=16)
        self.area = scrolled(column(ui, self.place, 1, gap=0, margins=(16,)))
        self.footer = PageFooter(ui)
        self.back = Button(ui, ui.texts("studio.back"), key="Esc")
        self.back.clicked.connect(presenter.back)
        self.back.setVisible(self.step != STEPS[0])
        self.footer.left.insertWidget(0, self.back)
        whole = column(ui, gap=0)
        whole.addWidget(self.area, 1)
        whole.addWidget(self.footer)
        self.setLayout(whole)

    def show_state(self) -> None:
        """Show the state of the presenter: each page its own."""

    def scroll_key(self) -> str:
        """Return what is shown in short: while that is the same, the page stays where it was scrolled to."""
        return ""

    def refresh(self) -> None:
        """Show the state of the presenter, where the page stands now, and give the focus back."""
        bar = self.area.verticalScrollBar()
        at = bar.value() if self.scroll_key() == self._shown else 0
        self._shown, held = self.scroll_key(), self.window().focusWidget()
        lost = held is None or self.area.isAncestorOf(held)
        elsewhere = held is not None and not self.isAncestorOf(held)
        self.show_state()
        inside = self.area.widget()
        if inside is not None:
            inside.adjustSize()  # or the bar would not reach as far down as before
        bar.setValue(at)
        if self.isVisible() and not elsewhere:
            self._focus_again(lost=lost)

    def show_cards(self, *cards: QWidget) -> None:
        """Put these into the area, in place of what was there."""
        clear(self.place)
        for card in cards:
            self.place.addWidget(card)
            card.show()

    def focus_first(self) -> None:
        """Put the focus where the work begins."""
        for found in self.area.findChildren(QWidget):
            takes = found.focusPolicy() & Qt.FocusPolicy.TabFocus
            if takes and found.isVisible() and found.isEnabled() and found.focusProxy() is None:
                found.setFocus()
                return
        self._next_or_back().setFocus()

    def _next_or_back(self) -> QWidget:
        """Return what comes next: the last action of the foot that can be used, else Back, else the page."""
        found: QWidget = self.back if self.back.isVisible() else self
        for at in range(self.footer.right.count()):
            item = self.footer.right.itemAt(at)
            button = None if item is None else item.widget()
            if button is not None and button.isVisible() and button.isEnabled():
                found = button
        return found

    def _focus_again(self, *, lost: bool) -> None:
        """Give the focus to what was used last; where that is gone, to where the work begins."""
        found = self.findChild(QWidget, self.presenter.control) if self.presenter.control else None
        if found is not None and found.isEnabled():
            found.setFocus()
            self.area.ensureWidgetVisible(found, 0, 0)
        elif lost:
            self.focus_first()
