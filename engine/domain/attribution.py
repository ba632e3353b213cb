"""What each input adds to a number, so that the parts make up the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.domain.record import Value


class Game(StrEnum):
    """How contributions were worked out."""

    EXACT = "exact"  # over every combination of inputs
    SAMPLED = "sampled"  # over orders drawn in pairs; each contribution has a standard error


@dataclass(frozen=True, slots=True)
class Contribution:
    """What some inputs add together, in the unit of the output; the first field leads and names them.

    ``values`` are the person's, ``references`` those they are compared with: None where the comparison is with many
    people. ``standard_error`` is that of a sampled amount; 0 for an exact one.
    """

    fields: tuple[str, ...]
    values: Mapping[str, Value]
    references: Mapping[str, Value] | None
    amount: float
    standard_error: float = 0.0


@dataclass(frozen=True, slots=True)
class Attribution:
    """Why one number differs from the reference: ``value`` = ``reference`` + the sum of all amounts.

    ``left_out`` names the leading fields of inputs that could not take part, because the pack refuses at their
    reference: they stay as the person has them. ``compared_with``: how many people the reference is the mean of.
    """

    pack_id: str
    output: str
    game: Game
    value: float
    reference: float
    contributions: tuple[Contribution, ...]
    left_out: tuple[str, ...] = ()
    compared_with: int = 1


@dataclass(frozen=True, slots=True)
class Attributions:
    """The same for many people, columnar.

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


@dataclass(frozen=True, slots=True)
class LocalEffect:
    """One input in a straight line laid through what the pack says near a person.

    ``slope``: per canonical unit; for a yes-or-no or a category, from the reference to the person's. ``amount``: what
    the line says for the way from the reference to the value, in the unit of the output.
    """

    field: str
    value: Value
    reference: Value
    slope: float
    amount: float


@dataclass(frozen=True, slots=True)
class LocalSurrogate:
    """A straight line in place of the pack near one person. ``fit``: weighted R², 1 where it is as good as the pack.

    Its amounts need not add up to anything: where inputs meet or a limit is crossed, what holds near the person does
    not hold on the whole way to the reference.
    """

    pack_id: str
    output: str
    value: float
    fit: float
    samples: int
    effects: tuple[LocalEffect, ...]
