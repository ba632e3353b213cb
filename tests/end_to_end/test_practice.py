"""The whole main job on fictional people: from the workbook to paper."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest

from engine.domain.ports import CancelToken, FixedClock, SystemClock
from engine.errors import Cancelled, InputError, UsageError
from engine.resources import resources_folder
from engine.workflows.clinics import open_clinic
from engine.workflows.practice import make_practice_clinic, practice_passphrase, run_practice
from engine.workflows.practice_years import has_practice_years
from engine.workflows.unlock import unlock, unlock_state

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))


@pytest.fixture(scope="module")
def few_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The practice clinics that ship, their workbooks cut after the first rows."""
    folder = tmp_path_factory.mktemp("practice")
    for file in (resources_folder() / "practice").iterdir():
        shutil.copy(file, folder)
    for workbook in folder.glob("*.xlsx"):
        book = openpyxl.load_workbook(workbook)
        sheet = book.worksheets[0]
        sheet.delete_rows(20, sheet.max_row)
        book.save(workbook)
    return folder


def test_both_practice_clinics_go_from_workbook_to_paper(few_people: Path, tmp_path: Path) -> None:
    done = run_practice(tmp_path / "out", CLOCK, source=few_people, years=True)
    assert [clinic.folder.name for clinic in done.clinics] == ["en", "zh"]
    for clinic in done.clinics:  # the people who were followed for years come last, so nothing is assessed for them
        with open_clinic(clinic.folder / "clinic", done.passphrase, CLOCK) as opened:
            assert has_practice_years(opened)
    for clinic, mark in zip(done.clinics, ("PRACTICE - FICTIONAL PERSON", "练习"), strict=True):
        assert clinic.visits > 10
        assert clinic.reports == clinic.people
        with (clinic.folder / "summary.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == clinic.people
        assert {row["status"] for row in rows} == {"ok", "refused"}
        for row in rows:
            pdf = pypdfium2.PdfDocument(clinic.folder / "reports" / row["report"])
            assert len(pdf) == 2
            first = pdf[0].get_textpage().get_text_range()
            assert row["name"] in first
            assert mark in first
            pdf.close()
        counts = json.loads((clinic.folder / "summary.json").read_text(encoding="utf-8"))
        assert {pack["ok"] + pack["refused"] for pack in counts["packs"]} == {clinic.people}


def test_a_second_run_into_the_same_folder_touches_nothing(few_people: Path, tmp_path: Path) -> None:
    (tmp_path / "zh").mkdir()
    with pytest.raises(InputError, match="practice_out_taken"):
        run_practice(tmp_path, CLOCK, source=few_people)
    assert [path.name for path in tmp_path.iterdir()] == ["zh"]


def test_one_practice_clinic_is_made_for_the_window(few_people: Path, tmp_path: Path) -> None:
    heard: list[int] = []
    filled = make_practice_clinic(
        tmp_path / "clinic", "zh", CLOCK, progress=lambda done, _: heard.append(done), source=few_people
    )
    assert filled.visits > 10
    assert heard == sorted(heard)
    assert heard[-1] == 100
    state = unlock_state(tmp_path / "clinic", CLOCK)
    assert (state.practice, bool(state.owner_name)) == (True, True)
    clinic = unlock(tmp_path / "clinic", practice_passphrase("zh"), CLOCK)
    assert clinic.vault._database.one("SELECT count(*) FROM assessment") == (filled.people,)
    clinic.vault.close()
    with pytest.raises(UsageError, match="practice_unknown"):
        practice_passphrase("fr")


def test_a_practice_clinic_that_is_stopped_leaves_nothing(few_people: Path, tmp_path: Path) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        make_practice_clinic(
            tmp_path / "clinic", "en", CLOCK, progress=lambda *_: cancel.cancel(), cancel=cancel, source=few_people
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_everybody_in_the_practice_clinics_gets_a_sheet_and_a_page(tmp_path: Path) -> None:
    done = run_practice(tmp_path / "out", SystemClock())
    assert [(clinic.people, clinic.visits, clinic.parked, clinic.reports) for clinic in done.clinics] == [
        (300, 896, 4, 300),
        (300, 896, 4, 300),
    ]
    for report in (tmp_path / "out").glob("*/reports/*.pdf"):
        pdf = pypdfium2.PdfDocument(report)
        assert len(pdf) == 2
        pdf.close()
