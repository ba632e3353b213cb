"""What is shown of backups before one is made or opened: the days that have one, the stick, what lies on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from engine.errors import StoreError
from engine.store import User, count_people
from engine.store.backup.drill import LastDrill, drill_report
from engine.store.backup.make import LastBackup, backups_made, last_backup
from engine.store.backup.manifest import Backup, backups_in, read_backup
from engine.store.place_facts import system_facts
from engine.store.slot_format import read_slot_file
from engine.store.slots import SlotKind
from engine.workflows.backups import BackupStanding, backup_standing
from engine.workflows.clinics import OpenClinic

_DAYS = 14
_MOST = 400


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """Where backups lie. ``stick``: its name where it is one, else None; ``there``: whether it can be reached now."""

    folder: Path
    stick: str | None
    there: bool


@dataclass(frozen=True, slots=True)
class BackupOverview:
    """What a card of backups shows.

    ``days``: the last fourteen, today last, with whether each has a backup; ``people``: how many the clinic has.
    """

    people: int
    standing: BackupStanding
    last: LastBackup | None
    place: BackupPlace | None
    days: tuple[tuple[date, bool], ...]
    drill: LastDrill | None


@dataclass(frozen=True, slots=True)
class BackupFront:
    """What a backup says of itself before it is opened. Signed, but by whom is known only when it is.

    ``people`` may sign in with their passphrase of that day, of whom ``openers`` open it; ``made_by`` is a name or id;
    ``checkpoint``: the end of its audit, as on the foot of lists; empty for one from before there was a chain.
    """

    file: Path
    made_at: datetime
    made_by: str
    patients: int
    visits: int
    size: int
    practice: bool
    people: tuple[User, ...]
    openers: tuple[User, ...]
    checkpoint: str


def backup_overview(clinic: OpenClinic) -> BackupOverview:
    """Return how the backups of a clinic stand; looks at the folder where they go."""
    standing, last = backup_standing(clinic), last_backup(clinic.vault)
    folder = standing.folder or (None if last is None else Path(last.folder))
    today = clinic.clock.now().astimezone().date()
    made = {each.made_at.astimezone().date() for each in backups_made(clinic.vault, _MOST)}
    days = [today - timedelta(days=before) for before in reversed(range(_DAYS))]
    return BackupOverview(
        people=count_people(clinic.vault),
        standing=standing,
        last=last,
        place=None if folder is None else backup_place(folder),
        days=tuple((day, day in made) for day in days),
        drill=drill_report(clinic.vault),
    )


def backup_place(folder: Path) -> BackupPlace:
    """Return what a folder for backups is."""
    facts = system_facts(folder.absolute())
    name = Path(facts.mount_point).name or facts.mount_point
    return BackupPlace(folder, name if facts.is_removable and name else None, folder.is_dir())


def backup_fronts(folder: Path) -> tuple[BackupFront, ...]:
    """Return every backup in a folder, of whichever clinic, the newest first; what cannot be read is left out."""
    found = []
    for backup in backups_in(folder):
        try:
            found.append(_front(backup))
        except StoreError:
            continue
    return tuple(found)


def newest_front(folder: Path, store_id: str) -> BackupFront | None:
    """Return the newest backup of a clinic in a folder; None where there is none."""
    every = backups_in(folder, store_id)
    return _front(every[0]) if every else None


def backup_front(file: Path) -> BackupFront:
    """Return what a backup says of itself; ``file`` is either of its two.

    Raises:
        StoreError: ``backup_missing``, ``backup_damaged``, ``backup_newer``.
    """
    return _front(read_backup(file))


def _front(backup: Backup) -> BackupFront:
    manifest = backup.manifest
    try:
        slots = read_slot_file(manifest.slots.encode("ascii"))
    except (StoreError, UnicodeEncodeError) as error:
        newer = isinstance(error, StoreError) and error.code == "store_newer"
        raise StoreError("backup_newer" if newer else "backup_damaged") from error
    named = {slot.user_id: slot.user_name for slot in slots.file.slots if slot.kind is SlotKind.PASSPHRASE}
    checkpoint = manifest.checkpoint
    return BackupFront(
        file=backup.file,
        made_at=manifest.made_at,
        made_by=named.get(manifest.made_by) or manifest.made_by,
        patients=manifest.people,
        visits=manifest.visits,
        size=manifest.size,
        practice=manifest.practice,
        people=tuple(slot.user for slot in slots.file.people),
        openers=tuple(slot.user for slot in slots.file.people if slot.opens_backups),
        checkpoint="" if checkpoint is None else str(checkpoint),
    )
