"""What models of other samples say stands beside a number wherever clinicians read, and on no patient's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from engine.domain.assessment import Assessment
from engine.domain.report import Sentence
from engine.domain.results import OutputValue, PackRef, RiskResult, StabilityEnds, Status
from engine.packs import Manifest
from engine.packs.manifest import Output, OutputKind
from engine.packs.origin import Words
from engine.report import ReportOptions, compose
from engine.report.case import Case
from engine.report.lead import lead_facts
from engine.report.stability import meaning, span, span_of_people
from engine.wording import load_wording
from tests.engine.report.conftest import WHO

ENDS = StabilityEnds(0.094, 0.1712, 0.95, 200)


def text(sentence: Sentence) -> str:
    return "".join(run.text for run in sentence).replace("\u00a0", " ")


def steady(made: Assessment, ends: StabilityEnds = ENDS) -> Assessment:
    """The same assessment by a tool that carries models of other samples."""
    results = tuple(
        replace(result, outputs=(replace(result.outputs[0], stability=ends), *result.outputs[1:]))
        if result.pack.id == WHO
        else result
        for result in made.results
    )
    return replace(made, results=results)


@pytest.mark.parametrize(
    ("language", "line", "words"),
    [
        (
            "en",
            "Models trained on other samples of the same people: 9.4 to 17.1% (95% of 200 models).",
            "9 to 17 of 100 by models trained on other samples",
        ),
        (
            "zh",
            "从同一批人中另外抽样训练的模型：9.4 至 17.1%（200 个模型中的 95%）。",
            "用其他抽样训练的模型：每 100 人中 9 至 17 人",
        ),
    ],
)
def test_the_leading_number_has_its_ends_on_the_clinicians_side_and_beside_the_form(
    typical: Assessment, packs: Mapping[str, Manifest], language: str, line: str, words: str
) -> None:
    options = ReportOptions(language)
    report, plain = (compose(each, packs, options) for each in (steady(typical), typical))
    assert line in " ".join(text(each) for each in report.clinician.result_lines)
    assert report.clinician.result == plain.clinician.result
    patient, before = (replace(each.patient, small_print=()) for each in (report, plain))  # the seal is another
    assert patient == before  # read at arm's length, and about the person alone
    facts, without = (lead_facts(each, packs, options) for each in (steady(typical), typical))
    assert facts is not None
    assert facts.stability == words
    assert without is not None
    assert without.stability == ""
    assert replace(facts, stability="") == without


def test_a_page_without_ends_is_the_page_it_was(typical: Assessment, packs: Mapping[str, Manifest]) -> None:
    assert not any("other samples" in text(line) for line in compose(typical, packs).clinician.result_lines)


def test_other_tools_have_theirs_behind_the_number(typical: Assessment, packs: Mapping[str, Manifest]) -> None:
    other = packs["framingham_2008_lab"]
    outputs = tuple(
        OutputValue(each.name, 0.123, ENDS if each.name == other.headline_output else None) for each in other.outputs
    )
    result = RiskResult(PackRef(other.id, other.version, other.digest), Status.OK, outputs, {}, ())
    tools = compose(replace(typical, results=(*typical.results, result)), packs).clinician.tools
    assert tools is not None
    (answer,) = (text(row.answer) for row in tools.rows if row.name == other.title.en)
    assert "12.3% (9.4 to 17.1% by models trained on other samples)" in answer


def test_ends_stand_on_the_scale_of_their_output(typical: Assessment, packs: Mapping[str, Manifest]) -> None:
    case = Case(typical, packs, ReportOptions())
    points = Output("p", OutputKind.POINTS, Words("p", "p"), display_decimals=0)
    assert span(StabilityEnds(3.2, 7.8, 0.9, 50), points, case.formats, case.wording) == "3 to 8"


@pytest.mark.parametrize(
    ("low", "high", "out_of", "told"),
    [
        (0.09, 0.17, 100, "9 to 17"),
        (0.123, 0.124, 100, "12"),
        (0.001, 0.02, 100, "<1 to 2"),
        (0.97, 0.999, 100, "97 to >99"),
        (0.004, 0.012, 1000, "4 to 12"),
    ],
)
def test_ends_as_people_are_rounded_as_the_number_is(low: float, high: float, out_of: int, told: str) -> None:
    assert span_of_people(StabilityEnds(low, high, 0.95, 200), out_of, load_wording("en")) == told


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_it_means_is_said_with_its_source(language: str) -> None:
    said = meaning(replace(ENDS, models=137), load_wording(language))
    for part in ("137", "95", "10.1002/bimj.202200302"):
        assert part in said
