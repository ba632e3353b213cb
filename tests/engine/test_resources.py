"""Finding the data that ships with the program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine import resources
from engine.errors import BugError

find = resources.resources_folder.__wrapped__  # without the memory of the first answer


def test_a_checkout_has_its_data_beside_the_engine(monkeypatch: pytest.MonkeyPatch, checkout: Path) -> None:
    monkeypatch.delenv("LANTERN_RESOURCES", raising=False)
    assert find() == checkout / "resources"
    assert (find() / "fields" / "fields.json").is_file()


def test_a_named_folder_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANTERN_RESOURCES", str(tmp_path))
    assert find() == tmp_path


def test_a_frozen_program_brings_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LANTERN_RESOURCES", raising=False)
    (tmp_path / "resources").mkdir()
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert find() == tmp_path / "resources"


def test_an_incomplete_installation_is_our_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANTERN_RESOURCES", str(tmp_path / "gone"))
    monkeypatch.setattr(resources, "__file__", str(tmp_path / "engine" / "resources.py"))
    with pytest.raises(BugError, match="resources_missing"):
        find()


def test_the_folder_is_looked_for_once() -> None:
    assert resources.resources_folder() is resources.resources_folder()
