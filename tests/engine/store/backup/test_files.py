"""Attached files in backups: copied once, named by each manifest, gone with the last that names them, given back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import StoreError
from engine.store import Reading, Vault, attach_file, attached_files, open_clinic, read_attached
from engine.store.audit_log import verify_store
from engine.store.backup.drill import drill
from engine.store.backup.files import files_beside
from engine.store.backup.make import Made, back_up
from engine.store.backup.manifest import read_backup
from engine.store.backup.restore import restore
from engine.store.erasure.erase import Order, erase_person
from tests.engine.store.conftest import CHEAP, NOW, PASSPHRASE
from tests.engine.store.entering import PLAIN, new_file


def attach(vault: Vault, content: bytes = PLAIN, person: str = "p0") -> str:
    return attach_file(vault, person, new_file(content), actor="user-1")[0].id


def beside(stick: Path) -> Path:
    return files_beside(stick, "clinic-1")


def given_back(made: Made, folder: Path, clock: FixedClock) -> tuple[int, Path]:
    done = restore(made.backup.file, folder, PASSPHRASE, clock, reason="The disk broke", floor=CHEAP)
    return done.files_lacking, folder


@pytest.fixture
def restored(tmp_path: Path, clock: FixedClock) -> Iterator[Callable[[Made], tuple[int, Vault]]]:
    opened: list[Vault] = []

    def give(made: Made) -> tuple[int, Vault]:
        lacking, folder = given_back(made, tmp_path / "new", clock)
        opened.append(open_clinic(folder, PASSPHRASE, clock, floor=CHEAP))
        return lacking, opened[-1]

    yield give
    for vault in opened:
        vault.close()


def test_a_file_is_copied_once_and_every_backup_names_it(filled: Vault, stick: Path) -> None:
    attach(filled, b"first")
    one = back_up(filled, stick, "0.1")
    (first,) = beside(stick).iterdir()
    inode = first.stat().st_ino
    attach(filled, b"second")
    filled.clock = FixedClock(NOW + timedelta(days=1))
    two = back_up(filled, stick, "0.1")
    assert first.stat().st_ino == inode
    assert len(list(beside(stick).iterdir())) == 2
    assert [len(made.backup.manifest.files) for made in (one, two)] == [1, 2]
    assert first.read_bytes() == (filled.folder / "files" / first.name).read_bytes()


def test_a_restored_clinic_has_its_files(
    filled: Vault, stick: Path, restored: Callable[[Made], tuple[int, Vault]]
) -> None:
    file_id = attach(filled)
    lacking, vault = restored(back_up(filled, stick, "0.1"))
    assert lacking == 0
    assert b"".join(read_attached(vault, "p0", file_id, Reading.VIEW)) == PLAIN
    assert verify_store(vault).sound


def test_a_file_that_is_damaged_on_the_stick_fails_the_drill_and_is_copied_again_within_a_week(
    filled: Vault, stick: Path
) -> None:
    attach(filled)
    back_up(filled, stick, "0.1")
    drill(filled, stick, PASSPHRASE, floor=CHEAP)
    (copy,) = beside(stick).iterdir()
    whole = copy.read_bytes()
    copy.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(StoreError, match="backup_damaged"):
        drill(filled, stick, PASSPHRASE, floor=CHEAP)
    due = next(day for day in range(7) if int(copy.name[:8], 16) % 7 == (NOW.toordinal() + day) % 7)
    filled.clock = FixedClock(NOW + timedelta(days=due))
    back_up(filled, stick, "0.1")
    assert copy.read_bytes() == whole
    drill(filled, stick, PASSPHRASE, floor=CHEAP)


def test_a_file_that_is_lost_on_the_stick_is_told_and_everything_else_is_restored(
    filled: Vault, stick: Path, restored: Callable[[Made], tuple[int, Vault]]
) -> None:
    lost = attach(filled, b"lost")
    made = back_up(filled, stick, "0.1")
    (copy,) = beside(stick).iterdir()
    copy.unlink()
    lacking, vault = restored(made)
    assert lacking == 1
    assert [file.id for file in attached_files(vault, "p0")] == [lost]
    with pytest.raises(StoreError, match="attached_missing"):
        b"".join(read_attached(vault, "p0", lost, Reading.VIEW))
    assert not verify_store(vault).sound


@pytest.mark.untied
def test_a_file_that_the_clinic_lost_does_not_keep_the_rest_from_being_backed_up(filled: Vault, stick: Path) -> None:
    attach(filled, b"lost before it was ever copied")
    (sealed,) = (filled.folder / "files").iterdir()
    sealed.unlink()
    made = back_up(filled, stick, "0.1")
    assert made.backup.manifest.lacking == (sealed.name,)
    assert made.backup.manifest.files == ()
    drill(filled, stick, PASSPHRASE, floor=CHEAP)


@pytest.mark.untied
def test_a_file_that_the_clinic_lost_later_stays_in_new_backups(filled: Vault, stick: Path) -> None:
    attach(filled)
    back_up(filled, stick, "0.1")
    (sealed,) = (filled.folder / "files").iterdir()
    sealed.unlink()
    made = back_up(filled, stick, "0.1")
    assert [each.name for each in made.backup.manifest.files] == [sealed.name]
    assert made.backup.manifest.lacking == ()


def test_what_no_manifest_names_is_removed_and_nothing_while_one_cannot_be_read(filled: Vault, stick: Path) -> None:
    attach(filled, b"kept", "p1")
    attach(filled, b"of who asked to be erased")
    back_up(filled, stick, "0.1")
    erase_person(filled, "p0", Order("Asked for it", "none"), PASSPHRASE, floor=CHEAP)
    assert len(list((filled.folder / "files").iterdir())) == 1
    back_up(filled, stick, "0.1")
    assert len(list(beside(stick).iterdir())) == 2  # the first backup still names it
    broken = stick / "lantern-clinic1-broken.lantern-manifest"
    broken.write_bytes(b"{")
    assert back_up(filled, stick, "0.1").removed == 1  # of one day the last two are kept
    assert len(list(beside(stick).iterdir())) == 2
    broken.unlink()
    back_up(filled, stick, "0.1")
    assert len(list(beside(stick).iterdir())) == 1


def test_who_was_erased_since_comes_back_without_their_files(
    filled: Vault, stick: Path, restored: Callable[[Made], tuple[int, Vault]]
) -> None:
    attach(filled, b"hers alone")
    kept = attach(filled, b"his", "p1")
    made = back_up(filled, stick, "0.1")
    erase_person(filled, "p0", Order("Asked for it", "none"), PASSPHRASE, floor=CHEAP)
    back_up(filled, stick, "0.1")
    lacking, vault = restored(made)
    assert lacking == 0
    assert len(list((vault.folder / "files").iterdir())) == 1
    assert b"".join(read_attached(vault, "p1", kept, Reading.VIEW)) == b"his"
    assert verify_store(vault).sound


def test_a_manifest_cannot_lead_out_of_its_folder(filled: Vault, stick: Path) -> None:
    attach(filled)
    made = back_up(filled, stick, "0.1")
    (name,) = (each.name for each in made.backup.manifest.files)
    forged = made.backup.file.read_text().replace(name, "../" + name[3:])
    made.backup.file.write_text(forged)
    with pytest.raises(StoreError, match="backup_damaged"):
        read_backup(made.backup.file)
