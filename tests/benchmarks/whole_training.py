"""A whole training in a process of its own, as the worker does it: told are its seconds and its peak of memory.

python -m tests.benchmarks.whole_training [people]
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np

from engine.learning.plan import ModelKind, Plan
from engine.learning.rows import Asked, prepare
from engine.learning.study import ready, study

PEOPLE, COLUMNS = 20_000, 15
_MIB_IN_KIB = 1024


def cells(people: int) -> dict[str, list[str]]:
    """Return people with gaps, of whom three in ten had the outcome, which hangs on curves and straight lines."""
    random = np.random.default_rng(3)
    columns = random.normal(size=(people, COLUMNS))
    odds = columns @ (random.normal(size=COLUMNS) * 0.4) + 0.3 * columns[:, 0] ** 2 - 1
    ill = random.random(people) < 1 / (1 + np.exp(-odds))
    gaps = random.random(columns.shape) < 0.08
    table = {
        f"x{at}": ["" if gap else f"{value:.4f}" for gap, value in zip(gaps[:, at], columns[:, at], strict=True)]
        for at in range(COLUMNS)
    }
    return {**table, "ill": [str(int(each)) for each in ill]}


def main(people: int) -> None:
    """Train and judge with all defaults, and say what it took."""
    table = cells(people)
    start = time.process_time()
    plan = Plan(kind=ModelKind.LOGISTIC)
    begun = ready(prepare(table, Asked("ill")), plan)
    found = study(begun, plan)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB_IN_KIB
    told = {"seconds": seconds, "peak_mib": peak, "models": plan.folds * plan.repeats + 1 + found.bootstraps}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE)
