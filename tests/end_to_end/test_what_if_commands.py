"""``lantern assess --explain``, ``whatif`` and ``compare`` as a person types them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.end_to_end.command import check_refused, lantern, says

NAMES = "patient_id,gbd_region,age,sex,smoker,sbp_mmhg,bmi_kg_m2,total_cholesterol_mmol_l,diabetes,cvd_history"
PERSON = "Q001,western_europe,55,M,current,157,27,6.4,false,false"
LAB, OFFICE = "who_cvd_2019_lab", "who_cvd_2019_nonlab"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (path := tmp_path / "in.csv").write_text(f"{NAMES}\n{PERSON}\n", encoding="utf-8")
    return path


def only_row(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file, strict=True)
    return row


def test_contributions_add_up_in_the_output_that_is_named(table: Path, tmp_path: Path) -> None:
    for words, output in (((), "risk_10y"), (("--of", "risk_10y_stroke"), "risk_10y_stroke")):
        ended = lantern(
            "assess", "--pack", LAB, "--input", table, "--output", tmp_path / "out.csv", "--explain", *words
        )
        assert ended.code == 0, ended.err
        row = only_row(tmp_path / "out.csv")
        parts = [float(cell) for name, cell in row.items() if name.startswith("contribution.")]
        assert sum(parts) + float(row["reference"]) == pytest.approx(float(row[output]), abs=1e-9)
        assert len(parts) > 2


def test_what_if_says_what_its_numbers_mean(table: Path, tmp_path: Path) -> None:
    command = ("whatif", "--pack", LAB, "--input", table, "--output", tmp_path / "out.csv")
    ended = lantern(*command)
    assert ended.code == 0, ended.err
    assert says(ended.out.splitlines()[-1], "cli.what_if_meaning")
    row = only_row(tmp_path / "out.csv")
    assert float(row["whatif.together"]) < float(row["whatif.smoker"]) < float(row["risk_10y"])
    assert lantern(*command, "--set", "sbp_mmhg=150", "--json").json["ok"] == 1
    assert float(only_row(tmp_path / "out.csv")["whatif.sbp_mmhg"]) > float(row["whatif.sbp_mmhg"])


def test_two_tools_stand_side_by_side(table: Path, tmp_path: Path) -> None:
    command = ("compare", "--packs", f"{LAB},{OFFICE}", "--input", table, "--output", tmp_path / "out.csv")
    ended = lantern(*command)
    assert ended.code == 0, ended.err
    assert all(pack in ended.out for pack in (LAB, OFFICE))
    assert only_row(tmp_path / "out.csv")["difference"]
    document = lantern(*command, "--json").json
    assert (document["rows"], document["both"]) == (1, 1)
    assert [side["only_inputs"] for side in document["packs"]][1] == ["bmi_kg_m2"]


@pytest.mark.parametrize(
    ("words", "code", "key"),
    [
        (("whatif", "--pack", LAB, "--set", "age=40"), 2, "change_unknown"),
        (("whatif", "--pack", LAB, "--set", "smoker=perhaps"), 2, "change_value"),
        (("whatif", "--pack", "ckdepi_2021_cr"), 2, "what_if_no_risk"),
        (("whatif", "--pack", "nobody"), 6, "pack_unknown"),
        (("compare", "--packs", LAB), 2, "compare_two"),
        (("compare", "--packs", f"{LAB},nobody"), 6, "pack_unknown"),
        (("assess", "--pack", LAB, "--of", "risk_10y"), 2, "output_without_explain"),
        (("assess", "--pack", LAB, "--explain", "--of", "nothing"), 2, "output_unknown"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    table: Path, tmp_path: Path, words: tuple[str, ...], code: int, key: str
) -> None:
    check_refused(lantern(*words, "--input", table, "--output", tmp_path / "out.csv"), code, f"error.{key}")
    assert not (tmp_path / "out.csv").exists()
