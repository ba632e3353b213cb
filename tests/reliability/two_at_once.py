"""T14: one writer always, whoever comes second; and the places where a clinic must not live."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest import mock

from engine.domain.assessment import Clinic
from engine.errors import EngineError
from engine.store import apply_entries, count_people, create_clinic, place_facts, places
from engine.store.audit_log import verify_store
from engine.store.places import SYNCERS
from tests.reliability.checks import Check, Forked, forked
from tests.reliability.clinics import ACTOR, CHEAP, CLOCK, PASSPHRASE, many, new_clinic, open_again
from tests.reliability.counts import Count
from tests.reliability.operations import GOOD, Verdict
from tests.reliability.tampered_clinic import read
from tests.reliability.trials import has_sentence

_NOBODY = 65534
_SYNCED = (
    *("OneDrive", "OneDrive - Clinic", "Dropbox", "Dropbox (Clinic)", "Google Drive", "My Drive", "iCloudDrive"),
    *("Nextcloud", "ownCloud", "Syncthing", "Seafile", "Resilio Sync", "坚果云", "BaiduNetdisk", "百度网盘"),
)
_SHARES = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "fuse.rclone", "9p", "afs", "ceph", "vboxsf", "webdav")


def _counted(count: Count, fault: str | None, seed: str) -> None:
    count.add(GOOD if fault is None else Verdict(fault, detected=False), seed)


def _opener(folder: Path, work: str, start: int, go: Path) -> Callable[[Callable[[str], None]], None]:
    """Return what a process does that waits for the moment, opens, writes, and holds what it got."""

    def act(say: Callable[[str], None]) -> None:
        while time.monotonic_ns() < start:
            pass
        try:
            vault = open_again(folder)
        except EngineError as error:
            say(error.code)
            return
        with vault:
            apply_entries(vault, many(work, 3), actor=ACTOR)
            say("open")
            while not go.exists():  # until the other one has found it taken
                time.sleep(0.002)

    return act


def _two(room: Path, numbers: Sequence[int], seed: int) -> Count:
    """Two processes open at the same moment: one works, the other is told."""
    count, folder = Count(), room / "clinic"
    new_clinic(folder, 3)
    people = 3
    for number in numbers:
        start = time.monotonic_ns() + 20_000_000
        go = room / f"go{number}"
        both = [forked(_opener(folder, f"two{number}x{place}y", start, go)) for place in range(2)]
        said = sorted(process.read() for process in both)
        go.touch()
        for process in both:
            os.waitpid(process.process, 0)
            os.close(process.heard)
        people += 3 * said.count("open")
        fault = None if said == ["open", "store_in_use"] else f"they were told {said}"
        with open_again(folder) as vault:
            if count_people(vault) != people or not verify_store(vault).sound:
                fault = "what one of them wrote is not all there"
        _counted(count, fault, f"two {number}")
    return count


def _stale(room: Path, numbers: Sequence[int], seed: int) -> Count:
    """A process that has the clinic open is killed: until then others are told, after that its lock is nobody's."""
    count, folder = Count(), room / "clinic"
    new_clinic(folder, 3)
    for number in numbers:
        holder = forked(_holder(folder))
        fault = None if holder.read() == "open" else "it did not open"
        if _told(folder) != "store_in_use":
            fault = "a second one got in"
        holder.end(signal.SIGKILL)
        if _told(folder) is not None:
            fault = "the lock of a process that is gone kept somebody out"
        _counted(count, fault, f"stale {number}")
    return count


def _holder(folder: Path) -> Callable[[Callable[[str], None]], None]:
    def act(say: Callable[[str], None]) -> None:
        vault = open_again(folder)
        say("open")
        time.sleep(60)
        vault.close()

    return act


def _told(folder: Path) -> str | None:
    """Open and close a clinic; return the code with which it was refused, None where it opened."""
    try:
        open_again(folder).close()
    except EngineError as error:
        return error.code if has_sentence(error.code) else f"{error.code} without a sentence"
    return None


