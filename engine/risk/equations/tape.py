"""The computation of an equation as a graph of operations on columns: every operation stands there once.

Nodes are made only through ``Tape``, which folds constants, finds an operation that is there already, and simplifies
where IEEE arithmetic allows it. Operations carry the names of ONNX operators; these are rewritten when the graph is
written out: ``Select`` (a choice between two numbers), ``AsNumber`` (true and false as 1 and 0), ``Look`` (an entry of
a constant table), ``Dot`` (a sum of values times such entries), ``Assume`` (nothing happens), and those of loops whose
turns lie beside each other: ``Counter`` (the number of each turn), ``SumTurns``, ``MaxTurns`` and ``SumBefore`` (over
all turns; over those before each).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from engine.risk.equations import facts as known
from engine.risk.equations.facts import Facts
from engine.risk.equations.folding import fold

Payload = float | bool | str | tuple[float, ...] | tuple[tuple[float, ...], ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operation. ``truth``: its column holds true and false, otherwise numbers.

    ``payload``: the value of a ``Constant``, the field of an ``Input``, the entries of a ``Look`` or a ``Counter``;
    of a ``Dot`` those of each value.
    ``turns``: how many turns of a loop its column has beside each other; 1 outside loops.
    """

    operation: str
    arguments: tuple[Node, ...]
    facts: Facts
    truth: bool = False
    payload: Payload = None
    turns: int = 1

    @property
    def number(self) -> float | None:
        """The value of a constant number, else None."""
        value = self.payload if self.operation == "Constant" and not self.truth else None
        return value if isinstance(value, float) else None

    @property
    def certain(self) -> bool | None:
        """The value of a constant truth, else None."""
        return self.payload if self.operation == "Constant" and isinstance(self.payload, bool) else None

    @property
    def binary(self) -> bool:
        """Whether it is 0 or 1 for everybody, nothing else and never NaN."""
        return self.facts.whole and self.facts.low >= 0 and self.facts.high <= 1 and not self.facts.unsure


