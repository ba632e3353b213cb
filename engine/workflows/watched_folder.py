"""A folder into which another system drops files: each is taken in once, then moved aside, and none is ever lost.

A file is taken when it is complete: it has a final name and did not change between two looks. It is first moved to
``taking``, so that nobody writes to it any more, and when it is stored to ``done``; what needs a person goes to
``problem`` with a text beside it that says why. Whatever ends the program in between leaves the file in one of the
three, and the next look goes on from there: what was stored by then is known by its digest and not stored again.
Nobody waits for an answer where files are dropped, so no acknowledgement is written: a file in ``done`` is one.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from engine.domain.ports import CancelToken
from engine.durable import sync_folder
from engine.errors import InputError
from engine.intake.importing import printable_name
from engine.intake.records.items import RecordFile
from engine.intake.records.reading import RecordReader
from engine.intake.tables import Rejection
from engine.store import was_imported
from engine.wording import LANGUAGES, load_wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_files import ImportRequest
from engine.workflows.import_records import RecordOutcome, import_read_records

TAKING, DONE, PROBLEM = "taking", "done", "problem"
WHY = ".why.txt"  # beside a file with a problem
EMPTY_FOR = 60.0  # seconds after which an empty file is not one that somebody is about to write
_BEING_WRITTEN = frozenset(
    {".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".writing", ".lock", ".lck"}
)

Facts = tuple[int, int]  # size, moment of the last change


@dataclass(frozen=True, slots=True)
class Taken:
    """How one file ended. ``why`` is the key of a sentence, with what fills it; empty for a file that was stored."""

    name: str
    place: Path
    why: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    outcome: RecordOutcome | None = None

    @property
    def stored(self) -> bool:
        """Whether it is in the store now."""
        return not self.why


class WatchedFolder:
    """One folder and how the files in it looked last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: dict[str, Facts] = {}

    def check(self) -> None:
        """Make the three places in the folder, and see that files can be moved there.

        Raises:
            InputError: ``watched_missing`` where there is no such folder, ``watched_unwritable``.
        """
        if not self.path.is_dir():
            raise InputError("watched_missing")
        try:
            for name in (TAKING, DONE, PROBLEM):
                (self.path / name).mkdir(exist_ok=True)
            probe = self.path / TAKING / f".lantern-{os.getpid()}"
            probe.write_bytes(b"")
            probe.rename(self.path / DONE / probe.name)
            (self.path / DONE / probe.name).unlink()
        except OSError as error:
            raise InputError("watched_unwritable") from error

    def ready(self) -> tuple[Path, ...]:
        """Look, and return the files that are to be taken now: left over from before, and complete since the last look.

        Raises:
            InputError: ``watched_missing``.
        """
        try:
            left = sorted(each for each in self._entries(TAKING) if _facts(each) is not None)
            now = {each.name: facts for each in self._entries("") if (facts := _facts(each)) is not None}
        except OSError as error:
            raise InputError("watched_missing") from error
        still = [name for name, facts in now.items() if self._seen.get(name) == facts and not _is_young(facts)]
        self._seen = now
        return (*left, *(self.path / name for name in sorted(still)))

    def _entries(self, within: str) -> Iterator[Path]:
        for entry in (self.path / within).iterdir():
            if not entry.name.startswith((".", "~")) and entry.suffix.casefold() not in _BEING_WRITTEN:
                yield entry

    def problems(self) -> tuple[Path, ...]:
        """Return the files that wait for a person, by name."""
        try:
            found = [each for each in self._entries(PROBLEM) if not each.name.endswith(WHY)]
        except OSError:
            return ()
        return tuple(sorted(each for each in found if _facts(each) is not None))

    def take(
        self, clinic: OpenClinic, path: Path, reader: RecordReader, cancel: CancelToken | None = None
    ) -> Taken | None:
        """Take one file in; None where it is gone or still held by who writes it: then it is looked at again later.

        Raises:
            InputError: ``watched_unwritable`` where it cannot be moved aside; what was stored of it is stored.
            Cancelled: stopped; the file waits. StoreError, AccessError, WorkerError: as the import; the file waits.
        """
        left_over = path.parent == self.path / TAKING
        held = self._claim(path)
        if held is None:
            return None
        name = printable_name(held)
        if left_over and was_imported(clinic.vault, name, _digest(held)):  # stored, but not moved aside any more
            return Taken(name, self._move(held, DONE))
        ended = self._import(clinic, held, reader, cancel)
        if ended.stored:
            return Taken(name, self._move(held, DONE), outcome=ended.outcome)
        clinic.vault.note("file.problem", detail={"why": ended.why.rpartition(".")[2]})
        place = self._move(held, PROBLEM)
        _say_why(place, ended)
        return Taken(name, place, ended.why, ended.details, ended.outcome)

    def settled(self, path: Path) -> Path:
        """Move a file with a problem to those that are done: a person has brought it in.

        Raises:
            InputError: ``watched_unwritable``.
        """
        place = self._move(path, DONE)
        with suppress(OSError):
            path.with_name(path.name + WHY).unlink()
        return place

    def _claim(self, path: Path) -> Path | None:
        if path.parent == self.path / TAKING:
            return path if _facts(path) is not None else None
        with suppress(OSError):  # gone, or open elsewhere on a system that then lets nobody move it
            return _moved(path, self.path / TAKING)
        return None

    def _import(self, clinic: OpenClinic, held: Path, reader: RecordReader, cancel: CancelToken | None) -> Taken:
        name = printable_name(held)
        try:
            file: RecordFile | Rejection | None = reader.read(held, cancel=cancel)
        except InputError as error:  # too large, or not to be read
            return Taken(name, held, f"error.{error.code}", error.details)
        if isinstance(file, Rejection):
            return Taken(name, held, f"intake.rejected.{file.detail or file.reason.value}")
        if file is None:
            empty = held.stat().st_size == 0
            return Taken(name, held, "intake.rejected.empty_file" if empty else "intake.watched.other_kind")
        ended = import_read_records(clinic, held, file, ImportRequest())
        if ended.stored:
            return Taken(name, held, outcome=ended)
        return Taken(name, held, "intake.watched.asks", {"count": len(ended.open_questions)}, ended)

    def _move(self, held: Path, where: str) -> Path:
        try:
            return _moved(held, self.path / where)
        except OSError as error:
            raise InputError("watched_unwritable") from error


