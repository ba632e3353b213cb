"""What the figures will be in people the model has not seen, and how much each person's risk depends on chance.

The model is fitted anew on bootstrap samples. Optimism: the mean of each figure on the sample less that on everybody
(Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-387); its interval is that of the samples' figures moved to the
corrected value (Noma H, Shinozaki T, Iba K, Teramukai S, Furukawa TA. Stat Med 2021;40:5691-5701,
doi:10.1002/sim.9148). The .632+ figure weighs those who were not drawn by how much the model overfits (Efron B,
Tibshirani R. J Am Stat Assoc 1997;92:548-560, doi:10.1080/01621459.1997.10474007). Each person's spread: Riley RD,
Collins GS. Biom J 2023;65:2200302, doi:10.1002/bimj.202200302.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.domain.recalibration import Estimate
from engine.learning.judgement.figures import Figure, Measured, measure
from engine.learning.judgement.people import People, counted, everybody_once

# Fits on these rows (with repeats) as the model was fitted, and tells the risks of everybody.
Refit = Callable[[IntArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Corrected:
    """A figure as it looks, how much of that is optimism, and what is left, with its 95 % interval."""

    apparent: float
    optimism: float
    corrected: Estimate
    plus: float | None  # .632+, for AUROC and Brier


@dataclass(frozen=True, slots=True)
class Stability:
    """Each person's risk over the bootstrap models, fractions, one value a person.

    ``mean_change``: mean distance of a person's risks over the models from the one the final model tells, over all.
    """

    low: FloatArray
    high: FloatArray
    mean_change: float


def refitted(refit: Refit, rows: IntArray) -> FloatArray:
    """Return the risks of everybody under each bootstrap model, samples x people. Samples may run apart."""
    return np.stack([refit(each) for each in rows])


def correct(
    people: People, risk: FloatArray, rows: IntArray, risks: FloatArray, threshold: float
) -> Mapping[Figure, Corrected]:
    """Return every figure corrected for optimism.

    Args:
        people: outcomes of everybody.
        risk: as the final model tells them.
        rows: who was in each bootstrap sample, samples x people.
        risks: what each bootstrap model tells of everybody, samples x people.
        threshold: risks from here on are called positive.
    """
    once = everybody_once(people.count)
    counts = counted(rows)
    apparent = measure(people, risk, once, threshold)
    inside = measure(people, risks, counts, threshold)
    outside = measure(people, risks, np.broadcast_to(once, counts.shape), threshold)
    unseen = measure(people, risks, (counts == 0).astype(np.float64), threshold)
    found = {}
    for figure, value in apparent.items():
        looks = float(value[0])
        both = np.isfinite(inside[figure]) & np.isfinite(outside[figure])
        if not np.isfinite(looks) or both.mean() < 0.5:
            continue
        optimism = float((inside[figure] - outside[figure])[both].mean())
        low, high = np.percentile(inside[figure][both] - inside[figure][both].mean(), (2.5, 97.5))
        corrected = looks - optimism
        estimate = Estimate(corrected, corrected + float(low), corrected + float(high))
        found[figure] = Corrected(looks, optimism, estimate, _plus(figure, looks, unseen, people, risk))
    return found


def stability(risk: FloatArray, risks: FloatArray) -> Stability:
    """Return how far each person's risk moves with the people the model happened to be trained on."""
    low, high = np.percentile(risks, (2.5, 97.5), axis=0)
    return Stability(low, high, float(np.abs(risks - risk).mean()))


def _plus(figure: Figure, apparent: float, unseen: Measured, people: People, risk: FloatArray) -> float | None:
    if figure not in (Figure.AUROC, Figure.BRIER):
        return None
    known = unseen[figure][np.isfinite(unseen[figure])]
    if not len(known):
        return None
    nothing = 0.5 if figure is Figure.AUROC else _brier_of_chance(people, risk)
    out = float(known.mean())
    out = max(out, nothing) if figure is Figure.AUROC else min(out, nothing)
    worst = apparent - nothing
    overfitting = min(1.0, max(0.0, (apparent - out) / worst)) if worst else 0.0
    weight = 0.632 / (1 - 0.368 * overfitting)
    return (1 - weight) * apparent + weight * out


def _brier_of_chance(people: People, risk: FloatArray) -> float:
    """Return the Brier score if outcomes had nothing to do with the risks: over all pairs of a risk and an outcome."""
    weight = people.weights(everybody_once(people.count))[0]
    share = float((weight * people.happened).sum() / weight.sum())
    return float(share * ((1 - risk) ** 2).mean() + (1 - share) * (risk**2).mean())
