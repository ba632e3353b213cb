"""Outputs into bands: the first band of a scheme whose condition holds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.risk.limits import anywhere
from engine.risk.rules import BandRule, Codes, holds

NO_BAND = -1


def band_positions(
    rule: BandRule, formula: Mapping[str, FloatArray], outputs: Mapping[str, FloatArray], codes: Mapping[str, Codes]
) -> IntArray:
    """Return the position of each row's band in its scheme; -1 where the output has no value or no band holds.

    Args:
        rule: the scheme.
        formula: the inputs that conditions name, as formulas see them, float64[rows].
        outputs: the outputs, float64[rows], NaN where refused or withheld; on a clash of names they win.
        codes: name -> codes of those that are texts.
    """
    columns = {**formula, **outputs}
    output = outputs[rule.scheme.output]
    positions = np.full(len(output), NO_BAND, dtype=np.int64)
    waiting = ~np.isnan(output)
    for position, when in enumerate(rule.whens):
        if not anywhere(waiting):
            break
        here = waiting & holds(when, columns, len(output), codes)
        np.copyto(positions, position, where=here)
        waiting &= ~here
    return positions
