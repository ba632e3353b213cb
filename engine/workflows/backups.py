"""Backups as a person knows them: make one, the daily one, how old the last is, restore one, try whether one opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from engine.domain.ports import Clock
from engine.errors import StoreError
from engine.store import Vault
from engine.store.backup.drill import Drill, Sample, last_drill, note_reading
from engine.store.backup.drill import drill as drill_store
from engine.store.backup.make import Made, check_backup_place, last_backup
from engine.store.backup.make import back_up as back_up_store
from engine.store.backup.meanwhile import NOTHING_ELSE, Check, Meanwhile
from engine.store.backup.restore import Restored
from engine.store.backup.restore import restore as restore_store
from engine.store.settings import keep_setting, load_setting
from engine.store.two_people import Second
from engine.workflows.clinics import OpenClinic, program_version
from engine.workflows.unlock import counting_of, counting_restore

__all__ = [
    "NOTHING_ELSE",
    "BackupAge",
    "BackupStanding",
    "Check",
    "Drill",
    "Made",
    "Meanwhile",
    "Restored",
    "Sample",
    "Second",
    "back_up",
    "backup_standing",
    "choose_backup_folder",
    "daily_backup",
    "drill",
    "note_drill_reading",
    "restore",
]
_FOLDER = "backup.folder"
_OLD_DAYS, _VERY_OLD_DAYS, _DRILL_DAYS = 2, 7, 31
_AHEAD = timedelta(days=1)  # of now: more than a clock is put right by; nobody knows how old it is then


class BackupAge(StrEnum):
    """How the last verified backup stands; ``backup.age.<value>`` says it."""

    FRESH = "fresh"
    OLD = "old"
    VERY_OLD = "very_old"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class BackupStanding:
    """What a home screen shows.

    ``days`` since the last verified backup, None where there never was one, or where the clock was ahead when it was
    made; ``folder``: where daily ones go, None where none was chosen; ``drill_due``: a month has passed since a backup
    was last tried.
    """

    age: BackupAge
    days: int | None
    last_made_at: datetime | None
    folder: Path | None
    drill_due: bool

    @property
    def warns(self) -> bool:
        """Whether a person should be told without having asked."""
        return self.age is not BackupAge.FRESH

    @property
    def dated_ahead(self) -> bool:
        """Whether the last one is of a day to come: the clock was ahead, and nobody knows how old it is."""
        return self.days is None and self.last_made_at is not None


def back_up(clinic: OpenClinic, folder: Path, meanwhile: Meanwhile = NOTHING_ELSE) -> Made:
    """Make a verified backup in a folder or on a stick; ``meanwhile`` says what else may go on, and when to stop.

    Raises:
        StoreError: no backup was made, with the reason; those that are there stay as they are.
        Cancelled: it was stopped, and nothing is left of it.
    """
    return back_up_store(clinic.vault, folder, program_version(), meanwhile)


def choose_backup_folder(clinic: OpenClinic, folder: Path | None) -> None:
    """Say where the daily backups go; None: nowhere.

    Raises:
        StoreError: ``backup_inside``, ``backup_not_folder``, ``backup_readonly``, ``backup_disk_full``,
            ``backup_folder_away``: no place for them, and nothing is changed.
    """
    if folder is not None and folder.is_dir():
        check_backup_place(clinic.vault, folder)
    with clinic.vault.change(clinic.actor, "backup.folder") as change:
        keep_setting(change, _FOLDER, None if folder is None else str(folder.absolute()))


def backup_standing(clinic: OpenClinic) -> BackupStanding:
    """Return how old the last verified backup is, and what is due."""
    now = clinic.clock.now()
    last, drilled = last_backup(clinic.vault), last_drill(clinic.vault)
    ahead = last is not None and _is_ahead(last.made_at, now)
    days = None if last is None or ahead else max(0, (now - last.made_at).days)
    return BackupStanding(
        age=BackupAge.VERY_OLD if ahead else _age(days),
        days=days,
        last_made_at=None if last is None else last.made_at,
        folder=_folder(clinic.vault),
        drill_due=last is not None
        and (drilled is None or _is_ahead(drilled, now) or (now - drilled).days >= _DRILL_DAYS),
    )


def _is_ahead(moment: datetime, now: datetime) -> bool:
    return moment - now > _AHEAD


def _age(days: int | None) -> BackupAge:
    if days is None:
        return BackupAge.NEVER
    if days < _OLD_DAYS:
        return BackupAge.FRESH
    return BackupAge.OLD if days < _VERY_OLD_DAYS else BackupAge.VERY_OLD


def _folder(vault: Vault) -> Path | None:
    found = load_setting(vault, _FOLDER)
    return None if found is None else Path(found)


def daily_backup(clinic: OpenClinic, meanwhile: Meanwhile = NOTHING_ELSE) -> Made | None:
    """Make today's backup where a folder was chosen and none was made today; return None where nothing was due.

    One of a day to come, made while the clock was ahead, is not today's.

    A folder on a stick that is not plugged in is not made in its place: the stick is asked for.

    Raises:
        StoreError: as ``back_up``.
    """
    folder, now = _folder(clinic.vault), clinic.clock.now()
    last = last_backup(clinic.vault)
    made_today = (
        last is not None
        and not _is_ahead(last.made_at, now)
        and last.made_at.astimezone().date() >= now.astimezone().date()
    )
    if folder is None or made_today:
        return None
    if not folder.is_dir():
        raise StoreError("backup_folder_away")
    return back_up(clinic, folder, meanwhile)


def restore(  # noqa: PLR0913 - who restores, who agrees, and who was erased
    file: Path,
    folder: Path,
    secret: str,
    clock: Clock,
    *,
    who: str | None = None,
    second: Second | None = None,
    reason: str = "",
    erased: Sequence[Path] = (),
    meanwhile: Meanwhile = NOTHING_ELSE,
) -> Restored:
    """Restore a backup into a new folder with a passphrase of its day or the recovery key; see ``engine.store.backup``.

    ``erased``: proofs of erasures that neither a later backup in the same folder nor the old clinic beside tells of.

    Wrong passphrases are counted in a file beside the backup, for the clinic and the user, and waited for.

    Raises:
        AccessError: ``backup_not_yours`` for who was no administrator of that day; ``access_two_people`` where the
            backup knows another administrator, and none of them agrees.
        PassphraseError: whose passphrase is wrong. UsageError: ``reason_needed`` where one person acts alone.
        UsageError, StoreError: nothing was restored, with the reason, and nothing is left there.
        Cancelled: it was stopped, and nothing is left there.
    """
    with counting_restore(file, clock, who, second.who if second else None):
        return restore_store(
            file, folder, secret, clock, who=who, second=second, reason=reason, erased=erased, meanwhile=meanwhile
        )


def drill(
    clinic: OpenClinic,
    secret: str,
    folder: Path | None = None,
    who: str | None = None,
    samples: int = 0,
    meanwhile: Meanwhile = NOTHING_ELSE,
) -> Drill:
    """Try whether the newest backup opens and holds what it should; ``folder``: where it lies, if not with the last.

    ``samples``: how many people to return as the backup has them and as they are, for a look by eye.

    Raises:
        AccessError: ``backup_not_yours`` for who was no administrator when it was made.
        PassphraseError, UsageError, StoreError: it does not, with the reason. Cancelled: it was stopped.
    """
    if folder is None:
        last = last_backup(clinic.vault)
        if last is None:
            raise StoreError("backup_none")
        folder = Path(last.folder)
    with counting_of(clinic, who):
        return drill_store(clinic.vault, folder, secret, who=who, samples=samples, meanwhile=meanwhile)


def note_drill_reading(clinic: OpenClinic, *, right: bool) -> None:
    """Write down whether the people that the drill picked look right; where they do not, a drill is due again."""
    note_reading(clinic.vault, right=right)
