"""Shapley values of games whose value is a number of a pack: exact over all combinations, or over drawn orders.

A game has ``m`` players; a combination is a row of bool[m], true where a player is as the person has it and false where
it is as one of the others has it, with whom the person is compared. Nothing here knows of fields or packs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.risk.explain_stand_in import StandIn, draw_orders, steps

# Combinations double with each player: 4,096 at this many, which a graph answers in milliseconds.
MOST_EXACT = 12
# Orders of the stand-in for each order of the game: they cost a thousandth.
_CHEAP_PAIRS = 32
# Combinations of so many players, and which of the others is meant, fit into a number of 64 bits.
_MOST_NUMBERED = 40
# (combinations: bool[k, m], which of the others: int64[k]) -> float64[people, k]
Values = Callable[[BoolArray, IntArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Solved:
    """What each player adds, float64[people, players], with the standard errors.

    ``nobody``: float64[people], the mean value of the others. ``compared_with``: int64[people], how many of them: one
    with whom some combination has no value (NaN) does not count. ``leaver``: int64[people], -1; or, where that leaves
    nobody, the player whose absence most often leaves no value. Nothing else counts there: play again without that one.
    """

    amounts: FloatArray
    errors: FloatArray
    nobody: FloatArray
    compared_with: IntArray
    leaver: IntArray


def solve_exactly(values: Values, players: int, others: int) -> Solved:
    """Return the Shapley values from every combination with each of the others."""
    combinations = all_combinations(players)
    asked = np.repeat(combinations, others, axis=0)
    found = values(asked, np.tile(np.arange(others), len(combinations))).reshape(-1, len(combinations), others)
    usable = _usable(found.transpose(0, 2, 1))
    mean = _mean(found.transpose(0, 2, 1), usable)
    # Not a product of matrices: that adds up in another order for one person than for many.
    amounts = (mean[:, None, :] * _weights(players)).sum(axis=2)
    return Solved(
        amounts=amounts,
        errors=np.zeros_like(amounts),
        nobody=mean[:, 0],
        compared_with=usable.sum(axis=1),
        leaver=_leaver(found.reshape(len(found), -1), asked, usable),
    )


def solve_by_orders(values: Values, players: int, others: int, pairs: int, random: np.random.Generator) -> Solved:
    """Return estimates from pairs of an order and its reverse, which cancel much of each other's error.

    Along an order players step in one by one and each gets the difference it makes, so that the amounts add up
    whatever was drawn. ``pairs`` are drawn anew for each of the others: shared orders would share their error. What a
    stand-in for the game adds (``StandIn``) is taken off first and put back from many more orders.
    """
    orders = draw_orders(others * pairs, players, random)
    places = np.argsort(orders, axis=1)
    before = places[:, None, :] < np.arange(players + 1)[None, :, None]  # bool[drawn, steps, players]
    alone = np.eye(players, dtype=np.bool_)
    met = np.concatenate(
        [np.concatenate([before, ~before]).reshape(-1, players), np.tile([*alone, *~alone], (others, 1))]
    )
    which = np.concatenate(
        [np.tile(np.repeat(np.arange(others), pairs * (players + 1)), 2), np.repeat(np.arange(others), 2 * players)]
    )
    asked, which, at = _once(met, which)
    found = values(asked, which)
    walks = found[:, at[: 2 * before.size // players]].reshape(-1, 2, others, pairs, players + 1)
    ends = found[:, at[2 * before.size // players :]].reshape(-1, others, 2, players)
    stand_in = StandIn.near(walks[:, 0, :, 0, 0], walks[:, 0, :, 0, -1], ends)
    added = steps(
        walks - stand_in.walks(orders.reshape(others, pairs, players)), places.reshape(others, pairs, players)
    )
    known, known_errors = stand_in.solve(pairs * _CHEAP_PAIRS, random)
    usable = _usable(walks.transpose(0, 2, 1, 3, 4).reshape(len(walks), others, -1))
    counted = usable.sum(axis=1)[:, None]
    spread = _mean(added.var(axis=2, ddof=1) / pairs + np.square(known_errors), usable) / counted
    return Solved(
        amounts=_mean(added.mean(axis=2) + known, usable),
        errors=np.sqrt(spread),
        nobody=_mean(walks[:, 0, :, 0, :1], usable)[:, 0],
        compared_with=counted[:, 0],
        leaver=_leaver(found, asked, usable),
    )


def _once(met: BoolArray, which: IntArray) -> tuple[BoolArray, IntArray, IntArray]:
    """Return each combination that was met once, with one of the others, and where each stands among them.

    The ends of all orders are the same, and near them there are few. With every player as the person has it, it is of
    no account which of the others stands behind.
    """
    behind = np.where(met.all(axis=1), 0, which)
    if met.shape[1] > _MOST_NUMBERED:
        return met, behind, np.arange(len(met))
    numbers = behind << np.int64(met.shape[1]) | met @ (np.int64(1) << np.arange(met.shape[1]))
    _, first, at = np.unique(numbers, return_index=True, return_inverse=True)
    return met[first], behind[first], at


def _usable(found: FloatArray) -> BoolArray:
    """Return bool[people, others]: with whom every value is there; with everybody where there is nobody."""
    usable: BoolArray = np.logical_and.reduce(~np.isnan(found), axis=2)
    usable[~np.logical_or.reduce(usable, axis=1)] = True
    return usable


def _mean(found: FloatArray, usable: BoolArray) -> FloatArray:
    """Return the mean over the usable others, float64[people, ...], of float64[people, others, ...]."""
    mean: FloatArray = np.where(usable[:, :, None], found, 0.0).sum(axis=1) / usable.sum(axis=1)[:, None]
    return mean


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


def _leaver(found: FloatArray, asked: BoolArray, usable: BoolArray) -> IntArray:
    """Return the player to blame where nobody is usable, though all count as if they were."""
    failed = np.isnan(found)
    lost = failed.any(axis=1) & usable.all(axis=1)
    leaver = np.full(len(found), -1, dtype=np.int64)
    if lost.any():
        leaver[lost] = np.argmax(failed[lost].astype(np.float64) @ ~asked, axis=1)
    return leaver
