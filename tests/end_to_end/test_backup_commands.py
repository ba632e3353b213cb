"""Backup, restore and drill with the command."""

from __future__ import annotations

from pathlib import Path

from engine.wording import load_wording
from tests.end_to_end.command import Clinic, check_refused, lantern, says


def test_a_backup_is_made_tried_and_restored(filled: Clinic, tmp_path: Path) -> None:
    before = filled.records(tmp_path / "before.csv")
    made = filled.run("backup", "--to", tmp_path / "stick", "--json")
    assert (made.code, made.err) == (0, "")
    assert (made.json["people"], made.json["visits"], made.json["removed"]) == (3, 3, 0)
    drilled = filled.run("drill", "--json")
    assert drilled.code == 0, drilled.err
    assert drilled.json["people"] == 3
    new = Clinic(tmp_path / "new", filled.passphrase_file)
    restored = new.run("restore", "--from", made.json["file"], "--reason", "The disk broke", "--json")
    assert restored.code == 0, restored.err
    assert (restored.json["people"], restored.json["backup"]) == (3, Path(made.json["file"]).stem)
    assert new.records(tmp_path / "after.csv")[0] == before[0]


def test_people_are_told_in_words(filled: Clinic, tmp_path: Path) -> None:
    made = filled.run("backup", "--to", tmp_path / "stick")
    assert says(made.out.strip(), "cli.backed_up")
    assert says(filled.run("drill", "--from", tmp_path / "stick").out.strip(), "cli.drilled")
    (file,) = (tmp_path / "stick").glob("*.lantern-manifest")
    new = Clinic(tmp_path / "new", filled.passphrase_file)
    assert says(new.run("restore", "--from", file, "--reason", "The disk broke").out.strip(), "cli.restored")


def test_one_copied_backup_says_that_nobody_tells_of_erasures(filled: Clinic, tmp_path: Path) -> None:
    made = filled.run("backup", "--to", tmp_path / "stick", "--json").json["file"]
    (tmp_path / "other computer").mkdir()
    new = Clinic(tmp_path / "other computer" / "clinic", filled.passphrase_file)
    told = new.run("restore", "--from", made, "--reason", "The disk broke")
    assert told.code == 0, told.err
    restored, untold = told.out.splitlines()
    assert says(restored, "cli.restored")
    assert says(untold, "persons.said.erasures_untold")
    assert "--erased" in untold


def test_what_cannot_be_done_is_refused_and_nothing_is_left(filled: Clinic, tmp_path: Path) -> None:
    check_refused(filled.run("drill"), 5, "error.backup_none")
    (file := tmp_path / "file").write_text("mine")
    check_refused(filled.run("backup", "--to", file), 5, "error.backup_not_folder")
    check_refused(filled.run("backup", "--to", filled.folder / "below"), 5, "error.backup_inside")
    made = filled.run("backup", "--to", tmp_path / "stick", "--json").json["file"]
    check_refused(filled.run("restore", "--from", made, "--reason", "The disk broke"), 5, "error.store_not_empty")
    new = Clinic(tmp_path / "new", filled.passphrase_file)
    check_refused(
        new.run("restore", "--from", tmp_path / "nowhere", "--reason", "The disk broke"), 5, "error.backup_missing"
    )
    Path(made).write_bytes(Path(made).read_bytes()[:-4096])
    check_refused(new.run("restore", "--from", made, "--reason", "The disk broke"), 5, "error.backup_damaged")
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("another passphrase")
    other = Clinic(tmp_path / "new", wrong)
    check_refused(other.run("restore", "--from", made, "--reason", "The disk broke"), 4, "error.passphrase_wrong")
    assert not (tmp_path / "new").exists()
    assert lantern("backup", "--store", filled.folder, "--passphrase-file", filled.passphrase_file).code == 2


def test_who_may_not_open_a_backup_is_told_as_whoever_may_not(filled: Clinic, tmp_path: Path) -> None:
    (tmp_path / "first.txt").write_text("a word to begin with")
    (tmp_path / "own.txt").write_text("a staple of his own")
    begun = ("--role", "clinician", "--new-passphrase-file", tmp_path / "first.txt")
    assert filled.run("users", "add", "Ben Li", *begun).code == 0
    first = Clinic(filled.folder, tmp_path / "first.txt")
    own = ("--user", "Ben Li", "--new-passphrase-file", tmp_path / "own.txt")
    assert first.run("users", "password", *own).code == 0
    ben = Clinic(filled.folder, tmp_path / "own.txt")
    made = ben.run("backup", "--to", tmp_path / "stick", "--json", "--user", "Ben Li")
    assert made.code == 0, made.err
    check_refused(ben.run("drill", "--user", "Ben Li"), 7, "error.backup_not_yours")
    new = Clinic(tmp_path / "new", ben.passphrase_file)
    again = ("restore", "--from", made.json["file"], "--reason", "The disk broke", "--user", "Ben Li")
    check_refused(new.run(*again), 7, "error.backup_not_yours")
    assert not (tmp_path / "new").exists()


def test_a_backup_makes_no_folder_above_its_own(filled: Clinic, tmp_path: Path) -> None:
    """A stick that is away, or whose name is mistyped, would be the disk of the clinic."""
    (tmp_path / "media").mkdir()
    for place in (tmp_path / "media" / "stcik" / "backups", tmp_path / "media" / "a" / "b" / "c"):
        check_refused(filled.run("backup", "--to", place), 5, "error.backup_folder_away")
    assert list((tmp_path / "media").iterdir()) == []
    assert filled.run("backup", "--to", tmp_path / "media" / "stick").code == 0


def test_the_checkpoint_of_a_backup_is_taken_by_verify(filled: Clinic, tmp_path: Path) -> None:
    made = filled.run("backup", "--to", tmp_path / "stick", "--json")
    found = filled.run("verify", "--checkpoint", made.json["checkpoint"])
    assert found.code == 0, found.err
    assert any(says(line, "audit.answer.kept") for line in found.out.splitlines())


def test_every_command_that_opens_a_clinic_tells_how_it_stands_to_its_anchor(filled: Clinic, tmp_path: Path) -> None:
    for words in (
        ("patients",),
        ("backup", "--to", tmp_path / "stick"),
        ("users", "list"),
        ("export", "--output", tmp_path / "out.csv"),
        ("packs",),
    ):
        (filled.folder / "anchor-1.lantern").unlink()
        told = filled.run(*words)
        assert told.code == 0, told.err
        assert says(told.err.strip(), "review.anchor_open"), told.err
        assert load_wording("en").say("audit.standing.twin_missing", missing=0) in told.err
        # It was made again, which is no reason to be silent: somebody has to have looked at it.
        assert filled.run("patients").err == told.err
    (item,) = filled.run("review", "--json").json
    assert filled.run("review", item["id"], "--reason", "It was I who took it away").code == 0
    assert filled.run("patients").err == ""
