"""Imports are listed and taken back, and values looked behind, by commands."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.command import HEADER, Clinic, check_refused

# One changed pressure, one new visit.
SECOND = HEADER + (
    "Q001,Zebulon Quillfeather,M,1957-03-09,01614960771,2024-01-15,191,83\n"
    "Q002,Philippa Oxenbridge,F,1962-11-23,01614960772,2024-02-16,151,92\n"
)


def imported(clinic: Clinic, folder: Path) -> str:
    path = folder / "second.csv"
    path.write_text(SECOND, encoding="utf-8")
    ended, outcome = clinic.import_file(path)
    assert ended.code == 0
    return str(outcome["import"])


def test_an_import_is_taken_back_by_its_id(filled: Clinic, tmp_path: Path) -> None:
    import_id = imported(filled, tmp_path)
    listed = filled.run("imports", "--json").json
    assert [(one["id"] == import_id, one["file"], one["undone_at"]) for one in listed] == [
        (True, "second.csv", None),
        (False, "people.csv", None),
    ]
    looked = filled.run("undo-import", import_id, "--dry-run", "--json").json
    assert (looked["done"], looked["values_back"], looked["visits_gone"], looked["people_gone"]) == (False, 1, 1, 0)
    told = filled.run("undo-import", import_id)
    assert told.code == 0
    assert "Values that come back: 1" in told.out
    assert filled.run("imports", "--json").json[0]["undone_by"]
    check_refused(filled.run("undo-import", import_id), 2, "error.import_undone")
    check_refused(filled.run("undo-import", "nothing"), 2, "error.import_unknown")
    assert filled.run("verify").code == 0
    found = filled.run("inspect", "--patient", "Q001", "--field", "sbp_mmhg", "--json").json
    (value,) = found["values"]
    present, (before, first) = value["present"], value["before"]
    assert (present["value"], present["file"], present["row"]) == (137.0, "people.csv", 2)
    assert (before["value"], before["file"], before["taken_back"], before["ended_how"]) == (
        191.0,
        "second.csv",
        True,
        "undo",
    )
    assert (first["value"], first["ended_how"]) == (137.0, "import")


def test_a_value_is_looked_behind_in_words(filled: Clinic, tmp_path: Path) -> None:
    imported(filled, tmp_path)
    told = filled.run("inspect", "--patient", "Q001", "--field", "sbp_mmhg").out
    assert "Counts now: 191 mmHg" in told
    assert 'From the file second.csv, row 2, column "Systolic BP (mmHg)".' in told
    assert "Before: 137 mmHg" in told
    born = filled.run("inspect", "--patient", "Q002", "--field", "birth_date", "--json").json
    assert born["values"][0]["present"]["column"] == "Date of birth"
    age = filled.run("inspect", "--patient", "Q002", "--field", "age", "--json").json
    assert {part["field"] for part in age["parts"]} == {"birth_date", "visit_date"}
    check_refused(filled.run("inspect", "--patient", "Q002", "--field", "nothing"), 3, "error.field_unknown")
    check_refused(filled.run("inspect", "--patient", "Q9", "--field", "sbp_mmhg"), 3, "error.patient_unknown")
