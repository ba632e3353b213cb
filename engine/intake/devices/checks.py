"""What is wrong with readings: shape, moment, values that are none, repeats, limits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import BoolArray, FloatArray
from engine.domain.problems import Reason
from engine.domain.series import ABSENT, NO_OFFSET
from engine.intake.devices.gather import Gathered, SetAside
from engine.intake.lexicon import load_lexicon
from engine.intake.validate import PRESSURES, SMALLEST_PULSE_PRESSURE, outside

UPPER, LOWER = PRESSURES[0]
_TIME = ("time",)


def unreadable(gathered: Gathered) -> Mapping[int, SetAside]:
    """Return the readings whose shape, moment or values cannot be read; the first of these is named."""
    found = {}
    halves = _halves(gathered)
    bad_values = np.array([[fault is not None for fault in row] for row in gathered.value_faults], dtype=np.bool_)
    any_bad = bad_values.any(axis=1) if bad_values.size else np.zeros(gathered.count, dtype=np.bool_)
    late = np.array([fault is not None for fault in gathered.time_faults], dtype=np.bool_)
    doubtful = np.flatnonzero(late | any_bad).tolist()
    for position in sorted({*gathered.shape, *halves, *doubtful}):
        if position in gathered.shape or position in halves:
            missing = gathered.shape.get(position, halves.get(position, ()))
            found[position] = gathered.aside(position, Reason.BAD_ROW_SHAPE, missing)
        elif late[position]:
            found[position] = gathered.aside(position, gathered.time_faults[position], _TIME)
        else:
            found[position] = _bad_value(gathered, position)
    return found


def _halves(gathered: Gathered) -> dict[int, tuple[str, ...]]:
    """Return the readings with one of the two pressures, with the one that is missing."""
    if not {UPPER, LOWER} <= set(gathered.fields):
        return {}
    there = {}
    for name in (UPPER, LOWER):
        at = gathered.fields.index(name)
        bad = np.array([fault is not None for fault in gathered.value_faults[:, at]], dtype=np.bool_)
        there[name] = (gathered.decimals[:, at] != ABSENT) | bad
    found: dict[int, tuple[str, ...]] = {}
    for name, other in ((UPPER, LOWER), (LOWER, UPPER)):
        for position in np.flatnonzero(there[name] & ~there[other]).tolist():
            found[position] = (other,)
    return found


def _bad_value(gathered: Gathered, position: int) -> SetAside:
    faults = gathered.value_faults[position]
    for reason in (Reason.UNREADABLE_VALUE, Reason.AMBIGUOUS_UNIT):
        fields = [name for name, fault in zip(gathered.fields, faults, strict=True) if fault is reason]
        if fields:
            return gathered.aside(position, reason, fields)
    raise AssertionError("no fault")


def canonical(gathered: Gathered) -> FloatArray:
    """Return the values in canonical units; NaN where not measured."""
    factors = np.array([one.factor for one in gathered.conversions] or [1.0])
    offsets = np.array([one.offset for one in gathered.conversions] or [0.0])
    numbers = gathered.written / 10.0 ** np.maximum(gathered.decimals, 0)
    found = numbers * factors[gathered.units] + offsets[gathered.units]
    return np.where(gathered.decimals == ABSENT, np.nan, found)


def find_repeats(gathered: Gathered, alive: BoolArray) -> Mapping[int, SetAside]:
    """Return the readings that say again what an earlier one said: same person, method, arm, moment and values.

    What is set aside for its values may still be repeated; that it is a repeat is then what is said of the later one.
    """
    seen: dict[tuple[object, ...], int] = {}
    found = {}
    parts = (
        gathered.persons.tolist(),
        gathered.methods.tolist(),
        gathered.arms.tolist(),
        gathered.instants().tolist(),
        (gathered.offset != NO_OFFSET).tolist(),
        map(tuple, np.round(np.nan_to_num(canonical(gathered), nan=-1.0), 4).tolist()),
        map(tuple, gathered.qualifiers.tolist()),
    )
    for position, key in enumerate(zip(*parts, strict=True)):
        if alive[position]:
            first = seen.setdefault(key, position)
            if first != position:
                found[position] = gathered.aside(position, Reason.DUPLICATE_READING, (), first)
    return found


def out_of_limits(gathered: Gathered, alive: BoolArray) -> Mapping[int, SetAside]:
    """Return the readings that cannot be, or that a person must look at first; only the graver is named."""
    dictionary = load_lexicon().dictionary
    values = canonical(gathered)
    hard = np.zeros(values.shape, dtype=np.bool_)
    soft = np.zeros(values.shape, dtype=np.bool_)
    for at, name in enumerate(gathered.fields):
        hard[:, at], soft[:, at] = outside(dictionary[name], values[:, at])
    _pairs(gathered, values, hard, soft)
    found = {}
    for position in np.flatnonzero(alive & (hard | soft).any(axis=1)).tolist():
        grave = hard[position].any()
        marks = hard[position] if grave else soft[position]
        fields = [name for name, mark in zip(gathered.fields, marks, strict=True) if mark]
        reason = Reason.IMPOSSIBLE_VALUE if grave else Reason.IMPLAUSIBLE_VALUE
        found[position] = gathered.aside(position, reason, fields)
    return found


def _pairs(gathered: Gathered, values: FloatArray, hard: NDArray[np.bool_], soft: NDArray[np.bool_]) -> None:
    """Hold the pressures against each other, where each is possible by itself."""
    if not {UPPER, LOWER} <= set(gathered.fields):
        return
    upper, lower = gathered.fields.index(UPPER), gathered.fields.index(LOWER)
    with np.errstate(invalid="ignore"):
        possible = ~hard[:, upper] & ~hard[:, lower]
        crossed = possible & (values[:, lower] >= values[:, upper])
        close = possible & ~crossed & (values[:, upper] - values[:, lower] < SMALLEST_PULSE_PRESSURE)
    for at in (upper, lower):
        hard[crossed, at] = True
        soft[close, at] = True
