"""``lantern compare``: two tools side by side, and in what they differ."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from engine.errors import PackError, UsageError
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.workflows.compare_file import CompareSummary, compare_files

LAB, OFFICE = "who_cvd_2019_lab", "who_cvd_2019_nonlab"
PEOPLE = (
    "id,sex,age,sbp_mmhg,smoker,bmi_kg_m2,total_cholesterol_mmol_l,diabetes,cvd_history\n"
    "a,M,55,150,current,27,6.1,false,false\n"
    "b,F,62,140,never,31,,false,false\n"
    "c,F,62,140,never,31,5,false,true\n"
)


def compare(
    folder: Path, *packs: str, people: str = PEOPLE, country: str | None = "CHN"
) -> tuple[CompareSummary, list[dict[str, str]]]:
    (folder / "in.csv").write_text(people, encoding="utf-8")
    library = PackLibrary.shipped()
    summary = compare_files(packs, folder / "in.csv", folder / "out.csv", library, load_dictionary(), country)
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        return summary, list(csv.DictReader(file, strict=True))


def test_both_answers_stand_in_one_row_with_their_difference(tmp_path: Path) -> None:
    summary, (both, one, neither) = compare(tmp_path, LAB, OFFICE)
    assert (summary.rows, summary.both) == (3, 1)
    assert [(side.pack.ref.id, side.ok, side.refused) for side in summary.sides] == [(LAB, 1, 2), (OFFICE, 2, 1)]
    numbers = [float(both[f"{pack}.risk_10y"]) for pack in (LAB, OFFICE)]
    assert float(both["difference"]) == pytest.approx(numbers[1] - numbers[0], abs=1e-15)
    assert (one[f"{LAB}.status"], one[f"{LAB}.reasons"]) == ("refused", "total_cholesterol_mmol_l:missing")
    assert (one[f"{OFFICE}.status"], one["difference"]) == ("ok", "")
    assert [neither[f"{pack}.reasons"] for pack in (LAB, OFFICE)] == ["cvd_history:excluded"] * 2
    assert both[f"{OFFICE}.band"]


def test_what_only_one_of_them_asks_for_is_told(tmp_path: Path) -> None:
    summary, _ = compare(tmp_path, LAB, OFFICE)
    first, second = summary.sides
    assert set(first.only_inputs) == {"total_cholesterol_mmol_l", "diabetes"}
    assert second.only_inputs == ("bmi_kg_m2",)
    assert first.years == second.years == 10
    assert first.outcome.zh


def test_numbers_of_different_kinds_have_no_difference(tmp_path: Path) -> None:
    summary, (both, *_) = compare(tmp_path, LAB, "ckdepi_2021_cr", people=PEOPLE.replace("id,", "creatinine_umol_l,"))
    assert both["difference"] == ""
    assert summary.sides[1].years is None


@pytest.mark.parametrize("packs", [(LAB,), (LAB, LAB), (LAB, OFFICE, "score2"), ("",)])
def test_anything_but_two_packs_is_refused(tmp_path: Path, packs: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="compare_two"):
        compare(tmp_path, *packs)
    with pytest.raises(PackError, match="pack_unknown"):
        compare(tmp_path, LAB, "nobody")
    assert not (tmp_path / "out.csv").exists()
