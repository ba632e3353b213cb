"""Models that other tools exported run like any other pack, and what is wrong with one is said in a sentence each."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from onnx import TensorProto, helper, numpy_helper

from tests.end_to_end.command import Clinic, Ended, check_refused, lantern, says
from tests.end_to_end.drafts import Draft, Export, cases_of, draft_of, events_of, rows_of, stored, table_of

PEOPLE = rows_of(600)
EVENTS = events_of(PEOPLE)
ASKED = PEOPLE[:8]


def scikit_learn(kind: str, *, as_tables: bool) -> Callable[[], Export]:
    """A pipeline or a forest; probabilities as a matrix, or as a table per row, as the exporter does first."""

    def make() -> Export:
        from skl2onnx import to_onnx
        from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        models = {
            "pipeline": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
            "boosting": lambda: GradientBoostingClassifier(n_estimators=20, random_state=1),
            "forest": lambda: RandomForestClassifier(20, max_depth=4, random_state=1),
        }
        model = models[kind]().fit(PEOPLE, EVENTS)
        graph = to_onnx(model, PEOPLE[:1], options={id(model): {"zipmap": as_tables}}).SerializeToString()
        tensor = "output_probability" if as_tables else "probabilities"
        return Export(graph, tensor, 1, cases_of(ASKED, model.predict_proba(ASKED)[:, 1]))

    return make


def light_gbm() -> Export:
    import lightgbm
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType

    model = lightgbm.LGBMClassifier(n_estimators=20, max_depth=3, verbose=-1, random_state=1)
    model.fit(PEOPLE, EVENTS)
    graph = onnxmltools.convert_lightgbm(model, initial_types=[("x", FloatTensorType([None, 4]))])
    expected = model.booster_.predict(ASKED)
    return Export(graph.SerializeToString(), "probabilities", 1, cases_of(ASKED, expected))


EXPORTS: dict[str, Callable[[], Export]] = {
    "sklearn_pipeline": scikit_learn("pipeline", as_tables=False),
    "sklearn_pipeline_as_tables": scikit_learn("pipeline", as_tables=True),
    "sklearn_boosting": scikit_learn("boosting", as_tables=False),
    "sklearn_forest_as_tables": scikit_learn("forest", as_tables=True),
    "lightgbm": light_gbm,
    "xgboost": stored("xgboost", "probabilities", 1),
    "pytorch": stored("pytorch", "risk"),
    "tensorflow": stored("tensorflow", "Identity:0"),
}


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    """A sound pack around the PyTorch export."""
    return draft_of(EXPORTS["pytorch"](), tmp_path / "draft")


def graph_of(nodes: list[onnx.NodeProto], constants: dict[str, Any] | None = None, **parts: Any) -> bytes:
    """A graph from x[rows, 4] to risk[rows, 1]."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 4])],
        [helper.make_tensor_value_info("risk", TensorProto.FLOAT, ["rows", 1])],
        [numpy_helper.from_array(np.array(value), name) for name, value in (constants or {}).items()],
    )
    domains = ("", "com.microsoft", "ai.onnx.ml") if parts.get("domain") else ("",)
    opsets = [helper.make_opsetid(domain, 17 if domain == "" else 1) for domain in domains]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, functions=parts.get("functions", []))
    data: bytes = model.SerializeToString()
    return data


MEAN = [helper.make_node("ReduceMean", ["x"], ["risk"], axes=[1], keepdims=1)]


def loop() -> bytes:
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["on"]),
            helper.make_node("Identity", ["value"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("at", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, None),
        ],
    )
    nodes = [*MEAN[:0], helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1], keepdims=1)]
    nodes.append(helper.make_node("Loop", ["", "forever", "mean"], ["risk"], body=body))
    return graph_of(nodes, {"forever": True})


def hidden_graph() -> bytes:
    """A known operator that carries a graph of its own."""
    inner = helper.make_graph([], "inner", [], [])
    node = helper.make_node("ReduceMean", ["x"], ["risk"], axes=[1], keepdims=1)
    node.attribute.append(helper.make_attribute("body", inner))
    return graph_of([node])


def function() -> bytes:
    made = helper.make_function(
        "own", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 17)]
    )
    return graph_of(MEAN, functions=[made])


