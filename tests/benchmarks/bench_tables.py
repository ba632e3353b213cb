"""Large tables of patients: twenty thousand rows of a workbook, a million rows of text, and the first look at a file.

Memory is the most that the program and its reading worker ever held, each by itself; a process of its own is measured,
so that what other benchmarks left behind does not count.
"""

from __future__ import annotations

import csv
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook

from engine.domain.ports import SystemClock
from engine.workflows.clinics import ClinicRequest, create, open_clinic
from engine.workflows.import_any import look_at, open_file
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.import_outcome import FileOutcome
from tests.benchmarks.rows import Row, below

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("LANTERN_SHARED", CHECKOUT.parent / "shared"))
MESSY = SHARED / "data" / "messy"
PASSPHRASE = "a passphrase for a benchmark"
HEADER = (
    "Patient ID", "Name", "Sex", "Date of birth", "Visit date", "Systolic BP (mmHg)", "Diastolic BP (mmHg)",
    "Pulse (bpm)", "Height (cm)", "Weight (kg)", "Total cholesterol (mmol/L)", "HDL (mmol/L)", "Smoking", "Diabetes",
)  # fmt: skip
SHEET_ROWS, TEXT_ROWS = 20_000, 1_000_000
VISITS = 8  # of one person
SHEET_SECONDS, LOOK_SECONDS, MOST_MEMORY = 30, 2, 700
LOOKED_AT = ("practice_clinic_zh.xlsx", "big_20k_a.csv", "mixed_units_b.csv")
KILOBYTES = 1024
_MEASURED = """
import json, resource, sys
from pathlib import Path
from tests.benchmarks.bench_tables import imported
with_memory = imported(Path(sys.argv[1]), Path(sys.argv[2]))
peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps([with_memory.stored, with_memory.counts.rows_new + with_memory.counts.rows_parked, *peaks]))
"""


def people(rows: int) -> Iterator[tuple[object, ...]]:
    """Give rows of visits, eight for each person, none like another."""
    for row in range(rows):
        person, visit = divmod(row, VISITS)
        yield (
            f"P{person:06}",
            f"Person {person}",
            "FM"[person % 2],
            f"{1935 + person % 50}-{1 + person % 12:02}-{1 + person % 28:02}",
            f"{2016 + visit}-{1 + (person + visit) % 12:02}-{1 + row % 28:02}",
            110 + row % 61,
            66 + row % 31,
            58 + row % 37,
            150 + person % 41,
            f"{48 + row % 521 / 10:.1f}",
            f"{3.2 + row % 467 / 100:.2f}",
            f"{0.8 + row % 113 / 100:.2f}",
            ("never", "former", "current")[person % 3],
            ("no", "yes")[person % 7 == 0],
        )


def run() -> list[Row]:
    """Return the seconds of a workbook and of the first look, and the memory of a million rows."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        return [_sheet(home), *_looks(home), *_memory(home)]


def imported(folder: Path, path: Path) -> FileOutcome:
    """Import a file into a new clinic."""
    clock = SystemClock()
    create(ClinicRequest(folder / "clinic", "Benchmark", "GBR"), PASSPHRASE, clock)
    with open_clinic(folder / "clinic", PASSPHRASE, clock) as clinic:
        return import_file(clinic, path, ImportRequest())


def _sheet(home: Path) -> Row:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Visits")
    for row in itertools.chain([HEADER], people(SHEET_ROWS)):
        sheet.append([float(cell) if isinstance(cell, str) and cell[:1].isdigit() and "-" not in cell else cell
                      for cell in row])  # fmt: skip
    book.save(home / "visits.xlsx")
    (home / "sheet").mkdir()
    start = time.perf_counter()
    outcome = imported(home / "sheet", home / "visits.xlsx")
    seconds = time.perf_counter() - start
    if outcome.counts.rows_new != SHEET_ROWS:
        raise RuntimeError("the import is not the one to be measured")
    return below("import of a workbook of 20,000 rows", seconds, SHEET_SECONDS, "s")


def _looks(home: Path) -> list[Row]:
    rows = []
    clock = SystemClock()
    create(ClinicRequest(home / "look", "Benchmark", "GBR"), PASSPHRASE, clock)
    with open_clinic(home / "look", PASSPHRASE, clock) as clinic:
        for name in LOOKED_AT:
            start = time.perf_counter()
            read = open_file(MESSY / name)
            if isinstance(read, FileOutcome):
                raise RuntimeError("the file is not the one to be measured")
            look_at(clinic, read, ImportRequest())
            rows.append(below(f"first look at {name}", time.perf_counter() - start, LOOK_SECONDS, "s"))
    return rows


def _memory(home: Path) -> list[Row]:
    path = home / "million.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(people(TEXT_ROWS))
    (home / "text").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(home / "text"), str(path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
    )
    stored, rows, *peaks = (int(part) for part in done.stdout.strip("[]\n ").replace("true", "1").split(","))
    if not stored or rows != TEXT_ROWS:
        raise RuntimeError("the import is not the one to be measured")
    return [
        below(f"memory of {who}, a million rows", peak / KILOBYTES, MOST_MEMORY, "MB")
        for who, peak in zip(("the program", "its reader"), peaks, strict=True)
    ]
