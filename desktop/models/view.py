"""The page of tools: the list left, the one in hand beside it; in a small window the list is one to open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.models.clinic_card import ClinicCard
from desktop.models.more_cards import AddCard, DamagedCard, ModelCard, TouchedCard
from desktop.models.presenter import ModelsPresenter
from desktop.models.staged_card import StagedCard
from desktop.models.tool_card import OriginCard, ToolCard
from desktop.models.tool_list import ListedTool, ToolList
from desktop.models.words import short_standing
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Select
from desktop.widgets.file_dialog import folder_dialog
from desktop.widgets.labels import Label, shown
from desktop.widgets.parts import PageHeader, scrolled
from desktop.widgets.ui import Ui, clear, column, row
from engine.workflows.pack_shelf import PackStanding

_WITH_LIST = 760  # from this width on the list stands beside the tool
_NARROWEST = 400
_DAMAGED = "damaged"


class ModelsView(QWidget):
    """The whole page."""

    def __init__(self, ui: Ui, presenter: ModelsPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        self._begin = False  # the page was just turned to: nothing on it has the focus yet
        self._shown = ""  # what stands beside the list; the scroll stays where it is while that is the same
        self._header = self._make_header()
        self.tools = ToolList(ui)
        self.tools.chosen.connect(presenter.choose)
        self._short_place = column(ui, gap=0)
        self._short: Select | None = None
        self._options: list[tuple[str, str]] = []
        self._place = column(ui, gap=16)
        self._area = scrolled(column(ui, self._place, 1, gap=0))
        self._body = row(ui, self.tools, gap=16, margins=(16,))
        self._body.addLayout(self._short_place)
        self._body.addWidget(self._area, 1)
        page = column(ui, self._header, gap=0)
        page.addLayout(self._body, 1)
        self.setLayout(page)
        presenter.changed.connect(self._refresh)
        self._refresh()

    def _make_header(self) -> PageHeader:
        ui, texts = self._ui, self._ui.texts
        header = PageHeader(ui, texts("models.title"))
        header.setProperty("role", "bar")
        header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        add = Button(ui, texts("models.add.open"), icon="folder", key="Ctrl+O")
        add.setObjectName("add")
        add.clicked.connect(self._ask_folder)
        header.right.addWidget(add)
        add.setVisible(self._presenter.may_change)
        return header

    def _ask_folder(self) -> None:
        dialog = folder_dialog(self, self._ui, self._ui.texts("models.add.dialog"))
        dialog.fileSelected.connect(lambda folder: self._presenter.check_folder(Path(folder)))
        dialog.open()

    def showEvent(self, event: QShowEvent) -> None:
        """Look anew, as the clinic may have changed since, and stand on the tool in hand."""
        super().showEvent(event)
        self._begin = True
        self._presenter.look()

    def minimumSizeHint(self) -> QSize:
        """Return what the narrowest arrangement needs; the present one must not keep the window from shrinking."""
        return QSize(self._ui.px(_NARROWEST), self._ui.px(200))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the list where it has room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        listed = self.width() >= self._ui.px(_WITH_LIST)
        held = self.focusWidget()
        moves = held is not None and (self.tools.isAncestorOf(held) if not listed else held is self._short)
        self.tools.setVisible(listed)
        if self._short is not None:
            self._short.setVisible(not listed)
        self._body.setDirection(QBoxLayout.Direction.LeftToRight if listed else QBoxLayout.Direction.TopToBottom)
        if moves:  # or the focus would go on to whatever comes next
            self._focus_chosen()

    def _focus_chosen(self) -> None:
        """Stand on the tool in hand where it is listed now."""
        present = self.tools.items.get(self._presenter.selected) if not self.tools.isHidden() else self._short
        if present is not None:
            present.setFocus()

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        presenter, texts = self._presenter, self._ui.texts
        if presenter.shelf is None:
            return
        count = len(presenter.shelf.packs) + len(presenter.all_damaged)
        speaking = sum(pack.standing is PackStanding.ON for pack in presenter.shelf.packs)
        self._header.caption.setText(texts("models.caption", count=count, on=speaking))
        areas = self._areas()
        self.tools.show_tools(areas, presenter.selected)
        self._show_short(areas)
        self._show_tool()
        self._arrange()
        self._focus()

    def _areas(self) -> list[tuple[str, list[ListedTool]]]:
        presenter, texts = self._presenter, self._ui.texts
        broken = short_standing(PackStanding.DAMAGED, texts)
        found = [
            (
                texts(f"models.area.{area}"),
                [
                    ListedTool(
                        pack.ref.id, pack.title[texts.language], pack.ref.version, short_standing(pack.standing, texts)
                    )
                    for pack in packs
                ],
            )
            for area, packs in presenter.areas
        ]
        trained = self._trained()
        if trained:
            found.insert(0, (texts("stages.models.area"), trained))
        damaged = [ListedTool(each.id, each.id, "", broken) for each in presenter.all_damaged]
        return [(texts(f"models.area.{_DAMAGED}"), damaged), *found] if damaged else found

    def _trained(self) -> list[ListedTool]:
        """Return what was trained here: first what is worked on or waits, then the tools at hand."""
        presenter, texts = self._presenter, self._ui.texts
        listed = [
            ListedTool(
                each.name, each.title[texts.language], each.model.ref.version, presenter.trained.standing(each, texts)
            )
            for each in presenter.trained_apart
        ]
        for pack in presenter.trained_packs:
            listed.append(
                ListedTool(pack.ref.id, pack.title[texts.language], pack.ref.version, presenter.pack_standing(pack))
            )
        return listed

    def _show_short(self, areas: list[tuple[str, list[ListedTool]]]) -> None:
        """Offer the same tools as a list to open; it is made anew only when something in it changed."""
        texts = self._ui.texts
        options = [
            (tool.id, texts("models.listed", title=shown(tool.title), standing=tool.standing.text))
            for _, tools in areas
            for tool in tools
        ]
        if self._short is not None and options == self._options:
            self._short.set_value(self._presenter.selected)
            return
        self._options = options
        clear(self._short_place)
        self._short = Select(self._ui, options, self._presenter.selected, name=texts("models.title"))
        self._short.chosen.connect(self._presenter.choose)
        self._short_place.addWidget(self._short)

    def _show_tool(self) -> None:
        presenter = self._presenter
        shown_now = str(presenter.adding.folder or presenter.selected)
        bar = self._area.verticalScrollBar()
        at = bar.value() if shown_now == self._shown else 0
        self._shown = shown_now
        clear(self._place)
        for card in self._cards():
            self._place.addWidget(card)
            card.show()
        page = self._area.widget()
        if page is not None:
            page.adjustSize()  # or the bar would not reach as far down as before
        bar.setValue(at)

    def _cards(self) -> list[QWidget]:
        ui, presenter = self._ui, self._presenter
        if presenter.adding.folder is not None:
            return [AddCard(ui, presenter, presenter.adding.folder)]
        if presenter.damaged is not None:
            return [DamagedCard(ui, presenter.damaged)]
        if presenter.staged is not None:
            return [StagedCard(ui, presenter, presenter.staged)]
        pack = presenter.pack
        if pack is None:
            return [Label(ui, ui.texts("models.nothing"), 13, tone="2")]
        cards: list[QWidget] = [ToolCard(ui, presenter, pack)]
        if presenter.sees_records and (pack.can_compare or presenter.recalibrated_here):
            cards.append(ClinicCard(ui, presenter, pack))
        if presenter.touched:
            cards.insert(1, TouchedCard(ui, presenter))
        return [*cards, OriginCard(ui, pack), ModelCard(ui, presenter)]

    def _focus(self) -> None:
        """Give the focus back to what was used last, as the cards were made anew; at first to the tool in hand."""
        if not self.isVisible():
            return
        if self._begin:
            self._begin = False
            self._focus_chosen()
            return
        if not self._presenter.control:
            return
        found = self.findChild(QWidget, self._presenter.control)
        if found is not None and found.isEnabled():
            found.setFocus()
            self._area.ensureWidgetVisible(found)
