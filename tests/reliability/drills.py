"""T13: a drill on every backup, and a restore of it that is what the clinic was, row for row."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

from engine.errors import EngineError
from engine.store import Vault, apply_entries, edit_identity
from engine.store.audit.digests import all_leaves
from engine.store.audit.units import UNITS
from engine.store.audit_log import verify_store
from engine.store.backup.drill import drill
from engine.store.backup.make import back_up
from engine.store.backup.restore import restore
from tests.reliability.checks import Check
from tests.reliability.clinics import ACTOR, CHEAP, CLOCK, PASSPHRASE, day, entries, many, new_clinic, open_again
from tests.reliability.counts import Count
from tests.reliability.operations import GOOD, Verdict

_RENEWED = 25  # trials, after which the clinic is a fresh one


def _drills(room: Path, numbers: Sequence[int], seed: int) -> Count:
    count, folder = Count(), room / "clinic"
    for done, number in enumerate(numbers):
        if done % _RENEWED == 0:
            shutil.rmtree(folder, ignore_errors=True)
            new_clinic(folder, 30)
        try:
            fault = _one(room, folder, number, random.Random(f"{seed} drill {number}"))
        except EngineError as error:
            fault = f"refused: {error.code}"
        count.add(GOOD if fault is None else Verdict(fault, detected=False), f"drill {number}")
        shutil.rmtree(room / "new", ignore_errors=True)
        shutil.rmtree(room / "stick", ignore_errors=True)
    return count


def _one(room: Path, folder: Path, number: int, chance: random.Random) -> str | None:
    with open_again(folder) as vault:
        _work(vault, number, chance)
        held = _held(vault)
        made = back_up(vault, room / "stick", "1").backup
        if drill(vault, room / "stick", PASSPHRASE, floor=CHEAP).name != made.manifest.name:
            return "the drill took another backup"
    restore(made.copy, room / "new", PASSPHRASE, CLOCK, floor=CHEAP)
    with open_again(room / "new") as vault:
        if not verify_store(vault).sound:
            return "the restored clinic does not verify"
        if _held(vault, held[0]) != held:
            return "the restored clinic is not what the clinic was"
    return None


def _held(vault: Vault, seq: int | None = None) -> tuple[int, str, list[bytes]]:
    """Return the end of the audit, or the entry of that number, and the digests of all rows of the record."""
    rows = vault.ledger.database.rows
    last = seq if seq is not None else int(rows("SELECT max(seq) FROM audit")[0][0])
    head = str(rows("SELECT entry_hash FROM audit WHERE seq = ?", (last,))[0][0])
    # The clinic notes its last backup among its settings, and a restore begins a new epoch.
    of_record = [unit for unit in UNITS if unit.table not in ("setting", "store")]
    return last, head, [part.tobytes() for unit in of_record for part in all_leaves(vault.ledger.database, unit)]


def _work(vault: Vault, number: int, chance: random.Random) -> None:
    for step in range(chance.randint(1, 4)):
        if chance.random() < 0.4:
            apply_entries(vault, many(f"drill{number}x{step}y", chance.randint(1, 30)), actor=ACTOR)
        elif chance.random() < 0.5:
            edit_identity(vault, f"start{chance.randrange(30)}", {"phone": f"555-{chance.random()}"}, ACTOR)
        else:
            values: dict[str, list[float]] = {
                "sbp_mmhg": [chance.uniform(90, 200)],
                "dbp_mmhg": [chance.uniform(50, 89)],
            }
            typed = entries([f"start{chance.randrange(30)}"], [day(number)], values, new=False, typed=True)  # type: ignore[arg-type]  # numbers are values
            apply_entries(vault, typed, actor=ACTOR)


CHECKS = (Check("T13", "backup, drill and restore", "row for row", _drills, 10, 200),)
