"""Everything held of one person, merged records and earlier values included, and of nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from engine.domain.assessment import Clinic
from engine.domain.plain import from_plain
from engine.domain.ports import FixedClock
from engine.domain.record import Record
from engine.errors import InputError, UsageError
from engine.store import User, create_clinic, edit_identity, load_record, merge_people
from engine.store.people import people_numbered
from engine.workflows.clinics import OpenClinic
from engine.workflows.export_person import check_export_passphrase, export_person
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.unlock import unlock

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OWN, FILES = "correct horse battery", "只给本人看的文件用的一个长口令"
ROWS = (
    "Patient ID,Name,Phone,Visit date,Systolic BP (mmHg)\n"
    "P1,王建国,0161-1,2025-02-03,141\nP9,Wang J G,0161-9,2025-05-03,151\nP2,Bea Newby,0161-2,2026-01-02,121\n"
)


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    clock = FixedClock(NOW)
    create_clinic(tmp_path / "c", OWN, Clinic("c-1", "Maple", {"country_iso3": "CHN"}), clock, owner=User("u1", "Ada"))
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    opened = unlock(tmp_path / "c", OWN, clock)
    with opened.vault:
        assert import_file(opened, tmp_path / "rows.csv", ImportRequest()).stored
        yield opened


def test_two_records_shown_as_one_are_handed_out_together(clinic: OpenClinic, tmp_path: Path) -> None:
    (one,), (other,), (bea,) = (people_numbered(clinic.vault, number) for number in ("P1", "P9", "P2"))
    edit_identity(clinic.vault, one, {"phone": "0161-7"}, "u1")
    merge_people(clinic.vault, one, other, "u1")
    done = export_person(clinic, other, FILES, tmp_path / "out", "zh")
    assert done.visits == 2
    with pikepdf.open(done.path, password=FILES) as opened:
        held = json.loads(opened.attachments["record.json"].get_file().read_bytes())
    assert from_plain(Record, held["record"]) == load_record(clinic.vault, one)
    assert {each["value"] for each in held["identity_history"] if each["field"] == "phone"} == {"0161-1", "0161-7"}
    patients = held["rows"]["patient"]
    assert sorted(row[patients["columns"].index("id")] for row in patients["rows"]) == sorted([one, other])
    everything = json.dumps(held, ensure_ascii=False)
    for there in ("王建国", "Wang J G", "0161-9", "141", "151"):
        assert there in everything
    for not_there in ("Bea", "0161-2", bea):
        assert not_there not in everything
    entry = clinic.vault.ledger.database.rows("SELECT subjects, detail FROM audit WHERE action = 'person.export'")
    assert json.loads(entry[0][0]) == [other]
    assert json.loads(entry[0][1])["sha256"] == done.sha256


def test_where_it_cannot_be_written_nothing_is_told_as_handed_out(clinic: OpenClinic, tmp_path: Path) -> None:
    (one,) = people_numbered(clinic.vault, "P1")
    (tmp_path / "taken.pdf").mkdir()
    with pytest.raises(InputError, match="output_not_a_file"):
        export_person(clinic, one, FILES, tmp_path / "taken.pdf")
    assert not clinic.vault.ledger.database.rows("SELECT 1 FROM audit WHERE action = 'person.export'")


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("fourteen signs", "export_passphrase_short"),
        ("", "export_passphrase_short"),
        ("x" * 128, "export_passphrase_long"),
        ("with a bell \x07 in it", "export_passphrase_signs"),
    ],
)
def test_a_passphrase_for_a_file_that_leaves_is_a_long_one(word: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_export_passphrase(word)
    assert caught.value.code == code
