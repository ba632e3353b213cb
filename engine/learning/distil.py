"""From any trained model to a short score of whole points that fits on a card.

Numbers are cut at plain values, the model's log odds are approximated by a sum over bands (of at most eight inputs,
the most telling first), the effects are rounded to whole points (Sullivan LM, Massaro JM, D'Agostino RB. Stat Med
2004;23:1631-1660, doi:10.1002/sim.1742), and each total gets the risk that people with it had.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.errors import InputError
from engine.learning.calibrated import rising_line, told_apart
from engine.learning.calibration import Line
from engine.learning.cox import fit_cox
from engine.learning.points import Item, Points
from engine.learning.table import Float32Array

MOST_INPUTS = 8
_QUANTILES = (20, 40, 60, 80)
FEW_VALUES = 5  # different ones: each is a band of its own
_FEWEST_IN_BAND, _SHARE_IN_BAND = 5, 0.03
_GAIN = 0.005  # of the explained share: what one more input must add
_RIDGE = 1e-6
_MOST_POINTS = range(3, 11)  # the largest effect, in points
_KEPT = 0.98  # of the explained share, that the smallest of these must keep
_EDGE = 1e-4
_ROUNDED = 3  # decimals of a risk on the card; the pack tells the same number


@dataclass(frozen=True, slots=True)
class _Bands:
    """An input cut up: ``columns`` float64[rows, bands - 1 (+ 1 for missing)], each against the first band."""

    column: int
    cuts: tuple[float, ...]
    levels: tuple[float, ...]
    columns: FloatArray
    usual: int  # the band of the middle value, or the other level: what stands for a value that hardly anybody lacked
    flagged: bool


def distil(
    raw: Float32Array, kinds: tuple[int, int], risk: FloatArray, event: FloatArray, years: FloatArray | None,
    horizons: tuple[float, ...],
) -> Points:  # fmt: skip
    """Return the score that comes nearest to a model.

    Args:
        raw: the training people.
        kinds: how many raw columns are numbers and, behind them, categories; texts take no part.
        risk: what the model tells of each (at its first horizon).
        event: 0 or 1 a row.
        years: followed, with a model of time.
        horizons: its years.

    Raises:
        InputError: ``learning_points_nothing`` when no input tells anything in bands.
    """
    inside = np.clip(risk, _EDGE, 1 - _EDGE)
    aim, weight = np.log(inside / (1 - inside)), inside * (1 - inside)
    bands = [each for each in (_cut(raw[:, place], place, kinds[0]) for place in range(sum(kinds))) if each]
    chosen = _chosen(bands, aim, weight)
    if not chosen:
        raise InputError("learning_points_nothing")
    effects, _ = _fitted(chosen, aim, weight)
    items = _rounded(chosen, effects, aim, weight)
    if not items:
        raise InputError("learning_points_nothing")
    total = sum(item.of(raw[:, item.column]) for item in items)
    count = 1 + sum(item.most for item in items)
    return Points(items, _risks(np.asarray(total, dtype=np.float64), count, risk, event, years, horizons))


def _cut(values: Float32Array, place: int, numbers: int) -> _Bands | None:
    known = values[~np.isnan(values)]
    fewest = max(_FEWEST_IN_BAND, int(_SHARE_IN_BAND * len(values)))
    missing = np.isnan(values)
    flagged = int(missing.sum()) >= fewest
    cuts: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    if place < numbers:
        cuts = _cuts(known, fewest)
        columns = [((values >= np.float32(cut)) & ~missing).astype(np.float64) for cut in cuts]
        usual = int(np.searchsorted(np.array(cuts, dtype=np.float32), np.median(known), side="right")) if cuts else 0
    else:
        found, counts = np.unique(known, return_counts=True)
        order = np.argsort(-counts, kind="stable")  # the commonest is what the others are held against
        levels = tuple(float(found[at]) for at in sorted(order[1:].tolist()) if counts[at] >= fewest)
        columns = [(values == np.float32(level)).astype(np.float64) for level in levels]
        usual = len(levels)
    if not columns:
        return None
    if flagged:
        columns.append(missing.astype(np.float64))
    return _Bands(place, cuts, levels, np.stack(columns, axis=1), usual, flagged)


def _cuts(known: Float32Array, fewest: int) -> tuple[float, ...]:
    """Return plain values that part people into bands of enough people."""
    different = np.unique(known)
    if len(different) <= FEW_VALUES:
        found = [float(each) for each in different[1:]]
    else:
        places = np.percentile(known.astype(np.float64), _QUANTILES)
        step = _plain_step(float(places[-1] - places[0]) or float(np.ptp(different)))
        found = sorted({float(np.float32(round(place / step) * step)) for place in places.tolist()})
    kept: list[float] = []
    before = 0  # people below the last cut that was kept
    for cut in found:
        below = int(np.count_nonzero(known < np.float32(cut)))
        if below - before >= fewest and len(known) - below >= fewest:
            kept.append(cut)
            before = below
    return tuple(kept)


def _plain_step(width: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is at most a sixth of a width."""
    if not (math.isfinite(width) and width > 0):
        return 1.0
    power = 10.0 ** math.floor(math.log10(width / 6))
    return max(step * power for step in (1, 2, 5) if step * power <= width / 6 * (1 + 1e-9))


