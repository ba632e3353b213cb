"""A folder into which another system drops files: whole, half written, broken, cut off by a power cut, sent again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.ports import CancelToken, FixedClock
from engine.errors import Cancelled, InputError
from engine.intake.records.reading import RecordReader
from engine.store import find_patients
from engine.store.audit_log import verify_store
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.import_files import ImportRequest
from engine.workflows.import_records import import_records
from engine.workflows.waiting_rows import recent_imports
from engine.workflows.watched_folder import DONE, PROBLEM, TAKING, WHY, Taken, WatchedFolder, take_all

CLOCK = FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
PASSPHRASE = "a clinic of nobody at all"


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    create(ClinicRequest(tmp_path / "clinic", "Maple Lane", "CHN"), PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        yield opened
        assert verify_store(opened.vault).findings == ()


@pytest.fixture
def folder(tmp_path: Path) -> WatchedFolder:
    made = WatchedFolder(tmp_path / "drop")
    made.path.mkdir()
    made.check()
    return made


def message(number: int, value: str = "137") -> bytes:
    return (
        f"MSH|^~\\&|LAB|X|Y|Z|20240305081500||ORU^R01|{number}|P|2.5||||||UNICODE UTF-8\r"
        f"PID|1||Q{number}^^^X^MR||Roe{number}^Jo||19700101|M\r"
        f"OBX|1|NM|8480-6^Systolic^LN||{value}|mm[Hg]|||||F|||20240304\r"
    ).encode()


def drop(folder: WatchedFolder, name: str, content: bytes) -> Path:
    path = folder.path / name
    path.write_bytes(content)
    return path


def look_twice(clinic: OpenClinic, folder: WatchedFolder) -> list[Taken]:
    folder.ready()
    return list(take_all(clinic, folder, folder.ready()))


def names(folder: WatchedFolder, place: str) -> list[str]:
    return sorted(each.name for each in (folder.path / place).iterdir())


def actions(clinic: OpenClinic) -> list[str]:
    rows = clinic.vault.ledger.database.rows("SELECT action FROM audit ORDER BY seq")
    return [str(action) for (action,) in rows if str(action).startswith(("entry.", "file."))]


def test_messages_and_bundles_are_stored_and_moved_aside_with_one_entry_each(
    clinic: OpenClinic, folder: WatchedFolder
) -> None:
    drop(folder, "1.hl7", message(1))
    patient = {"resourceType": "Patient", "identifier": [{"value": "F1"}], "name": [{"text": "Ann Lee"}]}
    drop(folder, "2.json", json.dumps(patient).encode())
    taken = look_twice(clinic, folder)
    assert [(each.name, each.stored, each.place.parent.name) for each in taken] == [
        ("1.hl7", True, DONE),
        ("2.json", True, DONE),
    ]
    assert {person.patient_id for person in find_patients(clinic.vault)} == {"Q1", "F1"}
    assert (names(folder, DONE), names(folder, PROBLEM), names(folder, TAKING)) == (["1.hl7", "2.json"], [], [])
    assert actions(clinic) == ["entry.records", "entry.records"]
    assert look_twice(clinic, folder) == []


def test_a_file_is_left_alone_until_it_is_whole(clinic: OpenClinic, folder: WatchedFolder) -> None:
    path = drop(folder, "growing.hl7", message(1)[:40])
    drop(folder, "3.hl7.tmp", message(3))
    drop(folder, ".hidden.hl7", message(4))
    drop(folder, "empty.hl7", b"")
    assert folder.ready() == ()
    path.write_bytes(message(1))  # it grew since
    assert folder.ready() == ()
    assert [each.name for each in folder.ready()] == ["growing.hl7"]
    (folder.path / "3.hl7.tmp").rename(folder.path / "3.hl7")  # the sender has ended
    assert [each.name for each in look_twice(clinic, folder)] == ["3.hl7", "growing.hl7"]
    assert sorted(each.name for each in folder.path.iterdir() if each.is_file()) == [".hidden.hl7", "empty.hl7"]


def test_an_empty_file_that_stays_empty_is_a_problem(clinic: OpenClinic, folder: WatchedFolder) -> None:
    path = drop(folder, "empty.hl7", b"")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    (taken,) = look_twice(clinic, folder)
    assert (taken.why, taken.place.parent.name) == ("intake.rejected.empty_file", PROBLEM)


def test_what_cannot_be_taken_in_waits_with_the_reason_beside_it(clinic: OpenClinic, folder: WatchedFolder) -> None:
    drop(folder, "broken.json", b'{"resourceType": "Bundle", "entry": [')
    drop(folder, "picture.png", b"\x89PNG\r\n\x1a\n" + bytes(200))
    drop(folder, "table.csv", b"Patient ID,Systolic BP (mmHg)\nP1,140\n")
    taken = {each.name: each for each in look_twice(clinic, folder)}
    assert {name: each.why for name, each in taken.items()} == {
        "broken.json": "intake.rejected.fhir_not_json",
        "picture.png": "intake.watched.other_kind",
        "table.csv": "intake.watched.other_kind",
    }
    assert [each.name for each in folder.problems()] == ["broken.json", "picture.png", "table.csv"]
    told = (folder.path / PROBLEM / f"broken.json{WHY}").read_text(encoding="utf-8").splitlines()
    assert len(told) == 2
    assert told[0].startswith("This file is damaged")
    assert actions(clinic) == ["file.problem"] * 3
    assert recent_imports(clinic) == ()


def test_a_patient_who_looks_like_another_waits_for_a_person(clinic: OpenClinic, folder: WatchedFolder) -> None:
    drop(folder, "1.hl7", message(1))
    look_twice(clinic, folder)
    drop(folder, "2.hl7", message(1).replace(b"Roe1^Jo", b"Smith^Ann").replace(b"19700101", b"19550202"))
    (taken,) = look_twice(clinic, folder)
    assert (taken.why, taken.details) == ("intake.watched.asks", {"count": 1})
    (waiting,) = folder.problems()
    assert import_records(clinic, waiting, ImportRequest(answers={"duplicates": "park"})).stored
    assert folder.settled(waiting).parent.name == DONE
    assert (names(folder, PROBLEM), names(folder, DONE)) == ([], ["1.hl7", "2.hl7"])


def test_a_message_sent_again_changes_nothing_and_writes_over_nothing(
    clinic: OpenClinic, folder: WatchedFolder
) -> None:
    for value in ("137", "139", "139"):
        drop(folder, "same name.hl7", message(1, value))
        look_twice(clinic, folder)
    assert names(folder, DONE) == ["same name-2.hl7", "same name-3.hl7", "same name.hl7"]
    assert (folder.path / DONE / "same name.hl7").read_bytes() == message(1, "137")
    assert [each.counts.rows_new for each in recent_imports(clinic)] == [0, 0, 1]
    assert len(find_patients(clinic.vault)) == 1


def test_a_power_cut_before_or_after_storing_takes_each_file_in_once(clinic: OpenClinic, folder: WatchedFolder) -> None:
    before, after = (drop(folder, f"{n}.hl7", message(n)) for n in (1, 2))
    before = before.rename(folder.path / TAKING / before.name)
    after = after.rename(folder.path / TAKING / after.name)
    assert import_records(clinic, after, ImportRequest()).stored  # and then the light went out
    again = WatchedFolder(folder.path)
    taken = list(take_all(clinic, again, again.ready()))
    assert [(each.name, each.stored) for each in taken] == [("1.hl7", True), ("2.hl7", True)]
    assert names(folder, DONE) == ["1.hl7", "2.hl7"]
    assert actions(clinic) == ["entry.records", "entry.records"]


def test_a_stop_leaves_the_file_where_the_next_look_finds_it(clinic: OpenClinic, folder: WatchedFolder) -> None:
    path = drop(folder, "1.hl7", message(1))
    stop = CancelToken()
    stop.cancel()
    with RecordReader() as reader, pytest.raises(Cancelled):
        folder.take(clinic, path, reader, stop)
    assert names(folder, TAKING) == ["1.hl7"]
    (taken,) = take_all(clinic, folder, folder.ready())
    assert (taken.stored, taken.place.parent.name) == (True, DONE)


def test_links_and_folders_are_passed_over(clinic: OpenClinic, folder: WatchedFolder, tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere.hl7"
    secret.write_bytes(message(9))
    (folder.path / "link.hl7").symlink_to(secret)
    (folder.path / "inner").mkdir()
    (folder.path / "inner" / "x.hl7").write_bytes(message(8))
    assert look_twice(clinic, folder) == []
    assert secret.exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    gone = WatchedFolder(tmp_path / "no such folder")
    for ask in (gone.check, gone.ready):
        with pytest.raises(InputError) as told:
            ask()
        assert told.value.code == "watched_missing"
