"""Making and opening a clinic, and each way in which that is refused."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.assessment import Clinic
from engine.domain.ports import FixedClock
from engine.errors import PassphraseError, StoreError, UsageError
from engine.store import (
    EVERY_ROLE,
    Cost,
    RecoveryKey,
    Vault,
    apply_entries,
    count_people,
    create_clinic,
    is_clinic,
    is_practice,
    load_clinic,
    load_users,
    open_clinic,
)
from engine.store.slot_format import read_slot_file
from engine.wording import LANGUAGES, load_wording

OpenAgain = Callable[[], Vault]
CHEAP = Cost(64, 1, 1)
PASSPHRASE = "correct horse battery"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "lock"}


def put_back(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder hold these files and no journal of another state."""
    for name in ("store.db-wal", "store.db-shm"):
        (folder / name).unlink(missing_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def refusal(folder: Path, clock: FixedClock, secret: str = PASSPHRASE) -> str:
    """Try to open; return the code of the refusal, having checked that nothing changed and a sentence exists."""
    before = contents(folder) if folder.is_dir() else None
    with pytest.raises((StoreError, PassphraseError)) as caught:
        open_clinic(folder, secret, clock, floor=CHEAP)
    if before is not None:
        assert contents(folder) == before
    for language in LANGUAGES:
        sentence = load_wording(language).error(caught.value)
        assert str(folder) not in sentence
        assert not secret or secret not in sentence
    assert str(folder) not in str(caught.value)
    return caught.value.code


def damage(folder: Path, clock: FixedClock) -> list[str]:
    """Return what opening, and then the check of the whole file, say is damaged."""
    try:
        with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:
            return vault.damage()
    except StoreError as error:
        return [error.code] if error.code == "store_damaged" else []


class TestCreating:
    def test_the_clinic_opens_with_what_it_was_set_up_with(self, vault: Vault, clinic: Clinic) -> None:
        assert load_clinic(vault) == clinic
        assert [user.name for user in load_users(vault)] == ["Ada Okafor"]
        assert vault.user.roles == EVERY_ROLE

    def test_the_folder_holds_the_clinic_and_nothing_else(self, folder: Path, recovery_key: RecoveryKey) -> None:
        assert sorted(os.listdir(folder)) == [
            "anchor-1.lantern",
            "anchor-2.lantern",
            "clinic-copy.lantern",
            "clinic.lantern",
            "lock",
            "store.db",
        ]
        assert sorted(os.listdir(folder.parent)) == ["clinic"]
        assert is_clinic(folder)
        assert not is_clinic(folder.parent)

    def test_missing_parents_are_made(self, tmp_path: Path, clinic: Clinic, clock: FixedClock) -> None:
        create_clinic(tmp_path / "a" / "b" / "clinic", PASSPHRASE, clinic, clock, cost=CHEAP)
        assert is_clinic(tmp_path / "a" / "b" / "clinic")

    def test_an_empty_folder_is_used_as_it_is(self, folder: Path, clinic: Clinic, clock: FixedClock) -> None:
        folder.mkdir()
        number = folder.stat().st_ino
        create_clinic(folder, PASSPHRASE, clinic, clock, cost=CHEAP)
        assert folder.stat().st_ino == number  # it may be a mount point
        open_clinic(folder, PASSPHRASE, clock, floor=CHEAP).close()

    def test_a_folder_with_files_is_left_alone(self, folder: Path, clinic: Clinic, clock: FixedClock) -> None:
        folder.mkdir()
        (folder / "letter.txt").write_text("mine")
        with pytest.raises(StoreError, match="store_not_empty"):
            create_clinic(folder, PASSPHRASE, clinic, clock, cost=CHEAP)
        assert contents(folder) == {"letter.txt": b"mine"}

    def test_a_second_clinic_in_the_same_folder_is_refused(
        self, folder: Path, recovery_key: RecoveryKey, clinic: Clinic, clock: FixedClock
    ) -> None:
        before = contents(folder)
        with pytest.raises(StoreError, match="store_not_empty"):
            create_clinic(folder, "another passphrase", clinic, clock, cost=CHEAP)
        assert contents(folder) == before

    @pytest.mark.parametrize("below", [(), ("clinic",), ("a", "clinic")])
    def test_a_file_in_the_way_is_refused(
        self, tmp_path: Path, below: tuple[str, ...], clinic: Clinic, clock: FixedClock
    ) -> None:
        (tmp_path / "file").write_text("mine")
        with pytest.raises(StoreError, match="store_not_folder"):
            create_clinic(tmp_path.joinpath("file", *below), PASSPHRASE, clinic, clock, cost=CHEAP)
        assert contents(tmp_path) == {"file": b"mine"}

    @pytest.mark.parametrize("parts", [("x" * 300,), ("y" * 200, "z" * 200, "x" * 200), ("a", "x" * 300)])
    def test_a_path_that_is_too_long_leaves_nothing_behind(
        self, tmp_path: Path, parts: tuple[str, ...], clinic: Clinic, clock: FixedClock
    ) -> None:
        with pytest.raises(StoreError, match="store_path_too_long"):
            create_clinic(tmp_path.joinpath(*parts), PASSPHRASE, clinic, clock, cost=CHEAP)
        assert not os.listdir(tmp_path)

    def test_an_empty_passphrase_is_refused(self, folder: Path, clinic: Clinic, clock: FixedClock) -> None:
        with pytest.raises(UsageError, match="passphrase_empty"):
            create_clinic(folder, "", clinic, clock, cost=CHEAP)
        assert not folder.exists()

    def test_a_practice_clinic_says_so_before_it_is_unlocked(self, folder: Path, clock: FixedClock) -> None:
        create_clinic(folder, PASSPHRASE, Clinic("p", "Practice", {}, practice=True), clock, cost=CHEAP)
        assert is_practice(folder)


class TestOpening:
    def test_the_recovery_key_opens_too(self, folder: Path, recovery_key: RecoveryKey, clock: FixedClock) -> None:
        for text in (recovery_key.text, recovery_key.text.lower().replace(" ", ""), recovery_key.signs):
            with open_clinic(folder, text, clock, floor=CHEAP) as vault:
                assert vault._database.rows("SELECT count(*) FROM patient") == [(0,)]

    def test_no_name_and_no_key_lies_in_any_file(
        self, folder: Path, recovery_key: RecoveryKey, open_again: OpenAgain, sheet: Callable[..., object]
    ) -> None:
        row = {"person": "p", "visit_date": "2024-01-02", "name": "Wilhelmina Quist", "sbp_mmhg": 140.0}
        with open_again() as vault:
            apply_entries(vault, sheet([row]), actor="user-1")  # type: ignore[arg-type]  # a fixture
            open_files = b"".join(contents(folder).values())
        for content in (open_files, b"".join(contents(folder).values())):
            assert b"Wilhelmina" not in content
            assert b"Maple Lane" not in content
            assert recovery_key.signs.encode() not in content
            assert PASSPHRASE.encode() not in content

    def test_a_wrong_passphrase_is_told_apart_from_damage(
        self, folder: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        assert refusal(folder, clock, "correct horse batterx") == "passphrase_wrong"
        assert refusal(folder, clock, "") == "passphrase_wrong"
        other = RecoveryKey.generate(os.urandom)
        assert refusal(folder, clock, other.text) == "passphrase_wrong"

    def test_a_folder_without_a_clinic(self, tmp_path: Path, clock: FixedClock) -> None:
        assert refusal(tmp_path, clock) == "store_missing"
        assert refusal(tmp_path / "nowhere", clock) == "store_missing"
        assert not os.listdir(tmp_path)  # looking made nothing

    def test_a_file_instead_of_a_folder(self, tmp_path: Path, clock: FixedClock) -> None:
        (tmp_path / "file").write_text("mine")
        assert refusal(tmp_path / "file", clock) == "store_not_folder"

    def test_a_missing_database_is_not_made_anew(
        self, folder: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        (folder / "store.db").unlink()
        assert refusal(folder, clock) == "store_file_missing"
        (folder / "store.db").mkdir()
        assert refusal_of_folder_as_file(folder, clock) == "store_file_missing"

    def test_one_damaged_or_missing_slot_file_is_restored_from_the_other(
        self, folder: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        whole = contents(folder)
        for name in ("clinic.lantern", "clinic-copy.lantern"):
            for content in (None, b"", whole[name][:50], whole[name].replace(b"argon2id", b"argon2ie")):
                (folder / name).unlink()
                if content is not None:
                    (folder / name).write_bytes(content)
                open_clinic(folder, PASSPHRASE, clock, floor=CHEAP).close()
                assert {name: contents(folder)[name] for name in ("clinic.lantern", "clinic-copy.lantern")} == {
                    name: whole[name] for name in ("clinic.lantern", "clinic-copy.lantern")
                }

    def test_two_damaged_slot_files_are_damage_and_no_wrong_passphrase(
        self, folder: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        for name in ("clinic.lantern", "clinic-copy.lantern"):
            content = bytearray((folder / name).read_bytes())
            content[len(content) // 2] ^= 4
            (folder / name).write_bytes(content)
        assert refusal(folder, clock) == "store_slots_damaged"

    def test_slot_files_that_somebody_wrote_without_the_key_are_not_trusted(
        self, folder: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        genuine = (folder / "clinic.lantern").read_bytes()
        file = read_slot_file(genuine).file
        forged = replace(file, revision=9, practice=True).encode(bytes(32))
        (folder / "clinic.lantern").write_bytes(forged)
        open_clinic(folder, PASSPHRASE, clock, floor=CHEAP).close()
        assert (folder / "clinic.lantern").read_bytes() == genuine  # mended from the other copy
        for name in ("clinic.lantern", "clinic-copy.lantern"):
            (folder / name).write_bytes(forged)
        assert refusal(folder, clock) == "store_slots_damaged"

    def test_a_database_of_another_store_is_refused(
        self, folder: Path, open_again: OpenAgain, clock: FixedClock
    ) -> None:
        with open_again() as vault, vault.scratch() as database:
            database.run("UPDATE store SET id = 'clinic-2'")
        assert refusal(folder, clock) == "store_foreign"

    def test_slots_of_another_clinic_do_not_open_this_one(
        self, folder: Path, recovery_key: RecoveryKey, tmp_path: Path, clock: FixedClock
    ) -> None:
        create_clinic(tmp_path / "other", PASSPHRASE, Clinic("clinic-2", "Other", {}), clock, cost=CHEAP)
        for name in ("clinic.lantern", "clinic-copy.lantern"):
            shutil.copy(tmp_path / "other" / name, folder / name)
        assert refusal(folder, clock) == "store_damaged"

    def test_cheaper_key_derivation_than_allowed_is_refused(
        self, folder: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        with pytest.raises(StoreError, match="store_slots_weak"):
            open_clinic(folder, PASSPHRASE, clock)

    def test_a_plaintext_database_in_its_place_is_not_opened(
        self, folder: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        (folder / "store.db").unlink()
        plain = sqlite3.connect(folder / "store.db")
        plain.execute("CREATE TABLE patient(name TEXT)")
        plain.commit()
        plain.close()
        assert refusal(folder, clock) == "store_plaintext"

    @pytest.mark.parametrize("content", [b"", b"x", b"\x00" * 5000, os.urandom(20_000)])
    def test_anything_else_in_its_place_is_damage(
        self, folder: Path, recovery_key: RecoveryKey, clock: FixedClock, content: bytes
    ) -> None:
        (folder / "store.db").write_bytes(content)
        assert refusal(folder, clock) == "store_damaged"

    def test_every_flipped_bit_is_found_by_opening_or_by_the_check(
        self, folder: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        kept = contents(folder)
        whole = kept["store.db"]
        for place in [*range(0, 100, 7), *range(100, len(whole), len(whole) // 60), len(whole) - 1]:
            damaged = bytearray(whole)
            damaged[place] ^= 1 << (place % 8)
            put_back(folder, {**kept, "store.db": bytes(damaged)})
            assert damage(folder, clock), f"byte {place}"

    def test_every_cut_is_found_by_opening_or_by_the_check(
        self, folder: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        kept = contents(folder)
        whole = kept["store.db"]
        lengths = [*range(4096, len(whole), 4096 * 5), *range(1, len(whole), len(whole) // 20 + 13)]
        for length in lengths:
            put_back(folder, {**kept, "store.db": whole[:length]})
            assert damage(folder, clock), f"cut to {length}"

    def test_a_newer_store_is_refused_untouched(self, folder: Path, open_again: OpenAgain, clock: FixedClock) -> None:
        with open_again() as vault, vault.scratch() as database:
            database.run("PRAGMA user_version = 999")
        assert refusal(folder, clock) == "store_newer"

    def test_a_database_that_is_not_ours_is_refused(
        self, folder: Path, open_again: OpenAgain, clock: FixedClock
    ) -> None:
        with open_again() as vault, vault.scratch() as database:
            database.run("PRAGMA application_id = 7")
        assert refusal(folder, clock) == "store_foreign"

    def test_a_second_opening_is_refused_and_the_first_goes_on(self, open_again: OpenAgain, vault: Vault) -> None:
        with pytest.raises(StoreError, match="store_in_use"):
            open_again()
        assert count_people(vault) == 0

    def test_another_process_is_refused_until_this_one_closes_or_dies(
        self, folder: Path, open_again: OpenAgain
    ) -> None:
        holder = (
            "import sys; from pathlib import Path; from engine.store import open_clinic, Cost;"
            "from engine.domain.ports import SystemClock;"
            f"v = open_clinic(Path(sys.argv[1]), {PASSPHRASE!r}, SystemClock(), floor=Cost(64, 1, 1));"
            "print('open', flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", holder, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == b"open"
            with pytest.raises(StoreError, match="store_in_use"):
                open_again()
            process.kill()  # as a power cut would: the lock file stays, the lock does not
        assert (folder / "lock").exists()
        open_again().close()


def refusal_of_folder_as_file(folder: Path, clock: FixedClock) -> str:
    with pytest.raises(StoreError) as caught:
        open_clinic(folder, PASSPHRASE, clock, floor=CHEAP)
    return caught.value.code
