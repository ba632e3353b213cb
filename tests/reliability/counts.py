"""Counts that add up over slices, kept as JSON, and the tables that are made from them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tests.reliability.operations import Verdict

STATE = Path(__file__).with_name("counts.json")
TABLE = Path(__file__).with_name("COUNTS.md")
SYSTEM = "Lantern"
_HONEST = ("killed", "power cut")
_SEEDS_KEPT = 3  # of each fault, how often the number of its trial is remembered
_HEAD = """# How often something was lost

Made by `python -m tests.reliability --nightly --slice K/N`; each slice adds its counts (`counts.json`), and running it
again replaces them. The README beside this table says how each kind of trial is made and where its limits are.

* `lost`: acknowledged work is missing or altered, something is there by half, or nothing opens.
* `undetected`: those of them of which the system itself says nothing.
* `unseen with paper`: those of these of which it says nothing either when it is shown the checkpoint that was printed
  last, as at the foot of a list; what remains is lost in silence.
* `rude`: refusals without a sentence for people.

In T5 to T7 somebody damages the clinic on purpose: there every trial that has an effect is `lost`, and must be found.
"""
_SUMMARY = """
## Ours and the baselines: killed, and the power cut, on an honest disk

"""
_WHOLE = """
## Everything

"""
_FAULTS = """
## What was lost, and how often

Of our own program; what happened to the baselines stands in `counts.json`.