def take_all(
    clinic: OpenClinic, folder: WatchedFolder, files: tuple[Path, ...], cancel: CancelToken | None = None
) -> Iterator[Taken]:
    """Take files in one after the other, and yield how each ended."""
    with RecordReader() as reader:
        for path in files:
            if cancel is not None:
                cancel.check()
            taken = folder.take(clinic, path, reader, cancel)
            if taken is not None:
                yield taken


def _facts(path: Path) -> Facts | None:
    """Return size and last change of a plain file; None for what is none, a link too."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def _is_young(facts: Facts) -> bool:
    """Whether a file is empty and was made just now: somebody is about to write it."""
    size, changed = facts
    return size == 0 and time.time() - changed / 1e9 < EMPTY_FOR


def _moved(path: Path, folder: Path) -> Path:
    """Move a file under its name, or one like it where there is such a file already; nothing is written over."""
    target = folder / path.name
    number = 2
    while target.exists() or target.is_symlink():
        target = folder / f"{path.stem}-{number}{path.suffix}"
        number += 1
    path.rename(target)
    for each in {folder, path.parent}:
        sync_folder(each)  # else a power cut may take the move back
    return target


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _say_why(place: Path, ended: Taken) -> None:
    """Write beside a file why it is there, for whoever looks into the folder; the file itself matters more."""
    lines = [load_wording(language).say(ended.why, **ended.details) for language in LANGUAGES]
    with suppress(OSError):
        place.with_name(place.name + WHY).write_text("\n".join(lines) + "\n", encoding="utf-8")


__all__ = ["DONE", "PROBLEM", "TAKING", "Taken", "WatchedFolder", "take_all"]
