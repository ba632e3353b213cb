"""What a report tells that no assessment holds: why this tool, which were not asked, which were withdrawn since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from engine.domain.assessment import Assessment
from engine.domain.choice import Candidate, Choice, Standing
from engine.domain.report import Report, Sentence
from engine.domain.results import OutputValue, RiskResult, Status
from engine.packs import Manifest
from engine.report import ReportOptions, compose
from engine.report.case import Beside
from tests.engine.report.conftest import AMERICA, SCENES, ref

MakeReport = Callable[..., Report]
Packs = Mapping[str, Manifest]
LAB, OFFICE = "who_cvd_2019_lab", "who_cvd_2019_nonlab"
HEART = "cardiovascular"


def text(sentence: Sentence) -> str:
    return "".join(run.text for run in sentence).replace("\u00a0", " ")


def standing(topic: str = HEART, **packs: Standing) -> Beside:
    return Beside(Choice(topic, tuple(Candidate(pack_id, how) for pack_id, how in packs.items())))


def chosen(report: Report) -> list[str]:
    assert report.clinician.tools is not None
    return [text(line) for line in report.clinician.tools.chosen]


def test_the_line_says_what_the_manifest_declares(typical: Assessment, packs: Packs) -> None:
    beside = standing(who_cvd_2019_lab=Standing.CHOSEN)
    assert chosen(compose(typical, packs, None, beside)) == ["Why this tool: it is declared first in China."]
    assert chosen(compose(typical, packs, ReportOptions("zh"), beside)) == ["为何用此工具：模型包声明其在中国首选。"]
    abroad = replace(typical, clinic=AMERICA)
    assert chosen(compose(abroad, packs, None, beside)) == ["Why this tool: it ranks first of those for any country."]
    own = {**packs, LAB: replace(packs[LAB], countries=("USA",), first_in=())}
    assert chosen(compose(abroad, own, None, beside)) == ["Why this tool: it was made for United States."]


def test_what_comes_before_is_told_with_why_it_does_not_speak(packs: Packs) -> None:
    made = SCENES["office"]()
    first = RiskResult(ref("qrisk3_2017"), Status.OK, (OutputValue("risk_10y", 0.12),), {}, ())
    made = replace(made, results=(first, *made.results), clinic=replace(made.clinic, settings={"country_iso3": "GBR"}))
    assert chosen(compose(made, packs, None, standing(who_cvd_2019_nonlab=Standing.CHOSEN))) == [
        "Why this tool: it ranks first of those for any country. Would come before it, but gave no number: WHO "
        "cardiovascular disease risk 2019, laboratory-based. Comes before it, but for clinicians only: UK heart risk "
        "equation, BMJ 2017."
    ]


def test_those_that_were_not_asked_take_one_line(typical: Assessment, packs: Packs) -> None:
    beside = standing(
        who_cvd_2019_lab=Standing.CHOSEN,
        globorisk=Standing.ON_DEMAND,
        china_par_2016=Standing.OFF,
        framingham_2008_lab=Standing.OFF,
        framingham_2008_bmi=Standing.OFF,
        prevent=Standing.ELSEWHERE,
        unknown_one=Standing.ELSEWHERE,
        gail_bcrat=Standing.REFUSED,
    )
    assert chosen(compose(typical, packs, None, beside))[1] == (
        "Not asked: on demand: Globorisk (laboratory, office; 182 countries); licence note not accepted: 3 tools; "
        "made elsewhere: US cardiovascular risk equations (Khan 2024, Circulation), unknown_one. "
        f"No number, for several reasons: {packs['gail_bcrat'].title.en}."
    )


def test_without_a_number_nothing_is_said_of_why_but_of_who_was_not_asked(packs: Packs) -> None:
    beside = standing(who_cvd_2019_lab=Standing.REFUSED, globorisk=Standing.ON_DEMAND)
    (line,) = chosen(compose(SCENES["excluded"](), packs, None, beside))
    assert line.startswith("Not asked: ")


def test_a_range_says_why_its_tool_stands_there(packs: Packs) -> None:
    beside = standing(who_cvd_2019_lab=Standing.RANGE)
    assert chosen(compose(SCENES["range"](), packs, None, beside)) == ["Why this tool: it is declared first in China."]


def test_the_choice_of_another_topic_is_left_out(typical: Assessment, packs: Packs) -> None:
    assert chosen(compose(typical, packs, None, standing("diabetes", findrisc=Standing.OFF))) == []
    assert compose(typical, packs) == compose(typical, packs, None, Beside())


@pytest.mark.parametrize(
    ("language", "line", "footnote"),
    [
        (
            "en",
            "Withdrawn: the pack who_cvd_2019_lab 1.0.0 that made this was withdrawn (wrong table). Do not act on it.",
            "This score was withdrawn later. Ask your clinician about it.",
        ),
        (
            "zh",
            "已停用：得出此结果的模型包 who_cvd_2019_lab 1.0.0 已停用（wrong table）。请勿据此决定。",
            "这个评分后来已停用，请问医生。",
        ),
    ],
)
@pytest.mark.parametrize("scene", ["typical", "range"])
def test_a_number_of_a_withdrawn_pack_is_flagged_on_both_sides(
    packs: Packs, scene: str, language: str, line: str, footnote: str
) -> None:
    beside = Beside(withdrawn={packs[LAB].digest: "wrong table"})
    report = compose(SCENES[scene](), packs, ReportOptions(language), beside)
    assert text(report.clinician.result_lines[0]) == line
    assert text(report.patient.headline.footnote) == footnote
    assert len(report.clinician.result_lines) == 3


def test_another_tool_that_was_withdrawn_is_flagged_in_its_row(typical: Assessment, packs: Packs) -> None:
    report = compose(typical, packs, None, Beside(withdrawn={packs["ckdepi_2021_cr"].digest: "error found"}))
    assert report.clinician.tools is not None
    answers = {row.name: text(row.answer) for row in report.clinician.tools.rows}
    assert answers["CKD-EPI 2021 creatinine eGFR"].startswith("Withdrawn: the pack ckdepi_2021_cr 1.0.0")
    assert "Withdrawn" not in "".join(text(line) for line in report.clinician.result_lines)


def test_a_pack_of_another_digest_is_not_flagged(typical: Assessment, packs: Packs) -> None:
    assert compose(typical, packs, None, Beside(withdrawn={"0" * 64: "another"})) == compose(typical, packs)
