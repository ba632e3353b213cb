"""Who may be scored: kinds and hard limits, exclusions, missing inputs, ranges; every problem of a row at once.

The order is that of the reference: invalid, excluded, missing, out of range. A value that is no value of its field
counts as unknown in all later rules, so one fault is told once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray
from engine.domain.results import REFUSALS, Code, Note
from engine.fields import Dictionary
from engine.packs.manifest import Action, Outside
from engine.risk.derivation import Completed
from engine.risk.limits import AGE, anywhere, comparable, invalid
from engine.risk.rules import ExclusionRule, InputRule, Rules, holds


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What is known of the rows before the graph runs.

    ``values``: canonical field -> float64[rows], NaN where absent or invalid. ``formula``: the inputs that conditions
    or bands name -> their values there. ``withheld``: output -> bool[rows]. ``raised``: only notes raised somewhere.
    ``refused``: where any of them refuses.
    """

    values: Batch
    formula: Mapping[str, FloatArray]
    withheld: Mapping[str, BoolArray]
    raised: Mapping[Note, BoolArray]
    refused: BoolArray


def check_eligibility(
    rules: Rules, completed: Completed, dictionary: Dictionary, *, supposed: bool = False
) -> Eligibility:
    """Return which rows of a completed batch a pack may score, with every reason against and every remark.

    ``supposed``: contradictions are not looked for (``Predictor.predict``).
    """
    check = _Check(rules, completed, dictionary)
    check.find_invalid()
    check.find_excluded(contradictions=not supposed)
    check.find_missing()
    check.find_out_of_range()
    check.find_withheld()
    check.find_doubtful_age()
    return check.result()


