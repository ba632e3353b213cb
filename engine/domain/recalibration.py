"""What a clinic's own outcomes say of a risk: how well it fits, what was changed, and why it was or was not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engine.domain.results import PackRef


class Scale(StrEnum):
    """On which scale a risk is changed."""

    HAZARD = "hazard"  # log of the cumulative hazard (complementary log-log): risks over a time, with censoring
    ODDS = "odds"  # log odds (logit): probabilities of today, with the outcome known of everybody


class Verdict(StrEnum):
    """What came out."""

    INTERCEPT = "intercept"  # every risk is raised or lowered in the same ratio
    INTERCEPT_AND_SLOPE = "intercept_and_slope"  # and the spread between low and high risks is changed too
    KEEP = "keep"  # the risk fits; nothing to change
    REFUSED = "refused"  # the records do not allow it yet


class Reason(StrEnum):
    """Why, in one word; the sentence is ``recalibration.reason.<code>``."""

    NOBODY = "nobody"  # nobody has a risk and was followed
    FEW_EVENTS = "few_events"
    FEW_EVENTS_NO_RATE = "few_events_no_rate"  # nothing tells how long it would take
    NO_ORDER = "no_order"  # people with a higher risk did not have more events
    FITS = "fits"
    RATIO = "ratio"
    RATIO_SLOPE_LATER = "ratio_slope_later"  # too few events to look at the spread
    SPREAD = "spread"


class LeftOut(StrEnum):
    """Why a person does not count."""

    NO_RISK = "no_risk"  # the pack has a number at no visit
    OUTCOME_BEFORE = "outcome_before"
    OUTCOME_UNDATED = "outcome_undated"  # its date does not tell before from after the first risk
    NOT_FOLLOWED = "not_followed"  # nothing is recorded after the first risk
    NOT_MEASURED = "not_measured"  # what its outcome is measured by was taken at no visit by a risk


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CalibrationGroup:
    """People of similar risk. Risks are fractions at ``Recalibration.compared_at_years``.

    ``observed``: Kaplan-Meier with censoring, else the share with the outcome; None where nobody was followed so far.
    ``before``: mean risk of the parent. ``after``: mean recalibrated risk, each person's from a fit without them.
    """

    people: int
    events: int
    observed: Estimate | None
    before: float
    after: float | None


@dataclass(frozen=True, slots=True)
class Fit:
    """How risks fit outcomes: events observed to expected (1 is right), and the slope (1 is right, below: too wide).

    ``distance``: mean distance between observed and told risk over the groups, weighted by people, as a fraction.
    """

    observed_to_expected: Estimate
    slope: Estimate | None
    distance: float | None


@dataclass(frozen=True, slots=True)
class Recalibration:
    """One look at a pack against recorded outcomes.

    ``intercept`` and ``slope``: new = intercept + slope * old on ``scale``; 0 and 1 where nothing was changed.
    ``after`` is cross-validated. ``months_more``: about how many months until there are ``events_needed``, at the
    present rate; None where nothing is lacking or nothing tells. ``made``: the new pack; None until it is accepted.
    """

    parent: PackRef
    output: str
    scale: Scale
    horizon_years: float | None
    verdict: Verdict
    reason: Reason
    people: int
    events: int
    person_years: float | None
    median_followed_years: float | None
    first_day: date | None
    last_day: date | None
    left_out: Mapping[LeftOut, int]
    events_needed: int
    months_more: int | None
    intercept: float
    slope: float
    before: Fit | None
    after: Fit | None
    compared_at_years: float | None
    groups: tuple[CalibrationGroup, ...]
    made: PackRef | None = None

    @property
    def changed(self) -> bool:
        """Whether the verdict asks for a new pack."""
        return self.verdict in (Verdict.INTERCEPT, Verdict.INTERCEPT_AND_SLOPE)
