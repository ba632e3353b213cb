"""The trials of one operation: kills, power cuts, calls that fail, disks that are full."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.wording import LANGUAGES, load_wording
from tests.reliability.children import Ended, run
from tests.reliability.counts import Count
from tests.reliability.disk import Disk
from tests.reliability.operations import STICK, Operation, Verdict
from tests.reliability.recorder import Recorder, read_log

_LYING_EVENTS = 20
_ERRNOS = (errno.ENOSPC, errno.EIO, errno.EACCES)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the trials: every ``of``-th, from the ``part``-th on."""

    part: int = 1
    of: int = 1

    def numbers(self, tries: int) -> range:
        """Return which of so many trials are in it."""
        return range(self.part - 1, tries, self.of)


class Place:
    """The folders of one run: the prepared state of each operation, made once, and a fresh copy for each trial."""

    def __init__(self, room: Path) -> None:
        self._room = room
        self._number = 0

    def start(self, operation: Operation) -> Path:
        """Return the prepared folder of an operation."""
        folder = self._room / f"start-{operation.key.replace('/', '-')}"
        if not folder.exists():
            child = run(_preparing(operation), folder)
            if not child.done:
                raise RuntimeError(f"{operation.key} could not be prepared: {child.code or child.broken}")
        return folder

    def fresh(self) -> Path:
        """Return the name of a folder that is not there yet."""
        self._number += 1
        return self._room / f"trial-{self._number}"

    @contextmanager
    def copy(self, operation: Operation) -> Iterator[Path]:
        """Yield a copy of the prepared folder."""
        folder = self.fresh()
        shutil.copytree(self.start(operation), folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def _preparing(operation: Operation) -> Operation:
    def act(folder: Path, acknowledge: object) -> None:
        operation.prepare(folder)

    return Operation(operation.name, operation.system, operation.prepare, act, operation.judge)


@contextmanager
def place() -> Iterator[Place]:
    """Yield room for trials."""
    # In memory where that is possible: what a sync means is told by the recorder, and a real one only takes its time.
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    where = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="lantern-reliability-", dir=where) as room:
        yield Place(Path(room).resolve())


def kills(operation: Operation, place: Place, tries: int, share: Share, seed: int) -> Count:
    """T1: kill the process at random moments, half of them between two calls to the file system."""
    count = Count()
    with place.copy(operation) as folder:
        whole = run(operation, folder, set_up=lambda recorder: None)
        if not (verdict := _completed(operation, folder, whole)).ok:
            raise RuntimeError(f"{operation.key}: {verdict.fault}")
    for number in share.numbers(tries):
        choice = random.Random(f"{seed} kill {operation.key} {number}")
        with place.copy(operation) as folder:
            if number % 2:
                at = choice.randint(1, whole.calls)
                ended = run(operation, folder, set_up=lambda recorder, at=at: recorder.kill(at))  # type: ignore[misc]  # a default binds the loop's value
            else:
                ended = run(operation, folder, kill_after=choice.uniform(0, whole.seconds))
            count.add(operation.judged(folder, ended.acknowledged), f"kill {number}")
    return count


def _completed(operation: Operation, folder: Path, ended: Ended) -> Verdict:
    """What an undisturbed run must be: done, and judged to be in order."""
    if not ended.done:
        return Verdict(f"did not complete: {ended.code or ended.broken}")
    return operation.judged(folder, ended.acknowledged)


def power_cuts(
    operation: Operation, place: Place, tries: int, share: Share, seed: int, *, lying: bool = False
) -> Count:
    """T2: rebuild the disk as it may be when the power goes. ``lying``: the last syncs did nothing."""
    count = Count()
    log = place.fresh().with_suffix(".log")
    with place.copy(operation) as folder:
        whole = run(operation, folder, log=log)
        at = folder
    if not whole.done:
        raise RuntimeError(f"{operation.key} did not complete: {whole.code or whole.broken}")
    events = read_log(log)
    log.unlink()
    for number in share.numbers(tries):
        choice = random.Random(f"{seed} power {lying} {operation.key} {number}")
        until = choice.randint(0, len(events))
        disk = Disk(place.start(operation), at)
        honest = max(0, until - _LYING_EVENTS) if lying else until
        disk.follow(events[:honest])
        disk.syncs_count = False
        disk.follow(events[honest:until])
        disk.lose_power(choice)
        left = place.fresh()
        disk.write_to(left)
        count.add(operation.judged(left, disk.acknowledged), f"cut {number}")
        shutil.rmtree(left)
    return count


