"""What security costs a person: opening a clinic of any size, and saving a visit with its audit, anchor and syncs.

The key derivation is left out of the opening, since its second is spent on purpose; so clinics with a cheap one are
opened. Everything else is in it: both copies of the slots, the anchor, the chain's end, and the entry of the sign-in.
"""

from __future__ import annotations

import statistics
import tempfile
from functools import partial
from pathlib import Path

from engine.domain.entries import Entries, EntryColumn, IdentifiedEntries, Source
from engine.domain.ports import SystemClock
from engine.domain.record import SourceKind
from engine.intake.typed import TypedValue
from engine.store import Vault, apply_entries
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.record import enter_visit
from tests.benchmarks.bench_store import PASSPHRASE, _new_clinic, _open, _timed
from tests.benchmarks.rows import Row, at_most, below

SIZES = (1_000, 100_000, 1_000_000)
AT_ONCE = 100_000
OPEN_BAR_MS, FLAT_BAR, VISIT_BAR_MS = 150.0, 2.0, 25.0
OPENINGS, VISITS = 15, 200


def run() -> list[Row]:
    """Return opening by size, and how long a visit takes to be saved in a large clinic."""
    opening = {size: _opening(size) for size in SIZES}
    rows = [
        below(f"vault: open {size:,} people, derivation left out", taken, OPEN_BAR_MS, "ms")
        for size, taken in opening.items()
    ]
    most, least = opening[SIZES[-1]], opening[SIZES[0]]
    return [
        *rows,
        at_most("vault: open 1,000,000 beside 1,000 people", most, least, FLAT_BAR, "ms"),
        below("vault: a visit saved among 100,000 people, median", _saving(), VISIT_BAR_MS, "ms"),
    ]


def _opening(size: int) -> float:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "clinic"
        with _new_clinic(folder) as vault:
            _fill(vault, size)
        return 1000 * statistics.median([_timed(lambda: _open(folder).close()) for _ in range(OPENINGS)])


def _saving() -> float:
    values = {"sbp_mmhg": "138", "dbp_mmhg": "84", "pulse_bpm": "71", "weight_kg": "70.5", "smoker": "never"}
    typed = [TypedValue(name, text) for name, text in values.items()]
    taken = []
    with tempfile.TemporaryDirectory() as place:
        clock = SystemClock()
        create(ClinicRequest(Path(place) / "clinic", "Benchmark", "GBR"), PASSPHRASE, clock)
        with open_clinic(Path(place) / "clinic", PASSPHRASE, clock) as clinic:
            _fill(clinic.vault, AT_ONCE)
            for number in range(VISITS):
                visit = [TypedValue("visit_date", f"2025-{1 + number // 28:02}-{1 + number % 28:02}"), *typed]
                taken.append(_timed(partial(_enter, clinic, visit, f"person-{number * 37}")))
    return 1000 * statistics.median(taken)


def _fill(vault: Vault, size: int) -> None:
    for start in range(0, size, AT_ONCE):
        apply_entries(vault, _people(start, min(size, start + AT_ONCE)), actor=vault.user.id)


def _enter(clinic: OpenClinic, visit: list[TypedValue], person: str) -> None:
    entered = enter_visit(clinic, visit, person)
    if entered.person_id is None:
        raise RuntimeError(f"not saved: {[str(problem.reason) for problem in entered.problems]}")


def _people(start: int, end: int) -> IdentifiedEntries:
    """Return people with a name, a day of birth and one visit of two numbers each."""
    numbers = range(start, end)
    columns = (
        _column("patient_id", [f"P{number:07}" for number in numbers]),
        _column("name", [f"{('Quist', 'Okafor', 'Lehmann')[number % 3]}, {number:x}" for number in numbers]),
        _column("birth_date", [f"{1940 + number % 60}-05-06" for number in numbers]),
        _column("sex", [("female", "male")[number % 2] for number in numbers]),
        _column("sbp_mmhg", [float(110 + number % 60) for number in numbers]),
        _column("dbp_mmhg", [float(70 + number % 25) for number in numbers]),
    )
    source = Source(SourceKind.IMPORTED, SystemClock().now(), "bench", f"made-up-{start}.csv", f"{start:064x}")
    people = [f"person-{number}" for number in numbers]
    whole = Entries(source, list(range(2, end - start + 2)), columns)
    return IdentifiedEntries(whole, people, frozenset(people), ["2024-03-01"] * len(people))


def _column(name: str, values: list[str] | list[float]) -> EntryColumn:
    return EntryColumn(name, values, [None] * len(values), header=name)
