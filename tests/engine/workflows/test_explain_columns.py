"""``lantern assess --explain``: what each input adds, beside the number it explains."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import UsageError
from engine.fields import load_dictionary
from engine.packs import Pack, PackLibrary
from engine.workflows.assess_file import Extras, assess_file

MakePack = Callable[..., Pack]
PEOPLE = (
    "id,sex,age,sbp_mmhg,smoker,bmi_kg_m2,total_cholesterol_mmol_l\n"
    "a,F,55,160,current,31,5\nb,M,60,120,never,,\nc,F,90,150,never,24,\n"
)
ADDED = ["contribution.sbp_mmhg", "contribution.smoker", "contribution.bmi_kg_m2", "reference"]


@pytest.fixture
def explained(make_pack: MakePack, tmp_path: Path) -> Callable[..., list[dict[str, str]]]:
    make_pack(folder=tmp_path / "packs")

    def run(text: str, output: str | None = None) -> list[dict[str, str]]:
        source, target = tmp_path / "in.csv", tmp_path / "out.csv"
        source.write_text(text, encoding="utf-8")
        extras = Extras(explain=True, output=output)
        assess_file("toy", source, target, PackLibrary([tmp_path / "packs"]), load_dictionary(), extras=extras)
        with target.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, strict=True))

    return run


@pytest.mark.parametrize(("output", "of"), [(None, "risk_10y"), ("hf_10y", "hf_10y")])
def test_contributions_and_reference_add_up_to_the_output(
    explained: Callable[..., Any], output: str | None, of: str
) -> None:
    rows = explained(PEOPLE, output)
    assert list(rows[0])[-5:] == ["reasons", *ADDED]
    first = rows[0]
    assert sum(float(first[name]) for name in ADDED) == pytest.approx(float(first[of]), abs=1e-12)
    assert float(first["contribution.smoker"]) > 0
    assert (float(first["contribution.bmi_kg_m2"]) > 0) is (of == "hf_10y")


def test_what_takes_no_part_has_an_empty_cell(explained: Callable[..., Any]) -> None:
    _, at_reference, refused = explained(PEOPLE)
    assert [at_reference[name] for name in ADDED[:3]] == ["0", "0", ""]
    assert at_reference["reference"] == at_reference["risk_10y"]
    assert refused["status"] == "refused"
    assert [refused[name] for name in ADDED] == [""] * 4


def test_a_column_that_the_input_already_has_is_told_apart(explained: Callable[..., Any]) -> None:
    (row,) = explained("sex,age,sbp_mmhg,smoker,reference\nF,55,140,never,kept\n")
    assert row["reference"] == "kept"
    assert float(row["toy.reference"]) < float(row["risk_10y"])


@pytest.mark.parametrize(("output", "code"), [("nothing", "output_unknown"), ("risk_30y", "output_no_number")])
def test_an_output_that_cannot_be_explained_is_refused(
    make_pack: MakePack, tmp_path: Path, output: str, code: str
) -> None:
    document: dict[str, Any] = dict(make_pack().manifest.to_json())
    document["outputs"] = [
        *document["outputs"][:2],
        {**document["outputs"][2], "kind": "category", "categories": ["a", "b"]},
    ]
    document["graph"]["sha256"] = ""
    make_pack(document=document, folder=tmp_path)
    with pytest.raises(UsageError, match=code):
        assess_file(
            "toy",
            tmp_path / "in.csv",
            tmp_path / "out.csv",
            PackLibrary([tmp_path]),
            load_dictionary(),
            extras=Extras(explain=True, output=output),
        )


def test_an_output_named_without_asking_why_is_refused(make_pack: MakePack, tmp_path: Path) -> None:
    make_pack(folder=tmp_path)
    with pytest.raises(UsageError, match="output_without_explain"):
        assess_file(
            "toy",
            tmp_path / "in.csv",
            tmp_path / "out.csv",
            PackLibrary([tmp_path]),
            load_dictionary(),
            extras=Extras(output="risk_10y"),
        )
