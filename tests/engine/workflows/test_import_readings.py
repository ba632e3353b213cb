"""A device file through the worker into the store: whose it is, what is new, what waits, and what a person is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import InputError
from engine.store import load_series, people_numbered, series_held
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.waiting_rows import recent_imports, rows_waiting

CLOCK = FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
PASSPHRASE = "a clinic of nobody at all"
OMRON = "Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Symptoms,Consumed,TruRead,Notes"
DIARY = "成员,日期,时间,收缩压,舒张压,血糖(mmol/L)"


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    create(ClinicRequest(tmp_path / "clinic", "Maple Lane", "CHN"), PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        people = "Patient ID,Name,Sex,Visit date,SBP\nP1,Ann Lee,F,2025-01-02,140\nP2,Bo Lee,M,2025-01-02,130\n"
        assert import_file(opened, _written(tmp_path / "people.csv", people), ImportRequest()).stored
        yield opened


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _omron(folder: Path, *lines: str) -> Path:
    return _written(folder / "omron.csv", "\n".join([OMRON, *lines, ""]))


ROW = "Jan 06 2025,08:05,{0},80,60,-,-,-,-"


def _id(clinic: OpenClinic, number: str) -> str:
    return people_numbered(clinic.vault, number)[0]


def test_readings_are_stored_with_the_chosen_person_and_once(clinic: OpenClinic, tmp_path: Path) -> None:
    path = _omron(tmp_path, ROW.format(130), ROW.format(131), ROW.format(130), ROW.format(999))
    done = import_file(clinic, path, ImportRequest(patient="P1"))
    assert (done.stored, done.format, done.outcome) == (True, "omron_app_csv", "ok_with_questions")
    assert done.device is not None
    counts = (done.device.read, done.device.kept, done.device.duplicates, done.device.rejected)
    assert counts == (4, 2, 1, 1)
    assert done.counts.reconciles()
    (stored,) = load_series(clinic.vault, _id(clinic, "P1"), "pressure", date(2025, 1, 6), date(2025, 1, 6))
    assert stored.readings.values().tolist() == [[130, 80, 60], [131, 80, 60]]
    assert (stored.file_name, stored.import_id) == ("omron.csv", done.device.import_id)
    again = import_file(clinic, path, ImportRequest(patient="P1"))
    assert again.device is not None
    assert (again.device.kept, again.device.duplicates, again.device.known) == (0, 3, 2)
    assert len(rows_waiting(clinic)) == 1
    assert recent_imports(clinic)[0].counts.rows_repeated == 3


def test_nothing_is_stored_before_somebody_says_whose_it_is(clinic: OpenClinic, tmp_path: Path) -> None:
    path = _omron(tmp_path, ROW.format(130))
    done = import_file(clinic, path, ImportRequest())
    assert (done.stored, done.done, [one.kind.value for one in done.open_questions]) == (
        False,
        False,
        ["whose_readings"],
    )
    assert done.device is not None
    assert (done.device.kept, done.device.import_id) == (1, None)
    assert len(recent_imports(clinic)) == 1
    assert import_file(clinic, path, ImportRequest(answers={"whose_readings": "P2"})).stored
    assert [held.readings for held in series_held(clinic.vault, _id(clinic, "P2"))] == [1]


def test_a_dry_run_stores_nothing_and_shows_the_first_readings(clinic: OpenClinic, tmp_path: Path) -> None:
    done = import_file(clinic, _omron(tmp_path, ROW.format(130)), ImportRequest(patient="P1", dry_run=True))
    assert (done.stored, done.done) == (False, True)
    assert done.device is not None
    (first,) = done.device.first
    assert (first.row, first.time, first.written["sbp_mmhg"]) == (2, "2025-01-06T08:05:00", "130 mmHg")
    assert series_held(clinic.vault, _id(clinic, "P1")) == ()


def test_a_row_of_several_kinds_is_one_reading_and_goes_to_the_person_it_names(
    clinic: OpenClinic, tmp_path: Path
) -> None:
    rows = ["Ann Lee,2025/3/3,8:15,130,80,7.1", "Bo Lee,2025/3/3,8:15,130,80,", "Bo Lee,2025/3/4,8:15,130,80,6.5"]
    path = _written(tmp_path / "diary.csv", "\n".join([DIARY, *rows, ""]))
    done = import_file(clinic, path, ImportRequest(answers={"several_people": "by_name"}))
    assert done.stored
    assert done.device is not None
    assert (done.device.read, done.device.kept) == (3, 3)
    held = {
        number: [(one.measure, one.readings) for one in series_held(clinic.vault, _id(clinic, number))]
        for number in ("P1", "P2")
    }
    assert held == {"P1": [("glucose", 1), ("pressure", 1)], "P2": [("glucose", 1), ("pressure", 2)]}


def test_the_same_file_can_be_taken_for_a_table_of_visits(clinic: OpenClinic, tmp_path: Path) -> None:
    done = import_file(clinic, _omron(tmp_path, ROW.format(130)), ImportRequest(kind="table", patient="P1"))
    assert (done.stored, done.format, done.device, done.counts.rows_new) == (True, "table", None, 1)


def test_a_kind_nobody_knows_and_a_patient_nobody_knows_are_refused(clinic: OpenClinic, tmp_path: Path) -> None:
    path = _omron(tmp_path, ROW.format(130))
    for request, code in (
        (ImportRequest(kind="acme"), "kind_unknown"),
        (ImportRequest(patient="P9"), "patient_unknown"),
        (ImportRequest(patient="P1", set_for_file={"nonsense": "1"}), "set_unknown_field"),
    ):
        with pytest.raises(InputError, match=code):
            import_file(clinic, path, request)
    other = import_file(clinic, path, ImportRequest(kind="clarity_csv", patient="P1"))
    assert (other.rejected, other.reject_detail, other.format) == (True, "other_format", "clarity_csv")
