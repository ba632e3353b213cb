"""Cuts the text of an expression into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from engine.expressions.errors import ExpressionError


class TokenKind(StrEnum):
    """What a token is."""

    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    SIGN = "sign"  # operators, brackets and the reserved words
    END = "end"


RESERVED = frozenset({"and", "or", "not", "if", "else", "true", "false"})

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.]))
      | '(?P<text>[^'\n]*)'
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>\*\*|<=|>=|==|!=|[-+*/<>(),])
    )""",
    re.VERBOSE,
)
_BLANK = re.compile(r"\s*\Z")


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``position`` counts characters from 1."""

    kind: TokenKind
    text: str
    position: int


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text, the last of kind END.

    Raises:
        ExpressionError: ``expression_syntax`` at the first character that starts no token.
    """
    tokens = []
    start = 0
    while not _BLANK.match(text, start):
        found = _TOKEN.match(text, start)
        if found is None or found.lastgroup is None:
            blank = len(text[start:]) - len(text[start:].lstrip())
            raise ExpressionError("expression_syntax", start + blank + 1)
        kind = TokenKind(found.lastgroup)
        written = found.group(kind)
        if kind is TokenKind.NAME and written in RESERVED:
            kind = TokenKind.SIGN
        tokens.append(Token(kind, written, found.start(found.lastgroup) + 1))
        start = found.end()
    tokens.append(Token(TokenKind.END, "", len(text) + 1))
    return tokens
