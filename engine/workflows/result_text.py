"""Results as the text of CSV columns: numbers in their shortest exact form, band, status and reasons as codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.results import REFUSALS, Results, Status
from engine.fields.canonical import write_number
from engine.risk.ranges import Ranges

BAND, STATUS, REASONS = "band", "status", "reasons"
_MAIN = "main"


def result_columns(results: Results, ranges: Ranges | None = None) -> list[Sequence[str]]:
    """Return the cells of each output, then one column that holds band, status and reasons joined by commas.

    A row that has a range has no number; its status and reasons say so.

    No cell needs quoting: codes and names are made of letters, digits and a few signs, reasons are joined by ``;``.
    """
    columns: list[Sequence[str]] = []
    for name, values in results.outputs.items():
        codes = results.output_categories.get(name)
        columns.append(number_cells(values) if codes is None else _codes(values, codes))
    columns.append(_endings(results, ranges))
    return columns


def range_columns(ranges: Ranges) -> list[Sequence[str]]:
    """Return the cells of low, typical and high of each output; nothing where there is no range."""
    return [number_cells(ends[name]) for name in ranges.low for ends in (ranges.low, ranges.typical, ranges.high)]


def number_cells(values: FloatArray) -> list[str]:
    """Return the shortest text of each number that reads back as the same double; nothing for NaN."""
    present = ~np.isnan(values)
    if not present.all():
        texts = [""] * len(values)
        for position, text in zip(np.flatnonzero(present).tolist(), number_cells(values[present]), strict=True):
            texts[position] = text
        return texts
    listed = values.tolist()
    if np.any(values == np.floor(values)):  # scores repeat, and whole numbers are written without ".0"
        written = {number: write_number(number) for number in set(listed)}
        return [written[number] for number in listed]
    return list(map(repr, listed))


def _codes(values: FloatArray, codes: tuple[str, ...]) -> list[str]:
    table = [*codes, ""]
    return [table[position] for position in np.where(np.isnan(values), len(codes), values).astype(np.intp).tolist()]


def _endings(results: Results, ranges: Ranges | None) -> list[str]:
    """Return "band,status,reasons" of each row. Few combinations occur, so each is put into words once."""
    keys = _row_keys(results, ranges)
    words: dict[bytes, str] = {}
    for row, key in enumerate(keys):
        if key not in words:
            words[key] = _ending(results, ranges, row)
    return [words[key] for key in keys]


def _row_keys(results: Results, ranges: Ranges | None) -> list[bytes]:
    """Return for each row a key that is the same for rows of the same band, status and notes."""
    flags = [results.refused, *results.raised.values()]
    if ranges is not None:
        flags += [ranges.where, *ranges.raised.values()]
    parts = [np.packbits(np.stack(flags), axis=0).T]
    if _MAIN in results.bands:
        parts.append(results.bands[_MAIN].astype("<i2").view(np.uint8).reshape(-1, 2))
    table = np.ascontiguousarray(np.concatenate(parts, axis=1))
    keys: list[bytes] = table.view(f"V{table.shape[1]}").ravel().tolist()
    return keys


def _ending(results: Results, ranges: Ranges | None, row: int) -> str:
    if ranges is not None and ranges.where[row]:
        missing = dict.fromkeys(f"{note.subject}:{note.code}" for note, where in ranges.raised.items() if where[row])
        return f",{Status.RANGE},{';'.join(missing)}"
    refused = bool(results.refused[row])
    told = [note for note, where in results.raised.items() if where[row] and (note.code in REFUSALS) == refused]
    reasons = dict.fromkeys(f"{note.subject}:{note.code}" for note in told)
    band = -1 if _MAIN not in results.bands else int(results.bands[_MAIN][row])
    code = results.band_codes[_MAIN][band] if band >= 0 else ""
    return f"{code},{Status.REFUSED if refused else Status.OK},{';'.join(reasons)}"