def _other_user(room: Path, numbers: Sequence[int], seed: int) -> Count:
    """Another user of the computer, to whom the folder does not belong: refused with a sentence, open or not."""
    count, folder = Count(), room / "clinic"
    if sys.platform == "win32" or os.geteuid() != 0:
        count.faults["left out: only the superuser can become somebody else"] = len(numbers)
        return count
    new_clinic(folder, 3)
    for place in (folder.parent, folder.parent.parent):
        place.chmod(place.stat().st_mode | 0o055)
    for number in numbers:
        chance = random.Random(f"{seed} other user {number}")
        folder.chmod(chance.choice((0o700, 0o750, 0o755)))
        before = read(folder)
        holder = forked(_holder(folder)) if number % 2 else None
        if holder is not None:
            holder.read()
        said = _as_other(folder)
        if holder is not None:
            holder.end(signal.SIGKILL)
        fault = None if said in ("store_readonly", "store_in_use", "store_missing") else f"told {said or 'nothing'}"
        if holder is None and read(folder) != before:
            fault = "something was written"
        if _told(folder) is not None:
            fault = "its own user is kept out since"
        _counted(count, fault, f"other user {number}")
    return count


def _as_other(folder: Path) -> str:
    def act(say: Callable[[str], None]) -> None:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
        say(_told(folder) or "open")

    process: Forked = forked(act)
    said = process.read()
    os.waitpid(process.process, 0)
    os.close(process.heard)
    return said


# Places


def _refused(folder: Path, code: str, *, has_clinic: bool) -> str | None:
    """Return what is wrong with how a place is refused for a new clinic, or for one that lies there already."""
    before = sorted(folder.parent.rglob("*"))
    try:
        if has_clinic:
            open_again(folder).close()
        else:
            create_clinic(folder, PASSPHRASE, Clinic("clinic-1", "Maple Lane", {}), CLOCK, cost=CHEAP)
    except EngineError as error:
        if error.code != code or not has_sentence(code):
            return f"refused for another reason: {error.code}"
        return None if sorted(folder.parent.rglob("*")) == before else "something was written"
    return "a clinic lives where it must not"


def _synced(room: Path, numbers: Sequence[int], seed: int) -> Count:
    """Folders that a program synchronises, by their names and by what those programs leave in theirs."""
    count = Count()
    markers = [marker for syncer in SYNCERS for marker in syncer.markers]
    for number in numbers:
        chance = random.Random(f"{seed} synced {number}")
        root = room / f"{number}" / chance.choice(("a", "Documents"))
        if number % 2:
            top = root / chance.choice(_SYNCED)
            top.mkdir(parents=True)
        else:
            (top := root).mkdir(parents=True)
        folder = top / "below" / "clinic" if chance.random() < 0.5 else top / "clinic"
        folder.parent.mkdir(exist_ok=True)
        has_clinic = number % 4 > 1
        if has_clinic:
            new_clinic(room / f"made{number}", 1)
            (room / f"made{number}").rename(folder)
        if not number % 2:
            (top / chance.choice(markers)).touch()
        _counted(count, _refused(folder, "place_synced", has_clinic=has_clinic), f"synced {number}")
    return count


def _shared(room: Path, numbers: Sequence[int], seed: int) -> Count:
    """Shares: the table of mounts is one in which the folder is a share. No share can be mounted everywhere."""
    count = Count()
    for number in numbers:
        kind = _SHARES[number % len(_SHARES)]
        folder = room / f"{number}" / "clinic"
        folder.parent.mkdir()
        has_clinic = number % 2 == 1
        if has_clinic:
            new_clinic(folder, 1)
        facts = place_facts.Facts(kind, str(folder.parent), "C:\\134" if kind == "9p" else "server:/clinic")
        with mock.patch.object(places, "system_facts", lambda folder, facts=facts: facts):  # what a system would say
            fault = _refused(folder, "place_network", has_clinic=has_clinic)
        _counted(count, fault, f"share {number}")
    return count


CHECKS = (
    Check("T14", "two at the same moment", "one works, the other is told", _two, 10, 100),
    Check("T14", "lock of a killed process", "is nobody's", _stale, 10, 100),
    Check("T14", "another user of the computer", "is told", _other_user, 10, 100),
    Check("T14", "synchronised folder", "is refused", _synced, 10, 100),
    Check("T14", "network share", "is refused", _shared, 10, 100),
)
