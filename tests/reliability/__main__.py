"""The reliability programme: interrupts every operation in every way, and counts what was lost.

    python -m tests.reliability                          the numbers of each commit
    python -m tests.reliability --sample                 a few of each, for a quick look
    python -m tests.reliability --nightly --slice 3/32   a part of the numbers of a night, added to the table;
                                                         with --test, --operation or --trial its other rows stay
    python -m tests.reliability --operation import --trial killed --json
    python -m tests.reliability --test T8 --test T9
    python -m tests.reliability --plan                   what there is, and how many of it

Ends with 1 when the program lost something that it should not, or refused without a sentence.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

OURS = "Lantern"
SAMPLE = 16  # of so many trials of a commit one is in a sample
DAMAGED_ON_PURPOSE = frozenset({"T5", "T6", "T7"})
# A page that was written to a file lies outside the vault: nothing of ours looks at it again.
OUTSIDE = ("report", "lying disk")
CHECKOUT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(CHECKOUT))

from tests.reliability.counts import Count, Counts, Row  # noqa: E402 - the checkout comes first
from tests.reliability.recorder import can_record, is_loaded, with_recorder  # noqa: E402 - the checkout comes first

if TYPE_CHECKING:
    from tests.reliability.programme import Part


def main(arguments: Sequence[str]) -> int:
    """Run the trials that were asked for."""
    options = _options(arguments)
    if not can_record():
        sys.stderr.write("The reliability programme needs Linux and a C compiler.\n")
        return 2
    if not is_loaded():
        words = [sys.executable, "-m", "tests.reliability", *arguments]
        os.chdir(CHECKOUT)
        os.execve(sys.executable, words, with_recorder())  # noqa: S606 - this program again, watched
    return _run(options)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--nightly", action="store_true", help="the numbers of a night; the counts are kept")
    parser.add_argument("--slice", default="1/1", type=_share, metavar="K/N", help="every N-th trial from the K-th on")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", action="store_true", help="a few of the numbers of a commit")
    parser.add_argument("--plan", action="store_true", help="print what there is and how many of it, and do nothing")
    parser.add_argument("--test", action="append", help="only these tests of the programme, as T5")
    parser.add_argument("--operation", action="append", help="only these operations, or what is tested")
    parser.add_argument("--trial", action="append", help="only these kinds of trials")
    parser.add_argument("--system", action="append", help="only these systems")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON instead of a table")
    return parser.parse_args(arguments)


def _share(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    if found is None or not 1 <= int(found.group(1)) <= int(found.group(2)):
        raise argparse.ArgumentTypeError("write K/N with K from 1 to N")
    return int(found.group(1)), int(found.group(2))


def _run(options: argparse.Namespace) -> int:
    # What an operation needs is loaded here, once; each trial is a fork of this process.
    from tests.reliability.counts import keep, table, write_table
    from tests.reliability.programme import PARTS, plan
    from tests.reliability.trials import Share, place

    if options.plan:
        sys.stdout.write(plan())
        return 0
    counts: Counts = {}
    began = time.monotonic()
    share = Share(*options.slice)
    with place() as room:
        for part in PARTS:
            if not (_is_wanted(part, options) and (options.nightly or part.always or options.system)):
                continue
            tries = part.nightly if options.nightly else part.commit
            if options.sample:
                tries = max(1, tries // SAMPLE)
            counts[part.row] = part.make(room, tries, share, options.seed)
            _tell(f"{part.row}: {counts[part.row]} ({time.monotonic() - began:.0f} s)")
    if options.nightly and not options.sample:
        whole = not (options.operation or options.trial or options.system or options.test)
        keep(counts, "/".join(map(str, options.slice)), whole=whole)
        write_table()
    if options.json:
        sys.stdout.write(json.dumps([[*row, asdict(count)] for row, count in counts.items()]) + "\n")
    else:
        sys.stdout.write(table(counts))
    bad = [row for row, count in counts.items() if _is_bad(row, count)]
    for row in bad:
        _tell(f"not as it must be: {row}: {counts[row].faults}")
    return int(bool(bad))


def _is_bad(row: Row, count: Count) -> bool:
    """Whether this breaks a promise.

    A disk that lies may lose, and who damages a clinic on purpose does; but never in silence as long as there is paper.
    """
    if row.system != OURS:
        return False
    allowed = row.trial == "lying disk" or row.test in DAMAGED_ON_PURPOSE
    silent = count.unseen and (row.operation, row.trial) != OUTSIDE
    return bool((count.lost and not allowed) or silent or count.rude)


def _is_wanted(part: Part, options: argparse.Namespace) -> bool:
    row = part.row
    asked = (
        (row.test, options.test),
        (row.operation, options.operation),
        (row.system, options.system),
        (row.trial, options.trial),
    )
    return all(not wanted or name in wanted for name, wanted in asked)


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
