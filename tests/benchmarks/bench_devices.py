"""Device files that are large: sixty megabytes of a phone, two hundred thousand readings of a sensor."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from pathlib import Path

from engine.domain.ports import SystemClock
from engine.intake.reading import read_any
from engine.workflows.clinics import ClinicRequest, create, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from tests.benchmarks.rows import Row, below

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("LANTERN_SHARED", CHECKOUT.parent / "shared"))
DEVICES = SHARED / "data" / "devices"
PASSPHRASE = "a passphrase for a benchmark"
PEOPLE = "Patient ID,Name,Sex,Visit date,SBP\nP1,邰星河,M,2025-01-02,140\n"
FILES = (("apple_health_60mb.zip", 15_992), ("cgm_200000.csv", 199_870))
MEGABYTE_OF_KILOBYTES = 1024


def run() -> list[Row]:
    """Return seconds from file to encrypted store, the size of what was stored, and the memory of the readers."""
    for name, _ in FILES:  # first: a child counts what its parent held when it began
        read_any(DEVICES / name, None, None, lambda done, total: None)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / MEGABYTE_OF_KILOBYTES
    with tempfile.TemporaryDirectory() as folder:
        rows = _imports(Path(folder))
    return [*rows, below("memory of the reader of device files, most", workers, 300, "MB")]


def _imports(folder: Path) -> list[Row]:
    clock = SystemClock()
    create(ClinicRequest(folder / "clinic", "Benchmark", "CHN"), PASSPHRASE, clock)
    people = folder / "people.csv"
    people.write_text(PEOPLE, encoding="utf-8")
    rows = []
    with open_clinic(folder / "clinic", PASSPHRASE, clock) as clinic:
        import_file(clinic, people, ImportRequest())
        for name, kept in FILES:
            start = time.perf_counter()
            outcome = import_file(clinic, DEVICES / name, ImportRequest(patient="P1"))
            seconds = time.perf_counter() - start
            if outcome.device is None or outcome.device.kept != kept or not outcome.stored:
                raise RuntimeError("the import is not the one to be measured")
            rows.append(below(f"import of {name}", seconds, 30, "s"))
    size = (folder / "clinic" / "store.db").stat().st_size / (1 << 20)
    return [*rows, below("store with 216,000 readings of devices", size, 4, "MB")]
