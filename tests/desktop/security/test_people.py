"""People of a clinic through the page of security: added, changed, removed; keys replaced; a new recovery sheet."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox, QLabel
from pytestqt.qtbot import QtBot

from desktop.security.one_time import slip
from desktop.security.people_words import last_words
from desktop.security.person_panel import PersonPanel
from desktop.security.sheet_panel import SheetPanel
from desktop.security.view import SecurityView
from desktop.widgets.choices import Switch
from engine.domain.ports import FixedClock
from engine.errors import EngineError, PassphraseError
from engine.risk.predictors import Predictors
from engine.workflows import users
from engine.workflows.unlock import recover, unlock
from engine.workflows.users import Role
from tests.desktop.conftest import NOW
from tests.desktop.security.conftest import ADA, BEN, CLA, MAX, SECRETS, Desk


@pytest.fixture
def page(desk: Desk) -> SecurityView:
    """The page of security, opened by Ada."""
    work = desk.unlock(ADA)
    work.go("security")
    desk.idle()
    view = work.shell.page("security")
    assert isinstance(view, SecurityView)
    return view


def id_of(desk: Desk, name: str) -> str:
    return next(each.user.id for each in desk.work.security.people.accounts if each.user.name == name)


def tick(desk: Desk, role: Role, on: bool = True) -> None:
    box = desk.find(QCheckBox, f"role.{role.value}")
    assert isinstance(box, QCheckBox)
    box.setChecked(on)


def given(desk: Desk) -> str:
    label = desk.find(QLabel, "one_time_text")
    assert isinstance(label, QLabel)
    return label.text()


def test_somebody_new_gets_a_passphrase_that_is_shown_once(
    desk: Desk, page: SecurityView, roles_folder: Path, predictors: Predictors
) -> None:
    desk.press("add")
    tick(desk, Role.CLINICIAN)
    desk.type("name", "Zhao Ming")
    desk.type("save.passphrase", "not the right one", enter=True)
    assert desk.context.texts.wording.say("error.passphrase_wrong").partition(".")[0] in desk.words()
    assert not desk.work.security.people.given
    desk.type("save.passphrase", SECRETS[ADA], enter=True)
    desk.until(lambda: desk.work.security.people.given)
    secret = given(desk)
    desk.press("done")
    assert secret not in desk.words()
    assert desk.work.security.people.given is None
    assert "Zhao Ming" in {each.user.name for each in desk.work.security.people.accounts}
    desk.lock()
    with unlock(roles_folder, secret, desk.clock, predictors, "Zhao Ming").vault as vault:
        assert vault.change_first


@pytest.mark.parametrize(
    ("name", "roles", "code"),
    [
        ("", [Role.AUDITOR], "user_name_empty"),
        ("ben li", [Role.AUDITOR], "user_name_taken"),
        ("New", [], "user_roles_none"),
    ],
)
def test_what_is_wrong_is_told_beside_it_and_nobody_is_added(
    desk: Desk, page: SecurityView, name: str, roles: list[Role], code: str
) -> None:
    before = len(desk.work.security.people.accounts)
    desk.press("add")
    for role in roles:
        tick(desk, role)
    desk.type("name", name)
    desk.type("save.passphrase", SECRETS[ADA], enter=True)
    assert desk.context.texts.wording.say(f"error.{code}") in desk.words()
    assert len(desk.work.security.people.accounts) == before


def test_a_name_and_roles_are_changed_and_hold(desk: Desk, page: SecurityView) -> None:
    ben = id_of(desk, BEN)
    desk.press(f"edit.{ben}")
    desk.type("name", "Ben Lee")
    tick(desk, Role.CLINICIAN)
    desk.type("save.passphrase", SECRETS[ADA], enter=True)
    account = desk.work.security.people.account(ben)
    assert account is not None
    assert account.user.name == "Ben Lee"
    assert account.user.roles == {Role.FRONT_DESK, Role.CLINICIAN}
    assert not desk.work.security.panel


def test_who_gives_a_role_away_loses_its_places_at_once(desk: Desk, page: SecurityView) -> None:
    desk.press(f"edit.{id_of(desk, ADA)}")
    for role in (Role.CLINICIAN, Role.FRONT_DESK):
        tick(desk, role, on=False)
    desk.type("save.passphrase", SECRETS[ADA], enter=True)
    assert desk.work._places == ["models", "studio", "security", "preferences"]
    assert not desk.faults


def test_a_forgotten_passphrase_is_replaced_for_once(
    desk: Desk, page: SecurityView, roles_folder: Path, predictors: Predictors
) -> None:
    desk.press(f"edit.{id_of(desk, CLA)}")
    desk.type("one_time.passphrase", SECRETS[ADA], enter=True)
    secret = given(desk)
    made = desk.work.security.people.given
    assert made is not None
    page_picture = slip(desk.context.ui, "Riverside", made, "a4")
    assert page_picture.startswith(b"\x89PNG")
    desk.press("done")
    desk.lock()
    with pytest.raises(PassphraseError):
        unlock(roles_folder, SECRETS[CLA], desk.clock, predictors, CLA)
    unlock(roles_folder, secret, desk.clock, predictors, CLA).vault.close()


def test_removing_with_a_new_key_takes_a_second_administrator(
    desk: Desk, page: SecurityView, roles_folder: Path, predictors: Predictors
) -> None:
    ben = id_of(desk, BEN)
    desk.press(f"edit.{ben}")
    desk.press("remove")
    assert desk.context.texts("security.agree.two") in desk.words()
    desk.type("do.passphrase", SECRETS[ADA], enter=True)
    assert desk.context.texts.wording.say("error.access_two_people") in desk.words()
    desk.type("second", "not the right one")
    desk.type("do.passphrase", SECRETS[ADA], enter=True)
    assert desk.context.texts.wording.say("error.second_passphrase_wrong") in desk.words()
    assert desk.work.security.people.account(ben) is not None
    desk.type("second", SECRETS[MAX])
    desk.type("do.passphrase", SECRETS[ADA], enter=True)
    desk.until(lambda: desk.work.security.people.account(ben) is None)
    assert len(desk.entries("key.turned")) == 1
    desk.lock()
    with pytest.raises(EngineError):
        unlock(roles_folder, SECRETS[BEN], desk.clock, predictors, BEN)
    unlock(roles_folder, SECRETS[CLA], desk.clock, predictors, CLA).vault.close()


def test_removing_without_a_new_key_says_what_still_opens(desk: Desk, page: SecurityView) -> None:
    ben = id_of(desk, BEN)
    desk.work.security.open_panel(f"remove:{ben}")
    switch = desk.find(Switch, "turning")
    assert isinstance(switch, Switch)
    assert switch.isChecked()
    switch.click()
    assert desk.context.texts("security.remove.without") in desk.words()
    desk.type("do.passphrase", SECRETS[ADA], enter=True)
    desk.until(lambda: desk.work.security.people.account(ben) is None)
    assert not desk.entries("key.turn")


def test_alone_a_reason_stands_for_the_second_signature(desk: Desk, page: SecurityView) -> None:
    maxs = id_of(desk, MAX)
    desk.ask(lambda clinic: users.set_roles_of(clinic, SECRETS[ADA], maxs, [Role.AUDITOR], reason="He asked for it"))
    desk.work.security.look(again=True)
    desk.idle()
    desk.press("turn")
    desk.type("do.passphrase", SECRETS[ADA], enter=True)
    assert desk.context.texts.wording.say("error.reason_needed") in desk.words()
    desk.type("reason", "Nobody else is here")
    desk.type("do.passphrase", SECRETS[ADA], enter=True)
    desk.until(lambda: not desk.work.security.panel)
    ((_, detail),) = desk.entries("key.turn")
    assert '"one_signature":1' in detail


class TestAnotherAdministrator:
    """What takes access from Max, who is the only other administrator, is told to take his word or a reason."""

    def test_removing_him_asks_also_without_a_new_key(self, desk: Desk, page: SecurityView) -> None:
        maxs = id_of(desk, MAX)
        desk.work.security.open_panel(f"remove:{maxs}")
        switch = desk.find(Switch, "turning")
        assert isinstance(switch, Switch)
        switch.click()
        assert desk.context.texts("security.agree.about_alone", name=MAX) in desk.words()
        desk.type("do.passphrase", SECRETS[ADA], enter=True)
        assert desk.context.texts.wording.say("error.user_reason_needed") in desk.words()
        assert desk.work.security.people.account(maxs) is not None
        desk.type("reason", "Left without a word")
        desk.type("do.passphrase", SECRETS[ADA], enter=True)
        desk.until(lambda: desk.work.security.people.account(maxs) is None)
        (waiting,) = desk.work.security.reviews.waiting
        assert waiting.whom == maxs
        assert "Left without a word" in desk.words()  # and what waits stands on the page
        assert desk.context.texts("security.review.own") in desk.words()

    def test_he_may_agree_himself(self, desk: Desk, page: SecurityView) -> None:
        maxs = id_of(desk, MAX)
        desk.press(f"edit.{maxs}")
        tick(desk, Role.AUDITOR)
        tick(desk, Role.ADMINISTRATOR, on=False)
        panel = page.panel
        assert isinstance(panel, PersonPanel)
        assert panel._agree is not None
        assert panel._agree.isVisible()
        panel._agree.second.set_text(SECRETS[MAX])
        desk.type("save.passphrase", SECRETS[ADA], enter=True)
        account = desk.work.security.people.account(maxs)
        assert account is not None
        assert account.user.roles == {Role.AUDITOR}
        assert not desk.work.security.reviews.waiting

    def test_a_passphrase_for_once_asks_too(self, desk: Desk, page: SecurityView) -> None:
        desk.press(f"edit.{id_of(desk, MAX)}")
        panel = page.panel
        assert isinstance(panel, PersonPanel)
        assert panel._agree is not None
        assert panel._agree_again is not None
        assert not panel._agree.isVisible()  # he keeps the role as long as its tick is there
        desk.type("one_time.passphrase", SECRETS[ADA], enter=True)
        assert desk.context.texts.wording.say("error.user_reason_needed") in desk.words()
        panel._agree_again.reason.set_text("He forgot it")
        desk.type("one_time.passphrase", SECRETS[ADA], enter=True)
        desk.until(lambda: desk.work.security.people.given is not None)
        desk.press("done")
        assert len(desk.work.security.reviews.waiting) == 1


def test_the_last_administrator_keeps_the_role(desk: Desk, page: SecurityView) -> None:
    maxs, ada = id_of(desk, MAX), id_of(desk, ADA)
    desk.ask(lambda clinic: users.set_roles_of(clinic, SECRETS[ADA], maxs, [Role.AUDITOR], reason="He asked for it"))
    desk.work.security.look(again=True)
    desk.idle()
    desk.press(f"edit.{ada}")
    tick(desk, Role.ADMINISTRATOR, on=False)
    desk.type("save.passphrase", SECRETS[ADA], enter=True)
    assert desk.context.texts.wording.say("error.user_last_administrator") in desk.words()


def test_a_new_sheet_is_typed_back_before_the_old_one_stops(
    desk: Desk, page: SecurityView, roles_folder: Path, predictors: Predictors
) -> None:
    desk.press("sheet")
    panel = page.panel
    assert isinstance(panel, SheetPanel)
    desk.until(lambda: panel.desk.sheet_picture)
    key = panel.desk._key
    assert key is not None
    lines = key.text.splitlines() if "\n" in key.text else [key.text]
    wrong = ["0000 0000 00"] * 4
    for line, text in zip(panel.steps.lines, wrong, strict=True):
        line.setText(text)
    desk.type("do.passphrase", SECRETS[ADA], enter=True)
    assert panel.desk.key_problem
    rows = rows_of(key.text, lines)
    for line, text in zip(panel.steps.lines, rows, strict=True):
        line.setText(text)
    desk.type("do.passphrase", SECRETS[ADA], enter=True)
    desk.until(lambda: not desk.work.security.panel)
    assert len(desk.entries("recovery.renew")) == 1
    desk.lock()
    clinic = recover(roles_folder, key.text, "another passphrase of Ada", desk.clock, predictors)
    clinic.vault.close()


def rows_of(text: str, lines: list[str]) -> list[str]:
    """Return the four rows of a key, however it is written."""
    if len(lines) == 4:
        return lines
    plain = "".join(sign for sign in text if sign.isalnum())
    size = len(plain) // 4
    return [plain[at * size : (at + 1) * size] for at in range(4)]


def test_when_somebody_was_here_is_told_shortly(qtbot: QtBot, desk: Desk) -> None:
    texts = desk.context.texts
    assert last_words(None, NOW, texts) == texts("security.people.never")
    assert last_words(NOW, NOW, texts) == texts("security.people.today", time=texts.time(NOW))
    assert last_words(FixedClock(NOW.replace(day=14)).now(), NOW, texts) == "14 Nov"
