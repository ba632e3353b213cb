"""Several readings of one field at one visit: the one place that says what the visit's value is.

Each reading may carry the rule that was chosen for its column when it was imported. Where readings of a field carry
different rules, the one chosen last holds for all of them. Without one the default holds: the mean of numbers, the
last of everything else. By arms, the reading with the higher systolic pressure is the visit's, as a whole: the other
arm's diastolic pressure or pulse never stands beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.domain.record import Value

MEAN_OF_ALL = "mean"  # numbers; of anything else the last
FIRST = "first"
LAST = "last"
HIGHER_ARM = "higher_arm"
RULES = (MEAN_OF_ALL, FIRST, LAST, HIGHER_ARM)

# What is read arm by arm: readings of one number belong together.
SYSTOLIC = "sbp_mmhg"
READ_BY_ARM = (SYSTOLIC, "dbp_mmhg", "pulse_bpm")


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a visit. ``rule`` is of ``RULES``, None where nobody chose; a higher ``chosen`` is later."""

    field: str
    number: int
    value: Value
    rule: str | None = None
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class ReadingColumn:
    """Readings of one field at many visits, by visit and number.

    ``places[i]`` is the visit's position; ``rules[i]`` is a :func:`rule_code`; the rest is as in Reading.
    """

    places: IntArray
    numbers: IntArray
    values: FloatArray
    rules: IntArray
    chosen: IntArray


@dataclass(frozen=True, slots=True)
class RuledColumn:
    """The visits' values, and the :func:`rule_code` of the rule they follow from; 0 is the default."""

    values: FloatArray
    rules: IntArray


def rule_code(rule: str | None) -> int:
    """Return the number of a rule in columns; 0 for none, and for what is no rule of readings."""
    return RULES.index(rule) + 1 if rule in RULES else 0


def rule_for(values: Sequence[Value]) -> str:
    """Return the name of the default rule for readings of this kind."""
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return MEAN_OF_ALL if numbers else LAST


def visit_value(values: Sequence[Value]) -> Value:
    """Return the visit's value, by default, of one or more readings in order; a single one is returned as it is."""
    if len(values) == 1 or rule_for(values) == LAST:
        return values[-1]
    total = 0.0
    for value in values:  # plain left-to-right addition, bit for bit what ``mean_by_position`` does
        total += float(value)
    return total / len(values)


def visit_values(readings: Sequence[Reading]) -> dict[str, Value]:
    """Return a visit's value of each field, by the rules of the readings; a field not read at the arm is left out."""
    fields: defaultdict[str, list[Reading]] = defaultdict(list)
    for reading in sorted(readings, key=lambda one: one.number):
        fields[reading.field].append(reading)
    rules = {field: _rule_of(group) for field, group in fields.items()}
    by_arm = rules.get(SYSTOLIC) == HIGHER_ARM
    arm = max(fields[SYSTOLIC], key=lambda one: (float(one.value), -one.number)).number if by_arm else None
    found: dict[str, Value] = {}
    for field, group in fields.items():
        counted = _counted(group, rules[field], arm if field in READ_BY_ARM else None)
        if counted:
            found[field] = visit_value([reading.value for reading in counted])
    return found


def _counted(group: Sequence[Reading], rule: str | None, arm: int | None) -> Sequence[Reading]:
    """Return the readings of one field that make its value."""
    if arm is not None and _follows_arm(rule, len(group)):
        return [reading for reading in group if reading.number == arm]
    if rule == FIRST:
        return group[:1]
    return group[-1:] if rule == LAST else group


def _rule_of(group: Sequence[Reading]) -> str | None:
    ruled = [reading for reading in group if reading.rule in RULES]
    return max(ruled, key=lambda one: (one.chosen, one.number)).rule if ruled else None


def _follows_arm(rule: str | None, count: int) -> bool:
    """Whether a field goes with the arm. A single pulse or pressure of no arm stands for both."""
    return rule == HIGHER_ARM or (rule is None and count > 1)


def mean_by_position(positions: IntArray, numbers: FloatArray, rows: int) -> FloatArray:
    """Return float64[rows]: the mean of the numbers at each position, in the order given; NaN where there is none."""
    count = np.bincount(positions, minlength=rows)
    total = np.bincount(positions, weights=numbers, minlength=rows)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / count, dtype=np.float64)


def columns_by_rule(
    readings: Mapping[str, ReadingColumn], defaults: Mapping[str, FloatArray]
) -> dict[str, RuledColumn]:
    """Return what :func:`visit_values` gives, for many visits at once.

    Args:
        readings: all readings of each field that has rules, and of ``READ_BY_ARM``.
        defaults: float64[visits] per field, the values by default.
    """
    arms = _arms(readings[SYSTOLIC], len(defaults[SYSTOLIC])) if SYSTOLIC in readings else None
    found = {}
    for field, column in readings.items():
        rows = len(defaults[field])
        rules = _rules(column, rows)
        several = np.bincount(column.places, minlength=rows) > 1
        values = defaults[field].copy()
        applied = np.zeros(rows, dtype=np.int64)
        for rule, step in ((FIRST, -1), (LAST, 1)):
            chosen = rules == rule_code(rule)
            _put(values, chosen, column, np.arange(len(column.places))[::step])
            applied[chosen] = rule_code(rule)
        if arms is not None and field in READ_BY_ARM:
            follows = (arms > 0) & ((rules == rule_code(HIGHER_ARM)) | ((rules == 0) & several))
            values[follows] = np.nan
            _put(values, follows, column, np.flatnonzero(column.numbers == arms[column.places]))
            applied[follows] = rule_code(HIGHER_ARM)
        found[field] = RuledColumn(values, applied)
    return found


def _rules(column: ReadingColumn, rows: int) -> IntArray:
    """Return the code of the rule chosen last at each visit, 0 where none was."""
    rules = np.zeros(rows, dtype=np.int64)
    order = np.lexsort((column.numbers, column.chosen))
    order = order[column.rules[order] > 0]
    rules[column.places[order]] = column.rules[order]  # of several the last one stays
    return rules


def _arms(systolic: ReadingColumn, rows: int) -> IntArray:
    """Return the number of the reading with the higher systolic pressure, the first of equals; 0 without the rule."""
    arms = np.zeros(rows, dtype=np.int64)
    order = np.lexsort((-systolic.numbers, systolic.values))
    arms[systolic.places[order]] = systolic.numbers[order]
    arms[_rules(systolic, rows) != rule_code(HIGHER_ARM)] = 0
    return arms


def _put(values: FloatArray, where: BoolArray, column: ReadingColumn, order: IntArray) -> None:
    """Write readings to the visits they are meant for; of several in this order the last one stays."""
    order = order[where[column.places[order]]]
    values[column.places[order]] = column.values[order]
