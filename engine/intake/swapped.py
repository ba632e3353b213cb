"""Whole columns under each other's header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from engine.domain.batch import FloatArray
from engine.intake.dates import EPOCHS, DateKind, read_date
from engine.intake.mapping import Mapped
from engine.intake.number_columns import FEW, LEAST_CELLS, MOST, Context, plausible_share
from engine.intake.numbers import read_number
from engine.intake.questions import Question, QuestionKind
from engine.intake.roles import Role
from engine.intake.tables import Table
from engine.intake.units import known_units, unit_for

BY_LIMITS = (("height_cm", "weight_kg"), ("height_cm", "waist_cm"))
# The first is never below the second in one person.
BY_ORDER = (
    ("sbp_mmhg", "dbp_mmhg"),
    ("total_cholesterol_mmol_l", "hdl_mmol_l"),
    ("total_cholesterol_mmol_l", "ldl_mmol_l"),
)
BY_YEAR = (("visit_date", "birth_date"),)
ENOUGH_ROWS = 2_000
SWAP, KEEP = "swap", "keep"


def put_right(table: Table, mapped: Mapped, context: Context) -> Mapped:
    """Ask about columns whose contents are plainly swapped, and give each the role of its content."""
    roles = list(mapped.roles)
    for pairs, test in (
        (BY_LIMITS, _each_fits_the_other),
        (BY_ORDER, _in_wrong_order),
        (BY_YEAR, _born_after_visit),
    ):
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
    """Return the numbers of a column by row; NaN where a cell has none, or says in which unit it is."""
    column = table.columns[role.index]
    cells = [
        read_number(text, kind, context.lexicon, context.decimal)
        for text, kind in zip(column.cells, column.kinds.tolist(), strict=True)
    ]
    numbers = np.array(
        [np.nan if cell.value is None or cell.unit is not None else cell.value for cell in cells], dtype=np.float64
    )
    return numbers[column.codes]


def _share(values: FloatArray, like: Role, context: Context, codes: Sequence[str]) -> float:
    """Return the share of numbers that are plausible for a field, in that of some units in which most are."""
    known = context.lexicon.dictionary[str(like.target)]
    present = values[~np.isnan(values)]
    if len(present) < LEAST_CELLS:
        return 0.5
    units = [unit for unit in (unit_for(known, code) for code in codes) if unit is not None]
    return max((plausible_share(known, unit, present) for unit in units), default=0.5)


def _each_fits_the_other(table: Table, here: Role, there: Role, context: Context) -> bool:
    first, second = _values(table, here, context), _values(table, there, context)
    written = {role.index: _written(role, context) for role in (here, there)}
    own = min(_share(first, here, context, written[here.index]), _share(second, there, context, written[there.index]))
    crossed = min(
        _share(first, there, context, written[there.index]), _share(second, here, context, written[here.index])
    )
    if own > FEW or crossed < MOST:
        return False
    # Without units, other ones may explain the numbers as well: 68 and 160 may be inches and pounds. Heights of
    # people lie closer together than their weights and waists.
    explained = min(_share(first, here, context, _any_unit(here, context)),
                    _share(second, there, context, _any_unit(there, context)))  # fmt: skip
    return explained <= FEW or _spread(first) > _spread(second)


def _written(role: Role, context: Context) -> tuple[str, ...]:
    return (str(role.said.unit or context.lexicon.dictionary[str(role.target)].unit),)


def _any_unit(role: Role, context: Context) -> tuple[str, ...]:
    return _written(role, context) if role.said.unit else known_units(context.lexicon.dictionary[str(role.target)])


def _spread(values: FloatArray) -> float:
    """Return the standard deviation as a share of the mean."""
    present = values[~np.isnan(values)]
    return float(np.std(present) / max(abs(float(np.mean(present))), 1e-9))


def _in_wrong_order(table: Table, here: Role, there: Role, context: Context) -> bool:
    if here.said.unit != there.said.unit:
        return False
    first, second = _values(table, here, context), _values(table, there, context)
    return _below(first, second) and _can_be_exchanged(first, second, here, there, context)


def _can_be_exchanged(first: FloatArray, second: FloatArray, here: Role, there: Role, context: Context) -> bool:
    """Whether some of each column is plausible as the other in one and the same unit; another scale is no exchange."""
    return any(
        min(_share(first, there, context, (code,)), _share(second, here, context, (code,))) > FEW
        for code in _any_unit(here, context)
    )


def _born_after_visit(table: Table, visit: Role, birth: Role, context: Context) -> bool:
    return _below(_years(table, visit, context), _years(table, birth, context))


def _below(first: FloatArray, second: FloatArray) -> bool:
    """Whether the first is below the second in nearly every row that has both."""
    both = ~np.isnan(first) & ~np.isnan(second)
    return int(both.sum()) >= LEAST_CELLS and float(np.mean(first[both] < second[both])) >= MOST


def _years(table: Table, role: Role, context: Context) -> FloatArray:
    """Return the years of a column of dates in the first rows; NaN where a cell has none of four digits."""
    column = table.columns[role.index]
    years: list[float] = []
    codes, places = np.unique(column.codes[:ENOUGH_ROWS], return_inverse=True)
    for code in codes.tolist():
        text, kind = column.cells[code], int(column.kinds[code])
        cell = read_date(text, kind, context.lexicon)
        if cell.kind is DateKind.SERIAL:
            years.append((EPOCHS[context.date_system] + timedelta(days=cell.first)).year)
        else:
            years.append(np.nan if cell.short or not cell.year else cell.year)
    return np.array(years, dtype=np.float64)[places.reshape(-1)]
