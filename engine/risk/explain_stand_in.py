"""A cheap stand-in for a game whose values are chances, and the walks along orders that both share.

Most models of chances add up on the scale of log odds, nearly. Such a sum is laid through the ends of the game (each
player alone, and all but each), costs next to nothing to evaluate, and takes most of the error out of drawn orders:
only where it differs from the game does it matter that few are drawn. Whatever it is, the amounts stay unbiased.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray, IntArray


def draw_orders(drawn: int, players: int, random: np.random.Generator) -> IntArray:
    """Return int64[drawn, players], each row an order of the players."""
    return random.permuted(np.tile(np.arange(players), (drawn, 1)), axis=1)


def steps(walks: FloatArray, places: IntArray) -> FloatArray:
    """Return what each player adds, float64[people, others, pairs, players], as the mean of an order and its reverse.

    ``walks``: float64[people, 2, others, pairs, players + 1]: the values before the first, after the first, ... player
    of the order came; and those with all the players that did not. ``places``: where each player stands in the order.
    """
    coming = np.diff(walks[:, 0], axis=-1)
    leaving = -np.diff(walks[:, 1], axis=-1)
    return np.take_along_axis(0.5 * (coming + leaving), places[None], axis=3)


@dataclass(frozen=True, slots=True)
class StandIn:
    """Chances that add up in log odds: ``base``: float64[people, others]; ``pull``: float64[people, others, players].

    Where the game has other values than chances, it is nothing at all: NaN in ``base``.
    """

    base: FloatArray
    pull: FloatArray

    @classmethod
    def near(cls, nobody: FloatArray, everybody: FloatArray, ends: FloatArray) -> StandIn:
        """Return the one through the ends of a game.

        Args:
            nobody: float64[people, others], the value without any player.
            everybody: the value with all.
            ends: float64[people, others, 2, players]: with each player alone, and with all but each.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            low, high, near = (np.log(value / (1 - value)) for value in (nobody, everybody, ends))
            pull = 0.5 * ((near[:, :, 0] - low[:, :, None]) + (high[:, :, None] - near[:, :, 1]))
            base = 0.5 * (low + high - pull.sum(axis=2))
        fits = np.isfinite(base)
        return cls(np.where(fits, base, np.nan), np.where(fits[:, :, None], pull, 0.0))

    def walks(self, orders: IntArray) -> FloatArray:
        """Return its values along int64[others, pairs, players] orders, as ``steps`` takes them."""
        others, pairs, players = orders.shape
        reached = np.zeros((len(self.base), others, pairs, players + 1))
        pulls = np.broadcast_to(self.pull[:, :, None, :], (len(self.base), others, pairs, players))
        np.cumsum(np.take_along_axis(pulls, orders[None], axis=3), axis=3, out=reached[..., 1:])
        both = np.stack([reached, self.pull.sum(axis=2)[:, :, None, None] - reached], axis=1)
        chances: FloatArray = 1 / (1 + np.exp(-(self.base[:, None, :, None, None] + both)))
        return np.nan_to_num(chances, copy=False)

    def solve(self, pairs: int, random: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Return what each player adds to it and the standard errors, float64[people, others, players]."""
        others, players = self.pull.shape[1:]
        orders = draw_orders(others * pairs, players, random)
        places = np.argsort(orders, axis=1).reshape(others, pairs, players)
        added = steps(self.walks(orders.reshape(others, pairs, players)), places)
        return added.mean(axis=2), added.std(axis=2, ddof=1) / math.sqrt(pairs)
