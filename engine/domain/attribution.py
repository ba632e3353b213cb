"""What each input adds to a number, so that the parts make up the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
