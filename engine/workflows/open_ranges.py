"""What people's numbers could be where something is missing, and what to find out first: one range a topic.

A topic's tools are asked in their order. The first that has a number speaks; a tool that comes before it and lacks
only what has plausible values is worth knowing about: its range, and which missing value would narrow it most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from engine.domain.batch import Batch, BoolArray
from engine.domain.ranges import RangeResult
from engine.domain.results import Results
from engine.errors import PackError
from engine.fields import Dictionary
from engine.packs import Pack
from engine.risk.explain import headline
from engine.risk.plausible import PlausibleValues
from engine.risk.predictors import Predictors
from engine.risk.ranges import find_next_tests, find_ranges


def open_ranges(
    packs: Sequence[Pack],
    results: Mapping[str, Results],
    people: Batch,
    predictors: Predictors,
    plausible: PlausibleValues,
    dictionary: Dictionary,
) -> list[tuple[RangeResult, ...]]:
    """Return each person's ranges, at most one a topic, in the order of the packs.

    Args:
        packs: those that are asked, in their order.
        results: pack id -> what it answered for the same people.
        people: as they were scored.
        predictors: of the packs.
        plausible: what missing fields could be.
        dictionary: the fields.
    """
    found: list[tuple[RangeResult, ...]] = [()] * people.rows
    for topic in _topics(packs):
        waiting = np.ones(people.rows, dtype=np.bool_)  # who has neither a number nor a range of this topic yet
        for pack in topic:
            answers = results[pack.manifest.id]
            waiting &= answers.refused
            with suppress(PackError):  # a pack that breaks on plausible values has no range; the others have theirs
                for row, given in _of_pack(pack, answers, waiting, people, predictors, plausible, dictionary):
                    found[row] = (*found[row], given)
                    waiting[row] = False
    return found


def _topics(packs: Sequence[Pack]) -> Iterator[list[Pack]]:
    """Yield the packs of each topic, in their order."""
    for topic in dict.fromkeys(pack.manifest.topic for pack in packs):
        yield [pack for pack in packs if pack.manifest.topic == topic]


def _of_pack(
    pack: Pack,
    answers: Results,
    waiting: BoolArray,
    people: Batch,
    predictors: Predictors,
    plausible: PlausibleValues,
    dictionary: Dictionary,
) -> Iterator[tuple[int, RangeResult]]:
    output = headline(pack.manifest)
    if output is None or not pack.manifest.gives_ranges or not waiting.any():
        return
    rows = np.flatnonzero(waiting)
    some, their_answers = people.take(rows), answers.take(rows)
    predictor = predictors.get(pack.manifest.id)
    ranges = find_ranges(predictor, some, their_answers, plausible, dictionary)
    if not ranges.where.any():
        return
    tests = find_next_tests(predictor, some, their_answers, plausible, dictionary, output)
    for place in np.flatnonzero(ranges.where):
        given = ranges.row(int(place))
        if given is not None:
            yield int(rows[place]), replace(given, next_tests=tests.row(int(place)))
