"""Ten years of visits of fictional people for the practice clinic, so that there is something to learn from.

The workbook of the practice clinic covers a year and a half, in which nobody falls ill: enough for the daily work, and
quick to make. Who wants to train a model adds these people. They are made up here, always the same ones; how likely
each of them was to get diabetes follows from ``DIABETES``, so that what a model finds can be held against the truth.
"""

from __future__ import annotations

import csv
import math
import random
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import BugError, UsageError
from engine.store.people import find_patients
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_files import ImportRequest, import_file

PEOPLE = 900
FILE_NAME = "practice_years.csv"
_SEED = 20150105
_FIRST, _LAST = date(2015, 1, 5), date(2025, 5, 16)
_BETWEEN_VISITS = 540  # days, give or take
HEADS = (
    "patient_id", "name", "sex", "birth_date", "visit_date", "sbp_mmhg", "dbp_mmhg", "pulse_bpm", "height_cm",
    "weight_kg", "waist_cm", "total_cholesterol_mmol_l", "hdl_mmol_l", "ldl_mmol_l", "triglycerides_mmol_l",
    "fasting_glucose_mmol_l", "hba1c_percent", "creatinine_umol_l", "uacr_mg_g", "smoker", "on_bp_treatment",
    "on_statin", "family_history_cvd", "atrial_fibrillation", "diabetes", "cvd_history",
)  # fmt: skip

# Log hazard ratios, invented but of the size that cohorts report. Centred on a person of 55 with the values below.
DIABETES: Mapping[str, float] = {"age": 0.02, "bmi": 0.08, "glucose": 1.3, "treated": 0.4}
DIABETES_A_YEAR = 0.042
_CVD_A_YEAR = 0.009
_ILL_ALREADY, _NEVER_BACK, _LEAVING_A_YEAR = 0.07, 0.08, 0.05
_UNKNOWN = 0.06  # of each test at each visit

_GIVEN = {
    "en": "Alex Ari Avery Blair Cameron Casey Dana Drew Ellis Emery Finley Frankie Harper Hayden Indy Jamie Jordan "
    "Kerry Lee Logan Marley Morgan Nico Parker Quinn Reese Robin Sage Taylor Wren",
    "zh": "安宁 柏青 春禾 丹枫 冬生 恩泽 芳洲 谷雨 海棠 禾穗 建木 静川 兰舟 立秋 明溪 念安 "
    "平野 启明 青禾 秋实 如松 若水 书田 思齐 田园 望山 小满 晓岚 云舒 知远",
}
_FAMILY = {
    "en": "Applewick Barrowby Coldmere Dunsfold Eastlake Fernby Gorsely Hazelmoor Ivydale Juniper Kestrelby Larkwood "
    "Mossbank Nettleby Oakhurst Pebblewick Quarryby Reedmere Sandwell Thistleby Underhill Vinebank Willowmere Yarrowby "
    "Ashmere Birchby Cloverley Dovemoor Elderby Foxmere",
    "zh": "安 柏 蔡 程 邓 丁 范 方 冯 高 葛 顾 郭 韩 何 胡 黄 贾 江 蒋 金 康 孔 兰 黎 梁 林 柳 卢 陆",
}


@dataclass(frozen=True, slots=True)
class YearsAdded:
    """What came into the clinic."""

    people: int
    visits: int


@dataclass(frozen=True, slots=True)
class _Person:
    sex: str
    born: date
    first: date
    height: float
    bmi: float
    glucose: float
    pressure: float
    smokes: str
    treated: bool
    statin: bool
    family: bool  # history of heart disease
    fibrillates: bool
    kidneys: float  # creatinine
    diabetes_years: float  # from the first visit until the illness; 0: it was there already
    cvd_years: float
    leaves: float


def add_practice_years(
    clinic: OpenClinic, language: str, progress: Progress = no_progress, cancel: CancelToken | None = None
) -> YearsAdded:
    """Bring the people into an open practice clinic, as a table of old visits would be; taking it back is an undo.

    Args:
        clinic: the open practice clinic.
        language: of the names, "en" or "zh".
        progress: told rows of rows.
        cancel: stops it; nothing is stored then.

    Raises:
        UsageError: ``practice_only`` for a clinic of real people; ``practice_years_there`` when they are in it.
        AccessError, StoreError: as ``import_file``.
        Cancelled: when ``cancel`` was set.
    """
    if not clinic.clinic.practice:
        raise UsageError("practice_only")
    if has_practice_years(clinic):
        raise UsageError("practice_years_there")
    with tempfile.TemporaryDirectory(prefix="lantern-practice-") as folder:
        table = Path(folder) / FILE_NAME
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADS, *practice_rows(language)])
        outcome = import_file(clinic, table, ImportRequest(), progress, cancel)
    if not outcome.stored:
        raise BugError("practice_import")
    return YearsAdded(PEOPLE, outcome.counts.rows_new)


def has_practice_years(clinic: OpenClinic) -> bool:
    """Whether the people were added before."""
    return bool(find_patients(clinic.vault, _number(0), limit=1))