def other_data() -> bytes:
    model = onnx.load_from_string(graph_of(MEAN, {"weights": np.zeros(4, dtype=np.float32)}))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../store.db"
    data: bytes = model.SerializeToString()
    return data


def claims() -> bytes:
    model = onnx.load_from_string(graph_of(MEAN, {"weights": np.zeros(4, dtype=np.float32)}))
    model.graph.initializer[0].dims[:] = [1 << 40]
    data: bytes = model.SerializeToString()
    return data


def gigabytes() -> bytes:
    nodes = [
        helper.make_node("ConstantOfShape", ["cells"], ["table"]),
        helper.make_node("ReduceMax", ["table"], ["zero"], keepdims=0),
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["mean", "zero"], ["risk"]),
    ]
    return graph_of(nodes, {"cells": [4_000_000_000]})


def fixed_rows() -> bytes:
    model = onnx.load_from_string(graph_of(MEAN))
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    data: bytes = model.SerializeToString()
    return data


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_checked_added_and_run_like_any_other_pack(name: str, filled: Clinic, tmp_path: Path) -> None:
    export = EXPORTS[name]()
    folder = draft_of(export, tmp_path / "draft").folder
    checked = lantern("packs", "check", folder, "--json").json
    assert checked["faults"] == []
    assert checked["cases"] == 8
    assert checked["largest_difference"] < 1e-6
    added = filled.run("packs", "add", folder, "--json")
    assert (added.code, added.json["digest"]) == (0, checked["digest"])
    expected = table_of(export.cases, tmp_path / "people.csv")
    out = tmp_path / "out.csv"
    words = ("--pack", "exported", "--input", tmp_path / "people.csv", "--output", out)
    ended = lantern("assess", *words, *filled.words, "--explain")
    assert ended.code == 0, ended.err
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["ok"] * 8
    np.testing.assert_allclose([float(row["risk"]) for row in rows], expected, atol=1e-5)
    for row in rows:
        parts = sum(float(cell) for column, cell in row.items() if column.startswith("contribution.") and cell)
        assert float(row["reference"]) + parts == pytest.approx(float(row["risk"]), abs=1e-6)
    assert lantern("whatif", *words, *filled.words).code == 0


def test_what_was_added_is_kept_apart_and_asked_in_the_clinic(filled: Clinic, draft: Draft) -> None:
    ended = filled.run("packs", "add", draft.folder)
    assert ended.code == 0
    assert says(ended.out.splitlines()[0], "cli.pack_added_apart")
    listed = {pack["id"]: pack for pack in filled.run("packs", "--json").json}
    assert (listed["exported"]["origin"], listed["exported"]["state"]) == ("foreign", "on")
    assert {pack["pack"] for pack in filled.run("assess-all", "--json").json["packs"]} >= {"exported"}
    assert filled.run("packs", "off", "exported").code == 0
    assert "exported" not in {pack["pack"] for pack in filled.run("assess-all", "--json").json["packs"]}
    assert filled.run("packs", "on", "exported").code == 0
    assert "exported" in {pack["pack"] for pack in filled.run("assess-all", "--json").json["packs"]}
    check_refused(filled.run("packs", "on", "nowhere"), 2, "error.pack_not_kept")


