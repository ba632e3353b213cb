"""Shapley values of games whose value is a number of a pack: exact over all combinations, or over drawn orders.

A game has ``m`` players; a combination is a row of bool[m], true where a player is as the person has it. Nothing here
knows of fields or packs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray

# Combinations double with each player: 4,096 at this many, which a graph answers in milliseconds.
MOST_EXACT = 12
# (combinations: bool[k, m]) -> float64[people, k]
Values = Callable[[BoolArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Solved:
    """What each player adds, float64[people, players], with the standard errors.

    ``nobody``: float64[people], the value with every player at the reference. ``leaver``: int64[people], -1; or, where
    some combination has no value (NaN), the player whose absence most often leaves none. Nothing else counts there:
    play again without that one.
    """

    amounts: FloatArray
    errors: FloatArray
    nobody: FloatArray
    leaver: IntArray


def solve_exactly(values: Values, players: int) -> Solved:
    """Return the Shapley values from every combination."""
    combinations = all_combinations(players)
    found = values(combinations)
    amounts = found @ _weights(players).T
    return Solved(amounts, np.zeros_like(amounts), found[:, 0], _leaver(found, combinations))


def solve_by_orders(values: Values, players: int, pairs: int, random: np.random.Generator) -> Solved:
    """Return estimates from pairs of an order and its reverse, which cancel much of each other's error.

    Along an order players step in one by one and each gets the difference it makes, so that the amounts add up
    whatever was drawn.
    """
    orders = random.permuted(np.tile(np.arange(players), (pairs, 1)), axis=1)
    places = np.argsort(orders, axis=1)
    before = places[:, None, :] < np.arange(players + 1)[None, :, None]  # bool[pairs, steps, players]
    both = np.concatenate([before, ~before])
    unique, at = np.unique(both.reshape(-1, players), axis=0, return_inverse=True)
    found = values(unique)
    walks = found[:, at.reshape(2, pairs, players + 1)]
    steps = 0.5 * ((walks[:, 0, :, 1:] - walks[:, 0, :, :-1]) + (walks[:, 1, :, :-1] - walks[:, 1, :, 1:]))
    drawn = np.take_along_axis(steps, places[None], axis=2)  # float64[people, pairs, players]
    errors = drawn.std(axis=1, ddof=1) / math.sqrt(pairs)
    return Solved(drawn.mean(axis=1), errors, walks[:, 0, 0, 0], _leaver(found, unique))


@cache
def all_combinations(players: int) -> BoolArray:
    """Return every combination: row c has player i where bit i of c is set."""
    numbers: IntArray = np.arange(1 << players)
    combinations: BoolArray = (numbers[:, None] >> np.arange(players)) & 1 == 1
    return combinations


@cache
def _weights(players: int) -> FloatArray:
    """Return float64[players, combinations]: what the value of each combination counts for each player."""
    combinations = all_combinations(players)
    size = combinations.sum(axis=1)
    # What a difference counts that a player makes to so many others.
    counts = np.array([1 / (players * math.comb(players - 1, others)) for others in range(players)])
    with_player, without = counts[np.maximum(size - 1, 0)], counts[np.minimum(size, players - 1)]
    weights: FloatArray = np.where(combinations.T, with_player, -without)
    return weights


def _leaver(found: FloatArray, combinations: BoolArray) -> IntArray:
    failed = np.isnan(found)
    blamed: IntArray = np.argmax(failed.astype(np.float64) @ ~combinations, axis=1)
    return np.where(failed.any(axis=1), blamed, -1)
