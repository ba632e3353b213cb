"""What the clinician's side says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.domain.assessment import Assessment, InputUsed
from engine.domain.dates import PartialDate
from engine.domain.record import Medicine, Origin, SourceKind
from engine.domain.report import ClinicianPage, Report, Sentence
from engine.domain.results import Code, Note, OutputValue, PackRef, RiskResult, Status
from engine.packs import Manifest
from engine.report import ReportOptions, compose

MakeReport = Callable[..., Report]
Packs = Mapping[str, Manifest]


def text(sentence: Sentence) -> str:
    return "".join(run.text for run in sentence).replace("\u00a0", " ")


def remarks(page: ClinicianPage) -> list[str]:
    return [text(item) for item in page.remarks.items]


def test_the_typical_page_reads_as_designed(composed: MakeReport) -> None:
    page = composed("typical").clinician
    assert page.title == "Tan Weiming: heart and stroke risk"
    assert page.clinic_line == "Maple Lane Clinic · for the clinician, not for the patient"
    assert page.person_lines == ("ML-0427 · man · 1970-03-14 (56)", "visit 2026-11-23")
    assert page.result == "14.7%"
    result, facts = (text(line) for line in page.result_lines)
    assert result.startswith("10 years. WHO cardiovascular disease risk 2019, laboratory-based. Outcome: first fatal")
    assert facts == (
        "Band: 10 % to below 20 % (printed WHO chart bands). "
        "Parts: 10-year coronary risk 5.2%, 10-year stroke risk 10.0%. "
        "Same person, every input below at its reference: 5.4%."
    )
    assert page.moves is not None
    assert [(row.label, row.text) for row in page.moves.rows] == [
        ("Smoking: Smokes now", "+5.4"),
        ("Systolic pressure 148", "+4.1"),
        ("Total cholesterol 5.79", "+1.1"),
    ]
    assert page.moves.totals == (("All at reference", "5.4"), ("This person", "14.7"))
    assert "do not add up" in page.moves.note
    assert "systolic pressure 120" in page.moves.note
    assert remarks(page) == ["Nothing to report."]


def test_every_input_names_where_it_came_from(composed: MakeReport) -> None:
    inputs = composed("typical").clinician.inputs
    rows = {row.label: (f"{row.value} {row.unit}".strip(), row.on, row.source) for row in inputs.rows}
    assert rows["Blood pressure, mean of 2"] == ("148 / 92 mmHg", "11-23", "typed, RH")
    assert rows["LDL / HDL cholesterol"] == ("3.7 / 1.1 mmol/L", "11-16", "lab.xlsx r41")
    assert rows["Total cholesterol"] == ("5.79 mmol/L", "11-16", "lab.xlsx r41")
    assert rows["eGFR"] == ("94 mL/min/1.73 m²", "11-16", "worked out")
    assert rows["World region"] == ("East Asia", "", "clinic setting")
    assert not {"Sex", "Age"} & set(rows), "they stand in the head of the page"
    assert inputs.notes == (
        "eGFR: CKD-EPI 2021 creatinine eGFR.",
        "Total cholesterol: 224 mg/dL as written, kept as 5.79 mmol/L.",
    )


def test_the_chinese_page_says_in_chinese_where_the_bands_come_from(composed: MakeReport) -> None:
    facts = text(composed("typical", "zh").clinician.result_lines[1])
    assert facts.startswith("分层：10% 至不足 20%（世卫组织印刷版图表的分层）。")


@pytest.mark.parametrize(("language", "head"), [("en", "ML-0427 · man · 56 years"), ("zh", "ML-0427 · 男 · 56 岁")])
def test_without_a_birth_date_the_head_tells_the_age_alone(
    typical: Assessment, packs: Packs, language: str, head: str
) -> None:
    made = replace(typical, patient=replace(typical.patient, birth_date=None))
    made = replace(made, inputs=(*made.inputs, InputUsed("age", 56.0, made.visit_date, None)))
    assert compose(made, packs, ReportOptions(language)).clinician.person_lines[0] == head


def test_a_long_file_name_gets_a_number_and_stands_below(composed: MakeReport) -> None:
    inputs = composed("extreme").clinician.inputs
    sources = {row.label: row.source for row in inputs.rows}
    assert sources["HbA1c"] == "file 1 r18223"
    assert inputs.notes[-3] == "File 1: 2026年第四季度 区域检验中心 导出数据（最终版）.xlsx, 生化 11 月"


def test_every_kind_of_source_has_words(typical: Assessment, packs: Packs) -> None:
    moment, day = typical.made_at, typical.visit_date
    bmi = ("weight_kg", "height_cm")
    age = ("birth_date", "visit_date")
    inputs = (
        InputUsed("age", 56.0, day, None, derived_from=age),
        InputUsed("diabetes", False, day, Origin(SourceKind.IMPORTED, moment, file_name="b.xlsx", sheet="S1", row=7)),
        InputUsed("smoker", "never", day, Origin(SourceKind.TYPED, moment)),
        InputUsed("hba1c_percent", 5.5, day, Origin(SourceKind.SET_FOR_FILE, moment, file_name="a.csv")),
        InputUsed("creatinine_umol_l", 80.0, day, Origin(SourceKind.IMPORTED, moment)),
        InputUsed("bmi_kg_m2", 25.0, day, None, derived_from=bmi),
        InputUsed("egfr_ml_min_173", 90.0, day, Origin(SourceKind.DERIVED, moment)),
        InputUsed("pulse_bpm", 70.0, day, None),
    )
    patient = replace(typical.patient, birth_date=None)
    page = compose(replace(typical, patient=patient, inputs=inputs), packs).clinician
    assert {row.label: row.source for row in page.inputs.rows} == {
        "Age": "from the birth date",
        "Diabetes": "b.xlsx, S1 r7",
        "Smoking": "typed",
        "HbA1c": "set for a.csv",
        "Creatinine": "file",
        "BMI": "worked out",
        "eGFR": "worked out",
        "Pulse": "",
    }


def test_answers_and_settings_beside_the_score_stand_in_lines_below(typical: Assessment, packs: Packs) -> None:
    moment, day = typical.made_at, typical.visit_date
    typed = Origin(SourceKind.TYPED, moment, actor="RH")
    whole_file = Origin(SourceKind.SET_FOR_FILE, moment, file_name="a.csv")
    more = (
        InputUsed("atrial_fibrillation", False, day, typed),
        InputUsed("cvd_history", False, None, whole_file),
        InputUsed("on_statin", False, day, typed),
        InputUsed("hypertension", True, None, None),
        InputUsed("kfre_region", "other", None, None),
    )
    notes = compose(replace(typical, inputs=(*typical.inputs, *more)), packs).clinician.inputs.notes
    assert notes[:4] == (
        "Yes: hypertension.",
        "No: atrial fibrillation, statin (11-23, typed, RH).",
        "No: cardiovascular disease (set for a.csv).",
        "Clinic setting: kidney equation region: other countries.",
    )
    chinese = compose(replace(typical, inputs=(*typical.inputs, *more)), packs, ReportOptions("zh")).clinician
    assert "机构设置：肾衰公式地区为其他国家。" in chinese.inputs.notes


def test_who_typed_without_a_name_is_not_told_as_an_id(typical: Assessment, packs: Packs) -> None:
    typed = Origin(SourceKind.TYPED, typical.made_at, actor="a1fe937ac2ee4c6d8f917035b713a859")
    inputs = tuple(replace(each, origin=typed) for each in typical.inputs)
    sources = {row.source for row in compose(replace(typical, inputs=inputs), packs).clinician.inputs.rows}
    assert sources <= {"typed", "worked out", "clinic setting"}
    assert "typed" in sources


def test_pressures_of_different_days_do_not_share_a_row(typical: Assessment, packs: Packs) -> None:
    inputs = tuple(
        replace(each, on=typical.visit_date - timedelta(days=3)) if each.field == "dbp_mmhg" else each
        for each in typical.inputs
    )
    labels = [row.label for row in compose(replace(typical, inputs=inputs), packs).clinician.inputs.rows]
    assert "Systolic pressure, mean of 2" in labels
    assert "Diastolic pressure, mean of 2" in labels


def test_a_conversion_back_to_the_unit_shown_is_not_told(typical: Assessment, packs: Packs) -> None:
    clinic = replace(typical.clinic, settings={"country_iso3": "USA"})
    page = compose(replace(typical, clinic=clinic), packs).clinician
    assert page.inputs.notes == ("eGFR: CKD-EPI 2021 creatinine eGFR.",)
    assert [row.value for row in page.inputs.rows if row.label == "Total cholesterol"] == ["224"]


def test_other_tools_show_their_number_and_one_for_another_question_that_lacks_much_is_silent(
    composed: MakeReport,
) -> None:
    tools = composed("typical").clinician.tools
    assert tools is not None
    assert {row.name: text(row.answer) for row in tools.rows} == {
        "CKD-EPI 2021 creatinine eGFR": "Estimated GFR 94 mL/min/1.73 m², band: G1.",
    }


def test_a_refused_lead_tells_every_reason(composed: MakeReport) -> None:
    page = composed("too_old").clinician
    assert page.result is None
    assert [text(line) for line in page.result_lines] == [
        "No number from WHO cardiovascular disease risk 2019, laboratory-based.",
        "Age 85 years: built for 40 to 80 years.",
        "Missing: total cholesterol and smoking.",
    ]
    assert remarks(page)[0] == "Missing: total cholesterol and smoking; needed for the number."


def test_an_exclusion_speaks_with_the_words_of_the_pack(composed: MakeReport) -> None:
    english = [text(line) for line in composed("excluded").clinician.result_lines]
    assert "For people without cardiovascular disease; treat as very high risk." in english
    chinese = [text(line) for line in composed("excluded", "zh").clinician.result_lines]
    assert "仅用于无心脑血管病者；按极高危处理。" in chinese


def test_what_to_use_instead_is_named(typical: Assessment, packs: Packs) -> None:
    nonlab = packs["who_cvd_2019_nonlab"]
    rule = next(n for n, each in enumerate(nonlab.exclusions) if each.instead)
    ref = PackRef(nonlab.id, nonlab.version, nonlab.digest)
    outputs = tuple(OutputValue(output.name, 0.12) for output in nonlab.outputs)
    result = RiskResult(ref, Status.OK, outputs, {}, (Note("diabetes", Code.WARN, rule),))
    made = replace(typical, results=(result,), explanations=(), headline_pack=nonlab.id)
    page = compose(made, packs).clinician
    assert "Doubtful: Diabetes is not part of this version; prefer the laboratory version." in remarks(page)


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (
            Note("sbp_mmhg", Code.CLAMPED),
            "Doubtful: Systolic blood pressure 148 mmHg: counted at the limit of the tool.",
        ),
        (
            Note("sbp_mmhg", Code.WARN),
            "Doubtful: Systolic blood pressure 148 mmHg: outside the usual range of the tool.",
        ),
        (Note("risk_10y_chd", Code.WITHHELD), "Doubtful: 10-year coronary risk: left out for this person."),
    ],
)
def test_remarks_on_the_leading_number_are_doubts(typical: Assessment, packs: Packs, note: Note, words: str) -> None:
    lead = replace(typical.results[0], notes=(note,))
    assert words in remarks(compose(replace(typical, results=(lead,)), packs).clinician)


def test_old_values_and_a_birth_year_are_doubts(composed: MakeReport) -> None:
    found = remarks(composed("extreme").clinician)
    assert "Old: from 12 September 2025, 14 months before: creatinine." in found
    assert any(remark.startswith("Doubtful: only the year of birth") for remark in found)
    assert "Missing: the medicine list is not confirmed." in found


def test_a_default_of_the_pack_is_an_assumption(typical: Assessment, packs: Packs) -> None:
    lead = packs["who_cvd_2019_lab"]
    inputs = tuple(
        replace(each, required=False, default=False, default_note="taken as no") if each.field == "diabetes" else each
        for each in lead.inputs
    )
    made = replace(typical, inputs=tuple(each for each in typical.inputs if each.field != "diabetes"))
    page = compose(made, {**packs, lead.id: replace(lead, inputs=inputs)}).clinician
    assert "Assumed: Diabetes not known, taken as no." in remarks(page)


def test_medicines_are_those_taken_on_the_day(typical: Assessment, packs: Packs) -> None:
    origin = Origin(SourceKind.TYPED, typical.made_at)
    day = typical.patient.birth_date
    assert day is not None
    medicines = (
        Medicine("1", "old one", origin, stop=day),
        Medicine("2", "氨氯地平片", origin, dose_text="5 mg qd", start=day),
        Medicine("3", "herbs", origin),
        Medicine("4", "not yet", origin, start=PartialDate(2027)),
    )
    page = compose(replace(typical, medicines=medicines), packs).clinician
    assert page.medicines is not None
    assert [(row.name, row.dose, row.since) for row in page.medicines.rows] == [
        ("氨氯地平片", "5 mg qd", "1970-03-14"),
        ("herbs", "", ""),
    ]
    assert page.medicines.title == "Medicines: 2"
    assert page.medicines.note == "List confirmed 2026-11-23."


def test_a_tool_whose_description_is_gone_is_named_by_its_id(typical: Assessment, packs: Packs) -> None:
    without = {name: each for name, each in packs.items() if name != "kfre_4v"}
    tools = compose(typical, without).clinician.tools
    assert tools is not None
    assert "kfre_4v" in [row.name for row in tools.rows]


def test_bars_to_the_left_lower_the_number(composed: MakeReport) -> None:
    moves = composed("extreme").clinician.moves
    assert moves is not None
    assert [(row.text, row.share < 0) for row in moves.rows][-1] == ("\u22122.3", True)
    assert max(row.share for row in moves.rows) == 1


def test_a_result_of_an_older_pack_still_prints(typical: Assessment, packs: Packs) -> None:
    """A band or an output that the pack of today does not have is left as it was, or left out."""
    lead, egfr, kidney = typical.results
    older = replace(lead, bands={"main": "old_band"}, outputs=lead.outputs[:1])
    page = compose(replace(typical, results=(older, replace(egfr, outputs=()), kidney)), packs).clinician
    facts = text(page.result_lines[1])
    assert "Band: old_band" in facts
    assert "Parts" not in facts
    assert page.tools is not None
    assert text(page.tools.rows[0].answer) == "band: G1."
