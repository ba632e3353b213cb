"""The log through the page of security: read page by page, filtered, written to a file, checked; who saw a record."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton

from desktop.log.desk import LogDesk
from desktop.log.words import line_words
from desktop.record.view import RecordView
from desktop.security.log_card import LogCard
from desktop.security.view import SecurityView
from engine.domain.ports import FixedClock
from engine.risk.predictors import Predictors
from engine.store.permissions import actions
from engine.wording import load_wording
from engine.workflows.audit import AuditLine, AuditQuery, audit_lines
from engine.workflows.clinics import OpenClinic
from engine.workflows.unlock import unlock
from tests.desktop.conftest import NOW
from tests.desktop.security.conftest import ADA, BEN, CLA, DEE, MAX, SECRETS, Desk
from tests.end_to_end.command import lantern

MANY = 450


def page_of(desk: Desk, name: str) -> SecurityView:
    """Return the page of security as somebody sees it."""
    work = desk.unlock(name)
    work.go("security")
    desk.idle()
    view = work.shell.page("security")
    assert isinstance(view, SecurityView)
    return view


def card_of(view: SecurityView) -> LogCard:
    card = view.cards["log"]
    assert isinstance(card, LogCard)
    return card


def shown(card: LogCard, column: int = 2) -> list[str]:
    model = card.table.model()
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_action_there_is_has_words(language: str) -> None:
    wording = load_wording(language)
    assert [action for action in (*actions(), "audit.begin") if f"audit.action.{action}" not in wording] == []


def test_the_newest_entry_is_first_and_reading_the_log_is_one_entry(desk: Desk) -> None:
    view = page_of(desk, ADA)
    assert shown(card_of(view))[:2] == ["Looked at the list of people", "Signed in"]
    desk.work.security.look(again=True)
    desk.idle()
    assert shown(card_of(view))[:3] == ["Read the log", "Looked at the list of people", "Signed in"]
    assert len(desk.entries("audit.read")) == 1


def test_a_long_log_is_read_in_pages(desk: Desk, roles_folder: Path, predictors: Predictors) -> None:
    clinic = unlock(roles_folder, SECRETS[ADA], FixedClock(NOW), predictors, ADA)
    with clinic.vault.writing():
        ledger = clinic.vault.ledger
        for _ in range(MANY):
            ledger.append(ledger.act(NOW.isoformat(), "list.view", detail='{"people":3}'))
    ledger.committed()
    clinic.vault.close()
    card = card_of(page_of(desk, ADA))
    log = desk.work.security.log
    assert len(log.lines) == 200
    assert log.more
    table = card.table
    for count in (400, MANY + 1):
        table.scrollToBottom()
        table.model().fetchMore(table.rootIndex())
        desk.until(partial(reaches, log, count))
    numbers = [line.seq for line in log.lines]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == len(numbers) > MANY
    table.scrollToTop()
    log.choose(span="all")
    desk.idle()
    assert log.more
    assert log.lines[0].seq == numbers[0] + 1  # that the log was read


def reaches(log: LogDesk, count: int) -> bool:
    return len(log.lines) >= count


def test_entries_of_one_user_and_of_a_time(desk: Desk) -> None:
    card = card_of(page_of(desk, ADA))
    log = desk.work.security.log
    today = len(log.lines)
    log.choose(span="all")
    desk.idle()
    assert len(log.lines) > today
    ben = next(each.user.id for each in desk.work.security.people.accounts if each.user.name == BEN)
    log.choose(actor=ben)
    desk.idle()
    assert set(shown(card, 1)) == {BEN}
    assert "Changed the own passphrase" in shown(card)
    assert log.query() == AuditQuery(actor=ben)


@pytest.mark.parametrize(("name", "all_of_it"), [(DEE, True), (MAX, False), (BEN, False), (CLA, False)])
def test_who_may_not_read_the_whole_log_sees_their_own_entries(desk: Desk, name: str, all_of_it: bool) -> None:
    card = card_of(page_of(desk, name))
    log = desk.work.security.log
    log.choose(span="all")
    desk.idle()
    assert (len(set(shown(card, 1))) > 1) is all_of_it
    assert log.own_only is not all_of_it
    assert (desk.context.texts("security.log.own") in {card._caption.text()}) is not all_of_it


def test_an_auditor_learns_no_names_of_patients(desk: Desk) -> None:
    card = card_of(page_of(desk, DEE))
    desk.work.security.log.choose(span="all")
    desk.idle()
    told = " ".join(shown(card, 3))
    assert "Anna Miller" not in told
    assert "Person " in told


def test_the_page_and_the_command_say_the_same(desk: Desk, roles_folder: Path, tmp_path: Path) -> None:
    card = card_of(page_of(desk, CLA))
    desk.work.security.log.choose(span="all")
    desk.idle()
    numbers = [line.seq for line in desk.work.security.log.lines]
    page = dict(zip(numbers, zip(*(shown(card, column) for column in (1, 2, 3)), strict=True), strict=True))
    desk.lock()
    (tmp_path / "secret").write_text(SECRETS[CLA])
    told = lantern("audit", "--json", "--store", roles_folder, "--passphrase-file", tmp_path / "secret", "--user", CLA)
    said = {each["seq"]: (each["who"], each["words"], each["about"]) for each in told.json["entries"]}
    assert len(page) > 3
    assert {number: said[number] for number in page} == page


def test_an_anchor_that_was_missing_stays_on_the_page_until_somebody_has_looked(
    desk: Desk, roles_folder: Path, predictors: Predictors
) -> None:
    for name in ("anchor-1.lantern", "anchor-2.lantern"):
        (roles_folder / name).unlink()
    unlock(roles_folder, SECRETS[BEN], FixedClock(NOW), predictors, BEN).vault.close()
    view = page_of(desk, DEE)
    assert view._log.accessibleName().startswith("Log was put right")
    (waiting,) = desk.work.security.reviews.waiting
    assert "Both anchor files are missing" in desk.words()
    desk.press("log.check")
    desk.until(lambda: desk.work.security.log.checked is not None)
    assert desk.work.security.log.checked is not None
    assert not desk.work.security.log.checked.sound
    desk.type(f"note.{waiting.id}", "The disk was changed that day")
    desk.press(f"close.{waiting.id}")
    desk.until(lambda: not desk.work.security.reviews.waiting)
    assert not desk.faults
    desk.press("log.check")
    desk.until(lambda: desk.work.security.log.checked is not None and desk.work.security.log.checked.sound)
    desk.until(lambda: view._log.accessibleName().startswith("Log unbroken"))


def test_the_log_is_written_to_a_file_that_no_spreadsheet_runs(desk: Desk, tmp_path: Path) -> None:
    page_of(desk, ADA)
    log = desk.work.security.log
    log.choose(span="all")
    desk.idle()
    log.export(tmp_path / "log.csv")
    desk.idle()
    with open(tmp_path / "log.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["Entry", "Time", "Who", "What", "On"]
    assert int(rows[1][0]) - int(rows[-1][0]) == len(rows) - 2
    assert all(cell[:1] not in {"=", "+", "@"} for row in rows for cell in row)
    assert '"rows_in_file"' in desk.entries("audit.read")[-1][1]


def test_a_check_tells_that_all_is_sound_and_can_be_stopped(desk: Desk) -> None:
    view = page_of(desk, ADA)
    log = desk.work.security.log
    desk.press("log.check")
    desk.until(lambda: log.checked is not None)
    assert log.checked is not None
    assert log.checked.sound
    assert "Sound" in desk.words()
    assert len(desk.entries("audit.verify")) == 1
    log.check()
    log.stop_check()
    desk.idle()
    assert not log.checks
    assert view._log.accessibleName().startswith("Log unbroken")


def test_a_check_names_the_first_bad_entry(desk: Desk, roles_folder: Path, predictors: Predictors) -> None:
    clinic = unlock(roles_folder, SECRETS[ADA], FixedClock(NOW), predictors, ADA)
    database = clinic.vault.ledger.database
    database.run("DROP TRIGGER audit_no_update")
    database.run("UPDATE audit SET action = 'list.view' WHERE seq = 4")
    clinic.vault.close()
    view = page_of(desk, ADA)
    desk.press("log.check")
    desk.until(lambda: desk.work.security.log.checked is not None)
    assert desk.context.texts("security.log.first_bad", seq=4) in desk.words()
    assert view._log.accessibleName() == desk.context.texts("security.log.broken", seq=4)


def test_who_saw_a_record_is_told_beside_its_history(desk: Desk, roles_folder: Path, predictors: Predictors) -> None:
    clinic = unlock(roles_folder, SECRETS[BEN], FixedClock(NOW), predictors, BEN)
    person = clinic.vault.ledger.database.rows("SELECT id FROM patient WHERE name = 'Anna Miller'")[0][0]
    clinic.vault.note("record.view", (person,))
    clinic.vault.close()
    work = desk.unlock(CLA)
    work.open_record(person)
    desk.until(lambda: work.record.form is not None)
    work.record.show_tab("history")
    desk.idle()
    view = work.shell.page("record")
    assert isinstance(view, RecordView)
    seen = view.history.seen
    assert not seen.desk.lines
    button = seen.open
    assert isinstance(button, QAbstractButton)
    button.click()
    desk.idle()
    told = {(line.actor, line.action) for line in seen.desk.lines}
    assert {(BEN, "record.view"), (CLA, "record.view"), (ADA, "entry.typed")} <= told
    assert "session.open" not in {action for _, action in told}
    button.click()
    assert not seen.desk.lines
    button.click()
    desk.idle()
    assert seen.desk.lines
    work.open_record(desk.person("Peter Novak"))
    desk.idle()
    assert not seen.desk.lines


def test_who_may_read_no_record_is_not_told_who_saw_one(roles_folder: Path, predictors: Predictors) -> None:
    clinic = unlock(roles_folder, SECRETS[BEN], FixedClock(NOW), predictors, BEN)
    person = clinic.vault.ledger.database.rows("SELECT id FROM patient WHERE name = 'Anna Miller'")[0][0]
    assert audit_lines(clinic, AuditQuery(person=person)).lines == ()
    assert audit_lines(clinic, AuditQuery(actor=_id_of(clinic, ADA))).lines == ()
    clinic.vault.close()


def _id_of(clinic: OpenClinic, name: str) -> str:
    return str(clinic.vault.ledger.database.rows("SELECT id FROM user WHERE name = ?", (name,))[0][0])


def test_an_entry_of_a_later_version_is_shown_as_it_stands(desk: Desk) -> None:
    line = AuditLine(
        1, NOW, "x", "", "auditor", "later.thing", ("abcdef0123",), "no json", signed=True, everybody=False
    )
    texts = desk.context.texts
    assert line_words(line, {}, NOW, texts) == (texts.time(NOW), "No name", "later.thing", "Person abcdef01")
