"""Other clinics write the same columns differently: spellings, places of units, ratios that are no value, encodings."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from engine.intake.headers import read_header
from engine.intake.plan import Outcome
from tests.engine.intake.plans import plan_file, plan_text, values_by_row

# fmt: off
NAMES = {
    "patient_id": ("Pt. ID", "MRN No.", "Patient #", "Chart #", "UHID", "病历号", "体检编号", "住院号/门诊号",
                   "Nº de historia clínica", "N° de dossier", "Nº do prontuário", "Mã BN"),
    "name": ("Name of the patient", "受检者姓名", "Apellidos, nombre", "Nachname, Vorname", "Nome do utente",
             "Họ tên bệnh nhân"),
    "birth_date": ("D.O.B.", "Fecha de nac.", "Date naiss.", "geb. am", "Dt. nascimento", "Ngày, tháng, năm sinh"),
    "sex": ("Sex M/F", "M/F", "性 别", "Sexo (H/M)", "Phái"),
    "visit_date": ("Date of assessment", "Screening date", "体检日期", "Fecha de atención", "Date consult.",
                   "Datum des Besuchs", "Data de atendimento", "Ngày tái khám"),
    "phone": ("Mobile No.", "N° de téléphone", "Tel.-Nr.", "Contact no."),
    "on_bp_treatment": ("Taking BP medication", "高血压用药", "Toma antihipertensivos", "Blutdrucksenker",
                        "Điều trị tăng huyết áp"),
    "on_statin": ("Statin use", "使用他汀", "Sous statine", "Tratamiento con estatinas", "Dùng statin"),
    "cvd_history": ("Prior MI/stroke", "心脑血管疾病", "Infarto o ACV previo", "KHK/Schlaganfall",
                    "Tiền sử bệnh tim mạch"),
    "smoker": ("Does the patient smoke?", "Consumo de tabaco", "Hút thuốc lá", "吸烟与否"),
}
MEASURED = {
    "sbp_mmhg": ("mm[Hg]", ("Sys BP", "高压", "血压高压", "TA sist.", "RR syst.", "Huyết áp tâm thu"),
                 ("mmHg", "毫米汞柱")),
    "weight_kg": ("kg", ("Wt.", "体重", "Cân nặng", "Körpergewicht"), ("kg", "公斤", "KGS")),
    "height_cm": ("cm", ("Ht", "身高", "Chiều cao", "Talla"), ("cm", "厘米")),
    "total_cholesterol_mmol_l": ("mg/dL", ("T. chol", "总胆固醇TC", "Colest. total", "Gesamt-Cholesterin"),
                                 ("mg/dl", "MG/DL", "mgs/dl", "毫克/分升", "mg/100 mL")),
    "fasting_glucose_mmol_l": ("mmol/L", ("F. glucose", "空腹血葡萄糖", "Glycémie (à jeun)", "Glicose em jejum"),
                               ("mmol/l", "毫摩尔/升", "mmol·L-1")),
    "creatinine_umol_l": ("umol/L", ("S Creat", "血肌酐", "Créatinine sérique", "Creatinin máu"),
                          ("µmol/L", "μmol/l", "micromol/L", "micromoles/L")),
    "uacr_mg_g": ("mg/g", ("Urine albumin/creatinine", "尿微量白蛋白/肌酐", "Albumine/créatinine"),
                  ("mg/g", "mg/g creat")),
    "hba1c_percent": ("%", ("Hb A1c", "糖化Hb", "Hämoglobin A1c"), ("%", "% NGSP", "DCCT %")),
}
FORMS = ("{} ({})", "{}（{}）", "{} [{}]", "{}【{}】", "{}, {}", "{} {}", "{} - {}", "{}-{}", "{}/{}",
          "{} in {}", "{}: {}", "{}\n({})")
# Words that stand beside a known one and make it something else.
OTHER_THINGS = {
    "TC/HDL ratio": {"total_cholesterol_mmol_l", "hdl_mmol_l"}, "Chol/HDL": {"total_cholesterol_mmol_l", "hdl_mmol_l"},
    "Cholesterol/HDL ratio": {"total_cholesterol_mmol_l"}, "Creatinine (urine)": {"creatinine_umol_l"},
    "肌酐(尿)": {"creatinine_umol_l"}, "Urine albumin/creatinine (mg/g)": {"creatinine_umol_l"},
    "Glucose/insulin": {"glucose_mmol_l"}, "Waist/hip ratio": {"waist_cm"}, "Weight (1 year ago)": {"weight_kg"},
    "血糖(餐后)": {"glucose_mmol_l", "fasting_glucose_mmol_l"}, "Prior MI/stroke": {"stroke_history"},
}
# fmt: on


@pytest.mark.parametrize(("field", "header"), [(field, name) for field, names in NAMES.items() for name in names])
def test_a_column_is_known_by_what_clinics_call_it(field: str, header: str) -> None:
    assert read_header(header).target == field


@pytest.mark.parametrize("field", MEASURED)
def test_a_unit_is_read_wherever_it_stands_behind_a_name(field: str) -> None:
    code, names, units = MEASURED[field]
    headers = [form.format(name, unit) for form, name, unit in itertools.product(FORMS, names, units)]
    read = {header: (read_header(header).target, read_header(header).unit) for header in headers}
    assert {header: found for header, found in read.items() if found != (field, code)} == {}


@pytest.mark.parametrize("header", OTHER_THINGS)
def test_a_ratio_or_another_sample_is_not_taken_for_its_part(header: str) -> None:
    assert read_header(header).target not in OTHER_THINGS[header]


def test_gb18030_with_western_and_vietnamese_names_is_read(tmp_path: Path) -> None:
    names = ["Đỗ Hữu Hải", "Jürgen Größe", "Íñigo Núñez", "François Lacôme", "Nguyễn Thị Ánh", "𠮷田 㐂"]
    lines = [f"P{number},{name},1960-01-13,2024-01-15,130,80" for number, name in enumerate(names)]
    path = tmp_path / "names.csv"
    path.write_bytes("\n".join(["病历号,姓名,出生日期,就诊日期,高压,低压", *lines]).encode("gb18030"))
    plan = plan_file(path)
    assert plan.outcome is Outcome.OK
    assert [row["name"] for row in values_by_row(plan).values()] == names


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("偶尔吸烟", "current"), ("Fumeur actif", "current"), ("以前吸烟", "former"), ("Quit smoking", "former"),
     ("Chưa từng hút", "never"), ("Nieraucher", "never"), ("不抽烟", "never")],
)  # fmt: skip
def test_words_for_smoking_have_one_meaning(word: str, meaning: str, tmp_path: Path) -> None:
    plan = plan_text(
        tmp_path, f"MRN,Name,Visit date,SBP,Smoking\n1,A,2024-01-15,130,{word}\n2,B,2024-01-15,131,{word}\n"
    )
    assert plan.outcome is Outcome.OK
    assert {row["smoker"] for row in values_by_row(plan).values()} == {meaning}
