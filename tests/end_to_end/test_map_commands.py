"""The clinic's own map of a file, next month's file with it, and what that file changes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.command import Clinic, check_refused

HEAD = "Patient ID,Name,Visit date,Systolic BP (mmHg),Glucose\n"
JANUARY = "Q001,Ann Lee,2024-01-15,137,5.4\nQ002,Bo Hu,2024-01-16,149,6.1\nQ003,Cy Wu,2024-01-17,126,5.8\n"
FEBRUARY = "Q001,Ann Lee,2024-01-15,137,5.4\nQ002,Bo Hu,2024-01-16,150,6.1\nQ004,Di Xu,2024-02-17,120,7.0\n"


def write(path: Path, rows: str) -> Path:
    path.write_text(HEAD + rows, encoding="utf-8")
    return path


def answered(clinic: Clinic, folder: Path) -> dict[str, object]:
    """Import January with answers; return them."""
    january = write(folder / "january.csv", JANUARY)
    _, outcome = clinic.import_file(january)
    answers = {question["id"]: question["guess"] for question in outcome["questions"]}
    assert any(id_.startswith("unit") for id_ in answers)
    path = folder / "answers.json"
    path.write_text(json.dumps(answers), encoding="utf-8")
    ended, outcome = clinic.import_file(january, "--answers", path)
    assert (ended.code, outcome["stored"]) == (0, True)
    return answers


def test_the_next_file_asks_nothing_again_and_is_told_as_a_difference(filled: Clinic, tmp_path: Path) -> None:
    answers = answered(filled, tmp_path)
    february = write(tmp_path / "february.csv", FEBRUARY)
    ended, outcome = filled.import_file(february, "--map", "remembered", "--dry-run")
    assert ended.code == 0, ended.err
    assert outcome["recalled"] == {"columns": 5, "answers": answers, "disagreed": []}
    found = outcome["difference"]
    assert found["file"] == "january.csv"
    assert found["rows"] == found["rows_new"] + found["rows_changed"] + found["rows_unchanged"] + found["rows_parked"]
    assert (found["rows_new"], found["rows_changed"], found["rows_unchanged"], found["people_new"]) == (1, 1, 1, 1)
    assert found["rows_before"] == found["rows_still"] + found["rows_missing"]
    assert [(one["patient_id"], one["row"]) for one in found["missing"]] == [("Q003", 4)]
    (changed,) = found["changed"]
    assert (changed["patient_id"], changed["field"], changed["old"], changed["new"]) == ("Q002", "sbp_mmhg", 149, 150)
    told = filled.run("import", february, "--map", "remembered")
    assert (told.code, "5 columns recognised" in told.err) == (0, True)


def test_an_answer_that_the_numbers_contradict_stays_open(filled: Clinic, tmp_path: Path) -> None:
    answered(filled, tmp_path)
    other = write(tmp_path / "march.csv", JANUARY.replace("5.4", "97").replace("6.1", "110").replace("5.8", "104"))
    ended, outcome = filled.import_file(other, "--map", "remembered")
    assert (ended.code, outcome["stored"]) == (3, False)
    (one,) = outcome["recalled"]["disagreed"]
    assert (one["question"].startswith("unit"), one["remembered"] != one["shown"]) == (True, True)


def test_a_map_goes_to_a_file_and_comes_back(filled: Clinic, tmp_path: Path) -> None:
    answers = answered(filled, tmp_path)
    listed = filled.run("maps", "--json").json
    shape = next(one["shape"] for one in listed if one["answers"])
    path = tmp_path / "map.json"
    assert filled.run("maps", "--write", shape, "--output", path).code == 0
    assert filled.run("maps", "--forget", shape).code == 0
    february = write(tmp_path / "february.csv", FEBRUARY)
    assert filled.import_file(february, "--map", "remembered")[0].code == 3
    ended, outcome = filled.import_file(february, "--map", path)
    assert (ended.code, outcome["recalled"]["answers"]) == (0, answers)
    path.write_text("[]", encoding="utf-8")
    check_refused(filled.run("import", february, "--map", path), 2, "error.map_unreadable")
    check_refused(filled.run("maps", "--forget", "nothing"), 2, "error.map_unknown")
