"""The practice clinic opened by somebody who has one role only, and the steps to what they see."""

from __future__ import annotations

from engine.domain.ports import FixedClock
from engine.workflows import users
from engine.workflows.front_desk import numbered
from engine.workflows.practice import practice_passphrase
from engine.workflows.unlock import change_passphrase, unlock
from engine.workflows.users import EmergencyReason, Role
from tests.screens.stage import NOW, Stage, wait_until

_NAMES = {"en": "Chen Xin", "zh": "陈欣"}
_WORDS = {"en": "Fainted in the waiting room", "zh": "在候诊室晕倒"}
_SECRET = "four winds over hills"


def open_as(stage: Stage, role: Role, *, emergency: bool = False) -> None:
    """Open the practice clinic as somebody of this role alone; ``emergency``: the front desk opened a record before."""
    folder, language = stage.context.paths.practice(stage.language), stage.language
    clock, owner, name = FixedClock(NOW), practice_passphrase(stage.language), _NAMES[stage.language]
    clinic = unlock(folder, owner, clock)
    given = users.add(clinic, owner, name, [Role.FRONT_DESK if emergency else role])
    clinic.vault.close()
    clinic = unlock(folder, given.one_time, clock, who=name)
    change_passphrase(clinic, given.one_time, _SECRET)
    if emergency:
        number = clinic.vault.ledger.database.rows("SELECT patient_id FROM patient WHERE patient_id > '' LIMIT 1")[0][0]
        person = numbered(clinic, number)
        users.break_glass(clinic, _SECRET, person, EmergencyReason.DANGER, _WORDS[language])
    clinic.vault.close()
    stage.practice()
    state = stage.app.unlock.state
    assert state is not None
    if not emergency:
        stage.app.unlock.choose(next(user.id for user in state.people if user.name == name))
    stage.app.unlock.unlock(owner if emergency else _SECRET)
    wait_until(lambda: stage.app.work is not None, "open")
    stage.rest()


def front_desk(stage: Stage, *, emergency: bool = False) -> None:
    """Show a person's page at the front desk, or the record that an emergency opens there."""
    open_as(stage, Role.FRONT_DESK)
    wait_until(lambda: stage.work.people.panel is not None, "people")
    panel = stage.work.people.panel
    assert panel is not None
    person = panel.row(0).person_id
    stage.work.open_record(person)
    wait_until(lambda: stage.work.front.front is not None, "person")
    if emergency:
        stage.work.emergency.ask(person, "", EmergencyReason.DANGER.value, _WORDS[stage.language], _SECRET)
        wait_until(lambda: stage.work.emergency.now is not None, "emergency")
    stage.rest()


def list_of_front_desk(stage: Stage) -> None:
    """Show the list without results."""
    open_as(stage, Role.FRONT_DESK)


def security_of(stage: Stage, role: Role) -> None:
    """Show the page of security as one role sees it."""
    open_as(stage, role)
    stage.work.go("security")
    stage.rest()


def review(stage: Stage, *, at_home: bool) -> None:
    """Show that an emergency waits to be looked at: on the first page, or on that of security."""
    open_as(stage, Role.FRONT_DESK, emergency=True)
    stage.work.go("patients" if at_home else "security")
    stage.rest()


def seen_by(stage: Stage) -> None:
    """Show who saw a record beside its history."""
    stage.record(stage.people()[0])
    stage.rest()
    stage.work.record.show_tab("history")
    stage.rest()
    stage.work.shell.page("record").history.seen.open.click()  # type: ignore[attr-defined]  # the record's page
    stage.rest()
