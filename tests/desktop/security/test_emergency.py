"""Emergency access through the window: asked for with a reason, read only, over by itself, looked at afterwards."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton

from desktop.record.front_view import FrontView
from desktop.widgets.choices import Select
from engine.domain.ports import FixedClock
from engine.errors import AccessError
from engine.risk.predictors import Predictors
from engine.workflows import users
from engine.workflows.front_desk import numbered, open_front
from engine.workflows.unlock import unlock
from engine.workflows.users import EmergencyReason
from tests.desktop.conftest import NOW
from tests.desktop.security.conftest import ADA, BEN, DEE, MAX, SECRETS, Desk


def choose_reason(desk: Desk, code: str) -> None:
    select = desk.find(Select, "emergency.reason")
    assert isinstance(select, Select)
    select.set_value(code)


def open_front_page(desk: Desk, name: str = "Anna Miller") -> FrontView:
    work = desk.work
    work.open_record(desk.person(name))
    desk.until(lambda: work.front.front is not None)
    desk.idle()
    view = work.shell.page("front")
    assert isinstance(view, FrontView)
    return view


def kept_of_reviews(desk: Desk) -> str:
    """Return all that is kept of emergencies and what was found of them."""
    sql = "SELECT value FROM setting WHERE name GLOB 'review.*'"
    return str(desk.ask(lambda clinic: clinic.vault.ledger.database.rows(sql)))


def test_the_front_desk_reads_one_record_for_an_hour(desk: Desk) -> None:
    desk.unlock(BEN)
    view = open_front_page(desk)
    desk.press("emergency")
    desk.type("emergency.do.passphrase", SECRETS[BEN], enter=True)
    assert desk.context.texts("emergency.reason_missing") in desk.words()
    choose_reason(desk, "danger")
    desk.type("emergency.do.passphrase", SECRETS[BEN], enter=True)
    assert desk.context.texts.wording.say("error.reason_needed") in desk.words()
    desk.type("emergency.words", "Fainted in the hall")
    desk.type("emergency.do.passphrase", "not the right one", enter=True)
    assert "amlodipine" not in desk.words()
    desk.type("emergency.do.passphrase", SECRETS[BEN], enter=True)
    assert "amlodipine 5 mg" in desk.words()
    assert "152" in desk.words()
    assert view.banner.text == desk.context.texts("emergency.banner", minutes=60, count=60)
    opened = desk.entries("emergency.open")
    assert len(opened) == 1
    assert '"reason":"danger"' in opened[0][1]
    assert "Fainted" not in opened[0][1]  # words about a person stand with the item, where they can be erased
    assert "Fainted in the hall" in kept_of_reviews(desk)
    assert not desk.faults


def test_it_is_for_one_person_only_and_ends_by_itself(desk: Desk) -> None:
    work = desk.unlock(BEN)
    open_front_page(desk)
    work.emergency.ask(desk.person("Anna Miller"), "", "danger", "Fainted", SECRETS[BEN])
    desk.idle()
    open_front_page(desk, "Peter Novak")
    assert "152" not in desk.words()
    view = open_front_page(desk)
    assert "amlodipine" in desk.words()
    desk.clock.put_on(timedelta(minutes=59, seconds=30))
    work.emergency.look()
    assert view.banner.text == desk.context.texts("emergency.banner", minutes=1, count=1)
    desk.clock.put_on(timedelta(seconds=30))
    work.emergency.look()
    desk.idle()
    assert "amlodipine" not in desk.words()
    assert not view.banner.text
    assert desk.context.texts("emergency.over") == work.shell.toast.accessibleName()


def test_an_administrator_opens_a_record_by_its_exact_number(desk: Desk) -> None:
    work = desk.unlock(MAX)
    desk.press("emergency")
    choose_reason(desk, "referral")
    desk.type("emergency.words", "The hospital asks")
    desk.type("emergency.number", "N00")
    desk.type("emergency.do.passphrase", SECRETS[MAX], enter=True)
    assert desk.context.texts.wording.say("error.person_unknown") in desk.words()
    desk.type("emergency.number", "N001")
    desk.type("emergency.do.passphrase", SECRETS[MAX], enter=True)
    assert work.page == "front"
    assert "amlodipine 5 mg" in desk.words()
    assert not [
        each for each in desk.app.window.findChildren(QAbstractButton) if each.text() == "Save" and each.isVisible()
    ]
    desk.clock.put_on(timedelta(minutes=61))
    work.emergency.look()
    desk.idle()
    assert work.page == "security"
    assert not desk.faults


def test_another_person_looks_at_it_and_closes_it(desk: Desk, roles_folder: Path, predictors: Predictors) -> None:
    clinic = unlock(roles_folder, SECRETS[BEN], FixedClock(NOW), predictors, BEN)
    person = numbered(clinic, "N001")
    users.break_glass(clinic, SECRETS[BEN], person, EmergencyReason.DANGER, "Fainted in the hall")
    clinic.vault.close()
    work = desk.unlock(ADA)
    assert desk.context.texts("security.review.strip_one") in desk.words()
    work.go("security")
    desk.idle()
    (waiting,) = work.security.reviews.waiting
    assert "Fainted in the hall" in desk.words()
    desk.press(f"close.{waiting.id}")
    assert desk.context.texts.wording.say("error.reason_needed") in desk.words()
    desk.type(f"note.{waiting.id}", "Right to do", enter=True)
    assert not work.security.reviews.waiting
    assert len(desk.entries("emergency.review")) == 1
    assert "Right to do" in kept_of_reviews(desk)


def test_one_s_own_is_not_closed_where_somebody_else_may(desk: Desk) -> None:
    work = desk.unlock(MAX)
    work.emergency.ask("", "N001", "other", "To see how it works", SECRETS[MAX])
    desk.idle()
    work.go("security")
    work.security.look(again=True)
    desk.idle()
    (waiting,) = work.security.reviews.waiting
    assert work.security.reviews.own(waiting)
    assert not work.security.reviews.alone(waiting)
    assert desk.context.texts("security.review.own") in desk.words()


def test_an_auditor_has_no_way_to_a_record(desk: Desk) -> None:
    work = desk.unlock(DEE)
    assert not work.emergency.offered
    with pytest.raises(AccessError):
        desk_open(desk)


def desk_open(desk: Desk) -> None:
    """Try as the page would, outside the lanes."""
    folder = desk.context.clinic.vault.folder
    desk.lock()
    clinic = unlock(folder, SECRETS[DEE], FixedClock(NOW), who=DEE)
    try:
        person = clinic.vault.ledger.database.rows("SELECT id FROM patient")[0][0]
        open_front(clinic, person)
    finally:
        clinic.vault.close()
