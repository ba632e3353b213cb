"""Tables of fictional people as a clinic keeps them: a title above the headings, units left out, slips of the pen."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook

HEADINGS = {
    "en": ("Card no.", "Full name", "Date of birth", "Sex", "Phone", "Village", "Visit date", "BP", "Height", "Weight",
           "Total cholesterol", "Smoker", "Diabetes", "BP tablets", "Remarks"),
    "zh": ("档案编号", "姓名", "出生日期", "性别", "手机号", "村", "随访日期", "血压", "身高", "体重",
           "总胆固醇", "是否吸烟", "糖尿病", "服用降压药", "备注"),
}  # fmt: skip
_TITLES = {"en": "Maple Lane Clinic, everybody with a visit this year", "zh": "河东村卫生室 本年随访登记"}
_TOTALS = {"en": "Total", "zh": "合计"}
_NAMES = {
    "en": (
        ("Ann", "Ben", "Chiku", "Dora", "Emeka", "Grace", "Hana", "Ivo"),
        ("Arden", "Brook", "Lowe", "Marsh", "Okoro"),
    ),
    "zh": (("秀英", "建国", "桂兰", "志强", "海燕", "春生", "玉梅", "文斌"), ("王", "李", "张", "诸葛", "陈")),
}
_SEXES = {"en": ("F", "M"), "zh": ("女", "男")}
_YES_NO = {"en": ("N", "Y"), "zh": ("否", "是")}
IMPOSSIBLE, TWICE = 7, 5


def messy_workbook(folder: Path, language: str, people: int) -> Path:
    """Write a workbook of ``people`` fictional people: some pressures cannot be right, some rows stand twice."""
    random_one = random.Random(500)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([_TITLES[language]])
    sheet.append([])
    sheet.append(list(HEADINGS[language]))
    rows = [_row(number, language, random_one) for number in range(1, people + 1)]
    for row in rows[20 : 20 + IMPOSSIBLE]:
        row[7] = "1520/92"
    for row in [*rows, *rows[100 : 100 + TWICE]]:
        sheet.append(row)
    sheet.append([f"{_TOTALS[language]}: {people}"])
    path = folder / f"people-{language}.xlsx"
    book.save(path)
    return path


def _row(number: int, language: str, random_one: random.Random) -> list[object]:
    given, family = _NAMES[language]
    first, last = random_one.choice(given), random_one.choice(family)
    born = date(1946, 1, 1) + timedelta(days=random_one.randrange(36 * 365))
    seen = date(2026, 1, 5) + timedelta(days=random_one.randrange(300))
    upper = round(random_one.gauss(140, 18))
    yes_no = _YES_NO[language]
    return [
        f"M{number:04}",
        f"{last}{first}" if language == "zh" else f"{first} {last}",
        born,
        random_one.choice(_SEXES[language]),
        f"1380000{number:04}",
        random_one.choice(("河东村", "河西村", "李家庄") if language == "zh" else ("Eastbank", "Westbank", "Hill End")),
        seen,
        f"{upper}/{round(upper * 0.55 + random_one.gauss(8, 5))}",
        random_one.randrange(148, 186),
        round(random_one.gauss(132, 20), 1),
        round(random_one.gauss(5.2, 0.9), 1),
        yes_no[random_one.random() < 0.25],
        yes_no[random_one.random() < 0.15],
        yes_no[random_one.random() < 0.3],
        "",
    ]


def clear_table(folder: Path, people: int) -> Path:
    """Write a table about which nothing needs to be asked: units are written, dates are plain."""
    path = folder / f"clear-{people}.csv"
    lines = [
        "Patient number,Name,Sex,Date of birth,Visit date,Systolic (mmHg),Diastolic (mmHg),Height (cm),Weight (kg)"
    ]
    for number in range(people):
        born, seen = date(1950, 1, 1) + timedelta(days=number % 9000), date(2026, 3, 1) + timedelta(days=number % 90)
        lines.append(f"C{number:05},Ann No {number},F,{born},{seen},{120 + number % 50},80,{150 + number % 40},70")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
