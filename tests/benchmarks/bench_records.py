"""Importing 1,000 FHIR R4 bundles of one patient each, the way a clinic takes over the records of another system.

Each is read in a limited worker, taken for fields and lists, its patient recognised, and stored in a transaction of its
own, encrypted and signed. The bundles are the shared ones over and over under other names and numbers.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from engine.domain.ports import SystemClock
from engine.workflows.clinics import ClinicRequest, create, open_clinic
from engine.workflows.import_files import ImportRequest
from engine.workflows.import_records import RecordOutcome, files_of, import_each
from tests.benchmarks.rows import Row, below

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("LANTERN_SHARED", CHECKOUT.parent / "shared"))
BUNDLES = SHARED / "data" / "interchange" / "fhir_r4_synthea"
PASSPHRASE = "a passphrase for a benchmark"
COUNT = 1000
BAR_S = 60.0
BAR_MB = 700.0


def run() -> list[Row]:
    """Return the seconds that all bundles take, by the clock and of the processor, and the most memory held."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "in")
        create(ClinicRequest(folder / "clinic", "Benchmark", "USA"), PASSPHRASE, SystemClock())
        with open_clinic(folder / "clinic", PASSPHRASE, SystemClock()) as clinic:
            gc.freeze()  # as the command does
            start, spent = time.perf_counter(), time.process_time()
            ended = import_each(clinic, files_of([folder / "in"], "fhir"), ImportRequest())
            stored = sum(isinstance(outcome, RecordOutcome) and outcome.stored for _, outcome in ended)
            seconds, spent = time.perf_counter() - start, time.process_time() - spent
    if stored != COUNT:
        raise RuntimeError("the import is not the one to be measured")
    held = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    return [
        below(f"import of {COUNT:,} FHIR bundles", seconds, BAR_S, "s"),
        below("processor time of it, without the worker", spent, BAR_S, "s"),  # others on the machine do not count
        below("memory, program and worker", held, BAR_MB, "MB"),
    ]


def _write(folder: Path) -> None:
    """Write the bundles with a name and number of its own in each."""
    folder.mkdir()
    sources = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(BUNDLES.glob("*.json"))]
    for number in range(COUNT):
        bundle = sources[number % len(sources)]
        _rename(next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient"), number)
        (folder / f"{number:05}.json").write_text(json.dumps(bundle), encoding="utf-8")


def _rename(patient: dict[str, Any], number: int) -> None:
    for identifier in patient["identifier"]:
        if identifier.get("type", {}).get("text") == "Medical Record Number":
            identifier["value"] = f"MR{number}"
    letters = "".join(chr(ord("a") + (number // 26**place) % 26) * 4 for place in range(3))
    patient["name"] = [{"family": f"Family{letters}", "given": ["Given"]}]
    patient["telecom"] = [{"system": "phone", "value": f"555-{number}"}]
