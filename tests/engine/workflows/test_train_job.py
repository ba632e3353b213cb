"""Training in a worker of its own: it counts, it can be stopped, and its death is a sentence and leaves nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.coded import Coded
from engine.domain.ports import CancelToken
from engine.errors import Cancelled, InputError
from engine.learning.gate import Answer
from engine.packs.manifest import Words
from engine.workers.errors import WorkerError
from engine.workers.guards_posix import NICENESS_BEHIND
from engine.workers.limits import Limits
from engine.workflows import train_job
from engine.workflows.train_job import MOST_ROWS, look, train
from engine.workflows.train_table import Cells, look_at_table
from engine.workflows.train_wish import About, ModelKind, TrainWish
from tests.engine.workflows.tables import HEADS, people

QUICK = TrainWish("ill", folds=4, repeats=1, bootstraps=10, exclude=("complaint",), anyway=True)
SHA = "ab" * 32
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks at the processes of Linux")


def cells(count: int) -> Cells:
    return {head: [str(row[place]) for row in people(count)] for place, head in enumerate(HEADS)}


def children() -> dict[int, int]:
    """The processes that this one started and that still run, each with its niceness."""
    found: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent, *rest = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(parent) == os.getpid() and state != "Z":
                found[int(stat.parent.name)] = int(rest[14])
    return found


def test_what_the_worker_sees_is_what_a_look_here_sees() -> None:
    wish = replace(QUICK, existing="dysglycaemia_no_lab", people_a_month=4.0, about=About(Words("A", "甲")))
    seen = look(cells(300), SHA, wish)
    assert seen == look_at_table(cells(300), wish)
    assert (seen.rows, seen.people, seen.complete) == (300, 300, 300 - seen.gaps[1].people)
    assert seen.needed is not None
    assert seen.needed > 300
    assert seen.people_more == seen.needed - 300
    assert seen.months_more == -(-seen.people_more // 4)
    assert seen.recalibration_events is not None
    assert any(each.key == "learning.gate.more_months" for each in seen.gate)


def test_the_same_rows_give_the_same_bytes_however_their_columns_are_kept() -> None:
    first = train("model", cells(200), SHA, QUICK)
    coded = {}
    for name, column in cells(200).items():
        different = [*sorted(set(column)), "of no row"]
        coded[name] = Coded(different, [different.index(cell) for cell in column])
    second = train("model", coded, SHA, QUICK)
    assert first.parts is not None
    assert second.parts is not None
    assert second.parts.files() == first.parts.files()
    assert second.looked == first.looked


def test_the_gate_says_not_yet_and_there_are_no_parts() -> None:
    found = train("model", cells(60), SHA, replace(QUICK, anyway=False))
    assert (found.looked.answer, found.parts) == (Answer.NOT_YET, None)


def test_progress_counts_models_up_to_the_last() -> None:
    heard: list[tuple[int, int]] = []
    train("model", cells(100), SHA, QUICK, lambda done, total: heard.append((done, total)))
    assert heard[0] == (0, 15)  # 4 folds, the model itself, 10 bootstrap models
    assert heard[-1] == (15, 15)
    assert heard == sorted(heard)


@linux_only
def test_a_cancel_in_the_middle_ends_the_worker_at_once() -> None:
    token, before = CancelToken(), set(children())
    stopped: list[float] = []

    def stop(done: int, total: int) -> None:
        if done >= 3 and not stopped:
            assert set(children()) - before
            token.cancel()
            stopped.append(time.monotonic())

    with pytest.raises(Cancelled):
        train("model", cells(800), SHA, replace(QUICK, bootstraps=200), stop, token)
    assert time.monotonic() - stopped[0] < 5
    assert set(children()) <= before


@linux_only
def test_a_worker_that_is_killed_is_a_sentence_and_the_next_training_works() -> None:
    before = set(children())

    def kill(done: int, total: int) -> None:
        if done >= 3:
            for each in set(children()) - before:
                os.kill(each, signal.SIGKILL)

    with pytest.raises(WorkerError) as caught:
        train("model", cells(800), SHA, replace(QUICK, bootstraps=200), kill)
    assert caught.value.code == "learning_out_of_memory"  # what a kill from outside nearly always is
    assert set(children()) <= before
    assert train("model", cells(60), SHA, QUICK).parts is not None


@pytest.mark.parametrize(
    ("limits", "codes"),
    [
        # Which library lacks memory first differs between machines, and not every one of them says so.
        ({"memory_bytes": 200 << 20}, "learning_out_of_memory learning_ended"),
        ({"wall_seconds": 0.5}, "learning_took_too_long"),
        ({"message_bytes": 4096}, "learning_ended"),
    ],
)
def test_a_limit_that_is_reached_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, limits: dict[str, float], codes: str
) -> None:
    monkeypatch.setattr(train_job, "LIMITS", replace(train_job.LIMITS, **limits))  # type: ignore[arg-type]  # by name
    with pytest.raises(WorkerError) as caught:
        train("model", cells(800), SHA, replace(QUICK, bootstraps=200))
    assert caught.value.code in codes.split()


@linux_only
def test_rows_beyond_the_limit_are_refused_before_anything_is_sent() -> None:
    many = {"age": Coded(["30"], [0] * (MOST_ROWS + 1)), "ill": Coded(["0"], [0] * (MOST_ROWS + 1))}
    before = set(children())
    with pytest.raises(InputError, match="table_too_many_rows"):
        look(many, SHA, QUICK)
    assert set(children()) <= before


@linux_only
def test_the_worker_gives_way_to_everything_else() -> None:
    before, found = set(children()), set[int]()

    def listen(done: int, total: int) -> None:
        found.update(nice for child, nice in children().items() if child not in before)

    train("model", cells(60), SHA, QUICK, listen)
    assert found == {min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS_BEHIND)}


@linux_only
def test_nothing_of_the_people_is_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert train_job.LIMITS.file_bytes == 0  # the system lets the worker write no byte to any file
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    train("model", cells(200), SHA, replace(QUICK, kind=ModelKind.TREES))
    assert list(tmp_path.iterdir()) == []


def test_limits_are_those_of_the_issue() -> None:
    assert isinstance(train_job.LIMITS, Limits)
    assert train_job.LIMITS.memory_bytes <= 3 << 29
    assert train_job.LIMITS.behind
