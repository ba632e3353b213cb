"""The import contracts of ``pyproject.toml`` on a small engine with planted breaches."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

LINT = "from importlinter.cli import lint_imports_command as run; run(['--no-cache'])"


@pytest.fixture
def skeleton(tmp_path: Path, checkout: Path) -> Path:
    """Every room of the contracts, empty, beside the real contracts."""
    shutil.copy(checkout / "pyproject.toml", tmp_path)
    contracts = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    rooms = [room.strip() for layer in contracts[0]["layers"] for room in layer.split("|")]
    for room in ["", *rooms]:
        (tmp_path / "engine" / room).mkdir(parents=True, exist_ok=True)
        (tmp_path / "engine" / room / "__init__.py").touch()
    screens = next(each for each in contracts if each["name"] == "The window: screens never meet")
    parts = [part.strip() for layer in screens["layers"] for part in layer.split("|")]
    for part in ["", *parts]:
        (tmp_path / "desktop" / part).mkdir(parents=True, exist_ok=True)
        (tmp_path / "desktop" / part / "__init__.py").touch()
    return tmp_path


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", LINT], cwd=folder, capture_output=True, text=True, check=False)


def test_rooms_that_keep_apart_pass(skeleton: Path) -> None:
    (skeleton / "engine" / "workflows" / "assess.py").write_text("import engine.risk, engine.store\n", encoding="utf-8")
    answer = lint(skeleton)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "0 broken" in answer.stdout


@pytest.mark.parametrize(
    ("room", "breach"),
    [
        ("domain", "from engine.store import vault"),  # upwards
        ("risk", "import engine.intake"),  # a sibling
        ("store", "def later():\n    import engine.workflows"),  # upwards, hidden in a function
        ("codes", "import engine.wording"),  # a sibling below
        ("workflows", "from PySide6 import QtCore"),  # a window
        ("intake", "import socket"),  # the network
        ("domain", "import pandas"),  # a heavy library among the nouns
    ],
)
def test_a_planted_breach_is_found(skeleton: Path, room: str, breach: str) -> None:
    (skeleton / "engine" / "store" / "vault.py").touch()
    (skeleton / "engine" / room / "breach.py").write_text(breach + "\n", encoding="utf-8")
    answer = lint(skeleton)
    assert answer.returncode == 1
    assert f"engine.{room}.breach" in answer.stdout


@pytest.mark.parametrize(
    ("part", "breach"),
    [
        ("record", "import desktop.patients"),  # a sibling screen
        ("widgets", "import desktop.context"),  # upwards
        ("theme", "import desktop.widgets"),  # upwards
        ("batch", "def later():\n    import engine.store"),  # past the front door, hidden in a function
        ("preview", "import engine.report"),
    ],
)
def test_a_planted_breach_in_the_window_is_found(skeleton: Path, part: str, breach: str) -> None:
    (skeleton / "desktop" / part / "breach.py").write_text(breach + "\n", encoding="utf-8")
    answer = lint(skeleton)
    assert answer.returncode == 1
    assert f"desktop.{part}.breach" in answer.stdout


def test_a_room_that_no_contract_names_is_found(skeleton: Path) -> None:
    (skeleton / "engine" / "attic").mkdir()
    (skeleton / "engine" / "attic" / "__init__.py").touch()
    answer = lint(skeleton)
    assert answer.returncode == 1
    assert "attic" in answer.stdout
