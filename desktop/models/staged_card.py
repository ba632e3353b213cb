"""A model that was trained here, on the page of tools: its stage, what warns, and the way to the studio."""

from __future__ import annotations

from datetime import datetime

from desktop.models.presenter import ModelsPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.flow import Flow
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice, Pill
from desktop.widgets.ui import Ui
from engine.domain.models import ModelStage
from engine.workflows.model_stages import StagedModel, name_of, warned_sentence
from engine.workflows.model_words import state_words

_DIGEST_SHOWN = 8


class StagedCard(Card):
    """One that is no tool at hand: a draft, a silent trial, or a retired one."""

    def __init__(self, ui: Ui, presenter: ModelsPresenter, staged: StagedModel) -> None:
        super().__init__(ui, gap=12)
        texts, model = ui.texts, staged.model
        self.body.addWidget(Label(ui, staged.title[texts.language], 20, bold=True))
        standing = presenter.trained.standing(staged, texts)
        pills = [
            Pill(ui, texts("models.version", version=model.ref.version[:20]), square=True),
            Pill(ui, standing.text, standing.tone, icon=standing.icon),
        ]
        digest = Label(ui, texts("models.digest", digest=model.ref.digest[:_DIGEST_SHOWN]), 12, tone="3", wrap=False)
        self.body.addWidget(Flow(ui, *pills, digest, gap=8))
        if staged.fault is not None:
            notice = Notice(ui, "danger")
            self.body.addWidget(notice)
            notice.say(f"{texts.error(staged.fault)} {texts('stages.models.damaged')}", "danger")
            return
        self.body.addWidget(Label(ui, texts(f"stages.models.next_{model.stage}"), 13))
        self.body.addWidget(
            Label(
                ui,
                state_words(model, texts.wording, lambda at: _day(ui, at), texts(f"stages.stage.{model.stage}")),
                13,
                tone="2",
            )
        )
        add_stage_parts(ui, self, presenter, staged)


def add_stage_parts(ui: Ui, card: Card, presenter: ModelsPresenter, staged: StagedModel) -> None:
    """Add what warns, and the ways to the studio and to the printer."""
    texts = ui.texts
    for warned in presenter.trained.warnings(staged):
        notice = Notice(ui)
        card.body.addWidget(notice)
        notice.say(
            warned_sentence(warned, texts.wording),
            "warn",
            texts("stages.drift.open"),
            lambda: presenter.to_studio(staged, "trial"),
        )
    filled = staged.model.stage in (ModelStage.DRAFT, ModelStage.SHADOW)
    open_ = Button(
        ui,
        texts(f"stages.models.open_{staged.model.stage}"),
        kind="filled" if filled else "outline",
        icon="" if filled else "forward",
    )
    open_.setObjectName("studio")
    open_.clicked.connect(lambda: presenter.to_studio(staged))
    buttons = Flow(ui, open_, gap=8)
    before = presenter.trained.before(staged)
    if before is not None and presenter.may_change:
        back = Button(ui, texts("stages.sign.back", version=before.model.ref.version), icon="undo")
        back.setObjectName("back_to")
        back.clicked.connect(lambda: presenter.to_studio(before, "sign"))
        buttons.add(back)
    buttons.add(print_button(ui, presenter, name_of(staged.model)))
    card.body.addWidget(buttons)


def print_button(ui: Ui, presenter: ModelsPresenter, name: str) -> Button:
    """Return the button that prints the card of a trained pack."""
    made = Button(ui, ui.texts("stages.card.print"), icon="printer", key="Ctrl+P")
    made.setObjectName("print_card")
    made.clicked.connect(lambda: presenter.print_card(made, name))
    return made


def _day(ui: Ui, moment: datetime) -> str:
    return ui.texts.date(moment.astimezone().date())
