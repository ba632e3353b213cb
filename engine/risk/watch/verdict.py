"""Calibrated, unclear, do not use: how the three are told apart from the figures of one look.

*Do not use* takes proof of harm: an interval that lies wholly where the model would mislead. *Calibrated* takes enough
events, a model that closed testing leaves as it is, a slope whose interval holds 1, and a Brier score that is better
than one number for everybody beyond chance. Whatever is neither is *unclear*, with what is lacking. The limits are
declared in ``resources/watch/rules.json``; the figures are those of recalibration.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.models import BrierScore, ModelLook, ModelVerdict, VerdictReason
from engine.domain.recalibration import Estimate, Reason, Recalibration, Verdict
from engine.domain.results import PackRef
from engine.risk.recalibration.fit import expected_events
from engine.risk.recalibration.judge import Followed, judge
from engine.risk.recalibration.rules import Rules
from engine.risk.watch.brier import brier
from engine.risk.watch.rules import WatchRules


def look(
    followed: Followed,
    model: PackRef,
    output: str,
    rules: Rules,
    watch: WatchRules,
    *,
    predicted: int,
    refused: int,
) -> ModelLook:
    """Return the verdict on people with their silent risks and what became of them.

    Args:
        followed: the people, their risks and outcomes.
        model: whose risks they are.
        output: which risk of it.
        rules: those of recalibration: how many events the level and the spread take.
        watch: the limits of the three verdicts.
        predicted: visits with a risk.
        refused: visits without.
    """
    people = followed.follow_up
    figures = judge(followed, model, output, rules)
    score = brier(people, figures.compared_at_years) if people.people else None
    expected = expected_events(people) if people.people else 0.0
    harm = tuple(_harm(figures, score, expected, rules, watch))
    verdict, reasons = (ModelVerdict.DO_NOT_USE, harm) if harm else _without_harm(figures, score)
    return ModelLook(model, verdict, reasons, predicted, refused, figures, score)


def level_is_off(ratio: Estimate, observed: int, expected: float, watch: WatchRules) -> bool:
    """Whether observed to expected is off beyond the declared factor, and not by chance."""
    beyond = ratio.high < 1 / watch.level_factor or ratio.low > watch.level_factor
    return beyond and max(float(observed), expected) >= watch.least_events


def _harm(
    figures: Recalibration, score: BrierScore | None, expected: float, rules: Rules, watch: WatchRules
) -> Iterator[VerdictReason]:
    fit = figures.before
    if fit is None:
        return
    if level_is_off(fit.observed_to_expected, figures.events, expected, watch):
        yield VerdictReason.LEVEL
    if figures.events < rules.intercept_events:
        return
    if figures.reason is Reason.NO_ORDER:
        yield VerdictReason.NO_ORDER
    elif fit.slope is not None and (fit.slope.high < 1 / watch.spread_factor or fit.slope.low > watch.spread_factor):
        yield VerdictReason.SPREAD
    if score is not None and score.gain.high < 0:
        yield VerdictReason.WORSE_THAN_RATE


def _without_harm(figures: Recalibration, score: BrierScore | None) -> tuple[ModelVerdict, tuple[VerdictReason, ...]]:
    if figures.reason is Reason.NOBODY:
        return ModelVerdict.UNCLEAR, (VerdictReason.NOBODY,)
    if figures.verdict is Verdict.REFUSED:
        return ModelVerdict.UNCLEAR, (VerdictReason.FEW_EVENTS,)
    lacking = []
    slope = None if figures.before is None else figures.before.slope
    if figures.verdict is not Verdict.KEEP or slope is None or not slope.low <= 1 <= slope.high:
        lacking.append(VerdictReason.MISFIT)
    if score is None or score.gain.low <= 0:
        lacking.append(VerdictReason.NO_GAIN)
    if lacking:
        return ModelVerdict.UNCLEAR, tuple(lacking)
    return ModelVerdict.CALIBRATED, (VerdictReason.FITS,)
