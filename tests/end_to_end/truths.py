"""Holds an import against the truth that lies beside a messy file."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine.fields.canonical import unguarded

# fmt: off
FIELD_ORDER = (
    "patient_id", "name", "birth_date", "age", "sex", "phone", "address", "visit_date", "sbp_mmhg", "dbp_mmhg",
    "pulse_bpm", "height_cm", "weight_kg", "waist_cm", "bmi_kg_m2", "total_cholesterol_mmol_l", "hdl_mmol_l",
    "ldl_mmol_l", "triglycerides_mmol_l", "fasting_glucose_mmol_l", "random_glucose_mmol_l", "hba1c_percent",
    "creatinine_umol_l", "egfr_ml_min_173", "uacr_mg_g", "smoker", "diabetes", "on_bp_treatment", "on_statin",
    "cvd_history", "family_history_cvd", "atrial_fibrillation",
)
# fmt: on


def load_truth(path: Path) -> dict[str, Any]:
    """The truth of a messy file."""
    document: dict[str, Any] = json.loads(path.with_name(path.name + ".truth.json").read_text(encoding="utf-8"))
    return document


def key_of(values: Mapping[str, Any]) -> tuple[str, str]:
    """What names a visit in a truth and in an export."""
    person = values.get("patient_id") or f"{values.get('name')}|{values.get('birth_date')}"
    return str(person), str(values.get("visit_date"))


def same(expected: object, written: str) -> bool:
    """Whether a cell of an export is the value of the truth, at the tolerance of the import rules."""
    if isinstance(expected, bool):
        return written == str(expected).lower()
    if isinstance(expected, (int, float)):
        return bool(written) and abs(float(written) - expected) <= max(0.006, abs(expected) * 0.001)
    return _composed(written) == _composed(str(expected))


def _composed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def differences(expected: Mapping[str, Any], row: Mapping[str, str]) -> list[str]:
    """Fields of a visit that differ between truth and export."""
    found = [name for name, value in expected.items() if not same(value, unguarded(row.get(name, "")))]
    extra = [name for name, cell in row.items() if cell and name not in expected and name in FIELD_ORDER]
    return found + [f"{name} (not in the truth)" for name in extra]


def checksum_line(row: Mapping[str, str]) -> str:
    """The checksum line of an exported visit, as the import rules define it for large files."""
    parts = []
    for name in FIELD_ORDER:
        cell = row.get(name, "")
        if cell:
            parts.append(f"{name}={_written(name, cell)}")
    return "|".join(parts)


def _written(name: str, cell: str) -> str:
    if (
        name.endswith(("mmhg", "bpm", "_cm", "_kg", "_m2", "mmol_l", "percent", "umol_l", "_173", "mg_g"))
        or name == "age"
    ):
        return f"{float(cell):.2f}"
    return cell


def checksum(lines: Iterable[str]) -> str:
    """SHA-256 of checksum lines joined by line feeds."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
