"""Clinics made with the command."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.command import HEADER, PASSPHRASE, PEOPLE, Clinic


@pytest.fixture
def new_clinic(tmp_path: Path) -> Callable[..., Clinic]:
    """Make clinics: ``new_clinic(country="GBR", extra words...)``."""
    passphrase_file = tmp_path / "passphrase.txt"
    passphrase_file.write_text(PASSPHRASE + "\n", encoding="utf-8")

    def make(name: str = "clinic", country: str = "GBR", *words: object) -> Clinic:
        clinic = Clinic(tmp_path / name, passphrase_file)
        ended = clinic.run(
            "create", "--name", "Maple Lane", "--country", country, "--recovery-out", tmp_path / f"{name}.key", *words
        )
        assert ended.code == 0, ended.err
        return clinic

    return make


@pytest.fixture(scope="session")
def _filled(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    """A clinic of three people, made once; tests get copies."""
    place = tmp_path_factory.mktemp("filled")
    passphrase_file = place / "passphrase.txt"
    passphrase_file.write_text(PASSPHRASE + "\n", encoding="utf-8")
    (place / "people.csv").write_text(HEADER + PEOPLE, encoding="utf-8")
    clinic = Clinic(place / "clinic", passphrase_file)
    key = place / "recovery.key"
    assert clinic.run("create", "--name", "Maple Lane", "--country", "GBR", "--recovery-out", key).code == 0
    assert clinic.run("import", place / "people.csv").code == 0
    return clinic


@pytest.fixture
def filled(_filled: Clinic, tmp_path: Path) -> Clinic:
    """A clinic with three people and one visit each, in ``tmp_path / "clinic"``; its passphrase file beside it."""
    shutil.copytree(_filled.folder, tmp_path / "clinic")
    return Clinic(tmp_path / "clinic", Path(shutil.copy(_filled.passphrase_file, tmp_path)))


@pytest.fixture
def recovery_key(_filled: Clinic) -> str:
    """The recovery key of the filled clinic, as it is printed."""
    return (_filled.folder.parent / "recovery.key").read_text(encoding="utf-8")
