"""One person as a whole, as typed: notice, consent, export, erasure, who saw the record."""

from __future__ import annotations

import json
from pathlib import Path

import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest

from engine.domain.plain import canonical_json, from_plain
from engine.domain.record import Record
from engine.report.pdf_lock import prepared
from engine.store.erasure.notices import parse_notice
from engine.store.signer import is_signed
from engine.store.slots import canonical
from tests.end_to_end.command import Clinic, check_refused, says

NUMBER = "Q001"
NAMES = ("Quillfeather", "Zebulon", "Q001")
EXPORT = "a word for this file only"


def text_of(pdf: Path, password: str | None = None) -> str:
    with pypdfium2.PdfDocument(pdf.read_bytes(), password=password) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "export.txt"
    path.write_text(EXPORT + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("language", "title"), [("en", "How we handle your information"), ("zh", "我们如何处理您的个人信息")]
)
def test_a_notice_for_anybody_and_for_one_person(filled: Clinic, tmp_path: Path, language: str, title: str) -> None:
    ended = filled.run("privacy-notice", "--output", tmp_path / "any.pdf", "--language", language)
    assert ended.code == 0, ended.err
    text = text_of(tmp_path / "any.pdf")
    assert title in text
    assert "Quillfeather" not in text
    contact = "Ada Okafor, 0161 000"
    ended = filled.run(
        "privacy-notice",
        "--patient",
        NUMBER,
        "--contact",
        contact,
        "--output",
        tmp_path / "one.pdf",
        "--language",
        language,
    )
    assert ended.code == 0, ended.err
    text = text_of(tmp_path / "one.pdf")
    assert "Zebulon Quillfeather" in text
    assert contact in text
    check_refused(
        filled.run("privacy-notice", "--patient", "Q9", "--output", tmp_path / "no.pdf"), 3, "error.patient_unknown"
    )
    assert not (tmp_path / "no.pdf").exists()


def test_consent_is_recorded_shown_and_withdrawn(filled: Clinic) -> None:
    assert "Nothing was asked" in filled.run("consent", "--patient", NUMBER).out
    given = filled.run(
        "consent", "--patient", NUMBER, "--give", "research", "--day", "2024-02-03", "--reason", "On paper"
    )
    assert (given.code, given.out) == (0, "Recorded: Research without names, given.\n")
    assert filled.run("consent", "--patient", NUMBER, "--refuse", "sharing", "--spoken").code == 0
    taken = filled.run("consent", "--patient", NUMBER, "--withdraw", "research", "--json")
    assert [(each["kind"], each["state"], each["counts"]) for each in taken.json] == [
        ("research", "given", False),
        ("sharing", "refused", True),
        ("research", "withdrawn", True),
    ]
    assert (taken.json[0]["day"], taken.json[0]["note"], taken.json[0]["way"]) == ("2024-02-03", "On paper", "signed")
    assert len(filled.run("consent", "--patient", NUMBER).out.splitlines()) == 3
    check_refused(filled.run("consent", "--patient", NUMBER, "--withdraw", "research"), 2, "error.consent_not_given")
    check_refused(
        filled.run("consent", "--patient", NUMBER, "--give", "care", "--day", "3.2.24"), 2, "error.consent_day_shape"
    )
    check_refused(
        filled.run("consent", "--patient", NUMBER, "--give", "care", "--day", "1950-01-01"),
        2,
        "error.consent_before_birth",
    )
    both = filled.run("consent", "--patient", NUMBER, "--give", "care", "--refuse", "care")
    assert both.code == 2


def test_everything_of_one_person_is_in_one_locked_file(filled: Clinic, tmp_path: Path, secret: Path) -> None:
    assert filled.run("assess-all").code == 0
    assert filled.run("consent", "--patient", NUMBER, "--give", "risk").code == 0
    out = tmp_path / "out"
    ended = filled.run(
        "export-patient", "--patient", NUMBER, "--output", out, "--export-passphrase-file", secret, "--json"
    )
    assert ended.code == 0, ended.err
    (path,) = out.iterdir()
    assert str(path) == ended.json["output"]
    assert not any(name in path.name for name in NAMES)
    assert not any(name.encode() in path.read_bytes() for name in NAMES)
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(path)
    text = text_of(path, EXPORT)
    for said in (
        "Zebulon Quillfeather",
        "Systolic",
        "137",
        "mmHg",
        "Work out risks",
        "Who saw your record",
        "Imported a file",
    ):
        assert said in text
    assert "Oxenbridge" not in text
    with pikepdf.open(path, password=prepared(EXPORT).decode()) as opened:
        content = opened.attachments["record.json"].get_file().read_bytes()
    held = json.loads(content)
    assert canonical_json(held) == content
    record = from_plain(Record, held["record"])
    assert record.patient.patient_id == NUMBER
    assert len(record.visits) == 1
    assert held["format"] == "lantern-person/1"
    assert {"patient", "attribute", "visit", "measurement", "import_row", "assessment", "consent"} <= held[
        "rows"
    ].keys()
    assert sum(len(table["rows"]) for table in held["rows"].values()) == ended.json["rows"]
    assert held["consents"][0]["answer"]["kind"] == "risk"
    assert held["assessments"][0]["patient"]["name"] == "Zebulon Quillfeather"
    assert "Oxenbridge" not in content.decode()
    actions = [line["action"] for line in filled.run("audit", "--json", "--patient", NUMBER).json["entries"]]
    assert "person.export" in actions
    named = filled.run(
        "export-patient", "--patient", NUMBER, "--output", tmp_path / "one.pdf", "--export-passphrase-file", secret
    )
    assert "one.pdf" in named.out
    assert (tmp_path / "one.pdf").is_file()


