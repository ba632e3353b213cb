"""How the values of an input lay among the people a model was trained on: what later months are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray

_TOGETHER = 1e-6
_MOST_CODES = 64


@dataclass(frozen=True, slots=True)
class InputSummary:
    """Counts, never a value of a person. ``field`` as in the dictionary, in canonical units, codes as a Batch has them.

    ``cuts`` ascend; bin i holds values from ``cuts[i - 1]`` (included) to ``cuts[i]``, so there is one bin more than
    cuts. ``shares`` are of the ``people`` who have a value, ``missing`` is the share of all who have none.
    """

    field: str
    cuts: tuple[float, ...]
    shares: tuple[float, ...]
    missing: float
    people: int


def summarise(field: str, values: FloatArray, bins: int, *, codes: bool) -> InputSummary | None:
    """Return how values lie; None where there is nobody.

    Args:
        field: whose values they are.
        values: float64[people], NaN where there is none.
        bins: into how many parts of equal size numbers are sorted; fewer where many are alike.
        codes: they are codes of a category or yes and no: each is a bin of its own.
    """
    known = values[~np.isnan(values)]
    if not len(values):
        return None
    cuts = _cuts(known, bins, codes=codes)
    counts = counted(known, cuts)
    shares = counts / max(len(known), 1)
    missing = 1 - len(known) / len(values)
    return InputSummary(field, tuple(cuts.tolist()), tuple(shares.tolist()), missing, len(values))


def counted(known: FloatArray, cuts: FloatArray) -> FloatArray:
    """Return how many values lie in each bin; ``cuts`` as an ``InputSummary`` has them."""
    places = np.searchsorted(cuts, known, side="right")
    counts: FloatArray = np.bincount(places, minlength=len(cuts) + 1).astype(np.float64)
    return counts


def summaries_fit(summaries: Sequence[InputSummary], fields: Sequence[str]) -> bool:
    """Return whether they are of inputs of the pack, each once, and add up."""
    names = [each.field for each in summaries]
    return len(set(names)) == len(names) and set(names) <= set(fields) and all(map(_adds_up, summaries))


def by_field(summaries: Sequence[InputSummary]) -> Mapping[str, InputSummary]:
    """Return them by field."""
    return {each.field: each for each in summaries}


def _adds_up(summary: InputSummary) -> bool:
    ascending = all(low < high for low, high in zip(summary.cuts, summary.cuts[1:], strict=False))
    counted = len(summary.shares) == len(summary.cuts) + 1 and all(share >= 0 for share in summary.shares)
    whole = abs(sum(summary.shares) - 1) < _TOGETHER or (summary.missing == 1 and not any(summary.shares))
    return ascending and counted and whole and 0 <= summary.missing <= 1 and summary.people > 0


def _cuts(known: FloatArray, bins: int, *, codes: bool) -> FloatArray:
    if not len(known):
        return np.empty(0)
    if codes:
        found: FloatArray = np.arange(min(int(known.max()), _MOST_CODES)).astype(np.float64) + 0.5
        return found
    inner = np.quantile(known, np.arange(1, bins) / bins)
    return np.unique(inner[inner > known.min()]).astype(np.float64)
