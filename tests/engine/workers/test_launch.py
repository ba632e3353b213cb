"""A worker answers, and a worker that misbehaves is stopped without harm."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.domain.ports import CancelToken
from engine.errors import Cancelled, InputError
from engine.workers.errors import WorkerError
from engine.workers.launch import Worker, limits_in_force, run_worker, worker_command
from engine.workers.limits import Force, Guard, Limits
from engine.workers.messages import Message

BOMBS = Path(__file__).with_name("bombs.py")
MEMORY = Limits(memory_bytes=600 << 20, wall_seconds=30)

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="a limit of Linux")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="a limit of POSIX systems")


def start(kind: str, limits: Limits | None = None) -> Worker:
    limits = limits or Limits(wall_seconds=30)
    return Worker(kind, limits, [sys.executable, str(BOMBS), kind, limits.to_text()])


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def ask_and_be_left(worker: Worker) -> None:
    with pytest.raises(WorkerError):
        worker.ask(Message("ask"))


def test_a_worker_sends_back_what_it_was_asked_with_exact_arrays() -> None:
    arrays = (np.arange(5, dtype=np.int32), np.array([[0.1, np.nan], [np.inf, -0.0]]))
    answer = run_worker("probe", Message("ask", {"name": "阿依古丽", "list": [1, None, True]}, arrays))
    assert answer.body == {"name": "阿依古丽", "list": [1, None, True]}
    for sent, received in zip(arrays, answer.arrays, strict=True):
        np.testing.assert_array_equal(sent, received)
        assert sent.dtype == received.dtype


def test_one_worker_answers_several_questions() -> None:
    with Worker("probe") as worker:
        assert [worker.ask(Message("ask", {"n": n})).body["n"] for n in range(3)] == [0, 1, 2]


@pytest.mark.parametrize("kind", ["allocate", "allocate_at_once"])
def test_ten_gigabytes_are_refused_and_the_parent_lives(kind: str) -> None:
    began = time.monotonic()
    with start(kind, MEMORY) as worker, pytest.raises(WorkerError) as caught:
        worker.ask(Message("ask"))
    assert caught.value.code == "worker_out_of_memory"
    assert time.monotonic() - began < 20
    assert worker._process.poll() is not None


@pytest.mark.parametrize("kind", ["loop", "sleep"])
def test_a_worker_that_never_ends_is_stopped_by_the_clock(kind: str) -> None:
    began = time.monotonic()
    with start(kind, Limits(wall_seconds=1.0)) as worker, pytest.raises(WorkerError) as caught:
        worker.ask(Message("ask"))
    assert caught.value.code == "worker_timeout"
    assert time.monotonic() - began < 8
    assert worker._process.poll() is not None


@posix_only
def test_processor_time_is_limited_by_the_system_itself() -> None:
    with start("loop", Limits(cpu_seconds=1, wall_seconds=60)) as worker, pytest.raises(WorkerError) as caught:
        worker.ask(Message("ask"))
    assert caught.value.code == "worker_timeout"
    assert worker._process.poll() == -signal.SIGXCPU


@posix_only
@pytest.mark.parametrize("most", [0, 3 << 20])
def test_a_worker_cannot_fill_the_disk(tmp_path: Path, most: int) -> None:
    path = tmp_path / "huge"
    with start("write", Limits(file_bytes=most, wall_seconds=30)) as worker, pytest.raises(WorkerError) as caught:
        worker.ask(Message("ask", {"path": str(path)}))
    assert caught.value.code == "worker_file_limit"
    assert path.stat().st_size <= most


@linux_only
def test_a_worker_cannot_reach_the_network_where_the_system_allows_a_namespace() -> None:
    if limits_in_force().force(Guard.NETWORK) is not Force.ENFORCED:
        pytest.skip("this system refuses network namespaces")
    with socket.create_server(("127.0.0.1", 0)) as server, start("dial") as worker:
        assert worker.ask(Message("ask", {"port": server.getsockname()[1]})).body == {"reached": False}


@linux_only
def test_a_worker_cannot_start_processes() -> None:
    if os.geteuid() == 0:
        pytest.skip("the system exempts the superuser")
    with start("fork") as worker, pytest.raises(WorkerError):
        worker.ask(Message("ask"))


@pytest.mark.parametrize("kind", ["die", "fail"])
def test_a_worker_that_breaks_says_so_without_quoting_its_input(kind: str) -> None:
    with start(kind) as worker, pytest.raises(WorkerError) as caught:
        worker.ask(Message("ask"))
    assert caught.value.code == "worker_crashed"
    assert "4711" not in repr(caught.value) + str(caught.value.details)


def test_a_refusal_of_the_input_keeps_its_code_and_details() -> None:
    with start("refuse") as worker, pytest.raises(InputError) as caught:
        worker.ask(Message("ask"))
    assert caught.value.code == "refused_for_a_reason"
    assert caught.value.details == {"row": 3}


def test_what_libraries_print_neither_disturbs_the_talk_nor_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with start("chatter") as worker:
        assert worker.ask(Message("ask", {"n": 1})).body == {"n": 1}
    assert capfd.readouterr() == ("", "")


def test_an_answer_larger_than_allowed_is_not_taken() -> None:
    with start("gibber", Limits(message_bytes=1 << 20, wall_seconds=30)) as worker, pytest.raises(WorkerError):
        worker.ask(Message("ask"))


def test_cancelling_ends_the_worker_and_is_its_own_outcome() -> None:
    token = CancelToken()
    threading.Timer(0.5, token.cancel).start()
    with start("sleep") as worker, pytest.raises(Cancelled):
        worker.ask(Message("ask"), token)
    assert worker._process.poll() is not None


def test_progress_is_heard_and_the_environment_is_small() -> None:
    heard: list[tuple[int, int]] = []
    os.environ["LANTERN_TEST_SECRET"] = "must not be handed on"
    try:
        with start("tell") as worker:
            answer = worker.ask(Message("ask"), progress=lambda done, total: heard.append((done, total)))
    finally:
        del os.environ["LANTERN_TEST_SECRET"]
    assert heard == [(0, 3), (1, 3), (2, 3)]
    assert "LANTERN_TEST_SECRET" not in answer.body["variables"]
    assert "HOME" not in answer.body["variables"]
    assert wait_until(lambda: not is_running(answer.body["pid"]))


@posix_only
def test_a_worker_does_not_outlive_a_parent_that_is_killed() -> None:
    program = (
        "import sys, time\n"
        "from engine.workers.launch import Worker\n"
        "from engine.workers.limits import Limits\n"
        f"worker = Worker('sleep', Limits(), [sys.executable, {str(BOMBS)!r}, 'sleep', Limits().to_text()])\n"
        "print(worker._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.kill()
        parent.wait()
    assert wait_until(lambda: not is_running(child))


def test_closed_input_ends_a_worker_on_every_system() -> None:
    with start("sleep") as worker:
        assert worker._process.stdin is not None
        thread = threading.Thread(target=ask_and_be_left, args=(worker,))
        thread.start()
        assert wait_until(lambda: worker.guards.states != ())
        worker._process.stdin.close()
        assert wait_until(lambda: worker._process.poll() is not None)
        thread.join()


def test_a_program_that_is_not_there_is_told_plainly() -> None:
    with pytest.raises(WorkerError) as caught:
        Worker("probe", command=["/no/such/program"])
    assert caught.value.code == "worker_start_failed"


def test_an_unknown_kind_ends_as_a_crash_not_as_silence() -> None:
    with pytest.raises(WorkerError) as caught:
        run_worker("no_such_kind", Message("ask"))
    assert caught.value.code == "worker_crashed"


def test_the_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits()
    assert worker_command("probe", limits) == [sys.executable, "-m", "engine.workers", "probe", limits.to_text()]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert worker_command("probe", limits) == [sys.executable, "worker", "probe", limits.to_text()]


@linux_only
def test_the_limits_in_force_are_told() -> None:
    report = limits_in_force()
    for guard in (Guard.MEMORY, Guard.CPU, Guard.FILES, Guard.CORE, Guard.PARENT):
        assert report.force(guard) is Force.ENFORCED, guard
