"""People who were followed for years in a clinic, some of whom fell ill: what a risk is held against."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from engine.workflows.clinics import OpenClinic
from engine.workflows.import_files import ImportRequest, import_file

FOLLOWED = "F"  # how their numbers begin
YEARS = 6
_HEADER = "patient_id,name,sex,birth_date,visit_date,sbp_mmhg,smoker,bmi_kg_m2,diabetes,on_bp_treatment,cvd_history\n"


def follow(clinic: OpenClinic, place: Path, people: int, events: int) -> None:
    """Bring in visits of these people, one a year; the first ``events`` of them fell ill before the last visit."""
    random = np.random.default_rng(4)
    table = place / "followed.csv"
    lines = (line for person in range(people) for line in _visits(person, events, random))
    table.write_text(_HEADER + "".join(lines), encoding="utf-8")
    assert import_file(clinic, table, ImportRequest()).counts.rows_new == YEARS * people


def _visits(person: int, events: int, random: np.random.Generator) -> list[str]:
    first = date(2019, 1, 10) + timedelta(days=person % 300)
    who = f"{FOLLOWED}{person:04d},Fictional {person:04d},{'MF'[person % 2]},{1950 + person % 15}-05-01"
    rows = []
    for year in range(YEARS):
        # Who falls ill has the higher pressure: the risk must put people in the right order.
        pressure = max(95, random.normal(150 if person < events else 132, 12))
        ill = "true" if person < events and year == YEARS - 1 else "false"
        smoker = ("never", "current")[person % 3 == 0]
        rows.append(f"{who},{first + timedelta(days=365 * year)},{pressure:.0f},{smoker},26,false,false,{ill}\n")
    return rows
