"""Whether a pack gives the reference cases that it brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.results import Results
from engine.packs.cases import ReferenceCases


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that was not met. ``row`` from 0; ``output`` is ``band`` for the band of scheme main."""

    row: int
    output: str
    expected: float | str
    found: float | str | None


def differences(cases: ReferenceCases, results: Results) -> Iterator[Difference]:
    """Yield every expectation of the cases that the results do not meet within their tolerance.

    What models of other samples should say is held against results that were asked for it.
    """
    for output, expected, found in _numbers(cases, results):
        # A number that is missing compares as no number: not within any tolerance.
        unmet = ~np.isnan(expected) & ~(np.abs(found - expected) <= cases.tolerance)
        for row in np.flatnonzero(unmet).tolist():
            number = None if np.isnan(found[row]) else float(found[row])
            yield Difference(row, output, float(expected[row]), number)
    told = {"band": cases.bands, **cases.codes}
    for row in range(cases.people.rows):
        answer = results.row(row)
        for output, codes in told.items():
            code = answer.bands.get("main") if output == "band" else answer.output(output)
            expected_code = codes[row]
            if expected_code not in (None, code):
                yield Difference(row, output, str(expected_code), code)


def largest_difference(cases: ReferenceCases, results: Results) -> float:
    """Return the largest |found - expected| of all numbers; 0 when none is expected."""
    gaps = [np.abs(found - expected) for _, expected, found in _numbers(cases, results)]
    known = [gap[~np.isnan(gap)] for gap in gaps]
    return max((float(gap.max()) for gap in known if gap.size), default=0.0)


def _numbers(cases: ReferenceCases, results: Results) -> Iterator[tuple[str, FloatArray, FloatArray]]:
    """Yield the name of each number, what is expected, and what was found."""
    for output, expected in cases.numbers.items():
        yield output, expected, results.outputs[output]
    for (output, end), expected in cases.ends.items():
        if output in results.stability:
            columns = results.stability[output]
            yield f"{output}_{end}", expected, columns.low if end == "low" else columns.high
