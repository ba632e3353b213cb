"""The tree of an expression: frozen nodes that know where in the text they began."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Number:
    """A number literal."""

    value: float
    position: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A text literal: a code of a category, or the name of a table."""

    value: str
    position: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """``true`` or ``false``."""

    value: bool
    position: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A name: an input or something set before."""

    name: str
    position: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Negation:
    """``-operand``."""

    operand: Node
    position: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left operator right`` with one of ``+ - * / **``."""

    operator: str
    left: Node
    right: Node
    position: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left operator right`` with one of ``< <= > >= == !=``."""

    operator: str
    left: Node
    right: Node
    position: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Connective:
    """``left and right`` or ``left or right``; the right side counts only when the left does not decide."""

    operator: str
    left: Node
    right: Node
    position: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """``not operand``."""

    operand: Node
    position: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """``chosen if condition else otherwise``; only the branch that is taken counts."""

    condition: Node
    chosen: Node
    otherwise: Node
    position: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """``function(argument, ...)``. Any name parses; who evaluates refuses the functions he does not know."""

    function: str
    arguments: tuple[Node, ...]
    position: int = field(default=1, compare=False)


Node = (
    Number | Text | Truth | Name | Negation | Arithmetic | Comparison | Connective | Not | Conditional | Call
)  # fmt: skip


@dataclass(frozen=True)
class Expression:
    """A parsed expression. Two expressions with the same text are equal."""

    text: str
    root: Node = field(compare=False)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that the expression mentions, those inside ``missing()`` included."""
        return frozenset(node.name for node in walk(self.root) if isinstance(node, Name))


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts of a node in the order in which they are written in the class."""
    match node:
        case Negation() | Not():
            return (node.operand,)
        case Arithmetic() | Comparison() | Connective():
            return (node.left, node.right)
        case Conditional():
            return (node.condition, node.chosen, node.otherwise)
        case Call():
            return node.arguments
        case _:
            return ()


def walk(root: Node) -> Iterator[Node]:
    """Yield the node and everything below it, parents first."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))
