"""What each role sees, through the whole window: every place walked, a record opened, and what the log says of it."""

from __future__ import annotations

import json

import pytest
from PySide6.QtWidgets import QAbstractButton

from desktop.patients.model import Column
from desktop.patients.view import PatientsView
from desktop.security.roles_card import permission_rows
from desktop.widgets.rail import RailItem
from desktop.work import Work
from engine.workflows.users import Permission, Role, holders
from tests.desktop.security.conftest import ADA, BEN, CLA, DEE, MAX, Desk

PLACES = {
    ADA: ["patients", "import", "batch", "models", "studio", "security", "preferences"],
    BEN: ["patients", "security", "preferences"],
    CLA: ["patients", "import", "batch", "models", "studio", "security", "preferences"],
    DEE: ["security", "preferences"],
    MAX: ["models", "studio", "security", "preferences"],
}


def held_record(work: Work) -> object:
    assert work.front.front is not None
    return work.front.front.record


@pytest.mark.parametrize("name", [ADA, BEN, CLA, DEE, MAX])
def test_every_place_of_a_role_works_and_no_other_is_offered(desk: Desk, name: str) -> None:
    work = desk.unlock(name)
    items = work.shell.rail.findChildren(RailItem)
    assert [item.accessibleName() for item in items] == [desk.context.texts(f"place.{each}") for each in PLACES[name]]
    assert work.page == ("patients" if "patients" in PLACES[name] else "security")
    for item in items:
        item.click()
        desk.idle()
        assert not work.shell.notice.text, item.text()
        if work.page == "preferences":
            for section in ("look", "risk", "units", "clinic", "about"):
                work.preferences.go_to(section)
                desk.idle()
    assert not desk.faults
    assert len(desk.entries("list.view")) == (1 if "patients" in PLACES[name] else 0)
    desk.lock()
    assert not desk.faults


@pytest.mark.parametrize("name", [ADA, CLA])
def test_a_record_that_is_opened_is_one_entry(desk: Desk, name: str) -> None:
    work = desk.unlock(name)
    person = desk.person("Anna Miller")
    work.open_record(person)
    desk.until(lambda: work.record.form is not None)
    desk.idle()
    work.record.show_tab("history")
    desk.idle()
    assert [json.loads(subjects) for subjects, _ in desk.entries("record.view")] == [[person]]
    assert work.page == "record"


def test_the_front_desk_sees_who_people_are_and_no_result(desk: Desk) -> None:
    work = desk.unlock(BEN)
    view = work.shell.page("patients")
    assert isinstance(view, PatientsView)
    hidden = {column for column in Column if view.table.isColumnHidden(column)}
    assert {Column.TICK, Column.PRESSURE, Column.RISK, Column.MISSING} <= hidden
    assert Column.NAME not in hidden
    person = desk.person("Anna Miller")
    work.open_record(person)
    desk.until(lambda: work.front.front is not None)
    desk.idle()
    assert work.page == "front"
    assert [json.loads(subjects) for subjects, _ in desk.entries("record.view")] == [[person]]
    assert held_record(work) is None
    assert "152" not in desk.words()
    assert "amlodipine" not in desk.words()
    desk.type("front.phone", "020 5550 1234")
    desk.type("front.next_visit_date", "2026-12-05")
    work.front.save()
    desk.idle()
    assert not work.front.problems
    assert work.front.value("phone") == "020 5550 1234"
    assert work.front.value("next_visit_date") == "2026-12-05"
    assert len(desk.entries("person.typed")) == 1
    assert not desk.entries("entry.typed")[3:]  # the three of before


def test_a_date_that_cannot_be_is_told_beside_its_field_and_nothing_is_stored(desk: Desk) -> None:
    work = desk.unlock(BEN)
    work.open_record("")
    desk.until(lambda: work.front.front is not None)
    desk.type("front.name", "Nora Quill")
    desk.type("front.birth_date", "tomorrow")
    work.front.save()
    desk.idle()
    assert desk.context.texts("record.problem.unreadable_birth") in desk.words()
    assert not work.front.person_id
    desk.type("front.birth_date", "1958")
    work.front.save()
    desk.idle()
    assert len(desk.entries("person.typed")) == 1
    assert not desk.faults


def test_what_the_front_desk_typed_is_kept_when_the_window_locks(desk: Desk) -> None:
    work = desk.unlock(BEN)
    work.open_record(desk.person("Anna Miller"))
    desk.until(lambda: work.front.front is not None)
    desk.type("front.phone", "123456")
    work.front.save_draft()
    work.open_record(desk.person("Peter Novak"))
    desk.idle()
    assert work.front.value("phone") == ""
    work.open_record(desk.person("Anna Miller"))
    desk.idle()
    assert work.front.value("phone") == "123456"
    assert work.front.changed


def test_who_may_not_change_the_clinic_is_offered_no_way_to(desk: Desk) -> None:
    work = desk.unlock(CLA)
    for place in ("models", "studio", "security", "preferences"):
        work.go(place)
        desk.idle()
    offered = {
        each.objectName() for each in desk.app.window.findChildren(QAbstractButton) if each.isVisibleTo(work.shell)
    }
    assert not offered & {"switch", "withdraw", "add", "turn", "sheet"}
    work.preferences.go_to("risk")
    assert desk.context.texts("preferences.risk.not_yours") in desk.words()


def test_the_table_of_roles_is_the_one_that_the_store_asks() -> None:
    roles = tuple(Role)
    told = {permission: held for permissions, held in permission_rows(roles) for permission in permissions}
    for permission in Permission:
        if holders(permission) == frozenset(Role):
            assert permission not in told
        else:
            assert told[permission] == holders(permission)
