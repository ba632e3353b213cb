"""T8: malformed files of every format that the program reads, put before the functions that read them.

What must hold for each: no crash of the process that has the store open, at most ten seconds of a processor (and thirty
of the clock, since other work may share the machine), at most 512 MB in it and in the workers it starts, a sentence for
people where a file is refused, a store that is what it was unless the file was stored, and no file anywhere but where
it belongs.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.errors import EngineError
from engine.wording import LANGUAGES, load_wording
from tests.reliability import malformed_formats as formats
from tests.reliability import malformed_intake
from tests.reliability.checks import Check
from tests.reliability.counts import Count
from tests.reliability.malformed_formats import Bench, Format
from tests.reliability.operations import GOOD, Verdict
from tests.reliability.tampered_clinic import content_of
from tests.reliability.trials import has_sentence

_SECONDS, _CLOCK_SECONDS = 10.0, 30.0
_KIBIBYTES = 512 * 1024
_RENEWED = 100  # trials, after which the clinic is a fresh one: some files are stored
_BOMB_SHARE = 0.15
_SEALED = "/clinic/files"  # where what was stored with a person lies


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a trial happens: ``work`` is the only folder in which the file and what is made of it may lie."""

    room: Path

    @property
    def work(self) -> Path:
        return self.room / "work"

    def settle(self) -> None:
        """Let this process have its folders for everything below one room, so that every file is seen."""
        for name in ("work", "tmp", "home", "here"):
            (self.room / name).mkdir(exist_ok=True)
        os.environ.update(TMPDIR=str(self.room / "tmp"), HOME=str(self.room / "home"))
        tempfile.tempdir = None
        os.chdir(self.room / "here")

    def files(self) -> set[str]:
        """Return everything that is there but in the work folder."""
        found = set()
        for folder, names, files in os.walk(self.room):
            if folder == str(self.room):
                names.remove("work")
            found |= {os.path.join(folder, name) for name in (*names, *files) if not name.startswith("store.db-")}
        return found


def _try(each: Format, room: Path, numbers: Sequence[int], seed: int) -> Count:
    count, place = Count(), _Place(room)
    place.settle()
    with ExitStack() as stack:
        bench = stack.enter_context(formats.bench(room / "clinic"))
        for done, number in enumerate(numbers, 1):
            chance = random.Random(f"{seed} malformed {each.name} {number}")
            bombs = each.bombs() if chance.random() < _BOMB_SHARE else ()
            content = chance.choice(bombs) if bombs else each.make(chance)
            _one(count, each, bench, place, content, f"{each.name} {number}")
            if done % _RENEWED == 0:
                stack.close()
                shutil.rmtree(room / "clinic")
                bench = stack.enter_context(formats.bench(room / "clinic"))
    return count


def _one(count: Count, each: Format, bench: Bench, place: _Place, content: bytes, seed: str) -> None:
    before, there = content_of(bench.vault), place.files()
    began, used, fault, stored = time.monotonic(), _processor(), None, False
    most = max(_memory(), _KIBIBYTES)  # a process that had more before may have it again
    try:
        code = each.read(bench, place.work, content)
        stored = code == formats.STORED
        if code not in (None, formats.STORED) and not _is_told(code):
            count.add_rude(f"no sentence: {code}", seed)
    except EngineError as error:
        if not has_sentence(error.code) or type(error).__name__ == "BugError":
            count.add_rude(f"no sentence: {error.code}", seed)
    except Exception as error:  # noqa: BLE001 - exactly this is looked for
        fault = f"crash: {type(error).__name__}"
    if _processor() - used > _SECONDS or time.monotonic() - began > _CLOCK_SECONDS:
        fault = f"more than {_SECONDS:.0f} seconds"
    elif _memory() > most:
        fault = "more than 512 MB"
    elif not stored and content_of(bench.vault) != before:
        fault = "the store is not what it was"
    elif any(not (stored and _SEALED in name) for name in place.files() ^ there):
        fault = "a file where none belongs"
    shutil.rmtree(place.work)
    place.work.mkdir()
    count.add(GOOD if fault is None else Verdict(fault), seed)


def _processor() -> float:
    """Return the seconds of a processor that this process and those it started have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _memory() -> int:
    """Return the most memory that this process or one that it started ever had, in kibibytes."""
    divisor = 1024 if sys.platform == "darwin" else 1
    own, theirs = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(own, theirs) // divisor


def _is_told(code: str) -> bool:
    """Whether there is a sentence for the reason why a file is not read."""
    names = [part for part in code.split("/") if part]
    return all(
        any(f"{family}.{name}" in load_wording(language) for name in names for family in ("intake.rejected", "error"))
        for language in LANGUAGES
    )


_ALL = (*formats.FORMATS, *malformed_intake.FORMATS)
CHECKS = tuple(Check("T8", each.name, "malformed", partial(_try, each), 20, 500, formats.warm_up) for each in _ALL)
