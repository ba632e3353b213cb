"""A zip archive with one table in it is that table; anything else in it is told in one sentence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from engine.domain.ports import no_progress
from engine.intake.devices.raw import RawReadings
from engine.intake.reading import read_any
from engine.intake.tables import Rejection, RejectReason, Table
from tests.engine.intake.plans import plan_file, values_by_row
from tests.engine.intake.readers.made_xls import Tab, workbook

CSV = "档案编号,姓名,随访日期,收缩压(mmHg)\nP1,王小明,2024-01-02,120\n".encode("gb18030")
OMRON = (
    b"Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Symptoms,Consumed,TruRead,Notes\r\n"
    b"Feb 10 2025,19:38,138,87,77,-,-,-,-\r\nFeb 10 2025,07:10,135,85,70,-,-,-,-\r\n"
)
PAGE = b"<html><table><tr><td>Name</td><td>SBP</td></tr><tr><td>Ann</td><td>120</td></tr></table></html>"


def xlsx() -> bytes:
    made = openpyxl.Workbook()
    made.worksheets[0].append(["Patient ID", "Name", "Visit date", "SBP (mmHg)"])
    made.worksheets[0].append(["P1", "王小明", "2024-01-02", 120])
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def xls() -> bytes:
    return workbook(Tab([["Patient ID", "Name", "Visit date", "SBP (mmHg)"], ["P1", "王小明", "2024-01-02", 120.0]]))


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "register.zip"


@pytest.mark.parametrize(("name", "data"), [("登记.csv", CSV), ("a/b/登记", CSV), ("r.xlsx", xlsx()), ("r.xls", xls())])
def test_the_only_file_is_read(archive: Path, name: str, data: bytes) -> None:
    plan = plan_file(packed(archive, {name: data}), worker=True)
    assert plan.can_be_stored
    assert values_by_row(plan)[2] == {
        "patient_id": "P1",
        "name": "王小明",
        "visit_date": "2024-01-02",
        "sbp_mmhg": 120.0,
    }


def test_what_systems_and_people_put_beside_the_table_does_not_matter(archive: Path) -> None:
    files = {
        "__MACOSX/._登记.csv": b"\0\5",
        "list/": b"",
        "list/登记.csv": CSV,
        "list/.DS_Store": b"x",
        "Thumbs.db": b"x",
        "readme.pdf": b"%PDF-1.4",
    }
    assert values_by_row(plan_file(packed(archive, files))).keys() == {2}


@pytest.mark.parametrize(
    ("files", "reason", "detail"),
    [
        ({"june.csv": CSV, "july.csv": CSV}, RejectReason.NOT_A_TABLE, "several_tables"),
        ({"june.xlsx": xlsx(), "note.txt": b"hello"}, RejectReason.NOT_A_TABLE, "several_tables"),
        ({"photo.jpg": b"\xff\xd8\xff"}, RejectReason.NOT_A_TABLE, "picture"),
        ({"a.pdf": b"%PDF", "b.pdf": b"%PDF"}, RejectReason.NOT_A_TABLE, "compressed"),
        ({}, RejectReason.NOT_A_TABLE, "compressed"),
        ({"../登记.csv": CSV}, RejectReason.UNSAFE_ARCHIVE, "unsafe_archive"),
        ({"/etc/登记.csv": CSV}, RejectReason.UNSAFE_ARCHIVE, "unsafe_archive"),
        ({"C:\\登记.csv": CSV}, RejectReason.UNSAFE_ARCHIVE, "unsafe_archive"),
        ({"登记.csv": CSV + b"\n" * (30 << 20)}, RejectReason.UNSAFE_ARCHIVE, "unsafe_archive"),
        ({"登记.csv": b""}, RejectReason.EMPTY_FILE, "empty_file"),
        ({"a.txt": b"hello, world"}, RejectReason.NOT_A_TABLE, "no_known_columns"),
    ],
)
def test_anything_else_is_told_in_one_sentence(
    archive: Path, files: dict[str, bytes], reason: RejectReason, detail: str
) -> None:
    assert read_any(packed(archive, files), None, None, no_progress).content == Rejection(reason, detail)


def test_health_data_of_a_phone_taken_for_a_table_is_not_called_harmful(archive: Path) -> None:
    export = b'<?xml version="1.0"?><!DOCTYPE HealthData [<!ELEMENT HealthData ANY>]><HealthData/>'
    found = read_any(packed(archive, {"apple_health_export/export.xml": export}), "table", None, no_progress)
    assert found.content == Rejection(RejectReason.NOT_A_TABLE, "html")


def test_an_archive_in_an_archive_is_not_followed(archive: Path, tmp_path: Path) -> None:
    inner = packed(tmp_path / "inner.zip", {"登记.csv": CSV}).read_bytes()
    for name in ("inner.zip", "inner.csv"):
        found = read_any(packed(archive, {name: inner}), None, None, no_progress)
        assert found.content == Rejection(RejectReason.NOT_A_TABLE, "packed_archive")


def test_a_bomb_of_a_workbook_in_an_archive_is_refused(archive: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner.xlsx"
    inner.write_bytes(xlsx())
    with zipfile.ZipFile(inner, "a", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/media/big.bin", bytes(40 << 20))
    with zipfile.ZipFile(archive, "w") as stored:
        stored.writestr("inner.xlsx", inner.read_bytes())
    found = read_any(archive, None, None, no_progress)
    assert found.content == Rejection(RejectReason.UNSAFE_ARCHIVE, "unsafe_archive")


def test_readings_of_a_device_in_an_archive_are_known_as_such(archive: Path) -> None:
    found = read_any(packed(archive, {"omron.csv": OMRON}), None, None, no_progress)
    assert isinstance(found.content, RawReadings)
    assert found.kind == "omron_app_csv"
    assert read_any(archive, "omron_app_csv", None, no_progress).kind == "omron_app_csv"
    assert isinstance(read_any(archive, "table", None, no_progress).content, Table)


def test_a_web_page_in_an_archive_is_read(archive: Path) -> None:
    found = read_any(packed(archive, {"list.xls": PAGE}), None, None, no_progress).content
    assert isinstance(found, Table)
    assert found.facts.container == "html_table"
