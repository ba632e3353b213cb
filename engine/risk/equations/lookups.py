"""Look-ups become entries of dense constant tables, found by one position worked out from all keys.

A key that is the same for everybody is followed while compiling; the rest become axes of the dense table. A text is
already a position; a number is a position once the lowest key is taken off. Where a table can lack what is asked
for, ``Lookups.failures`` tells for whom, and the input field to name is the first whose key is not there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from engine.risk.equations.facts import Facts
from engine.risk.equations.tables import Dense, Leaf, Table, Tree, key_text, keys_at, lay_out
from engine.risk.equations.tape import Node, Tape
from engine.risk.equations.values import NumberValue, Scope, TextValue, TruthValue, Value, number_of

_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]*")
_NOWHERE = "\0"  # a key that no table has: numbers outside the keys of an axis


@dataclass(frozen=True, slots=True)
class _Axis:
    """One key: its possible texts, and which of them it is (None when there is only one)."""

    keys: tuple[str, ...]
    position: Node | None
    facts: Facts


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows (name -> coefficient) that a ``dot`` can meet, None where there is none, and which of them it is.

    ``position`` is None when there is only one.
    """

    rows: tuple[Mapping[str, float] | None, ...]
    position: Node | None


@dataclass(frozen=True, slots=True)
class _Found:
    """A table laid out over the axes of one look-up. ``position`` is None when every key is a constant."""

    dense: Dense
    position: Node | None
    axes: tuple[_Axis, ...]


@dataclass(frozen=True, slots=True)
class Failures:
    """For whom look-ups failed up to some step, in all and by the field to name, and how many can fail."""

    failed: Node
    by_field: Mapping[str, Node]
    count: int


