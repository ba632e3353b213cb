"""Counting wrong passphrases: the wait, restarts, a clock that is turned, a file that is damaged."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import StoreError
from engine.store import tries
from engine.store.tries import Tries, forget_tries, read_tries, write_tries

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FILE = "tries.json"


def at(seconds: float) -> FixedClock:
    return FixedClock(NOW + timedelta(seconds=seconds))


def read(folder: Path, seconds: float = 0) -> Tries:
    return read_tries(folder, at(seconds), secrets.token_bytes)


def test_five_are_free_then_the_wait_doubles_up_to_twenty_minutes() -> None:
    waits = [Tries(failed, NOW).wait_seconds for failed in range(14)]
    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1200, 1200, 1200]
    assert Tries(1_000_000, NOW).wait_seconds == 1200
    assert [Tries(failed).left for failed in (0, 1, 5, 9)] == [5, 4, 0, 0]


def test_the_wait_runs_out_with_the_clock() -> None:
    fifth = Tries(5, NOW)
    assert [fifth.seconds_left(NOW + timedelta(seconds=each)) for each in (0, 0.5, 29.5, 30, 31)] == [30, 30, 1, 0, 0]


def test_what_was_written_is_read_and_can_be_forgotten(tmp_path: Path) -> None:
    assert read(tmp_path) == Tries()
    assert write_tries(tmp_path, Tries(6, NOW), secrets.token_bytes)
    assert read(tmp_path, 10) == Tries(6, NOW)
    forget_tries(tmp_path, secrets.token_bytes)
    forget_tries(tmp_path, secrets.token_bytes)
    assert list(tmp_path.iterdir()) == []


def test_a_clock_set_back_starts_the_wait_again_once(tmp_path: Path) -> None:
    write_tries(tmp_path, Tries(6, NOW), secrets.token_bytes)
    year = -365 * 86400.0
    assert read(tmp_path, year).seconds_left(at(year).now()) == 60
    assert read(tmp_path, year + 59).seconds_left(at(year + 59).now()) == 1
    assert read(tmp_path, year + 60).seconds_left(at(year + 60).now()) == 0
    # Forward again: the wait is over, as it would be anyway.
    assert read(tmp_path, 0).seconds_left(NOW) == 0


def test_where_the_disk_is_full_signing_in_forgets_nobody_elses_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user_id in ("ada", "ben"):
        write_tries(tmp_path, Tries(6, NOW), secrets.token_bytes, user_id)

    def full(*_: object) -> None:
        raise StoreError("store_disk_full")

    monkeypatch.setattr(tries, "write_durably", full)
    forget_tries(tmp_path, secrets.token_bytes, "ada")
    assert read_tries(tmp_path, at(0), secrets.token_bytes, "ben") == Tries(6, NOW)
    monkeypatch.undo()
    forget_tries(tmp_path, secrets.token_bytes, "ada")
    forget_tries(tmp_path, secrets.token_bytes, "ben")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"failed": 7, "last": "yesterday"}',
        b'{"failed": 7, "last": null}',
        b'{"failed": "many", "last": "2026-11-23T09:00:00+00:00"}',
        b'{"failed": -3, "last": "2026-11-23T09:00:00+00:00"}',
        b'{"failed": 1e99, "last": "2026-11-23T09:00:00+00:00"}',
        b'{"failed": Infinity, "last": "2026-11-23T09:00:00+00:00"}',
        b'{"failed": 7, "last": "2026-11-23T09:00:00"}',
    ],
)
def test_a_damaged_file_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert read(tmp_path) == Tries()


def test_a_file_that_cannot_be_written_keeps_nobody_out_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tries(tmp_path, Tries(9, at(86400).now()), secrets.token_bytes)
    (tmp_path / "gone").mkdir()
    monkeypatch.setattr(tries, "_FILE", "gone")  # a folder in its place: neither read nor replaced
    assert read(tmp_path) == Tries()
    assert not write_tries(tmp_path, Tries(1, NOW), secrets.token_bytes)
    forget_tries(tmp_path, secrets.token_bytes)
    monkeypatch.setattr(tries, "_FILE", FILE)
    monkeypatch.setattr(tries, "write_tries", lambda *_: False)
    assert read(tmp_path) == Tries()  # a wait that would start again at every look
