"""What each input adds to a number, for any pack, from the contract alone: Shapley values over batches of the graph.

The comparison is with the reference person of the manifest (who is the same in all that has no reference), or with a
table of people. Inputs that are read together play as one (``explain_players``). The amounts are in the unit of the
output and add up to the difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.attribution import Attribution, Contribution, Game
from engine.domain.batch import Batch, BoolArray, FloatArray, IntArray
from engine.domain.record import Value
from engine.fields import Dictionary
from engine.packs.manifest import Manifest, OutputKind
from engine.risk.explain_board import ROWS_AT_ONCE, Board, frozen
from engine.risk.explain_games import MOST_EXACT, Solved, solve_by_orders, solve_exactly
from engine.risk.explain_players import (
    Player,
    background_players,
    headline,
    is_known,
    plays,
    reference_columns,
    reference_players,
)
from engine.risk.predictor import Predictor

# Rows that one person's drawn orders may cost; the pairs follow from it.
_DRAWN_ROWS = 1 << 12
_FEWEST_PAIRS = 2
# A share of the number below which an amount is what rounding left of nothing.
_NOTHING = 1e-13


@dataclass(frozen=True, slots=True)
class Attributions:
    """What each input adds for many people, columnar.

    ``players`` are the leading fields. ``value``, ``reference``: float64[rows], NaN where there is no number.
    ``amounts``, ``errors``: float64[rows, players], NaN where an input takes no part. ``left_out``: where it takes none
    because the pack refuses, bool[rows, players]. ``sampled``: bool[rows]. ``compared_with``: int64[rows], 0 where
    there is no number.
    """

    output: str
    players: tuple[str, ...]
    value: FloatArray
    reference: FloatArray
    amounts: FloatArray
    errors: FloatArray
    left_out: BoolArray
    sampled: BoolArray
    compared_with: IntArray

    def __post_init__(self) -> None:
        parts = np.nansum(self.amounts, axis=1)
        if not np.allclose(self.reference + parts, self.value, rtol=0, atol=1e-6 * self._scale(), equal_nan=True):
            raise ValueError("contributions do not add up to the number")

    def _scale(self) -> float:
        return max(1.0, float(np.nanmax(np.abs(self.value), initial=0.0)))


def attribute(
    predictor: Predictor,
    batch: Batch,
    dictionary: Dictionary,
    output: str | None = None,
    background: Batch | None = None,
    seed: int = 0,
) -> Attributions | None:
    """Return what each input adds for every row; None for a pack that has no such number.

    Args:
        predictor: any pack.
        batch: people as they were scored.
        dictionary: the fields of the clinic.
        output: a numeric output; None: the headline of the pack.
        background: people to compare with; None: the reference person of the manifest.
        seed: of the orders that are drawn where more than ``MOST_EXACT`` inputs differ. The same for everybody, so a
            person is explained alike alone and among others.

    Raises:
        KeyError: the pack has no such output.
        PackError: the graph breaks.
    """
    manifest = predictor.pack.manifest
    name = output if output is not None else headline(manifest)
    if name is None or manifest.output(name).kind is OutputKind.CATEGORY:
        return None
    people = frozen(predictor, batch)
    players = reference_players(manifest) if background is None else background_players(manifest, dictionary)
    others = None if background is None else frozen(predictor, background)
    references = reference_columns(manifest, dictionary, players) if others is None else None
    board = Board(predictor, people, players, _replacements(players, references, others), name)
    return _Play(board, references, seed).run()


def attribution(
    found: Attributions, row: int, people: Batch, manifest: Manifest, dictionary: Dictionary, *, against_reference: bool
) -> Attribution | None:
    """Return one person's share of what ``attribute`` found, the greatest amount first; None where there is no number.

    ``people`` is the batch as ``frozen`` gives it; ``against_reference`` tells that nothing else was the background.
    """
    if np.isnan(found.value[row]):
        return None
    return Attribution(
        pack_id=manifest.id,
        output=found.output,
        game=Game.SAMPLED if found.sampled[row] else Game.EXACT,
        value=float(found.value[row]),
        reference=float(found.reference[row]),
        contributions=contributions(found, row, people, dictionary, manifest, against_reference=against_reference),
        left_out=tuple(lead for lead, left in zip(found.players, found.left_out[row], strict=True) if left),
        compared_with=int(found.compared_with[row]),
    )


def contributions(
    found: Attributions,
    row: int,
    people: Batch,
    dictionary: Dictionary,
    manifest: Manifest,
    *,
    against_reference: bool = True,
) -> tuple[Contribution, ...]:
    """Return what one person's inputs add, the greatest amount first; as ``attribution``."""
    grouped = reference_players(manifest) if against_reference else background_players(manifest, dictionary)
    told = [
        Contribution(
            fields=player.fields,
            values=_known_values(people, row, player, dictionary),
            references={field: manifest.references[field].value for field in player.fields}
            if against_reference
            else None,
            amount=float(found.amounts[row, position]),
            standard_error=float(found.errors[row, position]),
        )
        for position, player in enumerate(grouped)
        if not np.isnan(found.amounts[row, position])
    ]
    return tuple(sorted(told, key=lambda each: -abs(each.amount)))