def practice_rows(language: str) -> Iterator[tuple[str, ...]]:
    """Yield a row for each visit, person by person; names alone depend on the language."""
    drawn = random.Random(_SEED)  # noqa: S311 - made-up people, the same ones every time
    families, given = _FAMILY[language].split(), _GIVEN[language].split()
    for number in range(PEOPLE):
        family, first = families[number % len(families)], given[number // len(families)]
        name = f"{family}{first}" if language == "zh" else f"{first} {family}"
        yield from _visits(_person(drawn), drawn, _number(number), name)


def log_hazard(age: float, bmi: float, glucose: float, treated: bool) -> float:
    """Return how much likelier than the person at the centre somebody gets diabetes, as a logarithm."""
    centred = {"age": age - 55, "bmi": bmi - 27, "glucose": glucose - 5.4, "treated": float(treated)}
    return sum(DIABETES[name] * value for name, value in centred.items())


def _person(drawn: random.Random) -> _Person:
    age = drawn.uniform(36, 76)
    first = _FIRST + timedelta(days=round(drawn.triangular(0, 3000, 200)))
    bmi = min(42.0, max(18.0, drawn.gauss(27, 4)))
    glucose = min(6.8, max(4.2, drawn.gauss(5.4 + 0.02 * (bmi - 27), 0.5)))
    treated = drawn.random() < 0.3
    pressure = drawn.gauss(134 + 0.35 * (age - 55), 13)
    smokes = drawn.choices(("never", "former", "current"), (0.55, 0.22, 0.23))[0]
    rate = DIABETES_A_YEAR * math.exp(log_hazard(age, bmi, glucose, treated))
    hearts = _CVD_A_YEAR * math.exp(0.06 * (age - 55) + 0.018 * (pressure - 134) + 0.5 * (smokes == "current"))
    return _Person(
        sex=drawn.choice("FM"),
        born=first - timedelta(days=round(age * 365.25)),
        first=first,
        height=drawn.gauss(168, 9),
        bmi=bmi,
        glucose=glucose,
        pressure=pressure,
        smokes=smokes,
        treated=treated,
        statin=drawn.random() < 0.15,
        family=drawn.random() < 0.2,
        fibrillates=drawn.random() < 0.03,
        kidneys=drawn.gauss(78, 14),
        diabetes_years=0.0 if drawn.random() < _ILL_ALREADY else drawn.expovariate(rate),
        cvd_years=0.0 if drawn.random() < _ILL_ALREADY else drawn.expovariate(hearts),
        leaves=0.0 if drawn.random() < _NEVER_BACK else drawn.expovariate(_LEAVING_A_YEAR),
    )


def _number(place: int) -> str:
    return f"Y{place + 1:04d}"


def _visits(person: _Person, drawn: random.Random, number: str, name: str) -> Iterator[tuple[str, ...]]:
    day = person.first
    while day <= _LAST:
        years = (day - person.first).days / 365.25
        if years > 0 and years > person.leaves:
            return
        yield (number, name, person.sex, person.born.isoformat(), day.isoformat(), *_values(person, drawn, years))
        day += timedelta(days=_BETWEEN_VISITS + drawn.randint(-60, 60))


def _values(person: _Person, drawn: random.Random, years: float) -> tuple[str, ...]:
    diabetes = years >= person.diabetes_years
    sugar = drawn.gauss(7.9, 0.8) if diabetes else drawn.gauss(person.glucose, 0.15)
    pressure = drawn.gauss(person.pressure + 0.4 * years, 6)
    total, hdl = drawn.gauss(5.3 - 0.9 * person.statin, 0.8), drawn.gauss(1.35, 0.25)
    tests = (
        _told(pressure, 92, 225),
        _told(0.42 * pressure + drawn.gauss(25, 5), 52, 125),
        _told(drawn.gauss(74, 9), 48, 125),
        f"{person.height:.0f}",
        _told(person.bmi * (person.height / 100) ** 2 + drawn.gauss(0.2 * years, 1.0), 40, 160, 1),
        _told(2.4 * person.bmi + drawn.gauss(29, 4), 60, 150),
        _told(total, 2.8, 9, 1),
        _told(hdl, 0.7, 2.6, 2),
        _told(total - hdl - 0.7, 1, 6.5, 1),
        _told(1.1 + 0.05 * (person.bmi - 22) + drawn.gauss(0.3, 0.3), 0.5, 5, 1),
        _told(sugar, 3.8, 15, 1),
        _told(2.6 + 0.52 * sugar + drawn.gauss(0, 0.15), 4.5, 12, 1),
        _told(person.kidneys + 0.8 * years + drawn.gauss(0, 4), 40, 220),
        _told(drawn.lognormvariate(1.6, 0.7) * (2 if diabetes else 1), 1, 400, 1),
    )
    known = tuple("" if drawn.random() < _UNKNOWN else text for text in tests)
    answers = (person.treated, person.statin, person.family, person.fibrillates, diabetes, years >= person.cvd_years)
    return (*known, person.smokes, *("true" if yes else "false" for yes in answers))


def _told(value: float, low: float, high: float, digits: int = 0) -> str:
    return f"{min(high, max(low, value)):.{digits}f}"
