"""The record's page: who it is and the tabs at its head, the tab in the middle, what may be done at its foot."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from desktop.record.files_tab import FilesTab
from desktop.record.form import Form
from desktop.record.head import RecordHeader
from desktop.record.history_tab import HistoryTab
from desktop.record.lists_tab import ListsTab
from desktop.record.presenter import TABS, RecordPresenter
from desktop.record.today_tab import TodayTab
from desktop.record.visits_tab import VisitsTab
from desktop.record.withdrawn_words import head_line
from desktop.widgets.buttons import Button
from desktop.widgets.key_hints import KeyHints
from desktop.widgets.parts import Notice, PageFooter
from desktop.widgets.ui import Ui, column

Tab = TypeVar("Tab", bound=QWidget)


class RecordView(QWidget):
    """Shows what the presenter holds; made anew for another language, look or text size.

    The tabs behind the first one are made when they are first looked at.
    """

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.header = RecordHeader(ui, presenter)
        self.today = TodayTab(ui, presenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.today)
        self.notice = Notice(ui)
        self.withdrawn = Notice(ui)
        self._next = Button(ui, ui.texts("record.save_and_next"), key="Ctrl+Enter")
        self._print = Button(ui, ui.texts("record.print"), kind="filled", icon="printer", key="Ctrl+P")
        self.footer = PageFooter(ui, self._next, self._print)
        keys = [
            ("Enter", ui.texts("record.hint.next")),
            ("F6", ui.texts("record.hint.region")),
            ("?", ui.texts("record.hint.unknown")),
        ]
        self.footer.left.insertWidget(0, KeyHints(ui, keys), 1)
        self.footer.facts.hide()
        self._strip = QWidget()
        self._strip.setLayout(column(ui, self.withdrawn, self.notice, margins=(16, 12, 16, 0)))
        whole = column(ui, self.header, self._strip, gap=0)
        whole.addWidget(self._stack, 1)
        whole.addWidget(self.footer)
        self.setLayout(whole)
        self._connect()
        self._show_record()

    @cached_property
    def lists(self) -> ListsTab:
        """Medicines, conditions, allergies and family history."""
        return self._put_in(ListsTab(self._ui, self._presenter))

    @cached_property
    def visits(self) -> VisitsTab:
        """All visits."""
        return self._put_in(VisitsTab(self._ui, self._presenter))

    @cached_property
    def files(self) -> FilesTab:
        """The files of the person."""
        return self._put_in(FilesTab(self._ui, self._presenter))

    @cached_property
    def history(self) -> HistoryTab:
        """Who changed what."""
        return self._put_in(HistoryTab(self._ui, self._presenter))

    def make_ahead(self, form: Form) -> Iterator[None]:
        """Make the boxes of such a form before one is in hand, one at each step."""
        return self.today.form.make_ahead(form)

    def _put_in(self, page: Tab) -> Tab:
        self._stack.addWidget(page)
        return page

    def _page(self) -> QWidget:
        """Return the page of the tab that is chosen; it is called as the tab is."""
        page: QWidget = getattr(self, self._presenter.tab)
        return page

    def _connect(self) -> None:
        presenter = self._presenter
        presenter.reset.connect(self._show_record)
        presenter.state_changed.connect(self._show_state)
        self._next.clicked.connect(presenter.save_and_next)
        self._print.clicked.connect(presenter.save_and_print)
        self.today.form.finished.connect(self._next.setFocus)
        for keys, call in (
            ("Esc", self._escape),
            ("Ctrl+I", self._inspect),
            ("F6", lambda: self._go_region(1)),
            ("Shift+F6", lambda: self._go_region(-1)),
        ):
            QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WindowShortcut).activated.connect(call)

    def showEvent(self, event: QShowEvent) -> None:
        """The record is in front: put the cursor where typing goes on."""
        super().showEvent(event)
        self._presenter.shown()
        QTimer.singleShot(0, self, self._take_focus)

    def hideEvent(self, event: QHideEvent) -> None:
        """Another page is in front; a window that is only hidden leaves everything as it is."""
        super().hideEvent(event)
        if self.isHidden():
            self._presenter.hidden()

    def _show_record(self) -> None:
        """Show another person or visit."""
        if self._presenter.form is None:  # hidden first, or the cursor would go from box to box while they are emptied
            self._stack.hide()
        self.today.make()
        self._show_state()
        if self.isVisible():
            self._take_focus()

    def _show_state(self) -> None:
        presenter, texts = self._presenter, self._ui.texts
        has_form = presenter.form is not None
        self.header.refresh()
        self._stack.setVisible(has_form)
        page = self._page()
        if self._stack.currentWidget() is not page:
            self._stack.setCurrentWidget(page)
            self._take_focus()
        self._next.setEnabled(has_form and not presenter.busy)
        self._print.setEnabled(has_form and not presenter.busy)
        if presenter.drafts.problem:
            self.notice.say(texts("record.not_kept", reason=presenter.drafts.problem), "danger")
        elif presenter.from_draft is not None:
            time = texts.time(presenter.from_draft)
            day = texts.date(presenter.from_draft.astimezone().date())
            words = texts("record.from_draft", day=day, time=time)
            self.notice.say(words, "info", texts("record.give_up_draft"), presenter.give_up_draft)
        elif self.notice.text:
            self.notice.say("")
        self._show_withdrawn()
        told = bool(self.notice.text or self.withdrawn.text)
        if self._strip.isVisibleTo(self) is not told:
            self._strip.setVisible(told)

    def _show_withdrawn(self) -> None:
        """Say that a saved number of this person is not to be relied on, and lead to where each is told."""
        presenter, texts = self._presenter, self._ui.texts
        words = head_line(presenter.withdrawn, texts)
        if words != self.withdrawn.text:
            self.withdrawn.say(words, "warn", texts("record.tab.history"), lambda: presenter.show_tab("history"))

    def _take_focus(self) -> None:
        if self._presenter.tab == TABS[0] and self._presenter.form is not None:
            self.today.form.go_to_start()
        else:
            self.header.tabs.setFocus()

    def _inspect(self) -> None:
        """Show what stands behind the box with the cursor, or the line of the history that is chosen."""
        near = QApplication.focusWidget()
        if self._page() is self.today and near is not None and self._presenter.desk.focus:
            self._presenter.desk.inspect(self._presenter.desk.focus, near)
        elif self._presenter.tab == "history":
            self.history.inspect_line()

    def _escape(self) -> None:
        """Close what is open, else go back."""
        if not self.today.form.close_open():
            self._presenter.back()

    # --- regions ----------------------------------------------------------------------------------------------------

    def _go_region(self, step: int) -> None:
        """Go to the next region: head, the form or tab, the right side, the foot."""
        page = self._page()
        middle = [self.today.form, self.today.risk] if page is self.today else [page]
        regions = [self.header, *middle, self.footer]
        regions = [region for region in regions if _first_stop(region) is not None]
        focus = QApplication.focusWidget()
        at = next((at for at, region in enumerate(regions) if focus is not None and region.isAncestorOf(focus)), -step)
        region = regions[(at + step) % len(regions)]
        if region is self.today.form:
            self.today.form.go_to_start()
            return
        stop = _first_stop(region)
        if stop is not None:
            stop.setFocus(Qt.FocusReason.TabFocusReason)


def _first_stop(region: QWidget) -> QWidget | None:
    """Return the first part of a region that takes the keyboard."""
    for part in region.findChildren(QWidget):
        takes = part.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and part.isVisible() and part.isEnabled() and part.focusProxy() is None:
            return part
    return None