def _known_values(people: Batch, row: int, player: Player, dictionary: Dictionary) -> Mapping[str, Value]:
    decoded = {field: dictionary[field].decode(float(people.column(field)[row])) for field in player.fields}
    return {field: value for field, value in decoded.items() if value is not None}


def _replacements(
    players: Sequence[Player], references: Mapping[str, float] | None, others: Batch | None
) -> Mapping[str, FloatArray]:
    fields = [field for player in players for field in player.fields]
    if references is not None:
        return {field: np.array([references[field]]) for field in fields}
    return {field: others.column(field) for field in fields} if others is not None else {}


class _Play:
    """One game for each set of people in whom the same players can move; what they did is written down here."""

    def __init__(self, board: Board, references: Mapping[str, float] | None, seed: int) -> None:
        people, players = board.people, board.players
        self._board = board
        self._seed = seed
        self.value = board.predictor.predict(people).outputs[board.output]
        there = ~np.isnan(self.value)
        known = _side_by_side([is_known(people, player) for player in players], people.rows) & there[:, None]
        self._moves = known & _side_by_side([plays(people, player, references) for player in players], people.rows)
        self.reference = self.value.copy()
        self.amounts = np.where(known, 0.0, np.nan)
        self.errors = self.amounts.copy()
        self.left_out = np.zeros_like(known)
        self.sampled = np.zeros(people.rows, dtype=np.bool_)
        self.compared_with = np.where(there, board.others, 0)

    def run(self) -> Attributions:
        sets, which = np.unique(self._moves, axis=0, return_inverse=True)
        for number, moving in enumerate(sets):
            if moving.any():
                self._run(np.flatnonzero(which == number), np.flatnonzero(moving).tolist())
        return Attributions(
            output=self._board.output,
            players=tuple(player.lead for player in self._board.players),
            value=self.value,
            reference=self.reference,
            amounts=self.amounts,
            errors=self.errors,
            left_out=self.left_out,
            sampled=self.sampled,
            compared_with=self.compared_with,
        )

    def _run(self, rows: IntArray, moving: list[int]) -> None:
        """Play with the same players for these people, as many of them at once as memory allows."""
        exact = self._is_exact(len(moving))
        each = self._board.others << len(moving) if exact else _DRAWN_ROWS
        together = max(1, ROWS_AT_ONCE // each)
        for start in range(0, len(rows), together):
            some = rows[start : start + together]
            solved = self._solve(some, moving)
            self._note(some, moving, solved)
            for leaver in np.unique(solved.leaver[solved.leaver >= 0]).tolist():
                self._run_without(some[solved.leaver == leaver], moving, leaver)

    def _run_without(self, rows: IntArray, moving: list[int], leaver: int) -> None:
        """Play again without one at whose reference the pack refuses: it stays as the person has it."""
        left = moving[leaver]
        self.left_out[rows, left] = True
        self.amounts[rows, left] = self.errors[rows, left] = np.nan
        self.reference[rows] = self.value[rows]
        if remaining := [player for player in moving if player != left]:
            self._run(rows, remaining)

    def _solve(self, rows: IntArray, moving: list[int]) -> Solved:
        def values(combinations: BoolArray, which: IntArray) -> FloatArray:
            return self._board.score(rows, moving, combinations, which)

        others = self._board.others
        if self._is_exact(len(moving)):
            return solve_exactly(values, len(moving), others)
        pairs = max(_FEWEST_PAIRS, (_DRAWN_ROWS // others - 2 * len(moving)) // (2 * len(moving)))
        return solve_by_orders(values, len(moving), others, pairs, np.random.default_rng(self._seed))

    def _is_exact(self, players: int) -> bool:
        """Whether every combination is scored: as promised for few players, and where drawing would cost as much."""
        return players <= MOST_EXACT or self._board.others << players <= _DRAWN_ROWS

    def _note(self, rows: IntArray, moving: list[int], solved: Solved) -> None:
        self.reference[rows] = solved.nobody
        cells = np.ix_(rows, np.array(moving))
        nothing = np.abs(solved.amounts) <= _NOTHING * np.abs(self.value[rows])[:, None]
        self.amounts[cells] = np.where(nothing, 0.0, solved.amounts)
        self.errors[cells] = solved.errors
        self.sampled[rows] = not self._is_exact(len(moving))
        self.compared_with[rows] = solved.compared_with


def _side_by_side(columns: Sequence[BoolArray], rows: int) -> BoolArray:
    return np.array(columns, dtype=np.bool_).reshape(len(columns), rows).T
