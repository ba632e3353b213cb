"""An equation as a finished tape: one node per output, and where look-ups fail.

A number never comes out for somebody who lacks a field that the equation needs, even when the graph is run alone:
where the arithmetic does not carry the NaN of an absent field to an output by itself, it is added (``x - x`` is 0 for
every number and NaN for NaN).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

from engine.fields import Dictionary
from engine.risk.equations.inputs import BoundInput, bind_inputs
from engine.risk.equations.lookups import Lookups
from engine.risk.equations.lowering import Lowering
from engine.risk.equations.source import Equation, OutputSource
from engine.risk.equations.steps import Steps
from engine.risk.equations.tape import Node, Tape
from engine.risk.equations.values import Path, Scope, TextValue, number_of


@dataclass(frozen=True, slots=True)
class ProgramOutput:
    """One output of the graph; ``categories`` where it is a position in codes."""

    name: str
    node: Node
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """An equation on a tape. ``labels``: what a node was called in the formula."""

    tape: Tape
    inputs: tuple[BoundInput, ...]
    outputs: tuple[ProgramOutput, ...]
    not_in_table: Mapping[str, Node]
    labels: Mapping[Node, str]


def lower_equation(equation: Equation, dictionary: Dictionary) -> Program:
    """Return the program of an equation.

    Raises:
        EquationError: the equation cannot be compiled; ``where`` names the step or output.
    """
    tape = Tape()
    inputs = bind_inputs(tape, equation.inputs, dictionary)
    lookups = Lookups(tape, equation.tables, [each.source.field for each in inputs])
    lowering = Lowering(tape, lookups, {each.source.name: each.absent for each in inputs})
    steps = Steps(tape, lowering, lookups)
    names = {each.source.name: each.value for each in inputs}
    start = Scope(names, Path(tape.certain(True)), equation.id)
    after = steps.run(equation.steps, start)
    carrier = _Carrier(tape, inputs, lowering, start)
    outputs = tuple(_output(tape, each, lowering, carrier, after) for each in equation.outputs)
    return Program(tape, inputs, outputs, lookups.failures, steps.labels)


def _output(tape: Tape, output: OutputSource, lowering: Lowering, carrier: _Carrier, scope: Scope) -> ProgramOutput:
    value = lowering.value(output.expression, scope.at(f"output {output.name}"))
    if isinstance(value, TextValue):
        return ProgramOutput(output.name, carrier.carry(value.index, output.requires), value.codes)
    node = number_of(tape, value, scope)
    return ProgramOutput(output.name, carrier.carry(node, output.requires), ())


class _Carrier:
    """Adds the NaN of absent fields to outputs."""

    def __init__(self, tape: Tape, inputs: tuple[BoundInput, ...], lowering: Lowering, scope: Scope) -> None:
        self._tape = tape
        self._columns = {each.source.field: each.column for each in inputs}
        self._needed = [each.source.field for each in inputs if each.needed]
        self._conditional = [
            tape.select(
                lowering.truth(each.source.required_when, scope.at(f"input {each.source.field}")).node,
                self._nothing(each.source.field),
                tape.constant(0.0),
            )
            for each in inputs
            if each.source.required_when is not None and each.source.default is None
        ]

    def carry(self, node: Node, requires: Iterable[str]) -> Node:
        """Return the output, NaN where a field that it needs is absent."""
        fields = [field for field in (*self._needed, *requires) if field not in node.facts.carries]
        doubts = [*(self._nothing(field) for field in dict.fromkeys(fields)), *self._conditional]
        if not doubts:
            return node
        doubt = reduce(lambda left, right: self._tape.apply("Add", left, right), doubts)
        return self._tape.apply("Add", node, doubt)

    def _nothing(self, field: str) -> Node:
        column = self._columns[field]
        return self._tape.apply("Sub", column, column)
