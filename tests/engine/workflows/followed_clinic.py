"""A clinic whose truth is known: so many people of each kind, in a real encrypted store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from engine.domain.dates import PartialDate
from engine.domain.ports import FixedClock
from engine.domain.record import Certainty, Condition
from engine.store.people import find_patients
from engine.store.person_edit import edit_identity
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.record import add_entry, typed_origin
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "correct horse battery staple"
HEADER = (
    "patient_id,name,sex,birth_date,visit_date,sbp_mmhg,height_cm,weight_kg,hba1c_percent,smoker,diabetes,"
    "family_history_diabetes,education_years\n"
)
WELL, TURNED, DATED, ILL, ONCE, CONTRADICTED, TWICE, LOST = 60, 40, 3, 10, 8, 5, 2, 6
FIRST = date(2016, 3, 1)
YEARLY = 5  # visits, one a year


def people() -> list[list[str]]:
    """The rows of each person. Who gets diabetes has it from the fourth visit on; who is ``LOST`` came twice."""
    answers = (
        [(False,) * YEARLY] * WELL
        + [(False, False, False, True, True)] * TURNED
        + [(False,) * YEARLY] * DATED
        + [(True,) * YEARLY] * ILL
        + [(False,)] * ONCE
        + [(False, True, False, False, False)] * CONTRADICTED
        + [(False, False)] * LOST
    )
    random = np.random.default_rng(7)
    found = []
    for number, diabetes in enumerate(answers):
        first = FIRST + timedelta(days=11 * (number % 30))
        who = f"Fictional {number:03d},{'MF'[number % 2]},{1945 + number % 30}-05-{1 + number % 28:02d}"
        rows = [row(f"C{number:03d}", who, first, year, ill, random) for year, ill in enumerate(diabetes)]
        found.append(rows)
    for number in range(TWICE):  # the first two under another number and name, with one visit less
        lines = (line.replace(f"C{number:03d}", f"D{number:03d}") for line in found[number][:-1])
        found.append([line.replace("Fictional", "Misspelt") for line in lines])
    return found


def row(number: str, who: str, first: date, year: int, ill: bool, random: np.random.Generator) -> str:
    day = first + timedelta(days=365 * year)
    height = f"{random.normal(167, 8):.0f}" if year == 0 else ""  # told once, and counted on later
    sugar = random.normal(7.2 if ill else 5.6, 0.3)
    history = ("none", "first_degree")[int(random.integers(2))]
    smoker = ("never", "current")[int(random.integers(2))]
    return (
        f"{number},{who},{day},{random.normal(135, 12):.0f},{height},{random.normal(75, 9):.1f},{sugar:.1f},"
        f"{smoker},{'true' if ill else 'false'},{history},9\n"
    )


def make_clinic(place: Path) -> Path:
    """Make it, with three people who have a dated condition and no field that turned."""
    new_clinic(place / "clinic", "CHN", PASSPHRASE, CLOCK)
    table = place / "visits.csv"
    rows = [line for person in people() for line in person]
    table.write_text(HEADER + "".join(rows), encoding="utf-8")
    with open_clinic(place / "clinic", PASSPHRASE, CLOCK) as clinic:
        assert import_file(clinic, table, ImportRequest()).counts.rows_new == len(rows)
        for number in range(WELL + TURNED, WELL + TURNED + DATED):
            add_illness(clinic, f"C{number:03d}", "diabetes_type2", "2018-06-15")
        for number in range(TWICE):  # whose names are corrected later, when nothing asks any more
            (patient,) = find_patients(clinic.vault, f"D{number:03d}")
            edit_identity(clinic.vault, patient.id, {"name": f"FICTIONAL  {number:03d}"}, clinic.actor)
        add_illness(clinic, "C000", "gout", "2017-02")
        add_illness(clinic, "C001", "gout", None)
    return place / "clinic"


def add_illness(clinic: OpenClinic, number: str, code: str, onset: str | None) -> None:
    (patient,) = find_patients(clinic.vault, number)
    when = None if onset is None else PartialDate.parse(onset)
    add_entry(clinic, patient.id, Condition("", code, Certainty.CONFIRMED, typed_origin(clinic), when))
