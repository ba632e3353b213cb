"""A change of the key slots that a power cut ends between the files and the database is ended at the next opening."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import PassphraseError, StoreError
from engine.store import (
    Cost,
    Role,
    SlotKind,
    Vault,
    accounts,
    add_user,
    load_users,
    open_clinic,
    open_reviews,
    remove_user,
    replace_passphrase,
    set_roles,
)
from engine.store.audit.anchor import FILES
from engine.store.audit_log import verify_store

CHEAP = Cost(64, 1, 1)
ADAS, BENS = "correct horse battery", "a staple for once"
COSTS = {"cost": CHEAP, "floor": CHEAP}


class Cutting:
    """Random bytes, and what lies in the folder whenever some are drawn: as a power cut at that moment leaves it."""

    def __init__(self, folder: Path, aside: Path) -> None:
        self.folder, self.aside = folder, aside
        self.left: list[Path] = []
        self.on = False

    def __call__(self, count: int) -> bytes:
        if self.on:
            self.left.append(self.aside / str(len(self.left)))
            shutil.copytree(self.folder, self.left[-1])
        return bytes(range(len(self.left), len(self.left) + count)) if self.on else b"\x07" * count


def add(vault: Vault) -> None:
    add_user(vault, ADAS, "Cleo", [Role.AUDITOR], "for once only", **COSTS)


def remove(vault: Vault) -> None:
    remove_user(vault, ADAS, _ben(vault), floor=CHEAP)


def roles(vault: Vault) -> None:
    set_roles(vault, ADAS, _ben(vault), [Role.CLINICIAN, Role.AUDITOR], floor=CHEAP)


def demote(vault: Vault) -> None:
    """Take from another administrator what he was, with one signature: that leaves an item for review."""
    set_roles(vault, ADAS, _cy(vault), [Role.CLINICIAN], reason="Nobody else is here", floor=CHEAP)


def passphrase(vault: Vault) -> None:
    replace_passphrase(vault, ADAS, SlotKind.PASSPHRASE, "another one", cost=CHEAP, floor=CHEAP)


def _ben(vault: Vault, name: str = "Ben Li") -> str:
    return next(each.user.id for each in accounts(vault) if each.user.name == name)


def _cy(vault: Vault) -> str:
    return _ben(vault, "Cy Wong")


@pytest.mark.parametrize("act", [add, remove, roles, demote, passphrase])
def test_slots_and_record_agree_wherever_it_was_cut_off(
    act: Callable[[Vault], None], folder: Path, open_again: Callable[[], Vault], clock: FixedClock, tmp_path: Path
) -> None:
    with open_again() as vault:
        add_user(vault, ADAS, "Ben Li", [Role.FRONT_DESK], BENS, **COSTS)
        add_user(vault, ADAS, "Cy Wong", [Role.ADMINISTRATOR], BENS, **COSTS)
    cutting = Cutting(folder, tmp_path / "left")
    with open_clinic(folder, ADAS, clock, who="Ada Okafor", floor=CHEAP, random=cutting) as vault:
        cutting.on = True
        act(vault)
        cutting.on = False
    settled = 0
    for left in cutting.left:
        vault = _opened(left, clock)
        slots = sorted((each.user.id, each.user.roles_text) for each in accounts(vault))
        assert slots == sorted((user.id, user.roles_text) for user in load_users(vault))
        found = vault.ledger.database.rows("SELECT detail FROM audit WHERE action = 'slot.settle'")
        settled += len(found)
        assert all(json.loads(detail)["begun_by"] == vault.user.id for (detail,) in found)
        demoted = any(each.user.name == "Cy Wong" and each.user.roles == {Role.CLINICIAN} for each in accounts(vault))
        assert len(open_reviews(vault)) == demoted  # never in silence, wherever it was cut off
        assert verify_store(vault).sound
        vault.close()
        _opened(left, clock).close()  # and there is nothing left to settle
    assert settled, "none of the cuts lay between the files and the database"


def _opened(folder: Path, clock: FixedClock) -> Vault:
    try:
        return open_clinic(folder, ADAS, clock, who="Ada Okafor", floor=CHEAP)
    except PassphraseError:  # the new passphrase was in force already
        return open_clinic(folder, "another one", clock, who="Ada Okafor", floor=CHEAP)


@pytest.fixture
def unannounced(folder: Path, open_again: Callable[[], Vault], tmp_path: Path) -> Path:
    """A clinic with the slots of a later day. Who has the data key can write a slot file, but no entry says so."""
    early = tmp_path / "early"
    open_again().close()
    shutil.copytree(folder, early)
    with open_again() as vault:
        add_user(vault, ADAS, "Ben Li", [Role.FRONT_DESK], BENS, **COSTS)
    for name in ("clinic.lantern", "clinic-copy.lantern"):
        shutil.copy(folder / name, early / name)
    return early


def test_slots_that_nobody_announced_are_not_settled(unannounced: Path, clock: FixedClock) -> None:
    with _opened(unannounced, clock) as vault:
        assert [user.name for user in load_users(vault)] == ["Ada Okafor"]
        assert vault.ledger.database.rows("SELECT 1 FROM audit WHERE action = 'slot.settle'") == []


def test_what_is_interrupted_after_the_commit_is_not_taken_back(
    folder: Path, open_again: Callable[[], Vault], clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_again() as vault, monkeypatch.context() as patch:
        whole, calls = vault.ledger.committed, []

        def interrupted() -> None:
            calls.append(1)
            if len(calls) == 2:  # the first is that of what is announced
                raise KeyboardInterrupt
            whole()

        patch.setattr(vault.ledger, "committed", interrupted)
        with pytest.raises(KeyboardInterrupt):
            add_user(vault, ADAS, "Ben Li", [Role.FRONT_DESK], BENS, **COSTS)
    open_clinic(folder, BENS, clock, who="Ben Li", floor=CHEAP).close()
    with _opened(folder, clock) as vault:
        assert len(accounts(vault)) == len(load_users(vault)) == 2
        assert verify_store(vault).sound


def test_who_is_in_slots_that_nobody_announced_does_not_get_in(unannounced: Path, clock: FixedClock) -> None:
    with pytest.raises(StoreError, match="store_slots_old"):
        open_clinic(unannounced, BENS, clock, who="Ben Li", floor=CHEAP)


def test_a_cut_off_change_is_settled_also_where_no_anchor_is_left(
    folder: Path, open_again: Callable[[], Vault], clock: FixedClock, tmp_path: Path
) -> None:
    """Otherwise whose access was being changed could not get in."""
    open_again().close()
    cutting = Cutting(folder, tmp_path / "left")
    with open_clinic(folder, ADAS, clock, who="Ada Okafor", floor=CHEAP, random=cutting) as vault:
        cutting.on = True
        add(vault)
        cutting.on = False
    settled = 0
    for left in cutting.left:
        for name in FILES:
            (left / name).unlink()
        for _ in range(2):  # at the second opening there is nothing left to settle
            with _opened(left, clock) as vault:
                assert len(accounts(vault)) == len(load_users(vault))
                found = vault.ledger.database.rows("SELECT 1 FROM audit WHERE action = 'slot.settle'")
                assert len(found) <= 1
        settled += len(found)
    assert settled
