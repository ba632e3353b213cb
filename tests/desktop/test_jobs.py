"""Work beside the window ends in exactly one of three ways, and is told only to who still lives."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.giving_way import GivingWay
from desktop.jobs import Latest, Task
from engine.errors import BugError, EngineError, InputError, StoreError
from engine.workflows.backups import Check

WAIT = 5_000


def test_results_come_back_on_the_window_s_thread(qtbot: QtBot, context: Context) -> None:
    where: list[bool] = []
    context.jobs.compute(context, lambda task: 7, lambda result: where.append(QThread.isMainThread() and result == 7))
    qtbot.waitUntil(lambda: bool(where), timeout=WAIT)
    assert where == [True]


def test_the_store_s_lane_is_one_thread_and_keeps_the_order(qtbot: QtBot, context: Context) -> None:
    seen: list[tuple[int, int]] = []
    for number in range(20):
        context.jobs.store(context, lambda task, n=number: seen.append((n, threading.get_ident())), lambda _: None)  # type: ignore[misc]  # a default in a lambda
    qtbot.waitUntil(lambda: context.jobs.busy == 0, timeout=WAIT)
    assert [number for number, _ in seen] == list(range(20))
    assert len({thread for _, thread in seen}) == 1


def test_once_the_window_goes_only_who_ends_it_is_told(qtbot: QtBot, context: Context) -> None:
    told: list[str] = []
    ending = QObject(context)
    context.jobs.store(context, lambda task: None, lambda _: told.append("a page"))
    context.jobs.leave_to(ending)
    context.jobs.store(ending, lambda task: None, lambda _: told.append("the end"))
    qtbot.waitUntil(lambda: context.jobs.busy == 0, timeout=WAIT)
    assert told == ["the end"]


def test_an_error_of_the_world_reaches_the_one_who_asked(qtbot: QtBot, context: Context) -> None:
    told: list[EngineError] = []

    def work(task: Task) -> None:
        raise InputError("file_missing")

    context.jobs.compute(context, work, lambda _: None, told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT)
    assert told[0].code == "file_missing"


def test_without_a_handler_the_error_is_said_at_the_foot_in_the_words_of_the_command(
    qtbot: QtBot, context: Context
) -> None:
    said: list[str] = []
    context.problem.connect(said.append)

    def work(task: Task) -> None:
        raise InputError("file_missing")

    context.jobs.compute(context, work, lambda _: None)
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT)
    assert said == [context.texts.wording.say("error.file_missing")]


def test_a_fault_of_ours_is_reported_and_ends_the_job(qtbot: QtBot, context: Context) -> None:
    broken: list[BaseException] = []
    told: list[EngineError] = []
    context.jobs.broken.connect(broken.append)

    def work(task: Task) -> None:
        raise KeyError("somebody's name")

    context.jobs.compute(context, work, lambda _: None, told.append)
    qtbot.waitUntil(lambda: bool(told and broken), timeout=WAIT)
    assert isinstance(told[0], BugError)
    assert "somebody" not in str(told[0].details)
    assert context.texts.error(told[0]) == context.texts("fault.sentence")


def test_cancelling_is_neither_done_nor_failed(qtbot: QtBot, context: Context) -> None:
    begun, ended = threading.Event(), []

    def work(task: Task) -> None:
        begun.set()
        while True:
            task.cancel.check()

    job = context.jobs.compute(
        context,
        work,
        lambda _: ended.append("done"),
        lambda _: ended.append("failed"),
        lambda: ended.append("cancelled"),
    )
    assert begun.wait(5)
    job.cancel()
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT)
    assert ended == ["cancelled"]


def test_nobody_is_told_once_the_owner_is_gone(qtbot: QtBot, context: Context) -> None:
    owner, go = QObject(), threading.Event()
    told: list[bool] = []
    context.jobs.compute(owner, lambda task: go.wait(5), told.append)
    owner.deleteLater()
    qtbot.wait(20)
    go.set()
    qtbot.waitUntil(lambda: context.jobs.busy == 0, timeout=WAIT)
    assert told == []


def test_progress_is_told_on_and_the_last_word_is_never_dropped(qtbot: QtBot, context: Context) -> None:
    told: list[tuple[int, int]] = []

    def work(task: Task) -> None:
        for done in range(1, 1001):
            task.progress(done, 1000)

    context.jobs.compute(context, work, lambda _: None, progress=lambda done, total: told.append((done, total)))
    qtbot.waitUntil(lambda: context.jobs.busy == 0 and bool(told), timeout=WAIT)
    assert told[-1] == (1000, 1000)
    assert len(told) < 100


def test_of_many_requests_only_the_newest_is_told(qtbot: QtBot, context: Context) -> None:
    told: list[int] = []
    computed: list[int] = []
    go = threading.Event()
    latest = Latest[int](context.jobs, context, told.append)

    def request(number: int) -> None:
        def work(task: Task) -> int:
            computed.append(number)
            go.wait(5)
            return number

        latest.ask(work)

    for number in range(50):
        request(number)
    go.set()
    qtbot.waitUntil(lambda: context.jobs.busy == 0, timeout=WAIT)
    assert told == [49]
    assert computed == [0, 49]


def test_long_work_lets_what_waits_have_its_turn_on_the_same_thread(qtbot: QtBot, context: Context) -> None:
    seen: list[tuple[str, int]] = []
    handed_in = threading.Event()

    def long(task: Task) -> None:
        handed_in.wait(5)
        task.give_way()
        seen.append(("long", threading.get_ident()))

    context.jobs.store(context, long, lambda _: None)
    for word in ("one", "two"):
        context.jobs.store(context, lambda task, w=word: seen.append((w, threading.get_ident())), lambda _: None)  # type: ignore[misc]  # a default in a lambda
    handed_in.set()
    qtbot.waitUntil(lambda: context.jobs.busy == 0, timeout=WAIT)
    assert [word for word, _ in seen] == ["one", "two", "long"]
    assert len({thread for _, thread in seen}) == 1


def test_long_work_that_is_stopped_does_not_run_what_closes_the_store(qtbot: QtBot, context: Context) -> None:
    seen: list[str] = []
    handed_in = threading.Event()

    def long(task: Task) -> None:
        handed_in.wait(5)
        try:
            task.give_way()
        finally:
            seen.append("long ends")

    context.jobs.store(context, long, lambda _: None, cancelled=lambda: seen.append("told"))
    context.jobs.cancel_running()
    context.jobs.store(context, lambda task: seen.append("closed"), lambda _: None)
    handed_in.set()
    qtbot.waitUntil(lambda: context.jobs.busy == 0, timeout=WAIT)
    assert [word for word in seen if word != "told"] == ["long ends", "closed"]


def test_work_beside_the_lane_ends_with_its_own_result_or_error(qtbot: QtBot, context: Context) -> None:
    told: list[object] = []

    def work(task: Task) -> tuple[int, bool]:
        where = threading.get_ident()
        return GivingWay(task).beside(lambda check: (7, threading.get_ident() != where))

    def wrong(task: Task) -> None:
        def fail(check: Check) -> None:
            raise StoreError("backup_read_back")

        GivingWay(task).beside(fail)

    context.jobs.store(context, work, told.append)
    context.jobs.store(context, wrong, told.append, lambda error: told.append(error.code))
    qtbot.waitUntil(lambda: len(told) == 2, timeout=WAIT)
    assert told == [(7, True), "backup_read_back"]