@pytest.mark.parametrize(
    ("word", "key"),
    [("too short", "error.export_passphrase_short"), ("x" * 200, "error.export_passphrase_long")],
)
def test_a_weak_passphrase_writes_nothing(filled: Clinic, tmp_path: Path, word: str, key: str) -> None:
    (tmp_path / "weak.txt").write_text(word)
    out = tmp_path / "out"
    ended = filled.run(
        "export-patient", "--patient", NUMBER, "--output", out, "--export-passphrase-file", tmp_path / "weak.txt"
    )
    check_refused(ended, 2, key)
    assert not out.exists()


def test_what_opens_the_clinic_locks_no_file_that_leaves_it(
    filled: Clinic, tmp_path: Path, recovery_key: str, secret: Path
) -> None:
    """Whoever is given the file would hold the key of the clinic."""
    (tmp_path / "sheet.txt").write_text(" ".join(recovery_key.split()))
    out = tmp_path / "out"
    for own in (filled.passphrase_file, tmp_path / "sheet.txt"):
        ended = filled.run("export-patient", "--patient", NUMBER, "--output", out, "--export-passphrase-file", own)
        check_refused(ended, 2, "error.export_passphrase_own")
    assert not out.exists()
    assert "person.export" not in {line["action"] for line in filled.run("audit", "--json").json["entries"]}
    words = ("--patient", NUMBER, "--output", out, "--export-passphrase-file", secret)
    assert filled.run("export-patient", *words).code == 0


def test_who_saw_the_record_is_told_in_words_and_on_paper(filled: Clinic, tmp_path: Path) -> None:
    assert filled.run("patients").code == 0
    assert filled.run("patients").code == 0
    ended = filled.run("who-saw", "--patient", NUMBER)
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0].split() == ["When", "Who", "Roles", "then", "What"]
    assert any("Imported a file" in line and "All roles" in line for line in lines)
    assert any("Looked at the list of people (of everybody, 2× that day)" in line for line in lines)
    assert not any("Made a verified backup" in line for line in lines)
    told = filled.run("who-saw", "--patient", NUMBER, "--json", "--output", tmp_path / "seen.pdf").json
    assert [each["action"] for each in told].count("audit.person") == 1
    assert all(each["words"] and each["roles"] for each in told)
    text = text_of(tmp_path / "seen.pdf")
    assert "Who saw this record" in text
    assert NUMBER in text
    assert "Quillfeather" not in text
    table = filled.run("audit")
    assert "Signed in" in table.out
    assert "session.open" not in table.out


def test_wrong_tries_count_for_verify_and_audit_as_elsewhere(filled: Clinic, tmp_path: Path) -> None:
    (tmp_path / "wrong.txt").write_text("not the passphrase")
    wrong = Clinic(filled.folder, tmp_path / "wrong.txt")
    assert [wrong.run(command).code for command in ("verify", "audit", "verify", "audit", "verify")] == [4] * 5
    waiting = filled.run("verify")
    assert waiting.code == 4
    assert waiting.err


def test_the_law_keeps_a_record_until_a_ground_is_named(filled: Clinic, tmp_path: Path) -> None:
    plan = filled.run("erase-patient", "--patient", NUMBER, "--dry-run", "--json").json
    assert (plan["allowed"], plan["kept_until"]) == (False, None)
    assert plan["would_remove"]["measurement"] == 2
    assert "after death" in plan["rule"]
    told = filled.run("erase-patient", "--patient", NUMBER, "--dry-run")
    assert "Would be removed" in told.out
    assert told.err
    check_refused(filled.run("erase-patient", "--patient", NUMBER, "--reason", "Asked"), 2, "error.retention_death")
    names = filled.run(
        "erase-patient", "--patient", NUMBER, "--reason", "Quillfeather asked", "--retention-basis", "mistake"
    )
    assert (names.code, "Quillfeather" in names.err) == (2, False)
    nothing = filled.run("erase-patient", "--patient", NUMBER, "--retention-basis", "mistake")
    check_refused(nothing, 2, "error.reason_needed")
    assert len(filled.run("patients").json) == 3


