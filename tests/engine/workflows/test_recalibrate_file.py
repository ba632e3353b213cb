"""A probability of today against what people turned out to have: no time, log odds."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.domain.recalibration import Reason, Scale, Verdict
from engine.errors import InputError
from engine.fields import load_dictionary
from engine.packs import Pack, PackLibrary, read_pack
from engine.packs.cases import read_cases
from engine.workflows.recalibrate_file import recalibrate_file
from tests.engine.conftest import toy_risk

HEADER = ("sex", "age", "sbp_mmhg", "smoker", "outcome_event")
CASES = """sex,age,sbp_mmhg,smoker,expected_risk_10y,tolerance,source
F,55,140,never,0.1,1,Tests
M,70,150,never,0.5,1,Tests
"""


@pytest.fixture
def library(make_pack: Callable[..., Pack]) -> PackLibrary:
    """The toy as a pack that knows no time: one probability of today."""
    words = {"en": "Chance", "zh": "可能性"}
    changes = {
        "kind": "probability", "horizon_years": [], "inputs.5.valid": None,
        "outputs": [{"name": "risk_10y", "kind": "fraction", "label": words}],
    }  # fmt: skip
    pack = make_pack(changes, cases=CASES)
    return PackLibrary([pack.folder.parent])


def table(folder: Path, people: int, ratio_of_odds: float) -> Path:
    random = np.random.default_rng(3)
    rows = []
    for _ in range(people):
        age, pressure = random.uniform(45, 75), random.normal(140, 15)
        told = toy_risk({"age": age, "sbp_mmhg": pressure, "current": 0})
        odds = told / (1 - told) * ratio_of_odds
        has = random.uniform() < odds / (1 + odds)
        rows.append(("F", repr(age), repr(pressure), "never", int(has)))
    with (folder / "t.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return folder / "t.csv"


def test_a_probability_is_changed_on_log_odds_without_any_time(library: PackLibrary, tmp_path: Path) -> None:
    found = recalibrate_file("toy", table(tmp_path, 2500, 0.4), tmp_path / "out", library, load_dictionary())
    assert (found.scale, found.horizon_years, found.person_years, found.compared_at_years) == (Scale.ODDS, *[None] * 3)
    assert found.verdict is Verdict.INTERCEPT
    assert found.intercept == pytest.approx(np.log(0.4), abs=0.35)  # three standard errors
    assert found.after is not None
    assert found.after.observed_to_expected.value == pytest.approx(1, abs=0.03)
    assert found.made is not None
    pack = read_pack(tmp_path / "out" / found.made.id)
    told = read_cases(pack, load_dictionary()).numbers["risk_10y"]
    before = [
        toy_risk({"age": 55, "sbp_mmhg": 140, "current": 0}),
        toy_risk({"age": 70, "sbp_mmhg": 150, "current": 0}),
    ]
    odds = [risk / (1 - risk) * np.exp(found.intercept) for risk in before]
    assert told.tolist() == pytest.approx([odd / (1 + odd) for odd in odds], abs=1e-9)
    assert pack.manifest.title.en == "Chance, recalibrated to local records"  # its citation names no journal


def test_the_rarer_outcome_is_what_is_too_few(library: PackLibrary, tmp_path: Path) -> None:
    found = recalibrate_file("toy", table(tmp_path, 60, 1.0), tmp_path / "out", library, load_dictionary())
    assert (found.reason, found.months_more) == (Reason.FEW_EVENTS_NO_RATE, None)
    assert not (tmp_path / "out").exists()


def test_without_the_column_of_outcomes_nothing_can_be_told(library: PackLibrary, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("sex,age,sbp_mmhg,smoker\nF,55,140,never\n", encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        recalibrate_file("toy", tmp_path / "t.csv", None, library, load_dictionary())
    assert refusal.value.details == {"column": "outcome_event"}
