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
* State of a page lives here, or in an object of its own that is made with the context and hung on ``StudioState``.
  What must outlive a lock goes into ``notes`` (plain JSON values, a key for each page), then ``keep_place`` is called.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from desktop.context import Context
from desktop.papers import Papers
from desktop.studio.fitting import TRAINING, Kept
from desktop.studio.state import INSIDE, STEPS, StudioState
from engine.domain.models import ModelStage
from engine.domain.plain import Plain
from engine.errors import EngineError
from engine.workflows.clinics import OpenClinic
from engine.workflows.studio import InHand, StudioModel, in_hand, kept_place, save_place, studio_models

__all__ = ["STEPS", "StudioPresenter"]

# Where a version is opened: at what comes next for it.
_NEXT_OF = {
    ModelStage.DRAFT: "card",
    ModelStage.SHADOW: "trial",
    ModelStage.APPROVED: "sign",
    ModelStage.RETIRED: "card",
}


class StudioPresenter(StudioState):
    """State of the studio, and what is done with it."""

    def __init__(self, context: Context, papers: Papers | None = None) -> None:
        super().__init__(context, papers)
        self.stages.moved.connect(self._moved)
        self.stages.packs_changed.connect(self.packs_changed)
        for part in (self.asking, self.checking, self.fitting):
            part.changed.connect(self._part_changed)
        self.checking.progressed.connect(self._hear)
        self.fitting.progressed.connect(self._hear)
        self.fitting.kept.connect(self._take_kept)
        self.asking.people_added.connect(self.packs_changed)
        context.clinic_changed.connect(self._clinic_changed)

    # --- going ------------------------------------------------------------------------------------------------------

    def go(self, step: str) -> None:
        """Go to a step that is open."""
        self.wanted_step = ""
        if step == self.step or not self.is_open(step):
            return
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
            self.stages.open(found.name)
            self.step, self.control = step or _NEXT_OF[found.model.stage], ""
            self.keep_place()
            self.changed.emit()

        self.context.on_store(self, lambda clinic: in_hand(clinic, name), done)

    def _moved(self, name: str) -> None:
        """Take in hand what the last pages made of it: another stage, or a version with another card."""
        control = self.control

        def done(told: tuple[InHand, tuple[StudioModel, ...]]) -> None:
            self.in_hand, self.models = told
            self.control = control
            self.keep_place()
            self.changed.emit()

        self.context.on_store(self, lambda clinic: (in_hand(clinic, name), studio_models(clinic)), done)

    def put_down(self) -> None:
        """Let go of the draft in hand and begin anew; the draft stays in the clinic."""
        self.fitting.forget()
        self.checking.forget()
        self.asking.begin_anew()
        self._put_away()
        self.step, self.control = STEPS[0], ""
        self.keep_place()
        self.changed.emit()

    def turn_pictures(self) -> None:
        """Show pictures as tables, or as pictures again."""
        self.as_table = not self.as_table
        self.changed.emit()

    # --- asking, looking, fitting -----------------------------------------------------------------------------------

    def check(self) -> None:
        """Look what the data allow, for the answers as they stand."""
        if self.fitting.busy:
            return
        if not self.checking.fresh:
            self._begin_counting()
            if not self.checking.start():
                self.wanted_step = ""
                self.changed.emit()
                return
            self._put_away()
        self.step, self.control = "check", ""
        self.keep_place()
        self.changed.emit()

    def try_fewer(self, fields: tuple[str, ...]) -> None:
        """Ask with these predictors alone, and look again."""
        self.asking.take_only(fields)
        self.check()

    def choose_tool(self, tool: str) -> None:
        """Adjust another one."""
        self.wanted_tool, self.control = tool, "tool"
        self.fitting.adjusted = None
        self.changed.emit()

    def look_inside(self) -> None:
        """Make the run of the network in hand again, and step through it."""
        seen, held = self.checking.seen, self.in_hand
        if seen is None or held is None or not self.may_look_inside:
            return
        found = held.training.calibration
        bent = found is not None and found.how != "none"
        self.inside.start_of(seen, self.asking, bent)
        self.step, self.control = INSIDE, ""
        self.keep_place()
        self.changed.emit()

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

    def adjust(self) -> None:
        """Hold the published tool against what happened here."""
        seen = self.checking.seen
        if seen is None or not self.may_adjust:
            return
        self._put_away()
        self._begin_counting()
        self.step, self.control = "fit", "adjust"
        self.fitting.adjust(seen, self.tool)
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
        self.stages.close()

    def _take_kept(self, told: Kept) -> None:
        clinic, found, models = told
        self.context.take_clinic(clinic)
        self.in_hand, self.models = found, models
        self.stages.open(found.name)
        self.control = ""
        self.keep_place()
        self._part_changed()
        self.context.good_news.emit(self.context.texts("studio.done.kept"))

    def _part_changed(self) -> None:
        if not self.runs:
            self.badge.emit("")
        waits = self.checking.running or bool(self.checking.problem)
        if self.wanted_step and self.asking.ready and self.step == STEPS[0] and not waits:
            self.check()
        if self.wanted_step and self.checking.fresh:
            self.step, self.wanted_step = self.wanted_step, ""
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
                self.stages.read()
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
            "trained": self.fitting.busy == TRAINING,  # which a lock ends
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
        if held is not None:
            self.stages.open(held.name)
        notes = content.get("notes")
        self.notes = dict(notes) if isinstance(notes, dict) else {}
        if content.get("trained") is True:
            self.fitting.problem = self.context.texts("studio.fit.ended")
        step = str(content.get("step"))
        if step in STEPS and self.is_open(step):
            self.step = step
        elif step in ("check", "fit"):  # what was looked at is not kept: it is looked at anew
            self.wanted_step = step
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
