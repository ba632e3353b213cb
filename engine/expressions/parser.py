"""Reads an expression: tokens to a frozen tree, by precedence climbing.

From loosest to tightest: ``a if c else b``; ``or``; ``and``; ``not``; one comparison (never chained); ``+ -``; ``* /``;
unary ``-``; ``**`` (groups to the right, and binds tighter than a minus before it, so ``-2 ** 2`` is -4).
"""

from __future__ import annotations

from functools import lru_cache

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
    children,
)
from engine.expressions.tokens import Token, TokenKind, tokenize

_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
# How tightly a binary sign binds; comparisons stand between ``not`` and the sums.
_OR, _AND, _COMPARE, _SUM, _PRODUCT = range(1, 6)
_BINDS = {
    "or": _OR, "and": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT,
    **dict.fromkeys(_COMPARISONS, _COMPARE),
}  # fmt: skip

# Far above anything a person writes, far below what would exhaust the interpreter's stack.
_MOST_TOKENS = 20_000
_DEEPEST_BRACKETS = 60
_DEEPEST_TREE = 200


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Return the tree of an expression.

    Raises:
        ExpressionError: ``expression_syntax`` with the position of the first token that does not fit;
            ``expression_too_large`` when the text is nested too deep or too long.
    """
    tokens = tokenize(text)
    if len(tokens) > _MOST_TOKENS:
        raise ExpressionError("expression_too_large", tokens[_MOST_TOKENS].position)
    parser = _Parser(tokens)
    root = parser.conditional()
    parser.expect_end()
    _check_depth(root)
    return Expression(text, root)


def _check_depth(root: Node) -> None:
    level: list[Node] = [root]
    for _ in range(_DEEPEST_TREE):
        level = [child for node in level for child in children(node)]
        if not level:
            return
    raise ExpressionError("expression_too_large", level[0].position)


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def conditional(self) -> Node:
        """Read ``a if c else b`` or anything tighter."""
        self._enter()
        chosen = self._binary(_OR)
        if sign := self._take("if"):
            condition = self._binary(_OR)
            self._expect("else")
            chosen = Conditional(condition, chosen, self.conditional(), sign.position)
        self._depth -= 1
        return chosen

    def expect_end(self) -> None:
        if self._token.kind is not TokenKind.END:
            raise self._error()

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _error(self) -> ExpressionError:
        return ExpressionError("expression_syntax", self._token.position)

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST_BRACKETS:
            raise ExpressionError("expression_too_large", self._token.position)

    def _take(self, sign: str) -> Token | None:
        token = self._token
        if token.kind is TokenKind.SIGN and token.text == sign:
            self._at += 1
            return token
        return None

    def _expect(self, sign: str) -> None:
        if self._take(sign) is None:
            raise self._error()

    def _binary(self, loosest: int) -> Node:
        """Read operands joined by signs that bind at least as tightly as ``loosest``."""
        left = self._prefixed(loosest)
        while (binds := self._binds()) >= loosest:
            sign = self._token
            self._at += 1
            right = self._binary(binds + 1)
            left = _join(sign, left, right)
            if binds == _COMPARE and self._binds() == _COMPARE:
                raise self._error()  # a < b < c means different things to different readers
        return left

    def _binds(self) -> int:
        return _BINDS.get(self._token.text, 0) if self._token.kind is TokenKind.SIGN else 0

    def _prefixed(self, loosest: int) -> Node:
        if loosest <= _COMPARE and (sign := self._take("not")):
            self._enter()
            negated = Not(self._binary(_COMPARE), sign.position)
            self._depth -= 1
            return negated
        if sign := self._take("-"):
            self._enter()
            negation = Negation(self._prefixed(_PRODUCT), sign.position)
            self._depth -= 1
            return negation
        return self._power()

    def _power(self) -> Node:
        base = self._atom()
        if sign := self._take("**"):
            self._enter()
            base = Arithmetic("**", base, self._prefixed(_PRODUCT), sign.position)
            self._depth -= 1
        return base

    def _atom(self) -> Node:
        token = self._token
        self._at += 1
        match token.kind:
            case TokenKind.NUMBER:
                return Number(float(token.text), token.position)
            case TokenKind.TEXT:
                return Text(token.text, token.position)
            case TokenKind.NAME:
                return self._name_or_call(token)
            case TokenKind.SIGN if token.text in {"true", "false"}:
                return Truth(token.text == "true", token.position)
            case TokenKind.SIGN if token.text == "(":
                inner = self.conditional()
                self._expect(")")
                return inner
        self._at -= 1
        raise self._error()

    def _name_or_call(self, token: Token) -> Node:
        if not self._take("("):
            return Name(token.text, token.position)
        arguments: list[Node] = []
        if not self._take(")"):
            arguments.append(self.conditional())
            while self._take(","):
                arguments.append(self.conditional())
            self._expect(")")
        return Call(token.text, tuple(arguments), token.position)


def _join(sign: Token, left: Node, right: Node) -> Node:
    if sign.text in _COMPARISONS:
        return Comparison(sign.text, left, right, sign.position)
    if sign.text in {"and", "or"}:
        return Connective(sign.text, left, right, sign.position)
    return Arithmetic(sign.text, left, right, sign.position)
