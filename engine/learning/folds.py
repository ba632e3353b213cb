"""Who is left out when: folds that each hold both outcomes in the same shares."""

from __future__ import annotations

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.errors import InputError


def draw_folds(outcome: FloatArray, folds: int, repeats: int, seed: int) -> IntArray:
    """Return the fold of each row, int64[repeats, rows]; each repeat is drawn anew.

    Args:
        outcome: 0 or 1 a row (of censored people: whether the event came).
        folds: at least 2.
        repeats: at least 1.
        seed: the same seed gives the same folds.

    Raises:
        InputError: ``learning_few_to_fold`` when a fold would lack one of the outcomes.
    """
    rows, events = len(outcome), int(outcome.sum())
    if min(events, rows - events) < folds:
        raise InputError("learning_few_to_fold", rows=rows, events=events, folds=folds)
    drawn = np.empty((repeats, rows), dtype=np.int64)
    for repeat in range(repeats):
        random = np.random.default_rng((seed, repeat))
        start = 0
        for value in (1, 0):
            people = np.flatnonzero(outcome == value)
            # The second outcome goes on where the first stopped, so that the sizes of folds differ by one at most.
            drawn[repeat, random.permutation(people)] = (start + np.arange(len(people))) % folds
            start += len(people)
    return drawn