def _chosen(bands: list[_Bands], aim: FloatArray, weight: FloatArray) -> list[_Bands]:
    """Return the inputs of the score, the most telling first, in the order of the table."""
    chosen: list[_Bands] = []
    explained = 0.0
    while len(chosen) < MOST_INPUTS:
        others = [each for each in bands if each not in chosen]
        if not others:
            break
        shares = [_fitted([*chosen, each], aim, weight)[1] for each in others]
        best = int(np.argmax(shares))
        if shares[best] < explained + _GAIN:
            break
        explained = shares[best]
        chosen.append(others[best])
    return sorted(chosen, key=lambda each: each.column)


def _fitted(bands: list[_Bands], aim: FloatArray, weight: FloatArray) -> tuple[list[FloatArray], float]:
    """Return the effects of each input's columns, and the share of the aim's variance that they explain."""
    matrix = np.concatenate([each.columns for each in bands], axis=1)
    mean = np.average(matrix, axis=0, weights=weight)
    middle = float(np.average(aim, weights=weight))
    centred, rest = matrix - mean, aim - middle
    inner = (centred.T * weight) @ centred
    inner[np.diag_indices_from(inner)] += _RIDGE * float(weight.sum())
    found = np.linalg.solve(inner, centred.T @ (weight * rest))
    left = rest - centred @ found
    whole = float(weight @ (rest * rest))
    share = 1 - float(weight @ (left * left)) / whole if whole > 0 else 0.0
    ends = np.cumsum([each.columns.shape[1] for each in bands])[:-1]
    return np.split(found, ends), share


def _rounded(bands: list[_Bands], effects: list[FloatArray], aim: FloatArray, weight: FloatArray) -> tuple[Item, ...]:
    """Return the items in the smallest points that keep nearly all of what the effects explain."""
    levels = [_levels(each, effect) for each, effect in zip(bands, effects, strict=True)]
    widest = max(float(np.ptp(each)) for each in levels)
    if widest <= 0:
        return ()
    best: tuple[Item, ...] = ()
    whole = _share([each - each.min() for each in levels], bands, aim, weight)
    for most in _MOST_POINTS:
        points = [np.rint((each - each.min()) * most / widest) for each in levels]
        best = tuple(_item(each, mine) for each, mine in zip(bands, points, strict=True) if np.ptp(mine) > 0)
        if best and _share(points, bands, aim, weight) >= _KEPT * whole:
            break
    return best


def _levels(bands: _Bands, effect: FloatArray) -> FloatArray:
    """Return the effect of each band (or level, then any other), and last of a missing value."""
    count = len(bands.cuts) + len(bands.levels)
    if bands.cuts:
        found = np.concatenate([[0.0], np.cumsum(effect[:count])])
    else:
        found = np.concatenate([effect[:count], [0.0]])
    missing = float(effect[count]) if bands.flagged else float(found[bands.usual])
    return np.append(found, missing)


def _share(points: list[FloatArray], bands: list[_Bands], aim: FloatArray, weight: FloatArray) -> float:
    """Return the share of the aim's variance that a line on the total explains."""
    total = np.zeros(len(aim))
    for mine, each in zip(points, bands, strict=True):
        count = len(each.cuts) + len(each.levels)
        steps = np.diff(mine[:-1]) if each.cuts else mine[:count] - mine[count]
        total += each.columns[:, :count] @ steps + (mine[0] if each.cuts else mine[count])
        if each.flagged:
            total += each.columns[:, count] * (mine[-1] - (mine[0] if each.cuts else mine[count]))
    spread = total - np.average(total, weights=weight)
    rest = aim - np.average(aim, weights=weight)
    whole = float(weight @ (spread * spread)) * float(weight @ (rest * rest))
    return float(weight @ (spread * rest)) ** 2 / whole if whole > 0 else 0.0


def _item(bands: _Bands, points: FloatArray) -> Item:
    whole = [int(each) for each in points]
    cuts, bare = list(bands.cuts), whole[:-1]
    if cuts:  # neighbours of the same points are one band
        kept = [place for place in range(len(cuts)) if bare[place] != bare[place + 1]]
        if kept:
            bare = [bare[kept[0]], *(bare[place + 1] for place in kept)]
            cuts = [cuts[place] for place in kept]
    return Item(bands.column, tuple(bare), whole[-1], tuple(cuts), bands.levels)


def _risks(
    total: FloatArray, count: int, risk: FloatArray, event: FloatArray, years: FloatArray | None,
    horizons: tuple[float, ...],
) -> FloatArray:  # fmt: skip
    """Return the risk at each total, [totals, horizons]: by a line on the log odds, or by Cox regression."""
    totals = np.arange(count, dtype=np.float64)
    if years is not None:
        happened: BoolArray = event == 1
        centre, spread = float(total.mean()), float(total.std()) or 1.0
        cox = fit_cox(((total - centre) / spread)[:, None], years, happened, _RIDGE)
        ratio = np.exp(np.maximum(cox.coefficients[0], 0.0) * (totals - centre) / spread)
        found = -np.expm1(-np.array([cox.baseline(each) for each in horizons]) * ratio[:, None])
    else:
        line: Line = rising_line(total, risk if told_apart(total, event) else event)
        found = line.risk(totals)[:, None]
    edge = 10.0**-_ROUNDED
    result: FloatArray = np.clip(np.round(found, _ROUNDED), edge, 1 - edge)
    return result
