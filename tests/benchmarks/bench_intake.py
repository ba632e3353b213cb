"""Planning the import of 100,000 rows, against what somebody with pandas would write to get the same cells.

Ours goes all the way to people and parked rows: it starts a limited worker, finds out encoding, delimiter, header and
units, reads and checks every value, and recognises the people. The peer knows the file beforehand: it reads text, makes
numbers and dates of it, drops what lies outside the hard limits, and groups by patient number.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pandas as pd

from engine.domain.ports import SystemClock, no_progress
from engine.fields import load_dictionary
from engine.intake.importing import ImportRequest, read_and_plan
from engine.intake.plan import ImportPlan
from engine.intake.reading import read_file
from tests.benchmarks.rows import Row, at_most, seconds_side_by_side

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("LANTERN_SHARED", CHECKOUT.parent / "shared"))
FILE = SHARED / "data" / "messy" / "big_100k.csv"
ROWS = 100_000
PLAN_BAR = 6.0
REPEATS = 5
NUMBERS = {
    "Systolic BP (mmHg)": "sbp_mmhg",
    "Diastolic BP (mmHg)": "dbp_mmhg",
    "Pulse (bpm)": "pulse_bpm",
    "Height (cm)": "height_cm",
    "Weight (kg)": "weight_kg",
    "Total cholesterol (mmol/L)": "total_cholesterol_mmol_l",
    "HDL (mmol/L)": "hdl_mmol_l",
    "Fasting glucose (mmol/L)": "fasting_glucose_mmol_l",
    "HbA1c (%)": "hba1c_percent",
    "Creatinine (μmol/L)": "creatinine_umol_l",
}
DATES = ("Date of birth", "Visit date")
WORDS = ("Sex", "Smoking", "Diabetes", "BP tablets")


def run() -> list[Row]:
    """Return the seconds of reading and of the whole plan, each beside its peer."""
    read, peer_read = seconds_side_by_side(lambda: read_file(FILE, None, no_progress), _peer_reads, REPEATS)
    plan, peer_plan = seconds_side_by_side(_plan, _peer_plans, REPEATS)
    return [
        Row("reading 100,000 rows of 19 cells in a worker", read, peer_read, read / peer_read, None, "s", None),
        at_most("planning an import of 100,000 rows", plan, peer_plan, PLAN_BAR, "s"),
    ]


def _plan() -> ImportPlan:
    numbers = itertools.count(1)
    plan = read_and_plan(ImportRequest(FILE, {}, {}), (), SystemClock(), lambda: f"p{next(numbers)}")
    if plan.rows_read != ROWS or plan.identified is None:
        raise RuntimeError("the plan is not the one to be measured")
    return plan


def _peer_reads() -> pd.DataFrame:
    return pd.read_csv(FILE, dtype=str, keep_default_na=False)


def _peer_plans() -> int:
    table = _peer_reads()
    dictionary = load_dictionary()
    for header, name in NUMBERS.items():
        values = pd.to_numeric(table[header], errors="coerce")
        field = dictionary[name]
        table[header] = values.where(values.between(field.hard_min or -np.inf, field.hard_max or np.inf))
    for header in DATES:
        table[header] = pd.to_datetime(table[header], errors="coerce", format="%Y-%m-%d")
    for header in WORDS:
        table[header] = table[header].str.strip().str.casefold().astype("category")
    return int(table.groupby("Patient ID").ngroups)
