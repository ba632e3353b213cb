"""The graph of a recalibrated pack: the parent's graph as it is, and a few operators behind one of its outputs.

The output keeps its name, so bands and words that speak of it hold on; a tensor that had it is renamed. Other outputs
are no longer outputs. Of several probabilities a row the one is taken that the output stands for; where an exporter
packed them into a table per row (ZipMap), they are taken before that. Field numbers are those of the published
``onnx.proto`` (ONNX IR). The same parts give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.domain.recalibration import Scale
from engine.errors import PackError
from engine.packs.messages import Part, doubles, message, parts, text, whole
from engine.risk.recalibration.fit import Parameters

_MODEL_DOC, _MODEL_GRAPH = 6, 7
_GRAPH_NODE, _GRAPH_NAME, _GRAPH_INITIALIZER, _GRAPH_DOC = 1, 2, 5, 10
_GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE_INFO = 11, 12, 13
_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME, _NODE_OPERATOR, _NODE_ATTRIBUTE = 1, 2, 3, 4, 5
_ATTRIBUTE_NAME, _ATTRIBUTE_WHOLE, _ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_KIND = 1, 3, 6, 11, 20
_TENSOR_DIMENSION, _TENSOR_KIND, _TENSOR_NAME, _TENSOR_DATA = 1, 2, 8, 9
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR, _TENSOR_TYPE_KIND, _TENSOR_TYPE_SHAPE = 1, 1, 2
_SHAPE_DIMENSION, _DIMENSION_NAME = 1, 2
_FLOAT64, _INT64, _ATTRIBUTE_IS_WHOLE = 11, 7, 2
_ZIP_MAP = "ZipMap"
_WITH_GRAPHS = frozenset({"If", "Loop", "Scan", "SequenceMap"})
_OWN = "recalibration."  # begins the name of every tensor that is added


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a graph.

    ``output`` is the name that the changed number gets; ``tensor`` the output of the graph that holds it, ``column``
    its place there among several a row (None: there is one). ``keep``: which others stay outputs (look-up flags).
    """

    output: str
    tensor: str
    column: int | None
    scale: Scale
    parameters: Parameters
    keep: Collection[str]
    name: str
    description: str


def change_graph(graph: bytes, pack: str, change: Change) -> bytes:
    """Return the bytes of the changed ONNX model.

    Raises:
        PackError: ``recalibrate_graph`` when the graph is none or has no such output that an operator makes.
    """
    try:
        before = list(parts(graph))
        if sum(part.number == _MODEL_GRAPH for part in before) != 1:
            raise ValueError("no graph, or several")
        model = [
            message(_MODEL_GRAPH, _changed(part.content, change)) if part.number == _MODEL_GRAPH else part.written
            for part in before
            if part.number != _MODEL_DOC
        ]
    except (ValueError, IndexError, RecursionError) as error:
        raise PackError("recalibrate_graph", pack=pack) from error
    return b"".join([*model, text(_MODEL_DOC, change.description)])


def _changed(graph: bytes, change: Change) -> bytes:
    before = f"{_OWN}before"
    found: Part | None = None
    written = []
    every = list(parts(graph))
    for part in every:
        name = _name(part.content, _VALUE_NAME) if part.number in (_GRAPH_INPUT, _GRAPH_OUTPUT) else None
        if part.number == _GRAPH_INPUT and name == change.output:
            raise ValueError("an input is the output")
        if part.number == _GRAPH_OUTPUT:
            found = part if name == change.tensor else found
            written += [part.written] if name in change.keep else []
        elif part.number not in (_GRAPH_NAME, _GRAPH_DOC):
            written.append(_renamed(part, change.output, before))
    if found is None or _OWN.encode() in graph:
        raise ValueError("no such output, or changed before")
    source = _before_table(every, change.tensor) if _is_table(found.content) else change.tensor
    added = _Added(before if source == change.output else source)
    _flatten(added, found.content, change.column)
    (_on_hazards if change.scale is Scale.HAZARD else _on_odds)(added, change.parameters)
    added.node("Identity", [added.tensor], change.output)
    return b"".join([*written, text(_GRAPH_NAME, change.name), *added.written, _column(change.output)])


