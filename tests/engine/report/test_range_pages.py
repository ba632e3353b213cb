"""A range on paper: what both sides say where a number is missing, and beside a number of a lesser variant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from engine.domain.assessment import Assessment
from engine.domain.report import Mark, Report, Sentence
from engine.domain.results import Code, Note
from engine.packs import Manifest
from engine.report import ReportOptions, compose
from tests.engine.report.conftest import SCENES, TAKEN, WHO, refused, spread

MakeReport = Callable[..., Report]
Packs = Mapping[str, Manifest]
CHOLESTEROL = "total_cholesterol_mmol_l"


def text(sentence: Sentence) -> str:
    return "".join(run.text for run in sentence).replace("\u00a0", " ")


def headline(report: Report) -> list[str]:
    return [text(line) for line in report.patient.headline.lines]


def between(low: float, high: float) -> Assessment:
    """The man without cholesterol whose number lies between these."""
    return replace(SCENES["range"](), ranges=(spread(WHO, low, (low + high) / 2, high, (CHOLESTEROL, 1.0)),))


def test_a_patient_reads_both_ends_why_it_is_a_range_and_what_to_do(composed: MakeReport) -> None:
    report = composed("range")
    assert headline(report) == [
        "Of 100 people like you, 13 to 18 will have a heart attack or stroke. At least 82 will not. "
        "This is for the next 10 years.",
        "This is a range, as we do not know: cholesterol.",
        "Please have it done or ask about it today. Then there is one number.",
    ]
    assert (report.patient.headline.number, report.patient.headline.number_of) == ("13–18", "of 100")
    assert headline(composed("range", "zh")) == [
        "与您情况相近的 100 人中，今后 10 年内：",
        "13 至 18 人会发生心梗或中风，至少 82 人不会。",
        "这是一个范围，因为还不知道：总胆固醇。",
        "请今天就做或今天就问，补上后就有一个数字。",
    ]


def test_the_picture_tells_the_sure_ones_from_the_others(composed: MakeReport) -> None:
    picture = composed("range").patient.picture
    assert picture is not None
    (array,) = picture.arrays
    assert (array.black, array.unsure, array.striped, array.title) == (13, 5, 0, "You today: 13 to 18")
    assert [(item.mark, item.text) for item in picture.legend] == [
        (Mark.HAPPENS, "will happen: 13"),
        (Mark.UNSURE, "not sure: 5"),
        (Mark.NOT, "will not happen: 82"),
    ]
    assert any(text(line).startswith("Upright stripes:") for line in picture.reading)
    assert picture.bars == ()


def test_below_one_of_a_hundred_the_squares_are_empty_where_it_is_not_sure(composed: MakeReport) -> None:
    picture = composed("range_small").patient.picture
    assert picture is not None
    assert (picture.arrays[0].out_of, picture.arrays[0].black, picture.arrays[0].unsure) == (1000, 4, 5)
    assert any(text(line).startswith("Empty squares:") for line in picture.reading)


def test_a_range_is_never_explained_and_nothing_is_promised(composed: MakeReport) -> None:
    report = composed("range")
    assert report.patient.why is None
    assert report.clinician.moves is None
    assert report.clinician.lowering is None
    assert report.clinician.treatments is None


def test_a_range_too_wide_for_a_picture_begins_with_what_is_needed(composed: MakeReport) -> None:
    report = composed("range_wide")
    assert report.patient.picture is None
    assert headline(report) == [
        "First we need: smoking and cholesterol.",
        "Of 100 people like you, 7 to 18 will have a heart attack or stroke. At least 82 will not. "
        "This is for the next 10 years.",
        "Please have them done or ask about them today. The first helps most.",
    ]


@pytest.mark.parametrize(
    ("low", "high", "number", "said"),
    [
        (0.0402, 0.0441, "4", "Of 100 people like you, about 4 will have a heart attack or stroke. About 96 will not."),
        (0.002, 0.021, None, "Of 100 people like you, at most 2 will have a heart attack or stroke. At least 98 will"),
        (0.95, 0.997, None, "Of 100 people like you, at least 95 will have a heart attack or stroke. At most 5 will"),
        (0.0001, 0.0004, None, "Fewer than 1 of 1,000 people like you will have a heart attack or stroke."),
        (0.9911, 0.999, None, "More than 99 of 100 people like you will have a heart attack or stroke."),
    ],
)
def test_no_end_of_a_range_is_falsely_precise(
    packs: Packs, low: float, high: float, number: str | None, said: str
) -> None:
    report = compose(between(low, high), packs)
    assert report.patient.headline.number == number
    assert headline(report)[0].startswith(said)
    assert (report.patient.headline.number_words is None) is (number is not None)


def test_the_same_count_at_both_ends_is_called_not_exact_instead_of_a_range(packs: Packs) -> None:
    report = compose(between(0.0402, 0.0441), packs)
    assert headline(report)[1:] == [
        "This is not exact, as we do not know: cholesterol.",
        "Please have it done or ask about it today. Then the number is surer.",
    ]
    assert report.patient.picture is not None
    assert report.patient.picture.arrays[0].unsure == 0
    assert [item.mark for item in report.patient.picture.legend] == [Mark.HAPPENS, Mark.NOT]


def test_nobody_has_no_picture(packs: Packs) -> None:
    assert compose(between(0.0001, 0.0004), packs).patient.picture is None


def test_the_small_print_says_what_was_tried_and_by_whose_figures(composed: MakeReport) -> None:
    assert (
        "Range: cholesterol tried from 3.6 to 6.9 mmol/L (NHANES 2017-2018, USA, 190 people); "
        "smoking, every answer tried (NHANES 2003-2006, USA, 903 people)."
    ) in text(composed("range_wide").patient.small_print[1])


def test_a_number_without_what_a_fuller_score_needs_says_so_and_shows_no_second_number(composed: MakeReport) -> None:
    report = composed("office")
    assert text(report.patient.headline.footnote) == (
        "This is an estimate. Clinics differ, and so do daily readings. "
        "A fuller score also needs: cholesterol. Ask about it today."
    )
    assert report.patient.headline.number == "16"
    assert "13" not in "".join(headline(report))
    assert report.clinician.tools is not None
    answers = {row.name: text(row.answer) for row in report.clinician.tools.rows}
    assert answers["WHO cardiovascular disease risk 2019, laboratory-based"] == (
        "Range 12.6 to 18.1%, typical 14.4%, while total cholesterol is not known."
    )
    assert (
        "Next test: Find out: total cholesterol. Then WHO cardiovascular disease risk 2019, laboratory-based gives "
        "the number."
    ) in [text(item) for item in report.clinician.remarks.items]


def test_the_clinician_reads_the_range_its_bands_and_how_often_such_ranges_hold(composed: MakeReport) -> None:
    page = composed("range").clinician
    assert page.result == "12.6–18.1%"
    head, facts = (text(line) for line in page.result_lines)
    assert head.startswith(
        "10 years. WHO cardiovascular disease risk 2019, laboratory-based: a range, without total cholesterol. Outcome:"
    )
    assert facts == (
        "Typical: 14.4%. Band at both ends: 10 % to below 20 % (printed WHO chart bands). "
        "Nine of ten people like this lie within; of NHANES people set aside, 88 to 93 of 100 did."
    )
    assert [text(item) for item in page.remarks.items] == [
        "Next test: Find out: total cholesterol. This range then becomes a number.",
        "Assumed: Total cholesterol was not measured. Taken as 3.6 to 6.9 mmol/L, as in nine of ten men aged 50 to 59 "
        "without diabetes (NHANES 2017-2018, USA, 190 people).",
    ]


def test_bands_of_different_ends_are_both_named(packs: Packs) -> None:
    page = compose(between(0.049, 0.05), packs).clinician
    assert "Band not certain: from “Below 5 %” to “5 % to below 10 %”" in text(page.result_lines[1])


def test_of_several_missing_things_the_share_of_each_is_told(composed: MakeReport) -> None:
    said = [text(item) for item in composed("range_wide").clinician.remarks.items]
    assert said[0] == ("Next test, with the share of the range that it takes away: smoking 64%, total cholesterol 31%.")
    assert len([item for item in said if item.startswith("Assumed: ")]) == 2


def test_remarks_that_hold_for_the_whole_range_are_doubts(packs: Packs) -> None:
    made = SCENES["range"]()
    doubted = replace(made.ranges[0], notes=(*made.ranges[0].notes, Note("sbp_mmhg", Code.WARN)))
    report = compose(replace(made, ranges=(doubted,)), packs)
    said = [text(item) for item in report.clinician.remarks.items]
    assert "Doubtful: Systolic blood pressure 148 mmHg: outside the usual range of the tool." in said
    assert text(report.patient.headline.footnote) == "One of your values is unusual, so this number is less sure."


def test_a_range_of_a_tool_for_clinicians_stays_off_the_patients_side(packs: Packs) -> None:
    made = replace(
        SCENES["excluded"](),
        results=(*SCENES["excluded"]().results, refused("qrisk3_2017", Note(CHOLESTEROL, Code.MISSING))),
        ranges=(spread("qrisk3_2017", 0.1, 0.12, 0.16, (CHOLESTEROL, 1.0)),),
    )
    report = compose(made, packs)
    assert report.patient.headline.number is None
    assert report.patient.picture is None
    assert headline(report)[0] == "You already have heart or vessel disease."
    assert "Range" not in text(report.patient.small_print[1])
    assert report.clinician.result is None
    assert report.clinician.tools is not None
    answers = {row.name: text(row.answer) for row in report.clinician.tools.rows}
    assert answers["UK heart risk equation, BMJ 2017"].startswith("Range ")


def test_a_range_of_another_topic_is_told_among_the_tools(packs: Packs, typical: Assessment) -> None:
    taken = replace(TAKEN[CHOLESTEROL], missing="uacr_mg_g", field="uacr_mg_g", source="clinic", low=3.0, high=90.0)
    kidney = replace(spread("kfre_4v", 0.01, 0.02, 0.05), assumptions=(taken,))
    page = compose(replace(typical, ranges=(kidney,)), packs, ReportOptions("zh")).clinician
    assert page.tools is not None
    answers = [text(row.answer) for row in page.tools.rows]
    assert any("未知时的范围" in answer for answer in answers)
