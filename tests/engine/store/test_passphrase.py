"""Another passphrase: one slot changes, both copies agree, and a disk that fails leaves the old one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import PassphraseError, StoreError, UsageError
from engine.store import Cost, RecoveryKey, SlotKind, Vault, open_clinic, replace_passphrase, slot_files
from engine.store.folder import Random, write_durably
from engine.store.slot_format import read_slot_file

OpenAgain = Callable[[], Vault]
CHEAP = Cost(64, 1, 1)
OLD = "correct horse battery"
NEW = "другой staple 口令"
FILES = ("clinic.lantern", "clinic-copy.lantern")


def replace(vault: Vault, secret: str = OLD, kind: SlotKind = SlotKind.PASSPHRASE, new: str = NEW) -> None:
    replace_passphrase(vault, secret, kind, new, cost=CHEAP, floor=CHEAP)


def opens(folder: Path, clock: FixedClock, secret: str) -> bool:
    try:
        open_clinic(folder, secret, clock, floor=CHEAP).close()
    except PassphraseError:
        return False
    return True


def slots(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in FILES]


def test_the_new_one_opens_and_the_old_one_no_longer(folder: Path, open_again: OpenAgain, clock: FixedClock) -> None:
    before = read_slot_file(slots(folder)[0]).file
    with open_again() as vault:
        assert vault.folder == folder
        replace(vault)
        row = vault._database.one("SELECT action, detail FROM audit ORDER BY seq DESC")
        assert row is not None
        assert row[0] == "passphrase.change"
        public = vault.signer.public.hex()
        assert json.loads(row[1]) == {"public": public, "shown": "passphrase", "user": "user-1"}
    first, second = slots(folder)
    assert first == second
    after = read_slot_file(first).file
    assert after.revision == before.revision + 1
    assert [slot.revision for slot in after.slots] == [2, 1]
    assert after.slots[1] == before.slots[1]  # the recovery key's
    assert not opens(folder, clock, OLD)
    assert opens(folder, clock, NEW)


def test_the_recovery_key_gives_a_new_one_and_stays(folder: Path, recovery_key: RecoveryKey, clock: FixedClock) -> None:
    before = read_slot_file(slots(folder)[0]).file.slots[0].public
    with open_clinic(folder, recovery_key.text, clock, floor=CHEAP) as vault:
        assert vault.user.id == "recovery"
        replace(vault, recovery_key.text, SlotKind.RECOVERY)
    with open_clinic(folder, NEW, clock, floor=CHEAP) as vault:
        assert vault.signer.public != before  # the old key went with the lost passphrase
        assert vault.user.id == "user-1"
    assert not opens(folder, clock, OLD)
    assert opens(folder, clock, NEW)
    assert opens(folder, clock, recovery_key.text)


def test_a_wrong_secret_or_one_of_the_other_kind_changes_nothing(
    folder: Path, open_again: OpenAgain, recovery_key: RecoveryKey, clock: FixedClock
) -> None:
    before = slots(folder)
    with open_again() as vault:
        for secret, kind in (
            ("wrong", SlotKind.PASSPHRASE),
            (recovery_key.text, SlotKind.PASSPHRASE),
            (OLD, SlotKind.RECOVERY),
        ):
            with pytest.raises(PassphraseError, match="passphrase_wrong"):
                replace(vault, secret, kind)
        with pytest.raises(UsageError, match="passphrase_empty"):
            replace(vault, new="")
    assert slots(folder) == before
    assert opens(folder, clock, OLD)


@pytest.mark.parametrize("failing", [1, 2])
def test_a_disk_that_fails_leaves_the_old_one(
    folder: Path, open_again: OpenAgain, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """The first or the second of the two copies cannot be written."""
    before = slots(folder)
    written: list[Path] = []

    def failing_write(path: Path, content: bytes, random: Random) -> None:
        written.append(path)
        if len(written) == failing:
            raise StoreError("store_disk_full")
        write_durably(path, content, random)

    with open_again() as vault:
        monkeypatch.setattr(slot_files, "write_durably", failing_write)
        with pytest.raises(StoreError, match="store_disk_full"):
            replace(vault)
        assert vault._database.rows("SELECT count(*) FROM audit WHERE action = 'passphrase.change'") == [(0,)]
    monkeypatch.undo()
    assert slots(folder) == before
    assert opens(folder, clock, OLD)
    assert not opens(folder, clock, NEW)


def test_a_power_cut_between_the_two_copies_leaves_the_new_one(
    folder: Path, open_again: OpenAgain, clock: FixedClock
) -> None:
    old = slots(folder)[0]
    with open_again() as vault:
        replace(vault)
    (folder / FILES[0]).write_bytes(old)  # the copy is written first
    assert opens(folder, clock, NEW)
    assert slots(folder)[0] == slots(folder)[1]
    assert not opens(folder, clock, OLD)
