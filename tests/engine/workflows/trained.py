"""A pack as training leaves one, and a made-up clinic whose people fall ill at a rate that is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from engine.packs import Manifest, write_pack
from engine.packs.origin import MadeBy
from engine.packs.training import People, SizeGate, Told, Training
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_files import ImportRequest, import_file
from tests.engine.conftest import toy_document, toy_graph

MADE_BY = MadeBy("lantern", "learning 1.0.0")
BEGAN = datetime(2021, 3, 1, 9, tzinfo=UTC)
TRAINING = Training(
    kind="cox",
    outcome="event",
    positive=None,
    time="years",
    people=People("00" * 32, 900, 900, 120, 0, 900, {}),
    gate=SizeGate("train", 900, 120, 4, 700, "shrinkage", 0, 5, 0.1),
    settings={},
    versions={},
    seed=1,
    folds=10,
    repeats=3,
    bootstraps=200,
    threshold=0.2,
    figures=(Told("slope", 1.0, 0.9, 1.1), Told("observed_expected", 1.0, 0.9, 1.1)),
    corrected=(),
    mean_change=None,
    curve=None,
    benefit=None,
    groups=(),
    rivals=(),
    findings=(),
    weights=(),
    parity=1e-9,
)
HEADER = "patient_id,name,sex,birth_date,visit_date,sbp_mmhg,smoker,cvd_history\n"
CASES = "sex,age,sbp_mmhg,smoker,expected_risk_10y,tolerance,source\n"
_TEN_YEARS = 10.0


def trained_folder(place: Path, **changes: object) -> Path:
    """Write the toy pack as if it had been trained, and return its folder."""
    ages = (45.0, 55.0, 65.0)
    rows = "".join(f"F,{age},140,never,{told(age, 140.0)!r},1e-9,worked out by hand\n" for age in ages)
    manifest = replace(Manifest.from_json(toy_document()), **{"made_by": MADE_BY, "training": TRAINING, **changes})  # type: ignore[arg-type]  # the test names the parts
    return write_pack(place, manifest, toy_graph(), "# Card\n", CASES + rows).folder


def told(age: float, pressure: float) -> float:
    """Return the risk that the toy tells somebody who never smoked and whose urine nobody measured."""
    return float(1 / (1 + np.exp(9 - 0.08 * age - 0.015 * pressure - 0.1 * np.log(10))))


@dataclass(frozen=True)
class Person:
    """One made-up person; ``ill`` is the day of the event, as an ordinal."""

    number: int
    born: date
    pressure: int
    first: date
    ill: float

    def row(self, day: date) -> str:
        state = "true" if day.toordinal() >= self.ill else "false"
        who = f"S{self.number:04d},Fictional {self.number:04d},{'MF'[self.number % 2]},{self.born}"
        return f"{who},{day},{self.pressure},never,{state}\n"


def simulated(count: int, ratio: float, seed: int = 1, *, ordered: bool = True) -> list[Person]:
    """People whose hazard is ``ratio`` times the one that the toy tells; not ``ordered``: the same for everybody."""
    random = np.random.default_rng(seed)
    ages, pressures = random.uniform(42, 76, count), np.round(random.normal(135, 18, count)).clip(95, 200)
    risks = np.array([told(age, pressure) for age, pressure in zip(ages, pressures, strict=True)])
    hazard = -np.log1p(-risks) * ratio / _TEN_YEARS
    until = random.exponential(1 / (hazard if ordered else np.full(count, hazard.mean())))
    people = []
    for number in range(count):
        first = BEGAN.date() + timedelta(days=1 + number % 20)
        born = first - timedelta(days=round(ages[number] * 365.25))
        ill = first.toordinal() + until[number] * 365.25
        people.append(Person(number, born, int(pressures[number]), first, ill))
    return people


def import_year(clinic: OpenClinic, people: list[Person], year: int, place: Path, before: int = 0) -> None:
    """Import everybody's visit of a year; who fell ill comes once more, and not after that.

    ``before``: the year of the visit before.
    """
    days = [(person, person.first + timedelta(days=365 * year)) for person in people]
    gap = timedelta(days=365 * (year - before))
    rows = [person.row(day) for person, day in days if year == 0 or (day - gap).toordinal() < person.ill]
    table = place / f"year-{year}.csv"
    table.write_text(HEADER + "".join(rows), encoding="utf-8")
    assert import_file(clinic, table, ImportRequest()).counts.rows_new == len(rows)


def after(years: float) -> datetime:
    """Return a moment some years after shadow began."""
    return BEGAN + timedelta(days=365.25 * years + 25)
