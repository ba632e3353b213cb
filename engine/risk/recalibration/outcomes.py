"""Which records are the outcome of a risk (``resources/recalibration/outcomes.json``), each with its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.packs.manifest import Manifest
from engine.resources import resources_folder


@dataclass(frozen=True, slots=True)
class Outcome:
    """The records that count; see the notes in the file."""

    id: str
    labels: Mapping[str, str]
    conditions: frozenset[str]
    before: frozenset[str]
    fields: tuple[str, ...]
    source: str


def outcome_of(manifest: Manifest, output: str) -> Outcome | None:
    """Return what counts as the outcome of an output; None when nobody has declared it."""
    every = load_outcomes()
    names = (f"{manifest.id}.{output}", manifest.id, manifest.topic)
    return next((every[name] for name in names if name in every), None)


@cache
def load_outcomes() -> Mapping[str, Outcome]:
    """Return the outcome of every topic, pack and output that the file names."""
    text = (resources_folder() / "recalibration" / "outcomes.json").read_text(encoding="utf-8")
    return {name: _outcome(entry) for entry in json.loads(text)["outcomes"] for name in entry["for"]}


def _outcome(entry: Mapping[str, Any]) -> Outcome:
    return Outcome(
        id=entry["id"],
        labels=entry["label"],
        conditions=frozenset(entry["conditions"]),
        before=frozenset(entry["before"]),
        fields=tuple(entry["fields"]),
        source=entry["source"],
    )
