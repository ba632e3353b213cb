"""Evaluates an expression over columns, with three values: true, false and unknown.

A NaN in a column is unknown. Unknown goes through arithmetic and comparisons; a false side decides ``and`` and a true
side decides ``or`` whatever the other is; a condition that is unknown gives an unknown result. ``missing(name)`` is
always known.

Inside, a truth is two boolean columns, where it is true and where it is false (neither: unknown), so ``and``, ``or``
and ``not`` are one operation on each and a comparison needs no search for NaN: IEEE comparisons with NaN are false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import BoolArray, FloatArray
from engine.expressions.errors import ExpressionError
from engine.expressions.nodes import (
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

# A constant stays a NumPy scalar until it meets a column.
_Numbers = FloatArray | np.float64
_Bools = BoolArray | np.bool_


@dataclass(frozen=True, slots=True)
class _Truths:
    """Where a condition is true and where it is false."""

    true: _Bools
    false: _Bools


@dataclass(frozen=True, slots=True)
class _Texts:
    """Positions in a list of codes."""

    positions: _Numbers
    codes: tuple[str, ...]


_Values = _Numbers | _Truths | _Texts

_ARITHMETIC: Mapping[str, Callable[[_Numbers, _Numbers], _Numbers]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.true_divide,
    "**": np.power,
}
# Each comparison with the one that holds exactly where it is false.
_COMPARISONS: Mapping[str, tuple[Callable[..., _Bools], Callable[..., _Bools]]] = {
    "<": (np.less, np.greater_equal),
    "<=": (np.less_equal, np.greater),
    ">": (np.greater, np.less_equal),
    ">=": (np.greater_equal, np.less),
}
_ONE_ARGUMENT: Mapping[str, Callable[[_Numbers], _Numbers]] = {
    "ln": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "floor": np.floor,
    "ceil": np.ceil,
}
_FOLDED: Mapping[str, Callable[[_Numbers, _Numbers], _Numbers]] = {"min": np.minimum, "max": np.maximum}


def evaluate(
    expression: Expression,
    columns: Mapping[str, FloatArray],
    rows: int,
    text_codes: Mapping[str, Sequence[str]] | None = None,
    result_codes: Sequence[str] = (),
) -> FloatArray:
    """Return the value of an expression for every row.

    Args:
        expression: a parsed expression.
        columns: name -> float64[rows]; NaN where unknown, booleans 0 or 1, texts as positions in their codes.
        rows: how many rows.
        text_codes: name -> its codes, for every name whose column holds positions.
        result_codes: for an expression that gives a text, the codes whose positions the result holds.

    Returns:
        float64[rows], NaN where unknown, 1 and 0 for true and false. It can be one of the given columns itself, so
        it must not be written to. Undefined arithmetic gives infinity or NaN as IEEE 754 says, never an error.

    Raises:
        ExpressionError: ``expression_name_unknown``, ``expression_function_unknown`` or ``expression_types`` (a text
            where a number is needed, a number compared with a text, a text that ``result_codes`` does not hold).
    """
    evaluator = _Evaluator(columns, text_codes or {})
    with np.errstate(all="ignore"):
        numbers = evaluator.result(expression.root, tuple(result_codes))
    return np.full(rows, numbers) if isinstance(numbers, np.float64) else numbers


class _Evaluator:
    def __init__(self, columns: Mapping[str, FloatArray], text_codes: Mapping[str, Sequence[str]]) -> None:
        self._columns = columns
        self._text_codes = text_codes

    def result(self, root: Node, result_codes: tuple[str, ...]) -> _Numbers:
        value = self.value(root)
        return _recode(value, result_codes, root) if isinstance(value, _Texts) else _numbers(value)

    def value(self, node: Node) -> _Values:
        match node:
            case Number():
                return np.float64(node.value)
            case Truth():
                return _Truths(np.bool_(node.value), np.bool_(not node.value))
            case Text():
                return _Texts(np.float64(0), (node.value,))
            case Name():
                return self._name(node)
            case _:
                return self._operation(node)

    def _operation(self, node: Node) -> _Values:
        match node:
            case Negation():
                return np.negative(self._number(node.operand))
            case Arithmetic():
                return _ARITHMETIC[node.operator](self._number(node.left), self._number(node.right))
            case Call():
                return self._call(node)
            case Comparison():
                return self._comparison(node)
            case Conditional():
                return self._conditional(node)
            case _:
                return self._logic(node)

    def _logic(self, node: Node) -> _Truths:
        match node:
            case Not():
                inner = self._truth(node.operand)
                return _Truths(inner.false, inner.true)
            case Connective(operator="and"):
                left, right = self._truth(node.left), self._truth(node.right)
                return _Truths(left.true & right.true, left.false | right.false)
            case Connective():
                left, right = self._truth(node.left), self._truth(node.right)
                return _Truths(left.true | right.true, left.false & right.false)
        raise _types(node)

    def _name(self, node: Name) -> _Values:
        column = self._columns.get(node.name)
        if column is None:
            raise ExpressionError("expression_name_unknown", node.position, node.name)
        codes = self._text_codes.get(node.name)
        return column if codes is None else _Texts(column, tuple(codes))

    def _number(self, node: Node) -> _Numbers:
        value = self.value(node)
        if isinstance(value, _Texts):
            raise _types(node)
        return _numbers(value)

    def _truth(self, node: Node) -> _Truths:
        value = self.value(node)
        if isinstance(value, _Texts):
            raise _types(node)
        return value if isinstance(value, _Truths) else _truths(value)

    def _comparison(self, node: Comparison) -> _Truths:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, _Texts) or isinstance(right, _Texts):
            if not (isinstance(left, _Texts) and isinstance(right, _Texts)):
                raise _types(node)
            if node.operator not in {"==", "!="}:
                raise _types(node)
            equal = _same_text(left, right)
        elif node.operator in _COMPARISONS:
            holds, fails = _COMPARISONS[node.operator]
            return _Truths(holds(_numbers(left), _numbers(right)), fails(_numbers(left), _numbers(right)))
        else:
            equal = _same_number(_numbers(left), _numbers(right))
        return equal if node.operator == "==" else _Truths(equal.false, equal.true)

    def _conditional(self, node: Conditional) -> _Values:
        condition = self._truth(node.condition)
        chosen, otherwise = self.value(node.chosen), self.value(node.otherwise)
        if isinstance(chosen, _Texts) and isinstance(otherwise, _Texts):
            codes = chosen.codes + tuple(code for code in otherwise.codes if code not in chosen.codes)
            return _Texts(_select(condition, chosen.positions, _recode(otherwise, codes, node)), codes)
        if isinstance(chosen, _Texts) or isinstance(otherwise, _Texts):
            raise _types(node)
        if isinstance(chosen, _Truths) and isinstance(otherwise, _Truths):
            return _Truths(
                (condition.true & chosen.true) | (condition.false & otherwise.true),
                (condition.true & chosen.false) | (condition.false & otherwise.false),
            )
        return _select(condition, _numbers(chosen), _numbers(otherwise))

    def _call(self, node: Call) -> _Values:
        count = len(node.arguments)
        if node.function in _ONE_ARGUMENT and count == 1:
            return _ONE_ARGUMENT[node.function](self._number(node.arguments[0]))
        if node.function in _FOLDED and count >= 1:
            folded = self._number(node.arguments[0])
            for argument in node.arguments[1:]:
                folded = _FOLDED[node.function](folded, self._number(argument))
            return folded
        if node.function == "round_half_up" and count in {1, 2}:
            return self._round_half_up(node)
        if node.function == "missing" and count == 1 and isinstance(node.arguments[0], Name):
            return self._missing(node.arguments[0])
        raise ExpressionError("expression_function_unknown", node.position, node.function)

    def _round_half_up(self, node: Call) -> _Numbers:
        value = self._number(node.arguments[0])
        scale: _Numbers = np.float64(1)
        if len(node.arguments) == 2:
            scale = np.power(np.float64(10), self._number(node.arguments[1]))
        return np.divide(np.floor(value * scale + 0.5), scale)

    def _missing(self, node: Name) -> _Truths:
        value = self._name(node)
        column = value.positions if isinstance(value, _Texts) else _numbers(value)
        absent = np.isnan(column)
        return _Truths(absent, ~absent)


def _types(node: Node) -> ExpressionError:
    return ExpressionError("expression_types", node.position)


def _numbers(value: _Values) -> _Numbers:
    if isinstance(value, _Truths):
        known = np.where(value.true, 1.0, np.where(value.false, 0.0, np.nan))
        return np.float64(known) if known.ndim == 0 else known
    if isinstance(value, _Texts):
        return value.positions
    return value


def _truths(numbers: _Numbers) -> _Truths:
    # NaN is different from everything, so being different from 0 is not yet being known.
    return _Truths((numbers != 0) & (numbers == numbers), numbers == 0)  # noqa: PLR0124  equal to itself: not NaN


def _same_number(left: _Numbers, right: _Numbers) -> _Truths:
    equal = left == right
    return _Truths(equal, (left < right) | (left > right))


def _same_text(left: _Texts, right: _Texts) -> _Truths:
    if isinstance(left.positions, np.float64):
        left, right = right, left  # a literal is cheaper to recode than a column
    if left.codes == right.codes:
        return _same_number(left.positions, right.positions)
    codes = left.codes + tuple(code for code in right.codes if code not in left.codes)
    return _same_number(left.positions, _to_codes(right, codes))


def _select(condition: _Truths, chosen: _Numbers, otherwise: _Numbers) -> _Numbers:
    result = np.where(condition.true, chosen, np.where(condition.false, otherwise, np.nan))
    return np.float64(result) if result.ndim == 0 else result


def _recode(texts: _Texts, codes: tuple[str, ...], node: Node) -> _Numbers:
    if not set(texts.codes) <= set(codes):
        raise _types(node)
    return _to_codes(texts, codes)


def _to_codes(texts: _Texts, codes: tuple[str, ...]) -> _Numbers:
    """Return the positions in ``codes``, which hold every code of the texts; NaN and infinity stay."""
    if texts.codes == codes[: len(texts.codes)]:
        return texts.positions
    table = np.array([codes.index(code) for code in texts.codes], dtype=np.float64)
    positions = np.asarray(texts.positions)
    finite = np.isfinite(positions)
    indices: NDArray[np.intp] = np.where(finite, positions, 0).astype(np.intp)
    result = np.where(finite, table[indices], positions)
    return np.float64(result) if result.ndim == 0 else result
