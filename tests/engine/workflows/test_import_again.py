"""The same file again changes nothing, whatever its people are known by."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.workflows.clinics import ClinicRequest, create, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.patients import find_patients
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
PASSPHRASE = "a clinic of nobody at all"


@pytest.mark.parametrize(
    ("head", "who"),
    [
        ("patient id,name", "P7,Ann Lee"),
        ("name,date of birth", "Ann Lee,1969-02-03"),
        ("name,phone", "Ann Lee,01234 567"),
        ("name,sex", "Ann Lee,F"),
    ],
)
def test_nobody_comes_twice_when_a_file_is_imported_again(tmp_path: Path, head: str, who: str) -> None:
    table = tmp_path / "table.csv"
    table.write_text(f"{head},visit date,SBP (mmHg)\n{who},2024-01-05,130\n", encoding="utf-8")
    create(ClinicRequest(tmp_path / "clinic", "Clinic", "GBR"), PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as clinic:
        first, again = (import_file(clinic, table, ImportRequest()).counts for _ in range(2))
        assert (first.rows_new, again.rows_new, again.rows_repeated) == (1, 0, 1)
        assert len(find_patients(clinic)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only here may a file name hold bytes that are no text")
def test_a_file_whose_name_is_no_text_comes_in(tmp_path: Path) -> None:
    new_clinic(tmp_path / "clinic", "CHN", PASSPHRASE, CLOCK)
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xd6\xd0.csv"))
    file.write_text("Patient ID,Visit date,SBP (mmHg)\nP1,2024-01-15,120\n", encoding="utf-8")
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as clinic:
        outcome = import_file(clinic, file, ImportRequest())
    assert (outcome.stored, outcome.counts.rows_new) == (True, 1)
    assert outcome.file == "??.csv"
