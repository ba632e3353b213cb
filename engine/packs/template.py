"""A manifest to fill in, read off the ends of an exported model."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.packs.draft import FILL_IN
from engine.packs.manifest import SCHEMA

_WORDS = {"en": FILL_IN, "zh": FILL_IN}
_NO_NAME = re.compile(r"[^A-Za-z0-9_]+", re.ASCII)
_LONGEST_ID = 60


def template(model: Path, inputs: Sequence[tuple[str, str, int]], outputs: Sequence[tuple[str, int]]) -> str:
    """Return the text of a manifest with a mark wherever the makers of the model must write.

    Where all fields go into one tensor, their order under ``inputs`` is their order in it, and no more need be said.

    Args:
        model: the file, for the id.
        inputs: tensor, number type and how many fields go into it.
        outputs: tensor and how many numbers it has for each row.
    """
    fields = sum(count for _, _, count in inputs)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "id": name_of(model.stem),
        "version": "1.0.0",
        "kind": "probability",
        "title": _WORDS,
        "outcome": _WORDS,
        "topic": FILL_IN,
        "audience": "clinician",
        "population": _WORDS,
        "citation": {"text": FILL_IN},
        "licence": {"state": "unclear", "note": FILL_IN},
        "graph": {} if len(inputs) == 1 else {"inputs": [_input(*each) for each in inputs]},
        "inputs": [{"field": FILL_IN, "required": True}] * fields,
        "outputs": [_output(tensor, count) for tensor, count in outputs],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def cases_template(fields: int, outputs: Sequence[str]) -> str:
    """Return the header of reference cases: a mark for each field, what is expected, how close, and who says so."""
    return ",".join([*[FILL_IN] * fields, *(f"expected_{name}" for name in outputs), "tolerance", "source"]) + "\n"


def name_of(text: str) -> str:
    """Return a text as a name that a pack or an output may have."""
    plain = _NO_NAME.sub("_", text).strip("_").lower()[:_LONGEST_ID]
    return plain if plain and not plain[0].isdigit() else f"model_{plain}".rstrip("_")


def _input(tensor: str, kind: str, count: int) -> dict[str, Any]:
    return {"tensor": tensor, "dtype": kind, "fields": [FILL_IN] * count}


def _output(tensor: str, count: int) -> dict[str, Any]:
    # Of the probabilities of two classes the second is that of the event; the reference cases will tell.
    column = {"column": count - 1} if count > 1 else {}
    return {"name": name_of(tensor), "kind": "fraction", "label": _WORDS, "tensor": tensor, **column}
