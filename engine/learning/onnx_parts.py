"""The parts of an ONNX file, written field by field; the numbers are those of the published ``onnx.proto``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.packs.messages import message, text, varints, whole

OPSET, TREE_OPSET = 17, 3
_IR_VERSION = 8  # the IR version of operator set 17
_PRODUCER = "lantern"
FLOAT32, INT64, FLOAT16, FLOAT64 = 1, 7, 10, 11
_TREES = "ai.onnx.ml"

_MODEL_IR, _MODEL_PRODUCER, _MODEL_DOC, _MODEL_GRAPH, _MODEL_OPSET = 1, 2, 6, 7, 8
_GRAPH_NODE, _GRAPH_NAME, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 2, 5, 11, 12
_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME, _NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 1, 2, 3, 4, 5, 7
_TENSOR_DIMENSION, _TENSOR_KIND, _TENSOR_NAME, _TENSOR_DATA = 1, 2, 8, 9
_NAME, _ATTRIBUTE_WHOLE, _ATTRIBUTE_TEXT, _ATTRIBUTE_FLOATS, _ATTRIBUTE_WHOLES, _ATTRIBUTE_TEXTS = 1, 3, 4, 7, 8, 9
_ATTRIBUTE_KIND = 20
_IS_WHOLE, _IS_TEXT, _ARE_FLOATS, _ARE_WHOLES, _ARE_TEXTS = 2, 3, 6, 7, 8


class GraphParts:
    """A graph while it is written; every method returns the name of the tensor that it made."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: dict[tuple[int, tuple[int, ...], bytes], str] = {}
        self._widened: dict[str, str] = {}

    def number(self, value: float) -> str:
        """Write a 64-bit constant."""
        return self.numbers(value)

    def numbers(self, values: ArrayLike) -> str:
        """Write an array of 64-bit constants."""
        return self._constant(FLOAT64, np.asarray(values, dtype="<f8"))

    def floats(self, values: ArrayLike) -> str:
        """Write an array of 32-bit constants."""
        return self._constant(FLOAT32, np.asarray(values, dtype="<f4"))

    def singles(self, values: ArrayLike) -> str:
        """Write an array in 32 bits that is computed with in 64."""
        return self._wide(FLOAT32, np.asarray(values, dtype="<f4"))

    def halves(self, values: ArrayLike) -> str:
        """Write an array in 16 bits that is computed with in 64."""
        return self._wide(FLOAT16, np.asarray(values, dtype="<f2"))

    def whole(self, values: ArrayLike) -> str:
        """Write an array of whole numbers."""
        return self._constant(INT64, np.asarray(values, dtype="<i8"))

    def node(self, operator: str, inputs: Sequence[str], output: str | None = None, **attributes: object) -> str:
        """Write an operator."""
        return self._node(operator, inputs, [output] if output else [], "", attributes)

    def outermost(self, values: str, count: int, *, largest: bool) -> str:
        """Write the ``count`` largest (else smallest) values of each row, the outermost first."""
        made = f"v{len(self._nodes)}"
        names = [made, f"{made}_places"]
        return self._node("TopK", [values, self.whole([count])], names, "", {"axis": 1, "largest": int(largest)})

    def trees(self, values: str, **attributes: object) -> str:
        """Write trees whose leaves are added up; float32[rows, 1]."""
        return self._node("TreeEnsembleRegressor", [values], [], _TREES, attributes)

    def model(self, name: str, description: str, source: str, columns: int, outputs: Sequence[str]) -> bytes:
        """Return the file: one float32 input of ``columns`` a row, and outputs of one 64-bit number a row."""
        content = [message(_GRAPH_NODE, each) for each in self._nodes]
        content.append(text(_GRAPH_NAME, name))
        for (kind, shape, data), tensor in self._constants.items():
            sizes = [whole(_TENSOR_DIMENSION, size) for size in shape]
            parts = [*sizes, whole(_TENSOR_KIND, kind), text(_TENSOR_NAME, tensor), message(_TENSOR_DATA, data)]
            content.append(message(_GRAPH_INITIALIZER, *parts))
        content.append(message(_GRAPH_INPUT, _end(source, FLOAT32, columns)))
        content += [message(_GRAPH_OUTPUT, _end(output, FLOAT64, 1)) for output in outputs]
        opsets = [_opset("", OPSET), _opset(_TREES, TREE_OPSET)]
        head = [whole(_MODEL_IR, _IR_VERSION), text(_MODEL_PRODUCER, _PRODUCER), text(_MODEL_DOC, description)]
        return b"".join([*head, message(_MODEL_GRAPH, *content), *opsets])

    def _wide(self, kind: int, array: NDArray[np.generic]) -> str:
        narrow = self._constant(kind, array)
        if narrow not in self._widened:
            self._widened[narrow] = self.node("Cast", [narrow], to=FLOAT64)
        return self._widened[narrow]

    def _constant(self, kind: int, array: NDArray[np.generic]) -> str:
        key = (kind, array.shape, array.tobytes())
        return self._constants.setdefault(key, f"constant_{len(self._constants)}")

    def _node(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str], domain: str, attributes: dict[str, object]
    ) -> str:
        made = outputs or [f"v{len(self._nodes)}"]
        content = [text(_NODE_INPUT, each) for each in inputs]
        content += [*(text(_NODE_OUTPUT, each) for each in made), text(_NODE_NAME, f"{operator}_{len(self._nodes)}")]
        content.append(text(_NODE_OPERATOR, operator))
        content += [message(_NODE_ATTRIBUTE, _attribute(name, value)) for name, value in attributes.items()]
        self._nodes.append(b"".join([*content, text(_NODE_DOMAIN, domain)] if domain else content))
        return made[0]


def _attribute(name: str, value: object) -> bytes:
    if isinstance(value, int):
        kind, content = _IS_WHOLE, whole(_ATTRIBUTE_WHOLE, value)
    elif isinstance(value, str):
        kind, content = _IS_TEXT, text(_ATTRIBUTE_TEXT, value)
    elif isinstance(value, np.ndarray) and value.dtype == np.float32:
        kind, content = _ARE_FLOATS, message(_ATTRIBUTE_FLOATS, value.astype("<f4").tobytes())
    elif isinstance(value, np.ndarray):
        kind, content = _ARE_WHOLES, message(_ATTRIBUTE_WHOLES, varints(value.tolist()))
    elif isinstance(value, list):
        kind, content = _ARE_TEXTS, b"".join(text(_ATTRIBUTE_TEXTS, each) for each in value)
    else:
        raise TypeError(f"no attribute: {type(value).__name__}")
    return text(_NAME, name) + content + whole(_ATTRIBUTE_KIND, kind)


def _end(name: str, kind: int, columns: int) -> bytes:
    """Return an input or output [rows, columns]: ValueInfo of a tensor type with its shape."""
    sizes = [message(1, text(2, "rows")), message(1, whole(1, columns))]
    return text(1, name) + message(2, message(1, whole(1, kind), message(2, *sizes)))


def _opset(domain: str, version: int) -> bytes:
    return message(_MODEL_OPSET, *([text(1, domain)] if domain else []), whole(2, version))
