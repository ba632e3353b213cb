"""What a model of the clinic's patients may learn from: every field that was recorded, with how often it was."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout

from desktop.studio.bars import ShareBar
from desktop.studio.presenter import StudioPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.tick import Tick
from desktop.widgets.ui import Ui, row
from engine.domain.studio import PredictorChoice


class PredictorsCard(Card):
    """All on at first, in the order of the dictionary, so that another import moves none of them."""

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, ui.texts("studio.from.title"), self._counted(ui, presenter), gap=8)
        self._ui, self._presenter = ui, presenter
        asking, texts = presenter.asking, ui.texts
        self.body.addWidget(Label(ui, texts("studio.from.words"), 12, tone="3"))
        problem = asking.problems.get("predictors", "")
        if problem:
            self.body.addWidget(Label(ui, problem, 12, tone="danger"))
        buttons = row(ui, gap=12)
        for name, on in (("all", True), ("none", False)):
            turn = Button(ui, texts(f"studio.from.{name}"), kind="link")
            turn.setObjectName(f"from-{name}")
            turn.clicked.connect(lambda _=False, on=on, name=name: self._turn_all(name, on))
            buttons.addWidget(turn)
        buttons.addStretch(1)
        self.body.addLayout(buttons)
        self.body.addLayout(self._list())

    @staticmethod
    def _counted(ui: Ui, presenter: StudioPresenter) -> str:
        asking = presenter.asking
        return ui.texts("studio.from.caption", on=len(asking.on), count=len(asking.predictors))

    def _turn_all(self, name: str, on: bool) -> None:
        self._presenter.control = f"from-{name}"
        self._presenter.asking.turn_all(on)

    def _list(self) -> QGridLayout:
        ui = self._ui
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(ui.px(10))
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 1)
        wanted = set(self._presenter.asking.on)
        for at, each in enumerate(self._presenter.asking.predictors):
            self._add(grid, at, each, each.field in wanted)
        return grid

    def _add(self, grid: QGridLayout, at: int, each: PredictorChoice, on: bool) -> None:
        ui, presenter = self._ui, self._presenter
        share = f"{100 * each.share_recorded:.0f} %"
        tick = Tick(ui, each.label[ui.texts.language], on, bold=False)
        tick.setObjectName(f"from:{each.field}")
        tick.setAccessibleDescription(ui.texts("studio.from.recorded", share=share))

        def turn(wanted: bool) -> None:
            presenter.control = f"from:{each.field}"
            presenter.asking.turn(each.field, wanted)

        tick.toggled.connect(turn)
        grid.addWidget(tick, at, 0)
        grid.addWidget(ShareBar(ui, each.share_recorded), at, 1)
        grid.addWidget(Label(ui, share, 12, tone="3", wrap=False), at, 2)