class Lookups:
    """The tables of an equation, and every look-up that can fail."""

    def __init__(self, tape: Tape, tables: Mapping[str, Table], fields: Sequence[str]) -> None:
        """``fields``: the input fields in the order of the equation."""
        self._tape = tape
        self._tables = tables
        self._fields = fields
        self._laid_out: dict[tuple[object, ...], Dense] = {}
        self._failed = tape.certain(False)
        self._failures: dict[str, Node] = {}
        self._that_can_fail = 0

    @property
    def failures(self) -> Mapping[str, Node]:
        """Field -> where a look-up failed for which that field is to be named; only fields that can be."""
        return {field: self._failures[field] for field in self._fields if field in self._failures}

    def failures_so_far(self) -> Failures:
        """Return what ``go_back_to`` takes."""
        return Failures(self._failed, dict(self._failures), self._that_can_fail)

    def go_back_to(self, before: Failures) -> None:
        """Forget the failures of look-ups since then."""
        self._failed, self._failures, self._that_can_fail = before.failed, dict(before.by_field), before.count

    def failed_since(self, before: Failures) -> int:
        """Return how many look-ups since then can fail."""
        return self._that_can_fail - before.count

    def lookup(self, name: str, keys: Sequence[Value], scope: Scope) -> Value:
        """Return ``lookup(name, keys...)``.

        Raises:
            EquationError: ``equation_table`` when there is no such table, when it can never hold the keys, or when
                numbers, texts and further objects are mixed in what can be found.
        """
        found = self._find(name, keys, scope)
        self._note_failures(name, found, scope)
        entries = [entry for entry in found.dense.entries if entry is not None]
        if all(isinstance(entry, str) for entry in entries):
            codes = tuple(dict.fromkeys(entry for entry in entries if isinstance(entry, str)))
            places = {code: float(place) for place, code in enumerate(codes)}
            return TextValue(self._entry(found, tuple(map(_place_of(places), found.dense.entries))), codes)
        if any(isinstance(entry, (str, dict)) for entry in entries):
            raise scope.error("equation_table", f"{name} mixes what can be found")
        return NumberValue(self._entry(found, tuple(map(_number_of, found.dense.entries))))

    def has(self, name: str, keys: Sequence[Value], scope: Scope) -> Value:
        """Return ``has(name, keys...)``; raises as ``lookup``."""
        found = self._find(name, keys, scope)
        present = tuple(float(entry is not None) for entry in found.dense.entries)
        if len(set(present)) == 1:
            return TruthValue(self._tape.certain(bool(present[0])))
        return TruthValue(self._tape.compare("Greater", self._entry(found, present), self._tape.constant(0.0)))

    def rows(self, name: str, keys: Sequence[Value], scope: Scope) -> Rows:
        """Return the rows that these keys can find; raises as ``lookup``."""
        found = self._find(name, keys, scope)
        self._note_failures(name, found, scope)
        for entry in found.dense.entries:
            if entry is not None and not _is_row(entry):
                raise scope.error("equation_table", f"{name} gives no row of numbers")
        return Rows(tuple(map(_row, found.dense.entries)), found.position)

    def _find(self, name: str, keys: Sequence[Value], scope: Scope) -> _Found:
        if name not in self._tables:
            raise scope.error("equation_table", name)
        table = self._tables[name]
        axes = tuple(self._axis(table, depth, key, scope) for depth, key in enumerate(keys))
        wanted = (name, *(axis.keys for axis in axes))
        dense = self._laid_out.get(wanted)
        if dense is None:
            dense = self._laid_out[wanted] = lay_out(table, [axis.keys for axis in axes], scope.where)
        return _Found(dense, self._flat(axes), axes)

    def _axis(self, table: Table, depth: int, key: Value, scope: Scope) -> _Axis:
        if isinstance(key, TextValue):
            if key.index.number is not None:
                return _Axis((key.codes[int(key.index.number)],), None, key.index.facts)
            return _Axis(key.codes, key.index, key.index.facts)
        node = number_of(self._tape, key, scope)
        if node.number is not None:
            return _Axis((key_text(node.number),), None, node.facts)
        numbers = [int(text) for text in keys_at(table, depth) if _WHOLE_NUMBER.fullmatch(text)]
        if not numbers:
            raise scope.error("equation_table", f"{table.name} has no numbered keys at {depth + 1}")
        return self._numbered_axis(node, min(numbers), max(numbers))

    def _numbered_axis(self, node: Node, low: int, high: int) -> _Axis:
        tape, facts = self._tape, node.facts
        keys = tuple(str(number) for number in range(low, high + 1))
        position = tape.apply("Sub", node, tape.constant(low))
        if facts.whole and facts.low >= low and facts.high <= high and not facts.unsure:
            return _Axis(keys, position, facts)
        inside = tape.both(
            tape.compare("GreaterOrEqual", node, tape.constant(low)),
            tape.compare("LessOrEqual", node, tape.constant(high)),
        )
        if not facts.whole:
            inside = tape.both(inside, tape.compare("Equal", tape.apply("Floor", node), node))
        return _Axis((*keys, _NOWHERE), tape.select(inside, position, tape.constant(len(keys))), facts)

    def _flat(self, axes: Sequence[_Axis]) -> Node | None:
        """Return the position in the dense table, the last key fastest."""
        parts = []
        stride = 1
        for axis in reversed(axes):
            if axis.position is not None:
                parts.append(self._tape.apply("Mul", axis.position, self._tape.constant(stride)))
            stride *= len(axis.keys)
        return reduce(lambda left, right: self._tape.apply("Add", left, right), reversed(parts)) if parts else None

    def _entry(self, found: _Found, entries: tuple[float, ...]) -> Node:
        if found.position is None:
            return self._tape.constant(entries[0])
        return self._tape.look(entries, found.position)

    def _note_failures(self, name: str, found: _Found, scope: Scope) -> None:
        """Remember for whom this look-up fails, unless one before it has failed already."""
        if all(entry is None for entry in found.dense.entries):
            raise scope.error("equation_table", f"{name} has none of these keys")
        failing = sorted(set(found.dense.fails_at) - {-1})
        if not failing:
            return
        self._that_can_fail += 1
        fails_at = self._entry(found, tuple(map(float, found.dense.fails_at)))
        reached = self._tape.both(scope.path.holds, self._tape.opposite(self._failed))
        here = [self._tape.compare("Equal", fails_at, self._tape.constant(depth)) for depth in failing]
        for depth, failed in zip(
            failing, self._in_first_turn([self._tape.both(reached, one) for one in here]), strict=True
        ):
            field = self._blamed(found.axes[: depth + 1])
            if field is None:
                raise scope.error("equation_table", f"{name} can fail and no input is to be named")
            self._failures[field] = self._tape.either(self._failures.get(field, self._tape.certain(False)), failed)
            self._failed = self._tape.either(self._failed, failed)

    def _in_first_turn(self, failed: Sequence[Node]) -> Sequence[Node]:
        """Return where each kind of failure is that of the first turn in which the look-up fails."""
        tape = self._tape
        any_kind = tape.as_number(reduce(tape.either, failed))
        if any_kind.turns == 1:
            return failed
        first = tape.compare("LessOrEqual", tape.over_turns("SumBefore", any_kind), tape.constant(0.0))
        return [tape.any_turn(tape.both(one, first)) for one in failed]

    def _blamed(self, axes: Sequence[_Axis]) -> str | None:
        """Return the first input field behind the last of these keys that depends on any."""
        for axis in reversed(axes):
            for field in self._fields:
                if field in axis.facts.sources:
                    return field
        return None


def _place_of(places: Mapping[str, float]) -> Callable[[Leaf | Tree | None], float]:
    return lambda entry: places[entry] if isinstance(entry, str) else math.nan


def _number_of(entry: Leaf | Tree | None) -> float:
    return float(entry) if isinstance(entry, (int, float)) else math.nan


def _is_row(entry: Leaf | Tree) -> bool:
    return isinstance(entry, dict) and all(isinstance(value, (int, float)) for value in entry.values())


def _row(entry: Leaf | Tree | None) -> Mapping[str, float] | None:
    if not isinstance(entry, dict):
        return None
    return {name: _number_of(value) for name, value in entry.items() if not name.startswith("_")}
