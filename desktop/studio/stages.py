"""State of the last three steps: the card of a model, its silent trial, and who signs for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.papers import MakePaper, Papers, card_paper, verdict_page
from engine.domain.model_card import ModelCard
from engine.domain.models import ModelLook, ModelStage, ModelVerdict
from engine.domain.report import Paper
from engine.errors import EngineError, UsageError
from engine.workflows import models, users
from engine.workflows.clinics import OpenClinic
from engine.workflows.model_about import CardWords, rewrite_card
from engine.workflows.model_card import card_in_clinic
from engine.workflows.model_stages import Held, ModelPage, Warned, held_against, model_page, name_of, warned
from engine.workflows.model_verdict import judge_model
from engine.workflows.users import Account, Permission, Second

# Under which field a refusal is told; every other one stands above the button.
_PLACES = {
    "passphrase_wrong": "passphrase",
    "passphrase_wait": "passphrase",
    "second_passphrase_wrong": "second",
    "access_two_people": "second",
    "reason_needed": "reason",
    "model_outcome": "outcome",
    "model_threshold": "threshold",
}


@dataclass(frozen=True, slots=True)
class _Read:
    page: ModelPage
    card: ModelCard | None
    accounts: tuple[Account, ...]
    warnings: Mapping[tuple[str, str], tuple[Warned, ...]]
    outcomes: tuple[Held, ...]


class Stages(QObject):
    """One version of a model in hand, from its card to its signatures. Every page shows the same one."""

    changed = Signal()
    packs_changed = Signal()  # which tools speak: what the list of patients shows follows from it
    moved = Signal(str)  # ``id@version``: what is in hand has another stage, or another card and so another version
    reviews_asked = Signal()  # to where what waits is closed

    def __init__(self, context: Context, papers: Papers) -> None:
        super().__init__(context)
        self.context = context
        self._papers = papers
        self._turn = 0
        self.name = ""
        self.page: ModelPage | None = None
        self.card: ModelCard | None = None  # in the language of the screen
        self.accounts: tuple[Account, ...] = ()
        self.outcomes: tuple[Held, ...] = ()
        self.warnings: tuple[Warned, ...] = ()
        self.typed: CardWords | None = None  # for the card of the draft in hand, and not on it yet
        self.look: ModelLook | None = None  # the verdict that was given while this version is in hand
        self.busy = ""  # what is being done
        self.did = ""  # what was done, or tried, last: its problems stand beside it
        self.problems: dict[str, str] = {}  # by field; "" for what concerns the whole
        self.problem = ""  # why the version cannot be shown

    # --- what is in hand --------------------------------------------------------------------------------------------

    def open(self, name: str) -> None:
        """Take a version in hand (``id@version``)."""
        if name != self.name:
            self.close()
        self.name = name
        self.read()

    def close(self) -> None:
        """Let it go."""
        self._turn += 1
        self.name, self.page, self.card, self.look, self.typed, self.busy = "", None, None, None, None, ""
        self.warnings = ()
        self.problems, self.problem = {}, ""

    def read(self) -> None:
        """Look anew how it stands: days and people go on while nobody does anything."""
        if not self.name or not self.context.has_clinic:
            return
        self._turn += 1
        turn, name, language = self._turn, self.name, self.context.texts.language
        paper = Paper(self.context.settings.paper)

        def work(clinic: OpenClinic) -> _Read:
            return _read(clinic, name, language, paper)

        def done(told: _Read) -> None:
            if turn == self._turn:
                self._take(told)

        def failed(error: EngineError) -> None:
            if turn == self._turn:
                self.page, self.problem = None, self.context.texts.error(error)
                self.changed.emit()

        self.context.on_store(self, work, done, failed=failed)

    def _take(self, told: _Read) -> None:
        ref = told.page.model.ref
        self.page, self.card, self.accounts, self.outcomes = told.page, told.card, told.accounts, told.outcomes
        self.warnings, self.problem = told.warnings.get((ref.id, ref.version), ()), ""
        self.changed.emit()

    @property
    def may_change(self) -> bool:
        """Whether who is here may begin trials, sign and retire."""
        return self.context.has_clinic and users.may(self.context.clinic, Permission.CLINIC_CHANGE)

    @property
    def may_judge(self) -> bool:
        """Whether who is here may hold numbers against what became of people."""
        clinic = self.context.clinic
        return users.may(clinic, Permission.RECORD_READ) and users.may(clinic, Permission.RECORD_WRITE)

    @property
    def who_may_agree(self) -> tuple[Account, ...]:
        """The other administrators who can sign."""
        return users.who_may_agree(self.accounts, self.context.clinic.vault.user.id)

    @property
    def needs_second(self) -> bool:
        """Whether another administrator has to sign."""
        return users.needs_second(self.accounts, self.context.clinic.vault.user.id)

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why it cannot be signed now, as codes ("lacking", "draft", "too_soon", "do_not_use", "taken"); none: it can.

        A version that was approved once comes back without another trial.
        """
        page = self.page
        if page is None or page.model.stage is ModelStage.APPROVED:
            return ()
        model, said = page.model, page.model.verdict
        back = model.stage is ModelStage.RETIRED and model.once_approved
        found = {
            "lacking": bool(page.lacking),
            "draft": not back and model.stage is not ModelStage.SHADOW,
            "too_soon": model.stage is ModelStage.SHADOW and not page.ready.long_enough,
            "do_not_use": said is not None and said.verdict is ModelVerdict.DO_NOT_USE,
            "taken": page.taken,
        }
        return tuple(code for code, holds in found.items() if holds)

    @property
    def asks_reason(self) -> bool:
        """Whether even two who agree say why: nothing has shown that it is calibrated."""
        said = None if self.page is None else self.page.model.verdict
        return said is None or said.verdict is not ModelVerdict.CALIBRATED

    # --- what is done -----------------------------------------------------------------------------------------------

    def rewrite(self, words: CardWords) -> None:
        """Write on the card of a draft what only people know."""
        name, language = self.name, self.context.texts.language

        def work(clinic: OpenClinic) -> str:
            return name_of(rewrite_card(clinic, name, words, language))

        def done(now: str) -> None:
            self.typed = None
            if now != name:
                self.name = now
                self._good("rewritten")

        self._do("rewrite", work, done)

    def begin(self, outcome: str | None, threshold: str) -> None:
        """Let it answer silently from today on. ``threshold``: from which percent on somebody would act, as typed."""
        name = self.name
        try:
            fraction = percent(threshold)
        except UsageError:
            self._refuse({"threshold": self.context.texts("stages.trial.threshold_wrong")})
            return
        self._do("begin", lambda clinic: models.shadow(clinic, name, outcome, fraction), lambda _: self._good("began"))

    def judge(self) -> None:
        """Hold its numbers against what became of the people, and keep the verdict."""
        name = self.name

        def done(found: ModelLook) -> None:
            self.look = found

        self._do("judge", lambda clinic: judge_model(clinic, name), done)

    def approve(self, passphrase: str, second: Second | None, reason: str) -> None:
        """Let it speak, as two administrators agree, or one with a reason."""
        name = self.name

        def work(clinic: OpenClinic) -> OpenClinic:
            return models.approve(clinic, name, passphrase, second, reason)

        self._do("approve", work, lambda clinic: self._take_clinic(clinic, "approved"))

    def retire(self, reason: str) -> None:
        """Take it out of use, or give up its trial."""
        name = self.name

        def work(clinic: OpenClinic) -> OpenClinic:
            return models.retire(clinic, name, reason)

        self._do("retire", work, lambda clinic: self._take_clinic(clinic, "retired"))

    def card_paper(self) -> MakePaper:
        """Return what makes the card on paper."""
        return card_paper(self.name)

    def print_card(self, window: Any) -> None:
        """Ask for a printer, then print the card."""
        self._papers.print(window, self.card_paper())

    def save_card(self, window: Any) -> None:
        """Ask where to, then save the card."""
        name = self.name.replace("@", "-")
        self._papers.ask_where(window, self.card_paper(), self.context.texts("stages.card.file", name=name))

    def print_verdict(self, window: Any) -> None:
        """Ask for a printer, then print the verdict that was just given."""
        if self.look is not None:
            self._papers.print(window, verdict_page(self.look))

    def save_verdict(self, window: Any) -> None:
        """Ask where to, then save it."""
        if self.look is not None:
            name = self.context.texts("stages.verdict.file", name=self.name.replace("@", "-"))
            self._papers.ask_where(window, verdict_page(self.look), name)

    def _do(self, what: str, work: Callable[[OpenClinic], Any], done: Callable[[Any], None]) -> None:
        if self.busy or not self.name:
            return
        self.busy, self.did, self.problems = what, what, {}
        self.changed.emit()
        turn = self._turn

        def ended(result: Any) -> None:
            self.busy = ""
            done(result)
            self.read()
            self.moved.emit(self.name)

        def failed(error: EngineError) -> None:
            self.busy = ""
            if turn == self._turn:
                self._refuse({_PLACES.get(error.code, ""): self.context.texts.error(error)})
            self.read()

        self.context.on_store(self, work, ended, failed=failed)

    def _take_clinic(self, clinic: OpenClinic, said: str) -> None:
        self.context.take_clinic(clinic)
        self.packs_changed.emit()
        self._good(said)

    def _refuse(self, problems: dict[str, str]) -> None:
        self.problems = problems
        self.changed.emit()

    def _good(self, said: str) -> None:
        self.context.good_news.emit(self.context.texts(f"stages.done.{said}"))


def percent(text: str) -> float | None:
    """Return a typed percentage as a fraction; None for nothing.

    Raises:
        UsageError: ``model_threshold`` for what is none between 0 and 100.
    """
    typed = text.replace("%", "").replace("％", "").replace(",", ".").strip()
    if not typed:
        return None
    try:
        number = float(typed) / 100
    except ValueError as error:
        raise UsageError("model_threshold") from error
    if not 0 < number < 1:
        raise UsageError("model_threshold")
    return number


def _read(clinic: OpenClinic, name: str, language: str, paper: Paper) -> _Read:
    page = model_page(clinic, name, language)
    try:
        card = card_in_clinic(clinic, name, language, paper)
    except EngineError as error:
        if error.code != "learning_card_untrained":
            raise
        card = None
    return _Read(page, card, users.everyone(clinic), warned(clinic), held_against(clinic))
