"""Which records are the outcome of a risk (``resources/recalibration/outcomes.json``), each with its source."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from engine.domain.batch import FloatArray
from engine.packs.manifest import Manifest
from engine.resources import resources_folder

_LIMIT = re.compile(r"([a-z][a-z0-9_]*)\s*(>=|<=)\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)")


@dataclass(frozen=True, slots=True)
class Limit:
    """A measurement that is an outcome once it lies ``at_least`` so high, or ``at_most`` so low, in its own unit."""

    field: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def sign(self) -> str:
        """On which side of the value the outcome lies."""
        return "<=" if self.at_least is None else ">="

    @property
    def value(self) -> float:
        """The limit itself, which is the outcome already."""
        return float(self.at_most or 0.0) if self.at_least is None else float(self.at_least)

    @property
    def name(self) -> str:
        """As it is kept with a model: ``hba1c_percent>=6.5``."""
        return f"{self.field}{self.sign}{self.value!r}"

    def reached(self, values: FloatArray) -> FloatArray:
        """Return 1 where a value lies there, 0 where it does not, NaN where none was taken."""
        there = values <= self.value if self.at_least is None else values >= self.value
        return np.where(np.isnan(values), np.nan, there.astype(np.float64))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The records that count; see the notes in the file. ``limit``: of a measurement that tells of it, alone."""

    id: str
    labels: Mapping[str, str]
    conditions: frozenset[str]
    before: frozenset[str]
    fields: tuple[str, ...]
    source: str
    limit: Limit | None = None


def limit_of(name: str) -> Limit | None:
    """Return the measurement with its limit that a name means; None: it means another kind of outcome."""
    found = _LIMIT.fullmatch(name)
    if found is None:
        return None
    field, sign, text = found.groups()
    return Limit(field, at_least=float(text)) if sign == ">=" else Limit(field, at_most=float(text))


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
