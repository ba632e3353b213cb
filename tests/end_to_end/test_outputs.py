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


def test_what_cannot_be_made_again_is_not_written_over(filled: Clinic, tmp_path: Path, secret: Path) -> None:
    """It may be the only copy of a person who was erased since."""
    (one := tmp_path / "one.pdf").write_bytes(b"of another person")
    words = ("export-patient", "--patient", "Q001", "--output", one, "--export-passphrase-file", secret)
    check_refused(filled.run(*words), 3, "error.output_exists")
    assert one.read_bytes() == b"of another person"
    assert "person.export" not in {line["action"] for line in filled.run("audit", "--json").json["entries"]}
    assert filled.run(*words, "--replace").code == 0
    assert one.read_bytes().startswith(b"%PDF")
    for name in ("f.csv", "f.dictionary.csv", "f.report.json"):
        (tmp_path / name).write_bytes(b"of last year")
        study = ("--reason", "For a study", "--keep-pseudonyms")
        check_refused(filled.run("deidentify", "--output", tmp_path / "f.csv", *study), 3, "error.output_exists")
        assert (tmp_path / name).read_bytes() == b"of last year"
        (tmp_path / name).unlink()
    key = ("--recovery-out", filled.passphrase_file, "--name", "New", "--country", "GBR")
    ended = Clinic(tmp_path / "new", filled.passphrase_file).run("create", *key)
    check_refused(ended, 3, "error.recovery_out_exists")


def test_what_can_be_made_again_is_replaced(filled: Clinic, tmp_path: Path) -> None:
    """Scripts write it to the same place every week."""
    for words in (
        ("export", "--output", tmp_path / "visits.csv"),
        ("report", "--patient", "Q001", "--out", tmp_path / "reports"),
        ("privacy-notice", "--output", tmp_path / "notice.pdf"),
    ):
        assert [filled.run(*words).code for _ in range(2)] == [0, 0]


def test_where_nothing_can_be_written_one_sentence_says_so(filled: Clinic, tmp_path: Path, secret: Path) -> None:
    away = tmp_path / "away" / "one.pdf"
    words = ("export-patient", "--patient", "Q001", "--export-passphrase-file", secret, "--output")
    check_refused(filled.run(*words, away), 3, "error.output_unwritable")
    closed = tmp_path / "closed"
    closed.write_text("a file where a folder should be")
    for place in (closed / "one.pdf", closed / "folder"):
        check_refused(filled.run(*words, place), 3, "error.output_unwritable")
    if Path("/proc/self").is_dir():  # a folder that refuses everybody, an administrator of the system too
        for name in ("one.pdf", "handed out"):
            check_refused(filled.run(*words, Path("/proc") / name), 3, "error.output_unwritable")
    assert "person.export" not in {line["action"] for line in filled.run("audit", "--json").json["entries"]}
