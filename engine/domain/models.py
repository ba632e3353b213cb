"""A model that was trained: how it stands in a clinic, what its silent numbers were worth, and whether it drifts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from engine.domain.clinic_packs import PackOrigin
from engine.domain.recalibration import Estimate, Recalibration
from engine.domain.results import PackRef


class ModelStage(StrEnum):
    """How far a model is trusted here. Only an approved one is among the packs that speak."""

    DRAFT = "draft"  # kept; it answers nobody
    SHADOW = "shadow"  # it answers at new visits, and nobody sees it
    APPROVED = "approved"  # two people agreed, or one with a reason
    RETIRED = "retired"  # out of use; what it said stays


class ModelVerdict(StrEnum):
    """What outcomes say of a model."""

    CALIBRATED = "calibrated"
    UNCLEAR = "unclear"
    DO_NOT_USE = "do_not_use"


class VerdictReason(StrEnum):
    """Why; the sentence is ``watch.reason.<code>``."""

    FITS = "fits"
    LEVEL = "level"  # observed to expected is off by more than the factor that is declared
    SPREAD = "spread"  # low and high risks lie far too close together, or far too far apart
    NO_ORDER = "no_order"  # people with a higher risk did not have more events
    WORSE_THAN_RATE = "worse_than_rate"  # one number for everybody would have been nearer
    NOBODY = "nobody"
    FEW_EVENTS = "few_events"
    MISFIT = "misfit"  # it does not fit, but not so badly that nobody should use it
    NO_GAIN = "no_gain"  # it is not known to be nearer than one number for everybody
    NO_OUTCOME = "no_outcome"  # nobody said which records are its outcome
    NO_TIME = "no_time"  # a risk of today: visits do not tell its outcome


@dataclass(frozen=True, slots=True)
class BrierScore:
    """Mean squared distance between risk and outcome at ``years`` (None: no time counts); less is better.

    ``base``: of one number for everybody, the share that had the event. ``gain``: base less model.
    """

    years: float | None
    model: float
    base: float
    gain: Estimate


@dataclass(frozen=True, slots=True)
class ModelLook:
    """One look at the silent numbers of a model and what became of the people.

    ``months``: until there are enough events, at the present rate. ``predicted``: visits with a number; ``refused``:
    without. ``figures`` is None where no outcome can be told.
    """

    model: PackRef
    verdict: ModelVerdict
    reasons: tuple[VerdictReason, ...]
    predicted: int
    refused: int
    figures: Recalibration | None = None
    brier: BrierScore | None = None


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """A verdict as it was given. ``figures``: by name, as plain numbers."""

    verdict: ModelVerdict
    reasons: tuple[VerdictReason, ...]
    made_at: datetime
    by: str
    figures: Mapping[str, float | int | None]


@dataclass(frozen=True, slots=True)
class ModelState:
    """A stage, since when, by whom; who agreed, or that nobody else could; why."""

    stage: ModelStage
    since: datetime
    by: str
    second: str | None = None
    one_signature: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class KeptModel:
    """One version of a model with every stage it went through, the present one last.

    ``outcome``: which records its numbers are held against. ``threshold``: from which risk on somebody would act.
    """

    ref: PackRef
    origin: PackOrigin
    states: tuple[ModelState, ...]
    outcome: str | None = None
    threshold: float | None = None
    verdict: KeptVerdict | None = None

    @property
    def state(self) -> ModelState:
        """The present stage."""
        return self.states[-1]

    @property
    def stage(self) -> ModelStage:
        """The present stage."""
        return self.states[-1].stage

    @property
    def watched(self) -> bool:
        """Whether it answers silently at new visits."""
        return self.stage in (ModelStage.SHADOW, ModelStage.APPROVED)

    @property
    def began(self) -> datetime | None:
        """Since when it has answered without a break; None while it does not."""
        began = None
        for state in self.states:
            if state.stage not in (ModelStage.SHADOW, ModelStage.APPROVED):
                began = None
            elif began is None:
                began = state.since
        return began

    @property
    def once_approved(self) -> bool:
        """Whether it was ever approved."""
        return any(state.stage is ModelStage.APPROVED for state in self.states)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model said silently at a visit; ``number`` is None where it refused."""

    visit_id: str
    number: float | None


class DriftKind(StrEnum):
    """What a month warns of; the sentences are ``watch.drift.<code>`` and ``watch.todo.<code>``."""

    INPUTS = "inputs"
    ALERTS = "alerts"
    LEVEL = "level"
    UNFIT = "unfit"  # the verdict on all outcomes so far is not to use it


@dataclass(frozen=True, slots=True)
class InputShift:
    """How far an input moved: population stability index, and what chance alone would reach.

    ``missing_then`` and ``missing_now`` are shares of people without a value.
    """

    field: str
    index: float
    by_chance: float
    missing_then: float
    missing_now: float
    shifted: bool


@dataclass(frozen=True, slots=True)
class DriftLook:
    """One month of one model. ``people``: with a visit in it at which the model answered.

    ``against``: where the earlier picture of the inputs comes from: "pack", "clinic" or, with none, "nothing".
    ``alerts`` and ``alerts_before`` are shares with a risk at or above the threshold; None: nothing to tell.
    """

    model: PackRef
    month: date
    people: int
    enough: bool
    against: str
    inputs: tuple[InputShift, ...] = ()
    alerts: Estimate | None = None
    alerts_before: float | None = None
    observed_to_expected: Estimate | None = None
    warnings: tuple[DriftKind, ...] = field(default_factory=tuple)
