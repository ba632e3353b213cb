"""A range and the next test for one patient, by every pack that gives ranges.

People differ from call to call, so nothing is found ready made. Scoring, the range with what was assumed, and the order
of tests are in the time. The slowest pack stands for all.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence

import numpy as np

from engine.domain.batch import Batch
from engine.fields import Dictionary, Kind, load_dictionary
from engine.packs import Pack, PackLibrary
from engine.risk.plausible import PlausibleValues, load_plausible_values
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.risk.ranges import find_next_tests, find_ranges
from tests.benchmarks.rows import Row, below

PEOPLE = 60
BAR_MS = 16.0
MOST_MISSING = 4
_USUAL = {"age": 60.0, "egfr_ml_min_173": 70.0, "education_years": 10.0, "cigarettes_per_day": 0.0}


def run() -> list[Row]:
    """Return the slow end of ranges and of next tests, for one and for several missing values."""
    dictionary = load_dictionary()
    predictors = Predictors(PackLibrary.shipped(), dictionary)
    plausible = load_plausible_values(dictionary)
    packs = [pack for pack in predictors.library.all() if pack.manifest.gives_ranges]
    rows = []
    for missing in (1, MOST_MISSING):
        taken = [
            found
            for pack in packs
            if (found := _taken(predictors.get(pack.manifest.id), missing, plausible, dictionary)) is not None
        ]
        if len(taken) < 5:
            raise SystemExit("hardly any pack gives a range; the benchmark's people are wrong")
        for name, slowest in zip(("range", "range and next test"), zip(*taken, strict=True), strict=True):
            rows.append(
                below(f"{name}, one patient, up to {missing} missing, slowest pack, p95", max(slowest), BAR_MS, "ms")
            )
    return rows


def _taken(
    predictor: Predictor, missing: int, plausible: PlausibleValues, dictionary: Dictionary
) -> tuple[float, float] | None:
    """Return the p95 in ms of a range, and of a range with the next test; None where a pack gives these people none."""
    output = predictor.pack.manifest.headline_output
    ranges: list[float] = []
    both: list[float] = []
    for person in _people(predictor.pack, missing, plausible, dictionary):
        start = time.perf_counter()
        results = predictor.predict(person)
        found = find_ranges(predictor, person, results, plausible, dictionary).row(0)
        ranges.append(1000 * (time.perf_counter() - start))
        if found is None or output is None:
            return None
        find_next_tests(predictor, person, results, plausible, dictionary, output).row(0)
        both.append(1000 * (time.perf_counter() - start))
    return _slow(ranges), _slow(both)


def _slow(taken: Sequence[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


def _people(pack: Pack, missing: int, plausible: PlausibleValues, dictionary: Dictionary) -> Iterator[Batch]:
    """Yield people who lack the first so many inputs that the table holds."""
    wanted = [each.field for each in pack.manifest.inputs if each.required or each.required_when]
    lacking = [each.field for each in pack.manifest.inputs if each.required and each.field in plausible][:missing]
    random = np.random.default_rng(16)
    for _ in range(PEOPLE):
        columns = {name: _value(name, dictionary, plausible) for name in wanted if name not in lacking}
        columns["age"] = float(random.integers(56, 64))
        columns["sex"] = float(random.integers(0, 2)) if pack.manifest.topic == "cardiovascular" else 1.0
        yield Batch(1, {name: np.array([value]) for name, value in columns.items()})


def _value(name: str, dictionary: Dictionary, plausible: PlausibleValues) -> float:
    """Return a usual value: the median of the table, no disease, the first code."""
    if name in _USUAL:
        return _USUAL[name]
    if name in plausible and dictionary[name].kind is Kind.NUMBER:
        return plausible.strata(name)[-1].quantiles[2]
    return 0.0
