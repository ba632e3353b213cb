"""Device files through the command: its words, its JSON, its codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.command import HEADER, PEOPLE, Clinic, check_refused

CLOCKLESS = "date,time,heartRate\n2025-05-10,00:00,57\n2025-05-10,00:02,55\n2025-05-10,00:04,0\n"


@pytest.fixture
def clinic(new_clinic: Callable[..., Clinic], tmp_path: Path) -> Clinic:
    made = new_clinic()
    people = tmp_path / "people.csv"
    people.write_text(HEADER + PEOPLE, encoding="utf-8")
    assert made.import_file(people)[0].code == 0
    return made


def test_readings_are_counted_in_json_and_in_words(clinic: Clinic, tmp_path: Path) -> None:
    path = tmp_path / "HEARTRATE.csv"
    path.write_text(CLOCKLESS, encoding="utf-8")
    ended, outcome = clinic.import_file(path)
    assert (ended.code, outcome["stored"], outcome["format"]) == (3, False, "zepp_heart_rate_csv")
    assert [(one["id"], one["kind"], one["answered"]) for one in outcome["questions"]] == [
        ("whose_readings", "whose_readings", False)
    ]
    ended, outcome = clinic.import_file(path, "--as", "zepp_heart_rate_csv", "--patient", "Q001")
    assert (ended.code, outcome["stored"]) == (0, True)
    assert outcome["readings"] == {"read": 3, "kept": 2, "duplicates": 0, "rejected": 1}
    assert outcome["set_aside"] == [{"row": 4, "reason": "impossible_value", "fields": ["pulse_bpm"]}]
    assert outcome["rows_read"] == outcome["rows_new"] + outcome["rows_parked"] == 3
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"whose_readings": "Q002"}), encoding="utf-8")
    told = clinic.run("import", path, "--answers", answers)
    assert (told.code, "2 of 3" in told.out) == (0, True)


def test_words_that_are_wrong_are_one_sentence(clinic: Clinic, tmp_path: Path) -> None:
    path = tmp_path / "HEARTRATE.csv"
    path.write_text(CLOCKLESS, encoding="utf-8")
    for words, key in (
        (("--as", "acme"), "error.kind_unknown"),
        (("--patient", "Q999"), "error.patient_unknown"),
        (("--as", "clarity_csv", "--patient", "Q001"), "intake.rejected.other_format"),
    ):
        check_refused(clinic.run("import", path, *words), 3, key, path.name)
