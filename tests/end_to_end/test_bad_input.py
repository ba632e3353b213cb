"""What must not work ends in one sentence that says what to do, and the clinic is as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.command import HEADER, PASSPHRASE, PEOPLE, Clinic, Ended, check_refused, contents, held, lantern

SLOTS = ("clinic.lantern", "clinic-copy.lantern")
# Opens a clinic as another program would, says so, and holds it until its input closes.
HOLDER = """
import sys
from pathlib import Path
from engine.domain.ports import SystemClock
from engine.workflows.clinics import open_clinic
with open_clinic(Path(sys.argv[1]), sys.argv[2], SystemClock()):
    print("open", flush=True)
    sys.stdin.read()
"""


# The passphrase


@pytest.mark.parametrize(
    "content",
    [
        PASSPHRASE.encode(),
        PASSPHRASE.encode() + b"\n",
        PASSPHRASE.encode() + b"\r\n",
        b"\xef\xbb\xbf" + PASSPHRASE.encode() + b"\r\n",
    ],
    ids=["bare", "newline", "crlf", "bom"],
)
def test_a_passphrase_file_as_editors_write_it_opens_the_clinic(filled: Clinic, content: bytes) -> None:
    filled.passphrase_file.write_bytes(content)
    assert len(filled.run("patients").json) == 3


@pytest.mark.parametrize(
    ("content", "code", "key"),
    [
        (PASSPHRASE.upper().encode(), 4, "passphrase_wrong"),
        (PASSPHRASE.encode() + b"\n\n", 4, "passphrase_wrong"),  # one line break is dropped, not two
        (PASSPHRASE.encode() + b" \n", 4, "passphrase_wrong"),
        (b"", 2, "passphrase_file_empty"),
        (b"\xef\xbb\xbf\r\n", 2, "passphrase_file_empty"),
        (b"caf\xe9\n", 2, "passphrase_file_unreadable"),
        (PASSPHRASE.encode("utf-16"), 2, "passphrase_file_unreadable"),
        (b"x" * 100_000, 2, "passphrase_file_unreadable"),
        (None, 2, "passphrase_file_unreadable"),
    ],
    ids=["wrong", "two_newlines", "blank", "empty", "newline_only", "latin", "utf16", "huge", "missing"],
)
def test_a_passphrase_that_cannot_be_right_changes_nothing(
    filled: Clinic, content: bytes | None, code: int, key: str
) -> None:
    if content is None:
        filled.passphrase_file.unlink()
    else:
        filled.passphrase_file.write_bytes(content)
    before = contents(filled.folder)
    check_refused(filled.run("patients"), code, f"error.{key}")
    after = contents(filled.folder)
    assert (after.pop("tries.json", None) is not None) is (key == "passphrase_wrong")  # a guess is counted
    assert after == before


def test_a_folder_is_no_passphrase_file(filled: Clinic) -> None:
    ended = lantern("patients", "--store", filled.folder, "--passphrase-file", filled.folder)
    check_refused(ended, 2, "error.passphrase_file_unreadable")


@pytest.mark.parametrize("write", [str, str.lower, lambda key: key.replace("\n", " "), lambda key: key.strip()])
def test_the_recovery_key_opens_the_clinic(filled: Clinic, recovery_key: str, write: Callable[[str], str]) -> None:
    filled.passphrase_file.write_text(write(recovery_key), encoding="utf-8")
    assert len(filled.run("patients").json) == 3


def test_a_recovery_key_with_a_slip_is_a_wrong_passphrase(filled: Clinic, recovery_key: str) -> None:
    slip = ("A" if recovery_key[0] != "A" else "C") + recovery_key[1:]
    filled.passphrase_file.write_text(slip, encoding="utf-8")
    check_refused(filled.run("patients"), 4, "error.passphrase_wrong")


# The store


def _rewrite(names: tuple[str, ...], change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        for name in names:
            (folder / name).write_bytes(change((folder / name).read_bytes()))

    return act


def _flip(at: int) -> Callable[[bytes], bytes]:
    return lambda old: old[:at] + bytes([old[at] ^ 1]) + old[at + 1 :]


def _flip_every_page(old: bytes) -> bytes:
    changed = bytearray(old)
    for at in range(4096 + 100, len(changed), 4096):
        changed[at] ^= 0xFF
    return bytes(changed)


def _remove(*names: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return act


def _folder_in_its_place(folder: Path) -> None:
    (folder / "store.db").unlink()
    (folder / "store.db").mkdir()


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "slots_random": (_rewrite(SLOTS, lambda old: os.urandom(len(old))), "store_slots_damaged"),
    "slots_empty": (_rewrite(SLOTS, lambda old: b""), "store_slots_damaged"),
    "slots_cut": (_rewrite(SLOTS, lambda old: old[:500]), "store_slots_damaged"),
    "slots_one_bit": (_rewrite(SLOTS, _flip(300)), "store_slots_damaged"),
    "slots_newer": (_rewrite(SLOTS, lambda old: old.replace(b"clinic/2", b"clinic/3")), "store_newer"),
    "slots_missing": (_remove(*SLOTS), "store_keys_missing"),
    "database_random": (_rewrite(("store.db",), lambda old: os.urandom(len(old))), "store_damaged"),
    "database_empty": (_rewrite(("store.db",), lambda old: b""), "store_damaged"),
    "database_cut_short": (_rewrite(("store.db",), lambda old: old[:100]), "store_damaged"),
    "database_cut_in_half": (_rewrite(("store.db",), lambda old: old[: len(old) // 2]), "store_damaged"),
    "database_lost_its_last_page": (_rewrite(("store.db",), lambda old: old[:-4096]), "store_damaged"),
    "database_first_page": (_rewrite(("store.db",), _flip(50)), "store_damaged"),
    "database_every_other_page": (_rewrite(("store.db",), _flip_every_page), "store_damaged"),
    "database_in_plain": (_rewrite(("store.db",), lambda old: b"SQLite format 3\0" + old[16:]), "store_plaintext"),
    "database_missing": (_remove("store.db"), "store_file_missing"),
    "database_a_folder": (_folder_in_its_place, "store_file_missing"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_told_apart_from_a_wrong_passphrase_and_left_as_it_is(filled: Clinic, damage: str) -> None:
    change, key = DAMAGE[damage]
    change(filled.folder)
    before = contents(filled.folder)
    check_refused(filled.run("patients"), 5, f"error.{key}")
    assert contents(filled.folder) == before


@pytest.mark.parametrize(
    "words", [("assess-all",), ("export", "--output", "out.csv"), ("report", "--all", "--out", ".")]
)
def test_no_command_works_on_a_damaged_store(
    filled: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    (place := tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(place)
    _rewrite(("store.db",), _flip_every_page)(filled.folder)
    before = contents(filled.folder)
    check_refused(filled.run(*words), 5, "error.store_damaged")
    assert contents(filled.folder) == before
    assert contents(place) == {}


def test_a_wrong_passphrase_is_still_wrong_where_the_database_is_damaged(filled: Clinic) -> None:
    (filled.folder / "store.db").write_bytes(b"x" * 10_000)
    filled.passphrase_file.write_text("another one", encoding="utf-8")
    check_refused(filled.run("patients"), 4, "error.passphrase_wrong")


def test_one_damaged_copy_of_the_key_file_is_mended_from_the_other(filled: Clinic) -> None:
    before = held(filled.folder)
    (filled.folder / SLOTS[0]).write_bytes(b"x")
    assert len(filled.run("patients").json) == 3
    assert held(filled.folder) == before


def test_the_database_of_another_clinic_is_not_opened(filled: Clinic, new_clinic: Callable[..., Clinic]) -> None:
    other = new_clinic("other")
    (filled.folder / "store.db").write_bytes((other.folder / "store.db").read_bytes())
    ended = filled.run("patients")
    assert (ended.code, ended.err.count("\n")) == (5, 1)


def test_a_store_of_a_later_program_is_not_opened(filled: Clinic) -> None:
    from engine.store.database import Database
    from engine.store.folder import ClinicFolder
    from engine.store.slot_files import open_slot, readable_slot_files
    from engine.store.slots import FLOOR

    place = ClinicFolder(filled.folder)
    data_key = open_slot(readable_slot_files(place)[0].file, PASSPHRASE, FLOOR).keys.data_key
    database = Database.open(place.database, data_key)
    database.run("PRAGMA user_version = 99")
    database.close()
    before = contents(filled.folder)
    check_refused(filled.run("patients"), 5, "error.store_newer")
    assert contents(filled.folder) == before


@pytest.mark.parametrize(
    ("store", "key"),
    [("nowhere", "store_missing"), ("passphrase.txt", "store_not_folder"), (".", "store_missing"), ("x" * 300, None)],
)
def test_what_is_no_clinic_is_not_opened(filled: Clinic, tmp_path: Path, store: str, key: str | None) -> None:
    before = contents(tmp_path)
    ended = lantern("patients", "--store", tmp_path / store, "--passphrase-file", filled.passphrase_file)
    check_refused(ended, 5, f"error.{key or 'store_path_too_long'}")
    assert contents(tmp_path) == before


@contextmanager
def held_by_another_program(folder: Path) -> Iterator[None]:
    words = [sys.executable, "-c", HOLDER, str(folder), PASSPHRASE]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"open"
        yield
        other.communicate()
    assert other.returncode == 0


def test_a_clinic_that_another_program_has_open_is_in_use_until_it_closes(filled: Clinic, tmp_path: Path) -> None:
    (table := tmp_path / "more.csv").write_text(HEADER + PEOPLE.replace("2024", "2023"), encoding="utf-8")
    with held_by_another_program(filled.folder):
        check_refused(filled.run("patients"), 5, "error.store_in_use")
        check_refused(filled.run("import", table), 5, "error.store_in_use")
    assert len(filled.export(tmp_path / "out.csv")) == 3
    assert filled.run("import", table).code == 0


# Making a clinic


def create(folder: Path, passphrase_file: Path, *words: str, name: str = "Maple Lane", country: str = "GBR") -> Ended:
    return lantern(
        *("create", "--store", folder, "--passphrase-file", passphrase_file),
        *("--name", name, "--country", country, *words),
    )


CREATIONS: dict[str, tuple[dict[str, str], tuple[str, ...], int, str]] = {
    "unknown_country": ({"country": "XXX"}, (), 2, "country_unknown"),
    "name_of_a_country": ({"country": "China"}, (), 2, "country_unknown"),
    "no_country": ({"country": ""}, (), 2, "country_unknown"),
    "braces": ({"country": "{x}"}, (), 2, "country_unknown"),
    "no_name": ({"name": " \t"}, (), 2, "clinic_name_empty"),
    "control_codes": ({"name": "\x00\x1b"}, (), 2, "clinic_name_empty"),
    "long_name": ({"name": "x" * 121}, (), 2, "clinic_name_too_long"),
    "broken_name": ({"name": "Caf\udce9"}, (), 2, "argument_not_text"),
    "unknown_setting": ({}, ("--set", "colour=red"), 2, "setting_unknown"),
    "field_of_patients": ({}, ("--set", "age=40"), 2, "setting_unknown"),
    "wrong_setting": ({}, ("--set", "score2_region=lowish"), 2, "setting_value"),
    "empty_setting": ({}, ("--set", "score2_region="), 2, "setting_value"),
    "wrong_number": ({}, ("--set", "baseline_year=1e999"), 2, "setting_value"),
    "second_country": ({}, ("--set", "country_iso3=CHN"), 2, "setting_is_country"),
    "no_sign": ({}, ("--set", "score2_region"), 2, "assignment_shape"),
    "twice": ({}, ("--set", "score2_region=low", "--set", "score2_region=high"), 2, "assignment_twice"),
    "key_exists": ({}, ("--recovery-out", "old.key"), 3, "recovery_out_exists"),
    "key_nowhere": ({}, ("--recovery-out", "missing/new.key"), 3, "output_unwritable"),
}


@pytest.mark.parametrize("case", CREATIONS)
def test_a_clinic_that_cannot_be_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    said, words, code, key = CREATIONS[case]
    monkeypatch.chdir(tmp_path)
    (passphrase_file := tmp_path / "pass.txt").write_text(PASSPHRASE, encoding="utf-8")
    (tmp_path / "old.key").write_text("the key of another clinic", encoding="utf-8")
    before = contents(tmp_path)
    ended = create(tmp_path / "clinic", passphrase_file, *words, **said)
    check_refused(ended, code, f"error.{key}")
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("store", "key"),
    [
        ("full", "store_not_empty"),
        ("file", "store_not_folder"),
        ("file/clinic", "store_not_folder"),
        ("x" * 300, "store_path_too_long"),
    ],
)
def test_a_clinic_is_made_only_where_nothing_is(tmp_path: Path, store: str, key: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine", encoding="utf-8")
    (passphrase_file := tmp_path / "file").write_text(PASSPHRASE, encoding="utf-8")
    before = contents(tmp_path)
    ended = create(tmp_path / store, passphrase_file, "--recovery-out", str(tmp_path / "new.key"))
    check_refused(ended, 5, f"error.{key}")
    assert contents(tmp_path) == before  # the file for the key is gone again too


def test_a_clinic_is_not_made_over_another(filled: Clinic) -> None:
    before = contents(filled.folder)
    check_refused(create(filled.folder, filled.passphrase_file), 5, "error.store_not_empty")
    assert contents(filled.folder) == before


@pytest.mark.parametrize("content", [b"", b"\n", b"caf\xe9"])
def test_a_clinic_is_not_made_without_a_passphrase(tmp_path: Path, content: bytes) -> None:
    (passphrase_file := tmp_path / "pass.txt").write_bytes(content)
    ended = create(tmp_path / "clinic", passphrase_file)
    check_refused(ended, 2, f"error.passphrase_file_{'unreadable' if b'caf' in content else 'empty'}")
    assert contents(tmp_path) == {"pass.txt": content}


@pytest.mark.parametrize("country", ["CHN", "CN", "chn", " cn "])
def test_a_country_is_known_by_both_its_codes(tmp_path: Path, country: str) -> None:
    (passphrase_file := tmp_path / "pass.txt").write_text(PASSPHRASE, encoding="utf-8")
    ended = create(tmp_path / "clinic", passphrase_file, "--json", country=country)
    assert ended.code == 0
    assert ended.json["settings"]["country_iso3"] == "CHN"


def test_the_name_of_a_clinic_is_one_line(tmp_path: Path) -> None:
    (passphrase_file := tmp_path / "pass.txt").write_text(PASSPHRASE, encoding="utf-8")
    ended = create(tmp_path / "clinic", passphrase_file, "--json", name=" Maple\n\x07Lane\u2028Clinic ")
    assert ended.json["name"] == "Maple Lane Clinic"
