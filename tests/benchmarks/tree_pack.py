"""A model of trees as a pack: 200 trees over 15 inputs that meet each other, as a clinic might train one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from engine.domain.batch import Batch
from engine.packs import Manifest, Pack, PackLibrary, write_pack
from engine.packs.manifest import Binding, Dtype, Input, Output, OutputKind, Reference, Words

TREES, DEPTH = 200, 4
# field -> (mean, spread) of made-up people; no two of them are told together
NUMBERS: Mapping[str, tuple[float, float]] = {
    "age": (58, 10),
    "sbp_mmhg": (138, 18),
    "total_cholesterol_mmol_l": (5.3, 1),
    "bmi_kg_m2": (27, 4),
    "waist_cm": (94, 12),
    "creatinine_umol_l": (82, 18),
    "uacr_mg_g": (25, 8),
    "fasting_glucose_mmol_l": (5.8, 1),
    "hba1c_percent": (5.9, 0.7),
    "triglycerides_mmol_l": (1.6, 0.4),
    "pulse_bpm": (74, 10),
    "albumin_g_l": (42, 3),
}
FLAGS = ("sex", "diabetes", "atrial_fibrillation")
FIELDS = (*NUMBERS, *FLAGS)


def people(rows: int, seed: int) -> Batch:
    """Return made-up people."""
    random = np.random.default_rng(seed)
    columns = {field: np.round(random.normal(mean, spread, rows), 1) for field, (mean, spread) in NUMBERS.items()}
    columns |= {field: (random.random(rows) < 0.4).astype(np.float64) for field in FLAGS}
    return Batch(rows, columns)


def make_tree_pack(folder: Path) -> Pack:
    """Write the pack into a folder; what a manifest must say besides is taken from a shipped one."""
    like = PackLibrary.shipped().get("who_cvd_2019_lab").manifest
    words = Words("Trees", "树")
    manifest = dataclasses.replace(
        like,
        id="trees",
        title=words,
        graph=dataclasses.replace(like.graph, opset=21, inputs=(Binding("x", Dtype.FLOAT32, FIELDS),), not_in_table=()),
        inputs=tuple(
            Input(field, field, required=True, categories=("F", "M") if field == "sex" else ()) for field in FIELDS
        ),
        exclusions=(),
        outputs=(Output("risk", OutputKind.FRACTION, words, horizon_years=10),),
        bands=(),
        headline_output="risk",
        references={field: Reference(mean - spread, "Benchmark") for field, (mean, spread) in NUMBERS.items()}
        | {field: Reference("F" if field == "sex" else False, "Benchmark") for field in FLAGS},
    )
    pack = write_pack(folder, Manifest.from_json(manifest.to_json()), _graph(), "# Trees\n", "age,tolerance,source\n")
    return dataclasses.replace(pack, trusted=True)


def _graph() -> bytes:
    trees = helper.make_node(
        "TreeEnsembleRegressor",
        ["x"],
        ["sum"],
        domain="ai.onnx.ml",
        n_targets=1,
        post_transform="NONE",
        base_values=[-1.5],
        **_trees(),
    )
    nodes = [trees, helper.make_node("Sigmoid", ["sum"], ["risk"])]
    graph = helper.make_graph(
        nodes,
        "trees",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", len(FIELDS)])],
        [helper.make_tensor_value_info("risk", TensorProto.FLOAT, ["rows", 1])],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)]
    model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=10)
    data: bytes = model.SerializeToString()
    return data


def _trees() -> dict[str, Any]:
    """Return the attributes of full trees: a leaf weighs the sides its splits took, and some of them together."""
    random = np.random.default_rng(7)
    inner = (1 << DEPTH) - 1
    nodes: list[tuple[int, int, int, str, float, int, int]] = []
    leaves: list[tuple[int, int, int, float]] = []
    for tree in range(TREES):
        chosen = random.choice(len(FIELDS), DEPTH, replace=False)
        cuts = [_cut(FIELDS[field], random) for field in chosen]
        pull, meeting = random.normal(0.012, 0.01, DEPTH), random.normal(0, 0.01)
        for node in range(inner):
            level = (node + 1).bit_length() - 1
            nodes.append((tree, node, int(chosen[level]), "BRANCH_LEQ", cuts[level], 2 * node + 1, 2 * node + 2))
        for leaf in range(1 << DEPTH):
            sides = np.array([leaf >> (DEPTH - 1 - level) & 1 for level in range(DEPTH)])
            nodes.append((tree, inner + leaf, 0, "LEAF", 0.0, 0, 0))
            leaves.append((tree, inner + leaf, 0, float((2 * sides - 1) @ pull + meeting * (sides[0] ^ sides[1]))))
    names = ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids")
    ends = ("treeids", "nodeids", "ids", "weights")
    attributes: dict[str, Any] = {
        f"nodes_{name}": list(column) for name, column in zip(names, zip(*nodes, strict=True), strict=True)
    } | {f"target_{name}": list(column) for name, column in zip(ends, zip(*leaves, strict=True), strict=True)}
    return attributes


def _cut(field: str, random: np.random.Generator) -> float:
    return float(random.normal(*NUMBERS[field])) if field in NUMBERS else 0.5
