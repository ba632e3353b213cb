"""The small expression language of equations, derived fields, exclusions, bands and guideline rules.

Text becomes a frozen tree (``parse``); a tree is evaluated over columns with three values, true, false and unknown
(``evaluate``). Nothing is handed to Python's own ``eval``.
"""

from engine.expressions.errors import ExpressionError
from engine.expressions.evaluation import evaluate
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
    walk,
)
from engine.expressions.parser import parse

__all__ = [
    "Arithmetic",
    "Call",
    "Comparison",
    "Conditional",
    "Connective",
    "Expression",
    "ExpressionError",
    "Name",
    "Negation",
    "Node",
    "Not",
    "Number",
    "Text",
    "Truth",
    "children",
    "evaluate",
    "parse",
    "walk",
]
