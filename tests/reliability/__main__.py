"""The reliability programme: interrupts every operation in every way, and counts what was lost.

    python -m tests.reliability                          the numbers of each commit
    python -m tests.reliability --nightly --slice 3/12   a twelfth of the numbers of a night, added to the table
    python -m tests.reliability --operation import --trial killed --json

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

CHECKOUT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(CHECKOUT))

from tests.reliability.recorder import can_record, is_loaded, with_recorder  # noqa: E402 - the checkout comes first


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
    parser.add_argument("--operation", action="append", help="only these operations")
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
    from tests.reliability.baselines import OPERATIONS as BASELINES
    from tests.reliability.counts import Counts, keep, table, write_table
    from tests.reliability.lantern import OPERATIONS, SYSTEM
    from tests.reliability.trials import TRIALS, Share, place

    counts: Counts = {}
    began = time.monotonic()
    with place() as room:
        for operation in (*OPERATIONS, *BASELINES):
            for trial in TRIALS:
                wanted = (
                    (options.nightly or operation.system == SYSTEM or options.system)
                    and (operation.system == SYSTEM or trial.baselines)
                    and trial.only in (None, operation.name)
                    and _among(operation.name, options.operation)
                    and _among(operation.system, options.system)
                    and _among(trial.name, options.trial)
                )
                if wanted:
                    tries = trial.nightly if options.nightly else trial.commit
                    count = trial.make(operation, room, tries, Share(*options.slice), options.seed)
                    counts[operation.name, operation.system, trial.name] = count
                    _tell(f"{operation.key}, {trial.name}: {count} ({time.monotonic() - began:.0f} s)")
    whole = options.operation is None and options.trial is None and options.system is None
    if options.nightly and whole:
        keep(counts, "/".join(map(str, options.slice)))
        write_table()
    if options.json:
        sys.stdout.write(json.dumps([[*key, asdict(count)] for key, count in counts.items()]) + "\n")
    else:
        sys.stdout.write(table(counts))
    return int(any(_bad(key, count.lost, count.rude, SYSTEM) for key, count in counts.items()))


def _bad(key: tuple[str, str, str], lost: int, rude: int, ours: str) -> bool:
    """Whether this breaks a promise. A disk that lies may lose; that it is told needs a mark outside the database."""
    _, system, trial = key
    return system == ours and bool((lost and trial != "lying disk") or rude)


def _among(name: str, wanted: Sequence[str] | None) -> bool:
    return not wanted or name in wanted


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