def test_who_agrees_is_named_whole_or_not_at_all(filled: Clinic, tmp_path: Path) -> None:
    """Else it would be done with one signature, though somebody else was to agree."""
    words = ("--patient", NUMBER, "--reason", "Asked in writing", "--retention-basis", "order")
    for half in (("--second", "Ben"), ("--second-passphrase-file", filled.passphrase_file)):
        check_refused(filled.run("erase-patient", *words, *half), 2, "error.second_half_named")
        check_refused(filled.run("deidentify", "--output", tmp_path / "f.csv", *half), 2, "error.second_half_named")
    assert [person["patient_id"] for person in filled.run("patients", "--query", NUMBER).json] == [NUMBER]


def test_a_country_without_a_rule_asks_the_clinic(new_clinic: object, tmp_path: Path) -> None:
    clinic: Clinic = new_clinic(country="KEN")  # type: ignore[operator]  # a fixture that makes clinics
    (tmp_path / "old.csv").write_text(
        "Patient ID,Name,Visit date,Systolic BP (mmHg)\n"
        "Q1,Old Harrowgate,2004-01-15,137\nQ2,New Harrowgate,2026-01-15,137\n"
    )
    assert clinic.run("import", tmp_path / "old.csv").code == 0
    check_refused(clinic.run("erase-patient", "--patient", "Q1", "--reason", "Asked"), 2, "error.retention_unknown")
    for years in ("0", "x", "1000"):
        check_refused(clinic.run("retention", "--years", years), 2, "error.retention_years")
    assert clinic.run("retention", "--years", "10", "--json").json["years"] == 10
    assert "10 years" in clinic.run("retention").out
    check_refused(clinic.run("erase-patient", "--patient", "Q2", "--reason", "Asked"), 2, "error.retention_runs")
    ended = clinic.run("erase-patient", "--patient", "Q1", "--reason", "Asked in writing")
    assert ended.code == 0, ended.err
    assert [person["patient_id"] for person in clinic.run("patients").json] == ["Q2"]


def test_erased_with_a_proof_and_not_brought_back_by_an_old_backup(filled: Clinic, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    made = filled.run("backup", "--to", stick, "--json").json
    words = ("erase-patient", "--patient", NUMBER, "--reason", "Asked in writing", "--retention-basis", "mistake")
    ended = filled.run(*words, "--json", "--proof", tmp_path / "proof", "--language", "zh")
    assert ended.code == 0, ended.err
    done = ended.json
    assert done["finished"] is True
    assert [backup["name"] for backup in done["backups"]] == [Path(made["file"]).stem]
    proof = json.loads(Path(done["proof"]).read_text())
    assert parse_notice(canonical(proof["notice"]).decode()) is not None
    signature = bytes.fromhex(proof.pop("signature"))
    assert is_signed(canonical(proof), signature, bytes.fromhex(proof["key"]))
    assert proof["removed"] == done["removed"]
    assert (proof["basis"], proof["reason"], proof["agreed"]) == ("mistake", "Asked in writing", None)
    page = text_of(Path(done["page"]))
    assert "删除证明" in page
    assert done["erasure"] in page
    with pypdfium2.PdfDocument(done["page"]) as document:
        assert len(document) == 1
    for path in (done["proof"], done["page"]):
        assert not any(name in Path(path).read_bytes().decode("latin-1") for name in NAMES)
    assert filled.run("verify", "--checkpoint", done["checkpoint"]).code == 0
    assert len(filled.run("patients").json) == 2
    check_refused(filled.run("erase-patient", "--patient", NUMBER, "--dry-run"), 3, "error.patient_unknown")
    again = Clinic(tmp_path / "restored", filled.passphrase_file)
    back = again.run("restore", "--from", made["file"], "--reason", "The disk died")
    assert back.code == 0, back.err
    assert "Erased again" in back.out
    assert len(again.run("patients").json) == 2
    assert again.run("verify").code == 0
    far = tmp_path / "far"
    far.mkdir()
    lonely = Clinic(far / "clinic", filled.passphrase_file)
    back = lonely.run("restore", "--from", made["file"], "--reason", "x", "--erased", done["proof"], "--json")
    assert back.json["erased_again"] == 1
    assert filled.run("drill", "--from", stick).code == 0


def test_fewer_years_than_the_law_asks_for_are_told(filled: Clinic) -> None:
    ended = filled.run("retention", "--years", "3")
    assert (ended.code, says(ended.err.removesuffix("\n"), "persons.said.years_below_law")) == (0, True)
    assert filled.run("retention", "--years", "50").err == ""
