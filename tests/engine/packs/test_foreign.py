"""What a graph of unknown makers may be, looked at without running it; where it runs is tested with the worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import NodeProto, TensorProto, helper, numpy_helper

from engine.errors import PackError
from engine.packs import PackLibrary
from engine.packs.foreign import LARGEST_GRAPH_BYTES, MOST_NODES, check_foreign
from engine.resources import resources_folder


def model_of(nodes: Sequence[NodeProto], tensors: Sequence[TensorProto] = ()) -> onnx.ModelProto:
    ends = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["rows"]) for name in ("x", "risk")]
    graph = helper.make_graph(list(nodes), "g", ends[:1], ends[1:], list(tensors))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)])


def code(model: onnx.ModelProto | bytes) -> str | None:
    try:
        check_foreign(model if isinstance(model, bytes) else model.SerializeToString(), "toy")
    except PackError as error:
        return error.code
    return None


def sigmoid(**attributes: Any) -> NodeProto:
    return helper.make_node("Sigmoid", ["x"], ["risk"], **attributes)


def test_a_model_of_known_operators_passes() -> None:
    weights = numpy_helper.from_array(np.arange(6.0).reshape(2, 3), "w")
    constant = helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(np.array([1.0]), "c"))
    tree = helper.make_node("Scaler", ["x"], ["s"], domain="ai.onnx.ml", offset=[0.0], scale=[1.0])
    assert code(model_of([constant, tree, sigmoid()], [weights])) is None


def test_most_of_our_own_graphs_would_pass_too() -> None:
    """The list is of what models need: packs of ours that use no loop are within it."""
    library = PackLibrary([resources_folder() / "models"])
    passed = [pack.manifest.id for pack in library.all() if code(pack.read_graph()) is None]
    assert len(passed) >= len(library.ids()) // 2


@pytest.mark.parametrize("domain", ["", "ai.onnx.ml", "com.microsoft", "ours"])
def test_an_operator_that_is_not_known_is_named(domain: str) -> None:
    node = helper.make_node("Conquer", ["x"], ["risk"], domain=domain)
    with pytest.raises(PackError, match="pack_graph_operator") as refused:
        check_foreign(model_of([node]).SerializeToString(), "toy")
    assert refused.value.details["operator"] == "Conquer"


def test_a_name_that_is_no_name_is_not_repeated() -> None:
    node = helper.make_node("<b>" + "a" * 200, ["x"], ["risk"])
    with pytest.raises(PackError, match="pack_graph_operator") as refused:
        check_foreign(model_of([node]).SerializeToString(), "toy")
    assert refused.value.details["operator"] == "?"


def test_a_graph_inside_the_graph_is_refused_also_in_a_known_operator() -> None:
    inner = helper.make_graph([sigmoid()], "inner", [], [])
    assert code(model_of([sigmoid(body=inner)])) == "pack_graph_parts"
    assert code(model_of([sigmoid(bodies=[inner])])) == "pack_graph_parts"


def test_functions_training_parts_and_sparse_tensors_are_refused() -> None:
    functions = model_of([sigmoid()])
    functions.functions.append(helper.make_function("ours", "F", ["a"], ["b"], [], [helper.make_opsetid("", 17)]))
    training = model_of([sigmoid()])
    training.training_info.append(onnx.TrainingInfoProto())
    values = numpy_helper.from_array(np.array([1.0]), "v")
    places = numpy_helper.from_array(np.array([0]), "p")
    sparse = model_of([sigmoid()])
    sparse.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [1]))
    within = model_of([sigmoid(sparse_value=helper.make_sparse_tensor(values, places, [1]))])
    assert [code(each) for each in (functions, training, sparse, within)] == ["pack_graph_parts"] * 4


def test_a_tensor_may_not_claim_more_than_the_file_holds() -> None:
    claims = TensorProto(name="w", data_type=TensorProto.DOUBLE, dims=[1 << 20, 1 << 20])
    deep = TensorProto(name="w", data_type=TensorProto.DOUBLE, dims=[1] * 9)
    assert code(model_of([sigmoid()], [claims])) == "pack_graph_claims"
    assert code(model_of([sigmoid()], [deep])) == "pack_graph_claims"
    constant = helper.make_node("Constant", [], ["c"], value=claims)
    assert code(model_of([constant])) == "pack_graph_claims"


def test_sizes_are_counted_however_they_are_written() -> None:
    """A writer may pack the sizes of a tensor into one field; both forms are the same message."""
    packed = bytes([0x0A, 6, *b"\x80\x80\x80\x01", *b"\x80\x01"])  # sizes 2097152 and 128, packed
    tensor = bytes([0x2A, len(packed)]) + packed
    graph = bytes([0x3A, len(tensor)]) + tensor
    assert code(graph) == "pack_graph_claims"


def test_more_bytes_or_nodes_than_a_risk_model_has_are_refused() -> None:
    assert code(bytes(LARGEST_GRAPH_BYTES + 1)) == "pack_graph_too_large"
    assert code(model_of([sigmoid() for _ in range(MOST_NODES + 1)])) == "pack_graph_too_large"


@settings(max_examples=200, deadline=None)
@given(cut=st.integers(1, 80), at=st.integers(0, 80), value=st.integers(0, 255))
def test_damaged_bytes_are_refused_or_pass_and_never_break_the_check(cut: int, at: int, value: int) -> None:
    data = bytearray(model_of([sigmoid()]).SerializeToString())
    data[at % len(data)] = value
    assert code(bytes(data[: max(1, len(data) - cut % len(data))])) in {
        None,
        "pack_graph_unreadable",
        "pack_graph_operator",
        "pack_graph_parts",
        "pack_graph_claims",
    }
