"""Makes the account of every shared file of another system: what was read is stored, without a place, or refused.

    python -m tests.engine.intake.records.account [SHARED]

Each file is planned for an empty clinic as the program does, and counted again by ``independent``, which shares nothing
with the readers. The table is written beside this module.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.intake.records.plan import RecordPlan
from engine.intake.tables import RejectedFile
from tests.engine.intake.records import independent
from tests.engine.intake.records.planned import plan_file

CHECKOUT = Path(__file__).resolve().parents[4]
TABLE = Path(__file__).with_name("ACCOUNT.md")
FOLDERS = ("fhir_r4_synthea", "fhir_old_versions", "hl7v2", "ccda")
_HEAD = """# What became of every shared file of another system

Made by `python -m tests.engine.intake.records.account`. Each file is planned for an empty clinic; `counted` is the same
count by code that shares nothing with the readers. Read = stored + without a place + refused, file by file. What has
no place or was refused is listed with code, value and reason (`lantern import --json`, the window's last page).

| Folder | Files | Resources read | Counted | Stored | Without a place | Refused | Refused whole | Agree |
|---|---:|---:|---:|---:|---:|---:|---:|---|
"""
_FILES = """
| File | People | Read | Counted | Stored | Without a place | Refused | Questions | Agree |
|---|---:|---:|---:|---:|---:|---:|---:|---|
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One file of the account; ``refused_as``: why it is refused whole."""

    folder: str
    name: str
    people: int = 0
    read: int = 0
    counted: int = 0
    stored: int = 0
    unmapped: int = 0
    refused: int = 0
    questions: int = 0
    agree: bool = True
    refused_as: str = ""


def _same(plan: RecordPlan, name: str, counted: Counter[str]) -> bool:
    """Whether each kind was counted alike; of documents, the people and the statements."""
    read = Counter({kind: tally.read for kind, tally in plan.resources.items()})
    if name == "ccda":
        return (read["patient"], read.total() - read["patient"]) == (counted["patient"], counted["statements"])
    return read == counted


_COUNTERS: dict[str, Callable[[Path], Counter[str]]] = {
    "fhir_r4_synthea": independent.count_fhir,
    "fhir_old_versions": independent.count_fhir,
    "hl7v2": independent.count_hl7,
    "ccda": independent.count_ccda,
}


def line_of(file: Path) -> Line:
    """Return the account of one file."""
    folder = file.parent.name
    counted = _COUNTERS[folder](file)
    try:
        plan = plan_file(file)
    except RejectedFile as refused:
        return Line(folder, file.name, counted=counted.total(), refused_as=str(refused.rejection.detail))
    tallies = plan.resources.values()
    agree = _same(plan, folder, counted) and all(tally.reconciles() for tally in tallies)
    return Line(
        folder,
        file.name,
        plan.people,
        sum(tally.read for tally in tallies),
        counted.total(),
        sum(tally.stored for tally in tallies),
        sum(tally.unmapped for tally in tallies),
        sum(tally.refused for tally in tallies),
        len(plan.questions),
        agree,
    )


def lines(shared: Path) -> Iterator[Line]:
    """Yield the account of every file."""
    for folder in FOLDERS:
        for file in sorted((shared / "data" / "interchange" / folder).iterdir()):
            yield line_of(file)


def written(found: list[Line]) -> str:
    """Return the account as a document."""
    text = _HEAD
    for folder in FOLDERS:
        mine = [line for line in found if line.folder == folder]
        sums = (
            sum(getattr(line, name) for line in mine) for name in ("read", "counted", "stored", "unmapped", "refused")
        )
        whole = sum(bool(line.refused_as) for line in mine)
        agree = "yes" if all(line.agree for line in mine) else "NO"
        text += f"| {folder} | {len(mine)} | {' | '.join(map(str, sums))} | {whole} | {agree} |\n"
    for folder in FOLDERS:
        text += f"\n## {folder}\n{_FILES}"
        for line in (each for each in found if each.folder == folder):
            if line.refused_as:
                text += f"| {line.name} | | | {line.counted} | | | | | refused whole: {line.refused_as} |\n"
                continue
            cells = (line.people, line.read, line.counted, line.stored, line.unmapped, line.refused, line.questions)
            text += f"| {line.name} | {' | '.join(map(str, cells))} | {'yes' if line.agree else 'NO'} |\n"
    return text


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("LANTERN_SHARED", str(CHECKOUT.parent / "shared"))
    account = list(lines(Path(given)))
    TABLE.write_text(written(account), encoding="utf-8")
    raise SystemExit(0 if all(line.agree for line in account) else 1)
