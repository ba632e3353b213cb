"""The print list: it outlives the session, a missing printer and a crash, and what was printed is audited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import UsageError
from engine.intake.typed import TypedValue
from engine.store import count_people, merge_people
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.print_queue import PrintOrder, PrintState, mark, printed_now, queue_reports, queued, remove
from engine.workflows.record import enter_visit
from engine.workflows.reports import Paper, ReportOptions, Sides, prepare_report
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
PEOPLE = (
    {"name": "Cora", "patient_id": "10", "village": "Upper"},
    {"name": "ana", "patient_id": "2", "village": "Lower"},
    {"name": "Bo", "patient_id": "9"},
    {"name": "Dee", "patient_id": "A1", "village": "lower"},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_clinic(tmp_path / "clinic", "GBR", PASSPHRASE, CLOCK)
    return tmp_path / "clinic"


@pytest.fixture
def clinic(folder: Path) -> Iterator[OpenClinic]:
    with open_clinic(folder, PASSPHRASE, CLOCK) as opened:
        yield opened


def enter(clinic: OpenClinic, values: dict[str, str]) -> str:
    visit = {"visit_date": "2026-11-23", "sex": "F", "age": "56", "sbp_mmhg": "148"} | values
    entered = enter_visit(clinic, [TypedValue(*each) for each in visit.items()])
    assert entered.person_id is not None
    return entered.person_id


def prints(clinic: OpenClinic) -> list[tuple[list[str], dict[str, object]]]:
    rows = clinic.vault._database.rows("SELECT subjects, detail FROM audit WHERE action = 'report.print' ORDER BY seq")
    return [(json.loads(subjects), json.loads(detail)) for subjects, detail in rows]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (PrintOrder.GIVEN, ["Cora", "ana", "Bo", "Dee"]),
        (PrintOrder.NAME, ["ana", "Bo", "Cora", "Dee"]),
        (PrintOrder.NUMBER, ["ana", "Bo", "Cora", "Dee"]),
        (PrintOrder.VILLAGE, ["ana", "Dee", "Cora", "Bo"]),
    ],
)
def test_people_are_put_there_in_the_order_asked_for(clinic: OpenClinic, order: PrintOrder, names: list[str]) -> None:
    people = [enter(clinic, values) for values in PEOPLE]
    ids = queue_reports(clinic, people, ReportOptions("zh", Paper.LETTER, Sides.PATIENT), order)
    jobs = queued(clinic)
    assert [job.name for job in jobs] == names
    assert tuple(job.id for job in jobs) == ids
    assert {(job.language, job.paper, job.sides, job.state) for job in jobs} == {
        ("zh", Paper.LETTER, Sides.PATIENT, PrintState.WAITING)
    }
    assert jobs[0].options == ReportOptions("zh", Paper.LETTER, Sides.PATIENT)


def test_chinese_names_stand_by_their_sound(clinic: OpenClinic) -> None:
    people = [enter(clinic, {"name": name}) for name in ("赵云", "陈明", "王芳")]
    queue_reports(clinic, people, ReportOptions(), PrintOrder.NAME)
    assert [job.name for job in queued(clinic)] == ["陈明", "王芳", "赵云"]


def test_the_same_sheet_does_not_wait_twice(clinic: OpenClinic) -> None:
    person = enter(clinic, PEOPLE[0])
    (first,) = queue_reports(clinic, [person, person], ReportOptions())
    assert queue_reports(clinic, [person], ReportOptions()) == ()
    assert len(queue_reports(clinic, [person], ReportOptions("zh"))) == 1
    mark(clinic, first, PrintState.PRINTED)
    assert len(queue_reports(clinic, [person], ReportOptions())) == 1
    with pytest.raises(UsageError, match="person_unknown"):
        queue_reports(clinic, [person, "nobody"], ReportOptions())
    assert len(queued(clinic)) == 3


def test_the_list_outlives_the_session_and_what_was_in_the_printer_is_held(folder: Path) -> None:
    with open_clinic(folder, PASSPHRASE, CLOCK) as clinic:
        people = [enter(clinic, values) for values in PEOPLE]
        ids = queue_reports(clinic, people, ReportOptions())
        mark(clinic, ids[0], PrintState.PRINTED)
        mark(clinic, ids[1], PrintState.PRINTING)
        mark(clinic, ids[2], PrintState.FAILED, "no_printer")
        assert [job.state.value for job in queued(clinic)] == ["printed", "printing", "failed", "waiting"]
    with open_clinic(folder, PASSPHRASE, CLOCK) as clinic:
        jobs = queued(clinic)
        assert [(job.state.value, job.reason) for job in jobs] == [
            ("printed", None),
            ("held", "interrupted"),
            ("failed", "no_printer"),
            ("waiting", None),
        ]
        assert tuple(job.id for job in jobs) == ids
        mark(clinic, ids[1], PrintState.WAITING)  # a person looked: nothing came out
        mark(clinic, ids[3], PrintState.PRINTING)
        assert [job.state.value for job in queued(clinic)] == ["printed", "waiting", "failed", "printing"]


def test_a_print_is_audited_once_with_the_report_and_without_a_value(clinic: OpenClinic) -> None:
    person = enter(clinic, PEOPLE[0])
    (job,) = queue_reports(clinic, [person], ReportOptions())
    prepared = prepare_report(clinic, person, queued(clinic)[0].options)
    mark(clinic, job, PrintState.PRINTING, prepared=prepared)
    assert prints(clinic) == []
    for _ in range(2):
        mark(clinic, job, PrintState.PRINTED, prepared=prepared)
    form = {"language": "en", "paper": "a4", "sides": "both", "pages": 2}
    assert prints(clinic) == [([person], {"report": prepared.report.id} | form)]
    assert queued(clinic)[0].pages == 2
    printed_now(clinic, prepared)
    assert len(prints(clinic)) == 2


def test_what_was_removed_is_gone_and_says_so(clinic: OpenClinic) -> None:
    (job,) = queue_reports(clinic, [enter(clinic, PEOPLE[0])], ReportOptions())
    remove(clinic, job)
    remove(clinic, job)
    assert queued(clinic) == ()
    for state in (PrintState.PRINTING, PrintState.PRINTED):
        with pytest.raises(UsageError, match="print_job_unknown"):
            mark(clinic, job, state)
    assert prints(clinic) == []


def test_a_record_that_was_merged_is_printed_as_the_person_it_went_into(clinic: OpenClinic) -> None:
    kept, gone = enter(clinic, PEOPLE[0]), enter(clinic, PEOPLE[1])
    queue_reports(clinic, [gone], ReportOptions())
    merge_people(clinic.vault, kept, gone, clinic.actor)
    assert count_people(clinic.vault) == 1
    assert [(job.person_id, job.name) for job in queued(clinic)] == [(kept, "Cora")]
