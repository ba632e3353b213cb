"""Reference cases of a trained pack: people who do not exist, and what the trained model gives for them.

A typical person; the same with each number low and high and each category; and with each value missing that may be.
The expected numbers are those of the trained model in NumPy, not of the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import numpy as np

from engine.fields import Dictionary
from engine.learning.model import Trained
from engine.learning.stability import Resampled
from engine.learning.table import Float32Array, Table
from engine.packs.manifest import Input

_LOW, _HIGH = 10, 90  # percentiles
_MOST = 200
_TOLERANCE = "1e-05"


def write_cases(
    trained: Trained,
    table: Table,
    inputs: Sequence[Input],
    dictionary: Dictionary,
    resampled: Resampled | None = None,
) -> str:
    """Return the table of cases as CSV; with ``resampled`` also what models of other samples say."""
    rows = list(_people(table, inputs, dictionary))[:_MOST]
    raw = np.stack([row for _, row in rows])
    names, risks = list(trained.outputs), trained.risks(raw)
    if resampled is not None:
        names, risks = [*names, *resampled.end_names], np.concatenate([risks, resampled.ends(raw)], axis=1)
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    outputs = [f"expected_{name}" for name in names]
    writer.writerow([*(each.field for each in inputs), *outputs, "tolerance", "source"])
    for (what, row), risk in zip(rows, risks, strict=True):
        cells = [_cell(each, float(value), dictionary) for each, value in zip(inputs, row, strict=True)]
        writer.writerow([*cells, *(repr(float(each)) for each in risk), _TOLERANCE, what])
    return written.getvalue()


def _people(table: Table, inputs: Sequence[Input], dictionary: Dictionary) -> Iterator[tuple[str, Float32Array]]:
    raw = table.raw()
    numbers, categories = len(table.numbers), len(table.categories)
    usual = np.zeros(raw.shape[1], dtype=np.float32)
    usual[:numbers] = np.nanpercentile(raw[:, :numbers], 50, axis=0, method="nearest") if numbers else 0
    for place in range(numbers, numbers + categories):
        usual[place] = _commonest(raw[:, place])
    yield "a typical person", usual
    for place, each in enumerate(inputs[: numbers + categories]):
        known = raw[~np.isnan(raw[:, place]), place]
        if place < numbers:
            ends = np.percentile(known, (_LOW, _HIGH), method="nearest")
            others = [("low", ends[0]), ("high", ends[1])]
        else:
            others = [("another code", value) for value in np.unique(known)]
        # What the dictionary derives from other fields would be filled in again.
        derived = each.field in dictionary and dictionary[each.field].derivation is not None
        if not each.required and not derived:
            others.append(("missing", np.nan))
        for what, value in others:
            changed = usual.copy()
            changed[place] = value
            yield f"{each.name}: {what}", changed


def _commonest(column: Float32Array) -> float:
    found, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    return float(found[int(np.argmax(counts))])


def _cell(each: Input, value: float, dictionary: Dictionary) -> str:
    if np.isnan(value):
        return ""
    if each.categories:
        return each.categories[int(value)]
    if each.field in dictionary and dictionary[each.field].kind.value == "boolean":
        return "true" if value else "false"
    return repr(value)
