"""What the patient's side says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from engine.domain.assessment import Assessment
from engine.domain.dates import PartialDate
from engine.domain.record import Patient
from engine.domain.report import Mark, PatientSheet, Report, Sentence
from engine.domain.results import Code, Note, RiskResult, Status
from engine.errors import PackError
from engine.packs import Manifest
from engine.report import compose

MakeReport = Callable[..., Report]
Packs = Mapping[str, Manifest]
SCORED = ("typical", "small", "huge", "good", "extreme", "office", "lowered")
REFUSED = ("excluded", "missing", "too_old")
OPEN = ("range", "range_wide", "range_small")
LANGUAGES = ("en", "zh")


def text(sentence: Sentence) -> str:
    return "".join(run.text for run in sentence).replace("\u00a0", " ")


def headline(sheet: PatientSheet) -> str:
    return "\n".join(text(line) for line in sheet.headline.lines)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCORED)
def test_one_whole_number_stands_everywhere(composed: MakeReport, scene: str, language: str) -> None:
    sheet = composed(scene, language).patient
    assert sheet.picture is not None
    today = sheet.picture.arrays[0]
    shown = str(today.black)
    rest = str(today.out_of - today.black)
    numbers = re.findall(r"\d+", headline(sheet).replace(",", ""))
    assert shown in numbers
    assert rest in numbers
    assert shown in re.findall(r"\d+", today.title)
    alt = re.findall(r"\d+", today.alt.replace(",", ""))
    assert shown in alt
    assert rest in alt
    if sheet.headline.number is not None:
        assert sheet.headline.number == shown
        assert sheet.why is not None
        assert shown in sheet.why.title
    if sheet.picture.bars:
        assert sheet.picture.bars[0].black == sheet.picture.bars[0].full == today.black
    for array in sheet.picture.arrays[1:]:
        assert array.black + array.striped == today.black
        assert array.black == sheet.picture.bars[-1].black
        assert str(array.black) in array.title


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", [*SCORED, "tiny"])
def test_both_framings_and_the_time_span_stand_in_the_headline(composed: MakeReport, scene: str, language: str) -> None:
    said = headline(composed(scene, language).patient)
    assert ("will not" if language == "en" else "不会") in said
    assert ("10 years" if language == "en" else "10 年内") in said


def test_the_typical_page_reads_as_designed(composed: MakeReport) -> None:
    sheet = composed("typical").patient
    assert headline(sheet) == (
        "Out of 100 people like you, 15 will have a heart attack or stroke. "
        "The other 85 will not. This is for the next 10 years."
    )
    assert (sheet.headline.number, sheet.headline.number_of) == ("15", "of 100")
    assert sheet.person_lines == ("56 years, man", "23 November 2026")
    assert sheet.clinic_line == "Maple Lane Clinic · ML-0427"
    assert sheet.picture is not None
    assert [(bar.label, bar.count) for bar in sheet.picture.bars] == [
        ("Today", "15"),
        ("No smoking", "9"),
        ("Pressure at 120", "11"),
        ("Cholesterol at 5.0", "14"),
        ("All three", "5"),
    ]
    assert sheet.why is not None
    raises, keeps = sheet.why.groups
    assert [(reason.text, reason.dots) for reason in raises.reasons] == [
        ("Smoking", 3),
        ("Blood pressure 148", 3),
        ("Cholesterol 5.8", 1),
    ]
    assert [(reason.text, reason.dots) for reason in keeps.reasons] == [("No diabetes", 0)]
    assert [(row.label, row.value, row.goal, row.at_goal) for row in sheet.goals.rows] == [
        ("Blood pressure", "148/92", "<130/80", False),
        ("Cholesterol", "5.8", "<5.2", False),
        ("Bad fat (LDL)", "3.7", "<2.6", False),
        ("Fasting sugar", "5.4", "<6.1", True),
        ("Smoking", "yes", "none", False),
    ]
    assert sheet.goals.units_note == "Pressure in mmHg, others in mmol/L."
    assert sheet.plan.next_visit == "Next visit: Monday 21 December 2026"
    assert sheet.help.call == "Call 120. Do not drive yourself."


def test_the_chinese_page_says_the_same_as_the_design(composed: MakeReport) -> None:
    sheet = composed("typical", "zh").patient
    assert headline(sheet) == "与您情况相近的 100 人中，今后 10 年内：\n15 人会发生心梗或中风，85 人不会。"
    assert [line.replace("\u00a0", " ") for line in sheet.person_lines] == ["男，56 岁", "2026 年 11 月 23 日"]
    assert sheet.title == "您的心梗和中风风险"


def test_a_small_risk_turns_the_whole_page_to_a_thousand(composed: MakeReport) -> None:
    sheet = composed("small").patient
    assert sheet.picture is not None
    assert [array.out_of for array in sheet.picture.arrays] == [1000]
    assert sheet.picture.bars == ()
    assert "of 100 " not in " ".join(_sentences(sheet)).replace("picture of 100 it", "")
    assert [item.mark for item in sheet.picture.legend] == [Mark.HAPPENS, Mark.NOT]


def test_below_one_of_a_thousand_there_are_only_words(composed: MakeReport) -> None:
    sheet = composed("tiny").patient
    assert sheet.picture is None
    assert sheet.headline.number is None
    assert sheet.headline.number_words == "fewer than 1"
    assert headline(sheet).startswith("Fewer than 1 of 1,000 people like you will have a heart attack or stroke.")


def test_above_99_there_is_no_false_certainty(composed: MakeReport) -> None:
    sheet = composed("huge").patient
    assert sheet.picture is not None
    assert sheet.picture.arrays[0].black == 99
    assert headline(sheet).startswith("More than 99 of 100 people like you")


def test_nothing_to_change_leaves_out_the_second_picture_and_the_bars(composed: MakeReport) -> None:
    sheet = composed("good").patient
    assert sheet.picture is not None
    assert len(sheet.picture.arrays) == 1
    assert sheet.picture.bars == ()
    assert any("no change of one value" in text(sentence) for sentence in sheet.picture.reading)
    assert sheet.why is not None
    assert sheet.why.groups[0].reasons == ()
    assert all(reason.dots == 0 for reason in sheet.why.groups[1].reasons)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", REFUSED)
def test_a_refusal_keeps_values_plan_and_help_and_shows_no_number(
    composed: MakeReport, scene: str, language: str
) -> None:
    sheet = composed(scene, language).patient
    assert (sheet.picture, sheet.why, sheet.headline.number, sheet.headline.number_words) == (None,) * 4
    assert len(sheet.headline.lines) == 3
    assert sheet.goals.rows
    assert sheet.plan.lines >= 3
    assert len(sheet.help.signs) == 4


def test_a_refusal_says_why_and_what_happens_instead(composed: MakeReport) -> None:
    assert headline(composed("excluded").patient) == (
        "You already have heart or vessel disease.\n"
        "The score is only for people without it, so there is no number.\n"
        "Your clinician makes a full treatment plan with you."
    )
    assert headline(composed("missing").patient).startswith("First we need: cholesterol.\n")
    assert "The score is built for ages 40 to 80." in headline(composed("too_old").patient)


def test_several_missing_things_come_as_one_list(typical: Assessment, packs: Packs) -> None:
    notes = (Note("total_cholesterol_mmol_l", Code.MISSING), Note("smoker", Code.MISSING))
    made = replace(typical, results=(_refused(typical.results[0], *notes),), explanations=(), headline_pack=None)
    assert headline(compose(made, packs).patient).startswith("First we need: cholesterol and smoking.\n")


def test_a_reason_without_words_of_its_own_names_the_field(typical: Assessment, packs: Packs) -> None:
    made = _refused_typical(typical, Note("ckd_3_5", Code.EXCLUDED))
    assert "not made for your situation: chronic kidney disease stage 3-5" in headline(compose(made, packs).patient)
    made = _refused_typical(typical, Note("sbp_mmhg", Code.INVALID))
    assert "One value cannot be right: blood pressure." in headline(compose(made, packs).patient)
    made = _refused_typical(typical, Note("gbd_region", Code.NOT_IN_TABLE))
    assert "not built for this value: world region" in headline(compose(made, packs).patient)


def test_a_number_withheld_by_the_pack_is_told(typical: Assessment, packs: Packs) -> None:
    lead = typical.results[0]
    outputs = tuple(replace(each, value=None) if each.name == "risk_10y" else each for each in lead.outputs)
    result = RiskResult(lead.pack, Status.OK, outputs, {}, (Note("risk_10y", Code.WITHHELD),))
    made = replace(typical, results=(result,), explanations=())
    assert "The score leaves it out" in headline(compose(made, packs).patient)


def test_without_any_pack_the_page_still_stands(typical: Assessment, packs: Packs) -> None:
    made = replace(typical, results=(), explanations=(), headline_pack=None)
    report = compose(made, packs)
    assert report.patient.title == "Your health check"
    assert "The clinic has no score that fits." in headline(report.patient)
    assert report.clinician.result is None


def test_a_leading_pack_that_is_gone_is_told(typical: Assessment) -> None:
    with pytest.raises(PackError, match="report_pack_missing"):
        compose(typical, {})


def test_an_unusual_value_weakens_the_words(typical: Assessment, packs: Packs) -> None:
    lead = replace(typical.results[0], notes=(Note("sbp_mmhg", Code.WARN),))
    sheet = compose(replace(typical, results=(lead,)), packs).patient
    assert text(sheet.headline.footnote) == "One of your values is unusual, so this number is less sure."


def test_a_warning_rule_of_the_pack_weakens_the_words_too(typical: Assessment, packs: Packs) -> None:
    lead = replace(typical.results[0], notes=(Note("diabetes", Code.WARN, 0),))
    sheet = compose(replace(typical, results=(lead,)), packs).patient
    assert text(sheet.headline.footnote) == "This score does not fit you in every way, so it is less sure."


def test_a_value_better_than_its_reference_is_never_undone(typical: Assessment, packs: Packs) -> None:
    """Without ``improved``, all references together may raise the number: then nothing is said of "all"."""
    explanation = replace(typical.explanations[0], improved=None, all_reference=0.13)
    sheet = compose(replace(typical, explanations=(explanation,)), packs).patient
    assert sheet.picture is not None
    assert len(sheet.picture.arrays) == 1
    assert [bar.strong for bar in sheet.picture.bars] == [False] * 4


def test_what_cannot_be_changed_explains_the_number_but_is_no_change(composed: MakeReport) -> None:
    sheet = composed("extreme").patient
    assert sheet.why is not None
    assert "Diabetes" in [reason.text for reason in sheet.why.groups[0].reasons]
    assert sheet.picture is not None
    assert [bar.label for bar in sheet.picture.bars] == ["Today", "Pressure at 120", "Cholesterol at 5.0", "Both"]
    assert "no diabetes" not in text(sheet.small_print[1])


def test_low_sugar_is_a_sign_for_people_on_insulin(composed: MakeReport) -> None:
    assert composed("extreme").patient.help.signs[-1].startswith("shaky, sweating")
    assert not any("shaky" in sign for sign in composed("typical").patient.help.signs)


def test_the_patient_side_names_no_medicine(composed: MakeReport) -> None:
    said = " ".join(_sentences(composed("extreme").patient))
    assert "amlodipine" not in said
    assert "insulin" not in said


def test_without_a_known_number_the_help_box_has_a_line_to_fill(composed: MakeReport) -> None:
    for language in LANGUAGES:
        box = composed("missing", language).patient.help
        assert not re.search(r"\d{3}", box.call)
        assert box.call_blank


def test_without_a_next_visit_there_is_a_line_to_fill(composed: MakeReport) -> None:
    plan = composed("small").patient.plan
    assert (plan.next_visit, plan.next_visit_blank) == ("Next visit:", True)


def test_a_birth_year_alone_gives_an_age_about(composed: MakeReport) -> None:
    assert composed("extreme").patient.person_lines[0] == "about 73 years, woman"
    assert composed("extreme", "zh").patient.person_lines[0] == "女，约 73\u00a0岁"


def test_people_without_name_age_or_sex_get_a_page(typical: Assessment, packs: Packs) -> None:
    inputs = tuple(each for each in typical.inputs if each.field not in ("age", "sex"))
    made = replace(typical, patient=Patient("p9"), inputs=inputs)
    report = compose(made, packs)
    assert report.patient.person_name == "No name given"
    assert report.patient.person_lines == ("23 November 2026",)
    made = replace(made, patient=Patient("p9", patient_id="7", birth_date=PartialDate(1970, 3, 14)))
    sheet = compose(made, packs).patient
    assert (sheet.person_name, sheet.clinic_line) == ("7", "Maple Lane Clinic")
    assert sheet.person_lines[0] == "56 years"


def test_american_clinics_get_their_units_and_dates(composed: MakeReport) -> None:
    sheet = composed("small").patient
    assert sheet.person_lines[-1] == "November 23, 2026"
    assert [(row.value, row.goal) for row in sheet.goals.rows][1:3] == [("182", "<200"), ("88", "<100")]
    assert sheet.goals.units_note == "Pressure in mmHg, others in mg/dL."


def test_the_small_print_names_score_goals_and_good_values(composed: MakeReport) -> None:
    for_whom, sources, _ = (text(line) for line in composed("typical").patient.small_print)
    assert "ages 40 to 80, no past heart attack or stroke" in for_whom
    assert "not a diagnosis" in for_whom
    assert "laboratory-based, East Asia (who_cvd_2019_lab 1.0.0, " in sources
    assert "China hypertension guideline 2024; China lipid guideline 2023" in sources
    assert "pressure at 120, cholesterol at 5.0, no smoking" in sources
    assert "no diabetes" not in sources  # nobody can undo it


def _refused(result: RiskResult, *notes: Note) -> RiskResult:
    outputs = tuple(replace(each, value=None) for each in result.outputs)
    return RiskResult(result.pack, Status.REFUSED, outputs, {}, notes)


def _refused_typical(typical: Assessment, *notes: Note) -> Assessment:
    return replace(typical, results=(_refused(typical.results[0], *notes),), explanations=(), headline_pack=None)


def _sentences(sheet: PatientSheet) -> Iterator[str]:
    """Every sentence of the side that is not a cell of a table, a name or small print."""
    yield from (text(line) for line in (*sheet.headline.lines, sheet.headline.footnote))
    if sheet.picture is not None:
        yield from (text(line) for line in sheet.picture.reading)
        yield from (sheet.picture.method_note, *(array.alt for array in sheet.picture.arrays))
    if sheet.why is not None:
        yield sheet.why.closing
        yield from (reason.text for group in sheet.why.groups for reason in group.reasons)
    yield from (sheet.plan.bring, sheet.plan.next_visit, *sheet.help.signs, sheet.help.call, sheet.own_words)


BANNED = re.compile(
    r"risk factor|elevated|cardiovascular|\bhigh\b|\blow risk|1 in \d|\bpercent\b|%|[()]", re.IGNORECASE
)


@pytest.mark.parametrize("scene", [*SCORED, *REFUSED, *OPEN, "tiny"])
def test_english_sentences_are_short_and_plain(composed: MakeReport, scene: str) -> None:
    for said in _sentences(composed(scene).patient):
        assert not BANNED.search(said), said
        for sentence in re.split(r"[.?!](?:\s|$)|\n", said):
            assert len(sentence.split()) <= 15, sentence


@pytest.mark.parametrize("scene", [*SCORED, *REFUSED, *OPEN, "tiny"])
def test_chinese_sentences_are_short_and_plain(composed: MakeReport, scene: str) -> None:
    for said in _sentences(composed(scene, "zh").patient):
        assert not re.search("心脏病发作|几率|危险因素|高危|低危|[一二三四五六七八九十]成|%", said), said
        for sentence in re.split("[。？！\n]", said.replace(" ", "")):
            assert len(sentence) <= 36, sentence
            for clause in re.split("[，：；、]", sentence):
                assert len(clause) <= 18, clause
