"""What would lower a number, while somebody looks: changes alone and together, the peer and treatments, one person."""

from __future__ import annotations

from engine.fields import load_dictionary
from engine.risk.what_if import what_if
from tests.benchmarks.bench_explain import slowest_equation
from tests.benchmarks.rows import Row

BAR_MS = 16.0


def run() -> list[Row]:
    """Return the slowest of all equations that have something to change."""
    dictionary = load_dictionary()
    return [slowest_equation("what-if", BAR_MS, dictionary, lambda predictor, one: what_if(predictor, one, dictionary))]
