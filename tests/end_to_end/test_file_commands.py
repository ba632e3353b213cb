"""Files of a patient as typed: kept, told, listed, saved, taken off, in backups, not in what is de-identified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.command import Clinic, check_refused
from tests.engine.intake.readers.made_files import CANARY, HARMFUL, dicom, pdf, photograph

NUMBER = "Q001"


@pytest.fixture
def foot(tmp_path: Path) -> Path:
    path = tmp_path / "foot.jpg"
    path.write_bytes(photograph())
    return path


def listed(clinic: Clinic) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(clinic.run("files", "--patient", NUMBER, "--json").out)
    return found


def test_a_file_is_kept_told_listed_saved_and_taken_off(filled: Clinic, foot: Path, tmp_path: Path) -> None:
    ended = filled.run("import", foot, "--as", "file", "--patient", NUMBER)
    assert ended.code == 0, ended.err
    assert "JPEG picture · 60 × 40" in ended.out
    assert "Left out before keeping: what the camera noted, where it was taken" in ended.out
    again = json.loads(filled.run("import", foot, "--patient", NUMBER, "--json").out)[0]
    assert (again["format"], again["stored"], again["attached"]["new"]) == ("jpeg", True, False)
    (file,) = listed(filled)
    assert (file["name"], file["kind"], file["day"]) == ("foot.jpg", "jpeg", "2024-03-05")
    saved = filled.run("files", "--patient", NUMBER, "--save", file["id"], "--output", tmp_path / "copy.jpg")
    assert saved.code == 0, saved.err
    assert "not encrypted" in saved.err
    assert CANARY.encode() not in (tmp_path / "copy.jpg").read_bytes()
    check_refused(filled.run("files", "--patient", NUMBER, "--save", file["id"]), 2, "error.file_output_needed")
    check_refused(filled.run("files", "--patient", NUMBER, "--remove", file["id"]), 2, "error.reason_needed")
    assert filled.run("files", "--patient", NUMBER, "--remove", file["id"], "--reason", "blurred").code == 0
    assert listed(filled) == []
    assert filled.run("verify").code == 0


def test_a_file_of_somebody_else_asks_and_a_bomb_is_one_sentence(filled: Clinic, tmp_path: Path) -> None:
    path = tmp_path / "chest.dcm"
    path.write_bytes(dicom(PatientName="Smith^Joan"))
    asked = filled.run("import", path, "--patient", NUMBER)
    assert asked.code != 0
    assert "Smith Joan" in asked.out
    (tmp_path / "answers.json").write_text('{"whose_file": "attach"}')
    assert filled.run("import", path, "--patient", NUMBER, "--answers", tmp_path / "answers.json").code == 0
    (tmp_path / "bomb.png").write_bytes(HARMFUL["a PNG of 60,000 by 60,000"][0]())
    refused = filled.run("import", tmp_path / "bomb.png", "--patient", NUMBER)
    assert (refused.code, refused.err.count("\n")) == (asked.code, 1)
    assert "larger than any photograph" in refused.err


def test_a_backup_carries_files_and_a_restored_clinic_has_them(filled: Clinic, tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(pdf(3))
    assert filled.run("import", tmp_path / "letter.pdf", "--patient", NUMBER).code == 0
    made = json.loads(filled.run("backup", "--to", tmp_path / "stick", "--json").out)
    assert (made["attached_files"], made["attached_files_lacking"]) == (1, 0)
    assert filled.run("drill", "--from", tmp_path / "stick").code == 0


def test_nothing_of_a_file_is_in_what_is_de_identified_or_exported_as_visits(filled: Clinic, tmp_path: Path) -> None:
    (tmp_path / "canary-name.pdf").write_bytes(pdf(3))
    assert filled.run("import", tmp_path / "canary-name.pdf", "--patient", NUMBER).code == 0
    for words in (("export", "--output", tmp_path / "visits.csv"), ("deidentify", "--output", tmp_path / "out")):
        filled.run(*words)
    written = [path for path in (tmp_path / "visits.csv", *(tmp_path / "out").glob("**/*")) if path.is_file()]
    held = b"".join(path.read_bytes() for path in written)
    assert held
    assert b"canary-name" not in held
    assert b"%PDF" not in held
