"""A column of cells as groups of people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.fields.plain_cells import number, plain
from engine.learning.columns import codes_of_field
from engine.learning.judgement.groups import age_bands
from engine.learning.study import AGE_NAMES

_MOST_GROUPS = 12
_THIRDS = (100 / 3, 200 / 3)


def labels_of_cells(name: str, cells: Sequence[str]) -> list[str]:
    """Return a label for each cell: its word, an age band, or of many numbers the third it lies in; empty: missing."""
    codes = codes_of_field(name)
    words = [cell if cell in codes else plain(cell) for cell in cells]
    values = np.array([number(word) if word else np.nan for word in words])
    if name.strip().casefold() in AGE_NAMES:
        return age_bands(values)
    known = values[~np.isnan(values)]
    filled = [word for word in words if word]
    if len(known) < len(filled) or len(np.unique(known)) <= _MOST_GROUPS:
        return words
    edges = np.unique(np.percentile(known, _THIRDS))
    names = [f"1: <{edges[0]:g}", *(f"{place + 2}: {edge:g}+" for place, edge in enumerate(edges))]
    places = np.searchsorted(edges, values, side="right")
    return ["" if np.isnan(value) else names[place] for value, place in zip(values, places, strict=True)]