def _on_hazards(added: _Added, parameters: Parameters) -> None:
    """1 - exp(-e^intercept * (-log(1 - risk))^slope): 0 stays 0 and 1 stays 1."""
    added.operate("Max", 0.0)
    added.operate("Min", 1.0)
    added.operate("Sub", 1.0, first=True)
    added.apply("Log")
    added.apply("Neg")
    if parameters.slope != 1:
        added.operate("Pow", parameters.slope)
    added.operate("Mul", 1.0 if parameters.intercept == 0 else math.exp(parameters.intercept))
    added.apply("Neg")
    added.apply("Exp")
    added.operate("Sub", 1.0, first=True)


def _on_odds(added: _Added, parameters: Parameters) -> None:
    """1 / (1 + e^-(intercept + slope * log odds)): 0 stays 0 and 1 stays 1."""
    added.operate("Max", 0.0)
    added.operate("Min", 1.0)
    risk = added.tensor
    added.operate("Sub", 1.0, first=True)
    added.join("Div", risk)
    added.apply("Log")
    added.operate("Mul", parameters.slope)
    added.operate("Add", parameters.intercept)
    added.apply("Sigmoid")


class _Added:
    """The operators that are added, one after the other; ``tensor`` is what the last one made."""

    def __init__(self, tensor: str) -> None:
        self.tensor = tensor
        self.written: list[bytes] = []
        self._count = 0

    def apply(self, operator: str, attributes: Sequence[bytes] = ()) -> None:
        """Apply an operator to what there is."""
        self.node(operator, [self.tensor], self._next(), attributes)

    def operate(self, operator: str, number: float, *, first: bool = False) -> None:
        """Apply an operator of two values, the other one being a number; ``first``: it comes first."""
        constant = self.constant(_FLOAT64, doubles([number]))
        operands = [constant, self.tensor] if first else [self.tensor, constant]
        self.node(operator, operands, self._next())

    def join_after(self, operator: str, second: str, attributes: Sequence[bytes] = ()) -> None:
        """Apply an operator to what there is and an earlier tensor."""
        self.node(operator, [self.tensor, second], self._next(), attributes)

    def join(self, operator: str, first: str) -> None:
        """Apply an operator to an earlier tensor and what there is."""
        self.node(operator, [first, self.tensor], self._next())

    def reshape(self) -> None:
        """Make one column of what there is."""
        shape = self.constant(_INT64, (-1).to_bytes(8, "little", signed=True), whole(_TENSOR_DIMENSION, 1))
        self.node("Reshape", [self.tensor, shape], self._next())

    def constant(self, kind: int, data: bytes, dimensions: bytes = b"") -> str:
        """Write a constant; return its name."""
        name = f"{_OWN}constant_{self._count}"
        tensor = [dimensions, whole(_TENSOR_KIND, kind), text(_TENSOR_NAME, name), message(_TENSOR_DATA, data)]
        self.written.append(message(_GRAPH_INITIALIZER, *tensor))
        return name

    def node(self, operator: str, operands: Sequence[str], result: str, attributes: Sequence[bytes] = ()) -> None:
        """Write an operator."""
        content = [text(_NODE_INPUT, operand) for operand in operands]
        content += [text(_NODE_OUTPUT, result), text(_NODE_NAME, f"{_OWN}{operator}_{len(self.written)}")]
        content += [text(_NODE_OPERATOR, operator), *attributes]
        self.written.append(message(_GRAPH_NODE, *content))
        self.tensor = result

    def _next(self) -> str:
        self._count += 1
        return f"{_OWN}{self._count}"


def _is_table(output: bytes) -> bool:
    """Whether an output is a table per row and no tensor."""
    return not _inside(_inside(output, _VALUE_TYPE), _TYPE_TENSOR)


def _before_table(graph: Sequence[Part], table: str) -> str:
    """Return the tensor of probabilities, a column each, that the tables of an output were packed from."""
    for part in graph:
        if part.number == _GRAPH_NODE:
            inner = list(parts(part.content))
            made = [each.content.decode("utf-8") for each in inner if each.number == _NODE_OUTPUT]
            if made == [table] and _name(part.content, _NODE_OPERATOR) == _ZIP_MAP:
                return _name(part.content, _NODE_INPUT)
    raise ValueError("a table of another make")


