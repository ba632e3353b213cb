"""Whole files of each kind that clinics have, written with what they mean: layouts, eras, totals, swapped columns."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from openpyxl import Workbook

from engine.domain.record import Value
from tests.engine.intake.variations import Style, cell_of, header_of, people

Cells = Sequence[object]
Values = dict[str, Value]
WHO = ("patient_id", "name", "birth_date", "sex", "phone")
MEASURED = ("visit_date", "sbp_mmhg", "dbp_mmhg", "weight_kg", "fasting_glucose_mmol_l")
LABS = ("total_cholesterol_mmol_l", "hdl_mmol_l", "fasting_glucose_mmol_l", "hba1c_percent", "creatinine_umol_l")
ANALYTES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {"total_cholesterol_mmol_l": ("Total cholesterol", "Cholesterol, total"), "hdl_mmol_l": ("HDL-C", "HDL"),
           "fasting_glucose_mmol_l": ("Glucose, fasting", "FBG"), "hba1c_percent": ("HbA1c", "Hemoglobin A1c"),
           "creatinine_umol_l": ("Creatinine", "Serum creatinine")},
    "zh": {"total_cholesterol_mmol_l": ("总胆固醇", "TC 总胆固醇"),
           "hdl_mmol_l": ("高密度脂蛋白胆固醇(HDL-C)", "血清HDL-C"),
           "fasting_glucose_mmol_l": ("葡萄糖(空腹)", "空腹血糖"), "hba1c_percent": ("糖化血红蛋白", "HbA1c"),
           "creatinine_umol_l": ("肌酐", "血清肌酐(Cr)")},
}  # fmt: skip
OTHER_ANALYTES = {
    "en": ("WBC", "TSH", "Urine protein", "Platelets"),
    "zh": ("白细胞", "尿蛋白", "谷丙转氨酶", "血小板"),
}
LAB_HEADERS = {
    "en": ("Patient ID", "Collection date", "Test", "Result", "Unit", "Reference range"),
    "zh": ("病历号", "采样日期", "检验项目", "检验结果", "单位", "参考范围"),
}
LAB_UNITS = {"hba1c_percent": "%", "creatinine_umol_l": "μmol/L"}
TO_MG_DL = {"total_cholesterol_mmol_l": 38.67, "hdl_mmol_l": 38.67, "fasting_glucose_mmol_l": 18.016}
TOTALS = {
    "en": (["Total", "40 patients"], ["Average", "", "", "", "", "", "131", "80"], ["Printed by: test on 30/06/2025"]),
    "zh": (["本页小计", "40人"], ["最大值", "", "", "", "", "", "190", "110"], ["制表人：李四", "", "", "审核：王五"]),
}


@dataclass
class Made:
    """A file and what it means. ``values`` by row, in the wide layout by row and day."""

    grid: list[Cells]
    values: dict[object, Values] = field(default_factory=dict)
    questions: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    header_rows: tuple[int, ...] = (1,)
    others: list[tuple[int, str]] = field(default_factory=list)
    signs: dict[int, dict[str, str]] = field(default_factory=dict)
    parked: dict[int, list[tuple[str, tuple[str, ...]]]] = field(default_factory=dict)
    merged: tuple[str, ...] = ()

    def csv(self, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter).writerows(self.grid)
        return text.getvalue().encode(encoding)

    def xlsx(self) -> bytes:
        book = Workbook()
        sheet = book.worksheets[0]
        for row in self.grid:
            sheet.append([None if cell == "" else cell for cell in row])
        for reach in self.merged:
            sheet.merge_cells(reach)
        data = io.BytesIO()
        book.save(data)
        return data.getvalue()


@dataclass
class Writer:
    """Writes visits in columns; ``dates`` may differ by field, ``special`` cells replace others by row and field."""

    style: Style
    fields: Sequence[str]
    dates: Mapping[str, Callable[[date], str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        return self.headers.get(name) or header_of(name, self.style)

    def cell(self, name: str, value: Value | None) -> tuple[str, Value | None]:
        if name in self.dates and value is not None:
            return self.dates[name](date.fromisoformat(str(value))), value
        return cell_of(name, value, self.style)

    def line(self, row: Mapping[str, Value]) -> tuple[list[str], Values]:
        pairs = [(name, *self.cell(name, row.get(name))) for name in self.fields]
        return [cell for _, cell, _ in pairs], {name: value for name, _, value in pairs if value not in {None, ""}}

    def table(self, rows: Iterable[Mapping[str, Value]]) -> Made:
        made = Made([[self.header(name) for name in self.fields]])
        for number, row in enumerate(rows, 2):
            line, made.values[number] = self.line(row)
            made.grid.append(line)
        return made


def below_each_other(language: str, seed: int, *, unit_in_name: bool = False, flagged: bool = False) -> Made:
    """Write one test a row, other tests among them so that no two files have the known ones in the same order."""
    dice = random.Random(seed)
    made = Made([list(LAB_HEADERS[language])[: 4 if unit_in_name else None]])
    for person in people(30, language, seed):
        who = {name: person[name] for name in ("patient_id", "visit_date")}
        tests: list[str | None] = [*[name for name in LABS if name in person], *[None] * dice.randrange(4)]
        dice.shuffle(tests)
        for name in tests:
            row = len(made.grid) + 1
            if name is None:
                made.others.append((row, "other_test"))
                line = [
                    *who.values(),
                    dice.choice(OTHER_ANALYTES[language]),
                    dice.choice(("12.3", "+", "negative")),
                    "",
                    "",
                ]
            else:
                test, text, unit, value = _result(dice, language, name, float(person[name]))
                if unit_in_name:
                    test = f"{test} ({unit})"
                if flagged and dice.random() < 0.3:
                    text += dice.choice((" H", "↑", " L"))
                made.values[row] = {**who, name: value}
                line = [*who.values(), test, text, unit, "1-9"]
            made.grid.append(line[: len(made.grid[0])])
    made.questions = [("layout", ())]
    return made


def _result(dice: random.Random, language: str, name: str, value: float) -> tuple[str, str, str, float]:
    test, unit, factor = dice.choice(ANALYTES[language][name]), LAB_UNITS.get(name, "mmol/L"), 1.0
    if name in TO_MG_DL and dice.random() < 0.4:
        unit, factor = "mg/dL", TO_MG_DL[name]
    text = f"{value * factor:.2f}"
    return test, text, unit, float(text) / factor


def visits_side_by_side(language: str, titles: Sequence[str], seed: int, *, flat: bool = False) -> Made:
    """Write several visits of a person in one row, under titles of their own or with these before each name."""
    writer = Writer(Style(language), MEASURED)
    who = Writer(Style(language), WHO)
    names = [header_of(name, writer.style) for name in MEASURED]
    left = [header_of(name, who.style) for name in WHO]
    if flat:
        made = Made([[*left, *[f"{title}{name}" for title in titles for name in names]]])
    else:
        top = [*left, *[cell for title in titles for cell in (title, *[""] * (len(names) - 1))]]
        made = Made([top, [*[""] * len(left), *names * len(titles)]], header_rows=(1, 2))
        made.merged = tuple(
            f"{_letter(len(left) + at * len(names))}1:{_letter(len(left) + (at + 1) * len(names) - 1)}1"
            for at in range(len(titles))
        )
    for number, person in enumerate(people(25, language, seed), len(made.grid) + 1):
        line, told = who.line(person)
        for at in range(len(titles)):
            if at == len(titles) - 1 and number % 3 == 0:
                line += [""] * len(names)
                continue
            day = (date(2023, 1, 13) + timedelta(days=3 * number + 90 * at)).isoformat()
            cells, values = writer.line({**person, "visit_date": day, "sbp_mmhg": float(person["sbp_mmhg"]) + at})
            line += cells
            made.values[(number, day)] = {**told, **values}
        made.grid.append(line)
    made.questions = [("layout", ())]
    return made


def _letter(column: int) -> str:
    return chr(ord("A") + column) if column < 26 else "A" + chr(ord("A") + column - 26)


def with_totals(language: str, seed: int) -> Made:
    """Write a list with a repeated header and with totals and a footer at its end."""
    made = Writer(Style(language), (*WHO, *MEASURED)).table(people(40, language, seed))
    width = len(made.grid[0])
    made.grid.insert(20, made.grid[0])
    made.values = {row + (row > 20): values for row, values in made.values.items() if isinstance(row, int)}
    made.others = [(21, "repeated_header")]
    for line, kind in zip(TOTALS[language], ("totals", "totals", "footer"), strict=True):
        made.grid.append([*line, *[""] * (width - len(line))])
        made.others.append((len(made.grid), kind))
    return made


def swapped(language: str, first: str, second: str, seed: int) -> Made:
    """Write two columns under each other's header."""
    rows = people(40, language, seed)
    for row in rows:
        row["weight_kg"] = 30 + float(row["weight_kg"]) / 2  # hardly anybody weighs a hundred
    made = Writer(Style(language), (*WHO, *MEASURED, "height_cm")).table(rows)
    fields = (*WHO, *MEASURED, "height_cm")
    here, there = sorted((fields.index(first), fields.index(second)))
    headers = list(made.grid[0])
    headers[here], headers[there] = headers[there], headers[here]
    made.grid[0] = headers
    made.questions = [("swapped_columns", (str(headers[here]), str(headers[there])))]
    return made


def readings(language: str, headers: Sequence[str], seed: int) -> Made:
    """Write several pressures of one visit; what is stored is their mean."""
    dice = random.Random(seed)
    who = Writer(Style(language), (*WHO, "visit_date"))
    made = Made([[*[header_of(name, who.style) for name in who.fields], *headers]])
    made.questions = [("repeated_readings", tuple(headers))]
    for number, person in enumerate(people(25, language, seed), 2):
        line, values = who.line(person)
        pairs = [(dice.randrange(110, 170), dice.randrange(60, 95)) for _ in range(len(headers) // 2)]
        means = [sum(part) / len(part) for part in zip(*pairs, strict=True)]
        made.grid.append([*line, *[str(part) for pair in pairs for part in pair]])
        made.values[number] = {**values, "sbp_mmhg": means[0], "dbp_mmhg": means[1]}
    return made
