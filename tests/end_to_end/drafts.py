"""Packs as a person fills them in around an exported model."""

from __future__ import annotations

import copy
import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

EXPORTS = Path(__file__).resolve().parent / "exports"
FIELDS = ("age", "sbp_mmhg", "total_cholesterol_mmol_l", "diabetes")
Floats = npt.NDArray[np.float32]


def rows_of(count: int) -> Floats:
    """Invented people, in the order of FIELDS."""
    random = np.random.default_rng(7)
    columns = [random.uniform(40, 80, count), random.uniform(100, 190, count), random.uniform(3, 8, count)]
    return np.stack([*columns, random.integers(0, 2, count)], axis=1).astype(np.float32)


def events_of(rows: Floats) -> npt.NDArray[np.int64]:
    """Whether each of them had the event."""
    score = -9 + 0.08 * rows[:, 0] + 0.015 * rows[:, 1] + 0.2 * rows[:, 2] + 0.6 * rows[:, 3]
    drawn = np.random.default_rng(8).uniform(size=len(rows))
    return np.where(drawn < 1 / (1 + np.exp(-score)), 1, 0)


def manifest(tensor: str, column: int | None) -> dict[str, Any]:
    """The least that a person must write for a model of FIELDS."""
    return {
        "id": "exported",
        "version": "1.0.0",
        "kind": "probability",
        "title": {"en": "A model of others", "zh": "外来模型"},
        "outcome": {"en": "a cardiovascular event", "zh": "心血管事件"},
        "topic": "cardiovascular",
        "audience": "clinician",
        "population": {"en": "Invented adults", "zh": "虚构的成人"},
        "citation": {"text": "Made for tests."},
        "licence": {"state": "free", "note": "None needed."},
        "inputs": [{"field": name} for name in FIELDS],
        "outputs": [
            {
                "name": "risk",
                "kind": "fraction",
                "label": {"en": "Risk", "zh": "风险"},
                "tensor": tensor,
                **({} if column is None else {"column": column}),
            }
        ],
        "references": {"sbp_mmhg": {"value": 120, "source": "Tests"}, "diabetes": {"value": False, "source": "Tests"}},
    }


@dataclass(frozen=True)
class Export:
    """A model as a tool wrote it, and what the tool itself gives for people."""

    graph: bytes
    tensor: str
    column: int | None
    cases: str


def cases_of(people: Floats, expected: npt.ArrayLike, tolerance: str = "1e-5") -> str:
    """A table of reference cases."""
    lines = [",".join((*FIELDS, "expected_risk", "tolerance", "source"))]
    for row, risk in zip(people, np.asarray(expected, dtype=np.float64), strict=True):
        cells = [*(repr(float(value)) for value in row[:3]), "true" if row[3] else "false", repr(float(risk))]
        lines.append(",".join((*cells, tolerance, "the tool itself")))
    return "\n".join(lines) + "\n"


def stored(name: str, tensor: str, column: int | None = None) -> Callable[[], Export]:
    """An export that is kept beside the tests, see ``exports/README.md``."""
    return lambda: Export(
        (EXPORTS / f"{name}.onnx").read_bytes(),
        tensor,
        column,
        (EXPORTS / f"{name}.csv").read_text(encoding="utf-8"),
    )


@dataclass(frozen=True)
class Draft:
    """A folder that a person fills in."""

    folder: Path
    document: dict[str, Any] = field(default_factory=dict)

    def write(self, changes: Mapping[str, object] | None = None) -> Path:
        """Write the manifest with changes by dotted path (None: without it); return the folder."""
        document = copy.deepcopy(self.document)
        for path, value in (changes or {}).items():
            *way, last = path.split(".")
            place: Any = document
            for step in way:
                place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
            if value is None:
                del place[last]
            elif isinstance(place, list):
                place[int(last)] = value
            else:
                place[last] = value
        text = json.dumps(document, ensure_ascii=False)
        (self.folder / "manifest.json").write_text(text, encoding="utf-8")
        return self.folder


def draft_of(export: Export, folder: Path) -> Draft:
    """Lay an export into a folder with a manifest and its cases."""
    folder.mkdir(parents=True)
    (folder / "exported.onnx").write_bytes(export.graph)
    (folder / "reference_cases.csv").write_text(export.cases, encoding="utf-8")
    draft = Draft(folder, manifest(export.tensor, export.column))
    draft.write()
    return draft


def table_of(cases: str, file: Path) -> list[float]:
    """Write the people of reference cases as a table for ``lantern assess``; return what is expected."""
    rows = list(csv.DictReader(cases.splitlines()))
    lines = [",".join(FIELDS), *(",".join(row[name] for name in FIELDS) for row in rows)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [float(row["expected_risk"]) for row in rows]