def _flatten(added: _Added, output: bytes, column: int | None) -> None:
    """Bring an output of another number type or shape to one column of 64-bit numbers."""
    kind, rank = _kind_and_rank(output)
    if column is not None:
        place = added.constant(_INT64, column.to_bytes(8, "little"))
        attribute = [text(_ATTRIBUTE_NAME, "axis"), whole(_ATTRIBUTE_WHOLE, 1)]
        attribute.append(whole(_ATTRIBUTE_KIND, _ATTRIBUTE_IS_WHOLE))
        added.join_after("Gather", place, [message(_NODE_ATTRIBUTE, *attribute)])
        rank = 1
    if kind != _FLOAT64:
        attribute = [text(_ATTRIBUTE_NAME, "to"), whole(_ATTRIBUTE_WHOLE, _FLOAT64)]
        attribute.append(whole(_ATTRIBUTE_KIND, _ATTRIBUTE_IS_WHOLE))
        added.apply("Cast", [message(_NODE_ATTRIBUTE, *attribute)])
    if rank != 1:
        added.reshape()


def _kind_and_rank(value: bytes) -> tuple[int | None, int | None]:
    """Return the number type and the number of dimensions of a tensor as an output declares it."""
    tensor = _inside(_inside(value, _VALUE_TYPE), _TYPE_TENSOR)
    kind = next((part.value for part in parts(tensor) if part.number == _TENSOR_TYPE_KIND), None)
    shapes = [part.content for part in parts(tensor) if part.number == _TENSOR_TYPE_SHAPE]
    rank = sum(part.number == _SHAPE_DIMENSION for part in parts(shapes[0])) if shapes else None
    return kind if isinstance(kind, int) else None, rank


def _column(name: str) -> bytes:
    """Return an output of 64-bit numbers, one a row."""
    dimension = message(_SHAPE_DIMENSION, text(_DIMENSION_NAME, "rows"))
    tensor = [whole(_TENSOR_TYPE_KIND, _FLOAT64), message(_TENSOR_TYPE_SHAPE, dimension)]
    return message(_GRAPH_OUTPUT, text(_VALUE_NAME, name), message(_VALUE_TYPE, message(_TYPE_TENSOR, *tensor)))


def _renamed(part: Part, old: str, new: str) -> bytes:
    """Return a part of a graph with a tensor renamed, in graphs inside it too."""
    if part.number == _GRAPH_NODE:
        holds_graphs = _name(part.content, _NODE_OPERATOR) in _WITH_GRAPHS
        return message(
            _GRAPH_NODE, *(_in_node(inner, old, new, holds_graphs=holds_graphs) for inner in parts(part.content))
        )
    where = {_GRAPH_INITIALIZER: _TENSOR_NAME, _GRAPH_VALUE_INFO: _VALUE_NAME, _GRAPH_OUTPUT: _VALUE_NAME}
    if part.number in where and _name(part.content, where[part.number]) == old:
        number = where[part.number]
        inner = (text(number, new) if each.number == number else each.written for each in parts(part.content))
        return message(part.number, *inner)
    return part.written


def _in_node(part: Part, old: str, new: str, *, holds_graphs: bool) -> bytes:
    if part.number in (_NODE_INPUT, _NODE_OUTPUT) and part.value == old.encode():
        return text(part.number, new)
    if part.number != _NODE_ATTRIBUTE or not holds_graphs:  # a forest has a million numbers in its attributes
        return part.written
    return message(_NODE_ATTRIBUTE, *(_in_attribute(each, old, new) for each in parts(part.content)))


def _in_attribute(part: Part, old: str, new: str) -> bytes:
    if part.number not in (_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS):
        return part.written
    return message(part.number, *(_renamed(each, old, new) for each in parts(part.content)))


def _inside(content: bytes, number: int) -> bytes:
    return next((part.content for part in parts(content) if part.number == number), b"")


def _name(content: bytes, number: int) -> str:
    return _inside(content, number).decode("utf-8")
