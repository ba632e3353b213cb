"""Clinics that operations start from: small, with a cheap key derivation, whose content follows from numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from engine.domain.assessment import Clinic
from engine.domain.entries import Entries, EntryColumn, IdentifiedEntries, Source
from engine.domain.ports import SystemClock
from engine.domain.record import SourceKind, Value
from engine.store import Cost, User, Vault, apply_entries, create_clinic, open_clinic
from engine.store.database import Database
from engine.store.migrate import migrate, stamp
from engine.store.schema import MIGRATIONS

CHEAP = Cost(64, 1, 1)
PASSPHRASE = "correct horse battery"
ACTOR = "user-1"
CLOCK = SystemClock()
PEOPLE = 30
_FIRST_DAY = date(2024, 1, 1)
_MADE = datetime(2025, 6, 30, 9, 0, tzinfo=UTC)


def entries(
    people: Sequence[str], days: Sequence[str], columns: dict[str, list[Value | None]], *, new: bool, typed: bool
) -> IdentifiedEntries:
    """Return entries with one row per person and day."""
    kind = SourceKind.TYPED if typed else SourceKind.IMPORTED
    source = Source(kind, _MADE, ACTOR, None if typed else f"{people[0]}.csv", "ab" * 32)
    made = tuple(EntryColumn(name, values, [None] * len(values)) for name, values in columns.items())
    whole = Entries(source, list(range(2, len(people) + 2)), made)
    return IdentifiedEntries(whole, list(people), frozenset(people) if new else frozenset(), list(days))


def many(prefix: str, count: int) -> IdentifiedEntries:
    """Return a file of new people with one visit each."""
    return entries(
        [f"{prefix}{n}" for n in range(count)],
        [day(n) for n in range(count)],
        {
            "patient_id": [f"{prefix.upper()}{n}" for n in range(count)],
            "name": [f"Name {prefix} {n}" for n in range(count)],
            "birth_date": [f"{1940 + n % 50}-03-0{1 + n % 9}" for n in range(count)],
            "sex": ["FM"[n % 2] for n in range(count)],
            "sbp_mmhg": [100.0 + n % 60 for n in range(count)],
            "dbp_mmhg": [60.0 + n % 30 for n in range(count)],
        },
        new=True,
        typed=False,
    )


def day(number: int) -> str:
    """Return a calendar day that follows from a number."""
    return (_FIRST_DAY + timedelta(days=number)).isoformat()


def open_again(folder: Path, secret: str = PASSPHRASE) -> Vault:
    """Open a clinic of this file."""
    return open_clinic(folder, secret, CLOCK, floor=CHEAP)


def new_clinic(folder: Path, people: int = PEOPLE) -> None:
    """Make a clinic in ``folder`` with people in it."""
    owner = User(ACTOR, "Ada Okafor")
    clinic = Clinic("clinic-1", "Maple Lane", {"country_iso3": "GBR"})
    create_clinic(folder, PASSPHRASE, clinic, CLOCK, owner=owner, cost=CHEAP)
    with open_again(folder) as vault:
        if people:
            apply_entries(vault, many("start", people), actor=ACTOR)


def old_clinic(folder: Path, people: int = 300) -> None:
    """Make a clinic whose database has the first schema."""
    new_clinic(folder, people=0)
    with open_again(folder) as vault:
        key = data_key_of(folder)
        rows = vault.ledger.database.rows
        store = rows("SELECT one, id, created_at FROM store")
        settings = rows("SELECT name, value FROM setting WHERE ended IS NULL")
        users = rows("SELECT id, name FROM user")
    for file in [folder / "store.db", *folder.glob("anchor-*")]:
        file.unlink()  # programs of that time wrote no anchor
    database = Database.open(folder / "store.db", key, create=True)
    database.set_up()
    stamp(database)
    migrate(database, CLOCK, MIGRATIONS[:1])
    database.run("INSERT INTO change VALUES (1, '2025-01-01T00:00:00+00:00', ?, 'import')", (ACTOR,))
    database.many("INSERT INTO store VALUES (?, ?, ?)", store)
    database.many("INSERT INTO setting(name, value, change) VALUES (?, ?, 1)", settings)
    database.many("INSERT INTO user(id, name, role, change) VALUES (?, ?, 'owner', 1)", users)
    database.many(
        "INSERT INTO patient(key, id, root, search, patient_id, name, change) VALUES (?, ?, ?, ?, ?, ?, 1)",
        [(n, f"old{n}", n, f"p{n}\n王建国 {n}", f"P{n}", f"王建国 {n}") for n in range(1, people + 1)],
    )
    database.close()


def data_key_of(folder: Path) -> bytes:
    """Return the key of a clinic's database."""
    from engine.store.folder import ClinicFolder
    from engine.store.slot_files import open_slot, readable_slot_files

    return open_slot(readable_slot_files(ClinicFolder(folder))[0].file, PASSPHRASE, CHEAP).keys.data_key
