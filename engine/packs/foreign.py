"""What a graph of unknown makers may be: one file of known operators, no larger than a risk model needs.

The bounds are ours. The ONNX project leaves running out of memory or time to the user (``docs/AssuranceCase.md``), and
faults were found in operators of onnxruntime. What no list can hold, such as a product of two harmless tensors that
fills the memory, is held by the worker in which the graph runs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from engine.errors import PackError
from engine.packs.wire import fields_of

LARGEST_GRAPH_BYTES = 50 << 20
MOST_NODES = 5_000
_DEEPEST = 8
_NAME = re.compile(r"[A-Za-z0-9_.]{1,60}", re.ASCII)

# Operators of fitted risk models, networks and trees. Loops, branches, random numbers, strings beyond labels, and
# whatever else runs a graph inside the graph are left out.
_ONNX = frozenset(
    [
        "Abs", "Add", "And", "ArgMax", "ArgMin", "BatchNormalization", "Cast", "CastLike", "Ceil", "Celu", "Clip",
        "Concat", "Constant", "ConstantOfShape", "Cos", "CumSum", "Div", "Dropout", "Elu", "Equal", "Erf", "Exp",
        "Expand", "Flatten", "Floor", "Gather", "GatherElements", "GatherND", "Gelu", "Gemm", "Greater",
        "GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity", "IsInf", "IsNaN", "LayerNormalization",
        "LeakyRelu", "Less", "LessOrEqual", "Log", "LogSoftmax", "MatMul", "Max", "Mean", "Min", "Mish", "Mod",
        "Mul", "Neg", "Not", "OneHot", "Or", "PRelu", "Pow", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum",
        "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare",
        "Relu", "Reshape", "Round", "ScatterElements", "Selu", "Shape", "Sigmoid", "Sign", "Sin", "Size", "Slice",
        "Softmax", "Softplus", "Softsign", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tan", "Tanh",
        "ThresholdedRelu", "TopK", "Transpose", "Unsqueeze", "Where", "Xor",
    ]
)  # fmt: skip
_TREES_AND_LINES = frozenset(
    [
        "ArrayFeatureExtractor", "Binarizer", "FeatureVectorizer", "Imputer", "LabelEncoder", "LinearClassifier",
        "LinearRegressor", "Normalizer", "OneHotEncoder", "SVMClassifier", "SVMRegressor", "Scaler", "TreeEnsemble",
        "TreeEnsembleClassifier", "TreeEnsembleRegressor", "ZipMap",
    ]
)  # fmt: skip
_KNOWN: Mapping[str, frozenset[str]] = {"": _ONNX, "ai.onnx": _ONNX, "ai.onnx.ml": _TREES_AND_LINES}

# Numbers of the published ``onnx.proto``.
_MODEL_GRAPH, _MODEL_TRAINING, _MODEL_FUNCTION = 7, 20, 25
_GRAPH_NODE, _GRAPH_TENSOR, _GRAPH_SPARSE = 1, 5, 15
_NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSE = frozenset({5, 10}), frozenset({6, 11}), frozenset({22, 23})
_TENSOR_SIZES = 1


def check_foreign(graph: bytes, pack: str) -> None:
    """Refuse a graph of unknown makers that is more than a model of known operators in one file.

    Raises:
        PackError: ``pack_graph_too_large``; ``pack_graph_operator`` naming the first that is not known;
            ``pack_graph_parts`` for functions, training parts, graphs inside the graph and sparse tensors;
            ``pack_graph_claims`` for a tensor that claims more numbers than the file can hold;
            ``pack_graph_unreadable``.
    """
    if len(graph) > LARGEST_GRAPH_BYTES:
        raise PackError("pack_graph_too_large", pack=pack)
    try:
        _check_model(memoryview(graph), pack, len(graph))
    except (IndexError, ValueError) as error:
        raise PackError("pack_graph_unreadable", pack=pack) from error


def _check_model(model: memoryview, pack: str, size: int) -> None:
    nodes = 0
    for number, value in _messages(model):
        if number in (_MODEL_TRAINING, _MODEL_FUNCTION):
            raise PackError("pack_graph_parts", pack=pack)
        if number != _MODEL_GRAPH:
            continue
        for part, message in _messages(value):
            if part == _GRAPH_NODE:
                nodes += 1
                _check_node(message, pack, size)
            elif part == _GRAPH_TENSOR:
                _check_tensor(message, pack, size)
            elif part == _GRAPH_SPARSE:
                raise PackError("pack_graph_parts", pack=pack)
    if nodes > MOST_NODES:
        raise PackError("pack_graph_too_large", pack=pack)


def _check_node(node: memoryview, pack: str, size: int) -> None:
    texts = {number: bytes(value) for number, value in _messages(node) if number in (_NODE_OPERATOR, _NODE_DOMAIN)}
    operator = texts.get(_NODE_OPERATOR, b"").decode("utf-8")
    domain = texts.get(_NODE_DOMAIN, b"").decode("utf-8")
    if operator not in _KNOWN.get(domain, frozenset()):
        raise PackError("pack_graph_operator", pack=pack, operator=operator if _NAME.fullmatch(operator) else "?")
    for number, attribute in _messages(node):
        if number != _NODE_ATTRIBUTE:
            continue
        for part, message in _messages(attribute):
            if part in _ATTRIBUTE_GRAPHS or part in _ATTRIBUTE_SPARSE:
                raise PackError("pack_graph_parts", pack=pack)
            if part in _ATTRIBUTE_TENSORS:
                _check_tensor(message, pack, size)


def _check_tensor(tensor: memoryview, pack: str, size: int) -> None:
    sizes: list[int] = []
    for number, value in fields_of(tensor):
        if number == _TENSOR_SIZES:
            sizes += [value] if isinstance(value, int) else _packed(value)
    if len(sizes) > _DEEPEST or math.prod(sizes) > size:
        raise PackError("pack_graph_claims", pack=pack)


def _packed(values: memoryview) -> list[int]:
    """Return whole numbers that stand in one field."""
    found, number, shift = [], 0, 0
    for byte in values:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(number)
            number, shift = 0, 0
    return found


def _messages(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield what is inside a message and is no plain number."""
    for number, value in fields_of(message):
        if isinstance(value, memoryview):
            yield number, value
