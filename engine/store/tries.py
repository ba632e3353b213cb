"""Counts wrong passphrases, in a small file beside the key slots, so that guessing at the keyboard takes long.

Five tries are free; after that each waits, 30 seconds at first, twice as long each time, 20 minutes at most. A try is
counted before it is made, so ending the program in between gains nothing. Nothing is ever wiped.

What this is not: a protection of a copied folder. Whoever can write into the folder can delete the file, and whoever
can set the clock forward waits less; against both there is only the price of the key derivation
(``engine.store.slots``). A file that is damaged or cannot be written counts for nothing: it would keep out the owner.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from engine.domain.ports import Clock
from engine.errors import StoreError
from engine.store.folder import Random, sync_folder, write_durably

FREE_TRIES = 5
FIRST_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 20 * 60
_FILE = "tries.json"
_MOST_COUNTED = 1_000_000
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Tries:
    """The wrong tries since the clinic was last opened, and when the last of them was."""

    failed: int = 0
    last: datetime | None = None

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


def read_tries(folder: Path, clock: Clock, random: Random) -> Tries:
    """Return the tries so far.

    Where the clock was set back behind the last try, the wait starts again from now and is written down so: turning
    the clock shortens nothing, and nobody waits longer than one wait more. Where that cannot be written, it would start
    again for ever, so the wait is dropped.
    """
    tries = _read(folder / _FILE)
    now = clock.now()
    if tries.last is None or tries.last <= now:
        return tries
    again = Tries(tries.failed, now)
    return again if write_tries(folder, again, random) else Tries()


def write_tries(folder: Path, tries: Tries, random: Random) -> bool:
    """Write the tries down; return whether that could be done."""
    content = {"failed": tries.failed, "last": None if tries.last is None else tries.last.isoformat()}
    try:
        write_durably(folder / _FILE, json.dumps(content).encode("ascii"), random)
    except StoreError:
        return False
    return True


def forget_tries(folder: Path) -> None:
    """Start from nothing again: the clinic was opened."""
    with suppress(OSError):  # a file that stays is read again, and at the worst makes its owner wait once
        (folder / _FILE).unlink(missing_ok=True)
        sync_folder(folder)


def _read(path: Path) -> Tries:
    try:
        content = json.loads(path.read_bytes())
        failed, last = int(content["failed"]), datetime.fromisoformat(content["last"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return Tries()
    if not 0 < failed <= _MOST_COUNTED or last.tzinfo is None:
        return Tries()
    return Tries(failed, last)
