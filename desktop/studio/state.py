"""What the studio knows: which step one is at, what is asked, looked at and in hand, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.papers import Papers
from desktop.printing import Printers
from desktop.studio.asking import Asking
from desktop.studio.checking import Checking
from desktop.studio.fitting import Fitting
from desktop.studio.looking_inside import LookingInside, made_of
from desktop.studio.stages import Stages
from engine.domain.models import ModelStage
from engine.domain.plain import Plain
from engine.workflows.studio import InHand, StudioModel, Tool
from engine.workflows.users import Permission, may

STEPS = ("outcome", "check", "fit", "card", "trial", "sign")
INSIDE = "inside"  # no step: a page beside that of the fit, for whoever wants to see a network learn


class StudioState(QObject):
    """Everything the pages show; what is done with it is in ``StudioPresenter``."""

    changed = Signal()
    progressed = Signal(int, int)  # of what runs: how far, of how much
    badge = Signal(str)  # a short word beside the place in the rail while something runs
    packs_changed = Signal()  # which tools speak

    def __init__(self, context: Context, papers: Papers | None = None) -> None:
        super().__init__(context)
        self.context = context
        self.stages = Stages(context, papers or Papers(context, Printers(context)))
        self.step = STEPS[0]
        self.in_hand: InHand | None = None
        self.models: tuple[StudioModel, ...] | None = None  # None: not read yet
        self.changing = False  # something is changed in the clinic
        self.control = ""  # the one that was used last; it has the focus again when the page is made anew
        self.notes: dict[str, Plain] = {}
        self.here = False  # the studio is the page in front: a lock returns to it
        self.wanted_tool = ""
        self.wanted_step = ""  # the one of before a lock, until what it needs was looked at again
        self.as_table = False  # whether pictures are shown as tables
        self.asking = Asking(context)
        self.checking = Checking(context, self.asking)
        self.fitting = Fitting(context)
        self.inside = LookingInside(context)
        self.progress = (0, 0)  # of what runs: how far, of how much
        self.began = 0.0  # since when it runs, on ``time.monotonic``

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
    def may_look_inside(self) -> bool:
        """Whether the network in hand was made of the rows of the last look, so that its run can be made again."""
        return made_of(self.checking.seen, self.in_hand)

    @property
    def may_adjust(self) -> bool:
        """Whether there is a published tool of this outcome that the clinic's own records can be held against."""
        seen = self.checking.seen
        return seen is not None and self.checking.fresh and bool(self.tools)

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The published tools that could be adjusted."""
        return () if self.checking.seen is None else self.checking.seen.tools

    @property
    def tool(self) -> str:
        """The one that is to be adjusted."""
        return (
            self.wanted_tool
            if any(each.id == self.wanted_tool for each in self.tools)
            else next((each.id for each in self.tools), "")
        )
