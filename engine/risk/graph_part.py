"""The part of a graph that some of its outputs need. onnxruntime computes every operator of what it is given.

Field numbers are those of the published ``onnx.proto`` (ONNX IR).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.packs.messages import message, parts

_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 5, 11, 12
_NODE_INPUT, _NODE_OUTPUT, _NODE_ATTRIBUTE = 1, 2, 5
_ATTRIBUTE_GRAPHS = frozenset({6, 11})
_TENSOR_NAME, _VALUE_NAME = 8, 1


def part_for(graph: bytes, outputs: Collection[str]) -> bytes:
    """Return the ONNX model with these outputs alone and nothing that they do not need; its inputs stay.

    An output that the graph does not have is passed over. Raises ValueError or IndexError when it is no model.
    """
    return b"".join(
        message(_MODEL_GRAPH, *_part(part.content, outputs)) if part.number == _MODEL_GRAPH else part.written
        for part in parts(graph)
    )


def _part(graph: bytes, outputs: Collection[str]) -> Iterator[bytes]:
    every = list(parts(graph))
    needed = set(outputs)
    nodes: set[int] = set()
    for place in range(len(every) - 1, -1, -1):  # operators stand behind what they need
        part = every[place]
        if part.number == _GRAPH_NODE and needed & set(_texts(part.content, _NODE_OUTPUT)):
            nodes.add(place)
            needed |= set(_needs(part.content))
    needed |= {name for part in every if part.number == _GRAPH_INPUT for name in _texts(part.content, _VALUE_NAME)}
    for place, part in enumerate(every):
        if part.number == _GRAPH_NODE:
            stays = place in nodes
        elif part.number == _GRAPH_INITIALIZER:
            stays = bool(needed & set(_texts(part.content, _TENSOR_NAME)))
        elif part.number == _GRAPH_OUTPUT:
            stays = bool(set(outputs) & set(_texts(part.content, _VALUE_NAME)))
        else:
            stays = True
        if stays:
            yield part.written


def _needs(node: bytes) -> Iterator[str]:
    """Yield what an operator takes, and what graphs inside it may take from around them."""
    yield from _texts(node, _NODE_INPUT)
    for attribute in parts(node):
        if attribute.number != _NODE_ATTRIBUTE:
            continue
        for inner in parts(attribute.content):
            if inner.number not in _ATTRIBUTE_GRAPHS:
                continue
            for part in parts(inner.content):
                if part.number == _GRAPH_NODE:
                    yield from _needs(part.content)
                elif part.number == _GRAPH_OUTPUT:
                    yield from _texts(part.content, _VALUE_NAME)


def _texts(content: bytes, number: int) -> Iterator[str]:
    return (part.content.decode("utf-8") for part in parts(content) if part.number == number)
