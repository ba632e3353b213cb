"""The list of patients: heading, filters, table, and a foot that becomes the bar of what is selected."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.patients.filters import Filters
from desktop.patients.model import NUMBERS, SORT_KEYS, Column, PatientsModel
from desktop.patients.presenter import PatientsPresenter
from desktop.patients.queries import ORDERS, RESULTS, order_code
from desktop.patients.table import PatientsTable
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Select
from desktop.widgets.key_hints import KeyHints
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, EmptyState, PageFooter, PageHeader, scrolled
from desktop.widgets.ui import Ui, column, restyle

_COLUMNS = {key: column for column, key in SORT_KEYS.items()}
# Below these widths at 100 % the heading leaves out what can be reached otherwise.
_ORDER_FITS, _CAPTION_FITS = 640, 760


class PatientsView(QWidget):
    """Widgets of the list; everything it knows is the presenter's."""

    def __init__(self, ui: Ui, presenter: PatientsPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        self._settling = False  # the rows are being replaced: where the table stands meanwhile means nothing
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = PatientsModel(ui.texts, presenter)
        self.table = PatientsTable(ui, self.model, tight=presenter.tight)
        self.table.setAccessibleName(ui.texts("patients.name"))
        self.filters = Filters(ui, presenter)
        self.header = self._make_header()
        self.footer = self._make_footer()
        self.body = QStackedWidget()
        self._strips = column(ui, gap=8, margins=(16, 0))
        whole = column(ui, self.header, gap=0)
        whole.addLayout(self._strips)
        whole.addWidget(self.body, 1)
        whole.addWidget(self.footer)
        self.setLayout(whole)
        self._fill_body()
        self._connect()
        self._settle_list()
        self._settle_ticks()

    # --- made once --------------------------------------------------------------------------------------------------

    def _make_header(self) -> PageHeader:
        ui = self._ui
        header = PageHeader(ui, ui.texts("patients.title"))
        self.order = Select(
            ui,
            [
                (order_code(*each), ui.texts(f"patients.sort.{order_code(*each)}"))
                for each in ORDERS
                if self._presenter.shows_results or each[0] not in RESULTS
            ],
        )
        self.order.setAccessibleName(ui.texts("patients.sort_name"))
        self.order.setMinimumWidth(ui.px(190))
        self.bring = Button(ui, ui.texts("patients.import"), icon="import", key="Ctrl+I")
        self.new = Button(ui, ui.texts("patients.new"), kind="filled", icon="plus", key="Ctrl+N")
        for part in (self.order, self.bring, self.new):
            header.right.addWidget(part)
        return header

    def add_strip(self, strip: QWidget) -> None:
        """Put a strip above the list: of what waits and concerns no patient in it."""
        self._strips.addWidget(strip)

    def _fill_body(self) -> None:
        """Put in the list and what stands in its place: nobody yet, nobody found.

        From the outside in: each change of place goes through all that a part holds.
        """
        ui, texts = self._ui, self._ui.texts
        other = Button(ui, texts("patients.new"), icon="plus", key="Ctrl+N")
        other.clicked.connect(self._presenter.new_asked)
        if self._presenter.imports:
            self.empty = EmptyState(
                ui, texts("patients.empty"), texts("patients.import"), icon="people", key="Ctrl+I", other=other
            )
        else:
            self.empty = EmptyState(ui, texts("patients.empty_desk"), icon="people", other=other)
        self.nobody = EmptyState(ui, texts("patients.nobody"), texts("patients.show_everybody"), icon="search")
        lines = column(ui, gap=12, margins=(16, 0, 16, 12))
        # Widgets and not layouts: a layout without a parent shows its first page as a window of its own.
        self.rows = QStackedWidget()
        self.body.addWidget(scrolled(lines))
        self.body.addWidget(self.empty)
        lines.addWidget(self.filters)
        lines.addWidget(self.rows, 1)
        card = Card(ui, pad=1, gap=0)
        self.rows.addWidget(card)
        self.rows.addWidget(self.nobody)
        card.body.addWidget(self.table)

    def _make_footer(self) -> PageFooter:
        ui, texts = self._ui, self._ui.texts
        footer = PageFooter(ui)
        self.count = Label(ui, "", 13, bold=True, wrap=False)
        self.clear = Button(ui, texts("patients.selection.clear"), kind="link", key="Esc")
        self.elsewhere = ElidedLabel(ui, "", 13, color="text_3")
        self.assess = Button(ui, texts("patients.selection.assess"), icon="refresh", key="Ctrl+R")
        self.print = Button(ui, "", kind="filled", icon="printer", key="Ctrl+P")
        keys = [("Enter", "open")]
        if self._presenter.shows_results:
            keys.append(("Alt I", "origin"))
        if self._presenter.prints:
            keys += [("Space", "tick"), ("Ctrl A", "all")]
        self.hints = KeyHints(ui, [(key, texts(f"patients.hint.{code}")) for key, code in keys])
        self.selection = [self.count, self.clear, self.elsewhere, self.assess, self.print]
        footer.facts.hide()
        footer.left.addWidget(self.hints, 1)
        for part in (self.count, self.clear):
            footer.left.addWidget(part)
        footer.left.addWidget(self.elsewhere, 1)
        for button in (self.assess, self.print):
            footer.right.addWidget(button)
        return footer

    def _connect(self) -> None:
        presenter = self._presenter
        self.model.modelAboutToBeReset.connect(self._begin_settling)
        presenter.list_changed.connect(self._settle_list)
        presenter.counts_changed.connect(self.filters.refresh)
        presenter.ticks_changed.connect(self._settle_ticks)
        presenter.progress_changed.connect(self._settle_caption)
        self.new.clicked.connect(presenter.new_asked)
        self.bring.clicked.connect(presenter.import_asked)
        self.empty.button.clicked.connect(presenter.import_asked)
        self.nobody.button.clicked.connect(presenter.show_everybody)
        self.order.chosen.connect(self._order_chosen)
        self.filters.left.connect(self._to_table)
        self.table.opened.connect(presenter.open)
        self.table.inspect_asked.connect(self._inspect)
        if presenter.prints:
            self.table.ticked.connect(presenter.tick)
            self.table.ticked_between.connect(presenter.tick_between)
            self.table.all_ticked.connect(lambda: presenter.tick_shown(True))
        self.table.heads.tick_asked.connect(self._turn_all)
        self.table.heads.sort_asked.connect(presenter.turn)
        self.table.verticalScrollBar().valueChanged.connect(self._keep_place)
        self.table.selectionModel().currentRowChanged.connect(self._keep_place)
        self.clear.clicked.connect(presenter.clear_ticks)
        self.assess.clicked.connect(presenter.ask_batch)
        self.print.clicked.connect(presenter.ask_batch)
        QShortcut(QKeySequence("Ctrl+F"), self, self._to_search)
        for key, where, call in (("Esc", self, self._step_back), ("Down", self.filters.search, self._to_table)):
            shortcut = QShortcut(QKeySequence(key), where, call)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # --- kept up to date --------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Take the day as it is now, and stand where one was."""
        super().showEvent(event)
        self._presenter.look_at_the_day()
        held = self.focusWidget()
        # What had the focus here may be gone: the button of the empty list, once there is somebody.
        stop = self.table if held is None or not held.isVisibleTo(self) else held
        stop.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out of the heading and the foot what has no room."""
        super().resizeEvent(event)
        self._settle_room()

    def _begin_settling(self) -> None:
        self._settling = True

    def _settle_list(self) -> None:
        """Show other rows, at the place where one was."""
        presenter = self._presenter
        self._settling = True
        self.body.setCurrentIndex(1 if presenter.empty else 0)
        self.rows.setCurrentIndex(1 if presenter.narrowed and not len(presenter) and not presenter.reading else 0)
        for part, offered in ((self.order, True), (self.bring, presenter.imports), (self.new, True)):
            part.setVisible(offered and not presenter.empty)
        key, descending = presenter.order
        self.order.setEnabled(not presenter.reading)
        self.order.set_value(order_code(key, descending))
        self.table.heads.show_sorted(_COLUMNS[key], descending)
        self.filters.refresh()
        self._settle_columns()
        at = presenter.row_of(presenter.current) if presenter.current else -1
        if at < 0 and self.table.hasFocus() and len(presenter):
            at = 0
        if at >= 0:
            self.table.go(at)
        self.table.verticalScrollBar().setValue(presenter.scroll)
        self._settling = False
        self._settle_caption()
        self._settle_ticks()
        self._settle_room()

    def _settle_columns(self) -> None:
        """Leave out columns in which nobody in this clinic has anything, or nobody with this role sees anything."""
        presenter = self._presenter
        held = {
            Column.NEXT: presenter.has_next_visits,
            Column.VILLAGE: presenter.has_villages,
            **dict.fromkeys((Column.PRESSURE, Column.RISK, Column.MISSING), presenter.shows_results),
            Column.TICK: presenter.prints,
        }
        self.table.left_out = frozenset(column for column, anything in held.items() if not anything)
        self.table.fit_columns()

    def _settle_caption(self) -> None:
        """Say how many are shown, or how far the reading is."""
        presenter, texts = self._presenter, self._ui.texts
        number = texts.number
        done, total = presenter.progress
        if presenter.reading:
            told = texts("patients.reading", done=number(done // 2), total=number(total // 2)) if total else ""
            words = told or texts("patients.opening")
        elif presenter.narrowed:
            words = texts("patients.shown", shown=number(len(presenter)), total=number(presenter.total))
        else:
            words = texts("patients.everybody", total=number(presenter.total)) if presenter.total else ""
        self.header.caption.setText(words)

    def _settle_ticks(self) -> None:
        """Turn the foot into the bar of what is selected, or back."""
        presenter, texts = self._presenter, self._ui.texts
        ticks, here = presenter.ticks, presenter.ticks_shown
        number = texts.number
        self.count.setText(texts("patients.selection.count", count=number(ticks)))
        away = ticks - here
        self.elsewhere.setText(texts("patients.selection.elsewhere", count=number(away)) if away else "")
        key = "patients.selection.print_one" if ticks == 1 else "patients.selection.print"
        self.print.setText(texts(key, count=number(ticks)))
        for part in self.selection:
            part.setVisible(ticks > 0)
        restyle(self.footer, "tone", "selection" if ticks else "")
        some = Qt.CheckState.PartiallyChecked if here else Qt.CheckState.Unchecked
        self.table.heads.show_tick(Qt.CheckState.Checked if here and here == len(presenter) else some)
        self._settle_room()

    def _settle_room(self) -> None:
        room = self.width() * 100 / self._ui.theme.text_size
        empty = self._presenter.empty
        self.order.setVisible(not empty and room >= _ORDER_FITS)
        self.header.caption.setVisible(room >= _CAPTION_FITS)
        self.hints.setVisible(not empty and self._presenter.ticks == 0)

    # --- what is done -----------------------------------------------------------------------------------------------

    def _order_chosen(self, code: str) -> None:
        key, descending = next(each for each in ORDERS if order_code(*each) == code)
        self._presenter.sort(key, descending)

    def _turn_all(self) -> None:
        presenter = self._presenter
        presenter.tick_shown(presenter.ticks_shown < len(presenter))

    def _inspect(self, row: int, column: Column | None, place: QRect) -> None:
        """Show what stands behind the number pressed, or behind all of a row."""
        wanted = NUMBERS[column] if column is not None else [one for each in NUMBERS.values() for one in each]
        self._presenter.inspect(row, wanted, self.table.viewport(), place)

    def _to_search(self) -> None:
        self.filters.search.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filters.search.edit.selectAll()

    def _to_table(self) -> None:
        self.table.setFocus(Qt.FocusReason.TabFocusReason)

    def _step_back(self) -> None:
        """Empty the search line first, then take the ticks away."""
        presenter = self._presenter
        if self.filters.search.edit.hasFocus() and presenter.query.text:
            presenter.search("")
        elif presenter.ticks:
            presenter.clear_ticks()
        elif self.filters.search.edit.hasFocus():
            self._to_table()

    def _keep_place(self) -> None:
        if self._settling:
            return
        row = self.table.row() if self.table.by_hand else -1
        self._presenter.keep_place(row, self.table.verticalScrollBar().value())
