"""Making a clinic safely, and checking one, with the command."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.command import Clinic, check_refused, lantern, says


def test_a_clinic_is_not_made_with_a_passphrase_that_is_too_short(tmp_path: Path) -> None:
    (short := tmp_path / "short.txt").write_text("seven77", encoding="utf-8")
    words = ("--name", "Maple Lane", "--country", "GBR", "--recovery-out", tmp_path / "key")
    ended = lantern("create", "--store", tmp_path / "clinic", "--passphrase-file", short, *words)
    check_refused(ended, 2, "error.passphrase_too_short")
    assert [path.name for path in tmp_path.iterdir()] == ["short.txt"]


def test_who_makes_a_clinic_may_be_named(tmp_path: Path) -> None:
    (secret := tmp_path / "secret.txt").write_text("correct horse battery", encoding="utf-8")
    clinic = Clinic(tmp_path / "clinic", secret)
    made = clinic.run("create", "--name", "Maple Lane", "--country", "GBR", "--user", "Ada Okafor")
    assert made.code == 0, made.err
    assert [user["name"] for user in clinic.run("users", "list", "--json").json] == ["Ada Okafor"]
    assert clinic.run("patients", "--user", "ada okafor").code == 0


def test_a_damaged_page_is_what_verify_tells(filled: Clinic) -> None:
    path = filled.folder / "store.db"
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096 - 1):
        content[page * 4096 + 2000] ^= 1
    path.write_bytes(content)
    told = filled.run("verify")
    assert told.code == 5
    assert not told.err or "write to this folder" not in told.err
    ended = filled.run("verify", "--json")
    assert ended.code == 5
    if ended.out:  # else the first pages are damaged, and the one sentence says so
        assert json.loads(ended.out)["sound"] is False
    else:
        assert says(ended.err.removesuffix("\n"), "error.store_damaged")


def test_one_damaged_page_at_the_end_is_a_finding(filled: Clinic) -> None:
    path = filled.folder / "store.db"
    content = bytearray(path.read_bytes())
    content[len(content) - 3000] ^= 1
    path.write_bytes(content)
    ended = filled.run("verify", "--json")
    assert ended.code == 5, ended.err
    found = ended.json
    assert found["sound"] is False
    assert "file_damaged" in {finding["flaw"] for finding in found["findings"]}


def test_a_wrong_checkpoint_is_one_finding(filled: Clinic) -> None:
    ended = filled.run("verify", "--checkpoint", "L1-1-AAAA-AAAA-AAAA-AAAA")
    assert ended.code == 5
    assert "Not sound: 1 finding" in ended.out


def test_a_missing_anchor_is_told_until_somebody_has_looked_at_it(filled: Clinic) -> None:
    for name in ("anchor-1.lantern", "anchor-2.lantern"):
        (filled.folder / name).unlink()
    for _ in range(3):
        told = filled.run("patients")
        assert (told.code, says(told.err.removesuffix("\n"), "review.anchor_open")) == (0, True)
        checked = filled.run("verify")
        assert checked.code == 5
        assert "Both anchor files are missing" in checked.out
        assert "Not sound: 1 finding" in checked.out
    found = filled.run("verify", "--json").json
    assert (found["sound"], found["anchor"], found["anchor_unseen"][0]["anchor"]) == (False, "sound", "none")
    (item,) = filled.run("review", "--json").json
    check_refused(filled.run("review", item["id"]), 2, "error.reason_needed")
    assert filled.run("review", item["id"], "--reason", "I put the disk into another computer").code == 0
    assert filled.run("patients").err == ""
    assert filled.run("verify").code == 0


def test_going_on_needs_a_reason(filled: Clinic) -> None:
    for reason in ("", "  "):
        check_refused(filled.run("verify", "--go-on", reason), 2, "error.reason_needed")


def test_a_restore_without_a_reason_says_so_in_the_log(filled: Clinic, tmp_path: Path) -> None:
    made = filled.run("backup", "--to", tmp_path / "stick", "--json").json
    new = Clinic(tmp_path / "new", filled.passphrase_file)
    restored = new.run("restore", "--from", made["file"])
    assert restored.code == 0, restored.err
    assert says(restored.err.removesuffix("\n"), "cli.no_reason_warning")
    (entry,) = [each for each in new.run("audit", "--json").json["entries"] if each["action"] == "backup.restore"]
    assert "No reason was given" in entry["detail"]
