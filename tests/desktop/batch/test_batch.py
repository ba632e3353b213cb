"""Many people at once: assessing, the print list without a printer and over a lock, one PDF."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.batch.presenter import BatchPresenter
from desktop.batch.tables import Table
from desktop.batch.view import BatchView
from desktop.context import Context
from desktop.people import People
from desktop.printing import Printers
from desktop.widgets.buttons import Button
from engine.intake.typed import TypedValue
from engine.workflows.clinics import OpenClinic
from engine.workflows.print_queue import PrintState, mark
from engine.workflows.record import VisitEntered, enter_visit, save_visit

WAIT_MS = 60_000


@pytest.fixture
def presenter(qtbot: QtBot, practice: Context) -> BatchPresenter:
    practice.change(printer="Gone")
    people = People(practice)
    with qtbot.waitSignal(people.loaded, timeout=WAIT_MS):
        people.load()
    return BatchPresenter(practice, people, Printers(practice))


def run(qtbot: QtBot, context: Context, work: object) -> object:
    done: list[object] = []
    context.on_store(context, work, done.append)  # type: ignore[arg-type]  # any work of a test
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT_MS)
    return done[0]


def test_nobody_named_means_everybody(presenter: BatchPresenter) -> None:
    presenter.choose([])
    assert presenter.count == presenter.everybody == len(presenter.people) > 0


def test_assessing_tells_how_many_have_a_number_and_why_the_others_have_none(
    qtbot: QtBot, presenter: BatchPresenter
) -> None:
    presenter.choose(presenter.people[:90])
    with qtbot.waitSignal(presenter.assessed, timeout=WAIT_MS) as told:
        presenter.start_assess()
    assess = presenter.assess
    assert assess.with_number + len(assess.without) == 90
    assert list(told.args[0]) == list(presenter.people)
    assert sum(count for _, count in assess.reasons()) <= len(assess.without)
    assert all(each.wanting for each in assess.without)


def test_stopping_keeps_what_was_assessed(qtbot: QtBot, presenter: BatchPresenter) -> None:
    presenter.choose([])
    presenter.start_assess()
    qtbot.waitUntil(lambda: presenter.assess.done > 0, timeout=WAIT_MS)
    presenter.stop()
    qtbot.waitUntil(lambda: not presenter.runs, timeout=WAIT_MS)
    assert 0 < presenter.assess.done < presenter.everybody
    assert presenter.assess.stopped


def test_other_work_on_the_store_comes_in_between(qtbot: QtBot, practice: Context, presenter: BatchPresenter) -> None:
    presenter.choose([])
    presenter.start_assess()
    run(qtbot, practice, lambda clinic: clinic.clinic.name)
    assert presenter.assess.runs  # somebody was served while it ran
    presenter.stop()
    qtbot.waitUntil(lambda: not presenter.runs, timeout=WAIT_MS)


def test_without_a_printer_every_sheet_is_held_with_the_reason_and_what_to_do(
    qtbot: QtBot, presenter: BatchPresenter
) -> None:
    presenter.choose(presenter.people[:4])
    presenter.print()
    qtbot.waitUntil(lambda: presenter.prints.count("held") == 4, timeout=WAIT_MS)
    texts = presenter.context.texts
    assert {presenter.why(job) for job in presenter.prints.jobs} == {texts("batch.why.printer_missing")}
    assert not presenter.prints.busy


def test_held_sheets_survive_a_lock_and_print_nothing_by_themselves(
    qtbot: QtBot, practice: Context, presenter: BatchPresenter
) -> None:
    presenter.choose(presenter.people[:3])
    presenter.print()
    qtbot.waitUntil(lambda: presenter.prints.count("held") == 3, timeout=WAIT_MS)
    later = BatchPresenter(practice, presenter._people, Printers(practice))
    with qtbot.waitSignal(later.listed, timeout=WAIT_MS):
        later.resume()
    assert [job.state for job in later.prints.jobs] == [PrintState.HELD] * 3
    assert not later.runs


def test_trying_again_lets_them_wait_and_holds_them_again_while_the_printer_is_gone(
    qtbot: QtBot, presenter: BatchPresenter
) -> None:
    presenter.choose(presenter.people[:2])
    presenter.print()
    qtbot.waitUntil(lambda: presenter.prints.count("held") == 2, timeout=WAIT_MS)
    presenter.prints.again()
    qtbot.waitUntil(lambda: presenter.prints.runs, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: presenter.prints.count("held") == 2 and not presenter.runs, timeout=WAIT_MS)
    assert presenter.prints.count("printed") == 0


def test_sheets_go_on_the_list_in_order_and_once(qtbot: QtBot, presenter: BatchPresenter) -> None:
    presenter.choose(presenter.people[:5])
    presenter.choose_form("order", "name")
    presenter.add(start=False)
    qtbot.waitUntil(lambda: len(presenter.prints.jobs) == 5, timeout=WAIT_MS)
    names = [job.name or "" for job in presenter.prints.jobs]
    assert names == sorted(names, key=str.casefold)
    with qtbot.waitSignal(presenter.listed, timeout=WAIT_MS):
        presenter.add(start=False)
    assert len(presenter.prints.jobs) == 5


def test_a_sheet_that_was_at_the_printer_when_the_program_ended_is_held(
    qtbot: QtBot, practice: Context, presenter: BatchPresenter
) -> None:
    presenter.choose(presenter.people[:1])
    presenter.add(start=False)
    qtbot.waitUntil(lambda: len(presenter.prints.jobs) == 1, timeout=WAIT_MS)
    job = presenter.prints.jobs[0].id

    def from_another_session(clinic: OpenClinic) -> bool:
        from dataclasses import replace

        mark(replace(clinic, session="another"), job, PrintState.PRINTING)
        return True

    run(qtbot, practice, from_another_session)
    with qtbot.waitSignal(presenter.listed, timeout=WAIT_MS):
        presenter.resume()
    assert presenter.why(presenter.prints.jobs[0]) == presenter.context.texts("batch.why.interrupted")


def test_held_sheets_are_saved_as_one_pdf(
    qtbot: QtBot, practice: Context, presenter: BatchPresenter, tmp_path: Path
) -> None:
    from pypdfium2 import PdfDocument  # type: ignore[import-untyped]  # ships no types

    presenter.choose(presenter.people[:3])
    presenter.print()
    qtbot.waitUntil(lambda: presenter.prints.count("held") == 3, timeout=WAIT_MS)
    target = tmp_path / "all.pdf"
    with qtbot.waitSignal(practice.good_news, timeout=WAIT_MS):
        presenter.save(str(target))
    document = PdfDocument(target)
    pages = len(document)
    document.close()
    assert pages == 6


def test_a_stopped_pdf_leaves_no_file(qtbot: QtBot, presenter: BatchPresenter, tmp_path: Path) -> None:
    presenter.choose(presenter.people[:20])
    presenter.save(str(tmp_path / "all.pdf"))
    qtbot.waitUntil(lambda: presenter.saves.done > 1, timeout=WAIT_MS)
    presenter.stop()
    qtbot.waitUntil(lambda: not presenter.context.jobs.busy, timeout=WAIT_MS)
    assert not list(tmp_path.glob("*.p*"))


def test_a_place_that_cannot_be_written_is_a_sentence(
    qtbot: QtBot, practice: Context, presenter: BatchPresenter, tmp_path: Path
) -> None:
    presenter.choose(presenter.people[:1])
    with qtbot.waitSignal(practice.problem, timeout=WAIT_MS):
        presenter.save(str(tmp_path / "nowhere" / "all.pdf"))
    assert not presenter.runs


def test_the_page_shows_what_is_held_and_offers_the_next_step(
    qtbot: QtBot, practice: Context, presenter: BatchPresenter
) -> None:
    view = BatchView(practice.ui, presenter)
    qtbot.addWidget(view)
    view.resize(1280, 680)
    view.show()
    badges: list[str] = []
    presenter.badge.connect(badges.append)
    presenter.choose(presenter.people[:2])
    presenter.print()
    qtbot.waitUntil(lambda: presenter.prints.count("held") == 2 and not presenter.runs, timeout=WAIT_MS)
    assert badges[-1] == "!"
    tables = view.findChildren(Table)
    assert {table.lines.rowCount() for table in tables} == {0, 2}
    buttons = {button.text() for button in view.findChildren(Button) if button.isVisible()}
    assert practice.texts("batch.again", count=2) in buttons
    assert practice.texts("batch.save", count=2) in buttons


def _make_urgent(qtbot: QtBot, context: Context, person_id: str) -> None:
    """Enter an answer that cannot wait for somebody, today."""
    day = context.clock.today().isoformat()
    boxes = [TypedValue("visit_date", day), TypedValue("phq9_q9", "2")]
    found = run(qtbot, context, lambda clinic: save_visit(clinic, person_id, boxes))
    assert isinstance(found, VisitEntered)
    assert not found.problems


def test_who_cannot_wait_is_named_first_and_nothing_prints_until_that_was_seen(
    qtbot: QtBot, practice: Context, presenter: BatchPresenter
) -> None:
    presenter.choose(presenter.people[:4])
    urgent = presenter.people[2]
    _make_urgent(qtbot, practice, urgent)
    view = BatchView(practice.ui, presenter)
    qtbot.addWidget(view)
    view.resize(1280, 680)
    view.show()
    presenter.print()
    qtbot.waitUntil(lambda: presenter.urgent.holds, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not practice.jobs.busy, timeout=WAIT_MS)
    assert [each.person_id for each in presenter.urgent.found] == [urgent]
    assert presenter.prints.jobs == ()
    shown = next(table for table in view.findChildren(Table) if table.isVisible())
    assert shown.lines.rowCount() == 1
    assert presenter.urgent.found[0].words[0]["en"] in str(shown.lines.index(0, 1).data())
    seen = next(button for button in view.findChildren(Button) if button.text() == practice.texts("batch.urgent.seen"))
    assert seen.isVisible()
    seen.click()
    qtbot.waitUntil(lambda: presenter.prints.count("held") == 4, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not presenter.runs, timeout=WAIT_MS)
    presenter.again()  # it was seen: nobody is asked again
    qtbot.waitUntil(lambda: presenter.prints.runs, timeout=WAIT_MS)
    assert not presenter.urgent.holds
    qtbot.waitUntil(lambda: presenter.prints.count("held") == 4 and not presenter.runs, timeout=WAIT_MS)


def test_giving_up_leaves_what_cannot_wait_unseen(qtbot: QtBot, practice: Context, presenter: BatchPresenter) -> None:
    presenter.choose(presenter.people[:2])
    _make_urgent(qtbot, practice, presenter.people[0])
    presenter.print()
    qtbot.waitUntil(lambda: presenter.urgent.holds, timeout=WAIT_MS)
    presenter.stop()
    assert not presenter.urgent.holds
    assert presenter.prints.jobs == ()
    presenter.print()
    qtbot.waitUntil(lambda: presenter.urgent.holds, timeout=WAIT_MS)


def test_what_comes_up_after_the_look_holds_the_sheet_alone(
    qtbot: QtBot, practice: Context, presenter: BatchPresenter
) -> None:
    presenter.choose(presenter.people[:3])
    presenter.add(start=False)
    qtbot.waitUntil(lambda: len(presenter.prints.jobs) == 3, timeout=WAIT_MS)
    _make_urgent(qtbot, practice, presenter.people[1])
    presenter.prints.start()  # as if everybody had been looked through before
    qtbot.waitUntil(lambda: presenter.prints.count("held") == 3 and not presenter.prints.busy, timeout=WAIT_MS)
    reasons = {job.person_id: job.reason for job in presenter.prints.jobs}
    assert reasons[presenter.people[1]] == "urgent"
    assert set(reasons.values()) == {"urgent", "printer_missing"}
    held = next(job for job in presenter.prints.jobs if job.reason == "urgent")
    assert presenter.why(held) == practice.texts("batch.why.urgent")
    presenter.again([held.id])
    qtbot.waitUntil(lambda: presenter.urgent.holds, timeout=WAIT_MS)


def test_no_file_is_begun_until_what_cannot_wait_was_seen(
    qtbot: QtBot, practice: Context, presenter: BatchPresenter, tmp_path: Path
) -> None:
    presenter.choose(presenter.people[:2])
    _make_urgent(qtbot, practice, presenter.people[0])
    target = tmp_path / "all.pdf"
    presenter.save(str(target))
    qtbot.waitUntil(lambda: presenter.urgent.holds, timeout=WAIT_MS)
    assert not presenter.saves.runs
    assert not list(tmp_path.glob("*.p*"))
    with qtbot.waitSignal(practice.good_news, timeout=WAIT_MS):
        presenter.urgent.seen()
    assert target.exists()


def test_a_file_waits_for_what_came_up_while_it_was_written(
    qtbot: QtBot, practice: Context, presenter: BatchPresenter, tmp_path: Path
) -> None:
    presenter.choose(presenter.people[:2])
    _make_urgent(qtbot, practice, presenter.people[1])
    target = tmp_path / "all.pdf"
    presenter.saves.start([(person, presenter.options) for person in presenter.people], str(target))
    qtbot.waitUntil(lambda: presenter.urgent.holds, timeout=WAIT_MS)
    assert presenter.saves.runs
    presenter.stop()
    qtbot.waitUntil(lambda: not practice.jobs.busy, timeout=WAIT_MS)
    assert not list(tmp_path.glob("*.p*"))


def test_who_has_a_range_shows_it_among_those_without_a_number(
    qtbot: QtBot, practice: Context, presenter: BatchPresenter
) -> None:
    boxes = {
        **{"visit_date": "2026-11-20", "name": "Chen", "sex": "M", "birth_date": "1958", "sbp_mmhg": "150"},
        **{"dbp_mmhg": "90", "diabetes": "no", "cvd_history": "no", "bmi_kg_m2": "27"},
    }
    typed = [TypedValue(field, text) for field, text in boxes.items()]
    entered = run(qtbot, practice, lambda clinic: enter_visit(clinic, typed))
    assert isinstance(entered, VisitEntered)
    presenter.choose([str(entered.person_id)])
    with qtbot.waitSignal(presenter.assessed, timeout=WAIT_MS):
        presenter.start_assess()
    (chen,) = presenter.assess.without
    assert chen.range is not None
    presenter.show_without(True)
    view = BatchView(practice.ui, presenter)
    qtbot.addWidget(view)
    view.show()
    tables = view.findChildren(Table)
    words = {str(table.lines.index(0, 1).data()) for table in tables if table.lines.rowCount()}
    low, high = (round(100 * end) for end in chen.range)
    assert f"{low}–{high}" in words
