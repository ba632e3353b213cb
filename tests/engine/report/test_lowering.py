"""What would lower a number, on both sides: only what does, and treatments by their trials for clinicians alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from engine.domain.assessment import Assessment
from engine.domain.report import Report
from engine.domain.what_if import Change, Combination, WhatIf
from engine.packs import Manifest
from engine.report import ReportOptions, compose
from engine.report.seal import as_json
from tests.engine.report.conftest import SCENES

MakeReport = Callable[..., Report]
Packs = Mapping[str, Manifest]
SMOKER, PRESSURE, CHOLESTEROL = "smoker", "sbp_mmhg", "total_cholesterol_mmol_l"


def lowered(**changes: object) -> Assessment:
    """The man whose assessment keeps what would lower his number, with some of that changed."""
    made = SCENES["lowered"]()
    assert made.what_if is not None
    return replace(made, what_if=replace(made.what_if, **changes))  # type: ignore[arg-type]  # a test names its fields


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inside)


def bars(report: Report) -> list[tuple[str, str]]:
    assert report.patient.picture is not None
    return [(bar.label, bar.count) for bar in report.patient.picture.bars]


def test_a_change_that_vanishes_in_whole_people_is_no_bar_but_counts_among_all(composed: MakeReport) -> None:
    report = composed("lowered")
    assert bars(report) == [("Today", "15"), ("No smoking", "9"), ("Pressure at 120", "11"), ("All good values", "5")]
    assert report.patient.picture is not None
    assert [(array.black, array.striped) for array in report.patient.picture.arrays] == [(15, 0), (5, 10)]


def test_both_together_are_named_so_where_they_are_all(packs: Packs) -> None:
    made = lowered(
        changes=(Change(SMOKER, "current", "never", 0.093), Change(PRESSURE, 148.0, 120.0, 0.106)),
        combinations=(Combination(frozenset({SMOKER, PRESSURE}), 0.061),),
    )
    assert bars(compose(made, packs))[-1] == ("Both", "6")
    table = compose(made, packs).clinician.lowering
    assert table is not None
    assert table.rows[2].label == "Both together"


def test_one_small_change_may_show_only_beside_another(packs: Packs) -> None:
    made = lowered(
        changes=(Change(SMOKER, "current", "never", 0.094), Change(CHOLESTEROL, 5.8, 5.0, 0.1456)),
        combinations=(Combination(frozenset({SMOKER, CHOLESTEROL}), 0.0844),),
    )
    assert bars(compose(made, packs)) == [("Today", "15"), ("No smoking", "9"), ("All good values", "8")]


def test_nothing_that_lowers_leaves_no_bar_and_no_table(packs: Packs) -> None:
    report = compose(lowered(changes=(), combinations=(), peer=0.15), packs)
    assert bars(report) == []
    assert report.patient.picture is not None
    assert len(report.patient.picture.arrays) == 1
    assert report.clinician.lowering is None
    assert report.patient.why is not None
    assert "good values" not in report.patient.why.closing, "such people would be no better off"
    assert "Same person, every input below at its reference" in "".join(
        run.text for line in report.clinician.result_lines for run in line
    )


def test_the_table_tells_each_alone_all_together_and_the_peer(composed: MakeReport) -> None:
    table = composed("lowered").clinician.lowering
    assert table is not None
    assert [(row.label, row.number, row.difference) for row in table.rows] == [
        ("Smoking: Never", "9.3", "\u22125.4"),
        ("Systolic pressure 120", "10.6", "\u22124.1"),
        ("All three together", "5.4", "\u22129.3"),
        ("Same age and sex, good values", "5.4", "\u22129.3"),
    ], "a change of less than half the last decimal is no row"
    assert "not what a change brings about" in table.note


def test_some_of_the_changes_together_are_named(packs: Packs) -> None:
    made = lowered(combinations=(Combination(frozenset({SMOKER, PRESSURE}), 0.061),))
    table = compose(made, packs).clinician.lowering
    assert table is not None
    assert ("Together: Smoking and Systolic pressure", "6.1") in [(row.label, row.number) for row in table.rows]


def test_people_with_good_values_are_told_once_with_what_nobody_can_change(packs: Packs) -> None:
    made = SCENES["lowered"]()
    inputs = tuple(replace(each, value=True) if each.field == "diabetes" else each for each in made.inputs)
    for language, said in (
        ("en", "A man of 56 with good values and no diabetes: about 5 of 100."),
        ("zh", "各项良好且没有糖尿病的 56 岁男性：100 人中约 5 人。"),
    ):
        report = compose(replace(made, inputs=inputs), packs, ReportOptions(language))
        assert report.patient.why is not None
        assert report.patient.why.closing.replace("\u00a0", " ").count(said) == 1
    table = compose(replace(made, inputs=inputs), packs).clinician.lowering
    assert table is not None
    assert table.rows[-1].label == "Same age and sex, good values, no diabetes"


def test_treatments_stand_on_the_clinicians_side_with_effect_interval_and_source(composed: MakeReport) -> None:
    report = composed("lowered")
    table = report.clinician.treatments
    assert table is not None
    assert [(row.label, row.effect, row.number) for row in table.rows] == [
        ("A statin that lowers LDL cholesterol by 1 mmol/L", "0.79 (0.77 to 0.81)", "14.7% → 11.8%")
    ]
    assert "Rates of major vascular events, by trials" in table.note
    assert "is not causal" in table.note
    assert table.note.endswith("Sources: Trialists 2012.")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_treatment_stands_on_the_patients_side(composed: MakeReport, language: str) -> None:
    said = " ".join(strings(as_json(composed("lowered", language).patient))).lower()
    assert "statin" not in said
    assert "他汀" not in said
    assert "0.79" not in said


def test_a_treatment_of_the_first_assessments_names_its_whole_source(packs: Packs) -> None:
    made = SCENES["lowered"]()
    assert made.what_if is not None
    older = tuple(replace(each, cited="") for each in made.what_if.treatments)
    table = compose(replace(made, what_if=replace(made.what_if, treatments=older)), packs).clinician.treatments
    assert table is not None
    assert table.note.endswith("Sources: Trialists. Lancet 2012;380:581-590.")


def test_both_sides_tell_the_same_reasons_in_the_same_order(composed: MakeReport) -> None:
    report = composed("lowered")
    assert report.patient.why is not None
    assert report.clinician.moves is not None
    raises = report.patient.why.groups[0].reasons
    assert [(reason.text, reason.dots) for reason in raises] == [
        ("Smoking", 3),
        ("Blood pressure 148, taking pressure tablets", 3),
        ("Cholesterol 5.8", 1),
    ]
    assert [row.text for row in report.clinician.moves.rows] == ["+4.7", "+3.8", "+0.8"]
    assert [reason.text for reason in report.patient.why.groups[1].reasons] == ["No diabetes"]


def test_what_keeps_the_number_down_has_its_dots(packs: Packs) -> None:
    made = SCENES["lowered"]()
    explanation = made.explanations[0]
    shares = tuple(
        replace(each, amount=-0.02) if each.fields == (CHOLESTEROL,) else each for each in explanation.contributions
    )
    report = compose(replace(made, explanations=(replace(explanation, contributions=shares),)), packs)
    assert report.patient.why is not None
    keeps = report.patient.why.groups[1].reasons
    assert [(reason.text, reason.dots) for reason in keeps] == [("Cholesterol 5.8", 2), ("No diabetes", 0)]


def test_what_would_lower_another_number_is_not_told_of_this_one(packs: Packs) -> None:
    other = WhatIf("findrisc", "risk_10y", 0.147, (Change(SMOKER, "current", "never", 0.01),), (), 0.01)
    made = replace(SCENES["lowered"](), what_if=other)
    report = compose(made, packs)
    assert report.clinician.lowering is None
    assert bars(report)[1] == ("No smoking", "9"), "as an assessment tells it that keeps no changes"
