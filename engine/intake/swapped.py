"""Whole columns under each other's header."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.domain.batch import FloatArray
from engine.intake.mapping import Mapped, Role
from engine.intake.number_columns import FEW, LEAST_CELLS, MOST, Context, plausible_share
from engine.intake.numbers import read_number
from engine.intake.questions import Question, QuestionKind
from engine.intake.tables import Table
from engine.intake.units import unit_for

BY_LIMITS = (("height_cm", "weight_kg"), ("height_cm", "waist_cm"))
# The first is never below the second in one person.
BY_ORDER = (
    ("sbp_mmhg", "dbp_mmhg"),
    ("total_cholesterol_mmol_l", "hdl_mmol_l"),
    ("total_cholesterol_mmol_l", "ldl_mmol_l"),
)
SWAP, KEEP = "swap", "keep"


def put_right(table: Table, mapped: Mapped, context: Context) -> Mapped:
    """Ask about columns whose contents are plainly swapped, and give each the role of its content."""
    roles = list(mapped.roles)
    for pairs, test in ((BY_LIMITS, _each_fits_the_other), (BY_ORDER, _in_wrong_order)):
        for first, second in pairs:
            here = [role for role in roles if role.target == first and role.rule is None]
            there = [role for role in roles if role.target == second and role.rule is None]
            if len(here) == len(there) == 1 and test(table, here[0], there[0], context):
                _ask(roles, here[0], there[0], context)
    return replace(mapped, roles=tuple(roles))


def _ask(roles: list[Role], here: Role, there: Role, context: Context) -> None:
    columns = tuple(role.header for role in sorted((here, there), key=lambda role: role.index))
    question = Question(
        f"{QuestionKind.SWAPPED_COLUMNS}:{here.name}+{there.name}",
        QuestionKind.SWAPPED_COLUMNS,
        columns,
        (SWAP, KEEP),
        SWAP,
        {"first": here.header, "second": there.header},
    )
    if context.interview.choose(question) == SWAP:
        roles[here.index] = replace(here, target=there.target, said=there.said, swapped=True)
        roles[there.index] = replace(there, target=here.target, said=here.said, swapped=True)


def _values(table: Table, role: Role, context: Context) -> FloatArray:
    """Return the numbers of a column by row; NaN where a cell has none."""
    column = table.columns[role.index]
    cells = [
        read_number(text, kind, context.lexicon, context.decimal)
        for text, kind in zip(column.cells, column.kinds.tolist(), strict=True)
    ]
    numbers = np.array([np.nan if cell.value is None else cell.value for cell in cells], dtype=np.float64)
    return numbers[column.codes]


def _share(values: FloatArray, role: Role, like: Role, context: Context) -> float:
    known = context.lexicon.dictionary[str(like.target)]
    unit = unit_for(known, like.said.unit or known.unit)
    present = values[~np.isnan(values)]
    return plausible_share(known, unit, present) if unit is not None and len(present) >= LEAST_CELLS else 0.5


def _each_fits_the_other(table: Table, here: Role, there: Role, context: Context) -> bool:
    first, second = _values(table, here, context), _values(table, there, context)
    own = min(_share(first, here, here, context), _share(second, there, there, context))
    crossed = min(_share(first, here, there, context), _share(second, there, here, context))
    return own <= FEW and crossed >= MOST


def _in_wrong_order(table: Table, here: Role, there: Role, context: Context) -> bool:
    if here.said.unit != there.said.unit:
        return False
    first, second = _values(table, here, context), _values(table, there, context)
    both = ~np.isnan(first) & ~np.isnan(second)
    return int(both.sum()) >= LEAST_CELLS and float(np.mean(first[both] < second[both])) >= MOST
