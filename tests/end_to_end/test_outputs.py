"""Where the commands write what people asked for, and where they refuse to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.command import Clinic, check_refused, contents, lantern

EXPORT = "a word for this file only"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "export.txt"
    path.write_text(EXPORT, encoding="utf-8")
    return path


def test_nothing_that_leaves_the_store_lies_in_the_folder_of_a_clinic(
    filled: Clinic, tmp_path: Path, secret: Path
) -> None:
    """It is not encrypted there, goes where the folder goes, and is lost with it."""
    inside = filled.folder
    before = set(contents(inside))
    one = ("--patient", "Q001")
    for words in (
        ("report", "--all", "--out", inside / "reports"),
        ("export", "--output", inside / "visits.csv"),
        ("deidentify", "--output", inside / "people.csv", "--reason", "For a study"),
        ("export-patient", *one, "--output", inside / "one.pdf", "--export-passphrase-file", secret),
        ("export-patient", *one, "--output", inside / "handed out", "--export-passphrase-file", secret),
        ("privacy-notice", "--output", inside / "notice.pdf"),
        ("who-saw", *one, "--output", inside / "seen.pdf"),
        ("erase-patient", *one, "--reason", "Asked", "--retention-basis", "order", "--proof", inside / "erasures"),
    ):
        check_refused(filled.run(*map(str, words)), 3, "error.output_in_clinic")
    check_refused(filled.run("backup", "--to", inside / "backups"), 5, "error.backup_inside")
    assert set(contents(inside)) == before
    assert [person["patient_id"] for person in filled.run("patients", "--query", "Q001").json] == ["Q001"]


def test_no_clinic_is_made_or_restored_inside_another_one(filled: Clinic, tmp_path: Path) -> None:
    made = filled.run("backup", "--to", tmp_path / "stick", "--json").json["file"]
    before = set(contents(filled.folder))
    words = ("--name", "Inner", "--country", "GBR", "--recovery-out", tmp_path / "inner.key")
    for place in (filled.folder / "inner", filled.folder / "packs" / "deep"):
        inner = Clinic(place, filled.passphrase_file)
        check_refused(inner.run("create", *words), 5, "error.place_in_clinic")
        check_refused(inner.run("restore", "--from", made, "--reason", "The disk broke"), 5, "error.place_in_clinic")
    assert set(contents(filled.folder)) == before
    assert not (tmp_path / "inner.key").exists()
    beside = Clinic(tmp_path / "beside", filled.passphrase_file)
    assert beside.run("create", *words).code == 0
    check_refused(filled.run("backup", "--to", beside.folder / "backups"), 5, "error.backup_inside")


def test_the_key_of_a_clinic_does_not_lie_in_its_folder(filled: Clinic, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    words = ("--name", "New", "--country", "GBR", "--recovery-out")
    for folder in (empty, tmp_path / "new"):
        ended = Clinic(folder, filled.passphrase_file).run("create", *words, folder / "key.txt")
        check_refused(ended, 3, "error.output_in_clinic")
    ended = Clinic(tmp_path / "new", filled.passphrase_file).run("create", *words, filled.folder / "key.txt")
    check_refused(ended, 3, "error.output_in_clinic")
    assert list(empty.iterdir()) == []
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_word_is_not_the_current_folder(
    filled: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty: str
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for words in (
        ("backup", "--to", empty),
        ("report", "--all", "--out", empty),
        ("export", "--output", empty),
        ("import", empty),
        ("drill", "--from", empty),
        ("erase-patient", "--patient", "Q001", "--reason", "Asked", "--proof", empty),
    ):
        check_refused(filled.run(*words), 2, "cli.usage")
    key = ("--passphrase-file", filled.passphrase_file, "--recovery-out", tmp_path / "new.key")
    ended = lantern("create", "--store", empty, *key, "--name", "New", "--country", "GBR")
    check_refused(ended, 2, "cli.usage")
    assert "--store names nothing" in ended.err
    assert list(here.iterdir()) == []
