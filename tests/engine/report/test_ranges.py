"""A range as facts for a screen: counts, what was assumed and by whose figures, what to find out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from engine.domain.assessment import Assessment
from engine.domain.live import LiveLead, LiveRange
from engine.domain.ranges import Assumption
from engine.domain.report import Bound
from engine.domain.results import Code, Note, RiskResult, Status
from engine.fields import load_dictionary
from engine.packs import Manifest
from engine.report import ReportOptions
from engine.report.lead import lead_facts
from engine.risk.plausible import load_plausible_values
from engine.wording import load_wording
from engine.workflows.plausible_values import CLINIC
from tests.engine.report.conftest import SCENES, TAKEN, refused, spread

Packs = Mapping[str, Manifest]
LAB, OFFICE = "who_cvd_2019_lab", "who_cvd_2019_nonlab"
CHOLESTEROL = "total_cholesterol_mmol_l"


def led(made: Assessment, packs: Packs, language: str = "en") -> LiveLead:
    found = lead_facts(made, packs, ReportOptions(language))
    assert found is not None
    return found


def range_of(made: Assessment, packs: Packs, language: str = "en") -> LiveRange:
    found = led(made, packs, language).range
    assert found is not None
    return found


def test_without_a_number_the_range_of_the_leading_tool_stands_in_its_place(packs: Packs) -> None:
    lead = led(SCENES["range"](), packs)
    assert (lead.pack_id, lead.fraction, lead.count) == (LAB, None, None)
    assert [reason.field for reason in lead.reasons] == [CHOLESTEROL]
    found = lead.range
    assert found is not None
    assert (found.pack_id, found.low, found.typical, found.high) == (LAB, 0.126, 0.144, 0.181)
    assert [(each.text, each.out_of, each.bound) for each in (found.low_count, found.high_count)] == [
        ("13", 100, Bound.EXACT),
        ("18", 100, Bound.EXACT),
    ]
    assert found.assumed == (
        "Total cholesterol was not measured. Taken as 3.6 to 6.9 mmol/L, as in nine of ten men aged 50 to 59 without "
        "diabetes (NHANES 2017-2018, USA, 190 people).",
    )
    assert [(test.field, test.label, test.removes) for test in found.tests] == [(CHOLESTEROL, "total cholesterol", 1)]
    assert found.advice == "Find out: total cholesterol. This range then becomes a number."


def test_beside_a_number_of_a_lesser_variant_stands_the_range_of_the_better_tool(packs: Packs) -> None:
    lead = led(SCENES["office"](), packs)
    assert (lead.pack_id, lead.fraction) == (OFFICE, 0.163)
    assert lead.range is not None
    assert lead.range.pack_id == LAB
    assert lead.range.advice == (
        "Find out: total cholesterol. Then WHO cardiovascular disease risk 2019, laboratory-based gives the number."
    )


def test_of_several_missing_things_the_one_that_narrows_most_comes_first(packs: Packs) -> None:
    found = range_of(SCENES["range_wide"](), packs)
    assert [test.field for test in found.tests] == ["smoker", CHOLESTEROL]
    assert found.assumed[1] == (
        "Smoking was not known. Every answer was tried; the commonest in men aged 50 and over is “Never” "
        "(NHANES 2003-2006, USA, 903 people)."
    )
    assert found.advice == (
        "Find out first: smoking. On average this takes away 64% of the range. "
        "With total cholesterol as well, it becomes a number."
    )
    chinese = range_of(SCENES["range_wide"](), packs, "zh")
    assert chinese.advice == "请先补上：吸烟。平均可使范围缩小 64%。再补上总胆固醇，就能得出一个数值。"
    assert chinese.assumed[0].replace("\u00a0", " ") == (
        "未测总胆固醇。按 3.6 至 6.9 mmol/L 计算：无糖尿病的 50 至 59 岁男性中，每 10 人有 9 人在此范围"
        "（美国 NHANES 2017-2018 年，190 人）。"
    )


def test_an_older_assessment_and_a_whole_record_have_no_range(packs: Packs, typical: Assessment) -> None:
    assert led(SCENES["missing"](), packs).range is None
    assert led(typical, packs).range is None


def test_a_range_of_another_topic_is_not_told_of_this_one(packs: Packs, typical: Assessment) -> None:
    kidney = spread("kfre_4v", 0.01, 0.02, 0.05, (CHOLESTEROL, 1.0))
    assert led(replace(typical, ranges=(kidney,)), packs).range is None


def test_the_tool_with_the_range_leads_where_an_earlier_one_refuses_for_good(packs: Packs) -> None:
    too_young = refused(LAB, Note("age", Code.OUT_OF_RANGE))
    framingham = refused("framingham_2008_lab", Note(CHOLESTEROL, Code.MISSING))
    made = replace(
        SCENES["range"](),
        results=(too_young, framingham),
        ranges=(spread("framingham_2008_lab", 0.02, 0.03, 0.05, (CHOLESTEROL, 1.0)),),
    )
    lead = led(made, packs)
    assert (lead.pack_id, lead.range and lead.range.pack_id) == ("framingham_2008_lab", "framingham_2008_lab")
    assert led(replace(made, ranges=()), packs).pack_id == LAB


@pytest.mark.parametrize(
    ("low", "high", "counts"),
    [
        (0.004, 0.0089, ("4", "9", 1000)),
        (0.004, 0.023, ("fewer than 1", "2", 100)),
        (0.0402, 0.0441, ("4", "4", 100)),
        (0.97, 0.996, ("97", "more than 99", 100)),
    ],
)
def test_both_ends_are_counted_in_the_denominator_of_the_high_one(
    packs: Packs, low: float, high: float, counts: tuple[str, str, int]
) -> None:
    made = replace(SCENES["range"](), ranges=(spread(LAB, low, low, high, (CHOLESTEROL, 1.0)),))
    found = range_of(made, packs)
    assert (found.low_count.text, found.high_count.text, found.high_count.out_of) == counts
    assert found.low_count.out_of == found.high_count.out_of


def test_beside_a_number_both_ends_are_counted_as_it_is(packs: Packs) -> None:
    made = SCENES["office"]()
    small = RiskResult(made.results[1].pack, Status.OK, (replace(made.results[1].outputs[0], value=0.0083),), {}, ())
    made = replace(made, results=(made.results[0], small), ranges=(spread(LAB, 0.006, 0.009, 0.014),))
    found = range_of(made, packs)
    assert (found.low_count.text, found.high_count.text, found.high_count.out_of) == ("6", "14", 1000)


@pytest.mark.parametrize(
    ("diabetes", "people", "told"),
    [
        (False, "in men aged 50 to 59 without diabetes", True),
        (None, "in men aged 50 to 59 not told that they have diabetes", True),
        (True, "in men aged 50 to 59 with diabetes", False),
    ],
)
def test_figures_of_people_without_diabetes_are_owned_to_where_the_person_has_it(
    packs: Packs, diabetes: bool | None, people: str, told: bool
) -> None:
    taken = replace(TAKEN["smoker"], source="nhanes_2017", diabetes=diabetes, ages=(50, 60))
    made = replace(SCENES["range_wide"](), ranges=(replace(spread(LAB, 0.1, 0.2, 0.3), assumptions=(taken,)),))
    (sentence,) = range_of(made, packs).assumed
    assert people in sentence
    assert "no such figures" not in sentence
    inputs = tuple(replace(each, value=True) if each.field == "diabetes" else each for each in made.inputs)
    (sentence,) = range_of(replace(made, inputs=inputs), packs).assumed
    assert ("There are no such figures for people with diabetes." in sentence) is told


def test_a_clinics_own_people_and_a_source_without_words_are_named(packs: Packs) -> None:
    def said(given: Assumption) -> str:
        made = replace(SCENES["range"](), ranges=(replace(spread(LAB, 0.1, 0.2, 0.3), assumptions=(given,)),))
        (sentence,) = range_of(made, packs).assumed
        return sentence

    assert "(people of this clinic, 190 people)" in said(replace(TAKEN[CHOLESTEROL], source=CLINIC.id, sex=None))
    assert "(survey_of_2031, 190 people)" in said(replace(TAKEN[CHOLESTEROL], source="survey_of_2031"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_source_of_plausible_values_has_words(language: str) -> None:
    sources = {*load_plausible_values(load_dictionary()).sources, CLINIC.id}
    wording = load_wording(language)
    assert {source for source in sources if f"report.range.figures.{source}" not in wording} == set()
