"""Counts wrong passphrases, in a small file beside the key slots, so that guessing at the keyboard takes long.

Each user is counted apart. Five tries are free; after that each waits, 30 seconds at first, twice as long each time,
20 minutes at most. A try is counted before it is made, so ending the program in between gains nothing. Nothing is ever
wiped.

What this is not: a protection of a copied folder. Whoever can write into the folder can delete the file, and whoever
can set the clock forward waits less; against both there is only the price of the key derivation
(``engine.store.slots``). A file that is damaged or cannot be written counts for nothing: it would keep out the owner.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.domain.ports import Clock
from engine.durable import sync_folder
from engine.errors import StoreError
from engine.store.folder import Random, write_durably

FREE_TRIES = 5
FIRST_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 20 * 60
_FILE = "tries.json"
_MOST_COUNTED = 1_000_000
_MOST_USERS = 200
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Tries:
    """The wrong tries of a user since they last signed in, when the last was, and how many the audit knows of."""

    failed: int = 0
    last: datetime | None = None
    told: int = 0

    @property
    def left(self) -> int:
        """How many tries do not wait."""
        return max(0, FREE_TRIES - self.failed)

    @property
    def wait_seconds(self) -> int:
        """How long the next try waits, counted from the last."""
        over = self.failed - FREE_TRIES
        if over < 0:
            return 0
        doubled: int = FIRST_WAIT_SECONDS << min(over, 16)
        return min(doubled, LONGEST_WAIT_SECONDS)

    def seconds_left(self, now: datetime) -> int:
        """Return how much of the wait is left, whole seconds, rounded up."""
        if self.last is None:
            return 0
        return max(0, -((now - self.last - timedelta(seconds=self.wait_seconds)) // _SECOND))


def read_tries(folder: Path, clock: Clock, random: Random, user_id: str = "") -> Tries:
    """Return the tries of a user so far.

    Where the clock was set back behind the last try, the wait starts again from now and is written down so: turning
    the clock shortens nothing, and nobody waits longer than one wait more. Where that cannot be written, it would start
    again for ever, so the wait is dropped.
    """
    tries = _read(folder / _FILE).get(user_id, Tries())
    now = clock.now()
    if tries.last is None or tries.last <= now:
        return tries
    again = replace(tries, last=now)
    return again if write_tries(folder, again, random, user_id) else Tries()


def every_try(folder: Path) -> Mapping[str, Tries]:
    """Return the tries of everybody, by user; those of names that nobody has stand under another word."""
    return _read(folder / _FILE)


def write_tries(folder: Path, tries: Tries, random: Random, user_id: str = "") -> bool:
    """Write the tries of a user down; return whether that could be done."""
    return _write(folder, _read(folder / _FILE) | {user_id: tries}, random)


def forget_tries(folder: Path, random: Random, user_id: str = "") -> None:
    """Start from nothing again: the user signed in."""
    left = {each: tries for each, tries in _read(folder / _FILE).items() if each != user_id}
    if left and _write(folder, left, random):
        return
    with suppress(OSError):  # a file that stays is read again, and at the worst makes somebody wait once
        (folder / _FILE).unlink(missing_ok=True)
        sync_folder(folder)


def _write(folder: Path, every: Mapping[str, Tries], random: Random) -> bool:
    latest = sorted(every.items(), key=lambda each: each[1].last or _LONG_AGO)[-_MOST_USERS:]
    users = {
        user_id: {"failed": tries.failed, "last": tries.last.isoformat(), "told": tries.told}
        for user_id, tries in latest
        if tries.last is not None
    }
    try:
        write_durably(folder / _FILE, json.dumps({"users": users}).encode("ascii"), random)
    except StoreError:
        return False
    return True


def _read(path: Path) -> dict[str, Tries]:
    try:
        content = json.loads(path.read_bytes())
        found = {str(user_id): _tries(plain) for user_id, plain in content["users"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return {}
    return {user_id: tries for user_id, tries in found.items() if tries is not None}


def _tries(plain: Mapping[str, Any]) -> Tries | None:
    failed, told, last = int(plain["failed"]), int(plain["told"]), datetime.fromisoformat(plain["last"])
    if not 0 < failed <= _MOST_COUNTED or not 0 <= told <= failed or last.tzinfo is None:
        return None
    return Tries(failed, last, told)
