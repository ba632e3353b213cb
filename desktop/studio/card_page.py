"""Step 4: the card of the model in hand, all of it, and what only people can write on it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.studio.card_parts import PartCard
from desktop.studio.plot_view import PlotView
from desktop.studio.presenter import StudioPresenter
from desktop.studio.stage_page import StagePage
from desktop.studio.words_card import WordsCard
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice, Pill
from desktop.widgets.ui import Ui, column, held, row
from engine.domain.model_card import CardPart, ModelCard
from engine.domain.models import ModelStage
from engine.workflows.model_stages import ModelPage

# The parts beside the figures; all others stand right: how well it does first, then the order of the paper.
_LEFT = ("made_for", "not_for", "limits", "refuses", "bias", "built")
_FIRST = ("figures", "groups", "rivals")


class CardPage(StagePage):
    """Everything that is printed can be read here."""

    step = "card"

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, presenter)
        self._now: tuple[object, ...] = ()
        self.words: WordsCard | None = None
        self._pieces: Iterator[None] = iter(())
        self._between = QTimer(self, interval=0)
        self._between.timeout.connect(self._add_piece)

    def show_page(self, page: ModelPage) -> None:
        """Show the card; what is typed stays as long as the version is the same."""
        stages = self.stages
        shown = (page.name, page.model.stage, stages.card is None, stages.may_change, self.narrow)
        if shown != self._now:
            self._now = shown
            self._show_card(page)
        if self.words is not None:
            self.words.show_state(busy=bool(stages.busy), problem=stages.problems.get("", ""))
        self._show_foot()

    def _show_card(self, page: ModelPage) -> None:
        ui, card = self.ui, self.stages.card
        self.words = None
        left: list[QWidget] = [self._head(page, card)]
        if page.model.stage is ModelStage.DRAFT and self.stages.may_change:
            self.words = WordsCard(ui, page.words, self.stages.typed)
            self.words.asked.connect(self.stages.rewrite)
            self.words.edited.connect(self._edited)
            left.append(self.words)
        places = (column(ui, gap=16), column(ui, gap=16))
        left.append(held(places[0]))
        self.show_cards(self.beside(left, [held(places[1])], (5, 7)))
        if card is None:
            self._pieces = iter(())
            return
        self._pieces = self._parts(card, *places)
        self._between.start()

    def _head(self, page: ModelPage, card: ModelCard | None) -> Card:
        ui, texts = self.ui, self.ui.texts
        head = Card(ui)
        head.body.addWidget(Label(ui, page.title[texts.language], 20, bold=True))
        if card is None:
            head.body.addWidget(Label(ui, texts("stages.card.none"), 13, tone="2"))
            return head
        pills = row(ui, *(Pill(ui, fact, square=True) for fact in card.facts), 1, gap=8)
        head.body.addLayout(pills)
        head.body.addWidget(Label(ui, f"{card.verdict_title}: {card.verdict}", 14, bold=True))
        head.body.addWidget(Label(ui, card.verdict_text, 13, tone="2"))
        for lacking in page.lacking:
            notice = Notice(ui)
            head.body.addWidget(notice)
            can = page.model.stage is ModelStage.DRAFT and lacking in ("population", "outcome")
            words = texts(f"stages.lacking.{lacking}")
            notice.say(words, "warn", texts("stages.lacking.write") if can else "", partial(self._go, lacking))
        return head

    def _go(self, lacking: str) -> None:
        if self.words is not None:
            self.words.start(lacking)
            self.area.ensureWidgetVisible(self.words)

    def _parts(self, card: ModelCard, left: QVBoxLayout, right: QVBoxLayout) -> Iterator[None]:
        """Put the parts in one after the other: all at once would hold up the window."""
        for part in sorted(card.parts, key=lambda each: _order(card, each)):
            made = PartCard(self.ui, part)
            (left if part.key in _LEFT else right).addWidget(made)
            made.show()
            yield
            if part.key == "figures":
                for plot in card.plots:
                    drawn = Card(self.ui)
                    drawn.body.addWidget(PlotView(self.ui, plot))
                    right.addWidget(drawn)
                    drawn.show()
                    yield

    def _add_piece(self) -> None:
        if next(self._pieces, self) is self:
            self._between.stop()
            QTimer.singleShot(0, self, self.settle)

    def _edited(self) -> None:
        if self.words is None:
            return
        had, changed = self.stages.typed is not None, self.words.changed
        self.stages.typed = self.words.typed if changed else None
        if had is not changed:  # not at every key: buttons made anew would hold up who types
            self._show_foot()

    def _show_foot(self) -> None:
        texts, stages, page = self.ui.texts, self.stages, self.stages.page
        if page is None:
            return
        buttons = []
        if stages.card is not None:
            save = self.button(texts("stages.card.save"), "save_card")
            save.clicked.connect(lambda: stages.save_card(self))
            print_ = self.button(texts("stages.card.print"), "print_card", icon="printer", key="Ctrl+P")
            print_.clicked.connect(lambda: stages.print_card(self))
            buttons += [save, print_]
        on = self.button(texts("stages.card.next"), "next", kind="filled", key="Ctrl+Enter")
        on.clicked.connect(lambda: self.presenter.go("trial"))
        if self.words is not None and self.words.changed:  # what is typed comes first
            on.setText(texts("stages.words.write"))
            on.clicked.disconnect()
            on.clicked.connect(self.words.send)
        self.show_actions(texts(f"stages.card.fact.{page.model.stage}"), *buttons, on)


def _order(card: ModelCard, part: CardPart) -> tuple[int, int]:
    """Return where a part stands in its column."""
    if part.key in _LEFT:
        return _LEFT.index(part.key), 0
    first = _FIRST.index(part.key) if part.key in _FIRST else len(_FIRST)
    return first, 1 + [each.key for each in card.parts].index(part.key)
