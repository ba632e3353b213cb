"""A graph of unknown makers runs in a process of its own: the same numbers, limits held, one sentence when stopped."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.domain.batch import Batch
from engine.errors import PackError
from engine.fields import Dictionary
from engine.packs import Pack
from engine.risk.explain import explain
from engine.risk.predictor import Predictor
from engine.risk.sessions import Sessions
from engine.risk.worker_session import LIMITS, WorkerSession, look_in_worker
from engine.workers.limits import Limits

MakePack = Callable[..., Pack]
AGES = {"age": np.linspace(40, 80, 33)}
QUICK = replace(LIMITS, wall_seconds=12.0)  # loading takes a second, and many where others work


def of_age(nodes: list[onnx.NodeProto], **constants: tuple[object, type]) -> bytes:
    """A graph from the age to risk_10y."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("age", TensorProto.DOUBLE, ["rows"])],
        [helper.make_tensor_value_info("risk_10y", TensorProto.DOUBLE, ["rows"])],
        [numpy_helper.from_array(np.array(value, dtype=kind), name) for name, (value, kind) in constants.items()],
    )
    data: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10
    ).SerializeToString()
    return data


def hundredth() -> bytes:
    return of_age([helper.make_node("Div", ["age", "hundred"], ["risk_10y"])], hundred=(100.0, np.float64))


def greedy() -> bytes:
    """On the way to its answer it fills a table of four thousand million numbers."""
    nodes = [
        helper.make_node("ConstantOfShape", ["cells"], ["table"]),
        helper.make_node("ReduceMax", ["table"], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["zero"], to=TensorProto.DOUBLE),
        helper.make_node("Mul", ["age", "zero"], ["risk_10y"]),
    ]
    return of_age(nodes, cells=([4_000_000_000], np.int64))


def endless() -> bytes:
    """Two thousand products of large tables: hours, and no more memory than any model."""
    nodes = [
        helper.make_node("ReduceMax", ["age"], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["seed"], to=TensorProto.DOUBLE),
        helper.make_node("Expand", ["seed", "square"], ["t0"]),
        *(helper.make_node("MatMul", [f"t{at}", f"t{at}"], [f"t{at + 1}"]) for at in range(2000)),
        helper.make_node("ReduceMax", ["t2000"], ["last"], keepdims=0),
        helper.make_node("Mul", ["age", "last"], ["risk_10y"]),
    ]
    return of_age(nodes, square=([2500, 2500], np.int64))


@pytest.fixture
def foreign(make_pack: MakePack) -> Callable[[bytes], Pack]:
    """A pack of the age alone that nobody trusts, around a graph."""

    def make(graph: bytes) -> Pack:
        document: dict[str, Any] = dict(make_pack().manifest.to_json())
        document["inputs"] = [{"field": "age", "as": "age", "required": True}]
        document["outputs"] = document["outputs"][:1]
        document["exclusions"], document["bands"] = [], []
        document["references"] = {"age": {"value": 40, "source": "Tests"}}
        bindings = [{"tensor": "age", "dtype": "float64", "fields": ["age"]}]
        document["graph"] = {**document["graph"], "not_in_table": [], "inputs": bindings}
        return replace(make_pack(document=document, graph=graph), trusted=False)

    return make


def test_it_gives_what_the_same_graph_gives_in_this_process(make_pack: MakePack, dictionary: Dictionary) -> None:
    pack = make_pack()
    batch = Batch(
        3,
        {
            "sex": np.array([0.0, 1.0, 1.0]),
            "age": np.array([50.0, 60.0, 70.0]),
            "sbp_mmhg": np.array([120.0, 150.0, 299.0]),
            "smoker": np.array([0.0, 2.0, 2.0]),
            "total_cholesterol_mmol_l": np.array([5.0, 5.0, 5.0]),
        },
    )
    here, apart = Predictor(pack, dictionary), Predictor(replace(pack, trusted=False), dictionary)
    expected, found = here.predict(batch), apart.predict(batch)
    for output, numbers in expected.outputs.items():
        np.testing.assert_array_equal(found.outputs[output], numbers)
    assert list(found.raised) == list(expected.raised)
    np.testing.assert_array_equal(found.refused, expected.refused)


