"""What an expression of the language becomes: a number, a truth, or a text as position in a list of codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.risk.equations.errors import EquationError
from engine.risk.equations.tape import Node, Tape


@dataclass(frozen=True, slots=True)
class NumberValue:
    """A number."""

    node: Node


@dataclass(frozen=True, slots=True)
class Subset:
    """A condition that says: the text at ``index``, one of ``size`` codes, is among ``positions``."""

    index: Node
    size: int
    positions: frozenset[int]

    def opposite(self) -> Subset:
        """Return the condition that it is among the others."""
        return Subset(self.index, self.size, frozenset(range(self.size)) - self.positions)


@dataclass(frozen=True, slots=True)
class TruthValue:
    """True or false; ``subset`` where that only depends on the code of one text."""

    node: Node
    subset: Subset | None = None


@dataclass(frozen=True, slots=True)
class TextValue:
    """One of ``codes``, by position."""

    index: Node
    codes: tuple[str, ...]


Value = NumberValue | TruthValue | TextValue


@dataclass(frozen=True, slots=True)
class Path:
    """The conditions under which a part is reached: ``holds`` altogether, ``possible`` codes of texts."""

    holds: Node
    possible: Mapping[Node, frozenset[int]] = field(default_factory=dict)

    def under(self, tape: Tape, condition: TruthValue, value: bool = True) -> Path:
        """Return the path that goes on where a condition is true (or, with ``value`` false, where it is not)."""
        node = condition.node if value else tape.opposite(condition.node)
        possible = self.possible
        if condition.subset is not None and not condition.subset.index.facts.unsure:
            subset = condition.subset if value else condition.subset.opposite()
            before = possible.get(subset.index, frozenset(range(subset.size)))
            possible = {**possible, subset.index: before & subset.positions}
        return Path(tape.both(self.holds, node), possible)

    def decide(self, tape: Tape, condition: TruthValue) -> TruthValue:
        """Return the condition, as a constant where this path leaves no choice."""
        subset = condition.subset
        if subset is None or subset.index not in self.possible:
            return condition
        possible = self.possible[subset.index]
        if possible <= subset.positions:
            return TruthValue(tape.certain(True))
        return condition if possible & subset.positions else TruthValue(tape.certain(False))


@dataclass(frozen=True, slots=True)
class Scope:
    """Names and their values at one place of the formula; ``where`` names the place in errors."""

    names: Mapping[str, Value]
    path: Path
    where: str

    def error(self, code: str, what: str) -> EquationError:
        """Return an error that names this place."""
        return EquationError(code, f"{self.where}: {what}")

    def on(self, path: Path) -> Scope:
        """Return the same names on another path."""
        return Scope(self.names, path, self.where)

    def at(self, where: str) -> Scope:
        """Return the same names at another place."""
        return Scope(self.names, self.path, where)

    def with_name(self, name: str, value: Value) -> Scope:
        """Return a scope in which a name is set (again)."""
        return Scope({**self.names, name: value}, self.path, self.where)


def number_of(tape: Tape, value: Value, scope: Scope) -> Node:
    """Return a value as a number; true and false count as 1 and 0.

    Raises:
        EquationError: ``equation_types`` for a text.
    """
    match value:
        case NumberValue():
            return value.node
        case TruthValue():
            return tape.as_number(value.node)
    raise scope.error("equation_types", "a text stands where a number is needed")


def truth_of(tape: Tape, value: Value, scope: Scope) -> TruthValue:
    """Return a value as a condition; a number holds when it is not 0. Raises as ``number_of``."""
    match value:
        case TruthValue():
            return value
        case NumberValue(node=node):
            if node.operation == "AsNumber":
                return TruthValue(node.arguments[0])
            if node.number is not None:
                return TruthValue(tape.certain(node.number != 0))
            if node.facts.whole and node.facts.low >= 0:
                return TruthValue(tape.compare("Greater", node, tape.constant(0.0)))
            return TruthValue(tape.opposite(tape.compare("Equal", node, tape.constant(0.0))))
    raise scope.error("equation_types", "a text stands where a condition is needed")


def same_text(tape: Tape, left: TextValue, right: TextValue) -> TruthValue:
    """Return where two texts are the same."""
    if left.index.number is not None:
        left, right = right, left
    if right.index.number is not None:
        code = right.codes[int(right.index.number)]
        if code not in left.codes:
            return TruthValue(tape.certain(False))
        position = left.codes.index(code)
        node = tape.compare("Equal", left.index, tape.constant(position))
        return TruthValue(node, Subset(left.index, len(left.codes), frozenset({position})))
    codes = joined_codes(left.codes, right.codes)
    return TruthValue(tape.compare("Equal", recode(tape, left, codes), recode(tape, right, codes)))


def joined_codes(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes of both, those of ``left`` first."""
    return left + tuple(code for code in right if code not in left)


def recode(tape: Tape, text: TextValue, codes: tuple[str, ...]) -> Node:
    """Return the position of a text in other codes, which hold all of its own."""
    if codes[: len(text.codes)] == text.codes:
        return text.index
    return tape.look(tuple(float(codes.index(code)) for code in text.codes), text.index)


def choose(tape: Tape, condition: TruthValue, chosen: Value, otherwise: Value, scope: Scope) -> Value:
    """Return ``chosen`` where the condition holds, else ``otherwise``; two texts get the codes of both.

    Raises:
        EquationError: ``equation_types`` when one is a text and the other is not.
    """
    if condition.node.certain is not None:
        return chosen if condition.node.certain else otherwise
    if isinstance(chosen, TextValue) and isinstance(otherwise, TextValue):
        codes = joined_codes(chosen.codes, otherwise.codes)
        index = tape.select(condition.node, recode(tape, chosen, codes), recode(tape, otherwise, codes))
        return TextValue(index, codes)
    if isinstance(chosen, TruthValue) and isinstance(otherwise, TruthValue):
        return TruthValue(tape.select_truth(condition.node, chosen.node, otherwise.node))
    return NumberValue(tape.select(condition.node, number_of(tape, chosen, scope), number_of(tape, otherwise, scope)))
