"""Every version of a model with how it stands; any can be taken in hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.studio.verdict_card import first_large
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Pill
from desktop.widgets.stage_looks import stage_look
from desktop.widgets.ui import Ui, column, frame, row
from engine.domain.models import KeptModel, ModelStage
from engine.workflows.model_stages import name_of
from engine.workflows.model_words import state_words


class VersionsCard(Card):
    """The newest version first."""

    asked = Signal(str, str)  # ``id@version``, and the step it is opened at

    def __init__(self, ui: Ui, versions: Sequence[KeptModel], now: KeptModel, may_change: bool) -> None:
        super().__init__(ui, ui.texts("stages.versions.title"), ui.texts("stages.versions.caption"), gap=0)
        self._ui = ui
        for version in reversed(versions):
            self.body.addWidget(self._line(version, here=version.ref == now.ref, may_change=may_change))

    def _line(self, version: KeptModel, *, here: bool, may_change: bool) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        tone, icon = stage_look(version.stage)
        stage = Pill(ui, texts(f"stages.stage.{version.stage}"), tone, icon=icon, square=True)
        told = state_words(version, texts.wording, self._when, texts(f"stages.stage.{version.stage}"))
        name = Label(ui, first_large(texts("models.version", version=version.ref.version)), 13, bold=True, wrap=False)
        line = row(ui, gap=12, margins=(0, 8))
        line.addLayout(column(ui, name, Label(ui, told, 12, tone="3"), gap=2), 1)
        line.addWidget(stage)
        if here:
            line.addWidget(Label(ui, texts("stages.versions.here"), 12, tone="2", wrap=False))
        else:
            back = version.stage is ModelStage.RETIRED and version.once_approved and may_change
            words = texts("stages.versions.back" if back else "stages.versions.open")
            button = Button(ui, words, kind="link", name=f"{words} {version.ref.version}")
            button.setObjectName(f"version.{version.ref.version}")
            step = "sign" if back else ""
            button.clicked.connect(lambda: self.asked.emit(name_of(version), step))
            line.addWidget(button)
        made = frame("row")
        made.setLayout(line)
        return made

    def _when(self, moment: datetime) -> str:
        return self._ui.texts.date(moment.astimezone().date())
