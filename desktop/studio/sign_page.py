"""Step 6: who signs for a model, what follows from it, and the way back."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QWidget

from desktop.studio.presenter import StudioPresenter
from desktop.studio.stage_page import StagePage, fact_row
from desktop.studio.verdict_card import LOOKS
from desktop.studio.versions_card import VersionsCard
from desktop.widgets.agreement import Agreement
from desktop.widgets.confirm import Confirm
from desktop.widgets.fields import TextField
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, column, row
from engine.domain.models import ModelStage
from engine.workflows.model_stages import ModelPage, name_of
from engine.workflows.model_words import state_words

_MOST_TOOLS = 4  # named one by one


class SignPage(StagePage):
    """What follows and what it takes left; the signatures right; every version below."""

    step = "sign"

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, presenter)
        self._now: tuple[object, ...] = ()
        self.agreement: Agreement | None = None
        self.confirm: Confirm | None = None
        self._reason: TextField | None = None

    def show_page(self, page: ModelPage) -> None:
        """Show it; passphrases that are typed stay until something else about the version changed."""
        stages = self.stages
        shown = (page, stages.may_change, stages.accounts, self.narrow)
        if shown != self._now:
            self._now = shown
            self.agreement = self.confirm = self._reason = None
            left = [self._follows(page)]
            if page.model.stage is not ModelStage.APPROVED:
                left.append(self._takes(page))
            right = [self._signing(page)]
            if page.model.stage is not ModelStage.RETIRED and stages.may_change:
                right.append(self._retiring(page))
            versions = VersionsCard(self.ui, page.versions, page.model, stages.may_change)
            versions.asked.connect(self.presenter.open_model)
            self.show_cards(self.beside(left, right, (1, 1)), versions)
        self._show_problems()
        self._show_foot(page)

    # --- what follows and what it takes -----------------------------------------------------------------------------

    def _follows(self, page: ModelPage) -> Card:
        ui, texts = self.ui, self.ui.texts
        spoken = page.model.stage is ModelStage.APPROVED
        card = Card(ui, texts("stages.sign.in_use_title" if spoken else "stages.sign.follows_title"))
        if spoken:
            told = state_words(page.model, texts.wording, self._when, texts(f"stages.stage.{page.model.stage}"))
            card.body.addWidget(Label(ui, told, 13, bold=True))
        lines = column(ui, gap=0)
        title = page.title[texts.language]
        lines.addWidget(fact_row(ui, "info", "text_3", texts("stages.sign.on_demand", title=title)))
        lines.addWidget(fact_row(ui, "layers", "text_3", self._beside_words(page)))
        lines.addWidget(fact_row(ui, "person", "text_3", texts("stages.sign.clinicians")))
        if page.speaks is not None and page.speaks.ref != page.model.ref:
            words = texts("stages.sign.retires", version=page.speaks.ref.version)
            lines.addWidget(fact_row(ui, "undo", "text_3", words))
        lines.addWidget(fact_row(ui, "store", "text_3", texts("stages.sign.saved")))
        if spoken:
            lines.addWidget(self._verdict_line(page))
        card.body.addLayout(lines)
        return card

    def _beside_words(self, page: ModelPage) -> str:
        texts = self.ui.texts
        named = [each[texts.language] for each in page.beside[:_MOST_TOOLS]]
        if not named:
            return texts("stages.sign.beside_nothing")
        tools = texts("models.comma").join(named)
        more = len(page.beside) - len(named)
        return (
            texts("stages.sign.beside_more", tools=tools, more=more)
            if more
            else texts("stages.sign.beside", tools=tools)
        )

    def _takes(self, page: ModelPage) -> Card:
        ui, texts, ready, model = self.ui, self.ui.texts, page.ready, page.model
        card = Card(ui, texts("stages.sign.takes_title"))
        refusals = self.stages.refusals
        lines = column(ui, gap=0)
        for lacking in page.lacking:
            lines.addWidget(self._line(False, texts(f"stages.lacking.{lacking}"), "", "card"))
        if not page.lacking:
            lines.addWidget(self._line(True, texts("stages.sign.card_whole"), "", ""))
        told = {"days": ready.days, "people": ready.people}
        least = {"least_days": ready.least_days, "least_people": ready.least_people}
        if "draft" in refusals:
            lines.addWidget(
                self._line(False, texts("stages.sign.no_trial"), texts("stages.sign.least", **least), "trial")
            )
        elif model.stage is ModelStage.RETIRED:
            lines.addWidget(self._line(True, texts("stages.sign.once"), "", ""))
        else:
            long = "too_soon" not in refusals
            words = texts("stages.sign.trial" if long else "stages.sign.too_soon", **told)
            lines.addWidget(self._line(long, words, texts("stages.sign.least", **least), "" if long else "trial"))
        lines.addWidget(self._verdict_line(page))
        if "taken" in refusals:
            lines.addWidget(self._line(False, texts("stages.sign.taken", id=model.ref.id), "", ""))
        card.body.addLayout(lines)
        return card

    def _verdict_line(self, page: ModelPage) -> QWidget:
        texts, verdict = self.ui.texts, page.model.verdict
        if verdict is None:
            action = self._to("trial") if page.model.watched else None
            words = texts("stages.sign.verdict_none_words")
            return fact_row(self.ui, "question", "warn", texts("stages.sign.verdict_none"), words, action)
        tone, icon = LOOKS[verdict.verdict]
        said = texts.wording.say(f"watch.verdict.{verdict.verdict}")
        day = texts.date(verdict.made_at.astimezone().date())
        title = texts("stages.sign.verdict", verdict=said, day=day)
        words = texts(f"stages.sign.verdict_{verdict.verdict}")
        return fact_row(self.ui, icon, tone, title, words, self._to("trial"))

    def _line(self, good: bool, title: str, words: str, step: str) -> QWidget:
        action = self._to(step) if step else None
        return fact_row(self.ui, "check" if good else "octagon", "ok" if good else "danger", title, words, action)

    def _to(self, step: str) -> QWidget:
        made = self.button(self.ui.texts(f"stages.sign.to_{step}"), f"to.{step}", kind="link")
        made.clicked.connect(lambda: self.presenter.go(step))
        return made

    # --- signing ----------------------------------------------------------------------------------------------------

    def _signing(self, page: ModelPage) -> Card:
        ui, texts, stages = self.ui, self.ui.texts, self.stages
        card = Card(ui, texts("stages.sign.title"))
        if page.model.stage is ModelStage.APPROVED:
            card.body.addWidget(Label(ui, texts("stages.sign.signed"), 13))
            if page.before is not None:
                before = page.before
                card.body.addWidget(Label(ui, texts("stages.sign.back_words"), 13, tone="2"))
                back = self.button(texts("stages.sign.back", version=before.ref.version), "back_to", icon="undo")
                back.clicked.connect(lambda: self.presenter.open_model(name_of(before), "sign"))
                card.body.addLayout(row(ui, back, 1))
            return card
        if not stages.may_change:
            card.body.addWidget(Label(ui, texts("stages.sign.not_yours"), 13, tone="2"))
            return card
        if stages.refusals:
            card.body.addWidget(Label(ui, texts("stages.sign.cannot"), 13, tone="2"))
            for code in stages.refusals:
                card.body.addWidget(Label(ui, texts(f"stages.refused.{code}"), 13))
            return card
        people = [(each.user.id, each.user.name or texts("top.nobody")) for each in stages.who_may_agree]
        words = "alone" if not stages.needs_second else "two" if people else "not_yet"
        self.agreement = Agreement(
            ui,
            people,
            texts(f"security.agree.{words}"),
            needs_second=stages.needs_second,
            asks_reason=stages.asks_reason,
        )
        card.body.addWidget(self.agreement)
        if stages.asks_reason:
            card.body.addWidget(Label(ui, texts("stages.sign.why"), 12, tone="3"))
        self.confirm = Confirm(ui, texts("stages.sign.do", version=page.model.ref.version), icon="check", name="sign")
        self.confirm.confirmed.connect(self._sign)
        card.body.addWidget(self.confirm)
        return card

    def _sign(self, passphrase: str) -> None:
        if self.agreement is not None:
            self.stages.approve(passphrase, *self.agreement.given())

    def _retiring(self, page: ModelPage) -> Card:
        ui, texts = self.ui, self.ui.texts
        kind = page.model.stage.value
        card = Card(ui, texts(f"stages.retire.title_{kind}"))
        card.body.addWidget(Label(ui, texts(f"stages.retire.words_{kind}"), 13, tone="2"))
        self._reason = TextField(ui, texts("stages.retire.reason"))
        self._reason.edit.setObjectName("retire.reason")
        self._reason.entered.connect(self._retire)
        card.body.addWidget(self._reason)
        button = self.button(texts(f"stages.retire.do_{kind}"), "retire", kind="danger")
        button.clicked.connect(self._retire)
        card.body.addLayout(row(ui, button, 1))
        return card

    def _retire(self) -> None:
        if self._reason is not None:
            self.stages.retire(self._reason.text())

    def _show_problems(self) -> None:
        stages, problems = self.stages, self.stages.problems
        signing = stages.busy == "approve" or self.confirm is not None
        if self.confirm is not None and self.agreement is not None:
            busy = bool(stages.busy)
            self.agreement.setEnabled(not busy)
            mine = {} if stages.did == "retire" else problems
            self.agreement.say(mine)
            self.confirm.show_state(
                busy=busy,
                working=self.ui.texts("stages.sign.working"),
                passphrase=mine.get("passphrase", ""),
                problem=mine.get("", ""),
            )
        if self._reason is not None:
            of_retiring = stages.did == "retire" or not signing
            told = problems.get("reason", "") or problems.get("", "")
            self._reason.say(told if of_retiring else "")

    def _show_foot(self, page: ModelPage) -> None:
        texts, stages = self.ui.texts, self.stages
        buttons = []
        if stages.card is not None:
            made = self.button(texts("stages.card.print"), "print_card", icon="printer", key="Ctrl+P")
            made.clicked.connect(lambda: stages.print_card(self))
            buttons.append(made)
        self.show_actions(texts(f"stages.sign.fact.{page.model.stage}"), *buttons)

    def _when(self, moment: datetime) -> str:
        return self.ui.texts.date(moment.astimezone().date())
