"""The data key is turned and the power goes, at whatever file: the clinic opens, nothing is missing or told."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from engine.domain.ports import FixedClock
from engine.store import Cost, RecoveryKey, open_clinic, turn_key
from engine.store.audit.anchor import Standing
from engine.store.audit_log import verify_store

CHEAP = Cost(64, 1, 1)
PASSPHRASE = "correct horse battery"
_MOST_FILES = 40
_FINE = (Standing.SOUND, Standing.MENDED)


class _PowerCutError(BaseException):
    """No more is written."""


class _Power:
    """Random bytes until the power goes: every durable write of a small file asks for some first."""

    def __init__(self) -> None:
        self.left: int | None = None

    def __call__(self, count: int) -> bytes:
        if self.left is not None:
            if self.left == 0:
                raise _PowerCutError
            self.left -= 1
        return os.urandom(count)


def turned_until(folder: Path, clock: FixedClock, steps: int, left_behind: Path) -> bool:
    """Turn the key with the power on for so many steps; leave the folder as the cut left it. Whether it was done."""
    power = _Power()
    vault = open_clinic(folder, PASSPHRASE, clock, floor=CHEAP, random=power)
    power.left = steps
    done = False
    try:
        turn_key(vault, PASSPHRASE, {"one_signature": 1, "reason": "somebody left"}, floor=CHEAP)
        done = True
    except _PowerCutError:
        pass
    shutil.copytree(folder, left_behind)
    power.left = None
    vault.close()
    return done


def test_a_power_cut_at_any_file_is_no_damaged_anchor(
    folder: Path, recovery_key: RecoveryKey, clock: FixedClock, tmp_path: Path
) -> None:
    untouched = tmp_path / "untouched"
    shutil.copytree(folder, untouched)
    cut = 0
    for steps in range(_MOST_FILES):
        shutil.rmtree(folder)
        shutil.copytree(untouched, folder)
        left_behind = tmp_path / f"cut-{steps}"
        if turned_until(folder, clock, steps, left_behind):
            break
        cut += 1
        for secret in (PASSPHRASE, recovery_key.text, PASSPHRASE):
            with open_clinic(left_behind, secret, clock, floor=CHEAP) as vault:
                assert vault.ledger.state.standing in _FINE, (steps, secret)
                assert verify_store(vault).findings == ()
    assert cut > 10  # slots twice, anchors, the keys themselves
    assert cut < _MOST_FILES - 1


def test_anchors_under_the_key_before_are_trusted_only_while_it_is_turned(
    folder: Path, recovery_key: RecoveryKey, clock: FixedClock, tmp_path: Path
) -> None:
    before = {name: (folder / name).read_bytes() for name in ("anchor-1.lantern", "anchor-2.lantern")}
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:
        turn_key(vault, PASSPHRASE, {"one_signature": 1, "reason": "somebody left"}, floor=CHEAP)
    for name, content in before.items():
        (folder / name).write_bytes(content)
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:
        assert vault.ledger.state.standing is Standing.DAMAGED
