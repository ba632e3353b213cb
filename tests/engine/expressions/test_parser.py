"""The language is read as the reference describes it, and nothing else is."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions import (
    Arithmetic,
    Call,
    Comparison,
    Conditional,
    Connective,
    ExpressionError,
    Name,
    Negation,
    Not,
    Number,
    Text,
    Truth,
    parse,
)


def test_power_groups_to_the_right_and_binds_tighter_than_a_minus_before_it() -> None:
    assert parse("2 ** 3 ** 2").root == Arithmetic("**", Number(2), Arithmetic("**", Number(3), Number(2)))
    assert parse("-2 ** 2").root == Negation(Arithmetic("**", Number(2), Number(2)))
    assert parse("2 ** -1").root == Arithmetic("**", Number(2), Negation(Number(1)))


def test_sums_and_products_group_to_the_left() -> None:
    assert parse("a - b - c").root == Arithmetic("-", Arithmetic("-", Name("a"), Name("b")), Name("c"))
    assert parse("a - b / c * d").root == Arithmetic(
        "-", Name("a"), Arithmetic("*", Arithmetic("/", Name("b"), Name("c")), Name("d"))
    )


def test_not_is_looser_than_a_comparison_and_tighter_than_and() -> None:
    assert parse("not a == 1 and b").root == Connective("and", Not(Comparison("==", Name("a"), Number(1))), Name("b"))
    assert parse("a or b and c").root == Connective("or", Name("a"), Connective("and", Name("b"), Name("c")))


def test_a_conditional_is_the_loosest_and_nests_to_the_right() -> None:
    assert parse("1 if a or b else 2 if c else 3").root == Conditional(
        Connective("or", Name("a"), Name("b")), Number(1), Conditional(Name("c"), Number(2), Number(3))
    )


def test_literals_and_calls_of_any_name() -> None:
    assert parse("lookup('s0', region, 2)").root == Call("lookup", (Text("s0"), Name("region"), Number(2)))
    assert parse("true != false").root == Comparison("!=", Truth(True), Truth(False))
    assert parse("risk_rule()").root == Call("risk_rule", ())
    assert parse("1.29e-05 + .5").root == Arithmetic("+", Number(1.29e-05), Number(0.5))
    assert parse("x == 'if'").root == Comparison("==", Name("x"), Text("if"))


def test_names_include_those_asked_for_absence_but_not_functions_or_tables() -> None:
    assert parse("lookup('t', sex) if not missing(hba1c) else min(age, 80)").names == {"sex", "hba1c", "age"}


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("   ", 4),
        ("a < b < c", 7),
        ("a == b != c", 8),
        ("1 +", 4),
        ("(a", 3),
        ("a b", 3),
        ("a if b", 7),
        ("f(a,)", 5),
        ("'open", 1),
        ("a == not b", 6),
        ("a := 1", 3),
        ("a.b", 2),
        ("10x", 1),
        ("__import__('os').system('x')", 17),
        ("[a]", 1),
        ("a if b else c else d", 15),
        ("and", 1),
        ('x == "M"', 6),
    ],
)
def test_anything_else_is_refused_with_its_place(text: str, position: int) -> None:
    with pytest.raises(ExpressionError) as refusal:
        parse(text)
    assert (refusal.value.code, refusal.value.position) == ("expression_syntax", position)


@pytest.mark.parametrize(
    "text",
    ["(" * 5000 + "a" + ")" * 5000, "-" * 5000 + "a", "not " * 5000 + "a", "2 ** " * 5000 + "2", "a + " * 9000 + "a",
     "a + " * 300 + "a", "1 if a else " * 5000 + "2", "f(" * 5000 + ")" * 5000],
)  # fmt: skip
def test_what_would_exhaust_the_interpreter_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        parse(text)
    assert refusal.value.code == "expression_too_large"


@given(st.text(alphabet="ab01.'()<=>!+-*/ ,eifandortls\n\\\"", max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    with suppress(ExpressionError):
        parse(text)


_PYTHON_SAFE = st.recursive(
    st.sampled_from(["a", "b", "2", "0.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "and", "or"]), inner).map(" ".join),
        inner.map(lambda one: f"-{one}"),
        inner.map(lambda one: f"({one})"),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} if {three[1]} else {three[2]})"),
        inner.map(lambda one: f"(not {one})"),
        st.tuples(inner, st.sampled_from(["<", "<=", "==", "!="]), inner).map(lambda two: f"({' '.join(two)})"),
    ),
    max_leaves=12,
)


@given(_PYTHON_SAFE)
def test_grouping_is_that_of_python(text: str) -> None:
    """Python's own parser is the oracle: both trees are written out with every bracket."""
    tree = ast.parse(text, mode="eval")
    if any(isinstance(node, ast.Compare) and len(node.ops) > 1 for node in ast.walk(tree)):
        with pytest.raises(ExpressionError):
            parse(text)
    else:
        assert _brackets(parse(text).root) == _python_brackets(tree.body)


def _brackets(node: Any) -> str:
    match node:
        case Number():
            return repr(float(node.value))
        case Name():
            return node.name
        case Negation():
            return f"(-{_brackets(node.operand)})"
        case Not():
            return f"(not {_brackets(node.operand)})"
        case Conditional():
            return f"({_brackets(node.chosen)} if {_brackets(node.condition)} else {_brackets(node.otherwise)})"
        case _:
            return f"({_brackets(node.left)} {node.operator} {_brackets(node.right)})"


_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.Lt: "<", ast.LtE: "<=",
    ast.Eq: "==", ast.NotEq: "!=", ast.And: "and", ast.Or: "or", ast.USub: "-", ast.Not: "not ",
}  # fmt: skip


def _python_brackets(node: ast.expr) -> str:
    match node:
        case ast.Constant():
            return repr(float(str(node.value)))
        case ast.Name():
            return node.id
        case ast.UnaryOp():
            return f"({_SIGNS[type(node.op)]}{_python_brackets(node.operand)})"
        case ast.IfExp():
            chosen, condition, otherwise = (_python_brackets(part) for part in (node.body, node.test, node.orelse))
            return f"({chosen} if {condition} else {otherwise})"
        case ast.BoolOp():
            written = [_python_brackets(value) for value in node.values]
            return reduce(lambda left, right: f"({left} {_SIGNS[type(node.op)]} {right})", written)
        case _:
            return _python_two_sides(node)


def _python_two_sides(node: ast.expr) -> str:
    if isinstance(node, ast.Compare):
        left, sign, right = node.left, node.ops[0], node.comparators[0]
        return f"({_python_brackets(left)} {_SIGNS[type(sign)]} {_python_brackets(right)})"
    assert isinstance(node, ast.BinOp)
    return f"({_python_brackets(node.left)} {_SIGNS[type(node.op)]} {_python_brackets(node.right)})"


def _texts(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for key, value in document.items():
            if key in {"expr", "when", "required_when", "transform"} and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from _texts(value)


@pytest.mark.shared
def test_every_expression_of_the_reference_can_be_read(shared: Path) -> None:
    files = [*(shared / "reference" / "equations").glob("*.json"), *(shared / "reference").glob("*.json")]
    texts = [text for file in files for text in _texts(json.loads(file.read_text(encoding="utf-8")))]
    assert len(texts) > 1000
    for text in texts:
        parse(text)
