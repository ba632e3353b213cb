"""A file read once, looked at, rehearsed and stored; what the window shows on the way."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.entries import ParkedRow
from engine.domain.ports import CancelToken, FixedClock
from engine.domain.problems import Problem, Reason
from engine.errors import Cancelled, InputError
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.export import export_visits
from engine.workflows.import_any import open_file
from engine.workflows.import_files import ImportRequest, ReadFile, import_file, import_read_file, look_at_import
from engine.workflows.import_outcome import FileOutcome
from engine.workflows.waiting_rows import recent_imports, rows_waiting, save_rows, throw_out
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
PASSPHRASE = "a clinic of nobody at all"
JIN = {"unit:Weight": "jin"}
HEAD = "Patient ID,Name,Date of birth,Sex,Visit date,SBP (mmHg),DBP (mmHg),Weight,Total cholesterol (mg/dL),Ward"


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    new_clinic(tmp_path / "clinic", "CHN", PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        yield opened


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [
        f"P{n},Ann Lee {n},195{n}-03-0{n + 1},F,2024-0{n + 1}-05,14{n},9{n},{118 + 3 * n},<200,west" for n in range(8)
    ]
    rows[3] = "P3,=HYPERLINK(1),1953-03-04,F,2024-04-05,1430,93,127,201,west"
    return _written(tmp_path / "table.csv", [HEAD, *rows, "Total,,,,,1000,700,900,,"])


def _written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _read(path: Path) -> ReadFile:
    read = open_file(path)
    assert isinstance(read, ReadFile)
    return read


def _stored(clinic: OpenClinic, folder: Path) -> str:
    export_visits(clinic, folder / "stored.csv")
    return (folder / "stored.csv").read_text(encoding="utf-8")


def test_a_look_shows_the_first_rows_and_one_row_as_it_would_be_stored(clinic: OpenClinic, table: Path) -> None:
    preview = look_at_import(clinic, _read(table), ImportRequest(answers=JIN)).preview
    assert preview is not None
    assert preview.stored is not None
    assert preview.names[7:] == ("Weight", "Total cholesterol (mg/dL)", "Ward")
    assert [row.row for row in preview.rows] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert preview.rows[0].cells[:2] == ("P0", "Ann Lee 0")
    assert (preview.first_row, preview.last_row, preview.stored.row) == (2, 10, 2)
    values = {value.field: value for value in preview.stored.values}
    weight, cholesterol = values["weight_kg"], values["total_cholesterol_mmol_l"]
    assert (weight.written, weight.value) == ("118", 59.0)
    assert weight.conversion is not None
    assert weight.conversion.unit_from == "jin"
    assert cholesterol.qualifier == "<"


def test_a_look_tells_what_was_changed_and_what_was_left_out(clinic: OpenClinic, table: Path) -> None:
    preview = look_at_import(clinic, _read(table), ImportRequest(answers=JIN)).preview
    assert preview is not None
    notes = {(note.kind, note.field): note for note in preview.notes}
    assert notes["converted", "weight_kg"].rows == 7  # all but the row that waits
    assert notes["qualified", "total_cholesterol_mmol_l"].rows == 7
    assert [(row.row, row.kind, row.cells[0]) for row in preview.skipped] == [(10, "totals", ("Patient ID", "Total"))]


def test_a_question_about_numbers_shows_where_they_lie(clinic: OpenClinic, table: Path) -> None:
    (question,) = look_at_import(clinic, _read(table), ImportRequest()).questions
    assert (question.id, sum(question.bars), question.bars[0]) == ("unit:Weight", 8, 1)


def test_a_question_about_codes_lists_them(clinic: OpenClinic, tmp_path: Path) -> None:
    path = _written(
        tmp_path / "t.csv", ["Patient ID,Sex,Visit date", *(f"P{n},{n % 2 + 1},2024-01-05" for n in range(6))]
    )
    (question,) = look_at_import(clinic, _read(path), ImportRequest()).questions
    assert question.codes == ("1", "2")


def test_nothing_is_stored_by_a_look_or_a_rehearsal(clinic: OpenClinic, table: Path) -> None:
    read = _read(table)
    look_at_import(clinic, read, ImportRequest(answers=JIN))
    rehearsed = import_read_file(clinic, read, ImportRequest(answers=JIN, dry_run=True))
    assert (rehearsed.stored, rehearsed.counts.rows_new, rehearsed.counts.rows_parked) == (False, 7, 1)
    assert recent_imports(clinic) == ()


def test_a_file_that_was_read_before_is_stored_as_the_command_stores_it(
    clinic: OpenClinic, table: Path, tmp_path: Path
) -> None:
    request = ImportRequest(answers=JIN)
    outcome = import_read_file(clinic, _read(table), request)
    new_clinic(tmp_path / "other", "CHN", PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "other", PASSPHRASE, CLOCK) as other:
        expected = import_file(other, table, request)
        assert (outcome.stored, outcome.counts, outcome.parked) == (True, expected.counts, expected.parked)
        assert _stored(clinic, tmp_path) == _stored(other, tmp_path)


def test_a_file_that_is_not_read_says_why(tmp_path: Path) -> None:
    rejected = open_file(_written(tmp_path / "t.csv", [HEAD]))
    assert isinstance(rejected, FileOutcome)
    assert rejected.reject_detail == "no_rows"
    with pytest.raises(InputError, match="file_missing"):
        open_file(tmp_path / "none.csv")


def test_an_import_stopped_while_it_stores_keeps_nothing(clinic: OpenClinic, table: Path, tmp_path: Path) -> None:
    before, cancel = _stored(clinic, tmp_path), CancelToken()
    heard: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        heard.append((done, total))
        cancel.cancel()

    with pytest.raises(Cancelled):
        import_read_file(clinic, _read(table), ImportRequest(answers=JIN), progress, cancel)
    assert heard
    assert all(0 <= done < total for done, total in heard)
    assert _stored(clinic, tmp_path) == before
    assert import_read_file(clinic, _read(table), ImportRequest(answers=JIN)).stored


def test_rows_that_wait_are_listed_and_can_be_thrown_out(clinic: OpenClinic, table: Path) -> None:
    import_read_file(clinic, _read(table), ImportRequest(answers=JIN))
    (summary,) = recent_imports(clinic)
    (row,) = rows_waiting(clinic)
    assert (summary.file_name, summary.counts.rows_new) == ("table.csv", 7)
    assert (row.import_id, row.parked.row, dict(row.parked.cells)["SBP (mmHg)"]) == (summary.id, 5, "1430")
    assert throw_out(clinic, [row.id]) == 1
    assert rows_waiting(clinic) == ()


def test_the_list_of_parked_rows_holds_no_formula_and_can_be_imported_when_put_right(
    clinic: OpenClinic, table: Path, tmp_path: Path
) -> None:
    outcome = import_read_file(clinic, _read(table), ImportRequest(answers=JIN))
    saved = tmp_path / "parked.csv"
    assert save_rows(saved, ("Row", "Why it waits"), [(row, "+cannot be right") for row in outcome.parked]) == 1
    text = saved.read_text(encoding="utf-8-sig")
    lines = list(csv.reader(text.splitlines()))
    assert lines[0][:3] == ["Row", "Why it waits", "Patient ID"]
    assert lines[1][:4] == ["5", "'+cannot be right", "P3", "'=HYPERLINK(1)"]
    _written(
        tmp_path / "mended.csv",
        [line.replace("1430", "143").replace("'=HYPERLINK(1)", "Ann") for line in text.splitlines()],
    )
    mended = import_file(clinic, tmp_path / "mended.csv", ImportRequest(answers=JIN))
    assert (mended.counts.rows_new, mended.counts.rows_parked) == (1, 0)


def test_two_columns_of_the_same_name_stay_apart_in_the_list(tmp_path: Path) -> None:
    row = ParkedRow(4, (Problem(Reason.MISSING_IDENTITY, ("name",)),), (("Notes", "a"), ("Notes", "-5"), ("", "b")))
    save_rows(tmp_path / "l.csv", ("Row", "Why"), [(row, "x")])
    lines = list(csv.reader((tmp_path / "l.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert lines == [["Row", "Why", "Notes", "Notes", ""], ["4", "x", "a", "-5", "b"]]
