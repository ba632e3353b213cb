"""The models that were made in this clinic: how each stands, and what comes next for it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.studio.presenter import StudioPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Pill
from desktop.widgets.ui import Ui, column, frame, row
from engine.domain.models import ModelStage
from engine.workflows.studio import StudioModel

STAGE_TONES = {
    ModelStage.DRAFT: ("info", "edit"),
    ModelStage.SHADOW: ("primary", "eye"),
    ModelStage.APPROVED: ("ok", "check"),
    ModelStage.RETIRED: ("info", "pause"),
}


def title_of(model: StudioModel, language: str) -> str:
    """Return what a model is called; its id where its folder cannot be read."""
    return model.model.ref.id if model.title is None else model.title.get(language)


class ModelListCard(Card):
    """All versions, the newest first."""

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, ui.texts("studio.list.title"), gap=4)
        self._ui, self._presenter = ui, presenter
        models = presenter.models or ()
        if not models:
            words = ui.texts("studio.list.reading" if presenter.models is None else "studio.list.none")
            self.body.addWidget(Label(ui, words, 13, tone="3"))
        for model in models:
            self.body.addWidget(self._line(model))

    def _line(self, model: StudioModel) -> QWidget:
        ui, texts, presenter = self._ui, self._ui.texts, self._presenter
        stage = model.model.stage
        tone, icon = STAGE_TONES[stage]
        state = texts(f"studio.stage.{stage}")
        version = texts("studio.list.version", version=model.model.ref.version)
        since = texts("studio.list.since", day=texts.date(model.model.state.since.astimezone().date()))
        head = row(ui, Label(ui, title_of(model, texts.language), 13, bold=True), gap=8)
        head.addWidget(Pill(ui, state, tone, icon=icon))
        made = frame("row")
        lines = column(ui, head, gap=4, margins=(0, 10))
        made.setLayout(lines)
        lines.addWidget(Label(ui, f"{version} · {since}", 12, tone="3"))
        if model.title is None:
            lines.addWidget(Label(ui, texts("studio.list.gone"), 12, tone="danger"))
            return made
        open_ = Button(ui, texts(f"studio.next.{stage}"), kind="link", icon="forward")
        open_.setObjectName(f"open:{model.name}")
        open_.setAccessibleDescription(title_of(model, texts.language))
        open_.clicked.connect(lambda: presenter.open_model(model.name))
        lines.addWidget(open_)
        return made
