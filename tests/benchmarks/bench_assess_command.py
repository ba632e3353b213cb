"""``lantern assess`` on a CSV of a million rows, against pandas: read_csv, the equation in NumPy, to_csv.

Both are whole programs in a process of their own: start, imports, work and writing are in the time, and the memory is
the most that the process ever held.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from engine.fields import load_dictionary
from tests.benchmarks.bench_scoring import make_batch
from tests.benchmarks.rows import Row, at_most, below
from tests.benchmarks.scoring_peers import PEERS, People

ROWS = 1_000_000
PACK = "who_cvd_2019_lab"
TIME_BAR = 2.0
MEMORY_BAR_MB = 600.0
REPEATS = 3
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Process:
    """How a process went."""

    seconds: float
    peak_mb: float | None


def write_people(path: Path, rows: int) -> None:
    """Write the people of the array benchmark as a canonical CSV with a number and a name that pass through."""
    dictionary = load_dictionary()
    batch = make_batch(PACK, rows)
    table: dict[str, object] = {"patient_id": np.arange(rows), "name": [f"Person {row}" for row in range(rows)]}
    for name, column in batch.columns.items():
        field = dictionary[name]
        if field.category_codes:
            table[name] = np.array(field.category_codes)[column.astype(np.intp)]
        elif field.unit is None:
            table[name] = np.where(column == 1, "true", "false")
        else:
            table[name] = column
    pd.DataFrame(table).to_csv(path, index=False)


def run() -> list[Row]:
    """Return the time against the peer, and the memory."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_people(folder / "in.csv", ROWS)
        command = ["-m", "engine.cli", "assess", "--pack", PACK, "--input", "in.csv", "--output", "ours.csv"]
        peer = ["-m", "tests.benchmarks.bench_assess_command", "in.csv", "peer.csv"]
        taken = [(_run(command, folder), _run(peer, folder)) for _ in range(REPEATS)]
        _compare(folder / "ours.csv", folder / "peer.csv")
    ours = statistics.median(mine.seconds for mine, _ in taken)
    theirs = statistics.median(other.seconds for _, other in taken)
    rows = [at_most("lantern assess, 1M rows", ours, theirs, TIME_BAR, "s")]
    peaks = [mine.peak_mb for mine, _ in taken if mine.peak_mb is not None]
    if peaks:
        rows.append(below("lantern assess, 1M rows, memory", max(peaks), MEMORY_BAR_MB, "MB"))
    return rows


# A child starts out with the memory of the process that makes it, and that counts as its peak: so a small process makes
# it, takes the time, and says both.
_LAUNCHER = """
import resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
raise SystemExit(code)
"""


def _run(arguments: list[str], folder: Path) -> Process:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, *arguments]
    if sys.platform == "win32":  # nothing there tells the memory of a process that has ended
        start = time.perf_counter()
        subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
        return Process(time.perf_counter() - start, None)
    launcher = [sys.executable, "-c", _LAUNCHER, *command]
    done = subprocess.run(launcher, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()
    return Process(float(seconds), float(peak) / (1 << 20 if sys.platform == "darwin" else 1 << 10))


def _compare(ours: Path, peer: Path) -> None:
    """Refuse to report a race in which the two did not compute the same."""
    mine, theirs = pd.read_csv(ours), pd.read_csv(peer)
    scored = mine["status"] == "ok"
    if len(mine) != ROWS or not 0.9 < scored.mean() < 0.99:
        raise SystemExit("the output is not that of the benchmark's people")
    np.testing.assert_allclose(mine["risk_10y"][scored], theirs["risk_10y"][scored], rtol=1e-9)


def peer(source: str, target: str) -> None:
    """What somebody with pandas would write: read, compute over whole columns, write."""
    table = pd.read_csv(source)
    regions = tuple(sorted(table["gbd_region"].unique()))
    position = {region: at for at, region in enumerate(regions)}
    columns = {
        "age": table["age"].to_numpy(float),
        "sbp_mmhg": table["sbp_mmhg"].to_numpy(float),
        "total_cholesterol_mmol_l": table["total_cholesterol_mmol_l"].to_numpy(float),
        "diabetes": table["diabetes"].to_numpy(bool),
        "current": (table["smoker"] == "current").to_numpy(bool),
        "region": table["gbd_region"].map(position).to_numpy(),
    }
    table["risk_10y"] = PEERS[PACK](People(columns, (table["sex"] == "M").to_numpy(bool), regions))
    table.to_csv(target, index=False)


if __name__ == "__main__":
    peer(sys.argv[1], sys.argv[2])