"""


class Row(NamedTuple):
    """What a line of the table is about."""

    test: str
    operation: str
    system: str
    trial: str


@dataclass
class Count:
    """What came of some trials.

    ``lost``: acknowledged work missing, something there by half, or nothing that opens. ``undetected``: those of them
    of which the system itself says nothing; ``unseen``: those of these of which it says nothing either when it is
    shown the checkpoint that was printed last. ``rude``: refusals that no sentence explains.
    """

    tries: int = 0
    lost: int = 0
    undetected: int = 0
    unseen: int = 0
    rude: int = 0
    faults: dict[str, int] = field(default_factory=dict)

    def add(self, verdict: Verdict, seed: str = "") -> None:
        """Count one trial."""
        self.tries += 1
        if not verdict.ok:
            self.lost += 1
            self.undetected += not verdict.detected
            self.unseen += not verdict.detected and not verdict.by_paper
            told = "" if verdict.detected else (" - told by paper" if verdict.by_paper else " - unseen")
            self._remember(f"{verdict.fault}{told}", seed)

    def add_rude(self, what: str, seed: str = "") -> None:
        """Count a refusal without a sentence."""
        self.rude += 1
        self._remember(what, seed)

    def _remember(self, what: str, seed: str) -> None:
        text = f"{what} ({seed})" if seed and sum(self.faults.values()) < _SEEDS_KEPT else what
        self.faults[text] = self.faults.get(text, 0) + 1


Counts = dict[Row, Count]


def keep(counts: Counts, slice_name: str, state: Path = STATE, *, whole: bool = True) -> None:
    """Put the counts of a slice among those that were made before; slices of another division are dropped.

    ``whole``: False where only some rows of a slice were made again; its others stay, and where it was never counted
    nothing is kept. Slices may run at the same time: one after the other writes.
    """
    with _alone(state):
        before: dict[str, Any] = json.loads(state.read_text(encoding="utf-8")) if state.is_file() else {}
        division = slice_name.partition("/")[2]
        slices = {name: each for name, each in before.items() if name.partition("/")[2] == division}
        if not whole and slice_name not in slices:
            return
        made = {row: {**row._asdict(), **asdict(count)} for row, count in counts.items()}
        others = {} if whole else {Row(*(line[name] for name in Row._fields)): line for line in slices[slice_name]}
        slices[slice_name] = list((others | made).values())
        ordered = dict(sorted(slices.items(), key=lambda item: int(item[0].partition("/")[0])))
        state.write_text(_compact(ordered), encoding="utf-8")


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    name = f"lantern-counts-{hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:16]}.lock"
    with (Path(tempfile.gettempdir()) / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _compact(slices: dict[str, list[dict[str, Any]]]) -> str:
    """Return JSON with a line for each count, so that a slice changes its own lines alone."""
    parts = []
    for name, lines in slices.items():
        inner = ",\n".join("  " + json.dumps(line, ensure_ascii=False) for line in lines)
        parts.append(f" {json.dumps(name)}: [\n{inner}\n ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def added_up(state: Path = STATE) -> tuple[Counts, list[str]]:
    """Return the sums over all slices there are, and the names of these."""
    slices = json.loads(state.read_text(encoding="utf-8")) if state.is_file() else {}
    sums: Counts = {}
    for lines in slices.values():
        for line in lines:
            row = Row(*(line.pop(name) for name in Row._fields))
            merge(sums, row, Count(**line))
    return sums, list(slices)


def merge(sums: Counts, row: Row, more: Count) -> None:
    """Add a count to the sum of its kind."""
    count = sums.setdefault(row, Count())
    for name in ("tries", "lost", "undetected", "unseen", "rude"):
        setattr(count, name, getattr(count, name) + getattr(more, name))
    for fault, times in more.faults.items():
        count.faults[fault] = count.faults.get(fault, 0) + times


def table(counts: Counts) -> str:
    """Return the counts as a table in Markdown."""
    head = ("test", "operation", "system", "trial", "tries", "lost", "undetected", "unseen with paper", "rude")
    return _markdown(
        [
            head,
            *(
                (*row, *(f"{number:,}" for number in (one.tries, one.lost, one.undetected, one.unseen, one.rude)))
                for row, one in counts.items()
            ),
        ]
    )


def summary(counts: Counts) -> str:
    """Return how often each operation of each system lost something on an honest disk: "lost (undetected) of tries"."""
    systems = list(dict.fromkeys(row.system for row in counts if row.trial in _HONEST))
    found: dict[tuple[str, str], Count] = {}
    for row, count in counts.items():
        if row.trial in _HONEST:
            one = found.setdefault((row.operation, row.system), Count())
            one.tries, one.lost, one.undetected = (
                one.tries + count.tries,
                one.lost + count.lost,
                one.undetected + count.undetected,
            )
    lines = [("operation: lost, (undetected) of tries", *systems)]
    for operation in dict.fromkeys(operation for operation, _ in found):
        cells = [found.get((operation, system)) for system in systems]
        texts = ["-" if one is None else f"{one.lost:,} ({one.undetected:,}) of {one.tries:,}" for one in cells]
        lines.append((operation, *texts))
    return _markdown(lines)


def _faults(counts: Counts) -> str:
    """Return what was lost of ours, without the numbers of single trials."""
    lines: dict[tuple[str, str, str, str], int] = {}
    for row, count in counts.items():
        for fault, times in count.faults.items():
            key = (row.test, row.operation, row.trial, fault.partition(" (")[0])
            lines[key] = lines.get(key, 0) + (times if row.system == SYSTEM else 0)
    told = [("test", "operation", "trial", "fault", "times")]
    told += [(*key, f"{times:,}") for key, times in lines.items() if times and key[0] not in ("T5", "T6", "T7")]
    return _markdown(told) if len(told) > 1 else "Nothing.\n"


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = [_line(line, widths) for line in lines]
    rows.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(rows) + "\n"


def _line(cells: Iterable[str], widths: list[int]) -> str:
    return "| " + " | ".join(map(str.ljust, cells, widths)) + " |"


def write_table(state: Path = STATE, to: Path = TABLE) -> None:
    """Write the committed table from the committed counts."""
    with _alone(state):
        counts, slices = added_up(state)
    of = slices[0].partition("/")[2] if slices else "0"
    note = f"\nSlices counted so far: {len(slices)} of {of}.\n"
    parts = (_HEAD, note, _SUMMARY, summary(counts), _WHOLE, table(counts), _FAULTS, _faults(counts))
    to.write_text("".join(parts), encoding="utf-8")
