"""Shapley values of any game, held against their definition."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.batch import BoolArray, FloatArray
from engine.risk.explain_games import all_combinations, solve_by_orders, solve_exactly


class Game:
    """A game of a table: combination number -> value, one table a person."""

    def __init__(self, *tables: FloatArray) -> None:
        self.tables = np.array(tables)
        self.players = int(math.log2(self.tables.shape[1]))
        self.asked = 0

    def __call__(self, combinations: BoolArray) -> FloatArray:
        self.asked += len(combinations)
        found: FloatArray = self.tables[:, combinations @ (1 << np.arange(self.players))]
        return found


def by_definition(table: FloatArray) -> FloatArray:
    """The mean over all orders of what each player adds when its turn comes."""
    players = int(math.log2(len(table)))
    total = np.zeros(players)
    for order in itertools.permutations(range(players)):
        joined = 0
        for player in order:
            total[player] += table[joined | 1 << player] - table[joined]
            joined |= 1 << player
    found: FloatArray = total / math.factorial(players)
    return found


def drawn_table(seed: int, players: int) -> FloatArray:
    return np.random.default_rng(seed).normal(size=1 << players)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), players=st.integers(1, 6))
def test_exact_values_are_those_of_the_definition(seed: int, players: int) -> None:
    tables = drawn_table(seed, players), drawn_table(seed + 1, players)
    solved = solve_exactly(Game(*tables), players)
    for person, table in enumerate(tables):
        np.testing.assert_allclose(solved.amounts[person], by_definition(table), atol=1e-12)
        assert solved.amounts[person].sum() == pytest.approx(table[-1] - table[0], abs=1e-12)
        assert solved.nobody[person] == table[0]
    assert (solved.leaver == -1).all()
    assert not solved.errors.any()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), players=st.integers(2, 8), pairs=st.integers(2, 20))
def test_drawn_values_add_up_whatever_was_drawn(seed: int, players: int, pairs: int) -> None:
    table = drawn_table(seed, players)
    solved = solve_by_orders(Game(table), players, pairs, np.random.default_rng(seed))
    assert solved.amounts[0].sum() == pytest.approx(table[-1] - table[0], abs=1e-12)
    assert solved.nobody[0] == table[0]
    assert (solved.errors >= 0).all()


def test_drawn_values_come_as_close_as_their_standard_errors_say() -> None:
    table = drawn_table(11, 8)
    exact = solve_exactly(Game(table), 8).amounts[0]
    within = []
    for seed in range(40):
        solved = solve_by_orders(Game(table), 8, 64, np.random.default_rng(seed))
        within.append(np.abs(solved.amounts[0] - exact) <= 1.96 * solved.errors[0])
    assert 0.9 <= np.mean(within) <= 0.99


def test_an_order_and_its_reverse_are_exact_where_players_meet_in_pairs_only() -> None:
    combinations = all_combinations(6)
    pull = np.random.default_rng(3).normal(size=(6, 6))
    table = np.einsum("ci,ij,cj->c", combinations, pull, combinations)
    solved = solve_by_orders(Game(table), 6, 2, np.random.default_rng(0))
    np.testing.assert_allclose(solved.amounts[0], by_definition(table), atol=1e-12)
    assert solved.errors[0] == pytest.approx(np.zeros(6), abs=1e-12)


def test_no_combination_is_scored_twice() -> None:
    game = Game(drawn_table(1, 5))
    solve_by_orders(game, 5, 200, np.random.default_rng(0))
    assert game.asked <= 1 << 5


def test_the_player_whose_absence_leaves_no_value_is_named() -> None:
    good, bad = drawn_table(1, 4), drawn_table(2, 4)
    bad[~all_combinations(4)[:, 2]] = np.nan  # without the third there is no value
    assert solve_exactly(Game(good, bad), 4).leaver.tolist() == [-1, 2]
    assert solve_by_orders(Game(good, bad), 4, 20, np.random.default_rng(0)).leaver.tolist() == [-1, 2]
