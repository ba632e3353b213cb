"""A backup from before an erasure is restored: the person does not come back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from engine.domain.entries import IdentifiedEntries
from engine.domain.ports import FixedClock
from engine.errors import UsageError
from engine.store import (
    Vault,
    add_user,
    apply_entries,
    find_patients,
    load_record,
    merge_people,
    open_clinic,
    unmerge_people,
)
from engine.store.audit_log import verify_store
from engine.store.backup.drill import drill
from engine.store.backup.make import Made, back_up
from engine.store.backup.manifest import read_backup
from engine.store.backup.restore import Restored, restore
from engine.store.erasure.erase import Order, erase_person, erasures, sign_proof
from engine.store.erasure.notices import FILE
from engine.store.erasure.scope import erasable_people
from engine.store.folder import ClinicFolder
from engine.store.roles import Role
from engine.store.signer import Signer
from engine.store.slot_files import open_slot, readable_slot_files
from engine.store.slots import canonical
from tests.engine.store.conftest import CHEAP, PASSPHRASE, OpenAgain

Sheet = Callable[..., IdentifiedEntries]
PEOPLE = [
    {"person": name, "visit_date": "2024-01-02", "patient_id": f"No {name}", "name": f"Q{name}", "sbp_mmhg": 120.0}
    for name in ("ann", "bo")
]


@pytest.fixture
def before(vault: Vault, sheet: Sheet, tmp_path: Path, clock: FixedClock) -> Made:
    """A backup that holds two people; then one of them is erased."""
    apply_entries(vault, sheet(PEOPLE), actor="user-1")
    made = back_up(vault, tmp_path / "stick", "1")
    erase_person(vault, "ann", Order("Asked", "none"), PASSPHRASE, floor=CHEAP)
    return made


def brought_back(made: Made, folder: Path, clock: FixedClock, *erased: Path) -> tuple[Restored, set[str]]:
    done = restore(made.backup.copy, folder, PASSPHRASE, clock, erased=erased, reason="The disk broke", floor=CHEAP)
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:
        assert verify_store(vault).sound
        assert vault.ledger.database.rows("SELECT count(*) FROM unscrubbed") == [(0,)]
        return done, {person.id for person in find_patients(vault)}


def alone(made: Made, place: Path) -> Made:
    """The same backup where nothing else lies beside it."""
    place.mkdir()
    for path in (made.backup.copy, made.backup.file):
        shutil.copy(path, place)
    return Made(read_backup(place / made.backup.file.name), 0)


def test_a_later_backup_in_the_same_folder_tells(before: Made, vault: Vault, tmp_path: Path, clock: FixedClock) -> None:
    later = back_up(vault, tmp_path / "stick", "1")
    assert len(later.backup.manifest.erased) == 1
    assert before.backup.manifest.erased == ()
    far = tmp_path / "far"
    far.mkdir()
    done, there = brought_back(before, far / "clinic", clock)
    assert (done.erased, done.unproven, there) == (1, 0, {"bo"})
    with open_clinic(far / "clinic", PASSPHRASE, clock, floor=CHEAP) as restored:
        (remembered,) = erasures(restored)
        assert remembered.persons == ("ann",)
        actions = [row[0] for row in restored.ledger.database.rows("SELECT action FROM audit ORDER BY seq")]
        assert actions.index("backup.restore") < actions.index("person.erase_again")
        assert (far / "clinic" / FILE).is_file()
        assert back_up(restored, tmp_path / "other", "1").backup.manifest.erased == later.backup.manifest.erased


def test_the_old_clinic_beside_the_new_one_tells(before: Made, vault: Vault, tmp_path: Path, clock: FixedClock) -> None:
    done, there = brought_back(before, tmp_path / "new", clock)
    assert (done.erased, there, done.nobody_tells) == (1, {"bo"}, False)


def test_a_clinic_beside_or_a_later_backup_tells_of_nobody_too(
    open_again: OpenAgain, folder: Path, sheet: Sheet, tmp_path: Path, clock: FixedClock
) -> None:
    with open_again() as vault:
        apply_entries(vault, sheet(PEOPLE), actor="user-1")
        made = back_up(vault, tmp_path / "stick", "1")
    far = tmp_path / "far"
    far.mkdir()
    assert brought_back(made, far / "one", clock)[0].nobody_tells
    assert not brought_back(made, far / "two", clock)[0].nobody_tells  # the first is beside it now
    assert not brought_back(made, tmp_path / "new", clock)[0].nobody_tells
    tomorrow = FixedClock(clock.now() + timedelta(days=1))
    with open_clinic(folder, PASSPHRASE, tomorrow, floor=CHEAP) as later:
        back_up(later, tmp_path / "stick", "1")
    further = tmp_path / "further"
    further.mkdir()
    assert not brought_back(made, further / "one", clock)[0].nobody_tells


def test_where_nobody_tells_a_proof_that_is_named_does(
    before: Made, vault: Vault, tmp_path: Path, clock: FixedClock
) -> None:
    lonely = alone(before, tmp_path / "lonely")
    far = tmp_path / "far"
    far.mkdir()
    done, there = brought_back(lonely, far / "all", clock)
    assert (done.erased, there, done.nobody_tells) == (0, {"ann", "bo"}, True)
    notice = json.loads((vault.folder / FILE).read_text())
    proof = tmp_path / "proof.json"
    proof.write_bytes(sign_proof(vault, {"notice": notice, "reason": "Asked"}))
    done, there = brought_back(lonely, far / "without", clock, proof)
    assert (done.erased, there, done.nobody_tells) == (1, {"bo"}, False)
    (tmp_path / "else.json").write_text("{}")
    with pytest.raises(UsageError, match="erased_file"):
        restore(
            lonely.backup.copy,
            far / "no",
            PASSPHRASE,
            clock,
            erased=[tmp_path / "else.json"],
            reason="The disk broke",
            floor=CHEAP,
        )
    assert not (far / "no").exists()


def test_somebody_whom_the_backup_does_not_know_takes_nobody_out(
    before: Made, vault: Vault, tmp_path: Path, clock: FixedClock
) -> None:
    stranger = Signer(bytes(range(32)))
    body = json.loads((vault.folder / FILE).read_text()) | {"persons": ["bo"], "id": "00", "key": stranger.public.hex()}
    del body["signature"]
    forged = canonical(body | {"signature": stranger.sign(canonical(body)).hex()})
    (tmp_path / "forged").mkdir()
    (tmp_path / "forged" / FILE).write_bytes(forged)
    done, there = brought_back(before, tmp_path / "new", clock)
    assert (done.erased, done.unproven, there) == (1, 1, {"bo"})


@pytest.mark.parametrize("roles", [{Role.FRONT_DESK}, {Role.CLINICIAN, Role.AUDITOR}])
def test_somebody_who_may_not_erase_takes_nobody_out(
    vault: Vault, sheet: Sheet, tmp_path: Path, clock: FixedClock, roles: set[Role]
) -> None:
    """Everybody has a key to sign with; only an administrator's word takes a person out of a backup."""
    apply_entries(vault, sheet(PEOPLE), actor="user-1")
    add_user(vault, PASSPHRASE, "Fay", roles, "one time for fay", cost=CHEAP, floor=CHEAP)
    made = back_up(vault, tmp_path / "stick", "1")
    slots = readable_slot_files(ClinicFolder(vault.folder))[0].file
    signer = Signer(open_slot(slots, "one time for fay", CHEAP, who="Fay").keys.signing_key)
    _lay_notice(tmp_path / "forged", signer)
    done = restore(made.backup.copy, tmp_path / "new", PASSPHRASE, clock, who="user-1", reason="Stolen", floor=CHEAP)
    assert (done.erased, done.unproven) == (0, 1)
    with open_clinic(tmp_path / "new", PASSPHRASE, clock, who="user-1", floor=CHEAP) as restored:
        assert {person.id for person in find_patients(restored)} == {"ann", "bo"}