class Tape:
    """Makes nodes."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[object, ...], Node] = {}

    def __iter__(self) -> Iterator[Node]:
        """Yield the nodes in the order in which they were made: parts before what uses them."""
        return iter(self._nodes.values())

    def constant(self, value: float) -> Node:
        """Return a number that is the same for everybody."""
        return self._make("Constant", (), known.constant(value), payload=float(value))

    def certain(self, value: bool) -> Node:
        """Return true or false for everybody."""
        return self._make("Constant", (), Facts(), truth=True, payload=value)

    def input(self, field: str, facts: Facts) -> Node:
        """Return the column of a field as the caller gives it."""
        return self._make("Input", (), facts, payload=field)

    def assume(self, node: Node, facts: Facts) -> Node:
        """Return the same number, known to be as these facts say for everybody who is not refused."""
        return node if facts == node.facts or node.number is not None else self._make("Assume", (node,), facts)

    def apply(self, operation: str, *parts: Node) -> Node:
        """Return an ONNX operator over numbers, simplified where that changes no result."""
        values = [part.number for part in parts]
        exact = [value for value in values if value is not None]
        if len(exact) == len(parts):
            return self.constant(fold(operation, exact))
        if (simpler := _simplify(self, operation, parts)) is not None:
            return simpler
        return self._make(operation, parts, known.of_operation(operation, tuple(part.facts for part in parts)))

    def compare(self, operation: str, left: Node, right: Node) -> Node:
        """Return ``Less``, ``LessOrEqual``, ``Greater``, ``GreaterOrEqual`` or ``Equal`` of two numbers."""
        if left.number is not None and right.number is not None:
            return self.certain(bool(_COMPARE[operation](left.number, right.number)))
        if operation == "Equal" and left.binary and right.number in (0.0, 1.0):
            one = self._make("Greater", (left, self.constant(0.0)), _joined(left), truth=True)
            return one if right.number == 1.0 else self.opposite(one)
        return self._make(operation, (left, right), _joined(left, right), truth=True)

    def is_missing(self, node: Node) -> Node:
        """Return where a number is NaN."""
        return self._make("IsNaN", (node,), _joined(node), truth=True)

    def opposite(self, truth: Node) -> Node:
        """Return ``not``."""
        if truth.certain is not None:
            return self.certain(not truth.certain)
        return truth.arguments[0] if truth.operation == "Not" else self._make("Not", (truth,), truth.facts, truth=True)

    def both(self, left: Node, right: Node) -> Node:
        """Return ``and``."""
        return self._connect("And", left, right, decides=False)

    def either(self, left: Node, right: Node) -> Node:
        """Return ``or``."""
        return self._connect("Or", left, right, decides=True)

    def _connect(self, operation: str, left: Node, right: Node, decides: bool) -> Node:
        for side, other in ((left, right), (right, left)):
            if side.certain is not None:
                return side if side.certain == decides else other
        if left is right:
            return left
        if self.opposite(left) is right:
            return self.certain(decides)
        return self._make(operation, (left, right), _joined(left, right), truth=True)

    def as_number(self, truth: Node) -> Node:
        """Return 1 where true and 0 where false."""
        if truth.certain is not None:
            return self.constant(float(truth.certain))
        if truth.operation == "Not":
            return self.apply("Sub", self.constant(1.0), self.as_number(truth.arguments[0]))
        if truth.operation == "Greater" and truth.arguments[0].binary and truth.arguments[1].number == 0.0:
            return truth.arguments[0]
        return self._make("AsNumber", (truth,), Facts(0, 1, whole=True, sources=truth.facts.sources))

    def select(self, condition: Node, chosen: Node, otherwise: Node) -> Node:
        """Return ``chosen`` where the condition holds, else ``otherwise``; the other one never shows."""
        if condition.certain is not None:
            return chosen if condition.certain else otherwise
        if chosen is otherwise:
            return chosen
        if condition.operation == "Not":
            return self.select(condition.arguments[0], otherwise, chosen)
        if (simpler := _simplify_choice(self, condition, chosen, otherwise)) is not None:
            return simpler
        facts = _choice_facts(self, condition, chosen, otherwise)
        return self._make("Select", (condition, chosen, otherwise), facts)

    def select_truth(self, condition: Node, chosen: Node, otherwise: Node) -> Node:
        """Return ``chosen`` where the condition holds, else ``otherwise``, of two truths."""
        if condition.certain is not None:
            return chosen if condition.certain else otherwise
        if chosen is otherwise:
            return chosen
        return self.either(self.both(condition, chosen), self.both(self.opposite(condition), otherwise))

    def look(self, entries: tuple[float, ...], index: Node) -> Node:
        """Return the entry at a whole-numbered position; any entry where the position is outside or NaN."""
        if index.number is not None:
            return self.constant(entries[int(index.number)])
        if index.binary and len(entries) == 2:
            one = self.compare("Equal", index, self.constant(1.0))
            return self.select(one, self.constant(entries[1]), self.constant(entries[0]))
        array = np.array(entries)
        low, high = (array.min(), array.max()) if np.isfinite(array).all() else (-np.inf, np.inf)
        whole = bool((array == np.floor(array)).all())
        facts = Facts(float(low), float(high), whole, sources=index.facts.sources)
        return self._make("Look", (index,), facts, payload=entries)

    def dot(self, columns: tuple[tuple[float, ...], ...], values: tuple[Node, ...], index: Node) -> Node:
        """Return the sum of the values, each times the entry of its column at a position as ``look`` finds it."""
        products = [
            known.of_operation("Mul", (Facts(min(column), max(column)), value.facts))
            if np.isfinite(column).all()
            else known.of_operation("Mul", (Facts(), value.facts))
            for column, value in zip(columns, values, strict=True)
        ]
        facts = reduce(lambda total, part: known.of_operation("Add", (total, part)), products)
        facts = replace(facts, sources=facts.sources | index.facts.sources)
        return self._make("Dot", (index, *values), facts, payload=columns)

    def counter(self, lowest: int, highest: int) -> Node:
        """Return the numbers of the turns of a loop, which lie beside each other."""
        numbers = tuple(map(float, range(lowest, highest + 1)))
        return self._make("Counter", (), Facts(lowest, highest, whole=True), payload=numbers, turns=len(numbers))

    def carried(self, name: str, turns: int) -> Node:
        """Return what a turn finds under a name, as long as it is not known; such a node is never written out."""
        return self._make("Carried", (), Facts(), payload=name, turns=turns)

    def over_turns(self, operation: str, node: Node) -> Node:
        """Return ``SumTurns`` or ``MaxTurns`` (one number for all turns) or ``SumBefore`` (one for each turn)."""
        turns = node.turns if operation == "SumBefore" else 1
        return self._make(operation, (node,), known.over_turns(operation, node.facts, node.turns), turns=turns)

    def any_turn(self, truth: Node) -> Node:
        """Return whether something is true in any turn."""
        if truth.turns == 1:
            return truth
        return self.compare("Greater", self.over_turns("MaxTurns", self.as_number(truth)), self.constant(0.0))

    def _make(
        self,
        operation: str,
        arguments: tuple[Node, ...],
        facts: Facts,
        truth: bool = False,
        payload: Payload = None,
        turns: int | None = None,
    ) -> Node:
        written = repr(payload) if isinstance(payload, float) else payload  # so NaN and -0.0 are found again
        key = (operation, *(id(argument) for argument in arguments), type(payload), written)
        found = self._nodes.get(key)
        if found is None:
            wide = max((each.turns for each in arguments), default=1) if turns is None else turns
            found = self._nodes[key] = Node(operation, arguments, facts, truth, payload, wide)
        return found


def by_arithmetic(tape: Tape, condition: Node, chosen: Node, otherwise: Node) -> bool:
    """Whether a choice is computed as ``m * chosen + (1 - m) * otherwise`` with m 1 or 0.

    That is exact for finite numbers, and several times faster than a choice element by element; where one side can be
    infinite or NaN it would leak, and between two constants it pays only when m is there already.
    """
    if not (chosen.facts.bounded and otherwise.facts.bounded):
        return False
    constants = chosen.number is not None and otherwise.number is not None
    return (
        not constants or 0.0 in (chosen.number, otherwise.number) or tape.as_number(condition).operation != "AsNumber"
    )


def _joined(*nodes: Node) -> Facts:
    return Facts(sources=frozenset().union(*(node.facts.sources for node in nodes)))


def _present_where(condition: Node, value: bool) -> frozenset[str]:
    """Return the optional fields that are surely present where a condition has this value."""
    match condition.operation, value:
        case ("IsNaN", False):
            return condition.arguments[0].facts.unsure
        case ("Not", _):
            return _present_where(condition.arguments[0], not value)
        case ("And", True) | ("Or", False):
            return frozenset().union(*(_present_where(part, value) for part in condition.arguments))
    return frozenset()


def _choice_facts(tape: Tape, condition: Node, chosen: Node, otherwise: Node) -> Facts:
    carries = chosen.facts.carries & otherwise.facts.carries
    if by_arithmetic(tape, condition, chosen, otherwise):
        carries = chosen.facts.carries | otherwise.facts.carries | tape.as_number(condition).facts.carries
    return Facts(
        low=min(chosen.facts.low, otherwise.facts.low),
        high=max(chosen.facts.high, otherwise.facts.high),
        whole=chosen.facts.whole and otherwise.facts.whole,
        unsure=(chosen.facts.unsure - _present_where(condition, True))
        | (otherwise.facts.unsure - _present_where(condition, False)),
        carries=carries,
        sources=condition.facts.sources | chosen.facts.sources | otherwise.facts.sources,
    )


def _simplify_choice(tape: Tape, condition: Node, chosen: Node, otherwise: Node) -> Node | None:
    if chosen.operation == "Select" and chosen.arguments[0] is condition:
        return tape.select(condition, chosen.arguments[1], otherwise)
    if otherwise.operation == "Select" and otherwise.arguments[0] is condition:
        return tape.select(condition, chosen, otherwise.arguments[2])
    zero = tape.constant(0.0)
    if chosen.operation == "Add" and otherwise in chosen.arguments:
        added = chosen.arguments[chosen.arguments[0] is otherwise]
        return tape.apply("Add", otherwise, tape.select(condition, added, zero))
    if otherwise.operation == "Add" and chosen in otherwise.arguments:
        added = otherwise.arguments[otherwise.arguments[0] is chosen]
        return tape.apply("Add", chosen, tape.select(condition, zero, added))
    return None


def _simplify(tape: Tape, operation: str, parts: tuple[Node, ...]) -> Node | None:
    if operation in _MAPPED and len(parts) == 1 and (mapped := _map_constants(tape, operation, parts[0])) is not None:
        return mapped
    if operation == "Neg" and parts[0].operation == "Neg":
        return parts[0].arguments[0]
    if operation == "Pow":
        return _simplify_power(tape, parts[0], parts[1])
    if len(parts) == 2:
        return _simplify_neutral(tape, operation, parts[0], parts[1])
    return None


def _simplify_neutral(tape: Tape, operation: str, left: Node, right: Node) -> Node | None:
    match operation, left.number, right.number:
        case ("Add", 0.0, _) | ("Mul", 1.0, _):
            return right
        case ("Add" | "Sub", _, 0.0) | ("Mul" | "Div", _, 1.0):
            return left
        case ("Sub", 0.0, _):
            return tape.apply("Neg", right)
        case ("Mul", -1.0, _):
            return tape.apply("Neg", right)
    return None


def _simplify_power(tape: Tape, base: Node, exponent: Node) -> Node | None:
    """Small whole powers are products; a power of a positive number is exp(exponent * ln(base)), which is faster."""
    match exponent.number:
        case 0.5:
            return tape.apply("Sqrt", base)
        case 1.0:
            return base
        case 2.0 | 3.0 | 4.0 as times:
            square = tape.apply("Mul", base, base)
            return square if times == 2 else tape.apply("Mul", square, base if times == 3 else square)
        case -1.0 | -2.0 | -3.0 | -4.0 as times:
            return tape.apply("Div", tape.constant(1.0), tape.apply("Pow", base, tape.constant(-times)))
    if base.facts.low > 0:
        return tape.apply("Exp", tape.apply("Mul", exponent, tape.apply("Log", base)))
    return None


# Worth carrying out on the constants of a choice or a table rather than on every row.
_MAPPED = frozenset({"Exp", "Log", "Sqrt", "Neg"})
_MOST_MAPPED = 4096


def _map_constants(tape: Tape, operation: str, part: Node) -> Node | None:
    if part.operation == "Select" and all(arm.number is not None for arm in part.arguments[1:]):
        condition, chosen, otherwise = part.arguments
        return tape.select(condition, tape.apply(operation, chosen), tape.apply(operation, otherwise))
    entries = part.payload if part.operation == "Look" and operation != "Neg" else None
    if isinstance(entries, tuple) and len(entries) <= _MOST_MAPPED:
        mapped = tuple(fold(operation, [entry]) for entry in entries if isinstance(entry, float))
        return tape.look(mapped, part.arguments[0])
    return None


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "Less": lambda a, b: a < b,
    "LessOrEqual": lambda a, b: a <= b,
    "Greater": lambda a, b: a > b,
    "GreaterOrEqual": lambda a, b: a >= b,
    "Equal": lambda a, b: a == b,
}
