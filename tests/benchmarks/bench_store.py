"""The store alone: taking in 100,000 rows, and opening and searching a clinic of 100,000 people.

The key derivation is left out of the opening, since its second is spent on purpose; so a clinic with a cheap one is
opened. The peer of the import reads the same rows from a CSV and writes one plain row per value into a plain database.
"""

from __future__ import annotations

import gc
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from engine.domain.assessment import Clinic
from engine.domain.entries import Entries, EntryColumn, IdentifiedEntries, Source
from engine.domain.ports import SystemClock
from engine.domain.record import SourceKind, Value
from engine.store import (
    Cost,
    Vault,
    apply_entries,
    create_clinic,
    find_patients,
    known_people,
    load_observations,
    load_record,
    open_clinic,
)
from tests.benchmarks.rows import Row, at_most, below

PEOPLE = 100_000
IMPORT_BAR = 3.5  # of the 6x that a whole import may take; reading and checking need the rest
OPEN_BAR_MS = 100.0
REPEATS = 3
CHEAP = Cost(64, 1, 1)
PASSPHRASE = "a passphrase for a benchmark"
_VITAL = ("sbp_mmhg", "dbp_mmhg", "pulse_bpm", "height_cm", "weight_kg", "total_cholesterol_mmol_l", "hdl_mmol_l")
NUMBERS = (*_VITAL, "fasting_glucose_mmol_l", "hba1c_percent", "creatinine_umol_l")


def run() -> list[Row]:
    """Return the import beside its peer, and how long the usual things take in a large clinic."""
    several, alone = _entries(PEOPLE, visits_each=3), _entries(PEOPLE, visits_each=1)
    ours, peer = [], []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            _write_csv(several, Path(folder) / "visits.csv")
            peer.append(_timed(lambda: _plain_rows(Path(folder) / "visits.csv", Path(folder) / "plain.db")))
            with _new_clinic(Path(folder) / "clinic") as vault:
                ours.append(_timed(lambda: apply_entries(vault, several, actor=vault.user.id)))
    rows = [at_most("store: 100,000 rows, 1.2 million values", _median(ours), _median(peer), IMPORT_BAR, "s")]
    with tempfile.TemporaryDirectory() as folder:
        clinic = Path(folder) / "clinic"
        with _new_clinic(clinic) as vault:
            apply_entries(vault, alone, actor=vault.user.id)
        return rows + _large_clinic(clinic, alone.person_ids[PEOPLE // 2])


def _large_clinic(folder: Path, person: str) -> list[Row]:
    opened = [_timed(lambda: _open(folder).close()) for _ in range(7)]
    rows = [below("store: open 100,000 people, raw key", 1000 * _median(opened), OPEN_BAR_MS, "ms")]
    with _open(folder) as vault:
        acts: dict[str, Callable[[], object]] = {
            "search, one word": lambda: find_patients(vault, "quist", limit=50),
            "search, one letter": lambda: find_patients(vault, "e", limit=50),
            "one person's record": lambda: load_record(vault, person),
            "one person's columns": lambda: load_observations(vault, [person]),
            "everyone known": lambda: known_people(vault),
            "everyone's columns": lambda: load_observations(vault),
        }
        for name, act in acts.items():
            taken = _median([_timed(act) for _ in range(REPEATS)])
            rows.append(Row(f"store: {name} of 100,000 people", 1000 * taken, None, None, None, "ms", None))
    return rows


def _entries(rows: int, visits_each: int) -> IdentifiedEntries:
    """Return made-up visits with ten numbers, a code and a yes/no each, words as a file writes them."""
    random = np.random.default_rng(100)
    people = [f"person-{row // visits_each}" for row in range(rows)]
    numbers = {name: np.round(random.normal(100, 15, rows), 1) for name in NUMBERS}
    codes = random.integers(0, 3, rows).tolist()
    columns = [
        _column("patient_id", [f"P{row // visits_each:06}" for row in range(rows)]),
        _column("name", [f"{('Quist', 'Okafor', 'Lehmann')[row // visits_each % 3]}, {row:x}" for row in range(rows)]),
        _column("birth_date", [f"{1940 + row // visits_each % 60}-05-06" for row in range(rows)]),
        *(_column(name, column.tolist()) for name, column in numbers.items()),
        _column("smoker", [("never", "former", "current")[code] for code in codes], ("Never", "Ex", "Yes"), codes),
        _column("diabetes", [code == 1 for code in codes], ("No", "Yes", "No"), codes),
    ]
    first = date(2024, 1, 1)
    days = [(first + timedelta(days=row % visits_each * 90)).isoformat() for row in range(rows)]
    source = Source(SourceKind.IMPORTED, datetime(2025, 6, 30, tzinfo=UTC), "bench", "made-up.csv", "00" * 32)
    whole = Entries(source, list(range(2, rows + 2)), tuple(columns))
    return IdentifiedEntries(whole, people, frozenset(people), days)


def _column(
    name: str,
    values: list[Value | None] | list[str] | list[bool],
    words: tuple[str, ...] = (),
    codes: list[int] | None = None,
) -> EntryColumn:
    texts = [words[code] for code in codes] if codes is not None else [None] * len(values)
    return EntryColumn(name, values, texts, header=name)


def _write_csv(entries: IdentifiedEntries, path: Path) -> None:
    table = {column.field: column.values for column in entries.entries.columns}
    pd.DataFrame({"visit_date": entries.visit_dates, **table}).to_csv(path, index=False)


def _plain_rows(file: Path, path: Path) -> None:
    table = pd.read_csv(file)
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE value(row INTEGER, field TEXT, value)")
    database.executemany(
        "INSERT INTO value VALUES (?, ?, ?)",
        ((row, name, value) for name in table.columns for row, value in enumerate(table[name].tolist())),
    )
    database.commit()
    database.close()


def _new_clinic(folder: Path) -> Vault:
    create_clinic(folder, PASSPHRASE, Clinic("bench", "Benchmark", {}), SystemClock(), cost=CHEAP)
    return _open(folder)


def _open(folder: Path) -> Vault:
    return open_clinic(folder, PASSPHRASE, SystemClock(), floor=CHEAP)


def _timed(act: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _median(seconds: list[float]) -> float:
    return statistics.median(seconds)
