"""The whole judgement of a risk: one call, no reading and no writing, the same answer for the same seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.domain.recalibration import Estimate
from engine.learning.judgement.benefit import DecisionCurve, decision_curve
from engine.learning.judgement.curve import SmoothCurve, smooth_curve
from engine.learning.judgement.figures import Figure
from engine.learning.judgement.groups import Subgroup, subgroups
from engine.learning.judgement.intervals import differences, figures
from engine.learning.judgement.optimism import Corrected, Stability, correct, stability
from engine.learning.judgement.people import People

_THRESHOLDS = np.arange(1, 100) / 100


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the clinic's threshold, by what to split, against what to compare, and how often to draw.

    ``others``: risks of the same people from something else, by its name.
    """

    threshold: float
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    others: Mapping[str, FloatArray] = field(default_factory=dict)
    thresholds: FloatArray = field(default_factory=lambda: _THRESHOLDS)
    seed: int = 0
    times: int = 200


@dataclass(frozen=True, slots=True)
class Refits:
    """Bootstrap models: who was in each sample, and what each tells of everybody; both samples x people."""

    rows: IntArray
    risks: FloatArray


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good a risk is. ``corrected`` and ``stability`` are None where the model was not fitted on these people.

    ``curve`` is None where risks or outcomes do not allow one. ``against``: each figure less that of the other.
    """

    people: int
    events: int
    censored: bool
    figures: Mapping[Figure, Estimate]
    corrected: Mapping[Figure, Corrected] | None
    stability: Stability | None
    curve: SmoothCurve | None
    benefit: DecisionCurve
    groups: tuple[Subgroup, ...]
    against: Mapping[str, Mapping[Figure, Estimate]]


def judge(people: People, risk: FloatArray, question: Question, refits: Refits | None = None) -> Judgement:
    """Return the judgement of ``risk``, a fraction for each of the people."""
    if risk.shape != (people.count,) or not ((risk >= 0) & (risk <= 1)).all():
        raise ValueError("one risk a person, a fraction")
    threshold, seed, times = question.threshold, question.seed, question.times
    return Judgement(
        people=people.count,
        events=int(people.happened.sum()),
        censored=people.censored,
        figures=figures(people, risk, threshold, seed=seed, times=times),
        corrected=None if refits is None else correct(people, risk, refits.rows, refits.risks, threshold),
        stability=None if refits is None else stability(risk, refits.risks),
        curve=smooth_curve(people, risk, seed=seed, times=times),
        benefit=decision_curve(people, risk, question.thresholds, seed=seed, times=times),
        groups=subgroups(people, risk, question.groups, threshold, seed=seed, times=times),
        against={
            name: differences(people, risk, other, threshold, seed=seed, times=times)
            for name, other in question.others.items()
        },
    )
