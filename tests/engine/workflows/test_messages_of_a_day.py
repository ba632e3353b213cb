"""Messages that come one after the other about one day: each result stands beside the others, none in their place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.store import find_patients, load_record
from engine.store.audit_log import verify_store
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.import_records import RecordOutcome, import_records
from engine.workflows.undo_imports import take_back

CLOCK = FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
PASSPHRASE = "a clinic of nobody at all"


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    create(ClinicRequest(tmp_path / "clinic", "Maple Lane", "CHN"), PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        yield opened
        assert verify_store(opened.vault).findings == ()


def result(code: str, value: str, unit: str, time: str, status: str = "F") -> str:
    return f"OBX|1|NM|{code}^x^LN||{value}|{unit}|||||{status}|||20240304{time}\r"


def glucose(value: str, time: str, status: str = "F") -> str:
    return result("2345-7", value, "mmol/L", time, status)


def pressure(upper: str, lower: str, time: str) -> str:
    return result("8480-6", upper, "mm[Hg]", time) + result("8462-4", lower, "mm[Hg]", time)


def send(clinic: OpenClinic, folder: Path, *results: str) -> RecordOutcome:
    file = folder / "message.hl7"
    head = "MSH|^~\\&|LAB|X|Y|Z|20240305081500||ORU^R01|1|P|2.5\rPID|1||Q900^^^X^MR||Roe^Jo||19700101|M\r"
    file.write_text(head + "".join(results), encoding="utf-8", newline="")
    outcome = import_records(clinic, file, ImportRequest())
    assert outcome.stored
    return outcome


def readings(clinic: OpenClinic, field: str) -> dict[int, object]:
    (person,) = find_patients(clinic.vault)
    record = load_record(clinic.vault, person.id)
    return {one.reading: one.value for visit in record.visits for one in visit.measurements if one.field == field}


def test_the_evening_does_not_take_the_place_of_the_morning(clinic: OpenClinic, tmp_path: Path) -> None:
    send(clinic, tmp_path, glucose("5.0", "08"))
    send(clinic, tmp_path, glucose("9.0", "18"))
    assert readings(clinic, "glucose_mmol_l") == {1: 5.0, 2: 9.0}
    for again in (glucose("9.0", "18"), glucose("5.0", "08")):
        outcome = send(clinic, tmp_path, again)
        assert (outcome.rows.rows_repeated, outcome.rows.rows_updated) == (1, 0)
    send(clinic, tmp_path, glucose("5.0", "08"), glucose("7.0", "12"), glucose("9.0", "18"))
    assert readings(clinic, "glucose_mmol_l") == {1: 5.0, 2: 9.0, 3: 7.0}


def test_a_correction_takes_the_place_of_the_only_one_there_is(clinic: OpenClinic, tmp_path: Path) -> None:
    send(clinic, tmp_path, glucose("5.0", "08"))
    send(clinic, tmp_path, glucose("5.5", "08", "C"))
    assert readings(clinic, "glucose_mmol_l") == {1: 5.5}
    send(clinic, tmp_path, glucose("9.0", "18"))
    send(clinic, tmp_path, glucose("9.5", "18", "C"))  # of which of the two it does not say
    assert readings(clinic, "glucose_mmol_l") == {1: 5.5, 2: 9.0, 3: 9.5}


def test_two_pressures_of_one_reading_stay_together(clinic: OpenClinic, tmp_path: Path) -> None:
    send(clinic, tmp_path, pressure("140", "80", "08"))
    send(clinic, tmp_path, pressure("150", "80", "09"), pressure("140", "90", "10"))
    upper, lower = readings(clinic, "sbp_mmhg"), readings(clinic, "dbp_mmhg")
    assert [(upper[at], lower[at]) for at in (1, 2, 3)] == [(140.0, 80.0), (150.0, 80.0), (140.0, 90.0)]


def test_what_a_person_measured_stays_beside_a_message(clinic: OpenClinic, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = (
        "Patient ID,Name,Date of birth,Sex,Visit date,SBP (mmHg),DBP (mmHg)",
        "Q900,Jo Roe,1970-01-01,M,2024-03-04,120,70",
    )
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert import_file(clinic, table, ImportRequest()).stored
    send(clinic, tmp_path, pressure("150", "95", "09"))
    assert (readings(clinic, "sbp_mmhg"), readings(clinic, "dbp_mmhg")) == ({1: 120.0, 2: 150.0}, {1: 70.0, 2: 95.0})


def test_a_message_is_taken_back_alone(clinic: OpenClinic, tmp_path: Path) -> None:
    morning = send(clinic, tmp_path, glucose("5.0", "08"))
    evening = send(clinic, tmp_path, glucose("9.0", "18"))
    corrected = send(clinic, tmp_path, glucose("9.0", "18"), glucose("7.0", "12"))
    assert (morning.import_id, evening.import_id, corrected.import_id).count(None) == 0
    take_back(clinic, str(morning.import_id))
    assert sorted(map(str, readings(clinic, "glucose_mmol_l").values())) == ["7.0", "9.0"]
    take_back(clinic, str(evening.import_id))  # the last message says the same
    assert sorted(map(str, readings(clinic, "glucose_mmol_l").values())) == ["7.0", "9.0"]
    take_back(clinic, str(corrected.import_id))
    assert find_patients(clinic.vault) == ()
