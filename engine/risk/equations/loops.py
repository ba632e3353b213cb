"""A loop without unrolling: all its turns beside each other, as a second axis of the columns.

A sum over fifty years of life is a few dozen operations on columns of fifty turns instead of thousands on single ones,
each of which costs more to start than to do for one person. It works where a turn only sets names, and what a turn
hands to the next are running totals: ``cum = cum + h`` becomes, before each turn, the sum of ``h`` over the turns
before it, and after the loop the sum over all. Sums go from the first turn to the last, as they would one by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.risk.equations.lookups import Lookups
from engine.risk.equations.source import ForStep, SetStep
from engine.risk.equations.tape import Node, Tape
from engine.risk.equations.values import NumberValue, Scope, TextValue, TruthValue, Value, number_of

_FEWEST_TURNS = 4  # fewer are cheaper one by one

RunTurn = Callable[[Scope], Scope]


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of a loop: their numbers, which of them a person takes, and which is the last one taken."""

    lowest: int
    highest: int
    active: TruthValue
    last: Node

    @property
    def count(self) -> int:
        """How many there are at most."""
        return self.highest - self.lowest + 1


class Loops:
    """Lays the turns of loops side by side."""

    def __init__(self, tape: Tape, lookups: Lookups) -> None:
        self._tape = tape
        self._lookups = lookups

    def counter(self, step: ForStep, lowest: int, highest: int) -> Node | None:
        """Return the numbers of the turns as one node; None where the loop must be unrolled."""
        if highest - lowest + 1 < _FEWEST_TURNS or not all(isinstance(inner, SetStep) for inner in step.steps):
            return None
        return self._tape.counter(lowest, highest)

    def side_by_side(self, step: ForStep, turns: Turns, scope: Scope, run_turn: RunTurn) -> Mapping[str, Value] | None:
        """Return the names that the loop sets with their values after it; None where it must be unrolled.

        Args:
            step: the loop, for which ``counter`` gave a node.
            turns: its turns.
            scope: the names before it, and its counter.
            run_turn: runs the steps of one turn.

        Raises:
            EquationError: what the steps raise.
        """
        before = {inner.name: scope.names.get(inner.name) for inner in step.steps if isinstance(inner, SetStep)}
        if any(value is not None and not isinstance(value, NumberValue) for value in before.values()):
            return None
        starts = {name: value.node for name, value in before.items() if isinstance(value, NumberValue)}
        running = {name: self._tape.carried(name, turns.count) for name in starts}
        totals: dict[str, Node] = {}
        failures = self._lookups.failures_so_far()
        while True:
            self._lookups.go_back_to(failures)
            inner = scope.on(scope.path.under(self._tape, turns.active))
            for name, node in running.items():
                inner = inner.with_name(name, NumberValue(node))
            after = run_turn(inner)
            found = self._new_totals(starts, running, totals, turns, after)
            if not found:
                break
            for name, added in found.items():
                totals[name] = self._tape.apply("Add", starts[name], self._tape.over_turns("SumTurns", added))
                running[name] = self._tape.apply("Add", starts[name], self._tape.over_turns("SumBefore", added))
        values = {name: after.names[name] for name in before if name not in totals}
        if self._lookups.failed_since(failures) > 1 or not all(map(_settled, values.values())):
            self._lookups.go_back_to(failures)
            return None
        last = {name: self._last(value, before[name], turns, after) for name, value in values.items()}
        return {**{name: NumberValue(node) for name, node in totals.items()}, **last}

    def _new_totals(
        self,
        starts: Mapping[str, Node],
        running: Mapping[str, Node],
        known: Mapping[str, Node],
        turns: Turns,
        after: Scope,
    ) -> Mapping[str, Node]:
        """Return name -> what each turn adds to it, for running totals that do not hang on others yet unknown."""
        found = {}
        for name in starts:
            if name in known:
                continue
            node, carried = number_of(self._tape, after.names[name], after), running[name]
            if node.operation != "Add" or carried not in node.arguments:
                continue
            added = node.arguments[node.arguments[0] is carried]
            added = self._tape.select(turns.active.node, added, self._tape.constant(0.0))
            # What is the same in every turn, or for everybody, does not have the shape of people and turns.
            if added.turns > 1 and added.facts.sources and _free(added):
                found[name] = added
        return found

    def _last(self, value: Value, before: Value | None, turns: Turns, scope: Scope) -> Value:
        """Return what a name is after the last turn that a person takes; as before where there was none."""
        tape = self._tape
        here = tape.compare("Equal", tape.counter(turns.lowest, turns.highest), turns.last)

        def last(node: Node) -> Node:
            return tape.over_turns(
                "SumTurns", tape.select(tape.both(turns.active.node, here), node, tape.constant(0.0))
            )

        any_turn = tape.any_turn(turns.active.node)
        nothing = before.node if isinstance(before, NumberValue) else tape.constant(math.nan)
        if isinstance(value, TextValue):
            return TextValue(tape.select(any_turn, last(value.index), nothing), value.codes)
        return NumberValue(tape.select(any_turn, last(number_of(tape, value, scope)), nothing))


def _settled(value: Value) -> bool:
    return _free(value.index if isinstance(value, TextValue) else value.node)


def _free(node: Node) -> bool:
    """Whether a node does not depend on what a turn hands to the next."""
    waiting, seen = [node], {node}
    while waiting:
        here = waiting.pop()
        if here.operation == "Carried":
            return False
        fresh = [part for part in here.arguments if part not in seen]
        seen.update(fresh)
        waiting += fresh
    return True
