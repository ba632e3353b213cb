"""Are there enough people to train? The sample-size criteria of Riley and others, and the three answers.

Binary outcomes and outcomes over time: Riley RD, Snell KIE, Ensor J, et al. Stat Med 2019;38:1276-1296,
doi:10.1002/sim.7992 (its equations 11, 17 and 23, with the correction doi:10.1002/sim.8409); Riley RD, Ensor J,
Snell KIE, et al. BMJ 2020;368:m441, doi:10.1136/bmj.m441. Three criteria, each a number of people:

1. the shrinkage of the effects that overfitting asks for stays at 0.9 or above;
2. apparent and adjusted R2 (Nagelkerke) differ by no more than 0.05;
3. the 95 % interval of the overall risk reaches no further than 0.05 to either side.

All depend on the R2 (Cox-Snell) that may be expected: known from an earlier model, derived from its AUROC (Riley RD,
Van Calster B, Collins GS. Stat Med 2021;40:859-864, doi:10.1002/sim.8806), or, where nothing is known, the 15 % of its
largest possible value that the 2020 paper proposes. Figures are used unrounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np

from engine.statistics.normal import NORMAL_95

SHRINKAGE = 0.9
R2_OPTIMISM = 0.05
RISK_MARGIN = 0.05
SHARE_OF_LARGEST_R2 = 0.15


class Answer(StrEnum):
    """What a clinic may do with its people; the sentence is ``learning.gate.<answer>``."""

    TRAIN = "train"
    RECALIBRATE = "recalibrate"  # too few to train, enough to fit a pack of others to these people
    NOT_YET = "not_yet"


class Criterion(StrEnum):
    """Which demand decides; the sentence is ``learning.criterion.<criterion>``."""

    SHRINKAGE = "shrinkage"
    R2_OPTIMISM = "r2_optimism"
    OVERALL_RISK = "overall_risk"


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be trained on whom.

    ``parameters``: candidate parameters, so a spline of three terms counts three and a category of four levels three.
    ``person_years`` and ``horizon_years`` are given for an outcome with censored follow-up, and then ``events`` are
    all events seen in those years. ``r2``: the Cox-Snell R2 that may be expected, adjusted for optimism; None: unknown.
    """

    people: int
    events: int
    parameters: int
    person_years: float | None = None
    horizon_years: float | None = None
    r2: float | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.events <= self.people and self.parameters >= 1):
            raise ValueError("events are people, and something is estimated")
        if (self.person_years is None) != (self.horizon_years is None):
            raise ValueError("follow-up has years and a horizon")
        if self.person_years is not None and (self.person_years <= 0 or (self.horizon_years or 0.0) <= 0):
            raise ValueError("years are above 0")
        if self.r2 is not None and not 0 < self.r2 < 1:
            raise ValueError("an R2 lies between 0 and 1")


@dataclass(frozen=True, slots=True)
class Gate:
    """The answer with what it stands on.

    ``needed``: people for each criterion; None where too few outcomes tell what is needed. ``people_more``: how many
    are lacking; ``months_more``: at the clinic's pace, None without one. ``most_parameters``: with how many the people
    at hand would be enough. ``shrinkage``: to be expected with these people and parameters.
    """

    answer: Answer
    needed: dict[Criterion, int] | None
    people_needed: int | None
    deciding: Criterion | None
    people_more: int | None
    months_more: int | None
    events_per_parameter: float
    most_parameters: int
    r2: float | None
    largest_r2: float | None
    shrinkage: float | None


def judge_size(
    planned: Planned, *, people_a_month: float | None = None, recalibration_events: int | None = None
) -> Gate:
    """Return whether to train, to recalibrate or to wait.

    Args:
        planned: the people at hand and the model in mind.
        people_a_month: how many people with a known outcome the clinic gains.
        recalibration_events: how many events it takes to recalibrate an existing pack of this outcome (of the rarer
            outcome where time does not count); None: there is no such pack.
    """
    rarer = planned.events if planned.person_years is not None else min(planned.events, planned.people - planned.events)
    if rarer < 1:
        return _unknown(planned)
    largest = largest_r2(planned)
    r2 = planned.r2 if planned.r2 is not None else SHARE_OF_LARGEST_R2 * largest
    if r2 >= largest:
        raise ValueError("no model has a larger R2 than that of perfect predictions")
    needed = people_needed(planned, r2)
    deciding = max(needed, key=lambda each: needed[each])
    more = max(0, needed[deciding] - planned.people)
    recalibrate = recalibration_events is not None and rarer >= recalibration_events
    return Gate(
        answer=Answer.TRAIN if not more else Answer.RECALIBRATE if recalibrate else Answer.NOT_YET,
        needed=needed,
        people_needed=needed[deciding],
        deciding=deciding,
        people_more=more,
        months_more=math.ceil(more / people_a_month) if people_a_month else None,
        events_per_parameter=planned.events / planned.parameters,
        most_parameters=_most_parameters(planned, r2, largest),
        r2=r2,
        largest_r2=largest,
        shrinkage=expected_shrinkage(planned.people, planned.parameters, r2),
    )


