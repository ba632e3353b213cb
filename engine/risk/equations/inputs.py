"""The inputs of a formula: from the column a caller gives to the value that the formula works on.

In this order: the default where the field is absent, the map or transform into the equation's unit, the clamp.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from engine.fields import Dictionary, Field, Kind
from engine.risk.equations.errors import EquationError
from engine.risk.equations.facts import Facts
from engine.risk.equations.lookups import Lookups
from engine.risk.equations.lowering import Lowering
from engine.risk.equations.source import InputSource, Limits, Scalar
from engine.risk.equations.tape import Node, Tape
from engine.risk.equations.values import NumberValue, Path, Scope, TextValue, Value, number_of

_ON_THE_LIMIT = 1e-9  # relative: a value this close to a limit is on it, and passes the check


@dataclass(frozen=True, slots=True)
class BoundInput:
    """An input on the tape: the column as given, where it is absent (no default), and its value in the formula."""

    source: InputSource
    column: Node
    absent: Node
    value: Value
    categories: tuple[str, ...]

    @property
    def needed(self) -> bool:
        """Whether nobody gets a number without it."""
        return self.source.required and self.source.default is None


def bind_inputs(tape: Tape, sources: tuple[InputSource, ...], dictionary: Dictionary) -> tuple[BoundInput, ...]:
    """Return every input on the tape.

    Raises:
        EquationError: ``equation_name`` for a field that the dictionary does not have, ``equation_types`` for one that
            is a date or a text, or what the transform raises.
    """
    return tuple(_bind(tape, source, dictionary) for source in sources)


def _bind(tape: Tape, source: InputSource, dictionary: Dictionary) -> BoundInput:
    if source.field not in dictionary:
        raise EquationError("equation_name", f"inputs: {source.field}")
    field = dictionary[source.field]
    column = tape.input(source.field, _facts(source, field))
    given = column
    absent = tape.is_missing(column)
    if source.default is not None:
        given, absent = _with_default(tape, column, source.default, field), tape.certain(False)
    elif source.required:
        absent = tape.certain(False)  # who lacks it is refused
    value = _transformed(tape, source, field, given)
    return BoundInput(source, column, absent, value, field.category_codes)


def _facts(source: InputSource, field: Field) -> Facts:
    needed = source.required and source.default is None
    low, high = _range_by_kind(field)
    mine = frozenset({field.name})
    return Facts(
        low,
        high,
        whole=field.kind is not Kind.NUMBER,
        carries=mine,
        unsure=frozenset() if needed else mine,
        sources=mine,
    )


def _range_by_kind(field: Field) -> tuple[float, float]:
    match field.kind:
        case Kind.BOOLEAN:
            return 0.0, 1.0
        case Kind.CATEGORY:
            return 0.0, float(len(field.category_codes) - 1)
        case Kind.NUMBER:
            low = -math.inf if field.hard_min is None else field.hard_min
            return low, math.inf if field.hard_max is None else field.hard_max
    raise EquationError("equation_types", f"inputs: {field.name}")


def _with_default(tape: Tape, column: Node, default: Scalar, field: Field) -> Node:
    if field.kind is Kind.BOOLEAN:
        if default:
            return tape.as_number(tape.opposite(tape.compare("LessOrEqual", column, tape.constant(0.0))))
        return tape.as_number(tape.compare("Greater", column, tape.constant(0.0)))
    encoded = field.encode(default)
    if not math.isfinite(encoded):
        raise EquationError("equation_types", f"inputs: default of {field.name}")
    return tape.select(tape.is_missing(column), tape.constant(encoded), column)


def _transformed(tape: Tape, source: InputSource, field: Field, given: Node) -> Value:
    text = field.kind is Kind.CATEGORY
    value: Value = TextValue(given, field.category_codes) if text else NumberValue(given)
    scope = Scope({"x": value}, Path(tape.certain(True)), f"input {source.field}")
    if source.map is not None:
        return _mapped(tape, given, source.map, field)
    value = Lowering(tape, Lookups(tape, {}, []), {}).value(source.transform, scope)
    if source.limits is None or source.limits.outside not in {"clamp", "refuse"}:
        return value
    return NumberValue(_limited(tape, number_of(tape, value, scope), source.limits, field))


def _limited(tape: Tape, node: Node, limits: Limits, field: Field) -> Node:
    low = -math.inf if limits.min is None else limits.min
    high = math.inf if limits.max is None else limits.max
    if limits.outside == "refuse":
        # An age limit counts completed years: 79.9 passes a limit of 79.
        years = 1.0 if field.name == "age" else 0.0
        slack = _ON_THE_LIMIT * max(abs(limit) for limit in (low, high) if math.isfinite(limit))
        return tape.assume(node, node.facts.within(low - slack, high + slack + years))
    node = node if limits.max is None else tape.apply("Min", node, tape.constant(high))
    return node if limits.min is None else tape.apply("Max", node, tape.constant(low))


def _mapped(tape: Tape, given: Node, table: Mapping[str, Scalar], field: Field) -> Value:
    values = [table.get(code) for code in field.category_codes]
    texts = tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
    if texts:
        places = (texts.index(value) if isinstance(value, str) else math.nan for value in values)
        return TextValue(tape.look(tuple(map(float, places)), given), texts)
    return NumberValue(tape.look(tuple(math.nan if value is None else float(value) for value in values), given))