def test_a_model_becomes_a_pack_by_filling_in_question_marks(tmp_path: Path) -> None:
    export = EXPORTS["sklearn_pipeline_as_tables"]()
    (tmp_path / "My model-2.onnx").write_bytes(export.graph)
    assert lantern("packs", "new", tmp_path / "My model-2.onnx", "--out", tmp_path / "out").code == 0
    folder = tmp_path / "out" / "my_model_2"
    check_refused(
        lantern("packs", "new", tmp_path / "My model-2.onnx", "--out", tmp_path / "out"), 3, "error.pack_folder_taken"
    )
    faults = lantern("packs", "check", folder, "--json").json["faults"]
    assert {fault["code"] for fault in faults} == {"pack_fill_in"}
    document = json.loads((folder / "manifest.json").read_bytes())
    filled_in = draft_of(export, tmp_path / "by_hand").document
    for key in ("title", "outcome", "topic", "population", "citation", "licence", "inputs"):
        document[key] = filled_in[key]
    document["outputs"][0]["label"] = filled_in["outputs"][0]["label"]
    (folder / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    name = document["outputs"][0]["name"]
    (folder / "reference_cases.csv").write_text(export.cases.replace("expected_risk", f"expected_{name}"))
    ended = lantern("packs", "check", folder)
    assert (ended.code, ended.err) == (0, "")
    assert says(ended.out.splitlines()[0], "cli.pack_sound")


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"title.zh": "?"}, ["pack_fill_in"]),
        ({"title": None, "kind": "guess"}, ["pack_manifest_value_wrong", "pack_manifest_key_missing"]),
        ({"extra": 1}, ["pack_manifest_key_unknown"]),
        ({"title.en": "A\u202eB"}, ["pack_text_signs"]),
        ({"headline_output": "other"}, ["pack_manifest_contradiction"]),
        ({"inputs.0.field": "unheard_of"}, ["pack_field_unknown"]),
        ({"id": "score2"}, ["pack_id_shipped"]),
        ({"id": "../evil"}, ["pack_manifest_contradiction"]),
        ({"parent": {"id": "score2", "version": "1", "digest": "0"}}, ["pack_parent_unknown"]),
        ({"outputs.0.tensor": "nowhere"}, ["pack_tensor_missing"]),
        ({"outputs.0.column": 1}, ["pack_tensor_columns"]),
        (
            {"graph.inputs": [{"tensor": "x", "dtype": "float64", "fields": ["age", "sbp_mmhg", "diabetes"]}]},
            ["pack_manifest_contradiction"],
        ),
        (
            {
                "graph.inputs": [
                    {
                        "tensor": "x",
                        "dtype": "float64",
                        "fields": ["age", "sbp_mmhg", "total_cholesterol_mmol_l", "diabetes"],
                    }
                ]
            },
            ["pack_tensor_kind"],
        ),
        ({"graph.opset": 12}, ["pack_graph_opset"]),
        ({"exclusions": [{"when": "age <", "field": "age", "action": "refuse", "reason": {"en": "a", "zh": "b"}}]},
         ["pack_expression_wrong"]),
    ],
)  # fmt: skip
def test_every_fault_of_a_manifest_is_said(draft: Draft, changes: dict[str, object], codes: list[str]) -> None:
    draft.write(changes)
    ended = lantern("packs", "check", draft.folder)
    assert (ended.code, ended.out) == (6, "")
    lines = ended.err.splitlines()
    assert len(lines) == len(codes)
    for line, code in zip(lines, codes, strict=True):
        assert says(line, f"error.{code}"), line


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace("0.28320568", "0.29320568"), "pack_cases_differ"),
        (lambda text: "\n".join(text.splitlines()[:3]) + "\n", "pack_cases_few"),
        (lambda text: text.replace("expected_risk", "expected_other"), "pack_cases_column"),
        (lambda text: text.replace("tolerance", "precision"), "pack_cases_column"),
        (lambda text: text.replace(",1e-5,", ",,"), "pack_cases_tolerance"),
        (lambda text: text.replace("65.00382", "old"), "pack_cases_unreadable"),
        (lambda text: "", "pack_cases_column_missing"),
        (lambda text: text + '"', "pack_cases_unreadable"),
    ],
)
def test_reference_cases_must_be_there_and_be_met(draft: Draft, change: Callable[[str], str], code: str) -> None:
    file = draft.folder / "reference_cases.csv"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    faults = lantern("packs", "check", draft.folder, "--json").json["faults"]
    assert faults[0]["code"] == code
    assert faults[0]["sentence"]


