"""From keystroke to risk: a form typed on top of a stored record, and of somebody new, to everything the screen shows.

People of the practice clinic are opened once; then every call has another pressure typed, so nothing is found ready
made. Checking what was typed, the numbers of all tools, why, and the words of both pages are in the time; drawing is
not, and takes the rest of the 50 ms that a keystroke may take.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from engine.domain.ports import SystemClock
from engine.intake.typed import TypedValue
from engine.resources import resources_folder
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.live import RecordInHand, live_risk, open_record
from engine.workflows.patients import find_patients
from tests.benchmarks.rows import Row, below

PEOPLE = 60
P50_BAR_MS = 30.0
P95_BAR_MS = 35.0
PASSPHRASE = "a passphrase for a benchmark"
NEW_PERSON = {
    "name": "Person",
    "birth_date": "1961-05-06",
    "sex": "M",
    "dbp_mmhg": "88",
    "total_cholesterol_mmol_l": "5.6",
    "hdl_mmol_l": "1.2",
    "smoker": "current",
    "diabetes": "no",
    "cvd_history": "no",
}


def run() -> list[Row]:
    """Return the middle and the slow end of keystrokes in both languages, on stored people and a new one."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        clock = SystemClock()
        create(ClinicRequest(folder / "clinic", "Benchmark", "GBR", practice=True), PASSPHRASE, clock)
        with open_clinic(folder / "clinic", PASSPHRASE, clock) as clinic:
            import_file(clinic, resources_folder() / "practice" / "practice_clinic_en.xlsx", ImportRequest())
            people = [open_record(clinic, one.id) for one in find_patients(clinic, limit=PEOPLE)]
            new = [TypedValue(field, text) for field, text in NEW_PERSON.items()]
            return [
                *_rows("stored person, English", _taken(clinic, people, (), "en")),
                *_rows("stored person, Chinese", _taken(clinic, people, (), "zh")),
                *_rows("new person, English", _taken(clinic, [open_record(clinic, None)] * PEOPLE, new, "en")),
            ]


def _rows(name: str, taken: Sequence[float]) -> list[Row]:
    slow = statistics.quantiles(taken, n=20)[-1]
    return [
        below(f"live: {name}, p50", 1000 * statistics.median(taken), P50_BAR_MS, "ms"),
        below(f"live: {name}, p95", 1000 * slow, P95_BAR_MS, "ms"),
    ]


def _taken(
    clinic: OpenClinic, people: Sequence[RecordInHand], typed: Sequence[TypedValue], language: str
) -> list[float]:
    """Return the seconds of each call, after a round that warms everything up."""
    today = clinic.clock.today()
    for number, in_hand in enumerate(people):
        _one(clinic, in_hand, typed, language, today, number)
    taken = []
    for number, in_hand in enumerate(people):
        start = time.perf_counter()
        _one(clinic, in_hand, typed, language, today, number + 1)
        taken.append(time.perf_counter() - start)
    return taken


def _one(
    clinic: OpenClinic, in_hand: RecordInHand, typed: Sequence[TypedValue], language: str, today: date, number: int
) -> None:
    live = live_risk(clinic, in_hand, [*typed, TypedValue("sbp_mmhg", str(120 + number))], today, language)
    if live.problems or live.lead is None:
        raise RuntimeError("the form is not the one to be measured")
