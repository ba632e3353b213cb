"""Fictional people with hand-made assessments; packs as manifests only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engine.domain.assessment import Assessment, Clinic, Driver, Explanation, InputUsed
from engine.domain.dates import PartialDate
from engine.domain.record import Conversion, Medicine, Origin, Patient, Record, SourceKind, Value
from engine.domain.report import Paper, Report
from engine.domain.results import Code, Note, OutputValue, PackRef, RiskResult, Status
from engine.packs.manifest import Manifest
from engine.report import ReportOptions, compose

DAY = date(2026, 11, 23)
MOMENT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
WHO, KIDNEY, EGFR, FINDRISC = "who_cvd_2019_lab", "kfre_4v", "ckdepi_2021_cr", "findrisc"
LONG_NAME = (
    "Maria-Esperança Wilhelmina van der Oudtshoorn-Ramachandran 玛丽亚·埃斯佩兰萨·威廉敏娜·范德奥茨霍恩-拉马钱德兰"
)


def manifest(pack_id: str, **changes: Any) -> Manifest:
    """A manifest of the contract's schema."""
    document: dict[str, Any] = {
        "schema": "lantern-pack/1",
        "id": pack_id,
        "version": "1.0.0",
        "source_version": "2019",
        "kind": "survival_risk",
        "title": {
            "en": "WHO cardiovascular disease risk 2019, laboratory-based",
            "zh": "世界卫生组织 2019 心血管病风险（实验室版）",
        },
        "outcome": {
            "en": "first fatal or non-fatal myocardial infarction, coronary death or stroke",
            "zh": "首次致死或非致死心肌梗死、冠心病死亡或卒中",
        },
        "topic": "cardiovascular",
        "rank": 1,
        "audience": "patient",
        "horizon_years": [10],
        "population": {"en": "Adults without known cardiovascular disease", "zh": "无已知心脑血管病的成人"},
        "citation": {
            "text": "The WHO CVD Risk Chart Working Group. World Health Organization cardiovascular disease risk "
            "charts: revised models to estimate risk in 21 global regions. Lancet Glob Health 2019;7:e1332-e1345.",
            "doi": "10.1016/S2214-109X(19)30318-3",
        },
        "licence": {"state": "attribution", "note": "Coefficients are facts."},
        "graph": {"file": "model.onnx", "sha256": "0" * 64, "opset": 21, "inputs": []},
        "inputs": [
            {"field": "sex", "as": "sex", "required": True, "categories": ["F", "M"]},
            {"field": "age", "as": "age", "required": True, "valid": {"outside": "refuse", "min": 40, "max": 80}},
            {"field": "sbp_mmhg", "as": "sbp", "required": True, "valid": {"outside": "warn", "min": 90, "max": 240}},
            {"field": "total_cholesterol_mmol_l", "as": "tc", "required": True},
            {"field": "diabetes", "as": "diabetes", "required": True},
            {"field": "smoker", "as": "smoker", "required": True, "categories": ["current", "former", "never"]},
            {"field": "gbd_region", "as": "region", "required": True, "categories": ["east_asia"]},
        ],
        "exclusions": [
            {
                "when": "cvd_history",
                "field": "cvd_history",
                "action": "refuse",
                "reason": {
                    "en": "For people without cardiovascular disease; treat as very high risk",
                    "zh": "仅用于无心脑血管病者；按极高危处理",
                },
            }
        ],
        "outputs": [
            {
                "name": "risk_10y",
                "kind": "fraction",
                "unit": "1",
                "label": {"en": "10-year cardiovascular risk", "zh": "10 年心脑血管病风险"},
                "horizon_years": 10,
            },
            {
                "name": "risk_10y_chd",
                "kind": "fraction",
                "unit": "1",
                "label": {"en": "10-year coronary risk", "zh": "10 年冠心病风险"},
                "horizon_years": 10,
            },
            {
                "name": "risk_10y_stroke",
                "kind": "fraction",
                "unit": "1",
                "label": {"en": "10-year stroke risk", "zh": "10 年卒中风险"},
                "horizon_years": 10,
            },
        ],
        "bands": [
            {
                "scheme": "main",
                "output": "risk_10y",
                "source": "printed WHO chart bands",
                "verified": True,
                "list": [
                    {"code": "lt5", "label": {"en": "Below 5 %", "zh": "低于 5%"}, "when": "risk_10y < 0.05"},
                    {
                        "code": "10_20",
                        "label": {"en": "10 % to below 20 %", "zh": "10% 至不足 20%"},
                        "when": "risk_10y < 0.20",
                    },
                    {"code": "ge20", "label": {"en": "20 % or more", "zh": "20% 及以上"}, "when": "true"},
                ],
            }
        ],
        "patient": {
            "title": {"en": "Your heart and stroke check", "zh": "您的心梗和中风风险"},
            "event": {"en": "have a heart attack or stroke", "zh": "发生心梗或中风"},
        },
        "headline_output": "risk_10y",
        "references": {"sbp_mmhg": {"value": 120, "source": "chart"}},
        "card": {"file": "CARD.md", "sha256": "0" * 64},
        "reference_cases": {"file": "reference_cases.csv", "sha256": "0" * 64},
        "made_by": {"program": "lantern", "compiler_version": "1"},
        "limits_notes": [],
        "verification": {"status": "checked"},
    }
    document |= changes
    document["graph"] = document["graph"] | {
        "inputs": [
            {"tensor": each["field"], "dtype": "float64", "fields": [each["field"]]} for each in document["inputs"]
        ]
    }
    return Manifest.from_json(document)


