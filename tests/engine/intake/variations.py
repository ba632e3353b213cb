"""Fictional visits written as clinics write them: any language of headers, units, dates, delimiter and encoding."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from engine.domain.record import Value

# fmt: off
HEADERS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "patient_id": "Patient No.", "name": "Full Name", "birth_date": "Date of Birth", "sex": "Gender",
        "phone": "Mobile number", "visit_date": "Visit Date", "sbp_mmhg": "Systolic BP", "dbp_mmhg": "Diastolic BP",
        "height_cm": "Height", "weight_kg": "Weight", "total_cholesterol_mmol_l": "Total Cholesterol",
        "hdl_mmol_l": "HDL-C", "fasting_glucose_mmol_l": "FBG", "hba1c_percent": "HbA1c",
        "creatinine_umol_l": "Serum creatinine", "smoker": "Smoking status", "diabetes": "Diabetes",
        "on_bp_treatment": "On BP treatment", "notes": "Comments",
    },
    "zh": {
        "patient_id": "健康档案编号", "name": "患者姓名", "birth_date": "出生日期", "sex": "性别", "phone": "手机号",
        "visit_date": "体检日期", "sbp_mmhg": "高压", "dbp_mmhg": "低压", "height_cm": "身高", "weight_kg": "体重",
        "total_cholesterol_mmol_l": "血清总胆固醇", "hdl_mmol_l": "高密度脂蛋白", "fasting_glucose_mmol_l": "空腹血糖",
        "hba1c_percent": "糖化血红蛋白", "creatinine_umol_l": "血肌酐", "smoker": "是否吸烟", "diabetes": "糖尿病史",
        "on_bp_treatment": "是否服用降压药", "notes": "备注",
    },
    "es": {
        "patient_id": "Nº de historia", "name": "Nombre y apellidos", "birth_date": "Fecha de nacimiento",
        "sex": "Sexo", "phone": "Teléfono", "visit_date": "Fecha de consulta", "sbp_mmhg": "Tensión sistólica",
        "dbp_mmhg": "Tensión diastólica", "height_cm": "Talla", "weight_kg": "Peso",
        "total_cholesterol_mmol_l": "Colesterol total", "hdl_mmol_l": "Colesterol HDL",
        "fasting_glucose_mmol_l": "Glucosa en ayunas", "hba1c_percent": "Hemoglobina glicosilada",
        "creatinine_umol_l": "Creatinina", "smoker": "Tabaquismo", "diabetes": "Diabetes",
        "on_bp_treatment": "Antihipertensivos", "notes": "Observaciones",
    },
    "fr": {
        "patient_id": "N° dossier", "name": "Nom et prénom", "birth_date": "Date de naissance", "sex": "Sexe",
        "phone": "Téléphone", "visit_date": "Date de consultation", "sbp_mmhg": "Pression systolique",
        "dbp_mmhg": "Pression diastolique", "height_cm": "Taille", "weight_kg": "Poids",
        "total_cholesterol_mmol_l": "Cholestérol total", "hdl_mmol_l": "HDL", "fasting_glucose_mmol_l":
        "Glycémie à jeun", "hba1c_percent": "Hémoglobine glyquée", "creatinine_umol_l": "Créatinine",
        "smoker": "Tabac", "diabetes": "Diabète", "on_bp_treatment": "Traitement antihypertenseur",
        "notes": "Remarques",
    },
    "pt": {
        "patient_id": "Nº prontuário", "name": "Nome completo", "birth_date": "Data de nascimento", "sex": "Sexo",
        "phone": "Telefone", "visit_date": "Data da consulta", "sbp_mmhg": "Pressão sistólica",
        "dbp_mmhg": "Pressão diastólica", "height_cm": "Altura", "weight_kg": "Peso",
        "total_cholesterol_mmol_l": "Colesterol total", "hdl_mmol_l": "HDL", "fasting_glucose_mmol_l":
        "Glicemia de jejum", "hba1c_percent": "Hemoglobina glicada", "creatinine_umol_l": "Creatinina",
        "smoker": "Tabagismo", "diabetes": "Diabetes", "on_bp_treatment": "Anti-hipertensivos",
        "notes": "Observações",
    },
    "de": {
        "patient_id": "Patientennummer", "name": "Vor- und Nachname", "birth_date": "Geburtsdatum",
        "sex": "Geschlecht", "phone": "Telefonnummer", "visit_date": "Besuchsdatum",
        "sbp_mmhg": "Blutdruck systolisch", "dbp_mmhg": "Blutdruck diastolisch", "height_cm": "Körpergröße",
        "weight_kg": "Gewicht", "total_cholesterol_mmol_l": "Gesamtcholesterin", "hdl_mmol_l": "HDL",
        "fasting_glucose_mmol_l": "Nüchternglukose", "hba1c_percent": "HbA1c", "creatinine_umol_l": "Kreatinin",
        "smoker": "Raucherstatus", "diabetes": "Diabetes", "on_bp_treatment": "Blutdruckmittel",
        "notes": "Bemerkungen",
    },
}
WORDS: Mapping[str, Mapping[Value, str]] = {
    "en": {"F": "Female", "M": "Male", "current": "Current", "former": "Ex-smoker", "never": "Never",
           True: "Yes", False: "No"},
    "zh": {"F": "女", "M": "男", "current": "吸烟", "former": "已戒烟", "never": "从不吸烟", True: "是", False: "否"},
    "es": {"F": "Mujer", "M": "Hombre", "current": "Fumador", "former": "Exfumador", "never": "Nunca",
           True: "Sí", False: "No"},
    "fr": {"F": "Femme", "M": "Homme", "current": "Fumeur", "former": "Ancien fumeur", "never": "Jamais",
           True: "Oui", False: "Non"},
    "pt": {"F": "Feminino", "M": "Masculino", "current": "Fumante", "former": "Ex-fumante", "never": "Nunca",
           True: "Sim", False: "Não"},
    "de": {"F": "weiblich", "M": "männlich", "current": "Raucher", "former": "Exraucher", "never": "Nie",
           True: "Ja", False: "Nein"},
}
NAMES: Mapping[str, tuple[str, ...]] = {
    "en": ("Alice Birchwood", "O'Neal, Tom", "Mary-Jane Fairbrook", 'Jim "Ace" Vickery'),
    "zh": ("王小明", "欧阳娜", "买买提·阿不都", "李（大）山"),
    "es": ("José Peñalver Ibáñez", "María Núñez", "Ángel Muñoz"), "fr": ("Zoé Lefèvre", "François Noël"),
    "pt": ("João Gonçalves", "Conceição Brandão"), "de": ("Jürgen Groß", "Käthe Müller"),
}
NOTES: Mapping[str, tuple[str, ...]] = {
    "en": ("feels well", "BP 150/90; weight 82 kg, walks", 'said "no"', ""),
    "zh": ("右膝疼痛；每天步行30分钟", "无不适", ""),
    "es": ("camina, come bien; sin dolor", ""), "fr": ("mal à la tête, un peu", ""), "pt": ("está bem; dor, leve", ""),
    "de": ("Knie schmerzt, links; geht", ""),
}
UNITS: Mapping[str, Mapping[str, tuple[str, float, float]]] = {
    "si": {
        "sbp_mmhg": ("mmHg", 1, 0), "dbp_mmhg": ("mmHg", 1, 0), "height_cm": ("cm", 1, 0), "weight_kg": ("kg", 1, 0),
        "total_cholesterol_mmol_l": ("mmol/L", 1, 0), "hdl_mmol_l": ("mmol/L", 1, 0),
        "fasting_glucose_mmol_l": ("mmol/L", 1, 0), "hba1c_percent": ("%", 1, 0), "creatinine_umol_l": ("μmol/L", 1, 0),
    },
    "us": {
        "sbp_mmhg": ("mmHg", 1, 0), "dbp_mmhg": ("mmHg", 1, 0), "height_cm": ("in", 2.54, 0),
        "weight_kg": ("lbs", 0.45359237, 0), "total_cholesterol_mmol_l": ("mg/dl", 1 / 38.67, 0),
        "hdl_mmol_l": ("mg/dL", 1 / 38.67, 0), "fasting_glucose_mmol_l": ("mg/dL", 1 / 18.016, 0),
        "hba1c_percent": ("%", 1, 0), "creatinine_umol_l": ("mg/dL", 88.4, 0),
    },
    "other": {
        "sbp_mmhg": ("mm Hg", 1, 0), "dbp_mmhg": ("mm Hg", 1, 0), "height_cm": ("m", 100, 0),
        "weight_kg": ("斤", 0.5, 0),
        "total_cholesterol_mmol_l": ("mmol/l", 1, 0), "hdl_mmol_l": ("mmol/l", 1, 0),
        "fasting_glucose_mmol_l": ("mmol/l", 1, 0), "hba1c_percent": ("mmol/mol", 0.09148, 2.152),
        "creatinine_umol_l": ("umol/l", 1, 0),
    },
}
# fmt: on
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATES: Mapping[str, Callable[[date], str]] = {
    "iso": date.isoformat,
    "iso time": lambda day: f"{day}T08:30:00",
    "compact": lambda day: day.strftime("%Y%m%d"),
    "dots, year first": lambda day: f"{day.year}.{day.month}.{day.day}",
    "slashes, year first": lambda day: f"{day.year}/{day.month}/{day.day}",
    "chinese": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "full width": lambda day: day.isoformat().translate(str.maketrans("0123456789-", "０１２３４５６７８９－")),
    "day first": lambda day: day.strftime("%d/%m/%Y"),
    "day first, dots": lambda day: day.strftime("%d.%m.%Y"),
    "day first, short": lambda day: day.strftime("%d-%m-%y"),
    "month first": lambda day: day.strftime("%m/%d/%Y"),
    "month first, short": lambda day: day.strftime("%m/%d/%y"),
    "words": lambda day: f"{day.day} {MONTHS[day.month - 1]} {day.year}",
    "words, month first": lambda day: f"{MONTHS[day.month - 1]} {day.day}, {day.year}",
    "words, short": lambda day: f"{day.day}-{MONTHS[day.month - 1]}-{day.year % 100:02d}",
    "republic": lambda day: f"民國{day.year - 1911}年{day.month}月{day.day}日",
}


@dataclass(frozen=True)
class Style:
    """How a table is written."""

    language: str = "en"
    units: str = "si"
    dates: str = "iso"
    decimal: str = "."
    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\r\n"
    unit_form: str = "{name} ({unit})"
    titles: tuple[str, ...] = ()
    quote_all: bool = False
    order: int = 0


@dataclass(frozen=True)
class Written:
    """A table and what it means: the values of each row by its number in the file."""

    data: bytes
    values: Mapping[int, Mapping[str, Value]] = field(default_factory=dict)


def people(count: int, language: str, seed: int) -> list[dict[str, Value]]:
    """Make fictional visits; days above 12 are among the dates, so that their order is proven."""
    dice = random.Random(seed)
    rows: list[dict[str, Value]] = []
    for number in range(count):
        born = date(1935, 1, 13) + timedelta(days=dice.randrange(25_000))
        visit = date(2022, 1, 13) + timedelta(days=dice.randrange(1_200))
        diastolic = dice.randrange(60, 100)
        rows.append(
            {
                "patient_id": f"P{number + 1:05d}",
                "name": dice.choice(NAMES[language]),
                "birth_date": (born.replace(day=20) if number == 0 else born).isoformat(),
                "sex": dice.choice("FM"),
                "phone": f"07700 {dice.randrange(900000, 900999)}",
                "visit_date": (visit.replace(day=25) if number == 0 else visit).isoformat(),
                "sbp_mmhg": float(diastolic + dice.randrange(20, 70)),
                "dbp_mmhg": float(diastolic),
                "height_cm": float(dice.randrange(145, 190)),
                "weight_kg": dice.randrange(450, 1200) / 10,
                "total_cholesterol_mmol_l": dice.randrange(250, 900) / 100,
                "hdl_mmol_l": dice.randrange(60, 250) / 100,
                "fasting_glucose_mmol_l": dice.randrange(38, 150) / 10,
                "hba1c_percent": dice.randrange(45, 110) / 10,
                "creatinine_umol_l": float(dice.randrange(45, 180)),
                "smoker": dice.choice(("current", "former", "never")),
                "diabetes": dice.choice((True, False)),
                "on_bp_treatment": dice.choice((True, False)),
                "notes": dice.choice(NOTES[language]),
            }
        )
        if number % 7 == 3:
            rows[-1].pop("hba1c_percent")
    return rows


def write_table(rows: list[dict[str, Value]], style: Style) -> Written:
    """Write visits as a text table, and tell what each row means."""
    fields = list(HEADERS[style.language])
    random.Random(style.order).shuffle(fields)
    text = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if style.quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=style.delimiter, lineterminator=style.line_end, quoting=quoting)
    for title in style.titles:
        writer.writerow([title])
    writer.writerow([header_of(name, style) for name in fields])
    values: dict[int, dict[str, Value]] = {}
    for number, row in enumerate(rows, len(style.titles) + 2):
        cells, meant = [], {}
        for name in fields:
            cell, value = cell_of(name, row.get(name), style)
            cells.append(cell)
            if value not in {None, ""}:
                meant[name] = value
        writer.writerow(cells)
        values[number] = meant
    return Written(text.getvalue().encode(style.encoding), values)


def header_of(name: str, style: Style) -> str:
    header = HEADERS[style.language][name]
    unit = UNITS[style.units].get(name)
    if unit is None:
        return header
    # The Greek letter is not in the Western code page; the micro sign is.
    sign = unit[0].replace("μ", "µ") if style.encoding == "cp1252" else unit[0]
    return style.unit_form.format(name=header, unit=sign)


def cell_of(name: str, value: Value | None, style: Style) -> tuple[str, Value | None]:
    """Write one value; return the cell and what it means after the rounding of writing it."""
    if value is None:
        return "", None
    if name in {"birth_date", "visit_date"}:
        return DATES[style.dates](date.fromisoformat(str(value))), value
    if isinstance(value, float):
        _, factor, offset = UNITS[style.units][name]
        written = f"{(value - offset) / factor:.3f}".rstrip("0").rstrip(".")
        return written.replace(".", style.decimal), float(written) * factor + offset
    if isinstance(value, bool) or name in {"sex", "smoker"}:
        return WORDS[style.language][value], value
    return str(value), value
