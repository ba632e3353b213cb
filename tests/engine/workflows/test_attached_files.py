"""A file through the worker into the store: whose it is, what is told, what is refused, what goes out with a person."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pikepdf
import pytest

from engine.domain.attached import FileKind, LeftOut
from engine.domain.ports import FixedClock
from engine.errors import InputError, UsageError
from engine.store import people_numbered
from engine.store.audit_log import verify_store
from engine.workflows.attached_files import files_of, page_of, remove_file, save_copy
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.export_person import export_person
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.import_outcome import FileOutcome
from tests.engine.intake.readers.made_files import CANARY, HARMFUL, consumer_text, dicom, pdf, photograph, vcf

CLOCK = FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
PASSPHRASE = "a clinic of nobody at all"
# One of each kind through a process of its own; the rest are tried where no process is started.
BOMBS = ("a PNG of 60,000 by 60,000", "a PDF of a million objects", "a DICOM of nested sequences", "a VCF of 5 GB")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenClinic]:
    folder = tmp_path_factory.mktemp("made")
    create(ClinicRequest(folder / "clinic", "Maple Lane", "CHN"), PASSPHRASE, CLOCK)
    with open_clinic(folder / "clinic", PASSPHRASE, CLOCK) as opened:
        people = "Patient ID,Name,Sex,Date of birth,Visit date,SBP\n"
        people += "P1,Ann Lee,F,1970-02-03,2025-01-02,140\nP2,王小东,M,1980-01-01,2025-01-02,130\n"
        (folder / "people.csv").write_text(people, encoding="utf-8")
        assert import_file(opened, folder / "people.csv", ImportRequest()).stored
        yield opened
        assert verify_store(opened.vault).findings == ()


def person(clinic: OpenClinic, number: str = "P1") -> str:
    return people_numbered(clinic.vault, number)[0]


def kept(clinic: OpenClinic, path: Path, content: bytes, **said: object) -> FileOutcome:
    path.write_bytes(content)
    return import_file(clinic, path, ImportRequest(**{"patient": "P1", **said}))  # type: ignore[arg-type]  # the test names the parts


def test_a_photograph_is_kept_told_shown_saved_and_taken_off(clinic: OpenClinic, tmp_path: Path) -> None:
    done = kept(clinic, tmp_path / "foot.jpg", photograph())
    assert (done.stored, done.done, done.format, done.outcome) == (True, True, "jpeg", "ok")
    assert done.attached is not None
    assert done.attached.new
    (file,) = files_of(clinic, person(clinic))
    assert (file.name, file.kind, file.day) == ("foot.jpg", FileKind.JPEG, date(2024, 3, 5))
    assert LeftOut.PLACE in file.left_out
    assert page_of(clinic, person(clinic), file, 0, 30).pixels.shape == (20, 30, 3)
    copy = save_copy(clinic, person(clinic), file, tmp_path)
    assert copy.name == f"file-20240305-{file.id[:8]}.jpg"
    assert CANARY.encode() not in copy.read_bytes()
    assert copy.stat().st_size == file.size
    with pytest.raises(UsageError, match="reason_needed"):
        remove_file(clinic, person(clinic), file.id, "")
    remove_file(clinic, person(clinic), file.id, "blurred")
    assert files_of(clinic, person(clinic)) == ()
    with pytest.raises(UsageError, match="attached_unknown"):
        save_copy(clinic, person(clinic), file, tmp_path / "again.jpg")
    assert not (tmp_path / "again.jpg").exists()


def test_a_file_that_names_the_person_is_kept_and_one_that_names_another_asks(
    clinic: OpenClinic, tmp_path: Path
) -> None:
    same = dicom(PatientName="LEE^ANN", PatientBirthDate="19700203", PatientSex="F")
    assert kept(clinic, tmp_path / "same.dcm", same).stored
    chinese = dicom(SpecificCharacterSet="ISO_IR 192", PatientName="Wang^XiaoDong=王^小东", PatientSex="M")
    assert kept(clinic, tmp_path / "chinese.dcm", chinese, patient="P2").stored
    other = dicom(PatientName="Smith^Joan", PatientBirthDate="19700203")
    asked = kept(clinic, tmp_path / "other.dcm", other)
    assert (asked.stored, asked.done, [one.id for one in asked.open_questions]) == (False, False, ["whose_file"])
    assert dict(asked.questions[0].evidence)["names"] == "Smith Joan, 1970-02-03, H-7"
    assert dict(asked.questions[0].evidence)["chosen"] == "Ann Lee, 1970-02-03, P1"
    with pytest.raises(InputError, match="answer_invalid"):
        kept(clinic, tmp_path / "other.dcm", other, answers={"whose_file": "perhaps"})
    assert kept(clinic, tmp_path / "other.dcm", other, answers={"whose_file": "attach"}).stored
    born = kept(clinic, tmp_path / "born.dcm", dicom(PatientName="Lee^Ann", PatientBirthDate="19700204"))
    assert not born.stored
    assert len(files_of(clinic, person(clinic))) == 2


def test_the_same_file_again_adds_nothing(clinic: OpenClinic, tmp_path: Path) -> None:
    first = kept(clinic, tmp_path / "a.pdf", pdf(4))
    again = kept(clinic, tmp_path / "b.pdf", pdf(4), kind="file")
    assert first.attached is not None
    assert again.attached is not None
    assert again.stored
    assert not again.attached.new
    assert again.attached.file == first.attached.file


def test_looking_keeps_nothing(clinic: OpenClinic, tmp_path: Path) -> None:
    before = files_of(clinic, person(clinic))
    done = kept(clinic, tmp_path / "a.vcf", vcf("LOOKED"), dry_run=True)
    assert (done.stored, done.done, done.format) == (False, True, "vcf")
    assert files_of(clinic, person(clinic)) == before


def test_without_a_patient_it_is_told_what_it_is_as_before_and_with_the_word_a_patient_is_asked_for(
    clinic: OpenClinic, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf())
    plain = import_file(clinic, tmp_path / "a.pdf", ImportRequest())
    assert (plain.reject_reason, plain.reject_detail) == ("not_a_table", "pdf")
    with pytest.raises(InputError, match="file_patient_needed"):
        import_file(clinic, tmp_path / "a.pdf", ImportRequest(kind="file"))
    with pytest.raises(InputError, match="patient_unknown"):
        import_file(clinic, tmp_path / "a.pdf", ImportRequest(kind="file", patient="nobody"))


def test_a_table_with_a_patient_named_is_still_a_table(clinic: OpenClinic, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("Patient ID,Name,Visit date,SBP\nP1,Ann Lee,2025-01-03,141\n")
    done = import_file(clinic, tmp_path / "people.csv", ImportRequest(patient="P1"))
    assert done.attached is None
    assert done.counts.rows_read == 1


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("kind", ["file", None])
def test_a_bomb_ends_in_one_sentence_and_an_unchanged_store(
    clinic: OpenClinic, tmp_path: Path, name: str, kind: str | None
) -> None:
    make, detail = HARMFUL[name]
    (tmp_path / "bomb.bin").write_bytes(make())
    before = clinic.vault.ledger.database.rows("SELECT max(seq) FROM audit")
    began = time.process_time()
    done = import_file(clinic, tmp_path / "bomb.bin", ImportRequest(patient="P1", kind=kind))
    assert (done.rejected, done.reject_detail) == (True, detail)
    assert time.process_time() - began < 5  # of this process: the work is the worker's
    assert clinic.vault.ledger.database.rows("SELECT max(seq) FROM audit") == before


def test_an_export_of_everything_holds_the_files_but_not_those_taken_off(clinic: OpenClinic, tmp_path: Path) -> None:
    text = consumer_text(700)
    assert kept(clinic, tmp_path / "genes.txt", text, patient="P2").stored
    wrong = kept(clinic, tmp_path / "wrong.pdf", pdf(7), patient="P2")
    assert wrong.attached is not None
    assert wrong.attached.file is not None
    remove_file(clinic, person(clinic, "P2"), wrong.attached.file.id, "of somebody else")
    done = export_person(clinic, person(clinic, "P2"), "a word for this file only", tmp_path / "out.pdf")
    held = len(files_of(clinic, person(clinic, "P2")))
    assert (done.files, done.files_left_out) == (held, 0)
    with pikepdf.open(done.path, password="a word for this file only") as opened:
        inside = {name: found.get_file().read_bytes() for name, found in opened.attachments.items()}
    record = json.loads(inside.pop("record.json"))
    assert set(inside) == {each["attached_as"] for each in record["files"]}
    assert text in inside.values()
    assert pdf(7) not in inside.values()
    assert "wrong.pdf" not in [each["file"]["name"] for each in record["files"]]


@pytest.mark.parametrize("harm", ["missing", "altered"])
def test_a_lost_file_is_left_out_of_an_export_and_told(clinic: OpenClinic, tmp_path: Path, harm: str) -> None:
    kept(clinic, tmp_path / "lost.pdf", pdf(11), patient="P2")
    sealed = max((clinic.vault.folder / "files").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    held = sealed.read_bytes()
    if harm == "missing":
        sealed.unlink()
    else:
        sealed.write_bytes(held[:-1])
    done = export_person(clinic, person(clinic, "P2"), "a word for this file only", tmp_path / "out.pdf")
    assert done.files_left_out == 1
    sealed.write_bytes(held)