def _egfr() -> Manifest:
    return manifest(
        EGFR,
        kind="index",
        title={"en": "CKD-EPI 2021 creatinine eGFR", "zh": "CKD-EPI 2021 肌酐 eGFR"},
        topic="kidney_function",
        audience="clinician",
        inputs=[{"field": "creatinine_umol_l", "as": "cr", "required": True}],
        exclusions=[],
        outputs=[
            {
                "name": "egfr",
                "kind": "index",
                "unit": "mL/min/{1.73_m2}",
                "label": {"en": "Estimated GFR", "zh": "估算肾小球滤过率"},
                "display_decimals": 0,
            }
        ],
        bands=[
            {
                "scheme": "main",
                "output": "egfr",
                "source": "KDIGO",
                "verified": "knowledge",
                "list": [{"code": "G1", "label": {"en": "G1", "zh": "G1"}, "when": "true"}],
            }
        ],
        patient=None,
        headline_output=None,
        references={},
    )


def _kidney() -> Manifest:
    return manifest(
        KIDNEY,
        title={"en": "Kidney Failure Risk Equation, 4-variable", "zh": "肾衰竭风险公式（4 变量）"},
        topic="kidney_failure",
        audience="clinician",
        inputs=[
            {"field": "egfr_ml_min_173", "as": "egfr", "required": True, "valid": {"outside": "refuse", "max": 60}},
            {"field": "uacr_mg_g", "as": "uacr", "required": True},
        ],
        exclusions=[],
        outputs=[
            {
                "name": "risk_5y",
                "kind": "fraction",
                "unit": "1",
                "label": {"en": "5-year risk", "zh": "5 年风险"},
                "horizon_years": 5,
            }
        ],
        bands=[],
        patient={
            "title": {"en": "Your kidney check", "zh": "您的肾脏风险"},
            "event": {"en": "need dialysis or a new kidney", "zh": "需要透析或换肾"},
        },
        headline_output="risk_5y",
        references={},
        horizon_years=[5],
        rank=1,
    )


MANIFESTS: Mapping[str, Manifest] = {each.id: each for each in (manifest(WHO), _egfr(), _kidney())}


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
    return tuple(Driver(*row) for row in rows)


def scored(risk: float, explanation: Explanation | None, bands: Mapping[str, str], notes: tuple[Note, ...] = ()) -> Any:
    """Result and explanation of the leading pack."""
    outputs = (
        OutputValue("risk_10y", risk),
        OutputValue("risk_10y_chd", risk * 0.354),
        OutputValue("risk_10y_stroke", risk * 0.68),
    )
    return RiskResult(ref(WHO), Status.OK, outputs, bands, notes), explanation


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
        band = "lt5" if (risk or 0) < 0.05 else "10_20" if (risk or 0) < 0.2 else "ge20"
        lead, _ = scored(risk or 0.0, explanation, {"main": band})
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
        ("total_cholesterol_mmol_l", 224 / 38.67, 4.5, 0.129),
        ("diabetes", False, False, 0.147),
    ),
    improved=0.054,
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
            ("smoker", "never", "never", 0.0083),
            ("total_cholesterol_mmol_l", 182 / 38.67, 4.5, 0.0081),
            ("diabetes", False, False, 0.0083),
        ),
        improved=0.0081,
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
        drivers=drivers(("smoker", "never", "never", 0.04)),
    )
    return assessment(0.04, explanation)


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
                ("total_cholesterol_mmol_l", 224 / 38.67, 4.5, 0.24),
                ("diabetes", True, False, 0.2),
                ("smoker", "never", "never", 0.307),
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
    "insulin glargine", "ibuprofen, as needed", "aspirin", "omeprazole", "allopurinol", "levothyroxine", "calcium with vitamin D",
    "herbal mixture, unknown content", "氨氯地平片", "paracetamol", "salbutamol inhaler", "folic acid",
)  # fmt: skip


def record_of(made: Assessment, medicines: int = 0) -> Record:
    """A record with so many medicines, insulin among them from the seventh."""
    return Record(
        made.patient,
        medicines=tuple(
            _medicine(number, text, ("insulin",) if "insulin" in text else (), 2010 + number if number % 5 else None)
            for number, text in enumerate(MEDICINES[:medicines], 1)
        ),
    )


@dataclass(frozen=True)
class Scene:
    """An assessment with its record."""

    made: Assessment
    record: Record | None


SCENES: Mapping[str, Callable[[], Scene]] = {
    "typical": lambda: Scene(typical(), record_of(typical(), 1)),
    "small": lambda: Scene(small(), None),
    "tiny": lambda: Scene(tiny(), None),
    "huge": lambda: Scene(huge(), None),
    "good": lambda: Scene(good_values(), None),
    "excluded": lambda: Scene(excluded(), record_of(excluded(), 4)),
    "missing": lambda: Scene(missing(), None),
    "too_old": lambda: Scene(too_old(), None),
    "extreme": lambda: Scene(extreme(), record_of(extreme(), 14)),
    "many_medicines": lambda: Scene(extreme(), record_of(extreme(), 18)),
}


def composed(scene: str, language: str = "en", paper: Paper = Paper.A4, practice: bool = False) -> Report:
    """The report of a scene."""
    found = SCENES[scene]()
    made = replace(found.made, clinic=replace(found.made.clinic, practice=practice))
    return compose(made, MANIFESTS, found.record, ReportOptions(language, paper))


MakeReport = Callable[..., Report]


@pytest.fixture(name="composed", scope="session")
def composed_fixture() -> MakeReport:
    """Composes the report of a scene: ``composed(scene, language, paper, practice)``."""
    return composed
