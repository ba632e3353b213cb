"""People of a clinic who came for years, some of whom fell ill on the way: what a question to the record is about."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from engine.workflows.clinics import OpenClinic
from engine.workflows.import_files import ImportRequest, import_file

YEARS = 7
_HEADER = "patient_id,name,sex,birth_date,visit_date,sbp_mmhg,smoker,bmi_kg_m2,diabetes,on_bp_treatment,cvd_history\n"


def bring_in(clinic: OpenClinic, place: Path, people: int, yearly: float) -> None:
    """Bring in visits of these people, one a year; ``yearly``: how likely a typical one falls ill in a year."""
    random = np.random.default_rng(11)
    table = place / "followed.csv"
    rows = [row for person in range(people) for row in _visits(person, yearly, random)]
    table.write_text(_HEADER + "".join(rows), encoding="utf-8")
    assert import_file(clinic, table, ImportRequest()).counts.rows_new == len(rows)


def _visits(person: int, yearly: float, random: np.random.Generator) -> list[str]:
    born, pressure = 1945 + person % 30, random.normal(138, 16)
    smokes = random.random() < 0.3
    hazard = yearly * np.exp(0.05 * (1960 - born) + 0.02 * (pressure - 138) + 0.5 * smokes)
    first = date(2018, 1, 10) + timedelta(days=int(random.integers(0, 300)))
    sex = "MF"[person % 2]
    who = f"S{person:04d},Fictional {person:04d},{sex},{born}-05-01"
    rows, ill = [], False
    for year in range(YEARS):
        ill = ill or (year > 0 and random.random() < hazard)
        body = "" if random.random() < 0.15 else f"{random.normal(26, 3):.1f}"
        seen = f"{max(95, pressure + random.normal(0, 6)):.0f},{('never', 'current')[smokes]},{body}"
        rows.append(f"{who},{first + timedelta(days=365 * year)},{seen},false,false,{str(ill).lower()}\n")
        if ill and random.random() < 0.5:
            break
    return rows
