"""Backups and manifests that somebody made up, with the keys they have."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import Cancelled
from engine.store import (
    Role,
    Vault,
    add_user,
    open_clinic,
    remove_user,
)
from engine.store.audit_log import verify_store
from engine.store.backup.contents import contents_of
from engine.store.backup.drill import drill
from engine.store.backup.make import Made, back_up
from engine.store.backup.manifest import backups_in, read_backup, seal_key
from engine.store.backup.meanwhile import Meanwhile
from engine.store.backup.own import own_backups
from engine.store.backup.restore import restore
from engine.store.copies import copy_pages
from engine.store.database import Database
from engine.store.folder import ClinicFolder
from engine.store.signer import Signer
from engine.store.slot_files import open_slot, readable_slot_files
from engine.store.slots import canonical
from tests.engine.store.backup.test_backups import CHEAP, NURSES, PASSPHRASE, add_nurse, check_refused


class TestForged:
    """Whoever works in the clinic has its data key, a key to sign with and the key that backups are sealed to."""

    @pytest.fixture
    def nurses(self, made: Made, filled: Vault) -> Signer:
        """Nia has a slot since; the backup was made by the front desk herself."""
        add_nurse(filled)
        keys = open_slot(readable_slot_files(ClinicFolder(filled.folder))[0].file, NURSES, CHEAP, who="Nia").keys
        return Signer(keys.signing_key)

    def forged(
        self, vault: Vault, stick: Path, signer: Signer, change: Callable[[Database], object], made_by: str = "user-2"
    ) -> Path:
        """Make a copy anew with something changed in it, and sign for it."""
        true = back_up(vault, stick, "0.1").backup
        name, key = true.manifest.name, bytes(range(32))
        true.copy.unlink()
        copy = Database.open(true.copy, key, create=True)
        copy.run("PRAGMA journal_mode = OFF")
        copy_pages(vault.ledger.database, copy)
        copy.run("PRAGMA journal_mode = DELETE")
        change(copy)
        held = contents_of(copy)
        copy.close()
        content = true.copy.read_bytes()
        manifest = replace(
            true.manifest,
            made_by=made_by,
            key=signer.public,
            head=held.head,
            rows=held.rows,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            sealed=seal_key(key, vault.backup_public, true.manifest.store_id, name),
        )
        true.file.write_bytes(manifest.encode(signer))
        return true.file

    def check_not_restored(self, file: Path, folder: Path, clock: FixedClock) -> None:
        def act() -> None:
            restore(file, folder, PASSPHRASE, clock, who="user-1", reason="The disk broke", floor=CHEAP)

        check_refused("backup_altered", act)
        assert not folder.exists()
        assert [path.name for path in folder.parent.glob(".lantern-*")] == []

    def test_one_that_is_only_copied_anew_by_who_may_is_restored(
        self, filled: Vault, nurses: Signer, stick: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        file = self.forged(filled, stick, nurses, lambda copy: None)
        restore(file, tmp_path / "new", PASSPHRASE, clock, who="user-1", reason="The disk broke", floor=CHEAP)
        with open_clinic(tmp_path / "new", PASSPHRASE, clock, who="user-1", floor=CHEAP) as vault:
            assert verify_store(vault).sound

    def test_altered_measurements_are_not_restored(
        self, filled: Vault, nurses: Signer, stick: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        file = self.forged(filled, stick, nurses, lambda copy: copy.run("UPDATE measurement SET number = number + 77"))
        self.check_not_restored(file, tmp_path / "new", clock)
        check_refused("backup_damaged", lambda: drill(filled, stick, PASSPHRASE, who="user-1", floor=CHEAP))

    def test_who_signs_for_somebody_else_is_not_believed(
        self, filled: Vault, nurses: Signer, stick: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        file = self.forged(filled, stick, nurses, lambda copy: None, made_by="user-1")
        self.check_not_restored(file, tmp_path / "new", clock)

    def test_a_chain_that_was_cut_away_is_not_taken_for_an_older_store(
        self, filled: Vault, nurses: Signer, stick: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        def without_chain(copy: Database) -> None:
            for (trigger,) in copy.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                copy.run(f"DROP TRIGGER {trigger}")
            copy.run("UPDATE audit SET form = NULL")
            copy.run("DELETE FROM seal")

        self.check_not_restored(self.forged(filled, stick, nurses, without_chain), tmp_path / "new", clock)

    def test_it_is_stopped_while_every_row_is_checked(self, made: Made, tmp_path: Path, clock: FixedClock) -> None:
        class Impatient(Meanwhile):
            def pause(self, done: int, total: int) -> None:
                if done == total:
                    raise Cancelled

        with pytest.raises(Cancelled):
            restore(
                made.backup.copy,
                tmp_path / "new",
                PASSPHRASE,
                clock,
                reason="The disk broke",
                floor=CHEAP,
                meanwhile=Impatient(),
            )
        assert not (tmp_path / "new").exists()


class TestStrangersFiles:
    """Whoever can write on a stick can lay a manifest there, signed with a key of their own."""

    def lay(self, made: Made, stick: Path, name: str = "zz", **altered: object) -> None:
        stranger = Signer(bytes(32))
        body = made.backup.manifest._body() | {"name": name, "key": stranger.public.hex()} | altered
        content = canonical(body | {"signature": stranger.sign(canonical(body)).hex()})
        (stick / f"{name}.lantern-manifest").write_bytes(content + b"\n")
        (stick / f"{name}.lantern-backup").write_bytes(b"")

    @pytest.mark.parametrize(
        "altered",
        [
            {"made_at": "2025-01-01T00:00:00"},
            {"made_at": 7},
            {"made_at": "soon"},
            {"rows": []},
            {"rows": {"patient": "many"}},
            {"rows": {"patient": -1}},
            {"size": "large"},
            {"size": True},
            {"seq": None},
            {"practice": "no"},
            {"made_by": 1},
            {"store": ["clinic-1"]},
            {"slots": 5},
            {"program": {}},
            {"erased": "x"},
            {"erased": [1]},
            {"erased": None},
        ],
        ids=str,
    )
    def test_an_odd_one_stops_nothing(
        self, made: Made, filled: Vault, stick: Path, tmp_path: Path, clock: FixedClock, altered: dict[str, object]
    ) -> None:
        self.lay(made, stick, **altered)  # type: ignore[arg-type]  # no name among them
        check_refused("backup_damaged", lambda: read_backup(stick / "zz.lantern-manifest"))
        assert [each.manifest.name for each in backups_in(stick)] == [made.backup.manifest.name]
        restore(made.backup.copy, tmp_path / "new", PASSPHRASE, clock, reason="The disk broke", floor=CHEAP)
        back_up(filled, stick, "0.1")

    def test_one_of_a_day_to_come_is_not_tried_in_place_of_the_newest(
        self, made: Made, filled: Vault, stick: Path
    ) -> None:
        self.lay(made, stick, made_at="2099-01-01T00:00:00+00:00")
        assert len(backups_in(stick, "clinic-1")) == 2
        assert [each.manifest.name for each in own_backups(filled, stick)] == [made.backup.manifest.name]
        assert drill(filled, stick, PASSPHRASE, floor=CHEAP).name == made.backup.manifest.name

    def test_they_take_no_place_of_the_clinics_own_in_thinning(self, made: Made, filled: Vault, stick: Path) -> None:
        for day in range(1, 25):
            self.lay(made, stick, f"zz{day}", made_at=f"2099-01-{day:02}T00:00:00+00:00")
        later = back_up(filled, stick, "0.1")
        assert later.removed == 0
        assert len(list(stick.glob("zz*.lantern-manifest"))) == 24
        assert len(own_backups(filled, stick)) == 2

    def test_those_of_somebody_who_was_removed_still_count(
        self, made: Made, filled: Vault, stick: Path, folder: Path, clock: FixedClock
    ) -> None:
        bo = add_user(filled, PASSPHRASE, "Bo", {Role.CLINICIAN}, "one time for bo", cost=CHEAP, floor=CHEAP)
        slots = readable_slot_files(ClinicFolder(folder))[0].file
        signer = Signer(open_slot(slots, "one time for bo", CHEAP, who="Bo").keys.signing_key)
        his = replace(made.backup.manifest, made_by=bo.id, key=signer.public)
        made.backup.file.write_bytes(his.encode(signer))
        remove_user(filled, PASSPHRASE, bo.id, floor=CHEAP)
        assert [each.manifest.made_by for each in own_backups(filled, stick)] == [bo.id]
