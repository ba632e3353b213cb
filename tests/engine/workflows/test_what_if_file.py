"""``lantern whatif``: a CSV in, the same CSV out with what would lower the number."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import UsageError
from engine.fields import load_dictionary
from engine.packs import Pack, PackLibrary
from engine.workflows.scored_table import AssessFileSummary
from engine.workflows.what_if_file import Question, what_if_file

MakePack = Callable[..., Pack]
HEADER = "id,sex,age,sbp_mmhg,smoker,bmi_kg_m2,total_cholesterol_mmol_l,ldl_mmol_l,on_statin"
PEOPLE = f"{HEADER}\na,F,55,160,current,31,5,3.6,false\nb,M,60,110,never,,,,\nc,F,90,150,never,24,,,\n"
CHANGES = ["whatif.sbp_mmhg", "whatif.smoker", "whatif.bmi_kg_m2", "whatif.together", "peer"]
TREATED = ["treated.lower_pressure", "treated.lower_ldl"]
Ask = Callable[..., tuple[AssessFileSummary, list[dict[str, str]]]]


@pytest.fixture
def ask(make_pack: MakePack, tmp_path: Path) -> Ask:
    make_pack(folder=tmp_path / "packs")

    def run(text: str = PEOPLE, **question: Any) -> tuple[AssessFileSummary, list[dict[str, str]]]:
        source, target = tmp_path / "in.csv", tmp_path / "out.csv"
        source.write_text(text, encoding="utf-8")
        library = PackLibrary([tmp_path / "packs"])
        summary = what_if_file("toy", source, target, library, load_dictionary(), Question(**question))
        with target.open(encoding="utf-8", newline="") as file:
            return summary, list(csv.DictReader(file, strict=True))

    return run


def test_each_change_stands_beside_the_number_it_would_lower(ask: Ask) -> None:
    summary, (first, second, refused) = ask()
    assert (summary.rows, summary.ok, summary.refused) == (3, 2, 1)
    assert list(first)[-8:] == ["reasons", *CHANGES, *TREATED]
    risk = float(first["risk_10y"])
    alone = [float(first["whatif.sbp_mmhg"]), float(first["whatif.smoker"])]
    assert float(first["whatif.together"]) < min(alone)
    assert max(alone) < risk
    assert first["whatif.bmi_kg_m2"] == ""  # of no say in this risk
    assert float(first["peer"]) == pytest.approx(float(first["whatif.together"]))
    assert float(first["treated.lower_pressure"]) == pytest.approx(1 - (1 - risk) ** 0.8)
    assert float(first["treated.lower_ldl"]) == pytest.approx(1 - (1 - risk) ** 0.79)
    # Better than good: nothing to change, and the peer has a worse number.
    assert [second[name] for name in (*CHANGES[:4], *TREATED)] == [""] * 6
    assert float(second["peer"]) > float(second["risk_10y"])
    assert (refused["status"], [refused[name] for name in (*CHANGES, *TREATED)]) == ("refused", [""] * 7)


def test_another_output_and_other_values_can_be_asked_for(ask: Ask) -> None:
    _, (usual, *_) = ask()
    _, (first, *_) = ask(output="hf_10y", targets={"sbp_mmhg": "150"})
    assert float(first["whatif.bmi_kg_m2"]) < float(first["hf_10y"])
    assert "treated.lower_pressure" not in first  # trials counted the events of the main risk
    _, (within_reach, *_) = ask(targets={"sbp_mmhg": "150"})
    assert float(usual["whatif.sbp_mmhg"]) < float(within_reach["whatif.sbp_mmhg"]) < float(usual["risk_10y"])


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"targets": {"age": "40"}}, "change_unknown"),
        ({"targets": {"sbp_mmhg": "low"}}, "change_value"),
        ({"targets": {"sbp_mmhg": ""}}, "change_value"),
        ({"output": "nothing"}, "output_unknown"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask: Ask, tmp_path: Path, question: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError, match=code):
        ask(**question)
    assert not (tmp_path / "out.csv").exists()


def test_a_number_of_which_less_is_not_better_is_refused(make_pack: MakePack, tmp_path: Path) -> None:
    make_pack({"outputs.0.kind": "index"}, folder=tmp_path / "packs")
    library = PackLibrary([tmp_path / "packs"])
    with pytest.raises(UsageError, match="what_if_no_risk"):
        what_if_file("toy", tmp_path / "in.csv", tmp_path / "out.csv", library, load_dictionary())


def test_the_country_of_the_table_fills_what_follows_from_it(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("sex,age,sbp_mmhg,smoker,bmi_kg_m2,cvd_history\nM,55,150,current,27,false\n")
    arguments = ("who_cvd_2019_nonlab", tmp_path / "in.csv", tmp_path / "out.csv", PackLibrary.shipped())
    assert what_if_file(*arguments, load_dictionary()).refused == 1
    assert what_if_file(*arguments, load_dictionary(), Question(country="CHN")).ok == 1
