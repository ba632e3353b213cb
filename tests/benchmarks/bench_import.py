"""Importing 100,000 rows with everything an import does, against reading them and writing one plain row per value.

Ours reads in a limited worker, maps, checks every value, recognises people and stores encrypted with provenance and
history; the peer only reads the table and writes (row, column, value) into a plain database.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import pandas as pd

from engine.domain.ports import SystemClock
from engine.workflows.clinics import ClinicRequest, create, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from tests.benchmarks.rows import Row, at_most

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("LANTERN_SHARED", CHECKOUT.parent / "shared"))
FILE = SHARED / "data" / "messy" / "big_100k.csv"
PASSPHRASE = "a passphrase for a benchmark"
REPEATS = 3


def run() -> list[Row]:
    """Return the seconds of an import beside those of the peer, taken in turn."""
    ours, peer = [], []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            peer.append(_peer(Path(folder)))
            ours.append(_ours(Path(folder)))
    return [at_most("import of 100,000 rows, encrypted", statistics.median(ours), statistics.median(peer), 6.0, "s")]


def _ours(folder: Path) -> float:
    clock = SystemClock()
    create(ClinicRequest(folder / "clinic", "Benchmark", "GBR"), PASSPHRASE, clock)
    with open_clinic(folder / "clinic", PASSPHRASE, clock) as clinic:
        start = time.perf_counter()
        outcome = import_file(clinic, FILE, ImportRequest())
        seconds = time.perf_counter() - start
    if not outcome.stored or outcome.counts.rows_new != 98_679:
        raise RuntimeError("the import is not the one to be measured")
    return seconds


def _peer(folder: Path) -> float:
    start = time.perf_counter()
    table = pd.read_csv(FILE)
    database = sqlite3.connect(folder / "plain.db")
    database.execute("CREATE TABLE value(row INTEGER, field TEXT, value)")
    database.executemany(
        "INSERT INTO value VALUES (?, ?, ?)",
        (
            (row, name, value)
            for name in table.columns
            for row, value in enumerate(table[name].tolist())
            if value == value  # noqa: PLR0124 - NaN: nothing to store
        ),
    )
    database.commit()
    database.close()
    return time.perf_counter() - start
