"""Figures that depend on the order of the risks alone: AUROC, average precision, C index. Ties count one half.

Everything works on many draws at once: weights are draws x people; risks are one row for all draws or one for each.
"""

from __future__ import annotations

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray


class Ranked:
    """Risks in ascending order, and for each place where the people of the same risk begin and end."""

    def __init__(self, risk: FloatArray) -> None:
        count = risk.shape[-1]
        self.order: IntArray = np.argsort(risk, axis=-1, kind="stable")
        ascending = np.take_along_axis(risk, self.order, axis=-1)
        new = np.ones(risk.shape, dtype=np.bool_)
        new[..., 1:] = ascending[..., 1:] != ascending[..., :-1]
        last = np.ones(risk.shape, dtype=np.bool_)
        last[..., :-1] = new[..., 1:]
        places = np.arange(count)
        self.first: IntArray = np.maximum.accumulate(np.where(new, places, 0), axis=-1)
        backwards = np.where(last, places, count - 1)[..., ::-1]
        self.last: IntArray = np.minimum.accumulate(backwards, axis=-1)[..., ::-1]

    def take(self, values: FloatArray) -> FloatArray:
        """Return values of people in ascending order of their risks."""
        return _pick(values, self.order)

    def below(self, ascending: FloatArray) -> FloatArray:
        """Return for each place the sum over all lower risks."""
        return _pick(ascending.cumsum(axis=-1) - ascending, self.first)

    def up_to(self, ascending: FloatArray) -> FloatArray:
        """Return for each place the sum over all lower and equal risks."""
        return _pick(ascending.cumsum(axis=-1), self.last)

    def midranks(self) -> FloatArray:
        """Return everybody's rank from 1 on, equal risks sharing the mean of theirs, in the order of the people."""
        middle = (self.first + self.last) / 2 + 1
        ranks = np.empty_like(middle)
        np.put_along_axis(ranks, self.order, middle, axis=-1)
        return ranks


def auroc(ranked: Ranked, event: BoolArray, weight: FloatArray) -> FloatArray:
    """Return the chance that somebody with the outcome has the higher risk; NaN where one outcome is absent."""
    with_event, without = ranked.take(weight * event), ranked.take(weight * ~event)
    pairs = with_event.sum(axis=-1) * without.sum(axis=-1)
    won = (with_event * (ranked.below(without) + ranked.up_to(without))).sum(axis=-1) / 2
    return _ratio(won, pairs)


def average_precision(ranked: Ranked, event: BoolArray, weight: FloatArray) -> FloatArray:
    """Return the area under precision against recall as steps, without interpolation; NaN without an outcome."""
    with_event, all_people = ranked.take(weight * event), ranked.take(weight)
    total = with_event.sum(axis=-1, keepdims=True)
    found = total - ranked.below(with_event)
    flagged = all_people.sum(axis=-1, keepdims=True) - ranked.below(all_people)
    precision = np.divide(found, flagged, out=np.zeros_like(found), where=flagged > 0)
    return _ratio((with_event * precision).sum(axis=-1), total[..., 0])


def c_index(years: FloatArray, event: BoolArray, risk: FloatArray, counts: FloatArray) -> float:
    """Return Harrell's C of one draw: of pairs where one had the event first, how often that one had the higher risk.

    Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-387. Two events at the same time are no pair. Counted by halving
    the people ordered by time, level by level, so that the work grows as n log(n)^2. NaN without a pair.
    """
    order = np.lexsort((risk, ~event, years))  # at the same time events first, lowest risk first
    years, event, risk, counts = years[order], event[order], risk[order], counts[order]
    width = 1 << max(1, (len(years) - 1).bit_length())
    level = np.zeros(width), np.zeros(width), np.zeros(width)
    for padded, values in zip(level, (risk, counts * event, counts), strict=True):
        padded[: len(values)] = values
    pairs = won = 0.0
    half = 1
    while half < width:
        shaped = [each.reshape(-1, 2 * half) for each in level]
        earlier = np.arange(2 * half) < half
        ranked = Ranked(shaped[0])
        first, later = ranked.take(shaped[1] * earlier), ranked.take(shaped[2] * ~earlier)
        won += float((first * (ranked.below(later) + ranked.up_to(later))).sum()) / 2
        pairs += float((first.sum(axis=-1) * later.sum(axis=-1)).sum())
        half *= 2
    same, equal = _event_pairs(years, event, counts), _event_pairs(years, event, counts, risk)
    return (won - equal / 2) / (pairs - same) if pairs - same > 0 else float("nan")


def delong(event: BoolArray, risks: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the AUROC of several risks (risks x people) of the same people and their covariance.

    DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837-845, doi:10.2307/2531595, through midranks (Sun X,
    Xu W. IEEE Signal Process Lett 2014;21:1389-1393, doi:10.1109/LSP.2014.2337313). At least two with and two without.
    """
    with_event, without = risks[:, event], risks[:, ~event]
    m, n = with_event.shape[1], without.shape[1]
    overall = Ranked(risks).midranks()
    won = (overall[:, event] - Ranked(with_event).midranks()) / n
    lost = 1 - (overall[:, ~event] - Ranked(without).midranks()) / m
    areas = won.mean(axis=1)
    covariance = np.atleast_2d(np.cov(won)) / m + np.atleast_2d(np.cov(lost)) / n
    return areas, covariance


def _event_pairs(years: FloatArray, event: BoolArray, counts: FloatArray, risk: FloatArray | None = None) -> float:
    """Return how many pairs of different people had their events at the same time (and at the same risk)."""
    keys = years[event] if risk is None else np.stack([years[event], risk[event]], axis=1)
    if not len(keys):
        return 0.0
    _, group = np.unique(keys, axis=0, return_inverse=True)
    weight = counts[event]
    together = np.bincount(group.ravel(), weights=weight)
    return float((together**2).sum() - (weight**2).sum()) / 2


def _pick(values: FloatArray, places: IntArray) -> FloatArray:
    if places.ndim == 1:
        picked: FloatArray = values[..., places]
        return picked
    shape = np.broadcast_shapes(values.shape, places.shape)
    return np.take_along_axis(np.broadcast_to(values, shape), np.broadcast_to(places, shape), axis=-1)


def _ratio(upper: FloatArray, lower: FloatArray) -> FloatArray:
    return np.divide(upper, lower, out=np.full_like(upper, np.nan), where=lower > 0)