def test_it_is_a_process_of_its_own_that_ends_with_the_session(foreign: Callable[[bytes], Pack]) -> None:
    session = WorkerSession(foreign(hundredth()))
    worker = session._process.worker()
    assert worker.pid != 0
    np.testing.assert_allclose(session.run(AGES, 33).outputs["risk_10y"], AGES["age"] / 100)
    assert worker.alive
    del session
    gc.collect()
    assert not worker.alive


def test_many_threads_ask_one_session(foreign: Callable[[bytes], Pack]) -> None:
    session = Sessions().get(foreign(hundredth()))
    wrong: list[int] = []

    def ask(rows: int) -> None:
        for _ in range(20):
            ages = np.full(rows, float(rows))
            if not np.array_equal(session.run({"age": ages}, rows).outputs["risk_10y"], ages / 100):
                wrong.append(rows)

    threads = [threading.Thread(target=ask, args=(rows,)) for rows in (1, 7, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("graph", "limits", "code"), [(greedy, LIMITS, "pack_took_too_much"), (endless, QUICK, "pack_took_too_long")]
)
def test_what_asks_for_too_much_is_stopped_and_not_asked_again(
    foreign: Callable[[bytes], Pack], graph: Callable[[], bytes], limits: Limits, code: str
) -> None:
    session = WorkerSession(foreign(graph()), limits)
    with pytest.raises(PackError, match=code):
        session.run(AGES, 33)
    # At once, and without a new process.
    with pytest.raises(PackError, match=code):
        session.run(AGES, 33)
    session.close()


def test_a_graph_that_breaks_on_some_people_answers_for_others(foreign: Callable[[bytes], Pack]) -> None:
    nodes = [
        helper.make_node("Cast", ["age"], ["index"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "index"], ["risk_10y"]),
    ]
    session = WorkerSession(foreign(of_age(nodes, table=([0.25] * 60, np.float64))))
    for age, works in ((50.0, True), (75.0, False), (55.0, True)):
        if works:
            assert session.run({"age": np.array([age])}, 1).outputs["risk_10y"].tolist() == [0.25]
        else:
            with pytest.raises(PackError, match="pack_graph_failed"):
                session.run({"age": np.array([age])}, 1)
    session.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself this signal there")
def test_stopping_the_program_does_not_wait_for_an_answer(foreign: Callable[[bytes], Pack]) -> None:
    session = WorkerSession(foreign(endless()))
    worker = session._process.worker()
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        session.run(AGES, 33)
    assert time.monotonic() - began < LIMITS.wall_seconds / 2
    assert not worker.alive
    session.close()


def test_it_is_loaded_anew_before_its_time_is_up(foreign: Callable[[bytes], Pack]) -> None:
    session = WorkerSession(foreign(hundredth()))
    first = session._process.worker().pid
    session._seconds = LIMITS.cpu_seconds
    assert session.run(AGES, 33).outputs["risk_10y"][0] == 0.4
    assert session._process.worker().pid != first
    session.close()


def test_a_graph_is_explained_from_its_worker(foreign: Callable[[bytes], Pack], dictionary: Dictionary) -> None:
    predictor = Predictor(foreign(hundredth()), dictionary)
    (explanation,) = explain(predictor, Batch(1, {"age": np.array([70.0])}), dictionary)
    assert explanation is not None
    assert explanation.value == pytest.approx(0.7)


def test_the_ends_of_a_graph_are_told_by_a_worker(foreign: Callable[[bytes], Pack]) -> None:
    ends = look_in_worker(hundredth(), "any")
    assert [(each.name, each.type, each.shape) for each in ends.inputs] == [("age", "tensor(double)", (None,))]
    assert [each.numbers_a_row for each in ends.outputs] == [1]
    with pytest.raises(PackError, match="pack_graph_unreadable"):
        look_in_worker(b"not a graph", "any")
    loop = of_age([helper.make_node("NonZero", ["age"], ["risk_10y"])])
    with pytest.raises(PackError, match="pack_graph_operator") as caught:
        look_in_worker(loop, "any")
    assert caught.value.details["operator"] == "NonZero"