def failing_calls(operation: Operation, place: Place, tries: int, share: Share, seed: int) -> Count:
    """T3: let the k-th call fail, once only and from then on, for every k or for ``tries`` of them."""
    count = Count()
    with place.copy(operation) as folder:
        calls = run(operation, folder, set_up=lambda recorder: None).calls
    step = max(1, calls // tries)
    for number in share.numbers(calls // step):
        for for_good in (False, True):
            at = 1 + number * step + seed % step
            error = _ERRNOS[(number + for_good + seed) % len(_ERRNOS)]
            with place.copy(operation) as folder:
                bad = partial(_fail, at=at, error=error, for_good=for_good)
                ended = run(operation, folder, set_up=bad)
                _count_refusal(count, operation, folder, ended, f"call {at}, {errno.errorcode[error]}")
    return count


def _fail(recorder: Recorder, *, at: int, error: int, for_good: bool) -> None:
    recorder.fail(at, error, for_good=for_good)


def _count_refusal(count: Count, operation: Operation, folder: Path, ended: Ended, seed: str) -> None:
    """The old state is whole, the refusal has a sentence, and with a good disk it works."""
    if ended.broken is not None:
        count.add_rude(f"no sentence: {ended.broken}", seed)
    if ended.code is not None and not has_sentence(ended.code):
        count.add_rude(f"no sentence: {ended.code}", seed)
    verdict = operation.judged(folder, ended.acknowledged)
    if verdict.ok and operation.repeatable and not ended.done:
        again = run(operation, folder)
        if again.code is None or again.code != operation.stands:
            verdict = _completed(operation, folder, again)
    count.add(verdict, seed)


def has_sentence(code: str) -> bool:
    """Whether people are told about an error, in every language."""
    return all(f"error.{code}" in load_wording(language) for language in LANGUAGES)


def full_disks(operation: Operation, place: Place, tries: int, share: Share, seed: int) -> Count:
    """T4: a file that may not grow, and a disk of its own where this process may mount one."""
    count = Count()
    with place.copy(operation) as folder:
        run(operation, folder)
        largest = max(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    for number in share.numbers(tries):
        choice = random.Random(f"{seed} full {operation.key} {number}")
        if number % 4 == 3:
            with _small_disk(place, choice) as disk:
                if disk is not None:
                    _fill(count, operation, place, disk, choice, f"disk {number}")
                    continue
        most = choice.randint(0, largest)
        with place.copy(operation) as folder:
            ended = run(operation, folder, before=partial(_limit, most))
            _count_refusal(count, operation, folder, ended, f"limit {most}")
    return count


def _limit(most: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def _fill(count: Count, operation: Operation, place: Place, disk: Path, choice: random.Random, seed: str) -> None:
    folder = disk / "here"
    shutil.copytree(place.start(operation), folder)
    other = disk / "other"
    free = shutil.disk_usage(disk).free
    other.write_bytes(bytes(max(0, free - choice.randint(0, free))))
    ended = run(operation, folder)
    other.unlink()  # what is left is judged, and must go on, once there is room again
    _count_refusal(count, operation, folder, ended, seed)


@contextmanager
def _small_disk(place: Place, choice: random.Random) -> Iterator[Path | None]:
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    disk = place.fresh()
    disk.mkdir()
    words = [str(mount), "-t", "tmpfs", "-o", f"size={choice.randint(8, 64)}m", "tmpfs", str(disk)]
    if mount is None or unmount is None or subprocess.run(words, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield disk
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            subprocess.run([unmount, "-l", str(disk)], check=True)


def bad_sticks(operation: Operation, place: Place, tries: int, share: Share, seed: int) -> Count:
    """T13: the stick of a backup wraps at a part of its size, is read-only, is slow, or is pulled out."""
    count = Count()
    with place.copy(operation) as folder:
        calls = run(operation, folder, set_up=lambda recorder: None, watch=folder / STICK).calls
        size = max(path.stat().st_size for path in (folder / STICK).iterdir())
    for number in share.numbers(tries):
        choice = random.Random(f"{seed} stick {operation.key} {number}")
        way = ("wraps", "read-only", "slow", "pulled")[number % 4]
        bad: Callable[[Recorder], None] = {
            "wraps": partial(Recorder.wrap, size=4096 * choice.randint(1, size // 4096 - 1)),
            "read-only": partial(_fail, at=1, error=errno.EROFS, for_good=True),
            "slow": partial(Recorder.slow, microseconds=choice.randint(100, 1000)),
            "pulled": partial(_fail, at=choice.randint(1, calls), error=errno.EIO, for_good=True),
        }[way]
        with place.copy(operation) as folder:
            ended = run(operation, folder, set_up=bad, watch=folder / STICK)
            seed_text = f"stick {number}, {way}"
            _count_refusal(count, operation, folder, ended, seed_text)
            if ended.done != (way == "slow") and ended.broken is None:
                count.add(Verdict(f"a stick that {way} was taken for another", detected=False), seed_text)
    return count


@dataclass(frozen=True)
class Trial:
    """A kind of trial, how often it is made for each commit and in a night, and who goes through it."""

    test: str
    name: str
    make: Callable[[Operation, Place, int, Share, int], Count]
    commit: int
    nightly: int
    baselines: bool = False
    only: str | None = None  # the one operation that it is made for


TRIALS = (
    Trial("T1", "killed", kills, 10, 200, baselines=True),
    Trial("T2", "power cut", power_cuts, 50, 1_000, baselines=True),
    Trial("T2", "lying disk", partial(power_cuts, lying=True), 20, 1_000, baselines=True),
    Trial("T3", "failing call", failing_calls, 10, 100_000),
    Trial("T4", "full disk", full_disks, 20, 240),
    Trial("T13", "bad stick", bad_sticks, 50, 200, only="back up"),
)
