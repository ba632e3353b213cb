"""The page of many people: assess and sheets left, the print list at the right, what is done next at the foot."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QWidget

from desktop.batch.cards import AssessCard, SheetsCard
from desktop.batch.presenter import BatchPresenter
from desktop.batch.queue_card import QueueCard
from desktop.widgets.buttons import Button
from desktop.widgets.file_dialog import file_dialog
from desktop.widgets.labels import ElidedLabel
from desktop.widgets.parts import PageFooter, PageHeader, scrolled
from desktop.widgets.ui import Ui, column, row

_BESIDE = 820  # from this width on the list stands beside the cards
_WITH_FACTS = 760

_NARROWEST = 400


class BatchView(QWidget):
    """The whole page."""

    def __init__(self, ui: Ui, presenter: BatchPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        self._header = self._make_header()
        self._footer = self._make_footer()
        self._lay_out()
        self._assess = AssessCard(ui, presenter)
        self._sheets = SheetsCard(ui, presenter)
        self._queue = QueueCard(ui, presenter)
        self._left_cards.addWidget(self._assess)
        self._left_cards.addWidget(self._sheets, 1)
        self._body.addWidget(self._queue, 1)
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(presenter.stop)
        presenter.changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        """Put the page together before its cards are in it: each change of place goes through all that a part holds."""
        ui = self._ui
        page = column(ui, self._header, gap=0)
        self.setLayout(page)
        self._body = row(ui, gap=16, margins=(16,))
        page.addWidget(scrolled(self._body), 1)
        page.addWidget(self._footer)
        self._cards = QWidget()
        self._left_cards = column(ui, gap=16)
        self._cards.setLayout(self._left_cards)
        self._left = scrolled(self._cards)
        self._left.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._body.addWidget(self._left)

    def showEvent(self, event: QShowEvent) -> None:
        """Stand on what is done first, unless one was somewhere on the page already."""
        super().showEvent(event)
        held = self.focusWidget()
        if held is None or not held.isVisibleTo(self):
            self._assess.focus_first()

    def _make_header(self) -> PageHeader:
        ui, texts = self._ui, self._ui.texts
        header = PageHeader(ui, texts("batch.title"))
        header.setProperty("role", "bar")
        header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap("info", "text_3", 16))
        self._beside_mark = mark
        self._beside = ElidedLabel(ui, texts("batch.beside"), 12, color="text_3")
        header.right.addWidget(mark)
        header.right.addWidget(self._beside)
        return header

    def _make_footer(self) -> PageFooter:
        ui, texts, presenter = self._ui, self._ui.texts, self._presenter
        self._save = Button(ui, "", icon="file", key="Ctrl+S")
        self._pause = Button(ui, texts("batch.pause"), icon="pause")
        self._print = Button(ui, "", kind="filled", icon="printer", key="Ctrl+P")
        self._done = Button(ui, texts("batch.done"), kind="filled", icon="check", key="Ctrl+Enter")
        self._again = Button(ui, "", kind="filled", icon="refresh", key="Ctrl+P")
        self._save.clicked.connect(self._ask_file)
        self._pause.clicked.connect(presenter.prints.pause)
        self._print.clicked.connect(presenter.print)
        self._again.clicked.connect(lambda _=False: presenter.again())
        self._done.clicked.connect(presenter.prints.clear_printed)
        return PageFooter(ui, self._save, self._pause, self._print, self._again, self._done)

    def _refresh(self) -> None:
        texts, presenter = self._ui.texts, self._presenter
        if presenter.chosen:
            words = texts("batch.chosen", count=len(presenter.chosen), all=presenter.everybody)
        else:
            words = texts("batch.everybody", count=presenter.everybody)
        self._header.caption.setText(words)
        self._assess.refresh()
        self._sheets.refresh()
        self._queue.refresh()
        self._refresh_footer()

    def _refresh_footer(self) -> None:
        texts, presenter = self._ui.texts, self._presenter
        prints = presenter.prints
        waiting, printed = prints.count("waiting"), prints.count("printed")
        held = prints.count("held", "failed")
        idle = not prints.busy
        finished = bool(printed) and idle and not waiting and not held
        stuck = bool(held) and idle and not waiting
        self._done.setVisible(finished)
        self._again.setVisible(stuck)
        self._again.setText(texts("batch.again", count=held))
        self._print.setVisible(not (finished or stuck or prints.runs))
        self._print.setText(texts("batch.print", count=waiting or presenter.count))
        free = not (presenter.saves.runs or presenter.urgent.looks or presenter.urgent.holds)
        self._print.setEnabled(bool(waiting or presenter.count) and free)
        self._again.setEnabled(free)
        self._pause.setVisible(prints.runs)
        self._save.setText(texts("batch.save", count=presenter.to_save))
        self._save.setEnabled(presenter.to_save > 0 and free)
        facts = (("printed", printed), ("to_go", waiting + prints.count("printing")), ("held", held))
        told = [texts(f"batch.fact.{name}", count=count) for name, count in facts if count]
        self._footer.facts.setText(" · ".join(told))

    def _ask_file(self) -> None:
        texts = self._ui.texts
        dialog = file_dialog(self, self._ui, texts("batch.save_title"), texts("batch.pdf_files"), suffix="pdf")
        day = self._presenter.context.clock.today().isoformat()
        dialog.selectFile(texts("batch.file_name", day=day))
        dialog.fileSelected.connect(self._presenter.save)
        dialog.open()

    def minimumSizeHint(self) -> QSize:
        """Return what the narrowest arrangement needs; the present one must not keep the window from shrinking."""
        return QSize(self._ui.px(_NARROWEST), self._ui.px(200))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the list beside the cards or below them."""
        super().resizeEvent(event)
        ui, width = self._ui, self.width()
        beside = width >= ui.px(_BESIDE)
        self._body.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        if beside:
            self._left.setFixedWidth(ui.px(360 if width >= ui.px(1100) else 300))
            self._left.setMinimumHeight(0)
        else:
            self._left.setFixedWidth(max(1, width - 2 * ui.px(16) - ui.px(12)))
            self._left.setMinimumHeight(self._cards.sizeHint().height())
        self._queue.setMinimumHeight(ui.px(320) if not beside else 0)
        self._beside.setVisible(width >= ui.px(_WITH_FACTS))
        self._beside_mark.setVisible(width >= ui.px(_WITH_FACTS))
