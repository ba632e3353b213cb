"""All packs for one patient, as when somebody looks at every tool; then what more rows cost in time and memory.

Two patients: for each pack one of its own reference cases, so that every graph runs; and one woman with every value
there is, whom most tools score. Derived values, limits, reasons and bands are in the time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from engine.domain.batch import Batch
from engine.domain.record import Value
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.packs.cases import read_cases
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from tests.benchmarks.bench_scoring import make_batch
from tests.benchmarks.rows import Row, below

BAR_MS = 20.0
CALLS = 200
_KNOWN: Mapping[str, Value] = {"sex": "F", "age": 62.0, "egfr_ml_min_173": 55.0}
_WITHOUT = ("diabetes", "stroke_history", "vascular_disease", "heart_failure", "cvd_history", "pregnant")
SIZES = (1_000, 10_000, 100_000, 1_000_000)
USUAL = 10_000
PACK = "framingham_2008_lab"
LINEAR_BAR, MEMORY_BAR_MB = 1.5, 64.0


def run() -> list[Row]:
    """Return the time of all packs for one patient, and how time and memory grow with the rows."""
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    packs = [(predictors.get(pack_id), _own_person(predictors, pack_id)) for pack_id in predictors.library.ids()]
    woman = _woman(packs)
    scored = sum(not predictor.predict(woman).refused[0] for predictor, _ in packs)
    if scored < len(packs) * 2 // 3:
        raise SystemExit(f"{scored} tools score the woman; the benchmark's people are wrong")
    return [
        *_rows("a patient of its own for each", [(predictor, person) for predictor, person in packs]),
        *_rows(f"one woman, {scored} give a number", [(predictor, woman) for predictor, _ in packs]),
        *_growth(predictors.get(PACK)),
    ]


def _own_person(predictors: Predictors, pack_id: str) -> Batch:
    """Return the first reference case of a pack that it scores."""
    cases = read_cases(predictors.library.get(pack_id), load_dictionary()).people
    scored = np.flatnonzero(~predictors.get(pack_id).predict(cases).refused)
    return cases.take(scored[:1])


def _woman(packs: Sequence[tuple[Predictor, Batch]]) -> Batch:
    """Return one person with every field of all packs: their own cases put together, those of the heart first."""
    columns: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for predictor, person in sorted(packs, key=lambda pair: pair[0].pack.manifest.topic != "cardiovascular"):
        for name, column in person.columns.items():
            if name in predictor.wanted and not np.isnan(column[0]):
                columns.setdefault(name, column)
    dictionary = load_dictionary()
    known = {**_KNOWN, **dict.fromkeys(_WITHOUT, False)}
    columns |= {name: np.array([dictionary[name].encode(value)]) for name, value in known.items()}
    columns.pop("diabetes_type", None)
    return Batch(1, columns)


def _rows(who: str, calls: Sequence[tuple[Predictor, Batch]]) -> list[Row]:
    """Return the time that one after another takes: of the processor, which other programs do not lengthen, and as
    it was waited for.
    """
    for _ in range(5):
        _all(calls)
    waited = []
    worked = time.process_time()
    for _ in range(CALLS):
        start = time.perf_counter()
        _all(calls)
        waited.append(1000 * (time.perf_counter() - start))
    worked = 1000 * (time.process_time() - worked) / CALLS
    name = f"whole library ({len(calls)} packs), {who}"
    return [
        below(f"{name}, processor", worked, BAR_MS, "ms"),
        Row(f"{name}, waited, median", statistics.median(waited), None, None, None, "ms", None),
        Row(f"{name}, waited, p95", statistics.quantiles(waited, n=20)[-1], None, None, None, "ms", None),
    ]


def _all(calls: Sequence[tuple[Predictor, Batch]]) -> None:
    for predictor, person in calls:
        predictor.predict(person)


def _growth(predictor: Predictor) -> list[Row]:
    """Return what a row costs among more rows, against 10,000, and the memory that scoring takes beside its answer."""
    people = make_batch(PACK, SIZES[-1])
    found: list[Row] = []
    each: dict[int, float] = {}
    for rows in SIZES:
        part = people.slice(0, rows)
        memory = _working_mb(predictor, part)
        each[rows] = min(_seconds(predictor, part) for _ in range(5)) / rows * 1e9
        name = f"{PACK}, {rows:,} rows"
        if rows <= USUAL:
            found.append(Row(f"{name}, a row", each[rows], None, None, None, "ns", None))
        else:
            ratio = each[rows] / each[USUAL]
            bar = f"<= {LINEAR_BAR:g}x"
            title = f"{name}, a row against {USUAL:,} rows"
            found.append(Row(title, each[rows], each[USUAL], ratio, bar, "ns", ratio <= LINEAR_BAR))
        if memory is not None:
            found.append(below(f"{name}, memory beside the answer", memory, MEMORY_BAR_MB, "MB"))
    return found


def _working_mb(predictor: Predictor, part: Batch) -> float | None:
    """Return the most memory that scoring held beyond what there was and its answer; None where nobody tells."""
    process = Path("/proc/self")
    try:
        (process / "clear_refs").write_text("5")  # the peak starts again from here
    except OSError:
        return None
    before = _status_mb("VmRSS")
    results = predictor.predict(part)
    answer = sum(column.nbytes for column in (*results.outputs.values(), *results.bands.values(), results.refused))
    answer += sum(where.nbytes for where in results.raised.values())
    # While its blocks are put together the answer is there twice.
    return max(0.0, _status_mb("VmHWM") - before - 2 * answer / 1e6)


def _status_mb(key: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{key}:")) * 1024 / 1e6


def _seconds(predictor: Predictor, part: Batch) -> float:
    start = time.process_time()
    predictor.predict(part)
    return time.process_time() - start
