"""A verified backup of a clinic of 100,000 people, and a restore and a drill of it.

A backup reads the clinic twice and the copy three times: checked, copied, read back, hashed, and hashed again under its
name. The bar is that of a nurse who waits with a stick in her hand.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.domain.ports import SystemClock
from engine.store import Cost, apply_entries
from engine.store.backup.drill import drill
from engine.store.backup.make import Made, back_up
from engine.store.backup.restore import restore
from tests.benchmarks.bench_store import CHEAP, PASSPHRASE, PEOPLE, _entries, _new_clinic, _open
from tests.benchmarks.rows import Row, below

BACKUP_BAR_S = 60.0
_FLOOR: Cost = CHEAP


def run() -> list[Row]:
    """Return how long it takes to back up, restore and try a large clinic."""
    with tempfile.TemporaryDirectory() as room:
        place = Path(room)
        with _new_clinic(place / "clinic") as vault:
            actor = vault.user.id
            apply_entries(vault, _entries(PEOPLE, visits_each=1), actor=actor)
        made: list[Made] = []
        with _open(place / "clinic") as vault:
            backing = _seconds(lambda: made.append(back_up(vault, place / "stick", "1")))
            drilling = _seconds(lambda: drill(vault, place / "stick", PASSPHRASE, floor=_FLOOR))
        file = made[0].backup.copy
        restoring = _seconds(
            lambda: restore(file, place / "new", PASSPHRASE, SystemClock(), reason="The disk broke", floor=_FLOOR)
        )
        size = file.stat().st_size / 1e6
    return [
        below(f"backup: verified, 100,000 people, {size:.0f} MB", backing, BACKUP_BAR_S, "s"),
        Row("backup: restore of it", restoring, None, None, None, "s", None),
        Row("backup: drill of it, every row against the audit", drilling, None, None, None, "s", None),
    ]


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
