"""Messy clinic files through the command: what is stored is what the truth says, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.command import Clinic
from tests.end_to_end.truths import checksum, checksum_line, differences, key_of, load_truth

pytestmark = pytest.mark.shared

EXACT = (
    "practice_clinic_en.xlsx",
    "practice_clinic_zh.xlsx",
    "plain_a.csv",
    "gb_a.csv",
    "latin_b.csv",
    "decimal_comma_b.csv",
    "delims_a.csv",
    "line_ends_b.csv",
    "us_units_a.csv",
    "date_formats_b.csv",
    "title_lines_a.xlsx",
    "sheets_a.xlsx",
    "visits_long_a.csv",
    "impossible_a.csv",
    "tricky_names_b.xlsx",
    "big_20k_a.csv",
)
COUNTS = ("rows_read", "rows_parked", "rows_repeated")


def check_counts(outcome: dict[str, Any], truth: dict[str, Any]) -> None:
    counts = truth["counts"]
    assert {name: outcome[name] for name in COUNTS} == {name: counts[name] for name in COUNTS}
    assert outcome["rows_new"] + outcome["rows_updated"] == counts["rows_imported"]
    ended = sum(outcome[name] for name in ("rows_new", "rows_updated", "rows_repeated", "rows_parked", "rows_rejected"))
    assert outcome["rows_read"] == ended


def check_parked(outcome: dict[str, Any], truth: dict[str, Any]) -> None:
    def shape(rows: list[dict[str, Any]]) -> dict[int, set[tuple[str, tuple[str, ...]]]]:
        return {
            row["row"]: {(reason["reason"], tuple(sorted(reason["fields"]))) for reason in row["reasons"]}
            for row in rows
        }

    expected, found = shape(truth["parked"]), shape(outcome["parked"])
    if len(expected) == truth["counts"]["rows_parked"]:
        assert found == expected
    else:  # of large files only some parked rows are listed
        assert {row: found.get(row) for row in expected} == expected


@pytest.mark.parametrize("name", EXACT)
def test_a_file_is_stored_as_its_truth_says(
    name: str, shared: Path, tmp_path: Path, new_clinic: Callable[..., Clinic]
) -> None:
    path = shared / "data" / "messy" / name
    truth = load_truth(path)
    clinic = new_clinic()
    ended, outcome = clinic.import_file(path)
    assert (ended.code, outcome["outcome"]) == (0, "ok"), ended.err
    check_counts(outcome, truth)
    check_parked(outcome, truth)
    rows = {key_of(row): row for row in clinic.export(tmp_path / "export.csv")}
    assert len(rows) == truth["counts"]["visits_expected"]
    assert len(clinic.run("patients").json) == truth["counts"]["patients_expected"]
    for record in truth.get("records") or truth["records_sample"]:
        assert differences(record["values"], rows[key_of(record["values"])]) == []
        if "sha256" in record:
            assert checksum([checksum_line(rows[key_of(record["values"])])]) == record["sha256"]


def test_the_same_file_again_changes_nothing(shared: Path, tmp_path: Path, new_clinic: Callable[..., Clinic]) -> None:
    path = shared / "data" / "messy" / "visits_long_a.csv"
    clinic = new_clinic()
    clinic.import_file(path)
    before = clinic.export(tmp_path / "before.csv")
    ended, outcome = clinic.import_file(path)
    assert ended.code == 0
    assert (outcome["rows_new"], outcome["rows_updated"]) == (0, 0)
    assert outcome["rows_repeated"] == outcome["rows_read"] == 420
    assert clinic.export(tmp_path / "after.csv") == before


@pytest.mark.parametrize("kind", ["rejected", "ok_with_questions"])
def test_a_file_that_is_not_clear_stores_nothing(
    kind: str, shared: Path, tmp_path: Path, new_clinic: Callable[..., Clinic]
) -> None:
    clinic = new_clinic()
    folder = shared / "data" / "messy"
    files = [path for path in sorted(folder.iterdir()) if path.with_name(path.name + ".truth.json").exists()]
    unclear = [path for path in files if load_truth(path)["acceptable_outcomes"] == [kind]]
    assert unclear
    for path in unclear:
        ended, outcome = clinic.import_file(path)
        assert (ended.code, outcome["outcome"]) == (3, kind), path.name
        assert bool(outcome["questions"]) == (kind == "ok_with_questions")
        if kind == "rejected":
            assert outcome["reject_reason"] == load_truth(path)["reject_reason"]
    assert clinic.export(tmp_path / "export.csv") == []
