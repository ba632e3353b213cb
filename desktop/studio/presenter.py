"""State of the studio: which step one is at, what is asked, looked at and in hand. One function an action.

For whoever builds a page of it:

* A page is a ``StudioPage`` (``desktop.studio.page``), registered under its step in ``desktop.studio.pages.PAGES``. It
  is made anew with another look or language and asks this presenter for everything; ``show_state`` is called whenever
  ``changed`` was told while the page is in front, and when it comes to the front.
* **The draft in hand** is ``presenter.in_hand`` (``engine.workflows.studio.InHand``): a version that is kept in the
  clinic (``.model``, a ``KeptModel``), with the manifest of its pack (``.manifest``, ``.training`` for its figures) and
  the name that ``engine.workflows.models`` takes (``.name``, ``id@version``). What was trained is kept as a draft at
  once, so a lock never loses what is in hand. None: nothing was trained or opened yet.
* An action that changes the clinic goes through ``change``: on the store's lane, then clinic, list and draft in hand
  are taken anew, and the sentence ``studio.done.<said>`` is told. ``control`` is the object name of what was pressed:
  it has the focus again when the page is made anew.
* State of a page lives here, or in an object of its own that is made with the context and hung on ``__init__`` below.
  What must outlive a lock goes into ``notes`` (plain JSON values, a key for each page), then ``keep_place`` is called.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.studio.asking import Asking
from desktop.studio.checking import Checking
from desktop.studio.fitting import Fitting, Kept
from desktop.studio.looking_inside import LookingInside, made_of
from engine.domain.models import ModelStage
from engine.domain.plain import Plain
from engine.errors import EngineError
from engine.workflows.clinics import OpenClinic
from engine.workflows.studio import InHand, StudioModel, in_hand, kept_place, save_place, studio_models
from engine.workflows.users import Permission, may

STEPS = ("outcome", "check", "fit", "card", "trial", "sign")
INSIDE = "inside"  # no step: a page beside that of the fit, for whoever wants to see a network learn
# Where a version is opened: at what comes next for it.
_NEXT_OF = {
    ModelStage.DRAFT: "card",
    ModelStage.SHADOW: "trial",
    ModelStage.APPROVED: "sign",
    ModelStage.RETIRED: "card",
}


class StudioPresenter(QObject):
    """State of the studio."""

    changed = Signal()
    progressed = Signal(int, int)  # of what runs: how far, of how much
    badge = Signal(str)  # a short word beside the place in the rail while something runs
    packs_changed = Signal()  # which tools speak

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.context = context
        self.step = STEPS[0]
        self.in_hand: InHand | None = None
        self.models: tuple[StudioModel, ...] | None = None  # None: not read yet
        self.changing = False  # something is changed in the clinic
        self.control = ""  # the one that was used last; it has the focus again when the page is made anew
        self.notes: dict[str, Plain] = {}
        self.here = False  # the studio is the page in front: a lock returns to it
        self._wanted = ""  # the step of before a lock, until what it needs was looked at again
        self.as_table = False  # whether pictures are shown as tables
        self.asking = Asking(context)
        self.checking = Checking(context, self.asking)
        self.fitting = Fitting(context)
        self.inside = LookingInside(context)
        for part in (self.asking, self.checking, self.fitting):
            part.changed.connect(self._part_changed)
        self.progress = (0, 0)  # of what runs: how far, of how much
        self.began = 0.0  # since when it runs, on ``time.monotonic``
        self.checking.progressed.connect(self._hear)
        self.fitting.progressed.connect(self._hear)
        self.fitting.kept.connect(self._take_kept)
        context.clinic_changed.connect(self._clinic_changed)

    # --- what there is ----------------------------------------------------------------------------------------------

    @property
    def may_change(self) -> bool:
        """Whether who is here may keep a model, begin its silent trial and sign it."""
        return may(self.context.clinic, Permission.CLINIC_CHANGE)

    @property
    def sees_records(self) -> bool:
        """Whether who is here may learn from the records of the clinic."""
        return may(self.context.clinic, Permission.RECORD_READ)

    @property
    def busy(self) -> str:
        """What runs: the sentence is ``studio.busy.<it>``. Empty: nothing."""
        if self.changing:
            return "change"
        return self.fitting.busy or ("look" if self.checking.running else "")

    @property
    def runs(self) -> bool:
        """Whether something long runs that closing the window would stop."""
        return bool(self.fitting.busy)

    def is_open(self, step: str) -> bool:
        """Whether a step can be gone to: it has what it needs."""
        checking = self.checking
        if step == "check":
            return checking.running or bool(checking.problem) or (checking.seen is not None and checking.fresh)
        if step == "fit":
            return self.in_hand is not None or (checking.seen is not None and checking.fresh)
        return step == STEPS[0] or (self.inside.here if step == INSIDE else self.in_hand is not None)

    def is_done(self, step: str) -> bool:
        """Whether a step is finished; it keeps its answers."""
        if step in ("outcome", "check"):
            return self.checking.fresh and (step == "outcome" or self.step != "outcome")
        if self.in_hand is None:
            return False
        stage = self.in_hand.model.stage
        return {
            "fit": True,
            "card": stage in (ModelStage.SHADOW, ModelStage.APPROVED),
            "trial": stage is ModelStage.APPROVED,
            "sign": stage is ModelStage.APPROVED,
        }[step]

    # --- going ------------------------------------------------------------------------------------------------------

    def go(self, step: str) -> None:
        """Go to a step that is open."""
        self._wanted = ""
        if step == self.step or not self.is_open(step):
            return
        self._turn_to(step)

    def _turn_to(self, step: str) -> None:
        self.step, self.control = step, ""
        self.keep_place()
        self.changed.emit()

    def go_on(self) -> None:
        """Go to the next step."""
        at = STEPS.index(self.step)
        if at + 1 < len(STEPS):
            self.go(STEPS[at + 1])

    def back(self) -> None:
        """Go to the nearest step before that is open."""
        if self.step == INSIDE:
            self.inside.stop()
        at = STEPS.index("fit") + 1 if self.step == INSIDE else STEPS.index(self.step)
        before = [step for step in STEPS[:at] if self.is_open(step)]
        if before:
            self.go(before[-1])

    def look(self) -> None:
        """Read anew which models there are, and what could be asked."""
        if not self.context.has_clinic:
            return
        self.context.on_store(self, studio_models, self._take_models)
        if self.sees_records:
            self.asking.look()

    def _take_models(self, found: tuple[StudioModel, ...]) -> None:
        self.models = found
        self.changed.emit()

    def open_model(self, name: str, step: str = "") -> None:
        """Take a version in hand and go to what comes next for it, or to the step that is named."""

        def done(found: InHand) -> None:
            self.in_hand = found
            self._turn_to(step or _NEXT_OF[found.model.stage])

        self.context.on_store(self, lambda clinic: in_hand(clinic, name), done)

    def put_down(self) -> None:
        """Let go of the draft in hand and begin anew; the draft stays in the clinic."""
        self.fitting.forget()
        self.checking.forget()
        self.asking.begin_anew()
        self._put_away()
        self._turn_to(STEPS[0])

    def turn_pictures(self) -> None:
        """Show pictures as tables, or as pictures again."""
        self.as_table = not self.as_table
        self.changed.emit()

    # --- asking, looking, fitting -----------------------------------------------------------------------------------

    def check(self) -> None:
        """Look what the data allow, for the answers as they stand."""
        if not self.checking.fresh:
            self._begin_counting()
            if not self.checking.start():
                self.changed.emit()
                return
            self._put_away()
        self._turn_to("check")

    @property
    def may_train(self) -> bool:
        """Whether training may begin: there are people enough, or it is a lesson, or only to be looked at."""
        seen = self.checking.seen
        return (
            seen is not None
            and self.checking.fresh
            and self.may_change
            and (seen.looked.may_train or seen.wish.textbook or seen.wish.anyway)
        )

    @property
    def may_adjust(self) -> bool:
        """Whether there is a published tool of this outcome that the clinic's own records can be held against."""
        seen = self.checking.seen
        return seen is not None and self.checking.fresh and seen.wish.existing is not None and seen.record is not None

    def train(self) -> None:
        """Train on what was looked at."""
        seen = self.checking.seen
        if seen is None or not self.may_train:
            return
        self._put_away()
        self._begin_counting()
        self.step, self.control = "fit", "train"
        self.fitting.train(seen, self.asking.answers.title)
        self.keep_place()

    @property
    def may_look_inside(self) -> bool:
        """Whether the network in hand was made of the rows of the last look, so that its run can be made again."""
        return made_of(self.checking.seen, self.in_hand)

    def look_inside(self) -> None:
        """Make the run of the network in hand again, and step through it."""
        if (seen := self.checking.seen) is not None and self.may_look_inside:
            self.inside.start_of(seen, self.asking)
            self._turn_to(INSIDE)

    def adjust(self) -> None:
        """Hold the published tool against what happened here."""
        seen = self.checking.seen
        if seen is None or not self.may_adjust:
            return
        self._put_away()
        self._begin_counting()
        self.step, self.control = "fit", "adjust"
        self.fitting.adjust(seen)
        self.keep_place()

    def use_adjusted(self) -> None:
        """Let the adjusted tool speak in this clinic."""
        found = self.fitting.adjusted
        if found is not None:
            self.change("use", self.fitting.used(found), "adjusted", self.fitting.take_used)

    def _hear(self, done: int, total: int) -> None:
        self.progress = (done, total)
        if self.runs and total:
            self.badge.emit(f"{100 * done // total} %")
        self.progressed.emit(done, total)

    def _begin_counting(self) -> None:
        self.progress, self.began = (0, 0), time.monotonic()

    def _put_away(self) -> None:
        """Let go of the draft in hand, as another one is asked for; it stays in the clinic."""
        self.in_hand = None
        self.inside.forget()

    def _take_kept(self, told: Kept) -> None:
        clinic, self.in_hand, models = told
        self.context.take_clinic(clinic)
        self.models = models
        self.control = ""
        self.keep_place()
        self._part_changed()
        self.context.good_news.emit(self.context.texts("studio.done.kept"))

    def _part_changed(self) -> None:
        if not self.runs:
            self.badge.emit("")
        if self._wanted and self.asking.ready and self.step == STEPS[0]:
            self.check()
        if self._wanted and self.checking.fresh:
            self.step, self._wanted = self._wanted, ""
        self.changed.emit()

    # --- changing ---------------------------------------------------------------------------------------------------

    def change(
        self,
        control: str,
        work: Callable[[OpenClinic], OpenClinic | None],
        said: str,
        then: Callable[[], None] = lambda: None,
        failed: Callable[[EngineError], None] | None = None,
    ) -> None:
        """Change the clinic on the store's lane, then take clinic, list and draft in hand anew.

        Args:
            control: the button that has the focus again.
            work: does it; returns the clinic as it is now, or None where that is the same.
            said: ``studio.done.<said>`` is told when it worked.
            then: called when it worked, before the page is shown anew.
            failed: told what went wrong; None: at the foot of the window.
        """
        if self.busy:
            return
        self.changing, self.control = True, control
        self.changed.emit()
        name = None if self.in_hand is None else self.in_hand.name

        def run(clinic: OpenClinic) -> Any:
            after = work(clinic) or clinic
            return after, studio_models(after), None if name is None else in_hand(after, name)

        def done(told: tuple[OpenClinic, tuple[StudioModel, ...], InHand | None]) -> None:
            self.changing = False
            clinic, models, held = told
            if self.in_hand is not None and self.in_hand.name == name:
                self.in_hand = held
            self.context.take_clinic(clinic)
            self.models = models
            then()
            self.changed.emit()
            self.packs_changed.emit()
            self.context.good_news.emit(self.context.texts(f"studio.done.{said}"))

        def wrong(error: EngineError) -> None:
            self.changing = False
            (failed or self.context.tell)(error)
            self.changed.emit()

        self.context.on_store(self, run, done, failed=wrong)

    def stop(self) -> None:
        """Stop what runs at its next safe place."""
        self.fitting.stop()
        if self.checking.running:
            self.checking.stop()
            self.step = STEPS[0]
            self.changed.emit()

    # --- over a lock ------------------------------------------------------------------------------------------------

    def keep_place(self) -> None:
        """Keep where one is and what was answered in the store."""
        if self.context.has_clinic:
            content = self.to_plain()
            self.context.on_store(self, lambda clinic: save_place(clinic, content))

    def to_plain(self) -> dict[str, Plain]:
        """Return where one is and what was answered."""
        return {
            "step": "fit" if self.step == INSIDE else self.step,  # its rows are gone after a lock
            "here": self.here,
            "in_hand": None if self.in_hand is None else self.in_hand.name,
            "answers": self.asking.to_plain(),
            "notes": dict(self.notes),
        }

    def resume(self, then: Callable[[bool], None]) -> None:
        """Go on where the last session was locked; ``then`` is told whether the studio was in front."""
        self.context.on_store(self, _kept, lambda told: then(self._resumed(*told)))

    def _resumed(self, content: Plain, held: InHand | None) -> bool:
        if not isinstance(content, dict):
            return False
        self.in_hand = held
        self.asking.take_plain(content.get("answers"))
        notes = content.get("notes")
        self.notes = dict(notes) if isinstance(notes, dict) else {}
        step = str(content.get("step"))
        if step in STEPS and self.is_open(step):
            self.step = step
        elif step in ("check", "fit"):  # what was looked at is not kept: it is looked at anew
            self._wanted = step
        self.changed.emit()
        return content.get("here") is True

    def _clinic_changed(self) -> None:
        self.models = None


def _kept(clinic: OpenClinic) -> tuple[Plain, InHand | None]:
    """Return what was kept, with the draft it names where that is still there."""
    content = kept_place(clinic)
    name = content.get("in_hand") if isinstance(content, dict) else None
    if not isinstance(name, str):
        return content, None
    try:
        return content, in_hand(clinic, name)
    except EngineError:
        return content, None