class _Check:
    def __init__(self, rules: Rules, completed: Completed, dictionary: Dictionary) -> None:
        self._rules = rules
        self._completed = completed
        self._dictionary = dictionary
        self._rows = completed.batch.rows
        self._values: dict[str, FloatArray] = {}
        self._absent: dict[str, BoolArray] = {}
        self._formula: dict[str, FloatArray] = {}
        self._withheld: dict[str, BoolArray] = {}
        self._raised: dict[Note, BoolArray] = {}

    def result(self) -> Eligibility:
        refused = np.zeros(self._rows, dtype=np.bool_)
        for note, where in self._raised.items():
            if note.code in REFUSALS:
                refused |= where
        return Eligibility(Batch(self._rows, self._values), self._formula, self._withheld, self._raised, refused)

    def find_invalid(self) -> None:
        batch = self._completed.batch
        for names, bounds in self._rules.bounds.groups(self._rows):
            columns = [batch.column(name) for name in names]
            self._values.update(zip(names, columns, strict=True))
            compared = [comparable(name, column) for name, column in zip(names, columns, strict=True)]
            table = np.stack(compared) if len(compared) > 1 else compared[0][np.newaxis]
            self._absent.update(zip(names, np.isnan(table), strict=True))
            found = bounds.invalid(table)
            if anywhere(found):
                self._raise_invalid(names, found)
        for name, looked_at in self._completed.parts.items():
            if name not in self._rules.fields and name in batch.columns:
                self._raise(name, Code.INVALID, looked_at & invalid(self._dictionary[name], batch.columns[name]))
        for rule in self._rules.formula_inputs:
            self._formula[rule.input.name] = rule.formula_value(self._values[rule.input.field])

    def _raise_invalid(self, names: Sequence[str], found: BoolArray) -> None:
        for name, bad in zip(names, found, strict=True):
            if anywhere(bad):
                self._raise(name, Code.INVALID, bad)
                self._values[name] = np.where(bad, np.nan, self._values[name])

    def find_excluded(self, *, contradictions: bool) -> None:
        for rule in self._rules.exclusions:
            if rule.exclusion.action is Action.CONTRADICTION and not contradictions:
                continue
            code = _EXCLUSION_CODES[rule.exclusion.action]
            self._raise(rule.exclusion.field, code, self._holds(rule, self._values), rule.position)

    def find_missing(self) -> None:
        for rule in self._rules.inputs:
            if not (rule.input.required or rule.required_when is not None):
                continue
            absent = self._absent[rule.input.field]  # as given: what is there and invalid is told once
            if not anywhere(absent):
                continue
            if not rule.input.required and rule.required_when is not None:
                absent = absent & holds(rule.required_when, self._formula, self._rows, self._rules.formula_codes)
            self._raise(rule.input.field, Code.MISSING, absent)

    def find_out_of_range(self) -> None:
        for rule in self._rules.inputs:
            column = self._values[rule.input.field]
            if rule.allowed is not None:
                self._raise(rule.input.field, Code.OUT_OF_RANGE, ~np.isin(column, rule.allowed) & ~np.isnan(column))
            if rule.table is not None or rule.graph_positions is not None:
                unknown = np.isnan(rule.transformed(column)) | np.isnan(rule.for_graph(column))
                self._raise(rule.input.field, Code.NOT_IN_TABLE, unknown & ~np.isnan(column))
            if rule.limits is not None:
                self._apply_range(rule, _outside(rule, column))

    def find_withheld(self) -> None:
        for rule in self._rules.outputs:
            for field in rule.output.requires:
                self._withhold(rule.output.name, np.isnan(self._values[field]))
            if rule.limits is not None and rule.output.valid is not None:
                field = rule.output.valid.field
                self._withhold(rule.output.name, rule.limits.outside(comparable(field, self._values[field])))

    def find_doubtful_age(self) -> None:
        """Note where a birth date known only to the month or year leaves open on which side of an age limit one is."""
        younger = self._completed.younger
        if younger is None:
            return
        doubtful = np.zeros(self._rows, dtype=np.bool_)
        age = self._values.get(AGE)
        if age is None:
            return
        for rule in self._rules.inputs:
            if rule.limits is not None and rule.input.field == AGE:
                doubtful |= _outside(rule, age) != _outside(rule, younger)
        for output in self._rules.outputs:
            if output.limits is not None and output.output.valid is not None and output.output.valid.field == AGE:
                doubtful |= output.limits.outside(age) != output.limits.outside(younger)
        for exclusion in self._rules.exclusions:
            if AGE in exclusion.when.names:
                doubtful |= self._holds(exclusion, self._values) != self._holds(
                    exclusion, {**self._values, AGE: younger}
                )
        self._raise(AGE, Code.WARN, doubtful & ~np.isnan(younger))

    def _holds(self, rule: ExclusionRule, values: Mapping[str, FloatArray]) -> BoolArray:
        """Return where an exclusion holds; where a value is unknown it does not."""
        return holds(rule.when, values, self._rows, self._rules.field_codes)

    def _apply_range(self, rule: InputRule, outside: BoolArray) -> None:
        valid = rule.input.valid
        if valid is None or not anywhere(outside):
            return
        if valid.outside is Outside.WITHHOLD:
            for output in valid.outputs or [each.output.name for each in self._rules.outputs]:
                self._withhold(output, outside)
        else:
            self._raise(rule.input.field, _RANGE_CODES[valid.outside], outside)

    def _withhold(self, output: str, where: BoolArray) -> None:
        if anywhere(where):
            self._withheld[output] = self._withheld[output] | where if output in self._withheld else where
            self._raise(output, Code.WITHHELD, where)

    def _raise(self, subject: str, code: Code, where: BoolArray, rule: int | None = None) -> None:
        if anywhere(where):
            note = Note(subject, code, rule)
            self._raised[note] = self._raised[note] | where if note in self._raised else where


_EXCLUSION_CODES = {Action.REFUSE: Code.EXCLUDED, Action.WARN: Code.WARN, Action.CONTRADICTION: Code.INVALID}
_RANGE_CODES = {Outside.REFUSE: Code.OUT_OF_RANGE, Outside.CLAMP: Code.CLAMPED, Outside.WARN: Code.WARN}


def _outside(rule: InputRule, column: FloatArray) -> BoolArray:
    """Return where the transformed input lies outside its range; ages compare completed years."""
    if rule.limits is None:
        return np.zeros(len(column), dtype=np.bool_)
    return rule.limits.outside(rule.transformed(comparable(rule.input.field, column)))
