"""Files of records in a real store: once, again, with more in them, and against what people typed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.domain.dates import PartialDate
from engine.domain.kept import KeptState
from engine.domain.ports import FixedClock
from engine.domain.record import Condition, Record
from engine.errors import InputError
from engine.store import end_item, find_patients, load_record
from engine.store.audit_log import verify_store
from engine.store.lists import add_item, edit_item
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.export import export_visits
from engine.workflows.import_files import ImportRequest
from engine.workflows.import_outcome import FileOutcome
from engine.workflows.import_records import (
    RecordOutcome,
    files_of,
    import_each,
    import_records,
    kept_of,
)
from engine.workflows.undo_imports import take_back
from engine.workflows.waiting_rows import rows_waiting

CLOCK = FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
PASSPHRASE = "a clinic of nobody at all"
SUBJECT = {"subject": {"reference": "Patient/p"}}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "identifier": [{"value": "P7"}],
    "name": [{"text": "Ann Lee"}],
    "birthDate": "1950-03-01",
}


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    create(ClinicRequest(tmp_path / "clinic", "Maple Lane", "CHN"), PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        yield opened
        assert verify_store(opened.vault).findings == ()


def _pressure(value: int, day: str = "2024-03-04") -> dict[str, Any]:
    code = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}], "text": "Systolic"}
    quantity = {"value": value, "code": "mm[Hg]"}
    return {"resourceType": "Observation", "code": code, **SUBJECT, "effectiveDateTime": day, "valueQuantity": quantity}


def _odd(code: str) -> dict[str, Any]:
    coded = {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueString": "seen"}
    return {"resourceType": "Observation", **SUBJECT, "effectiveDateTime": "2024-03-04", **coded}


def _gout(**content: Any) -> dict[str, Any]:
    coded = {"code": {"coding": [{"system": "http://snomed.info/sct", "code": "90560007"}]}}
    return {"resourceType": "Condition", **coded, **SUBJECT, "recordedDate": "2024-03-04", **content}


def _import(clinic: OpenClinic, folder: Path, *resources: dict[str, Any], dry_run: bool = False) -> RecordOutcome:
    path = folder / "file.json"
    entries = [{"resource": resource} for resource in (PATIENT, *resources)]
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": entries}), encoding="utf-8")
    return import_records(clinic, path, ImportRequest(dry_run=dry_run))


def _record(clinic: OpenClinic) -> Record:
    (person,) = find_patients(clinic.vault)
    return load_record(clinic.vault, person.id)


def test_a_value_knows_where_it_came_from(clinic: OpenClinic, tmp_path: Path) -> None:
    assert _import(clinic, tmp_path, _pressure(142)).stored
    (measured,) = (one for visit in _record(clinic).visits for one in visit.measurements)
    origin = measured.origin
    assert (measured.value, origin.file_name, origin.row, origin.column) == (142.0, "file.json", 2, "Systolic 8480-6")


def test_the_same_file_twice_changes_nothing_and_more_of_it_adds_only_that(clinic: OpenClinic, tmp_path: Path) -> None:
    first = _import(clinic, tmp_path, _pressure(142), _gout(), _odd("1-1"))
    before = _record(clinic)
    again = _import(clinic, tmp_path, _pressure(142), _gout(), _odd("1-1"))
    assert (first.rows.rows_new, again.rows.rows_repeated, again.entries_changed) == (1, again.rows.rows_read, 0)
    assert _record(clinic) == before
    more = _import(clinic, tmp_path, _pressure(142), _gout(onsetDateTime="2015"), _odd("1-1"), _odd("2-2"))
    assert more.entries_changed == 1
    (gout,) = _record(clinic).conditions
    assert str(gout.onset) == "2015"
    kept = kept_of(clinic, before.patient.id)
    assert [(item.code, len(item.lines)) for item in kept if item.state is KeptState.UNMAPPED] == [
        ("1-1", 1),
        ("2-2", 1),
    ]


def test_files_of_records_are_taken_back_in_any_order(clinic: OpenClinic, tmp_path: Path) -> None:
    first = _import(clinic, tmp_path, _pressure(142), _gout(), _odd("1-1"))
    again = _import(clinic, tmp_path, _pressure(142), _gout(), _odd("1-1"))
    more = _import(clinic, tmp_path, _pressure(142), _gout(onsetDateTime="2015"), _odd("2-2"))
    assert first.import_id is not None
    assert again.import_id is not None
    assert more.import_id is not None
    take_back(clinic, first.import_id)  # the second file says the same
    person = _record(clinic).patient.id
    assert [str(gout.onset) for gout in _record(clinic).conditions] == ["2015"]
    assert {item.code for item in kept_of(clinic, person) if item.state is KeptState.UNMAPPED} == {"1-1", "2-2"}
    take_back(clinic, more.import_id)
    assert [gout.onset for gout in _record(clinic).conditions] == [None]
    assert {item.code for item in kept_of(clinic, person) if item.state is KeptState.UNMAPPED} == {"1-1"}
    assert [one.value for visit in _record(clinic).visits for one in visit.measurements] == [142.0]
    done = take_back(clinic, again.import_id)
    assert (done.counts.people_gone, done.counts.entries_gone, done.conflicts) == (1, 1, ())
    assert find_patients(clinic.vault) == ()


def test_a_look_stores_nothing(clinic: OpenClinic, tmp_path: Path) -> None:
    looked = _import(clinic, tmp_path, _pressure(142), _gout(), dry_run=True)
    assert looked.done
    assert not looked.stored
    assert (looked.rows.rows_new, looked.entries_changed) == (1, 1)
    assert find_patients(clinic.vault) == ()


def test_what_somebody_typed_or_took_away_stays_so(clinic: OpenClinic, tmp_path: Path) -> None:
    _import(clinic, tmp_path, _gout())
    (gout,) = _record(clinic).conditions
    end_item(clinic.vault, Condition, gout.id, clinic.actor)
    assert _import(clinic, tmp_path, _gout()).entries_changed == 0
    assert _record(clinic).conditions == ()
    person = _record(clinic).patient.id
    typed = add_item(clinic.vault, person, gout, clinic.actor)
    (item,) = _record(clinic).conditions
    edit_item(clinic.vault, Condition(typed, item.code, item.certainty, item.origin, PartialDate(1999)), clinic.actor)
    _import(clinic, tmp_path, _gout(onsetDateTime="2015", abatementDateTime="2016"))
    (item,) = _record(clinic).conditions
    assert (str(item.onset), item.end) == ("1999", None)


def test_somebody_doubtful_waits_and_everything_of_theirs_with_them(clinic: OpenClinic, tmp_path: Path) -> None:
    _import(clinic, tmp_path, _pressure(142))
    path = tmp_path / "other.json"
    like = {**PATIENT, "identifier": [{"value": "P8"}], "name": [{"text": "Lee Ann"}]}
    entries = [{"resource": one} for one in (like, _pressure(130, "2024-05-01"))]
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": entries}), encoding="utf-8")
    asked = import_records(clinic, path, ImportRequest())
    assert [question.id for question in asked.open_questions] == ["duplicates"]
    assert not asked.stored
    told = import_records(clinic, path, ImportRequest(answers={"duplicates": "park"}))
    assert told.stored
    assert len(find_patients(clinic.vault)) == 1
    (waiting,) = rows_waiting(clinic)
    assert dict(waiting.parked.cells)["patient_id"] == "P8"


def test_each_file_is_read_as_what_it_is(clinic: OpenClinic, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "b.hl7").write_bytes(b"MSH|^~\\&|A|B|C|D|20240305||ADT^A04|1|P|2.5\rPID|1||P9||Roe^Jo||19700101|M\r")
    (folder / "a.csv").write_text("Patient ID,Visit date,SBP (mmHg)\nP5,2024-01-05,140\n", encoding="utf-8")
    (folder / ".c.hl7").write_bytes(b"half written")
    table, message = (outcome for _, outcome in import_each(clinic, files_of([folder], "any"), ImportRequest()))
    assert isinstance(table, FileOutcome)
    assert isinstance(message, RecordOutcome)
    assert (table.stored, message.stored, message.format) == (True, True, "hl7")
    assert {person.patient_id for person in find_patients(clinic.vault)} == {"P5", "P9"}


def test_a_file_of_another_kind_than_was_named_is_refused(clinic: OpenClinic, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Patient ID,Visit date,SBP (mmHg)\nP5,2024-01-05,140\n", encoding="utf-8")
    outcome = import_records(clinic, path, ImportRequest(kind="fhir"))
    assert (outcome.rejected, outcome.reject_detail) == (True, "other_format")
    ((_, missing),) = import_each(clinic, [tmp_path / "none"], ImportRequest())
    assert isinstance(missing, InputError)
    assert missing.code == "file_missing"


@pytest.mark.shared
def test_damaged_files_harm_neither_the_store_nor_the_next_file(
    clinic: OpenClinic, tmp_path: Path, shared: Path
) -> None:
    """Seeds of every format, mutated: each ends as read or refused, within its worker, and the store stays sound."""
    folder = shared / "data" / "interchange"
    seeds = [*sorted((folder / "hl7v2").iterdir())[:8], *sorted((folder / "ccda").iterdir())[:8]]
    seeds += sorted((folder / "fhir_r4_synthea").iterdir(), key=lambda file: file.stat().st_size)[:1]
    chance = random.Random(20261122)
    _import(clinic, tmp_path, _pressure(142))
    export_visits(clinic, tmp_path / "before.csv")
    mutated = []
    for number in range(60):
        data = bytearray(chance.choice(seeds).read_bytes())
        for _ in range(chance.randint(1, 30)):
            at = chance.randrange(len(data))
            piece = chance.choice((b"\0", b"\xff", b"<", b'"', b"|", b"{}", b"[" * 300, b"&x;", b"\r", b"9" * 400))
            data[at : at + chance.randint(0, 4)] = piece
        mutated.append(tmp_path / f"mutated-{number}")
        mutated[-1].write_bytes(data[: chance.randint(len(data) // 2, len(data))] if number % 3 == 0 else data)
    ended = [outcome for _, outcome in import_each(clinic, mutated, ImportRequest(dry_run=True))]
    assert len(ended) == 60
    assert [outcome for outcome in ended if not isinstance(outcome, (FileOutcome, RecordOutcome))] == []
    assert sum(isinstance(outcome, RecordOutcome) and not outcome.rejected for outcome in ended) > 20
    export_visits(clinic, tmp_path / "after.csv")
    assert (tmp_path / "after.csv").read_bytes() == (tmp_path / "before.csv").read_bytes()