@pytest.mark.parametrize(
    ("graph", "code"),
    [
        (loop, "pack_graph_operator"),
        (lambda: graph_of([helper.make_node("Gelu", ["x"], ["risk"], domain="com.microsoft")], domain=True),
         "pack_graph_operator"),
        (lambda: graph_of([helper.make_node("RandomUniformLike", ["x"], ["risk"])]), "pack_graph_operator"),
        (hidden_graph, "pack_graph_parts"),
        (function, "pack_graph_parts"),
        (other_data, "pack_graph_foreign"),
        (claims, "pack_graph_claims"),
        (gigabytes, "pack_took_too_much"),
        (fixed_rows, "pack_tensor_rows"),
        (lambda: b"", "pack_graph_unreadable"),
        (lambda: b"PK\x03\x04" + bytes(100), "pack_graph_unreadable"),
        (lambda: stored("pytorch", "")().graph[:-30], "pack_graph_unreadable"),
        (lambda: bytes(51 << 20), "pack_graph_too_large"),
    ],
)  # fmt: skip
def test_a_graph_that_is_more_than_a_model_is_refused_in_one_sentence(
    draft: Draft, graph: Callable[[], bytes], code: str
) -> None:
    (draft.folder / "exported.onnx").write_bytes(graph())
    ended = lantern("packs", "check", draft.folder)
    check_refused(Ended(ended.code, ended.out, ended.err), 6, f"error.{code}")


def test_what_is_missing_beside_a_model_is_said(draft: Draft, tmp_path: Path) -> None:
    check_refused(lantern("packs", "check", tmp_path / "nowhere"), 6, "error.pack_draft_model")
    (draft.folder / "second.onnx").write_bytes(b"1")
    check_refused(lantern("packs", "check", draft.folder), 6, "error.pack_draft_model")
    # Named itself, the file is the model.
    assert lantern("packs", "check", draft.folder / "exported.onnx").code == 0
    (draft.folder / "second.onnx").unlink()
    for file, code in (("reference_cases.csv", "pack_draft_cases"), ("manifest.json", "pack_draft_manifest")):
        (draft.folder / file).unlink()
        check_refused(lantern("packs", "check", draft.folder), 6, f"error.{code}")


def test_damaged_models_never_stop_the_program(draft: Draft) -> None:
    model = draft.folder / "exported.onnx"
    whole = model.read_bytes()
    chance = np.random.default_rng(5)
    for _ in range(12):
        data = bytearray(whole)
        for _ in range(chance.integers(1, 9)):
            data[chance.integers(len(data))] = chance.integers(256)
        model.write_bytes(data[: chance.integers(len(data) // 2, len(data) + 1)])
        ended = lantern("packs", "check", draft.folder)
        assert ended.code in (0, 6)
        assert ended.code == 0 or ended.err


def test_a_pack_that_cannot_be_added_changes_nothing(filled: Clinic, draft: Draft) -> None:
    draft.write({"outputs.0.tensor": "nowhere"})
    check_refused(filled.run("packs", "add", draft.folder), 6, "error.pack_tensor_missing")
    assert not (filled.folder / "packs").exists()
    assert "exported" not in {pack["id"] for pack in filled.run("packs", "--json").json}


def _keys(folder: Path) -> tuple[Path, Path]:
    key = Ed25519PrivateKey.generate()
    private, public = folder / "key.pem", folder / "public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def test_a_signed_pack_is_trusted_where_its_key_is(filled: Clinic, draft: Draft, tmp_path: Path) -> None:
    private, public = _keys(tmp_path)
    signed = lantern("packs", "sign", draft.folder, "--key", private)
    assert signed.code == 0, signed.err

    def origin() -> str:
        assert filled.run("packs", "add", draft.folder).code == 0
        listed = {pack["id"]: pack["origin"] for pack in filled.run("packs", "--json").json}
        return str(listed["exported"])

    assert origin() == "foreign"
    assert filled.run("packs", "trust", public).code == 0
    assert origin() == "signed"
    # Altered after it was signed: the signature is for something else.
    document = json.loads((draft.folder / "manifest.json").read_bytes())
    document["version"] = "1.0.1"
    (draft.folder / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    check_refused(filled.run("packs", "add", draft.folder), 6, "error.pack_signature_wrong")
    (draft.folder / "signature.json").write_text("[]", encoding="utf-8")
    check_refused(filled.run("packs", "add", draft.folder), 3, "error.signature_unreadable")
    check_refused(filled.run("packs", "trust", private), 3, "error.key_unreadable")
    check_refused(lantern("packs", "sign", draft.folder, "--key", public), 3, "error.key_unreadable")


def test_half_a_clinic_is_none(tmp_path: Path) -> None:
    check_refused(lantern("packs", "--store", tmp_path), 2, "error.store_half_named")
