"""A clinic with a few people, and a backup of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.store import Vault, apply_entries
from engine.store.backup.make import Made, back_up

Sheet = Callable[..., object]
PEOPLE = [
    {"person": f"p{n}", "visit_date": "2024-01-02", "patient_id": f"P{n}", "name": name, "sbp_mmhg": 120.0 + n}
    for n, name in enumerate(["王建国", "Žofie Nováková", "=1+1 \u202eO'Brien"])
]


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    return tmp_path / "stick"


@pytest.fixture
def filled(vault: Vault, sheet: Sheet) -> Vault:
    apply_entries(vault, sheet(PEOPLE), actor="user-1")  # type: ignore[arg-type]  # a fixture
    return vault


@pytest.fixture
def made(filled: Vault, stick: Path) -> Made:
    return back_up(filled, stick, "0.1")
