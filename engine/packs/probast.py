"""A first self-assessment of bias by the domains of PROBAST+AI, from what the training itself shows.

Rules, not judgement: it marks what can be counted, and says "some" where only people can know. A clinic's own review
stands beside it, never below it.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.packs.training import Training

LOW, SOME, HIGH = "low", "some", "high"
_MUCH_MISSING = 0.2
_FEW_EVENTS = 100  # Van Calster B et al. BMC Med 2019;17:230: below it a calibration curve is hardly told
_STEEP = 0.8  # a lower end of the slope below it: risks too far apart


@dataclass(frozen=True, slots=True)
class Concern:
    """One domain: ``card.domain.<domain>``, ``card.concern.<concern>``, ``card.why.<why>``."""

    domain: str
    concern: str
    why: str


def concerns(told: Training) -> tuple[Concern, ...]:
    """Return the concern of each domain."""
    return (
        Concern("participants", SOME, "one_table"),
        _predictors(told),
        _outcome(told),
        _size(told),
        _missing(told),
        _evaluation(told),
    )


def _predictors(told: Training) -> Concern:
    asked = any(each.weight == "ask" and each.column for each in told.findings)
    return Concern("predictors", SOME, "open_findings") if asked else Concern("predictors", LOW, "no_findings")


def _outcome(told: Training) -> Concern:
    return Concern("outcome", SOME, "outcome_as_recorded")


def _size(told: Training) -> Concern:
    if told.gate.answer != "train":
        return Concern("size", HIGH, "too_few_people")
    return Concern("size", LOW, "enough_people")


def _missing(told: Training) -> Concern:
    most = max(told.people.missing.values(), default=0.0)
    if most >= _MUCH_MISSING:
        return Concern("missing", SOME, "much_missing")
    return Concern("missing", LOW, "little_missing")


def _evaluation(told: Training) -> Concern:
    slope = told.figure("slope")
    if told.people.events < _FEW_EVENTS:
        return Concern("evaluation", HIGH, "few_events")
    if slope is None or slope.low < _STEEP:
        return Concern("evaluation", SOME, "slope_unsure")
    return Concern("evaluation", SOME, "no_outside")
