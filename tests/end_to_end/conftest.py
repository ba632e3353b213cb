"""Clinics made with the command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.command import PASSPHRASE, Clinic


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
