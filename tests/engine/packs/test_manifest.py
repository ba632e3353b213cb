"""The manifest is read strictly and written in one form."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import PackError
from engine.packs.manifest import Manifest, Outside
from engine.packs.strict import canonical_json, parse_json

WORDS = {"en": "Text", "zh": "文字"}


def document() -> dict[str, Any]:
    """A small manifest that uses every part of the schema."""
    return {
        "schema": "lantern-pack/1",
        "id": "example",
        "version": "1.0.0",
        "source_version": "2026",
        "kind": "survival_risk",
        "title": WORDS,
        "outcome": WORDS,
        "topic": "cardiovascular",
        "rank": 3,
        "audience": "patient",
        "horizon_years": [10],
        "population": WORDS,
        "citation": {"text": "Paper.", "doi": "10.1000/1"},
        "licence": {"state": "unclear", "note": "Ask."},
        "graph": {
            "file": "model.onnx",
            "sha256": "ab" * 32,
            "opset": 21,
            "inputs": [
                {"tensor": "age", "dtype": "float64", "fields": ["age"]},
                {"tensor": "smoker", "dtype": "float64", "fields": ["smoker"]},
            ],
        },
        "inputs": [
            {"field": "age", "as": "age", "required": True, "unit": "a", "valid": {"outside": "refuse", "min": 40}},
            {"field": "smoker", "as": "smoking", "required": True, "transform": "x == 'current'", "categories": ["a"]},
        ],
        "exclusions": [{"when": "cvd_history", "field": "cvd_history", "action": "refuse", "reason": WORDS}],
        "outputs": [{"name": "risk_10y", "kind": "fraction", "label": WORDS, "unit": "1", "horizon_years": 10}],
        "bands": [
            {
                "scheme": "main",
                "output": "risk_10y",
                "source": WORDS,
                "verified": "knowledge",
                "list": [
                    {"code": "low", "label": WORDS, "when": "risk_10y < 0.05"},
                    {"code": "high", "label": WORDS, "when": "true"},
                ],
            }
        ],
        "patient": {"title": WORDS, "event": WORDS},
        "headline_output": "risk_10y",
        "references": {"smoker": {"value": "never", "source": "Paper"}},
        "card": {"file": "CARD.md", "sha256": "cd" * 32},
        "reference_cases": {"file": "reference_cases.csv", "sha256": "ef" * 32},
        "made_by": {"program": "lantern", "compiler_version": "1"},
        "limits_notes": [WORDS],
        "verification": {"status": "verified", "detail": ["By hand."]},
    }


def _stable(document: dict[str, Any], **changes: object) -> None:
    found = {"low": "low", "high": "high", "share": 0.95, "models": 200, "source": "s"}
    document["outputs"][0]["stability"] = {**found, **changes}


def _parent(pack_id: str) -> dict[str, str]:
    return {"id": pack_id, "version": "1.0.0", "digest": "ab" * 32}


def test_what_is_written_reads_back_equal_and_is_written_the_same_again() -> None:
    manifest = Manifest.from_json(document())
    assert Manifest.from_json(json.loads(json.dumps(manifest.to_json()))) == manifest
    assert manifest.to_json() == document()


def test_keys_left_out_and_keys_given_as_their_default_have_one_digest() -> None:
    spelled_out = document()
    spelled_out["inputs"][0]["required_when"] = None
    spelled_out["inputs"][0]["transform"] = "x"
    spelled_out["horizon_years"] = [10.0]
    assert Manifest.from_json(spelled_out).digest == Manifest.from_json(document()).digest


def test_words_for_patients_need_a_number_that_patients_may_see() -> None:
    for path, value in (
        (("audience",), "clinician"),
        (("outputs", 0, "diagnostic"), True),
        (("licence", "notice"), WORDS),
    ):
        changed = document()
        place: Any = changed
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        with pytest.raises(PackError) as refusal:
            Manifest.from_json(changed)
        assert refusal.value.code == "pack_manifest_contradiction"
        assert refusal.value.details["where"] in ("patient", "licence.notice")


def test_countries_are_their_codes() -> None:
    changed = document() | {"countries": ["CHN", "china"]}
    with pytest.raises(PackError) as refusal:
        Manifest.from_json(changed)
    assert refusal.value.details["where"] == "countries"


def test_a_pack_may_name_the_one_it_was_made_from() -> None:
    changed = document() | {"parent": _parent("other")}
    manifest = Manifest.from_json(changed)
    assert manifest.parent is not None
    assert manifest.parent.id == "other"
    assert manifest.to_json() == changed


def test_any_change_changes_the_digest() -> None:
    changed = document()
    changed["inputs"][0]["valid"]["min"] = 41
    assert Manifest.from_json(changed).digest != Manifest.from_json(document()).digest


def test_parts_are_found_by_name() -> None:
    manifest = Manifest.from_json(document())
    valid = manifest.input("age").valid
    assert valid is not None
    assert valid.outside is Outside.REFUSE
    assert manifest.output("risk_10y").horizon_years == 10
    scheme = manifest.scheme()
    assert scheme is not None
    assert scheme.band("low").label.get("zh") == "文字"
    assert manifest.scheme("other") is None


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        (lambda d: d.pop("rank"), "pack_manifest_key_missing", "rank"),
        (lambda d: d["inputs"][1].pop("as"), "pack_manifest_key_missing", "inputs[1].as"),
        (lambda d: d["inputs"][0]["valid"].pop("outside"), "pack_manifest_key_missing", "inputs[0].valid.outside"),
        (lambda d: d.update(colour="red"), "pack_manifest_key_unknown", "colour"),
        (
            lambda d: d["bands"][0]["list"][0].update(limit=1),
            "pack_manifest_key_unknown",
            "bands[0].list[0].limit",
        ),
        (lambda d: d.update(rank="1"), "pack_manifest_value_wrong", "rank"),
        (lambda d: d.update(rank=True), "pack_manifest_value_wrong", "rank"),
        (lambda d: d.update(rank=1.5), "pack_manifest_value_wrong", "rank"),
        (lambda d: d.update(horizon_years=10), "pack_manifest_value_wrong", "horizon_years"),
        (lambda d: d.update(horizon_years=["10"]), "pack_manifest_value_wrong", "horizon_years[0]"),
        (lambda d: d.update(kind="guess"), "pack_manifest_value_wrong", "kind"),
        (lambda d: d.update(kind=3), "pack_manifest_value_wrong", "kind"),
        (lambda d: d.update(title="Text"), "pack_manifest_value_wrong", "title"),
        (lambda d: d.update(references=[]), "pack_manifest_value_wrong", "references"),
        (
            lambda d: d["references"]["smoker"].update(value=None),
            "pack_manifest_value_wrong",
            "references.smoker.value",
        ),
        (lambda d: d["inputs"][0].update(valid=5), "pack_manifest_value_wrong", "inputs[0].valid"),
        (lambda d: d["inputs"][0]["valid"].update(min="40"), "pack_manifest_value_wrong", "inputs[0].valid.min"),
        (lambda d: d.update(schema="lantern-pack/2"), "pack_schema_unknown", None),
        (lambda d: d.update(headline_output="other"), "pack_manifest_contradiction", "headline_output"),
        (lambda d: d["bands"][0].update(output="other"), "pack_manifest_contradiction", "bands"),
        (lambda d: d["bands"][0].update(list=[]), "pack_manifest_contradiction", "bands.list"),
        (lambda d: d["graph"]["inputs"].pop(), "pack_manifest_contradiction", "graph.inputs"),
        (lambda d: d["inputs"].append(d["inputs"][0]), "pack_manifest_contradiction", "inputs"),
        (lambda d: d["references"].update(sbp={"value": 1, "source": ""}), "pack_manifest_contradiction", "references"),
        (lambda d: d.update(parent=_parent("example")), "pack_manifest_contradiction", "parent"),
        (lambda d: d.update(parent={"id": "other"}), "pack_manifest_key_missing", "parent.version"),
        (lambda d: d["outputs"][0].update(kind="category"), "pack_manifest_contradiction", "outputs.categories"),
        (lambda d: _stable(d, share=1.0), "pack_manifest_contradiction", "outputs.stability"),
        (lambda d: _stable(d, models=1), "pack_manifest_contradiction", "outputs.stability"),
        (lambda d: _stable(d, high="low"), "pack_manifest_contradiction", "outputs.stability"),
        (lambda d: _stable(d, low=d["outputs"][0]["name"]), "pack_manifest_contradiction", "outputs.stability"),
        (
            lambda d: d["inputs"][0]["valid"].update(outside="withhold", outputs=["none"]),
            "pack_manifest_contradiction",
            "inputs.valid.outputs",
        ),
    ],
)
def test_every_fault_is_refused_with_its_place(change: Change, code: str, where: str | None) -> None:
    faulty = copy.deepcopy(document())
    change(faulty)
    with pytest.raises(PackError) as caught:
        Manifest.from_json(faulty)
    assert caught.value.code == code
    assert caught.value.details.get("where") == where


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff\xfe", b'{"a": 1, "a": 2}', b'{"rank": NaN}', b"[" * 100_000],
)
def test_bytes_that_are_no_json_document_are_refused(data: bytes) -> None:
    with pytest.raises(PackError) as caught:
        Manifest.parse(data)
    assert caught.value.code == "pack_manifest_unreadable"


@pytest.mark.parametrize("data", [b"[]", b"3", b"null", b'"text"'])
def test_another_json_value_than_a_table_is_refused(data: bytes) -> None:
    with pytest.raises(PackError) as caught:
        Manifest.parse(data)
    assert caught.value.code == "pack_manifest_value_wrong"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_json_value_breaks_the_reader(value: object) -> None:
    with pytest.raises(PackError):
        Manifest.from_json(value)


@given(st.sampled_from(sorted(document())), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.none()))
def test_a_wrong_value_in_any_place_is_a_pack_error_or_reads(key: str, value: object) -> None:
    changed = document()
    changed[key] = value
    try:
        manifest = Manifest.from_json(changed)
    except PackError:
        return
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_canonical_json_sorts_keys_and_keeps_characters() -> None:
    assert canonical_json({"b": 1, "a": "文"}) == '{"a":"文","b":1}'.encode()


@pytest.mark.parametrize("depth", [33, 500, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_lists_in_lists_without_end_are_refused(depth: int, opening: str, closing: str) -> None:
    with pytest.raises(PackError) as refused:
        parse_json((opening * depth + "1" + closing * depth).encode())
    assert refused.value.code == "pack_manifest_unreadable"


def test_as_deep_as_a_manifest_ever_is_can_be_read() -> None:
    assert parse_json(("[" * 32 + "]" * 32).encode()) is not None
