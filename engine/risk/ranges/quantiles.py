"""Percentiles of a few weighted points."""

from __future__ import annotations

import numpy as np

from engine.domain.batch import FloatArray


def weighted_quantile(values: FloatArray, weights: FloatArray, level: float) -> FloatArray:
    """Return the quantile along the last axis: between the middles of the points' shares, linear.

    Args:
        values: points; NaN does not count.
        weights: their weights, of the same shape or one that can be spread to it.
        level: 0-1. Below the middle of the lowest point's share it is that point, and so at the other end.
    """
    order = np.argsort(values, axis=-1)  # NaN last
    ordered = np.take_along_axis(values, order, axis=-1)
    shares = np.take_along_axis(np.broadcast_to(weights, values.shape), order, axis=-1)
    shares = np.where(np.isnan(ordered), 0.0, shares)
    total = shares.sum(axis=-1, keepdims=True)
    middles = np.cumsum(shares, axis=-1) - shares / 2
    real = ~np.isnan(ordered)
    last = np.maximum(real.sum(axis=-1, keepdims=True) - 1, 0)
    above = np.minimum(((middles < level * total) & real).sum(axis=-1, keepdims=True), last)
    below = np.maximum(above - 1, 0)
    low, high = (np.take_along_axis(ordered, place, axis=-1) for place in (below, above))
    start, end = (np.take_along_axis(middles, place, axis=-1) for place in (below, above))
    way = np.divide(level * total - start, end - start, out=np.zeros_like(start), where=end > start)
    found: FloatArray = np.clip(low + (high - low) * np.clip(way, 0.0, 1.0), low, high)[..., 0]
    return found
