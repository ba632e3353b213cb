"""Files that cannot or must not be read, through the worker as the program reads them."""

from __future__ import annotations

import os
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from engine.domain.ports import CancelToken, no_progress
from engine.errors import Cancelled, InputError
from engine.intake import reading
from engine.intake.plan import Outcome
from engine.intake.reading import read_file
from engine.intake.tables import Rejection, RejectReason, Table, read_answer, rejection_message, table_message
from engine.wording import LANGUAGES, load_wording
from engine.workers.limits import Limits
from engine.workers.messages import BrokenMessage, Message
from tests.engine.intake.plans import plan_file

HEAD = "Patient ID,Name,Visit date,SBP (mmHg)\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(HEAD + "".join(f"P{n},Ann,2024-01-02,120\n" for n in range(500)), encoding="utf-8")
    return path


def test_a_table_comes_out_of_the_worker_as_it_was_read(table: Path) -> None:
    found = read_file(table, None, no_progress)
    assert isinstance(found, Table)
    assert len(found) == 500
    assert found.columns[0].text(499) == "P499"
    assert len(found.facts.sha256) == 64


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda folder: folder / "no such file.csv", "file_missing"),
        (lambda folder: folder / "table.csv" / "below.csv", "file_missing"),
        (lambda folder: folder, "file_is_folder"),
    ],
)
def test_what_is_no_file_is_told_plainly(table: Path, make, code: str) -> None:  # type: ignore[no-untyped-def]  # a lambda
    with pytest.raises(InputError) as caught:
        read_file(make(table.parent), None, no_progress)
    assert caught.value.code == code
    for language in LANGUAGES:
        sentence = load_wording(language).error(caught.value)
        assert str(table.parent) not in sentence


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX systems")
def test_a_file_that_may_not_be_read_is_told_plainly(table: Path) -> None:
    table.chmod(0)
    if os.access(table, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(InputError) as caught:
        read_file(table, None, no_progress)
    assert caught.value.code == "file_unreadable"


def test_a_file_too_large_is_refused_before_a_worker_starts(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_FILE", 100)
    with pytest.raises(InputError) as caught:
        read_file(table, None, no_progress)
    assert caught.value.code == "file_too_large"


def bomb(path: Path, rows: int, note: int = 20) -> Path:
    """A workbook within every limit of the archive: so many rows, each with so many bytes that never repeat."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    header = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEAD.strip().split(","))
    row = "<row>" + "".join(f'<c t="inlineStr"><is><t>{os.urandom(3).hex()}</t></is></c>' for _ in range(4)) + "</row>"
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": relations.format(
            f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{space}" xmlns:r="{office}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations.format(
            f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        ),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'<worksheet xmlns="{space}"><sheetData><row>{header}</row>'.encode())
            for number in range(rows):
                sheet.write(row.replace("</t>", f"{os.urandom(note).hex()}{number}</t>", 1).encode())
            sheet.write(b"</sheetData></worksheet>")
    return path


def test_a_file_that_fills_the_memory_is_refused_and_the_program_lives(tmp_path: Path) -> None:
    limits = Limits(memory_bytes=340 << 20, wall_seconds=60)
    found = read_file(bomb(tmp_path / "bomb.xlsx", 6_000, note=6_000), None, no_progress, limits)
    assert found == Rejection(RejectReason.DAMAGED_FILE, "worker_out_of_memory")


def test_a_file_that_takes_for_ever_is_refused_in_time(tmp_path: Path) -> None:
    began = time.monotonic()
    found = read_file(bomb(tmp_path / "bomb.xlsx", 60_000), None, no_progress, Limits(wall_seconds=1.0))
    assert found == Rejection(RejectReason.DAMAGED_FILE, "worker_timeout")
    assert time.monotonic() - began < 10


def test_a_workbook_that_expands_to_gigabytes_costs_neither_time_nor_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(b"<worksheet><sheetData>")
            for _ in range(400):
                sheet.write(b" " * (1 << 20))
    found = read_file(path, None, no_progress, Limits(memory_bytes=400 << 20, wall_seconds=20))
    assert found == Rejection(RejectReason.UNSAFE_ARCHIVE, "unsafe_archive")


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    token = CancelToken()
    path = bomb(tmp_path / "large.xlsx", 60_000)
    threading.Timer(0.8, token.cancel).start()
    with pytest.raises(Cancelled):
        read_file(path, token, no_progress)


def test_reading_a_large_file_tells_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    line = "P1,Ann,2024-01-02,120\n"
    path.write_text(HEAD + line * 400_000, encoding="utf-8")
    heard: list[tuple[int, int]] = []
    found = read_file(path, None, lambda done, total: heard.append((done, total)))
    assert isinstance(found, Table)
    assert heard == sorted(heard)
    assert heard
    assert all(0 <= done <= total for done, total in heard)


def test_every_reason_to_refuse_a_file_has_its_sentence() -> None:
    details = (
        "damaged_file", "password_required", "unsafe_archive", "unsafe_xml", "empty_file", "no_rows",
        "no_known_columns", "too_many_columns",
        "unknown_encoding", "binary", "pdf", "picture", "compressed", "database", "program", "document", "html",
        "several_tables", "packed_archive", "too_wide_sheet", "xml_workbook",
        "worker_out_of_memory", "worker_timeout",
        "worker_file_limit", "worker_crashed", "no_readings", "other_format",
        "no_resources", "fhir_dstu2", "fhir_stu3", "fhir_r5", "fhir_xml",
        "fhir_not_utf8", "fhir_not_json", "xml_damaged",
        "file_kind", "damaged_pdf", "pdf_locked", "pdf_too_large", "damaged_picture", "picture_kind",
        "picture_too_large", "damaged_dicom", "dicom_too_large", "dicom_directory", "damaged_genotypes",
        "genotypes_too_large",
    )  # fmt: skip
    for language in LANGUAGES:
        wording = load_wording(language)
        sentences = {wording.say(f"intake.rejected.{detail}") for detail in details}
        assert len(sentences) == len(details)
        known = {key.rpartition(".")[2] for key in wording.keys() if key.startswith("intake.rejected.")}  # noqa: SIM118 - not a dict
        assert known == set(details)


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["zip_bomb_a.xlsx", "xml_entities_b.xlsx", "password_b.xlsx", "damaged_a.xlsx", "practice_clinic_zh.xlsx"]
)
def test_shared_files_end_the_same_through_the_worker(name: str, shared: Path) -> None:
    path = shared / "data" / "messy" / name
    here, there = plan_file(path), plan_file(path, worker=True)
    assert (here.outcome, here.rejection, here.parked) == (there.outcome, there.rejection, there.parked)
    assert here.identified == there.identified
    assert (here.outcome is Outcome.REJECTED) == (name != "practice_clinic_zh.xlsx")


# --- what a worker that was taken over could answer -----------------------------------------------------------------


def test_a_table_survives_the_way_to_the_parent(table: Path) -> None:
    from engine.intake.readers.child import read_table
    from tests.engine.intake.plans import no_report

    found = read_table(table, no_report)
    again = read_answer(table_message(found))
    assert isinstance(again, Table)
    assert (again.facts, again.rows.tolist()) == (found.facts, found.rows.tolist())
    assert [column.cells for column in again.columns] == [column.cells for column in found.columns]
    rejection = Rejection(RejectReason.NO_ROWS, "no_rows")
    assert read_answer(rejection_message(rejection)) == rejection


def test_an_answer_whose_parts_do_not_fit_is_not_taken(table: Path) -> None:
    from engine.intake.readers.child import read_table
    from tests.engine.intake.plans import no_report

    good = table_message(read_table(table, no_report))
    codes, kinds, *rest = good.arrays
    for bad in (
        Message("table", {}, good.arrays),
        Message("table", good.body, ()),
        Message("table", good.body, (codes + 10_000, kinds, *rest)),
        Message("table", good.body, (codes - 1, kinds, *rest)),
        Message("table", good.body, (codes, kinds[:-1], *rest)),
        Message("table", {**good.body, "cells": [["a"]]}, good.arrays),
        Message("table", {**good.body, "facts": {"nonsense": 1}}, good.arrays),
        Message("rejected", {"reason": "because", "detail": ""}),
        Message("rejected", {}),
    ):
        with pytest.raises(BrokenMessage):
            read_answer(bad)


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes of this kind are those of Unix")
def test_a_pipe_is_refused_at_once_instead_of_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "table.csv"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="file_unreadable"):
        read_file(pipe, None, no_progress)