def test_an_administrator_of_the_day_of_the_backup_takes_somebody_out(
    vault: Vault, sheet: Sheet, tmp_path: Path, clock: FixedClock
) -> None:
    apply_entries(vault, sheet(PEOPLE), actor="user-1")
    made = back_up(vault, tmp_path / "stick", "1")
    _lay_notice(tmp_path / "beside", vault.signer)
    done, there = brought_back(made, tmp_path / "new", clock)
    assert (done.erased, done.unproven, there) == (1, 0, {"ann"})


def _lay_notice(folder: Path, signer: Signer) -> None:
    body = {
        "format": "lantern-erasure/1",
        "store": "clinic-1",
        "id": "aa",
        "persons": ["bo"],
        "at": "2025-07-01T00:00:00+00:00",
        "by": "user-1",
        "key": signer.public.hex(),
    }
    folder.mkdir()
    (folder / FILE).write_bytes(canonical(body | {"signature": signer.sign(canonical(body)).hex()}))


@pytest.mark.parametrize("survivor", ["ann", "bo"])
def test_whoever_was_merged_by_mistake_then_stays(
    vault: Vault, sheet: Sheet, tmp_path: Path, clock: FixedClock, survivor: str
) -> None:
    """The backup shows two people as one; they were taken apart, and then one was erased."""
    apply_entries(vault, sheet(PEOPLE), actor="user-1")
    other = "bo" if survivor == "ann" else "ann"
    merge = merge_people(vault, survivor, other, "user-1")
    made = back_up(vault, tmp_path / "stick", "1")
    unmerge_people(vault, merge, "user-1")
    kept = load_record(vault, "bo")
    erase_person(vault, "ann", Order("Asked", "none"), PASSPHRASE, floor=CHEAP)
    done, there = brought_back(made, tmp_path / "new", clock)
    assert (done.erased, there) == (1, {"bo"})
    with open_clinic(tmp_path / "new", PASSPHRASE, clock, floor=CHEAP) as restored:
        assert load_record(restored, "bo") == kept


def test_a_backup_from_before_still_passes_its_drill(before: Made, vault: Vault, tmp_path: Path) -> None:
    """The clinic lost leaves of its seals since; that is no other history."""
    assert drill(vault, tmp_path / "stick", PASSPHRASE, floor=CHEAP).people == 2


def test_an_administrator_finds_whom_to_erase_and_sees_nobody(before: Made, vault: Vault) -> None:
    add_user(vault, PASSPHRASE, "Ben", [Role.ADMINISTRATOR], "ben's own passphrase", cost=CHEAP, floor=CHEAP)
    assert erasable_people(vault, "No bo") == ("bo",)
    assert erasable_people(vault, "No ann") == ()
