"""Expressions of the language become operations on the tape.

Laziness: every branch is computed for everybody and the one that is not taken never shows (``Tape.select``); a look-up
that fails in it does not count, because each part is lowered together with the path on which it is reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from engine.expressions import (
    Arithmetic,
    Call,
    Comparison,
    Conditional,
    Connective,
    Expression,
    Name,
    Negation,
    Node,
    Not,
    Number,
    Text,
    Truth,
)
from engine.risk.equations.lookups import Lookups
from engine.risk.equations.tape import Node as TapeNode
from engine.risk.equations.tape import Tape
from engine.risk.equations.values import (
    NumberValue,
    Scope,
    TextValue,
    TruthValue,
    Value,
    choose,
    number_of,
    same_text,
    truth_of,
)

_ARITHMETIC = {"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "**": "Pow"}
_COMPARISONS = {"<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual"}
_FUNCTIONS = {"ln": "Log", "exp": "Exp", "sqrt": "Sqrt", "abs": "Abs", "floor": "Floor", "ceil": "Ceil"}
_FOLDED = {"min": "Min", "max": "Max"}


class Lowering:
    """Turns expressions into nodes of one tape."""

    def __init__(self, tape: Tape, lookups: Lookups, absent: Mapping[str, TapeNode]) -> None:
        """``absent``: name of an input -> where it is absent."""
        self._tape = tape
        self._lookups = lookups
        self._absent = absent

    def value(self, expression: Expression, scope: Scope) -> Value:
        """Return the value of an expression.

        Raises:
            EquationError: ``equation_name`` for a name that is not set, ``equation_types``, or ``equation_table``.
        """
        return self._value(expression.root, scope)

    def number(self, expression: Expression, scope: Scope) -> TapeNode:
        """Return an expression as a number; raises as ``value``."""
        return self._number(expression.root, scope)

    def truth(self, expression: Expression, scope: Scope) -> TruthValue:
        """Return an expression as a condition, decided where the path leaves no choice; raises as ``value``."""
        return self._truth(expression.root, scope)

    def _value(self, node: Node, scope: Scope) -> Value:
        match node:
            case Number():
                return NumberValue(self._tape.constant(node.value))
            case Text():
                return TextValue(self._tape.constant(0.0), (node.value,))
            case Truth():
                return TruthValue(self._tape.certain(node.value))
            case Name():
                if node.name not in scope.names:
                    raise scope.error("equation_name", node.name)
                return scope.names[node.name]
            case _:
                return self._operation(node, scope)

    def _operation(self, node: Node, scope: Scope) -> Value:
        match node:
            case Negation():
                return NumberValue(self._tape.apply("Neg", self._number(node.operand, scope)))
            case Arithmetic():
                left, right = self._number(node.left, scope), self._number(node.right, scope)
                return NumberValue(self._tape.apply(_ARITHMETIC[node.operator], left, right))
            case Conditional():
                return self._conditional(node, scope)
            case Call():
                return self._call(node, scope)
            case _:
                return scope.path.decide(self._tape, self._condition(node, scope))

    def _number(self, node: Node, scope: Scope) -> TapeNode:
        return number_of(self._tape, self._value(node, scope), scope)

    def _truth(self, node: Node, scope: Scope) -> TruthValue:
        return truth_of(self._tape, self._value(node, scope), scope)

    def _condition(self, node: Node, scope: Scope) -> TruthValue:
        match node:
            case Comparison():
                return self._comparison(node, scope)
            case Not():
                inner = self._truth(node.operand, scope)
                subset = inner.subset.opposite() if inner.subset is not None else None
                return TruthValue(self._tape.opposite(inner.node), subset)
            case Connective():
                return self._connective(node, scope)
        raise scope.error("equation_types", type(node).__name__)

    def _comparison(self, node: Comparison, scope: Scope) -> TruthValue:
        left, right = self._value(node.left, scope), self._value(node.right, scope)
        if node.operator in _COMPARISONS:
            sides = number_of(self._tape, left, scope), number_of(self._tape, right, scope)
            return TruthValue(self._tape.compare(_COMPARISONS[node.operator], *sides))
        if isinstance(left, TextValue) and isinstance(right, TextValue):
            equal = same_text(self._tape, left, right)
        else:
            sides = number_of(self._tape, left, scope), number_of(self._tape, right, scope)
            equal = TruthValue(self._tape.compare("Equal", *sides))
        if node.operator == "==":
            return equal
        subset = equal.subset.opposite() if equal.subset is not None else None
        return TruthValue(self._tape.opposite(equal.node), subset)

    def _connective(self, node: Connective, scope: Scope) -> TruthValue:
        conjunction = node.operator == "and"
        left = self._truth(node.left, scope)
        if left.node.certain is not None and left.node.certain != conjunction:
            return left
        right = self._truth(node.right, scope.on(scope.path.under(self._tape, left, value=conjunction)))
        joined = (self._tape.both if conjunction else self._tape.either)(left.node, right.node)
        return TruthValue(joined)

    def _conditional(self, node: Conditional, scope: Scope) -> Value:
        condition = self._truth(node.condition, scope)
        if condition.node.certain is not None:
            return self._value(node.chosen if condition.node.certain else node.otherwise, scope)
        chosen = self._value(node.chosen, scope.on(scope.path.under(self._tape, condition)))
        otherwise = self._value(node.otherwise, scope.on(scope.path.under(self._tape, condition, value=False)))
        return choose(self._tape, condition, chosen, otherwise, scope)

    def _call(self, node: Call, scope: Scope) -> Value:
        match node.function, node.arguments:
            case "missing", (Name(name=name),) if name in self._absent:
                return TruthValue(self._absent[name])
            case (("lookup" | "has"), (Text(value=table), *keys)) if keys:
                values = [self._value(key, scope) for key in keys]
                ask = self._lookups.lookup if node.function == "lookup" else self._lookups.has
                return ask(table, values, scope)
            case "round_half_up", (value, *digits) if len(digits) <= 1:
                scale = self._tape.constant(10.0)
                power = self._number(digits[0], scope) if digits else self._tape.constant(0.0)
                return self._round_half_up(self._number(value, scope), self._tape.apply("Pow", scale, power))
            case function, (only,) if function in _FUNCTIONS:
                return NumberValue(self._tape.apply(_FUNCTIONS[function], self._number(only, scope)))
            case function, (_, *_) if function in _FOLDED:
                numbers = [self._number(argument, scope) for argument in node.arguments]
                return NumberValue(reduce(lambda a, b: self._tape.apply(_FOLDED[function], a, b), numbers))
        raise scope.error("equation_name", f"{node.function}()")

    def _round_half_up(self, value: TapeNode, scale: TapeNode) -> Value:
        half = self._tape.apply("Add", self._tape.apply("Mul", value, scale), self._tape.constant(0.5))
        return NumberValue(self._tape.apply("Div", self._tape.apply("Floor", half), scale))
