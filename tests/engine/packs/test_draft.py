"""A pack that is being made: what can be worked out is filled in, everything else is said, whatever was written."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import PackError
from engine.packs import Manifest
from engine.packs.draft import (
    Draft,
    card_of,
    completed,
    faults_of_document,
    places_to_fill_in,
    read_draft,
)
from engine.packs.pack import CARD_FILE, CASES_FILE, LARGEST_BYTES, MANIFEST_FILE
from engine.packs.template import cases_template, name_of, template

WORDS = {"en": "Text", "zh": "文字"}
LEAST: Mapping[str, Any] = {
    "id": "ours",
    "version": "1.0.0",
    "kind": "probability",
    "title": WORDS,
    "outcome": WORDS,
    "topic": "cardiovascular",
    "audience": "clinician",
    "population": WORDS,
    "citation": {"text": "Paper."},
    "licence": {"state": "free", "note": "None."},
    "inputs": [{"field": "age"}],
    "outputs": [{"name": "risk", "kind": "fraction", "label": WORDS}],
}
BINDING = [{"tensor": "x", "dtype": "float32", "fields": ["age"]}]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def draft(document: Mapping[str, Any]) -> Draft:
    return Draft(document, b"", None, b"")


def test_the_least_that_a_person_writes_makes_a_manifest() -> None:
    document = completed(draft(LEAST), BINDING)
    assert faults_of_document(document) == []
    manifest = Manifest.from_json(document)
    assert (manifest.headline_output, manifest.source_version) == ("risk", "1.0.0")
    assert (manifest.inputs[0].name, manifest.inputs[0].required) == ("age", True)
    assert manifest.graph.inputs[0].fields == ("age",)
    assert "Paper." in card_of(manifest)
    assert LEAST["inputs"] == [{"field": "age"}]  # what was written stays as it was


def test_what_was_written_is_never_overwritten() -> None:
    document = completed(draft({**LEAST, "rank": 3, "headline_output": None, "source_version": "2020"}), BINDING)
    assert (document["rank"], document["headline_output"], document["source_version"]) == (3, None, "2020")


@pytest.mark.parametrize("key", LEAST)
def test_whatever_is_left_out_of_the_least_is_said(key: str) -> None:
    document = completed(draft({name: value for name, value in LEAST.items() if name != key}), BINDING)
    (fault, *_) = faults_of_document(document)
    assert fault.code in ("pack_manifest_key_missing", "pack_manifest_contradiction")
    assert str(fault.details["where"]).startswith(key)


def test_a_template_is_a_list_of_places_to_fill_in() -> None:
    text = template(Path("My model-2.onnx"), [("x", "float32", 3)], [("probabilities", 2)])
    document = json.loads(text)
    assert document["outputs"][0]["column"] == 1
    places = [fault.details["where"] for fault in places_to_fill_in(document)]
    assert "title.zh" in places
    assert [place for place in places if str(place).startswith("inputs")] == [
        f"inputs[{place}].field" for place in range(3)
    ]
    assert places_to_fill_in(LEAST) == []
    assert cases_template(2, ["risk"]) == "?,?,expected_risk,tolerance,source\n"


@pytest.mark.parametrize(
    ("text", "name"),
    [("My model-2", "my_model_2"), ("2024", "model_2024"), ("模型", "model"), ("Identity:0", "identity_0")],
)
def test_any_text_becomes_a_name(text: str, name: str) -> None:
    assert name_of(text) == name


@given(st.sampled_from(sorted(LEAST)), JSON)
def test_no_value_anywhere_breaks_the_check(key: str, value: Any) -> None:
    document = completed(draft({**copy.deepcopy(dict(LEAST)), key: value}), BINDING)
    if not faults_of_document(document):
        Manifest.from_json(document)


@pytest.mark.parametrize("text", ["A\u202eB", "A\u200bB", "A\nB", "A\x00B", "x" * 4_001])
def test_texts_that_could_mislead_or_fill_a_page_are_refused(text: str) -> None:
    document = completed(draft({**LEAST, "title": {"en": text, "zh": "文字"}}), BINDING)
    assert [(fault.code, fault.details["where"]) for fault in faults_of_document(document)] == [
        ("pack_text_signs", "title.en")
    ]


@pytest.mark.parametrize(
    ("file", "content", "code"),
    [
        (MANIFEST_FILE, b"[]", "pack_manifest_unreadable"),
        (MANIFEST_FILE, b" " * (LARGEST_BYTES[MANIFEST_FILE] + 1), "pack_file_too_large"),
        (CARD_FILE, b"\xff\xfe", "pack_card_unreadable"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path: Path, file: str, content: bytes, code: str) -> None:
    (tmp_path / "m.onnx").write_bytes(b"1")
    (tmp_path / MANIFEST_FILE).write_bytes(b"{}")
    (tmp_path / CASES_FILE).write_bytes(b"")
    assert read_draft(tmp_path).id == "?"
    (tmp_path / file).write_bytes(content)
    with pytest.raises(PackError, match=code):
        read_draft(tmp_path)