def people_needed(planned: Planned, r2: float) -> dict[Criterion, int]:
    """Return how many people each criterion asks for, at the overall risk or rate of those at hand."""
    return {
        Criterion.SHRINKAGE: math.ceil(_people_for(planned.parameters, r2, SHRINKAGE)),
        Criterion.R2_OPTIMISM: math.ceil(
            _people_for(planned.parameters, r2, r2 / (r2 + R2_OPTIMISM * largest_r2(planned)))
        ),
        Criterion.OVERALL_RISK: _people_for_overall_risk(planned),
    }


def largest_r2(planned: Planned) -> float:
    """Return the largest Cox-Snell R2 that any model can have at this overall risk or rate."""
    share = planned.events / planned.people
    if planned.person_years is None:
        null = share * math.log(share) + (1 - share) * math.log(1 - share)
    else:  # exponential survival, the unit of time being the mean follow-up
        null = share * math.log(share) - share
    return -math.expm1(2 * null)


def r2_of_auroc(auroc: float, share: float) -> float:
    """Return the Cox-Snell R2 that goes with an AUROC above 0.5 at this share of people with the outcome.

    Predictors are taken as normal with the same spread with and without the outcome, as the 2021 paper does; it draws
    a million people, here the same expectation is an integral.
    """
    if not (0.5 < auroc < 1 and 0 < share < 1):
        raise ValueError("an AUROC above one half and a share between 0 and 1")
    distance = math.sqrt(2) * NormalDist().inv_cdf(auroc)
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()
    start = math.log(share / (1 - share)) - distance**2 / 2
    gained = share * float(weights @ -np.logaddexp(0.0, -(start + distance * (nodes + distance))))
    gained += (1 - share) * float(weights @ -np.logaddexp(0.0, start + distance * nodes))
    null = share * math.log(share) + (1 - share) * math.log(1 - share)
    return -math.expm1(-2 * (gained - null))


def expected_shrinkage(people: int, parameters: int, r2: float) -> float:
    """Return the shrinkage to expect: the root of criterion 1 for these people, 0 where overfitting takes it all."""
    low, high = _hardest(r2), 1 - 1e-9
    if _people_for(parameters, r2, low) > people:
        return 0.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _people_for(parameters, r2, middle) <= people else (low, middle)
    return low


def _hardest(r2: float) -> float:
    """Return the shrinkage for which the fewest people are enough; below it the formula has no meaning."""
    grid = np.linspace(r2 + 1e-9, 1 - 1e-9, 20001)
    return float(grid[np.argmax((1 - grid) * -np.log1p(-r2 / grid))])


def _people_for(parameters: int, r2: float, shrinkage: float) -> float:
    return parameters / ((shrinkage - 1) * math.log1p(-r2 / shrinkage))


def _people_for_overall_risk(planned: Planned) -> int:
    share = planned.events / planned.people
    if planned.person_years is None or planned.horizon_years is None:
        return math.ceil((NORMAL_95 / RISK_MARGIN) ** 2 * share * (1 - share))
    rate = planned.events / planned.person_years
    # The risk by the horizon is 1 - exp(-rate * horizon); its lower limit lies further away than the upper one.
    distance = math.log1p(RISK_MARGIN * math.exp(rate * planned.horizon_years)) / planned.horizon_years
    years = rate * (NORMAL_95 / distance) ** 2
    return math.ceil(years / (planned.person_years / planned.people))


def _most_parameters(planned: Planned, r2: float, largest: float) -> int:
    if _people_for_overall_risk(planned) > planned.people:
        return 0
    one = max(_people_for(1, r2, SHRINKAGE), _people_for(1, r2, r2 / (r2 + R2_OPTIMISM * largest)))
    return int(planned.people / one)


def _unknown(planned: Planned) -> Gate:
    per_parameter = planned.events / planned.parameters
    return Gate(Answer.NOT_YET, None, None, None, None, None, per_parameter, 0, planned.r2, None, None)
