"""De-identifying a clinic of 100,000 people, against pandas that writes the same columns to the same kind of file.

Ours reads the encrypted store, takes each person as they stood at the last visit, works out the classes, takes rare
values away, draws pseudonyms and writes three durable files with an entry in the audit; the peer has the finished table
in memory and only writes it.
"""

from __future__ import annotations

import csv
import random
import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from engine.domain.ports import SystemClock
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.deidentify import Wanted, deidentify
from engine.workflows.import_files import ImportRequest, import_file
from tests.benchmarks.rows import Row, at_most

PEOPLE = 100_000
PASSPHRASE = "a passphrase for a benchmark"
REPEATS = 3
HEAD = (
    "Patient ID,Name,Date of birth,Sex,Visit date,Systolic BP (mmHg),Diastolic BP (mmHg),Pulse (bpm),Height (cm),"
    "Weight (kg),Total cholesterol (mmol/L),HDL (mmol/L),HbA1c (%),Creatinine (umol/L),Diabetes"
)


def run() -> list[Row]:
    """Return the seconds of an export beside those of the peer, taken in turn."""
    ours, peer = [], []
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        clock = SystemClock()
        create(ClinicRequest(folder / "clinic", "Benchmark", "GBR"), PASSPHRASE, clock)
        _write_people(folder / "people.csv")
        with open_clinic(folder / "clinic", PASSPHRASE, clock) as clinic:
            outcome = import_file(clinic, folder / "people.csv", ImportRequest())
            if outcome.counts.rows_new < 0.98 * PEOPLE:  # a few are drawn so that they cannot be right
                raise RuntimeError("the clinic is not the one to be measured")
            for _ in range(REPEATS):
                ours.append(_ours(clinic, folder))
                peer.append(_peer(folder))
    return [
        at_most(f"de-identified file of {PEOPLE:,} people", statistics.median(ours), statistics.median(peer), 8.0, "s")
    ]


def _ours(clinic: OpenClinic, folder: Path) -> float:
    start = time.perf_counter()
    written = deidentify(clinic, PASSPHRASE, folder / "out.csv", Wanted(replace=True), reason="benchmark")
    seconds = time.perf_counter() - start
    if not 0.9 * PEOPLE < int(written.report["people"]) <= PEOPLE:
        raise RuntimeError("the file is not the one to be measured")
    return seconds


def _peer(folder: Path) -> float:
    table = pd.read_csv(folder / "out.csv")
    start = time.perf_counter()
    table.to_csv(folder / "peer.csv", index=False)
    return time.perf_counter() - start


def _write_people(path: Path) -> None:
    chance = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEAD.split(","))
        for place in range(PEOPLE):
            born = date(1930, 1, 1) + timedelta(days=chance.randrange(27_000))
            seen = date(2022, 1, 1) + timedelta(days=chance.randrange(1_500))
            values = (
                chance.randrange(100, 180),
                chance.randrange(55, 100),
                chance.randrange(50, 110),
                chance.randrange(145, 195),
                f"{chance.uniform(45, 120):.1f}",
                f"{chance.uniform(3, 8):.2f}",
                f"{chance.uniform(0.7, 2.5):.2f}",
                f"{chance.uniform(4.5, 10):.1f}",
                chance.randrange(45, 140),
                chance.choice(("Yes", "No")),
            )
            rows.writerow([f"B{place:06}", f"Person {place}", born, chance.choice("MF"), seen, *values])
