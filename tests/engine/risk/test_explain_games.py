"""Shapley values of any game, held against their definition."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.risk.explain_games import Solved, all_combinations, solve_by_orders, solve_exactly


class Game:
    """A game of tables: combination number -> value, one table for each person and each of the others."""

    def __init__(self, *tables: FloatArray | list[FloatArray]) -> None:
        self.tables = np.array(tables).reshape(len(tables), -1, np.shape(tables)[-1])
        self.players = int(math.log2(self.tables.shape[2]))
        self.others = self.tables.shape[1]
        self.asked: list[tuple[int, ...]] = []

    def __call__(self, combinations: BoolArray, which: IntArray) -> FloatArray:
        self.asked += [(other, *chosen) for other, chosen in zip(which.tolist(), combinations.tolist(), strict=True)]
        found: FloatArray = self.tables[:, which, combinations @ (1 << np.arange(self.players))]
        return found

    def exactly(self) -> Solved:
        return solve_exactly(self, self.players, self.others)

    def by_orders(self, pairs: int, seed: int) -> Solved:
        return solve_by_orders(self, self.players, self.others, pairs, np.random.default_rng(seed))


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
    solved = Game(*tables).exactly()
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
    solved = Game(table).by_orders(pairs, seed)
    assert solved.amounts[0].sum() == pytest.approx(table[-1] - table[0], abs=1e-12)
    assert solved.nobody[0] == table[0]
    assert (solved.errors >= 0).all()


def test_drawn_values_come_as_close_as_their_standard_errors_say() -> None:
    table = drawn_table(11, 8)
    exact = Game(table).exactly().amounts[0]
    within = []
    for seed in range(40):
        solved = Game(table).by_orders(64, seed)
        within.append(np.abs(solved.amounts[0] - exact) <= 1.96 * solved.errors[0])
    assert 0.9 <= np.mean(within) <= 0.99


def test_an_order_and_its_reverse_are_exact_where_players_meet_in_pairs_only() -> None:
    combinations = all_combinations(6)
    pull = np.random.default_rng(3).normal(size=(6, 6))
    table = np.einsum("ci,ij,cj->c", combinations, pull, combinations)
    solved = Game(table).by_orders(2, 0)
    np.testing.assert_allclose(solved.amounts[0], by_definition(table), atol=1e-12)
    assert solved.errors[0] == pytest.approx(np.zeros(6), abs=1e-12)


def test_no_combination_is_scored_twice() -> None:
    game = Game([drawn_table(seed, 5) for seed in (1, 2)])
    game.by_orders(40, 0)
    assert len(set(game.asked)) == len(game.asked) <= 2 * (1 << 5) - 1  # the whole one needs none of the others


def test_of_very_many_players_orders_are_drawn_all_the_same() -> None:
    weights = np.arange(50.0)
    solved = solve_by_orders(lambda asked, _: (asked @ weights)[None], 50, 1, 2, np.random.default_rng(0))
    np.testing.assert_allclose(solved.amounts[0], weights, atol=1e-9)


def test_with_several_others_everything_is_the_mean_over_them() -> None:
    tables = [drawn_table(seed, 4) for seed in (5, 6, 7)]
    for table in tables:
        table[-1] = 1.5  # with every player as the person has it, the others are of no account
    solved = Game(tables).exactly()
    np.testing.assert_allclose(solved.amounts[0], np.mean([by_definition(table) for table in tables], axis=0))
    assert solved.compared_with.tolist() == [3]
    drawn = Game(tables).by_orders(6, 0)
    for each in (solved, drawn):
        assert each.nobody[0] == pytest.approx(np.mean([table[0] for table in tables]))
        assert each.amounts[0].sum() == pytest.approx(np.mean([table[-1] - table[0] for table in tables]))
    assert (np.abs(drawn.amounts - solved.amounts) <= 4 * drawn.errors).all()


def test_one_of_the_others_with_whom_a_value_is_missing_does_not_count() -> None:
    good, bad = drawn_table(1, 4), drawn_table(2, 4)
    bad[5] = np.nan
    solved = Game([good, bad]).exactly()
    assert (solved.compared_with.tolist(), solved.leaver.tolist()) == ([1], [-1])
    np.testing.assert_allclose(solved.amounts[0], by_definition(good), atol=1e-12)


def test_the_player_whose_absence_leaves_no_value_is_named() -> None:
    good, bad = drawn_table(1, 4), drawn_table(2, 4)
    bad[~all_combinations(4)[:, 2]] = np.nan  # without the third there is no value
    assert Game(good, bad).exactly().leaver.tolist() == [-1, 2]
    assert Game(good, bad).by_orders(20, 0).leaver.tolist() == [-1, 2]
