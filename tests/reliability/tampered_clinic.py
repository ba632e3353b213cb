"""A clinic with a past, for trials that tamper with it: what its folder held at three moments of its life."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from engine.domain.assessment import Clinic
from engine.domain.entries import Entries, EntryColumn, IdentifiedEntries, Source
from engine.domain.record import SourceKind
from engine.errors import EngineError
from engine.store import Cost, SlotKind, User, Vault, apply_entries, create_clinic, open_clinic, replace_passphrase
from engine.store.audit.checkpoint import parse_checkpoint
from engine.store.audit.digests import all_leaves
from engine.store.audit.units import UNITS
from engine.store.audit.verify import Verification
from engine.store.audit_log import current_checkpoint, verify_store
from engine.store.backup.make import back_up
from engine.store.person_edit import edit_identity

CHEAP = Cost(64, 1, 1)
OLD_PASSPHRASE = "a passphrase of before"
PASSPHRASE = "a passphrase of today"
DATABASE, WAL = "store.db", "store.db-wal"
SLOTS = ("clinic.lantern", "clinic-copy.lantern")
FILES = ("anchor-1.lantern", "anchor-2.lantern")
_FIELDS = ("sbp_mmhg", "dbp_mmhg", "hdl_mmol_l", "hba1c_percent", "weight_kg")

Files = Mapping[str, bytes]


class TickingClock:
    """A clock that goes on by a minute whenever it is asked."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        self._now += timedelta(minutes=1)
        return self._now

    def today(self) -> date:
        return self._now.date()


@dataclass(frozen=True)
class Past:
    """What the folder held: ``early`` and ``late`` closed, ``live`` as a power cut would leave it, with its journal.

    ``checkpoint`` was printed late. ``foreign`` is the journal of another clinic, ``backup`` the files of a backup.
    """

    early: Files
    late: Files
    live: Files
    foreign: bytes
    checkpoint: str
    backup: Files


def make_past(place: Path) -> Past:
    """Make the clinic and live its life."""
    clock = TickingClock(datetime(2025, 6, 30, 9, tzinfo=UTC))
    folder, other = place / "clinic", place / "other"
    for each, name in ((folder, "clinic-1"), (other, "clinic-2")):
        create_clinic(each, OLD_PASSPHRASE, Clinic(name, name, {}), clock, owner=User("user-1", "Ada"), cost=CHEAP)
    with open_clinic(folder, OLD_PASSPHRASE, clock, floor=CHEAP) as vault:
        _visits(vault, range(60), "2024-01-02", 100.0)
    early = read(folder)
    with open_clinic(folder, OLD_PASSPHRASE, clock, floor=CHEAP) as vault:
        _visits(vault, range(60), "2024-01-02", 120.0, kind=SourceKind.TYPED)
        _visits(vault, range(30, 90), "2024-05-06", 130.0)
        for person in range(0, 60, 7):
            edit_identity(vault, f"p{person}", {"phone": f"555-{person:04}"}, "user-1")
        replace_passphrase(vault, OLD_PASSPHRASE, SlotKind.PASSPHRASE, PASSPHRASE, cost=CHEAP, floor=CHEAP)
        back_up(vault, place / "stick", "1")
    late = read(folder)
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:
        _visits(vault, range(40), "2024-08-08", 140.0)
        edit_identity(vault, "p3", {"name": "Renamed"}, "user-1")
        checkpoint = str(current_checkpoint(vault))
        live = read(folder)
    with open_clinic(other, OLD_PASSPHRASE, clock, floor=CHEAP) as vault:
        _visits(vault, range(20), "2024-01-02", 100.0)
        foreign = read(other)[WAL]
    return Past(early, late, live, foreign, checkpoint, read(place / "stick"))


@cache
def the_past() -> Past:
    """Return the past that all trials of this process share."""
    with tempfile.TemporaryDirectory() as place:
        return make_past(Path(place))


def _visits(vault: Vault, people: range, day: str, value: float, kind: SourceKind = SourceKind.IMPORTED) -> None:
    ids = [f"p{person}" for person in people]
    known = {row[0] for row in vault.ledger.database.rows("SELECT id FROM patient")}
    columns = [EntryColumn("name", [f"Name {person}" for person in people], [None] * len(ids))]
    columns += [
        EntryColumn(field, [value + place + person % 9 for person in people], [None] * len(ids))
        for place, field in enumerate(_FIELDS)
    ]
    if kind is SourceKind.TYPED:
        columns, ids = [EntryColumn(one.field, one.values[:5], [None] * 5) for one in columns[1:]], ids[:5]
    source = Source(kind, datetime(2025, 6, 30, tzinfo=UTC), "user-1", "x.csv", "00" * 32)
    whole = Entries(source, list(range(2, len(ids) + 2)), tuple(columns))
    new = frozenset(ids) - known
    apply_entries(vault, IdentifiedEntries(whole, ids, new, [day] * len(ids)), actor="user-1")


def read(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, without those that hold nothing of the clinic."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in ("lock", "store.db-shm")}


def put(folder: Path, files: Files) -> None:
    """Make a folder hold these files and nothing else."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


@dataclass(frozen=True)
class Answer:
    """What a clinic says when it is opened and verified. ``refusal``: the code with which it did not even open."""

    refusal: str | None
    found: Verification | None
    content: str

    @property
    def detected(self) -> bool:
        """Whether it told that something is wrong."""
        return self.refusal is not None or (self.found is not None and not self.found.sound)


def ask(folder: Path, passphrase: str = PASSPHRASE, checkpoint: str | None = None) -> Answer:
    """Open and verify a clinic."""
    clock = TickingClock(datetime(2025, 8, 30, 9, tzinfo=UTC))
    try:
        with open_clinic(folder, passphrase, clock, floor=CHEAP, inspect=True) as vault:
            noted = None if checkpoint is None else parse_checkpoint(checkpoint)
            return Answer(None, verify_store(vault, noted), content_of(vault))
    except EngineError as error:
        return Answer(error.code, None, "")


def content_of(vault: Vault) -> str:
    """Return what the record holds, and the audit but for who came just now: equal where nothing was lost."""
    try:
        leaves = [part.tobytes() for unit in UNITS for part in all_leaves(vault.ledger.database, unit)]
        rows = vault.ledger.database.rows(
            "SELECT entry_hash FROM audit WHERE action NOT IN ('session.open', 'session.close') ORDER BY seq"
        )
    except EngineError as error:
        return error.code
    return repr((leaves, rows))


def end_of(answer: Answer, sound: str = "") -> str:
    """Return how a trial ended; ``sound`` is the content of the clinic nobody touched."""
    if answer.detected:
        return "detected"
    return "no effect" if sound and answer.content == sound else "undetected"


def late_moment() -> datetime:
    """Return a moment after all that the clinic lived through."""
    return datetime(2025, 7, 30, 9, tzinfo=UTC)
