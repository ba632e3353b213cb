"""Small hand-made packs: they show that any graph works by the contract, whoever made it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.packs import Manifest, Pack, write_pack

OPSET = 21
WORDS = {"en": "Text", "zh": "文字"}
MakePack = Callable[..., Pack]


def toy_document() -> dict[str, Any]:
    """A manifest that uses every rule of the contract, over the graph of ``toy_graph``."""
    return {
        "schema": "lantern-pack/1",
        "id": "toy",
        "version": "1.0.0",
        "source_version": "1",
        "kind": "survival_risk",
        "title": WORDS,
        "outcome": WORDS,
        "topic": "cardiovascular",
        "rank": 1,
        "audience": "patient",
        "horizon_years": [10],
        "population": WORDS,
        "citation": {"text": "Made for tests."},
        "licence": {"state": "free", "note": "None needed."},
        "graph": {
            "file": "model.onnx",
            "sha256": "",
            "opset": OPSET,
            "inputs": [
                {"tensor": field, "dtype": "float64", "fields": [field]}
                for field in ("sex", "age", "sbp_mmhg", "total_cholesterol_mmol_l", "smoker", "bmi_kg_m2", "uacr_mg_g")
            ],
            "not_in_table": ["sex"],
        },
        "inputs": [
            {"field": "sex", "as": "sex", "required": True, "categories": ["M", "F"]},
            {"field": "age", "as": "age", "required": True, "valid": {"outside": "refuse", "min": 40, "max": 80}},
            {"field": "sbp_mmhg", "as": "sbp", "required": True, "valid": {"outside": "warn", "min": 90, "max": 240}},
            {
                "field": "total_cholesterol_mmol_l",
                "as": "tc",
                "required": False,
                "required_when": "smoking",
                "transform": "x * 38.67",
                "unit": "mg/dL",
                "valid": {"outside": "refuse", "min": 130, "max": 320},
            },
            {
                "field": "smoker",
                "as": "smoking",
                "required": True,
                "transform": "x == 'current'",
                "categories": ["current", "former", "never"],
            },
            {
                "field": "bmi_kg_m2",
                "as": "bmi",
                "required": False,
                "valid": {"outside": "withhold", "min": 18.5, "max": 40, "max_exclusive": True, "outputs": ["hf_10y"]},
            },
            {
                "field": "uacr_mg_g",
                "as": "uacr",
                "required": False,
                "default": 10,
                "valid": {"outside": "clamp", "min": 1, "max": 25000},
            },
        ],
        "exclusions": [
            {"when": "cvd_history", "field": "cvd_history", "action": "refuse", "reason": WORDS},
            {"when": "pregnant", "field": "pregnant", "action": "warn", "reason": WORDS},
            {"when": "diabetes_type == 'type1'", "field": "diabetes_type", "action": "refuse", "reason": WORDS},
        ],
        "outputs": [
            {"name": "risk_10y", "kind": "fraction", "label": WORDS, "horizon_years": 10},
            {"name": "hf_10y", "kind": "fraction", "label": WORDS, "requires": ["bmi_kg_m2"]},
            {
                "name": "risk_30y",
                "kind": "fraction",
                "label": WORDS,
                "valid": {"field": "age", "min": 40, "max": 59, "outside": "withhold"},
            },
        ],
        "bands": [
            {
                "scheme": "main",
                "output": "risk_10y",
                "source": WORDS,
                "verified": True,
                "list": [
                    {"code": "low", "label": WORDS, "when": "risk_10y < 0.1"},
                    {"code": "medium", "label": WORDS, "when": "(age < 60 and risk_10y < 0.2) or risk_10y < 0.15"},
                    {"code": "high", "label": WORDS, "when": "true"},
                ],
            }
        ],
        "patient": None,
        "headline_output": "risk_10y",
        "references": {
            "sbp_mmhg": {"value": 120, "source": "Tests"},
            "smoker": {"value": "never", "source": "Tests"},
            "bmi_kg_m2": {"value": 23, "source": "Tests"},
        },
        "card": {"file": "CARD.md", "sha256": ""},
        "reference_cases": {"file": "reference_cases.csv", "sha256": ""},
        "made_by": {"program": "tests", "compiler_version": "1"},
        "limits_notes": [],
        "verification": {"status": "by hand"},
    }


def toy_risk(columns: Mapping[str, float]) -> float:
    """The toy's risk_10y for one person, worked out apart from the graph."""
    uacr = min(max(columns.get("uacr_mg_g", 10.0), 1.0), 25000.0)
    score = -9.0 + 0.08 * columns["age"] + 0.015 * columns["sbp_mmhg"] + 0.6 * columns["current"] + 0.1 * np.log(uacr)
    return float(1 / (1 + np.exp(-score)))


