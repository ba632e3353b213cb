"""Percentiles of a few weighted points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain.batch import FloatArray, IntArray


def weighted_quantiles(values: FloatArray, weights: FloatArray, levels: Sequence[float]) -> list[FloatArray]:
    """Return quantiles along the last axis, one array a level: between the middles of the points' shares, linear.

    Args:
        values: points; NaN does not count.
        weights: their weights, of the same shape or one that can be spread to it.
        levels: 0-1. Below the middle of the lowest point's share it is that point, and so at the other end.
    """
    order = np.argsort(values, axis=-1)  # NaN last
    ordered = np.take_along_axis(values, order, axis=-1)
    shares = np.take_along_axis(np.broadcast_to(weights, values.shape), order, axis=-1)
    shares = np.where(np.isnan(ordered), 0.0, shares)
    total = shares.sum(axis=-1, keepdims=True)
    middles = np.cumsum(shares, axis=-1) - shares / 2
    real = ~np.isnan(ordered)
    last = np.maximum(real.sum(axis=-1, keepdims=True) - 1, 0)
    return [_between(ordered, middles, level * total, last) for level in levels]


def _between(ordered: FloatArray, middles: FloatArray, wanted: FloatArray, last: IntArray) -> FloatArray:
    # What does not count weighs nothing and stands at the end: cut off at the last that counts.
    above = np.minimum((middles < wanted).sum(axis=-1, keepdims=True), last)
    below = np.maximum(above - 1, 0)
    low, high = (np.take_along_axis(ordered, place, axis=-1) for place in (below, above))
    start, end = (np.take_along_axis(middles, place, axis=-1) for place in (below, above))
    way = np.divide(wanted - start, end - start, out=np.zeros_like(start), where=end > start)
    found: FloatArray = np.clip(low + (high - low) * np.clip(way, 0.0, 1.0), low, high)[..., 0]
    return found
