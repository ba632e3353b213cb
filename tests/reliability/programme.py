"""Everything that there is to try, in the order of the table."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.reliability import baselines, lantern, lantern_files, lantern_intake, lantern_models
from tests.reliability.checks import Check, make_apart
from tests.reliability.counts import SYSTEM, Count, Row
from tests.reliability.drills import CHECKS as DRILLS
from tests.reliability.malformed import CHECKS as MALFORMED
from tests.reliability.newer import CHECKS as NEWER
from tests.reliability.operations import Operation
from tests.reliability.tampering import CHECKS as TAMPERING
from tests.reliability.trials import TRIALS, Place, Share, Trial
from tests.reliability.two_at_once import CHECKS as TWO_AT_ONCE
from tests.reliability.wrong_keys import CHECKS as WRONG_KEYS

CHECKS: tuple[Check, ...] = (*TAMPERING, *MALFORMED, *WRONG_KEYS, *NEWER, *DRILLS, *TWO_AT_ONCE)


@dataclass(frozen=True)
class Part:
    """A line of the table. ``make``: makes a share of so many trials. ``always``: also among those of a commit."""

    row: Row
    make: Callable[[Place, int, Share, int], Count]
    commit: int
    nightly: int
    always: bool = True


def _of_operation(operation: Operation, trial: Trial) -> Part:
    row = Row(trial.test, operation.name, operation.system, trial.name)
    make = partial(trial.make, operation)
    return Part(row, make, trial.commit, trial.nightly, always=operation.system == SYSTEM)


def _of_check(check: Check) -> Part:
    def make(place: Place, tries: int, share: Share, seed: int) -> Count:
        room = place.fresh()
        try:
            return make_apart(check, room, share.numbers(tries), seed)
        finally:
            shutil.rmtree(room, ignore_errors=True)

    return Part(check.row, make, check.commit, check.nightly)


PARTS: tuple[Part, ...] = (
    *(
        _of_operation(operation, trial)
        for operation in (
            *lantern.OPERATIONS,
            *lantern_files.OPERATIONS,
            *lantern_intake.OPERATIONS,
            *lantern_models.OPERATIONS,
            *baselines.OPERATIONS,
        )
        for trial in TRIALS
        if trial.only in (None, operation.name) and (operation.system == SYSTEM or trial.baselines)
    ),
    *(_of_check(check) for check in CHECKS),
)


def plan() -> str:
    """Return every line of the table with its numbers, as text."""
    lines = [f"{'':4} {'':55} {'commit':>8} {'nightly':>8}"]
    for part in PARTS:
        row = part.row
        name = (
            f"{row.operation} ({row.system}): {row.trial}" if row.system != SYSTEM else f"{row.operation}: {row.trial}"
        )
        nightly = "every" if part.nightly >= 100_000 else f"{part.nightly:,}"
        lines.append(f"{row.test:4} {name[:55]:55} {part.commit if part.always else 0:>8,} {nightly:>8}")
    return "\n".join(lines) + "\n"
