"""What stands behind lists, home readings, files and risks, by the same command as a value."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.command import Clinic
from tests.engine.intake.readers.made_files import photograph

CUFF = (
    "Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Symptoms,Consumed,TruRead,Notes\n"
    "Jan 12 2025,07:05,152,91,70,-,-,-,-\n"
    "Jan 11 2025,07:10,148,88,68,-,-,-,-\n"
)
BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "resource": {
                "resourceType": "Patient",
                "id": "p",
                "identifier": [{"value": "Q900", "type": {"coding": [{"code": "MR"}]}}],
                "name": [{"text": "Jo Roe"}],
                "birthDate": "1960-01-01",
                "gender": "female",
            }
        },
        {
            "resource": {
                "resourceType": "Condition",
                "id": "c",
                "subject": {"reference": "Patient/p"},
                "onsetDateTime": "2019",
                "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}], "text": "Pressure"},
            }
        },
    ],
}


def inspected(clinic: Clinic, subject: str, patient: str = "Q001") -> str:
    ended = clinic.run("inspect", "--patient", patient, "--field", subject)
    assert ended.code == 0, ended.err
    return ended.out


def test_home_readings_tell_their_file_row_and_what_was_written(filled: Clinic, tmp_path: Path) -> None:
    path = tmp_path / "Your Requested OMRON Report.csv"
    path.write_text(CUFF, encoding="utf-8")
    assert filled.import_file(path, "--patient", "Q001")[0].code == 0
    told = inspected(filled, "home_readings")
    assert "Blood pressure at home" in told
    assert "2 readings, 2025-01-11 to 2025-01-12." in told
    assert f"From the file {path.name}." in told
    assert "(row 2: 152 / 91 / 70)" in told
    plain = filled.run("inspect", "--patient", "Q001", "--field", "home_readings", "--json").json
    (series,) = plain["series"]
    assert (series["readings"], series["file"], series["newest"][0]["row"]) == (2, path.name, 2)
    assert "never stored" not in inspected(filled, "home_readings", "Q002")
    assert "Nothing of this was ever stored" in inspected(filled, "home_readings", "Q002")


def test_an_entry_of_a_list_tells_the_file_it_came_from(filled: Clinic, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(BUNDLE), encoding="utf-8")
    assert filled.import_file(path)[0].code == 0
    numbers = [one["patient_id"] for one in filled.run("patients").json]
    patient = next(one for one in numbers if one not in {"Q001", "Q002", "Q003"})
    told = inspected(filled, "conditions", patient)
    assert "since 2019" in told
    assert "From the file bundle.json." in told
    import_id = filled.run("imports", "--json").json[0]["id"]
    plain = filled.run("inspect", "--patient", patient, "--field", "conditions", "--json").json
    (entry,) = plain["entries"]
    assert [(one["import"], one["ended_at"], one["entry"]["onset"]) for one in entry["states"]] == [
        (import_id, None, "2019")
    ]
    assert "Nothing of this was ever stored" in inspected(filled, "medicines", patient)


def test_a_risk_tells_its_tool_and_every_value_that_went_in(filled: Clinic) -> None:
    assert "Nothing of this was ever stored" in inspected(filled, "risk")
    assert filled.run("assess-all").code == 0
    told = inspected(filled, "risk")
    assert "Worked out by " in told
    assert "For the visit of 2024-01-15, on " in told
    assert "Systolic blood pressure: 137 mmHg" in told
    assert 'row 2, column "Systolic BP (mmHg)".' in told
    plain = filled.run("inspect", "--patient", "Q001", "--field", "risk", "--json").json
    used = {one["field"]: one for one in plain["inputs"]}
    assert (used["sbp_mmhg"]["value"], used["sbp_mmhg"]["row"]) == (137.0, 2)
    assert used["age"]["derived_from"] == ["birth_date", "visit_date"]


def test_a_file_tells_what_was_read_in_it(filled: Clinic, tmp_path: Path) -> None:
    path = tmp_path / "foot.jpg"
    path.write_bytes(photograph())
    assert filled.import_file(path, "--patient", "Q001")[0].code == 0
    told = inspected(filled, "files")
    assert "60 × 40" in told
    assert "Read from the file foot.jpg itself when it was kept." in told


def test_who_looked_behind_a_number_stands_in_the_log(filled: Clinic) -> None:
    before = filled.run("audit", "--patient", "Q001", "--json").out.count("record.view")
    inspected(filled, "sbp_mmhg")
    assert filled.run("audit", "--patient", "Q001", "--json").out.count("record.view") == before + 1
