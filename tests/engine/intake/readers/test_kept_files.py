"""Files to be kept with a person: recognised by content, what tells of camera and place left out, bombs refused."""

from __future__ import annotations

import gzip
import io
import re
import warnings
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.domain.attached import FileKind, LeftOut
from engine.errors import InputError
from engine.intake.devices.raw import PersonHint, Trust
from engine.intake.files.found import FoundFile, found_message, new_file, read_found
from engine.intake.files.show import draw_page
from engine.intake.readers.plugin import Look
from engine.intake.readers.registry import FILE, choose
from engine.intake.tables import RejectedFile
from engine.workers.messages import BrokenMessage, Message
from tests.engine.intake.readers.made_files import (
    CANARY,
    HARMFUL,
    consumer_text,
    dicom,
    pdf,
    photograph,
    scan,
    vcf,
)


def found_in(content: bytes, folder: Path, name: str = "file.bin") -> FoundFile:
    path = folder / name
    path.write_bytes(content)
    return found(path)


def found(path: Path) -> FoundFile:
    reader, look = choose(Look(path), FILE)
    return read_found(reader.read(look, lambda done, total: None))


def kept_of(content: bytes, folder: Path) -> tuple[FoundFile, bytes]:
    told = found_in(content, folder)
    return told, b"".join(new_file(folder / "file.bin", "a", told).chunks())


def test_a_photograph_keeps_every_pixel_and_nothing_of_camera_place_or_words(tmp_path: Path) -> None:
    came = photograph()
    told, kept = kept_of(came, tmp_path)
    assert (told.kind, told.day, dict(told.facts)) == (FileKind.JPEG, date(2024, 3, 5), {"width": 60, "height": 40})
    assert set(told.left_out) == {LeftOut.CAMERA, LeftOut.PLACE, LeftOut.TEXTS, LeftOut.TRAILING}
    assert CANARY.encode() in came
    assert CANARY.encode() not in kept
    with Image.open(io.BytesIO(kept)) as after, Image.open(io.BytesIO(came)) as before:
        assert after.tobytes() == before.tobytes()
        assert dict(after.getexif()) == {}
        assert after.info.get("comment") is None
        assert after.info["dpi"] == before.info["dpi"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_stays_the_right_way_up(tmp_path: Path, orientation: int) -> None:
    _, kept = kept_of(photograph(orientation=orientation), tmp_path)
    with Image.open(io.BytesIO(kept)) as after:
        assert dict(after.getexif()) == ({} if orientation == 1 else {0x0112: orientation})


def test_a_picture_without_anything_to_leave_out_is_kept_byte_for_byte(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("L", (9, 9)).save(out, "JPEG")
    told, kept = kept_of(out.getvalue(), tmp_path)
    assert (kept, told.left_out) == (out.getvalue(), ())


def test_a_scan_keeps_its_pixels_and_loses_its_texts(tmp_path: Path) -> None:
    came = scan()
    told, kept = kept_of(came, tmp_path)
    assert told.kind is FileKind.PNG
    assert set(told.left_out) == {LeftOut.CAMERA, LeftOut.TEXTS}
    assert CANARY.encode() not in kept
    with Image.open(io.BytesIO(kept)) as after, Image.open(io.BytesIO(came)) as before:
        assert after.tobytes() == before.tobytes()
        assert dict(after.getexif()) == {0x0112: 6}
        assert after.text == {}  # type: ignore[attr-defined]  # a PNG has it


def test_a_pdf_is_kept_as_it_is(tmp_path: Path) -> None:
    came = pdf(3)
    told, kept = kept_of(came, tmp_path)
    assert (told.kind, dict(told.facts), told.left_out, kept) == (FileKind.PDF, {"pages": 3}, (), came)


def test_a_dicom_file_loses_its_preamble_and_not_a_byte_more(tmp_path: Path) -> None:
    came = dicom(PatientBirthDate="19700203", PatientSex="F", StudyDescription="Chest PA")
    told, kept = kept_of(came, tmp_path)
    assert (told.kind, told.day, told.left_out) == (FileKind.DICOM, date(2024, 1, 31), (LeftOut.PREAMBLE,))
    assert dict(told.facts) == {"modality": "DX", "study": "Chest PA", "width": 4, "height": 4}
    assert told.hints == (PersonHint("header", Trust.PATIENT, "Smith Ann", "1970-02-03", "H-7", "F"),)
    assert (kept[:128], kept[128:]) == (bytes(128), came[128:])


def test_a_dicom_file_with_a_preamble_of_zeros_is_kept_as_it_is(tmp_path: Path) -> None:
    came = dicom(preamble=bytes(128))
    told, kept = kept_of(came, tmp_path)
    assert (told.left_out, kept) == ((), came)


def test_a_name_in_several_scripts_is_told_in_each_and_in_one_word(tmp_path: Path) -> None:
    told = found_in(dicom(SpecificCharacterSet="ISO_IR 192", PatientName="Wang^XiaoDong=王^小东"), tmp_path)
    assert [hint.name for hint in told.hints] == ["Wang XiaoDong", "王 小东", "王小东"]


@pytest.mark.shared
def test_every_shared_dicom_file_with_the_word_in_it_is_told_and_kept(shared: Path) -> None:
    from pydicom import dcmread

    paths = sorted((shared / "data" / "interchange" / "dicom").glob("*.dcm"))
    assert len(paths) > 30
    for path in paths:
        came = path.read_bytes()
        if came[128:132] != b"DICM":
            with pytest.raises(RejectedFile):
                found(path)
            continue
        told = found(path)
        kept = b"".join(new_file(path, "a", told).chunks())
        assert kept == bytes(128) + came[128:], path.name
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = dcmread(path, stop_before_pixels=True, force=True)
        assert told.facts.get("modality", "") == str(header.get("Modality", "")), path.name
        assert told.facts.get("width") == header.get("Columns"), path.name
        name = str(header.get("PatientName", "")).split("=")[0].split("^")[:3]
        assert [hint.name for hint in told.hints][:1] in ([" ".join(filter(None, name))], [None], []), path.name
        assert any(name) <= bool(told.hints), path.name


@pytest.mark.shared
def test_every_shared_genotype_file_is_told_and_kept(shared: Path) -> None:
    paths = sorted((shared / "data" / "interchange" / "genomics").iterdir())
    paths += sorted((shared / "data" / "pgx" / "cases").glob("*.vcf"))[:20]
    paths += sorted((shared / "data" / "pgx" / "cases").glob("rawtext-*.txt"))
    assert len(paths) > 60
    for path in paths:
        came = path.read_bytes()
        if not came:
            continue
        told = found(path)
        assert b"".join(new_file(path, "a", told).chunks()) == came
        # Counted again by what a line begins with: names of chromosomes, or of markers.
        if told.kind is FileKind.VCF:
            after = came.split(b"#CHROM", 1)[1].splitlines()[1:]
            assert told.facts["variants"] == sum(1 for line in after if line.strip()), path.name
        else:
            assert path.suffix in (".txt", ".csv", ".tsv")
            rows = re.findall(rb'^(?:"?rs\d|"?snp\d|\d+\t1:|\d+\trs|chr1:)[^\n]*', came, re.MULTILINE)
            assert told.facts["markers"] in (len(rows), len(rows) - came.count(b"\tchr2\t")) or b"rs" in came, path.name


def test_a_vcf_tells_build_and_sample_plain_or_packed(tmp_path: Path) -> None:
    said = {"version": "VCFv4.2", "build": "GRCh37", "samples": 1, "sample": "NA18526", "variants": 3}
    for came in (vcf(), gzip.compress(vcf()), gzip.compress(vcf()[:100]) + gzip.compress(vcf()[100:])):
        told, kept = kept_of(came, tmp_path)
        assert (told.kind, dict(told.facts), kept) == (FileKind.VCF, said, came)


def test_a_consumer_text_tells_maker_build_and_markers(tmp_path: Path) -> None:
    told = found_in(consumer_text(), tmp_path)
    assert (told.kind, dict(told.facts)) == (
        FileKind.GENOTYPES,
        {"maker": "23andMe", "build": "GRCh37", "markers": 50},
    )


@pytest.mark.parametrize("name", HARMFUL)
def test_what_is_made_to_harm_or_of_no_kind_is_refused_with_its_sentence(tmp_path: Path, name: str) -> None:
    make, detail = HARMFUL[name]
    with pytest.raises(RejectedFile) as refused:
        found_in(make(), tmp_path)
    assert refused.value.rejection.detail == detail


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_a_file_with_altered_bytes_is_told_or_refused_and_never_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    good = data.draw(st.sampled_from([photograph(), scan(), pdf(), vcf(), consumer_text(), dicom()]))
    spoiled = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(spoiled)) | st.just(len(spoiled)))
    folder = tmp_path_factory.mktemp("spoiled")
    try:
        told, kept = kept_of(bytes(spoiled[:cut]), folder)
    except RejectedFile:
        return
    assert len(kept) > 0
    if told.kind in (FileKind.JPEG, FileKind.PNG):
        assert CANARY.encode() not in kept


