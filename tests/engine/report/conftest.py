"""Fictional people with hand-made assessments; packs as manifests only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from engine.domain.assessment import Assessment, Clinic, Driver, Explanation, InputUsed
from engine.domain.attribution import Contribution
from engine.domain.dates import PartialDate
from engine.domain.ranges import Assumption, NextTest, OutputSpread, RangeResult
from engine.domain.record import Conversion, Medicine, Origin, Patient, SourceKind, Value
from engine.domain.report import Paper, Report
from engine.domain.results import Code, Note, OutputValue, PackRef, RiskResult, Status
from engine.domain.what_if import Change, Combination, TreatmentEffect, WhatIf
from engine.packs import Manifest, PackLibrary
from engine.report import ReportOptions, compose, typeset

DAY = date(2026, 11, 23)
MOMENT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
WHO, KIDNEY, EGFR, FINDRISC = "who_cvd_2019_lab", "kfre_4v", "ckdepi_2021_cr", "findrisc"
OFFICE = "who_cvd_2019_nonlab"
LONG_NAME = (
    "Maria-Esperança Wilhelmina van der Oudtshoorn-Ramachandran 玛丽亚·埃斯佩兰萨·威廉敏娜·范德奥茨霍恩-拉马钱德兰"
)


MANIFESTS: Mapping[str, Manifest] = {pack.manifest.id: pack.manifest for pack in PackLibrary.shipped().all()}


def ref(pack_id: str) -> PackRef:
    """The identity of a pack as a result names it."""
    return PackRef(pack_id, "1.0.0", MANIFESTS[pack_id].digest)


def typed(actor: str | None = "RH") -> Origin:
    """Typed by hand."""
    return Origin(SourceKind.TYPED, MOMENT, actor=actor)


def imported(text: str | None = None, conversion: Conversion | None = None, row: int = 41) -> Origin:
    """From row 41 of a laboratory file."""
    return Origin(
        SourceKind.IMPORTED, MOMENT, file_name="lab.xlsx", row=row, text=text, conversion=conversion, sheet=None
    )


def used(field: str, value: Value, origin: Origin | None = None, age_days: int = 0, **more: Any) -> InputUsed:
    """One value that went in."""
    return InputUsed(field, value, DAY - timedelta(days=age_days), origin or typed(), age_days=age_days, **more)


MG_DL = Conversion("mg/dL", "mmol/L", 1 / 38.67)

MAN_INPUTS = (
    used("sex", "M"),
    replace(used("age", 56.0), origin=None, derived_from=("birth_date", "visit_date")),
    used("sbp_mmhg", 148.0, readings=(150.0, 146.0), readings_rule="mean"),
    used("dbp_mmhg", 92.0, readings=(93.0, 91.0), readings_rule="mean"),
    used("total_cholesterol_mmol_l", 224 / 38.67, imported("224", MG_DL), age_days=7),
    used("diabetes", False),
    used("smoker", "current"),
    replace(used("gbd_region", "east_asia"), on=None),
    used("ldl_mmol_l", 3.7, imported(), age_days=7),
    used("hdl_mmol_l", 1.1, imported(), age_days=7),
    used("fasting_glucose_mmol_l", 5.4, imported(), age_days=7),
    used("creatinine_umol_l", 84.0, imported(), age_days=7),
    InputUsed("egfr_ml_min_173", 94.2, DAY - timedelta(days=7), None, derived_from=("age", "sex", "creatinine_umol_l")),
    used("bmi_kg_m2", 25.8),
    used("waist_cm", 92.0),
)


def drivers(*rows: tuple[str, Value, Value, float]) -> tuple[Driver, ...]:
    """Drivers from (field, value, reference, output with the reference)."""
    return tuple(Driver(*row, changeable=row[0] != "diabetes") for row in rows)


def scored(risk: float, bands: Mapping[str, str], notes: tuple[Note, ...] = ()) -> RiskResult:
    """The number of the leading pack, with its parts."""
    outputs = (
        OutputValue("risk_10y", risk),
        OutputValue("risk_10y_chd", risk * 0.354),
        OutputValue("risk_10y_stroke", risk * 0.68),
    )
    return RiskResult(ref(WHO), Status.OK, outputs, bands, notes)


def refused(pack_id: str, *notes: Note) -> RiskResult:
    """A pack that gave no number."""
    outputs = tuple(OutputValue(output.name, None) for output in MANIFESTS[pack_id].outputs)
    return RiskResult(ref(pack_id), Status.REFUSED, outputs, {}, notes)


EGFR_RESULT = RiskResult(ref(EGFR), Status.OK, (OutputValue("egfr", 94.2),), {"main": "G1"}, ())
KIDNEY_REFUSED = refused(KIDNEY, Note("egfr_ml_min_173", Code.OUT_OF_RANGE), Note("uacr_mg_g", Code.MISSING))
CHINA = Clinic("c1", "Maple Lane Clinic", {"country_iso3": "CHN", "gbd_region": "east_asia"})
AMERICA = Clinic("c2", "Juniper Flats Clinic", {"country_iso3": "USA", "gbd_region": "high_income_north_america"})
KENYA = Clinic("c3", "Lakeside Dispensary", {"country_iso3": "KEN", "gbd_region": "eastern_subsaharan_africa"})


def assessment(
    risk: float | None,
    explanation: Explanation | None = None,
    results: tuple[RiskResult, ...] | None = None,
    **changes: Any,
) -> Assessment:
    """An assessment of the man of 56 unless changed."""
    if results is None:
        limits = {0.05: "lt5", 0.1: "5_10", 0.2: "10_20", 0.3: "20_30"}
        band = next((code for limit, code in limits.items() if (risk or 0) < limit), "ge30")
        lead = scored(risk or 0.0, {"main": band})
        results = (lead, EGFR_RESULT, KIDNEY_REFUSED)
    base = Assessment(
        id="a-0001",
        patient=Patient(
            "p1",
            patient_id="ML-0427",
            name="Tan Weiming",
            birth_date=PartialDate(1970, 3, 14),
            sex="M",
            lists_confirmed={"medicines": DAY},
        ),
        visit_id="v1",
        visit_date=DAY,
        made_at=MOMENT,
        program_version="0.1.0",
        clinic=CHINA,
        inputs=MAN_INPUTS,
        results=results,
        explanations=(explanation,) if explanation else (),
        headline_pack=WHO if risk is not None else None,
        next_visit=date(2026, 12, 21),
    )
    return replace(base, **changes)


MAN_EXPLANATION = Explanation(
    WHO,
    "risk_10y",
    "one_at_a_time",
    0.147,
    0.054,
    drivers(
        ("sbp_mmhg", 148.0, 120.0, 0.106),
        ("smoker", "current", "never", 0.093),
        ("total_cholesterol_mmol_l", 224 / 38.67, 5.0, 0.136),
    ),
    improved=0.054,
)


OFFICE_DRIVERS = drivers(
    ("sbp_mmhg", 148.0, 120.0, 0.117), ("smoker", "current", "never", 0.095), ("bmi_kg_m2", 25.8, 23.0, 0.158)
)


def typical() -> Assessment:
    """Man of 56, smoker, 148/92, total cholesterol 5.8: WHO laboratory form, East Asia."""
    return assessment(0.147, MAN_EXPLANATION)


def small() -> Assessment:
    """Woman of 40 with good values in the United States: 8 of 1,000."""
    inputs = (
        used("sex", "F"),
        used("age", 40.0),
        used("sbp_mmhg", 108.0),
        used("dbp_mmhg", 70.0),
        used("total_cholesterol_mmol_l", 182 / 38.67),
        used("diabetes", False),
        used("smoker", "never"),
        used("fasting_glucose_mmol_l", 88 / 18.016),
        replace(used("gbd_region", "high_income_north_america"), on=None),
    )
    explanation = Explanation(
        WHO,
        "risk_10y",
        "one_at_a_time",
        0.0083,
        0.0101,
        drivers(
            ("sbp_mmhg", 108.0, 120.0, 0.0104),
            ("total_cholesterol_mmol_l", 182 / 38.67, 5.0, 0.0089),
        ),
        improved=0.0083,
    )
    return assessment(
        0.0083,
        explanation,
        patient=Patient("p2", patient_id="JF-12", name="Dana Whitlock-Reyes", birth_date=PartialDate(1986, 5), sex="F"),
        clinic=AMERICA,
        inputs=inputs,
        next_visit=None,
    )


def tiny() -> Assessment:
    """Below 1 of 1,000."""
    base = small()
    return assessment(0.0004, replace(base.explanations[0], value=0.0004), patient=base.patient, inputs=base.inputs)


def huge() -> Assessment:
    """Above 99 of 100."""
    explanation = Explanation(WHO, "risk_10y", "one_at_a_time", 0.9961, 0.97, MAN_EXPLANATION.drivers, improved=0.97)
    return assessment(0.9961, explanation)


def good_values() -> Assessment:
    """A share of 100 that no single change lowers."""
    explanation = replace(
        MAN_EXPLANATION,
        value=0.04,
        all_reference=0.04,
        improved=0.04,
        drivers=(),
    )
    better: Mapping[str, Value] = {
        "sbp_mmhg": 120.0,
        "dbp_mmhg": 76.0,
        "total_cholesterol_mmol_l": 5.0,
        "smoker": "former",
    }
    inputs = tuple(replace(each, value=better.get(each.field, each.value)) for each in MAN_INPUTS)
    return assessment(0.04, explanation, inputs=inputs)


def excluded() -> Assessment:
    """Known cardiovascular disease: every number refused."""
    inputs = (*MAN_INPUTS, used("cvd_history", True))
    results = (refused(WHO, Note("cvd_history", Code.EXCLUDED, 0)), EGFR_RESULT, KIDNEY_REFUSED)
    return assessment(None, results=results, inputs=inputs)


def missing() -> Assessment:
    """No cholesterol result."""
    inputs = tuple(each for each in MAN_INPUTS if each.field != "total_cholesterol_mmol_l")
    results = (refused(WHO, Note("total_cholesterol_mmol_l", Code.MISSING)), EGFR_RESULT, KIDNEY_REFUSED)
    return assessment(None, results=results, inputs=inputs, clinic=KENYA, next_visit=None)


def spread(pack_id: str, low: float, typical: float, high: float, *lacking: tuple[str, float]) -> RangeResult:
    """A range of the main risk where fields (with what knowing each would take away) are missing."""
    manifest = MANIFESTS[pack_id]
    assert manifest.headline_output is not None
    return RangeResult(
        ref(pack_id),
        (OutputSpread(manifest.headline_output, low, typical, high),),
        tuple(TAKEN[field] for field, _ in lacking),
        tuple(Note(field, Code.MISSING) for field, _ in lacking),
        tuple(sorted((NextTest(*each) for each in lacking), key=lambda test: -test.removes)),
    )


CHOLESTEROL, SMOKER = "total_cholesterol_mmol_l", "smoker"
SIXTY = (50, 60)
TAKEN: Mapping[str, Assumption] = {
    CHOLESTEROL: Assumption(CHOLESTEROL, CHOLESTEROL, 3.62, 5.04, 6.93, "nhanes_2017", "M", False, SIXTY, 190),
    SMOKER: Assumption(SMOKER, SMOKER, "current", "never", "former", "nhanes_2003", "M", None, (50, None), 903),
}


def without(*fields: str) -> tuple[InputUsed, ...]:
    """The inputs of the man of 56 but these."""
    return tuple(each for each in MAN_INPUTS if each.field not in fields)


def ranged(low: float = 0.126, typical: float = 0.144, high: float = 0.181) -> Assessment:
    """No cholesterol result: what the number could be."""
    return replace(missing(), clinic=CHINA, ranges=(spread(WHO, low, typical, high, (CHOLESTEROL, 1.0)),))


def ranged_wide() -> Assessment:
    """Neither cholesterol nor smoking known: wider than a picture can show."""
    results = (refused(WHO, Note(CHOLESTEROL, Code.MISSING), Note(SMOKER, Code.MISSING)), EGFR_RESULT)
    ranges = (spread(WHO, 0.07, 0.093, 0.182, (CHOLESTEROL, 0.31), (SMOKER, 0.64)),)
    return assessment(None, results=results, inputs=without(CHOLESTEROL, SMOKER), ranges=ranges)


def office() -> Assessment:
    """A number without cholesterol, while the better tool lacks it."""
    lead = RiskResult(ref(OFFICE), Status.OK, (OutputValue("risk_10y", 0.163),), {"main": "10_20"}, ())
    results = (refused(WHO, Note(CHOLESTEROL, Code.MISSING)), lead, EGFR_RESULT)
    return assessment(
        0.163,
        replace(
            MAN_EXPLANATION, pack_id=OFFICE, value=0.163, drivers=OFFICE_DRIVERS, all_reference=0.06, improved=0.06
        ),
        results=results,
        inputs=without(CHOLESTEROL),
        headline_pack=OFFICE,
        ranges=(spread(WHO, 0.126, 0.144, 0.181, (CHOLESTEROL, 1.0)),),
    )


STATIN = TreatmentEffect(
    "lower_ldl", "ldl_mmol_l", 1.0, 0.79, (0.77, 0.81), 0.118,
    {"en": "A statin that lowers LDL cholesterol by 1 mmol/L", "zh": "他汀治疗使低密度脂蛋白胆固醇降低 1 mmol/L"},
    {"en": "major vascular events", "zh": "主要血管事件"}, "Trialists. Lancet 2012;380:581-590.", "Trialists 2012",
)  # fmt: skip


def lowered() -> Assessment:
    """What inputs add beside each other, what would lower the number, and a treatment that is offered."""
    cholesterol = 224 / 38.67
    return assessment(
        0.147,
        replace(
            MAN_EXPLANATION,
            contributions=(
                Contribution((SMOKER,), {SMOKER: "current"}, {SMOKER: "never"}, 0.0466),
                Contribution(
                    ("sbp_mmhg", "on_bp_treatment"),
                    {"sbp_mmhg": 148.0, "on_bp_treatment": True},
                    {"sbp_mmhg": 120.0, "on_bp_treatment": False},
                    0.0384,
                ),
                Contribution((CHOLESTEROL,), {CHOLESTEROL: cholesterol}, {CHOLESTEROL: 5.0}, 0.008),
                Contribution(("diabetes",), {"diabetes": False}, {"diabetes": False}, 0.0),
            ),
        ),
        what_if=WhatIf(
            WHO,
            "risk_10y",
            0.147,
            (
                Change(SMOKER, "current", "never", 0.093),
                Change("sbp_mmhg", 148.0, 120.0, 0.106),
                Change(CHOLESTEROL, cholesterol, 5.0, 0.1466),
            ),
            (
                Combination(frozenset({SMOKER, "sbp_mmhg"}), 0.061),
                Combination(frozenset({SMOKER, "sbp_mmhg", CHOLESTEROL}), 0.054),
            ),
            0.054,
            (STATIN,),
        ),
    )


def too_old() -> Assessment:
    """Outside the ages of the score, and two things missing."""
    inputs = (used("age", 85.0), *MAN_INPUTS[2:4])
    notes = (
        Note("age", Code.OUT_OF_RANGE),
        Note("total_cholesterol_mmol_l", Code.MISSING),
        Note("smoker", Code.MISSING),
    )
    return assessment(None, results=(refused(WHO, *notes),), inputs=inputs)


def extreme() -> Assessment:
    """The longest names a page must bear, old values, a birth year only."""
    inputs = (
        *(each for each in MAN_INPUTS if each.field in ("total_cholesterol_mmol_l", "gbd_region", "waist_cm")),
        used("sex", "F"),
        replace(used("age", 73.0), origin=None, derived_from=("birth_date", "visit_date")),
        used("sbp_mmhg", 156.0, readings=(158.0, 154.0, 156.0), readings_rule="mean"),
        used("dbp_mmhg", 78.0, readings=(78.0, 80.0, 76.0), readings_rule="mean"),
        used("smoker", "never"),
        used("diabetes", True),
        used("fasting_glucose_mmol_l", 9.8, imported(row=212), age_days=14),
        used("ldl_mmol_l", 3.1, imported(row=212), age_days=14),
        used("bmi_kg_m2", 20.0),
        used("creatinine_umol_l", 96.0, imported(row=212), age_days=437),
        used(
            "hba1c_percent",
            8.1,
            Origin(
                SourceKind.IMPORTED,
                MOMENT,
                file_name="2026年第四季度 区域检验中心 导出数据（最终版）.xlsx",
                sheet="生化 11 月",
                row=18223,
            ),
        ),
        used("pulse_bpm", 88.0),
        used("uacr_mg_g", 31.4, imported("3.55", Conversion("mg/mmol", "mg/g", 8.84))),
    )
    return assessment(
        0.307,
        replace(
            MAN_EXPLANATION,
            value=0.307,
            all_reference=0.14,
            improved=0.14,
            drivers=drivers(
                ("sbp_mmhg", 156.0, 120.0, 0.18),
                ("total_cholesterol_mmol_l", 224 / 38.67, 5.0, 0.24),
                ("diabetes", True, False, 0.2),
                ("bmi_kg_m2", 20.0, 23.0, 0.33),
            ),
        ),
        patient=Patient("p3", patient_id="ML-0502", name=LONG_NAME, birth_date=PartialDate(1953), sex="F"),
        clinic=replace(CHINA, name="Upper Riverbend Township and Nine Villages Community Health Service Centre"),
        inputs=inputs,
    )


def _medicine(number: int, text: str, classes: tuple[str, ...] = (), since: int | None = 2016) -> Medicine:
    return Medicine(f"m{number}", text, typed(), classes=classes, start=PartialDate(since) if since else None)


MEDICINES = (
    "amlodipine", "valsartan", "spironolactone", "hydrochlorothiazide", "metformin", "gliclazide MR",
    "insulin glargine", "ibuprofen, as needed", "aspirin", "omeprazole", "allopurinol", "levothyroxine",
    "calcium with vitamin D",
    "herbal mixture, unknown content", "氨氯地平片", "paracetamol", "salbutamol inhaler", "folic acid",
)  # fmt: skip


def taking(made: Assessment, medicines: int) -> Assessment:
    """The same with so many medicines, insulin among them from the seventh."""
    taken = tuple(
        _medicine(number, text, ("insulin",) if "insulin" in text else (), 1980 + number if number % 5 else None)
        for number, text in enumerate((MEDICINES * 3)[:medicines], 1)
    )
    return replace(made, medicines=taken)


SCENES: Mapping[str, Callable[[], Assessment]] = {
    "typical": lambda: taking(typical(), 1),
    "small": small,
    "tiny": tiny,
    "huge": huge,
    "good": good_values,
    "excluded": lambda: taking(excluded(), 4),
    "missing": missing,
    "too_old": too_old,
    "range": ranged,
    "range_wide": ranged_wide,
    "range_small": lambda: ranged(0.0041, 0.0055, 0.0089),
    "office": office,
    "lowered": lambda: taking(lowered(), 3),
    "extreme": lambda: taking(extreme(), 14),
    "many_medicines": lambda: taking(extreme(), 46),
}


def composed(scene: str, language: str = "en", paper: Paper = Paper.A4, practice: bool = False) -> Report:
    """The report of a scene."""
    made = SCENES[scene]()
    made = replace(made, clinic=replace(made.clinic, practice=practice))
    return compose(made, MANIFESTS, ReportOptions(language, paper))


MakeReport = Callable[..., Report]


@pytest.fixture(name="composed", scope="session")
def composed_fixture() -> MakeReport:
    """Composes the report of a scene: ``composed(scene, language, paper, practice)``."""
    return composed


@pytest.fixture(name="typical", scope="session")
def typical_fixture() -> Assessment:
    """The man of 56 of the design pictures."""
    return typical()


@pytest.fixture(name="packs", scope="session")
def packs_fixture() -> Mapping[str, Manifest]:
    """The manifests of the shipped packs by id."""
    return MANIFESTS


@pytest.fixture(name="pdf", scope="session")
def pdf_fixture() -> Callable[..., bytes]:
    """Sets the report of a scene once per session: ``pdf(scene, language, paper, practice)``."""

    @cache
    def made(scene: str, language: str = "en", paper: Paper = Paper.A4, practice: bool = False) -> bytes:
        return typeset(composed(scene, language, paper, practice))

    return made
