"""Step 5: the silent trial: begin it, how far it is, and what became of the people."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QWidget

from desktop.studio.presenter import StudioPresenter
from desktop.studio.stage_page import StagePage, fact_row
from desktop.studio.verdict_card import PictureCard, VerdictCard, has_picture
from desktop.widgets.choices import Select
from desktop.widgets.fields import TextField
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, column, held, row
from engine.domain.models import ModelStage
from engine.workflows.model_stages import Held, ModelPage, warned_sentence

_NOTHING = ""


class TrialPage(StagePage):
    """Before it begins: what it takes. Then: days, people, and the verdict."""

    step = "trial"

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, presenter)
        self._now: tuple[object, ...] = ()
        self._outcome: Select | None = None
        self._threshold: TextField | None = None

    def show_page(self, page: ModelPage) -> None:
        """Show the trial; what is typed before it begins stays as long as nothing else changed."""
        stages = self.stages
        told = (stages.look, stages.warnings, stages.busy, *sorted(stages.problems.items()))
        shown = (page, stages.may_change, self.narrow, *told)
        if shown != self._now:
            typed = None if self._threshold is None or self._now[:1] != (page,) else self._threshold.text()
            chosen = None if typed is None or self._outcome is None else self._outcome.value
            self._now = shown
            self._outcome, self._threshold = None, None
            self.show_cards(*(self._running(page) if page.model.watched else self._waiting(page, typed, chosen)))
        self._show_foot(page)

    # --- before -----------------------------------------------------------------------------------------------------

    def _waiting(self, page: ModelPage, typed: str | None, chosen: str | None) -> list[QWidget]:
        ui, texts, ready = self.ui, self.ui.texts, page.ready
        card = Card(ui, texts("stages.trial.begin_title"))
        least = {"least_days": ready.least_days, "least_people": ready.least_people}
        for key in ("silent", "long", "then"):
            card.body.addWidget(Label(ui, texts(f"stages.trial.{key}", **least), 13))
        if not self.stages.may_change:
            card.body.addWidget(Label(ui, texts("stages.trial.not_yours"), 13, tone="2"))
            return [self.beside([card], self._earlier(page), (1, 1))]
        held_now = page.held
        self._outcome = Select(ui, self._outcomes(held_now), held_now.name if held_now else _NOTHING)
        self._outcome.setAccessibleName(texts("stages.trial.outcome"))
        self._outcome.setObjectName("outcome")
        self._outcome.setMaximumWidth(ui.px(420))
        if chosen is not None:
            self._outcome.set_value(chosen)
        percent = "" if page.threshold is None else f"{100 * page.threshold:.4g}"
        self._threshold = TextField(
            ui,
            texts("stages.trial.threshold"),
            percent if typed is None else typed,
            hint=texts("stages.trial.threshold_hint"),
        )
        self._threshold.edit.setObjectName("threshold")
        self._threshold.edit.setMaximumWidth(ui.px(120))
        self._threshold.entered.connect(self._begin)
        label = Label(ui, texts("stages.trial.outcome"), 12, tone="2")
        hint = Label(ui, texts("stages.trial.outcome_hint"), 12, tone="3")
        card.body.addLayout(column(ui, label, self._outcome, hint, gap=4))
        card.body.addWidget(self._threshold)
        self._threshold.say(self.stages.problems.get("threshold", ""))
        problem = Notice(ui, "danger")
        card.body.addWidget(problem)
        problem.say(self.stages.problems.get("", "") or self.stages.problems.get("outcome", ""), "danger")
        return [self.beside([card], self._earlier(page), (1, 1))]

    def _outcomes(self, held_now: Held | None) -> list[tuple[str, str]]:
        language = self.ui.texts.language
        found = {each.name: each.label[language] for each in self.stages.outcomes}
        if held_now is not None:
            found.pop(held_now.name, None)  # a field may have the name of a declared outcome, which is what counts
            return [(held_now.name, held_now.label[language]), *found.items()]
        return [(_NOTHING, self.ui.texts("stages.trial.no_outcome")), *found.items()]

    def _earlier(self, page: ModelPage) -> list[QWidget]:
        verdict = page.model.verdict
        if verdict is None:
            return []
        return [VerdictCard(self.ui, verdict)]

    def _begin(self) -> None:
        if self._outcome is not None and self._threshold is not None:
            self.stages.begin(self._outcome.value or None, self._threshold.text())

    # --- while it goes on -------------------------------------------------------------------------------------------

    def _running(self, page: ModelPage) -> list[QWidget]:
        left: list[QWidget] = [self._so_far(page)]
        if self.stages.warnings:
            left.insert(0, self._warned())
        figures = has_picture(self.stages.look)
        right = self._verdict(page)
        if figures is not None:  # below the verdict where all cards stand below each other
            (right if self.narrow else left).append(PictureCard(self.ui, figures))
        return [self.beside(left, right, (2, 3))]

    def _so_far(self, page: ModelPage) -> Card:
        ui, texts, ready, model = self.ui, self.ui.texts, page.ready, page.model
        silent = model.stage is ModelStage.SHADOW
        card = Card(ui, texts("stages.trial.so_far" if silent else "stages.trial.goes_on"))
        began = model.began
        if began is not None:
            day = texts.date(began.astimezone().date())
            card.body.addWidget(Label(ui, texts("stages.trial.since", day=day, who=model.state.by), 13, tone="2"))
        for name, done, least in (
            ("days", ready.days, ready.least_days),
            ("people", ready.people, ready.least_people),
        ):
            words = texts(f"stages.trial.of_{name}" if silent else f"stages.trial.{name}", done=done, least=least)
            card.body.addWidget(held(column(ui, Label(ui, words, 13), _bar(ui, words, done, least), gap=4)))
        if silent:
            ripe = "ripe" if ready.long_enough else "unripe"
            card.body.addWidget(Label(ui, texts(f"stages.trial.{ripe}"), 13, bold=ready.long_enough))
        facts = column(ui, gap=0)
        against = page.held.label[texts.language] if page.held else texts("stages.trial.no_outcome")
        facts.addWidget(
            fact_row(ui, "check" if page.held else "warning", "text_3", texts("stages.trial.held"), against)
        )
        threshold = texts("stages.trial.no_threshold")
        if model.threshold is not None:
            threshold = texts("stages.trial.percent", percent=f"{100 * model.threshold:.4g}")
        facts.addWidget(fact_row(ui, "pulse", "text_3", texts("stages.trial.acts_from"), threshold))
        card.body.addLayout(facts)
        return card

    def _warned(self) -> Card:
        """Return what months warn of, and where it is closed."""
        ui, texts = self.ui, self.ui.texts
        card = Card(ui, texts("stages.drift.title"))
        for each in self.stages.warnings:
            notice = Notice(ui)
            card.body.addWidget(notice)
            notice.say(warned_sentence(each, texts.wording))
        card.body.addWidget(Label(ui, texts("stages.drift.waits"), 12, tone="3"))
        go = self.button(texts("stages.drift.close"), "reviews", kind="link")
        go.clicked.connect(self.stages.reviews_asked)
        card.body.addLayout(row(ui, go, 1))
        return card

    def _verdict(self, page: ModelPage) -> list[QWidget]:
        ui, texts, stages = self.ui, self.ui.texts, self.stages
        look = Card(ui, texts("stages.trial.look_title"))
        key = "looks" if stages.busy == "judge" else "look_words" if stages.may_judge else "look_not_yours"
        look.body.addWidget(Label(ui, texts(f"stages.trial.{key}"), 13, tone="2"))
        if stages.may_judge:
            button = self.button(texts("stages.trial.look"), "judge", icon="pulse")
            button.clicked.connect(stages.judge)
            look.body.addLayout(row(ui, button, 1))
        problem = Notice(ui, "danger")
        look.body.addWidget(problem)
        problem.say(stages.problems.get("", ""), "danger")
        return [look, *self._earlier(page)]

    def _show_foot(self, page: ModelPage) -> None:
        texts, stages = self.ui.texts, self.stages
        stage = page.model.stage
        if not page.model.watched and stages.may_change:
            begin = self.button(texts("stages.trial.begin"), "begin", kind="filled", key="Ctrl+Enter")
            begin.clicked.connect(self._begin)
            self.show_actions(texts("stages.trial.fact.before"), begin)
            return
        ripe = page.ready.long_enough or stage is not ModelStage.SHADOW
        kind = "filled" if ripe else "outline"  # before, there is nothing to do but to wait
        on = self.button(texts("stages.trial.next"), "next", kind=kind, key="Ctrl+Enter")
        on.clicked.connect(lambda: self.presenter.go("sign"))
        papers = []
        if stages.look is not None:  # the page belongs to a look: it has its picture
            save = self.button(texts("stages.card.save"), "save_verdict")
            save.clicked.connect(lambda: stages.save_verdict(self))
            print_ = self.button(texts("stages.verdict.print"), "print_verdict", icon="printer", key="Ctrl+P")
            print_.clicked.connect(lambda: stages.print_verdict(self))
            papers = [save, print_]
        said = "silent" if stage is ModelStage.SHADOW else "speaks" if stage is ModelStage.APPROVED else "before"
        self.show_actions(texts(f"stages.trial.fact.{said}"), *papers, on)


def _bar(ui: Ui, words: str, done: int, least: int) -> QProgressBar:
    made = QProgressBar()
    made.setRange(0, least)
    made.setValue(min(done, least))
    made.setTextVisible(False)
    made.setFixedHeight(ui.px(8))
    made.setAccessibleName(words)
    return made
