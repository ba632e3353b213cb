"""What a clinic keeps of packs: the latest state counts, the earlier ones stay, every change is in the log."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from engine.domain.clinic_packs import PackOrigin, PackState
from engine.domain.results import PackRef
from engine.errors import UsageError
from engine.store import Vault, add_clinic_pack, clinic_packs, packs_folder, set_clinic_pack_state

FIRST = PackRef("ours", "1.0.0", "aa")
SECOND = PackRef("ours", "1.1.0", "bb")
PARENT = PackRef("score2", "1.0.0", "cc")


def test_a_pack_is_kept_with_its_parent_and_who_added_it(vault: Vault) -> None:
    kept = add_clinic_pack(vault, FIRST, PackOrigin.MADE_HERE, "user-1", parent=PARENT)
    assert clinic_packs(vault) == (kept,)
    assert (kept.parent, kept.added_by, kept.state, kept.reason) == (PARENT, "user-1", PackState.ON, None)
    assert kept.added_at == kept.since == vault.clock.now()
    assert packs_folder(vault).parent == vault.folder


def test_a_new_version_takes_the_place_of_the_earlier_one_which_stays_in_history(vault: Vault) -> None:
    add_clinic_pack(vault, FIRST, PackOrigin.MADE_HERE, "user-1")
    second = add_clinic_pack(vault, SECOND, PackOrigin.MADE_HERE, "user-1")
    assert clinic_packs(vault) == (second,)
    assert vault._database.rows("SELECT digest, ended IS NULL FROM clinic_pack ORDER BY key") == [("aa", 0), ("bb", 1)]


def test_a_state_is_changed_with_its_reason_and_goes_into_the_log(vault: Vault) -> None:
    add_clinic_pack(vault, FIRST, PackOrigin.FOREIGN, "user-1")
    set_clinic_pack_state(vault, "ours", PackState.WITHDRAWN, "user-1", "wrong units")
    (kept,) = clinic_packs(vault)
    assert (kept.state, kept.reason, kept.added_by) == (PackState.WITHDRAWN, "wrong units", "user-1")
    set_clinic_pack_state(vault, "ours", PackState.ON, "user-1")
    assert clinic_packs(vault)[0].reason is None
    log = vault._database.rows("SELECT actor, action, detail FROM audit WHERE action LIKE 'pack.%' ORDER BY seq")
    assert [row[:2] for row in log] == [
        ("user-1", "pack.add"),
        ("user-1", "pack.withdrawn"),
        ("user-1", "pack.on"),
    ]
    assert json.loads(log[1][2])["digest"] == "aa"


def test_a_pack_nobody_kept_has_no_state(vault: Vault) -> None:
    with pytest.raises(UsageError, match="pack_not_kept"):
        set_clinic_pack_state(vault, "ours", PackState.ON, "user-1")


def test_packs_are_there_after_the_clinic_was_closed(open_again: Callable[[], Vault]) -> None:
    with open_again() as vault:
        kept = add_clinic_pack(vault, FIRST, PackOrigin.SIGNED, "user-1")
    with open_again() as vault:
        assert clinic_packs(vault) == (kept,)
