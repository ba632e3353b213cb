"""Tables that clinics and studies really wrote, imported with what a person would answer, and assessed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.command import Clinic, lantern

pytestmark = pytest.mark.shared

PRIMARY_PREVENTION = ("who_cvd_2019_lab", "who_cvd_2019_nonlab")


def answer_with_guesses(clinic: Clinic, path: Path, folder: Path, *words: object) -> dict[str, Any]:
    """Import a file, answering each question with the guess shown, as a person does who agrees; return the outcome."""
    ended, outcome = clinic.import_file(path, *words)
    if ended.code == 3:
        assert all(question["guess"] is not None for question in outcome["questions"])
        answers = folder / "answers.json"
        answers.write_text(json.dumps({question["id"]: question["guess"] for question in outcome["questions"]}))
        ended, outcome = clinic.import_file(path, "--answers", answers, *words)
    assert ended.code == 0, ended.err
    return outcome


def packs(clinic: Clinic) -> dict[str, dict[str, Any]]:
    ended = clinic.run("assess-all", "--json")
    assert ended.code == 0
    return {pack["pack"]: pack for pack in ended.json["packs"]}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_survey_in_american_units_is_imported_and_assessed(
    shared: Path, tmp_path: Path, new_clinic: Callable[..., Clinic]
) -> None:
    path = shared / "data" / "nhanes_diabetes_2017" / "train.csv"
    clinic = new_clinic("clinic", "USA")
    outcome = answer_with_guesses(clinic, path, tmp_path, "--set", "visit_date=2018-06-30", "--set", "diabetes=false")
    source = {row["row_id"]: row for row in read(path)}
    assert outcome["rows_read"] == outcome["rows_new"] + outcome["rows_parked"] == len(source)
    parked = {reason["reason"] for row in outcome["parked"] for reason in row["reasons"]}
    assert parked <= {"implausible_value", "impossible_value"}
    stored = clinic.export(tmp_path / "export.csv")
    for row in stored:
        written = source[row["patient_id"]]
        assert row["sex"] == written["sex"][0]
        if written["total_chol"]:
            assert float(row["total_cholesterol_mmol_l"]) == pytest.approx(
                float(written["total_chol"]) / 38.67, rel=1e-12
            )
        # Whoever had a heart attack or a stroke is known to have cardiovascular disease.
        if "1.0" in (written["heart_attack"], written["stroke"]):
            assert "true" in (row.get("cvd_history"), row.get("stroke_history"))
    found = packs(clinic)
    people = len(stored)
    had_event = sum(
        "1.0" in (source[row["patient_id"]]["heart_attack"], source[row["patient_id"]]["stroke"]) for row in stored
    )
    for name in PRIMARY_PREVENTION:
        assert found[name]["ok"] + found[name]["refused"] == people
        assert found[name]["ok"] > people / 2
        assert found[name]["reasons"]["cvd_history:excluded"] == had_event


def test_a_cohort_with_known_disease_is_refused_by_every_primary_prevention_pack(
    shared: Path, tmp_path: Path, new_clinic: Callable[..., Clinic]
) -> None:
    path = shared / "data" / "smart_cohort" / "train.csv"
    clinic = new_clinic("clinic", "NLD")
    words = ("--set", "visit_date=2005-01-01", "--set", "cvd_history=true")
    ended, outcome = clinic.import_file(path, *words)
    assert ended.code == 3
    meanings = {
        "code_meaning:sex": {"1": "M", "2": "F"},
        "code_meaning:diabetes": {"0": "false", "1": "true"},
        "code_meaning:smoking": {"1": "never", "2": "former", "3": "current"},
    }
    answers = {question["id"]: question["guess"] for question in outcome["questions"]} | meanings
    (tmp_path / "answers.json").write_text(json.dumps(answers))
    ended, outcome = clinic.import_file(path, "--answers", tmp_path / "answers.json", *words)
    assert ended.code == 0, ended.err
    assert outcome["rows_new"] + outcome["rows_parked"] == outcome["rows_read"] == len(read(path))
    found = packs(clinic)
    for name in PRIMARY_PREVENTION:
        assert found[name]["ok"] == 0
        assert found[name]["reasons"]["cvd_history:excluded"] == outcome["rows_new"]
    exported = tmp_path / "export.csv"
    clinic.export(exported)
    # The switched-off packs, too, as a stateless score of what was exported.
    for name in ("framingham_2008_lab", "score2"):
        ended = lantern("assess", "--pack", name, "--input", exported, "--output", tmp_path / f"{name}.csv", "--json")
        assert (ended.code, ended.json["ok"]) == (0, 0)
        assert ended.json["reasons"]["cvd_history:excluded"] == outcome["rows_new"]


@pytest.mark.parametrize(
    ("name", "read_rows", "stored"),
    [
        ("simple_patient_import_test.csv", 3, 2),  # the first row says REQUIRED, OPTIONAL
        ("simple_patient_import_invalid_data_test.xlsx", 6, 4),
        ("simple_invalid_patient_de_dup_test.csv", 9, 9),
    ],
)
def test_files_of_a_hypertension_programme_come_in(
    name: str, read_rows: int, stored: int, shared: Path, tmp_path: Path, new_clinic: Callable[..., Clinic]
) -> None:
    clinic = new_clinic("clinic", "IND")
    path = shared / "data" / "interchange" / "clinic_tables" / name
    outcome = answer_with_guesses(clinic, path, tmp_path, "--set", "visit_date=2020-10-16")
    assert (outcome["rows_read"], outcome["rows_new"]) == (read_rows, stored)
    rows = clinic.export(tmp_path / "export.csv")
    # A pressure counts at the visit it belongs to: "No Last Visit" has none at a last visit.
    assert [row["name"] for row in rows if not row["sbp_mmhg"]] == ["No Last Visit"] * ("invalid_data" in name)
    assert packs(clinic)["ckdepi_2021_cr"]["refused"] == len(clinic.run("patients").json)


def test_a_list_of_facilities_is_no_list_of_patients(shared: Path, new_clinic: Callable[..., Clinic]) -> None:
    folder = shared / "data" / "interchange" / "clinic_tables"
    ended, outcome = new_clinic().import_file(folder / "simple_upload_facilities_with_localized_sizes_test.csv")
    assert (ended.code, outcome["outcome"], outcome["reject_reason"]) == (3, "rejected", "not_a_table")
