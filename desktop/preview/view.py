"""The page of the preview: pages and options left, the page in the middle, what is to be known first at the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QWidget

from desktop.preview.pages import PagesArea, Thumb
from desktop.preview.presenter import LANGUAGES, SIDES, Check, PreviewPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Segment
from desktop.widgets.file_dialog import file_dialog
from desktop.widgets.flow import Flow
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, Notice, PageFooter, PageHeader, Pill, scrolled
from desktop.widgets.ui import Ui, clear, column, divider, frame, row

_WITH_CHECKS = 1000  # from this width on the checks stand beside the page
_WITH_SIDE = 560  # below, everything stands below each other
_WITH_KEYS = 720  # below, the footer says less
_ICONS = {"ok": ("check", "ok"), "warn": ("question", "warn"), "info": ("info", "text_3")}

_NARROWEST = 400


class PreviewView(QWidget):
    """The whole page."""

    def __init__(self, ui: Ui, presenter: PreviewPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        self._shown_report = ("", 0)  # its id, and how many pages of it
        self._shown_checks: tuple[Check, ...] = ()
        self._thumbs: list[Thumb] = []
        self._area = PagesArea(ui, presenter.context.settings.paper, presenter.zoom)
        self._header = self._make_header()
        self._left = self._make_left()
        self._right = self._make_right()
        self._footer = self._make_footer()
        self._notice = Notice(ui, "warn")
        self._body = self._make_body()
        whole = column(ui, self._header, gap=0)
        whole.addLayout(self._body, 1)
        self._said = QWidget()  # takes no room while there is nothing to say
        self._said.setLayout(column(ui, self._notice, margins=(16, 0, 16, 16)))
        whole.addWidget(self._said)
        whole.addWidget(self._footer)
        self.setLayout(whole)
        self._connect()
        self._refresh()
        self._take_drawn()

    # --- parts ------------------------------------------------------------------------------------------------------

    def _make_header(self) -> PageHeader:
        ui, texts = self._ui, self._ui.texts
        header = PageHeader(ui)
        header.setProperty("role", "bar")
        header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._count = Pill(ui, "", "info", square=True)
        header.caption.hide()
        header.left.addWidget(self._count)
        smaller = Button(ui, "", icon="minus", name=texts("preview.smaller"))
        larger = Button(ui, "", icon="plus", name=texts("preview.larger"))
        self._percent = Label(ui, "", 13, tone="2", wrap=False)
        self._percent.setMinimumWidth(ui.px(48))
        self._percent.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._fit = Button(ui, "", key="Ctrl+0")
        for each in (smaller, self._percent, larger, self._fit):
            header.right.addWidget(each)
        smaller.clicked.connect(lambda: self._area.step(larger=False))
        larger.clicked.connect(lambda: self._area.step(larger=True))
        self._fit.clicked.connect(self._turn_fit)
        for keys, up in (("Ctrl++", True), ("Ctrl+=", True), ("Ctrl+-", False)):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda larger=up: self._area.step(larger=larger))
        return header

    def _make_left(self) -> Card:
        ui, texts, presenter = self._ui, self._ui.texts, self._presenter
        card = Card(ui, texts("preview.pages"))
        self._flow = Flow(ui, gap=16)
        card.body.addWidget(self._flow)
        card.body.addWidget(divider())
        card.body.addWidget(Label(ui, texts("preview.this_sheet"), 14, bold=True))
        named = [(code, texts(f"preview.language.{code}")) for code in LANGUAGES]
        self._language = Segment(ui, named, presenter.language, name=texts("preview.language.title"))
        self._language.chosen.connect(presenter.choose_language)
        sides = [(code, texts(f"preview.side.{code}")) for code in SIDES]
        self._sides = Segment(ui, sides, presenter.sides, name=texts("preview.sides"))
        self._sides.chosen.connect(presenter.choose_sides)
        for words, control in (("preview.language.title", self._language), ("preview.sides", self._sides)):
            card.body.addLayout(column(ui, Label(ui, texts(words), 12, tone="2"), control, gap=4))
        self._paper = Label(ui, "", 12, tone="3")
        card.body.addWidget(self._paper)
        card.body.addStretch(1)
        return card

    def _make_right(self) -> Card:
        card = Card(self._ui, self._ui.texts("preview.before"), gap=10)
        self._checks = column(self._ui, gap=0)
        self._checks_place = QWidget()
        self._checks_place.setLayout(self._checks)
        card.body.addWidget(self._checks_place)
        card.body.addStretch(1)
        return card

    def _make_body(self) -> QBoxLayout:
        ui = self._ui
        self._left_area = scrolled(self._left)
        self._right_area = scrolled(self._right)
        for each in (self._left_area, self._right_area):
            each.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        middle = frame("sunken")
        middle.setLayout(column(ui, self._area, margins=(1,)))
        body = row(ui, self._left_area, gap=16, margins=(16,))
        body.addWidget(middle, 1)
        body.addWidget(self._right_area)
        return body

    def _make_footer(self) -> PageFooter:
        ui, texts, presenter = self._ui, self._ui.texts, self._presenter
        self._back = Button(ui, texts("preview.back"), key="Esc")
        self._other = Button(ui, texts("preview.other_printer"), kind="link")
        self._save = Button(ui, texts("preview.save"), icon="file", key="Ctrl+S")
        self._print = Button(ui, "", kind="filled", icon="printer", key="Ctrl+P")
        footer = PageFooter(ui, self._save, self._print)
        footer.facts.hide()
        self._printer = ElidedLabel(ui, "", 13, color="text_2")
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap("printer", "text_2", 18))
        self._mark = mark
        footer.left.addWidget(self._back)
        footer.left.addStretch(1)
        footer.left.addLayout(row(ui, mark, self._printer, self._other, gap=8))
        self._back.clicked.connect(presenter.back_asked)
        self._other.clicked.connect(lambda: presenter.ask_printer(self))
        self._save.clicked.connect(self._ask_file)
        self._print.clicked.connect(presenter.print)
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(presenter.back_asked)
        return footer

    def _connect(self) -> None:
        presenter = self._presenter
        presenter.changed.connect(self._refresh)
        presenter.drawn_changed.connect(self._take_drawn)
        presenter.printers.changed.connect(self._show_printer)
        presenter.context.settings_changed.connect(self._settings_changed)
        self._area.wanted.connect(presenter.draw)
        self._area.zoom_changed.connect(self._zoomed)
        self._area.page_changed.connect(self._page_in_sight)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        texts, presenter = self._ui.texts, self._presenter
        self._header.title.setText(
            texts("preview.title", name=presenter.name) if presenter.name else texts("preview.bare")
        )
        self._language.set_value(presenter.language)
        self._sides.set_value(presenter.sides)
        self._paper.setText(texts("preview.paper_from_settings", paper=self._paper_words()))
        ready = presenter.sheet is not None and not presenter.busy
        self._save.setEnabled(ready)
        self._print.setEnabled(ready)
        self._notice.say(presenter.problem, "warn")
        self._said.setVisible(bool(presenter.problem))
        if presenter.drawn is None:
            self._shown_report = ("", 0)
            self._area.show_drawn(None)
        self._show_counts()
        self._show_printer()
        self._show_checks()

    def _take_drawn(self) -> None:
        drawn = self._presenter.drawn
        self._area.show_drawn(drawn)
        if drawn is not None and (drawn.report_id, len(drawn.pages)) != self._shown_report:
            if drawn.report_id != self._shown_report[0]:
                self._area.go(self._presenter.page)
            self._shown_report = (drawn.report_id, len(drawn.pages))
            self._show_thumbs()
        self._show_counts()
        self._show_checks()

    def _show_counts(self) -> None:
        count = self._presenter.count
        texts = self._ui.texts
        self._count.setVisible(bool(count))
        self._count.show_state(texts("preview.count_one" if count == 1 else "preview.count", count=count), "info")
        words = "preview.print_one" if count == 1 else "preview.print"
        self._print.setText(texts(words, count=count) if count else texts("preview.print_bare"))

    def _show_printer(self) -> None:
        self._printer.setText(self._presenter.printers.words)

    def _show_thumbs(self) -> None:
        presenter, texts = self._presenter, self._ui.texts
        self._flow.clear()
        self._thumbs = []
        pages = presenter.drawn.pages if presenter.drawn is not None else ()
        for at, page in enumerate(pages):
            words = texts("preview.page", number=at + 1, side=texts(f"preview.side.{page.side}"))
            thumb = Thumb(self._ui, page.image, words)
            thumb.setChecked(at == presenter.page)
            thumb.clicked.connect(lambda _=False, number=at: self._area.go(number))
            self._flow.add(thumb)
            self._thumbs.append(thumb)

    def _show_checks(self) -> None:
        checks = self._presenter.checks
        if checks == self._shown_checks:
            return
        self._shown_checks = checks
        clear(self._checks)
        for check in checks:
            made = self._check(check)
            self._checks.addWidget(made)
            made.show()  # Qt would show it later by itself, and at times too late

    def _check(self, check: Check) -> QWidget:
        ui = self._ui
        made = frame("row")
        icon, color = _ICONS[check.tone]
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap(icon, color, 16))
        mark.setFixedHeight(ui.line(13))  # beside the first line
        words = column(
            ui, Label(ui, check.text, 13), Label(ui, check.detail, 12, tone="3") if check.detail else None, gap=2
        )
        line = row(ui, mark, gap=10, margins=(0, 10))
        line.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        made.setLayout(line)
        made.setAccessibleName(f"{check.text} {check.detail}")
        return made

    def _paper_words(self) -> str:
        return self._ui.texts(f"preview.paper.{self._presenter.context.settings.paper}")

    # --- what is done -----------------------------------------------------------------------------------------------

    def _turn_fit(self) -> None:
        self._area.set_zoom("width" if self._presenter.zoom == "page" else "page")

    def _zoomed(self, zoom: float | str) -> None:
        texts = self._ui.texts
        self._presenter.zoom = zoom
        self._percent.setText(texts("preview.percent", percent=self._area.percent))
        self._fit.setText(texts("preview.full_width" if zoom == "page" else "preview.whole_page"))

    def _page_in_sight(self, page: int) -> None:
        self._presenter.page = page
        if page < len(self._thumbs):
            self._thumbs[page].setChecked(True)

    def _settings_changed(self, names: frozenset[str]) -> None:
        if "paper" in names:
            self._area.set_paper(self._presenter.context.settings.paper)

    def _ask_file(self) -> None:
        texts = self._ui.texts
        if self._presenter.tell_urgent():  # before a place is asked for, which would be asked for twice
            return
        dialog = file_dialog(self, self._ui, texts("preview.save_title"), texts("preview.pdf_files"), suffix="pdf")
        dialog.selectFile(self._presenter.file_name)
        dialog.fileSelected.connect(self._presenter.save)
        dialog.open()

    def minimumSizeHint(self) -> QSize:
        """Return what the narrowest arrangement needs; the present one must not keep the window from shrinking."""
        return QSize(self._ui.px(_NARROWEST), self._ui.px(200))

    def showEvent(self, event: QShowEvent) -> None:
        """Let the arrows scroll the pages at once."""
        super().showEvent(event)
        self._area.setFocus()

    # --- room -------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the parts where they have room."""
        super().resizeEvent(event)
        ui, width = self._ui, self.width()
        beside = width >= ui.px(_WITH_SIDE)
        self._body.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._right_area.setVisible(width >= ui.px(_WITH_CHECKS))
        self._place_checks(beside_page=width >= ui.px(_WITH_CHECKS))
        side = ui.px(272 if width >= ui.px(_WITH_CHECKS) else 260)
        for each in (self._left_area, self._right_area):
            each.setFixedWidth(side if beside else max(1, width - 2 * ui.px(16)))
        self._left_area.setMaximumHeight(16777215 if beside else ui.px(120))
        roomy = width >= ui.px(_WITH_KEYS)
        for part in (self._mark, self._printer, self._other):
            part.setVisible(roomy)
        self._percent.setVisible(roomy)

    def _place_checks(self, *, beside_page: bool) -> None:
        """Show the checks at the right, or at the end of the left card where there is no room for a third column."""
        target = self._right if beside_page else self._left
        if self._checks_place.parentWidget() is not target:
            # Before the stretch at the end of the card; a widget that is put elsewhere leaves where it was.
            target.body.insertWidget(target.body.count() - 1, self._checks_place)
            self._checks_place.show()
