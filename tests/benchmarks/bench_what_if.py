"""What would lower a number, while somebody looks: changes alone and together, the peer and treatments, one person."""

from __future__ import annotations

from engine.domain.batch import Batch
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.risk.what_if import what_if
from tests.benchmarks.bench_explain import people_of, slow_end_ms
from tests.benchmarks.rows import Row, below

BAR_MS = 16.0


def run() -> list[Row]:
    """Return the slowest of all equations that have something to change."""
    dictionary = load_dictionary()
    predictors = Predictors(PackLibrary.shipped(), dictionary)

    def milliseconds(predictor: Predictor, people: Batch) -> float:
        return slow_end_ms(lambda one: what_if(predictor, one, dictionary), people)

    slow = {
        pack_id: milliseconds(predictors.get(pack_id), people)
        for pack_id, people in people_of(predictors, dictionary).items()
    }
    slowest = max(slow, key=lambda pack_id: slow[pack_id])
    return [below(f"what-if: slowest of {len(slow)} equations ({slowest}), p95", slow[slowest], BAR_MS, "ms")]