def toy_graph() -> bytes:
    """risk_10y is logistic in age, pressure, smoking and ln(UACR); hf_10y adds BMI; risk_30y doubles the odds."""
    numbers = {
        "ten": 10.0, "low": 1.0, "high": 25000.0, "b0": -9.0, "b_age": 0.08, "b_sbp": 0.015, "b_smoke": 0.6,
        "b_uacr": 0.1, "b_bmi": 0.02, "zero": 0.0, "two": 2.0, "ninety": 90.0,
    }  # fmt: skip
    make = helper.make_node
    nodes = [
        make("IsNaN", ["uacr_mg_g"], ["no_uacr"]),
        make("Where", ["no_uacr", "ten", "uacr_mg_g"], ["uacr_or_ten"]),
        make("Clip", ["uacr_or_ten", "low", "high"], ["uacr"]),
        make("Log", ["uacr"], ["ln_uacr"]),
        make("Equal", ["smoker", "zero"], ["smokes_bool"]),
        make("Cast", ["smokes_bool"], ["smokes"], to=TensorProto.DOUBLE),
        make("Mul", ["age", "b_age"], ["t1"]),
        make("Mul", ["sbp_mmhg", "b_sbp"], ["t2"]),
        make("Mul", ["smokes", "b_smoke"], ["t3"]),
        make("Mul", ["ln_uacr", "b_uacr"], ["t4"]),
        make("Sum", ["b0", "t1", "t2", "t3", "t4"], ["score"]),
        make("Sigmoid", ["score"], ["risk_10y"]),
        make("Mul", ["bmi_kg_m2", "b_bmi"], ["t5"]),
        make("Add", ["score", "t5"], ["score_hf"]),
        make("Sigmoid", ["score_hf"], ["hf_10y"]),
        make("Log", ["two"], ["ln_two"]),
        make("Add", ["score", "ln_two"], ["score_30"]),
        make("Sigmoid", ["score_30"], ["risk_30y"]),
        # The "table" has no women with a pressure above 290.
        make("Greater", ["sbp_mmhg", "b290"], ["very_high"]),
        make("Equal", ["sex", "one"], ["woman"]),
        make("And", ["very_high", "woman"], ["not_in_table.sex"]),
        make("Identity", ["total_cholesterol_mmol_l"], ["unused"]),
    ]
    numbers |= {"b290": 290.0, "one": 1.0}
    fields = ("sex", "age", "sbp_mmhg", "total_cholesterol_mmol_l", "smoker", "bmi_kg_m2", "uacr_mg_g")
    inputs = [helper.make_tensor_value_info(field, TensorProto.DOUBLE, ["rows"]) for field in fields]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["rows"]) for name in ("risk_10y", "hf_10y", "risk_30y")
    ]
    outputs.append(helper.make_tensor_value_info("not_in_table.sex", TensorProto.BOOL, ["rows"]))
    constants = [numpy_helper.from_array(np.array(value), name) for name, value in numbers.items()]
    return model_bytes(nodes, inputs, outputs, constants)


def model_bytes(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    constants: Sequence[onnx.TensorProto] = (),
    domains: Mapping[str, int] | None = None,
) -> bytes:
    """Return the bytes of a model of one graph."""
    graph = helper.make_graph(list(nodes), "graph", list(inputs), list(outputs), list(constants))
    opsets = [helper.make_opsetid("", OPSET)]
    opsets += [helper.make_opsetid(domain, version) for domain, version in (domains or {}).items()]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    data: bytes = model.SerializeToString()
    return data


def change(document: dict[str, Any], path: str, value: object) -> None:
    """Set the value at a dotted path; a number is a position in a list."""
    *way, last = path.split(".")
    place: Any = document
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value


@pytest.fixture(scope="session")
def make_pack(tmp_path_factory: pytest.TempPathFactory) -> MakePack:
    """Writes a pack and returns it: the toy, with changes of its manifest by dotted path, or with another graph."""

    def make(
        changes: Mapping[str, object] | None = None,
        graph: bytes | None = None,
        document: dict[str, Any] | None = None,
        card: str = "# Card\n",
        cases: str = "age,expected_risk_10y,tolerance,source\n",
        folder: Path | None = None,
    ) -> Pack:
        made = copy.deepcopy(document or toy_document())
        for path, value in (changes or {}).items():
            change(made, path, value)
        parent = folder or tmp_path_factory.mktemp("packs")
        pack = write_pack(parent, Manifest.from_json(made), graph or toy_graph(), card, cases)
        return replace(pack, trusted=True)  # run in this process; what runs in workers has tests of its own

    return make


@pytest.fixture
def toy_person() -> dict[str, object]:
    """Somebody whom the toy scores without any remark."""
    return {"sex": "F", "age": 55.0, "sbp_mmhg": 140.0, "smoker": "never", "bmi_kg_m2": 24.0, "uacr_mg_g": 30.0}
