"""What moves the number: amounts add up from the reference to the person, and inputs told together share a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from engine.domain.assessment import Assessment
from engine.domain.attribution import Contribution
from engine.domain.report import Moves
from engine.packs.manifest import Manifest
from engine.report import ReportOptions, compose

SMOKING = Contribution(("smoker",), {"smoker": "current"}, {"smoker": "never"}, 0.048)
PRESSURE = Contribution(("sbp_mmhg",), {"sbp_mmhg": 148.0}, {"sbp_mmhg": 120.0}, 0.037)
LIPIDS = Contribution(
    ("total_cholesterol_mmol_l", "hdl_mmol_l"),
    {"total_cholesterol_mmol_l": 5.79, "hdl_mmol_l": 1.1},
    {"total_cholesterol_mmol_l": 5.0, "hdl_mmol_l": 1.3},
    0.008,
)
DIABETES = Contribution(("diabetes",), {"diabetes": False}, {"diabetes": False}, 0.0)


def told(
    typical: Assessment, packs: Mapping[str, Manifest], *contributions: Contribution, language: str = "en"
) -> Moves:
    (explanation,) = typical.explanations
    made = replace(typical, explanations=(replace(explanation, contributions=contributions),))
    found = compose(made, packs, ReportOptions(language)).clinician.moves
    assert found is not None
    return found


def test_rows_add_up_from_the_reference_to_the_person(typical: Assessment, packs: Mapping[str, Manifest]) -> None:
    moves = told(typical, packs, SMOKING, PRESSURE, LIPIDS, DIABETES)
    assert [(row.label, row.text) for row in moves.rows] == [
        ("Smoking: Smokes now", "+4.8"),
        ("Systolic pressure 148", "+3.7"),
        ("Total cholesterol 5.79, HDL cholesterol 1.1", "+0.8"),
    ]
    assert moves.totals == (("All at reference", "5.4"), ("This person", "14.7"))
    assert [row.share for row in moves.rows] == pytest.approx([1, 37 / 48, 8 / 48])
    assert "add up to the difference" in moves.note
    assert "HDL cholesterol 1.3" in moves.note
    assert "sample" not in moves.note


def test_a_drawn_amount_says_how_good_it_is(typical: Assessment, packs: Mapping[str, Manifest]) -> None:
    drawn = replace(SMOKING, standard_error=0.0004)
    assert "good to about 0.08 points" in told(typical, packs, drawn, PRESSURE).note
    assert "0.08" in told(typical, packs, drawn, PRESSURE, language="zh").note


def test_an_older_assessment_tells_what_each_input_does_alone(
    typical: Assessment, packs: Mapping[str, Manifest]
) -> None:
    moves = told(typical, packs)
    assert [row.text for row in moves.rows] == ["+5.4", "+4.1", "+1.1"]
    assert "do not add up" in moves.note
