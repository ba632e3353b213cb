"""State of the page of tools: how each stands, which is looked at, and what is done with it. One function an action."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.jobs import Task
from desktop.models.adding import Adding
from desktop.models.comparing import Comparing
from desktop.models.trained import Trained
from desktop.models.words import StandingWords, short_standing
from desktop.papers import Papers, card_paper
from desktop.printing import Printers
from engine.domain.clinic_packs import PackOrigin, WithdrawnResult
from engine.domain.recalibration import Recalibration
from engine.errors import EngineError
from engine.workflows.clinic_packs import switch_pack, withdraw, withdrawn_of
from engine.workflows.clinics import OpenClinic, accept_pack, withdraw_pack
from engine.workflows.foreign_packs import keep_checked
from engine.workflows.model_stages import StagedModel
from engine.workflows.pack_shelf import PackShelf, PackStanding, ShelfPack, pack_card, pack_shelf
from engine.workflows.packs import DamagedPack
from engine.workflows.recalibrate import accept_recalibration, recalibrations_in_use, return_to_original
from engine.workflows.users import Permission, may

# The parts of the list, in the order of what a clinic asks most, with the topics that manifests declare.
AREAS = {
    "heart": ("cardiovascular", "coronary_disease", "atrial_fibrillation_stroke", "bleeding"),
    "sugar": ("diabetes", "dysglycaemia", "insulin_resistance", "weight"),
    "kidney": ("kidney_failure", "kidney_function"),
    "liver": ("liver_failure", "liver_fibrosis"),
    "cancer": ("breast_cancer", "breast_cancer_recurrence", "colorectal_cancer", "lung_cancer"),
    "mind": ("dementia", "depression", "anxiety"),
    "bone": ("osteoporosis",),
    "general": ("general_health",),
    "acute": ("acute_deterioration", "sepsis", "pneumonia", "deep_vein_thrombosis", "pulmonary_embolism"),
}
OTHER = "other"
_Told = tuple[PackShelf, tuple[WithdrawnResult, ...], Trained]
_AREA_OF = {topic: (area, at) for area, topics in AREAS.items() for at, topic in enumerate(topics)}


class ModelsPresenter(QObject):
    """State of the page."""

    changed = Signal()
    packs_changed = Signal()  # which tools speak: what the list of patients shows follows from it
    record_asked = Signal(str)
    studio_asked = Signal(str, str)  # ``id@version``, and the step ("": what comes next for it)

    def __init__(self, context: Context, papers: Papers | None = None) -> None:
        super().__init__(context)
        self.context = context
        self._papers = papers or Papers(context, Printers(context))
        self.trained = Trained()
        self.comparing = Comparing(context)
        self.adding = Adding(context)
        self.shelf: PackShelf | None = None
        self.selected = ""
        self.busy = False
        self.control = ""  # the one that was used last; it has the focus again when the page is made anew
        self.withdrawing = False
        self.reason = ""
        self.reason_problem = ""
        self.card = ""  # the text of the card while it is open
        self.card_problem = ""
        self._touched: dict[str, list[WithdrawnResult]] = {}
        self.comparing.changed.connect(self.changed)
        self.adding.changed.connect(self.changed)
        context.clinic_changed.connect(self._clinic_changed)

    # --- what there is ----------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look anew at how every tool stands, and at the results that withdrawals touch."""
        if not self.context.has_clinic:
            return
        self.context.on_store(self, _read, self._take)

    def _take(self, told: _Told) -> None:
        self.shelf, touched, self.trained = told
        self._touched = defaultdict(list)
        for each in touched:
            self._touched[each.pack.id].append(each)
        if self.pack is None and self.damaged is None and self.staged is None:
            self.selected = next((pack.ref.id for _, packs in self.areas for pack in packs), "")
        self.changed.emit()

    @property
    def areas(self) -> tuple[tuple[str, tuple[ShelfPack, ...]], ...]:
        """The sound tools by area, in the order in which they may lead."""
        found: dict[str, list[ShelfPack]] = {area: [] for area in (*AREAS, OTHER)}
        packs = self.shelf.packs if self.shelf else ()
        for pack in sorted(packs, key=lambda pack: _AREA_OF.get(pack.topic, (OTHER, 0))[1]):
            if self.trained.of_pack(pack) is None:  # else it stands with those that were trained here
                found[_AREA_OF.get(pack.topic, (OTHER, 0))[0]].append(pack)
        return tuple((area, tuple(packs)) for area, packs in found.items() if packs)

    @property
    def trained_packs(self) -> tuple[ShelfPack, ...]:
        """The tools at hand that were trained in this clinic."""
        packs = self.shelf.packs if self.shelf else ()
        return tuple(pack for pack in packs if self.trained.of_pack(pack) is not None)

    @property
    def trained_apart(self) -> tuple[StagedModel, ...]:
        """The models that were trained here and are no tool at hand."""
        return self.trained.apart(self.shelf.packs if self.shelf else ())

    def pack_standing(self, pack: ShelfPack) -> StandingWords:
        """Return how a tool stands in one or two words; of one that was trained here and is on, its stage."""
        texts, staged = self.context.texts, self.trained.of_pack(pack)
        if staged is None or pack.standing is PackStanding.WITHDRAWN:
            return short_standing(pack.standing, texts)
        return self.trained.standing(staged, texts)

    @property
    def staged(self) -> StagedModel | None:
        """The model that is looked at, where it is no tool at hand."""
        return self.trained.named(self.selected)

    @property
    def all_damaged(self) -> tuple[DamagedPack, ...]:
        """The tools that are not used because they are damaged."""
        return self.shelf.damaged if self.shelf else ()

    @property
    def may_change(self) -> bool:
        """Whether who is here may switch tools on and off."""
        return may(self.context.clinic, Permission.CLINIC_CHANGE)

    @property
    def sees_records(self) -> bool:
        """Whether who is here may hold a tool against what happened to people here."""
        return may(self.context.clinic, Permission.RECORD_READ)

    @property
    def pack(self) -> ShelfPack | None:
        """The tool that is looked at."""
        return self.named(self.selected)

    @property
    def damaged(self) -> DamagedPack | None:
        """The damaged tool that is looked at."""
        return next((each for each in self.all_damaged if each.id == self.selected), None)

    def named(self, pack_id: str) -> ShelfPack | None:
        """Return a sound tool by id."""
        packs = self.shelf.packs if self.shelf else ()
        return next((pack for pack in packs if pack.ref.id == pack_id), None)

    @property
    def touched(self) -> tuple[WithdrawnResult, ...]:
        """Saved results of the tool in hand that are not to be relied on: printed ones first, then the newest."""
        newest = reversed(self._touched.get(self.selected, ()))
        return tuple(sorted(newest, key=lambda each: not any(page.printed_at for page in each.pages)))

    @property
    def found(self) -> Recalibration | None:
        """The last look at the tool in hand."""
        return self.comparing.found.get(self.selected)

    @property
    def recalibrated_here(self) -> tuple[str, ...]:
        """The ids of what was recalibrated and stands in the place of the tool in hand (or is it), and is on."""
        return tuple(ref.id for ref in recalibrations_in_use(self.context.clinic, self.selected))

    # --- looking ----------------------------------------------------------------------------------------------------

    def choose(self, pack_id: str) -> None:
        """Look at another tool."""
        if self.adding.folder is not None and not self.adding.busy:
            self.adding.close()
        if pack_id == self.selected:
            return
        self.selected, self.control = pack_id, ""
        self.withdrawing, self.reason, self.reason_problem = False, "", ""
        self.card = self.card_problem = ""
        self.changed.emit()

    def turn_card(self) -> None:
        """Open the card of the tool in hand, or close it."""
        self.control = "card"
        self.card_problem = ""
        if self.card:
            self.card = ""
            self.changed.emit()
            return
        pack_id, clinic = self.selected, self.context.clinic

        def work(task: Task) -> str:
            return pack_card(clinic, pack_id)

        def done(card: str) -> None:
            if pack_id == self.selected:
                self.card = card
                self.changed.emit()

        def failed(error: EngineError) -> None:
            self.card_problem = self.context.texts.error(error)
            self.changed.emit()

        self.context.jobs.compute(self, work, done, failed)

    def to_studio(self, staged: StagedModel, step: str = "") -> None:
        """Open a model in the studio, at what comes next for it or at a step."""
        self.studio_asked.emit(staged.name, step)

    def print_card(self, window: QWidget, name: str) -> None:
        """Ask for a printer, then print the card of a trained pack."""
        self._papers.print(window, card_paper(name))

    def compare(self) -> None:
        """Hold the tool in hand against what happened here; nothing is changed by looking."""
        self.control = "compare"
        self.comparing.start(self.selected)

    # --- changing ---------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        """Switch on the tool in hand, whose licence note was read."""
        pack_id = self.selected
        self._change("switch", lambda clinic: accept_pack(clinic, pack_id), "accepted")

    def switch_on(self) -> None:
        """Switch the tool in hand on again."""
        pack_id = self.selected
        self._change("switch", lambda clinic: switch_pack(clinic, pack_id, on=True), "switched_on")

    def switch_off(self) -> None:
        """Switch off the tool in hand: one of one's own, or one whose note was accepted."""
        pack = self.pack
        if pack is None:
            return
        pack_id, own = pack.ref.id, pack.origin is not PackOrigin.SHIPPED

        def work(clinic: OpenClinic) -> OpenClinic:
            return switch_pack(clinic, pack_id, on=False) if own else withdraw_pack(clinic, pack_id)

        self._change("switch", work, "switched_off")

    def can_switch_off(self, pack: ShelfPack) -> bool:
        """Whether a tool that is on can be switched off without withdrawing what it said."""
        if pack.standing not in (PackStanding.ON, PackStanding.REPLACED):
            return False
        return pack.accepted or pack.origin is not PackOrigin.SHIPPED

    def ask_withdraw(self, begin: bool) -> None:
        """Ask for the reason of a withdrawal, or leave it."""
        self.control = "reason" if begin else "withdraw"
        self.withdrawing, self.reason_problem = begin, ""
        self.changed.emit()

    def type_reason(self, text: str) -> None:
        """Keep what is typed."""
        self.reason = text

    def withdraw(self) -> None:
        """Take the tool in hand out of use for the reason that was typed."""
        pack_id, reason = self.selected, self.reason

        def failed(error: EngineError) -> None:
            self.reason_problem = self.context.texts.error(error)

        def done() -> None:
            self.withdrawing, self.reason, self.reason_problem = False, "", ""

        self._change("reason", lambda clinic: withdraw(clinic, pack_id, reason), "withdrawn", done, failed)

    def use_here(self) -> None:
        """Let the tool speak as the last look found it right for this clinic."""
        found, pack_id = self.found, self.selected
        if found is None:
            return
        look: Recalibration = found
        taken: list[Recalibration] = []

        def work(clinic: OpenClinic) -> OpenClinic:
            after, made = accept_recalibration(clinic, look)
            taken.append(made)
            return after

        self._change("back", work, "used_here", lambda: self.comparing.keep(pack_id, taken[0]))

    def back_to_original(self) -> None:
        """Switch off what was recalibrated from the tool in hand, so that the original speaks again."""
        pack_id = self.selected
        self._change("compare", lambda clinic: return_to_original(clinic, pack_id)[0], "back")

    def check_folder(self, folder: Path) -> None:
        """Check a tool of another maker."""
        self.control = "add"
        self.adding.choose(folder)

    def check_again(self) -> None:
        """Check the same folder after something in it was corrected."""
        if self.adding.folder is not None:
            self.check_folder(self.adding.folder)

    def add_checked(self) -> None:
        """Add the tool that was checked, exactly as it was checked."""
        check = self.adding.check
        if check is None or check.ref is None or self.adding.busy:
            return
        pack_id = check.ref.id
        self.adding.wait()

        def done() -> None:
            self.adding.close()
            self.selected, self.card = pack_id, ""

        self._change("", lambda clinic: keep_checked(clinic, check), "added", done, self.adding.say)

    def _change(
        self,
        control: str,
        work: Callable[[OpenClinic], OpenClinic],
        said: str,
        then: Callable[[], None] = lambda: None,
        failed: Callable[[EngineError], None] | None = None,
    ) -> None:
        """Change the clinic on the store's lane, then show how every tool stands now."""
        if self.busy:
            return
        self.busy, self.control = True, control
        self.changed.emit()

        def run(clinic: OpenClinic) -> Any:
            after = work(clinic)
            return after, _read(after)

        def done(told: tuple[OpenClinic, _Told]) -> None:
            self.busy = False
            clinic, read = told
            self.context.take_clinic(clinic)  # looks of before are forgotten by it
            then()
            self._take(read)
            self.packs_changed.emit()
            self.context.good_news.emit(self.context.texts(f"models.done.{said}"))

        def wrong(error: EngineError) -> None:
            self.busy = False
            (failed or self.context.tell)(error)
            self.changed.emit()

        self.context.on_store(self, run, done, failed=wrong)

    def _clinic_changed(self) -> None:
        self.comparing.forget()
        self.shelf = None


def _read(clinic: OpenClinic) -> _Told:
    return pack_shelf(clinic), _withdrawn_for(clinic), Trained.read(clinic)


def _withdrawn_for(clinic: OpenClinic) -> tuple[WithdrawnResult, ...]:
    """Return the results that withdrawals touch; none for who may not see records."""
    return withdrawn_of(clinic) if may(clinic, Permission.RECORD_READ) else ()