def test_a_file_that_is_another_by_the_time_it_is_kept_is_refused(tmp_path: Path) -> None:
    told = found_in(pdf(), tmp_path)
    (tmp_path / "file.bin").write_bytes(pdf(3))
    with pytest.raises(InputError, match="file_changed"):
        new_file(tmp_path / "file.bin", "a", told)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pieces": [[5, 3]]},
        {"pieces": [[0, 10**9]]},
        {"pieces": [[3, 5], [0, 2]]},
        {"pieces": ["00" * 4096]},
        {"pieces": []},
        {"pieces": [[0]]},
        {"kind": "exe"},
        {"sha256": "zz"},
        {"left_out": ["soul"]},
        {"day": "yesterday"},
        {"hints": [{"trust": "patient"}]},
        {"facts": None},
    ],
)
def test_nothing_that_a_worker_says_is_taken_on_trust(tmp_path: Path, wrong: dict[str, object]) -> None:
    good = found_message(found_in(pdf(), tmp_path))
    assert read_found(good).kind is FileKind.PDF
    with pytest.raises(BrokenMessage):
        read_found(Message(good.type, {**good.body, **wrong}))


@pytest.mark.parametrize(
    ("content", "kind"), [(photograph(), FileKind.JPEG), (scan(), FileKind.PNG), (pdf(), FileKind.PDF)]
)
def test_a_page_is_drawn_by_a_worker_no_wider_than_asked(content: bytes, kind: FileKind) -> None:
    page = draw_page(content, kind, 0, 40)
    assert page.pixels.shape[1] <= 40
    assert page.pixels.shape[0] > 10
    assert page.pages == (2 if kind is FileKind.PDF else 1)


def test_a_photograph_is_drawn_the_right_way_up() -> None:
    assert draw_page(photograph(), FileKind.JPEG, 0, 60).pixels.shape[:2] == (40, 60)
    assert draw_page(photograph(orientation=6), FileKind.JPEG, 0, 60).pixels.shape[:2] == (60, 40)


@pytest.mark.parametrize("content", [b"%PDF-1.7 nothing", photograph()[:900], b""])
def test_what_cannot_be_drawn_is_told_so(content: bytes) -> None:
    with pytest.raises(InputError, match="attached_not_shown"):
        draw_page(content, FileKind.PDF if content.startswith(b"%PDF") else FileKind.JPEG, 0, 60)
