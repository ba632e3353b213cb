"""Everything a pack needs that was not entered but follows from what was: BMI, age, regions, and eGFR by its pack.

``engine.fields.derive`` fills what needs no model; the kind ``equation`` is filled here by the pack that the data
dictionary names, unrounded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray
from engine.domain.results import Code, Results
from engine.errors import PackError
from engine.fields import Derivation, Dictionary
from engine.fields.derive import derive
from engine.risk.limits import AGE, anywhere

BIRTH_DATE, PRECISION, VISIT_DATE = "birth_date", "birth_date_precision", "visit_date"
_EPOCH_ORDINAL = 719_163  # date(1970, 1, 1).toordinal(), where NumPy's days begin


class EquationPack(Protocol):
    """What fills a field of kind ``equation``: the predictor of that pack."""

    def predict(self, batch: Batch) -> Results:
        """Return the answers of the pack."""
        ...


FindEquation = Callable[[str], EquationPack | None]


@dataclass(frozen=True, slots=True)
class Completed:
    """A batch with derived values.

    ``derived``: field -> bool[rows], where it was filled. ``parts``: field -> bool[rows], where it was looked at in
    order to derive another; a part that is no value of its field is a reason of its own there. ``younger``: the age
    in completed years as it may also be, one year less, where the birth date is known only to the month or year and
    the birthday may still be to come; NaN elsewhere.
    """

    batch: Batch
    derived: Mapping[str, BoolArray]
    parts: Mapping[str, BoolArray]
    younger: FloatArray | None


class FullDerivation:
    """Derives fields, with the packs that some of them need."""

    def __init__(self, dictionary: Dictionary, find_equation: FindEquation | None = None) -> None:
        """``find_equation`` gives the predictor of a pack id, or None when the pack is not at hand."""
        self._dictionary = dictionary
        self._find_equation = find_equation
        self._known: dict[tuple[str, ...], tuple[tuple[str, Derivation], ...]] = {}

    def complete(self, batch: Batch, wanted: Collection[str]) -> Completed:
        """Return the batch with the wanted fields filled where they are absent and all their parts are there."""
        gaps = {name: rule for name, rule in self._rules_of(tuple(wanted)) if _has_gaps(batch, name)}
        if not gaps:
            return Completed(batch, {}, {}, None)
        equations = {name: rule for name, rule in gaps.items() if rule.kind == "equation"}
        parts = [part for rule in equations.values() for part in rule.sources]
        found = derive(batch, self._dictionary, only=[*gaps, *parts])
        complete, derived = found.batch, dict(found.where)
        for name, rule in equations.items():
            column, where = self._solve(name, rule, complete)
            complete = complete.with_columns({name: column})
            if anywhere(where):
                derived[name] = where
        return Completed(complete, derived, self._parts(batch, gaps), _younger(complete, derived, self._dictionary))

    def reads(self, wanted: Collection[str]) -> frozenset[str]:
        """Return the wanted fields and all that they can be derived from."""
        found = set(wanted)
        waiting = list(wanted)
        while waiting:
            rule = self._rule(waiting.pop())
            fresh = set(rule.sources) - found if rule is not None else set()
            found |= fresh
            waiting += fresh
        return frozenset(found | {PRECISION} if BIRTH_DATE in found else found)

    def _rules_of(self, wanted: tuple[str, ...]) -> tuple[tuple[str, Derivation], ...]:
        """Return those of the wanted fields that can be derived, with their rules."""
        found = self._known.get(wanted)
        if found is None:
            rules = ((name, self._rule(name)) for name in dict.fromkeys(wanted))
            found = self._known[wanted] = tuple((name, rule) for name, rule in rules if rule is not None)
        return found

    def _rule(self, name: str) -> Derivation | None:
        return self._dictionary[name].derivation if name in self._dictionary else None  # a pack's own field has none

    def _solve(self, name: str, rule: Derivation, batch: Batch) -> tuple[FloatArray, BoolArray]:
        """Return the column with the gaps filled that the rule's pack can fill, and where."""
        column = batch.column(name).copy()
        filled = np.zeros(batch.rows, dtype=np.bool_)
        ready = np.isnan(column)
        for part in rule.sources:
            ready &= np.isfinite(batch.column(part))
        equation = self._find_equation(rule.detail["equation"]) if self._find_equation is not None else None
        rows = np.flatnonzero(ready)
        if equation is None or not len(rows):
            return column, filled
        try:
            answer = equation.predict(Batch(len(rows), {part: batch.column(part)[rows] for part in rule.sources}))
        except PackError:  # the field stays absent, and who needs it says so
            return column, filled
        values = answer.outputs[rule.detail["output"]].copy()
        filled[rows] = ~np.isnan(values)
        for note, where in answer.raised.items():
            if note.code is Code.INVALID:
                values[where] = np.inf  # a part beyond its hard limits: present but no value, as derive does
        column[rows] = values
        return column, filled

    def _parts(self, batch: Batch, wanted: Collection[str]) -> Mapping[str, BoolArray]:
        found: dict[str, BoolArray] = {}
        for name in wanted:
            self._visit_parts(name, batch, None, found)
        return found

    def _visit_parts(self, name: str, batch: Batch, where: BoolArray | None, found: dict[str, BoolArray]) -> None:
        rule = self._rule(name)
        if rule is None or not _has_gaps(batch, name):
            return
        absent = batch.missing(name) if where is None else batch.missing(name) & where
        for part in rule.sources:
            found[part] = found[part] | absent if part in found else absent
            self._visit_parts(part, batch, absent, found)


def _has_gaps(batch: Batch, name: str) -> bool:
    column = batch.columns.get(name)
    return column is None or anywhere(np.isnan(column))


def _younger(batch: Batch, derived: Mapping[str, BoolArray], dictionary: Dictionary) -> FloatArray | None:
    """Return the lower of the two ages that a birth month or year leaves open; None when no row has two."""
    if AGE not in derived or PRECISION not in batch.columns:
        return None
    precision = batch.columns[PRECISION]
    rows = np.flatnonzero(derived[AGE] & (precision > 0))  # 0: known to the day
    if not len(rows):
        return None
    unit = np.where(precision[rows] == 1, "M", "Y")
    first = (batch.columns[BIRTH_DATE][rows].astype(np.int64) - _EPOCH_ORDINAL).astype("datetime64[D]")
    last = np.where(unit == "M", _last_day(first, "M"), _last_day(first, "Y"))
    latest = last.astype(np.int64).astype(np.float64) + _EPOCH_ORDINAL
    people = Batch(len(rows), {BIRTH_DATE: latest, VISIT_DATE: batch.columns[VISIT_DATE][rows]})
    age = derive(people, dictionary, only=[AGE]).batch.column(AGE)
    younger = np.full(batch.rows, np.nan)
    younger[rows] = np.where(age < batch.columns[AGE][rows], age, np.nan)
    return younger


def _last_day(
    days: np.ndarray[tuple[int], np.dtype[np.datetime64]], unit: str
) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """Return the last day of the month ("M") or year ("Y") of each day."""
    period = days.astype(f"datetime64[{unit}]")
    return (period + 1).astype("datetime64[D]") - 1
