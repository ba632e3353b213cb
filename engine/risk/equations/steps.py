"""The steps of a formula: each takes the names set so far and gives them back with one or more set (again)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import reduce

from engine.expressions import Expression
from engine.risk.equations.lookups import Lookups
from engine.risk.equations.loops import Loops, Turns
from engine.risk.equations.lowering import Lowering
from engine.risk.equations.source import DotStep, ForStep, IfStep, PointsStep, SetStep, Step, SumStep
from engine.risk.equations.tape import Node, Tape
from engine.risk.equations.values import NumberValue, Scope, TextValue, TruthValue, Value, choose, number_of

_MOST_TURNS = 500
_FEWEST_TOGETHER = 4  # values of a sum of products; fewer are cheaper one by one


class Steps:
    """Runs steps on the tape."""

    def __init__(self, tape: Tape, lowering: Lowering, lookups: Lookups) -> None:
        self._tape = tape
        self._lowering = lowering
        self._lookups = lookups
        self._loops = Loops(tape, lookups)
        self.labels: dict[Node, str] = {}  # what a node was first called in the formula

    def run(self, steps: Iterable[Step], scope: Scope) -> Scope:
        """Return the scope after these steps.

        Raises:
            EquationError: what ``Lowering`` and ``Lookups`` raise; ``equation_loop`` when a loop has no fixed limits.
        """
        for step in steps:
            scope = self._step(step, scope)
        return scope

    def _step(self, step: Step, scope: Scope) -> Scope:
        match step:
            case IfStep():
                return self._if(step, scope)
            case ForStep():
                return self._for(step, scope.at(f"for {step.counter}"))
        here = scope.at(f"set {step.name}")
        value = self._new_value(step, here)
        if isinstance(value, NumberValue):
            self.labels.setdefault(value.node, step.name)
        return scope.with_name(step.name, value)

    def _new_value(self, step: SetStep | SumStep | DotStep | PointsStep, scope: Scope) -> Value:
        match step:
            case SetStep():
                return self._lowering.value(step.expression, scope)
            case SumStep():
                return NumberValue(self._sum((c, self._lowering.number(e, scope)) for c, e in step.terms))
            case DotStep():
                return NumberValue(self._dot(step, scope))
            case PointsStep():
                return self._points(step.rules, scope)

    def _sum(self, terms: Iterable[tuple[float, Node]]) -> Node:
        """Return the sum of coefficient times value, from left to right."""
        tape = self._tape
        products = [tape.apply("Mul", tape.constant(coefficient), node) for coefficient, node in terms]
        return reduce(lambda total, product: tape.apply("Add", total, product), products, tape.constant(0.0))

    def _dot(self, step: DotStep, scope: Scope) -> Node:
        """Return the sum of coefficient times value over the row that the keys find.

        Two possible rows are summed each with its own constants and one sum is chosen: that is faster than looking up
        every coefficient, which is what more rows get, many coefficients in one go. A coefficient of zero in every row
        takes no part.
        """
        tape = self._tape
        keys = [self._lowering.value(key, scope) for key in step.keys]
        found = self._lookups.rows(step.table, keys, scope)
        names = list(dict.fromkeys(name for row in found.rows if row is not None for name in row))
        values = {name: self._named(name, scope) for name in names}
        if found.position is None:
            return self._sum_of_row(found.rows[0], values)
        if len(found.rows) == 2 and found.position.binary:
            one = tape.compare("Equal", found.position, tape.constant(1.0))
            sums = [self._sum_of_row(row, values) for row in found.rows]
            return tape.select(one, sums[1], sums[0])
        columns = {
            name: tuple(math.nan if row is None else row.get(name, 0.0) for row in found.rows) for name in values
        }
        used = [name for name, column in columns.items() if any(entry != 0 for entry in column)]
        together = [name for name in used if values[name].number is None and values[name].turns == 1]
        if len(together) < _FEWEST_TOGETHER or found.position.turns > 1:
            together = []
        total = tape.constant(0.0)
        for name in used:
            if name not in together:
                part = tape.apply("Mul", tape.look(columns[name], found.position), values[name])
                total = tape.apply("Add", total, part)
        if not together:
            return total
        summed = tuple(columns[name] for name in together), tuple(values[name] for name in together)
        return tape.apply("Add", total, tape.dot(*summed, found.position))

    def _sum_of_row(self, row: Mapping[str, float] | None, values: Mapping[str, Node]) -> Node:
        if row is None:
            return self._tape.constant(math.nan)
        return self._sum((coefficient, values[name]) for name, coefficient in row.items() if coefficient != 0)

    def _named(self, name: str, scope: Scope) -> Node:
        if name not in scope.names:
            raise scope.error("equation_name", name)
        return number_of(self._tape, scope.names[name], scope)

    def _points(self, rules: tuple[tuple[Expression, float], ...], scope: Scope) -> Value:
        value: Value = NumberValue(self._tape.constant(0.0))
        path = scope.path
        held = []
        for when, points in rules:
            condition = self._lowering.truth(when, scope.on(path))
            held.append((condition, NumberValue(self._tape.constant(points))))
            path = path.under(self._tape, condition, value=False)
        for condition, points_here in reversed(held):
            value = choose(self._tape, condition, points_here, value, scope)
        return value

    def _if(self, step: IfStep, scope: Scope) -> Scope:
        path = scope.path
        taken: list[tuple[TruthValue, Mapping[str, Value]]] = []
        for when, steps in step.branches:
            condition = self._lowering.truth(when, scope.on(path).at("if"))
            if condition.node.certain is False:
                continue
            inner = self.run(steps, scope.on(path.under(self._tape, condition)))
            taken.append((condition, inner.names))
            if condition.node.certain:
                break
            path = path.under(self._tape, condition, value=False)
        names: Mapping[str, Value] = scope.names
        for condition, chosen in reversed(taken):
            names = self._merge(condition, chosen, names, scope)
        return Scope(names, scope.path, scope.where)

    def _merge(
        self, condition: TruthValue, chosen: Mapping[str, Value], otherwise: Mapping[str, Value], scope: Scope
    ) -> Mapping[str, Value]:
        if condition.node.certain:
            return chosen
        merged = dict(otherwise)
        for name, value in chosen.items():
            other = otherwise.get(name)
            if other is not value:
                here = scope.at(f"set {name}")
                merged[name] = choose(self._tape, condition, value, self._other(other, value), here)
        for name in sorted(otherwise.keys() - chosen.keys()):
            nothing = self._other(None, otherwise[name])
            merged[name] = choose(self._tape, condition, nothing, otherwise[name], scope.at(f"set {name}"))
        return merged

    def _other(self, other: Value | None, like: Value) -> Value:
        """Return ``other``, or where a name was not set on a path, no number: using it there is an error."""
        if other is not None:
            return other
        nothing = self._tape.constant(math.nan)
        return TextValue(nothing, like.codes) if isinstance(like, TextValue) else NumberValue(nothing)

    def _for(self, step: ForStep, scope: Scope) -> Scope:
        """Run a loop, its turns beside each other where that can be done."""
        first, last = self._lowering.number(step.first, scope), self._lowering.number(step.last, scope)
        lowest, highest = self._turns(first, last, scope)
        counter = self._loops.counter(step, lowest, highest)
        if counter is not None:
            active = self._active(first, last, counter)
            inner = scope.with_name(step.counter, NumberValue(counter))
            turns = Turns(lowest, highest, active, last)
            found = self._loops.side_by_side(step, turns, inner, lambda turn: self.run(step.steps, turn))
            if found is not None:
                return Scope({**scope.names, **found}, scope.path, scope.where)
        return self._unrolled(step, scope, first, last)

    def _unrolled(self, step: ForStep, scope: Scope, first: Node, last: Node) -> Scope:
        """Run the turns one by one: those that some people take and some do not set names only for who takes them."""
        lowest, highest = self._turns(first, last, scope)
        before = scope.names.get(step.counter)
        for turn in range(lowest, highest + 1):
            count = self._tape.constant(float(turn))
            active = self._active(first, last, count)
            inner = scope.with_name(step.counter, NumberValue(count)).on(scope.path.under(self._tape, active))
            after = self.run(step.steps, inner)
            scope = Scope(self._merge(active, after.names, scope.names, scope), scope.path, scope.where)
        names = {name: value for name, value in scope.names.items() if name != step.counter}
        return Scope(names if before is None else {**names, step.counter: before}, scope.path, scope.where)

    def _active(self, first: Node, last: Node, turn: Node) -> TruthValue:
        """Return who takes a turn."""
        after_first = self._tape.certain(True) if turn.facts.low >= first.facts.high else self._at_most(first, turn)
        up_to_last = self._tape.certain(True) if turn.facts.high <= last.facts.low else self._at_most(turn, last)
        return TruthValue(self._tape.both(after_first, up_to_last))

    def _at_most(self, left: Node, right: Node) -> Node:
        return self._tape.compare("LessOrEqual", left, right)

    def _turns(self, first: Node, last: Node, scope: Scope) -> tuple[int, int]:
        for limit in (first, last):
            if not (limit.facts.whole and limit.facts.bounded):
                raise scope.error("equation_loop", "the limits are no whole numbers within a known range")
        lowest, highest = int(first.facts.low), int(last.facts.high)
        if highest - lowest >= _MOST_TURNS:
            raise scope.error("equation_loop", f"more than {_MOST_TURNS} turns")
        return lowest, highest
