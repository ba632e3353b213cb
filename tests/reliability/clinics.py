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
from engine.store.identity import search_text
from engine.store.migrate import migrate, stamp
from engine.store.schema import MIGRATIONS

CHEAP = Cost(64, 1, 1)
PASSPHRASE = "correct horse battery"
ACTOR = "user-1"
CLOCK = SystemClock()
PEOPLE = 30
_FIRST_DAY = date(2024, 1, 1)
# Names that are in some clinic's table, or could be: markup, formulas, other directions, signs of several parts.
UGLY = (
    "=1+1 \u202e<b>O'Brien;\"",
    "'); DROP TABLE patient; --",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "Z\u0351\u0358\u0329a\u0322\u0328lgo\u0334\u0361",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "欧阳 单于 曾　\u3000",
    "\ufeffbefore",
    "a\x00b",
    "line\r\nbreak\ttab",
    "../../etc/passwd",
    "NULL",
    "x" * 10_000,
    "\u00e9 e\u0301 ＡＢＣ",
    " ",
    "",
)
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
    return open_clinic(folder, secret, CLOCK, who=ACTOR, floor=CHEAP)


def new_clinic(folder: Path, people: int = PEOPLE) -> None:
    """Make a clinic in ``folder`` with people in it."""
    owner = User(ACTOR, "Ada Okafor")
    clinic = Clinic("clinic-1", "Maple Lane", {"country_iso3": "GBR"})
    create_clinic(folder, PASSPHRASE, clinic, CLOCK, owner=owner, cost=CHEAP)
    with open_again(folder) as vault:
        if people:
            apply_entries(vault, many("start", people), actor=ACTOR)


def old_people(people: int) -> list[tuple[str, str, str]]:
    """Return id, number and name of the people of an old clinic: plain ones, and as many ugly ones as there are."""
    plain = [(f"old{n}", f"P{n}", f"王建国 {n}") for n in range(1, people + 1)]
    return plain + [(f"ugly{n}", f" {name[:20]} ", name) for n, name in enumerate(UGLY)]


def old_clinic(folder: Path, people: int = 300, version: int = 1) -> None:
    """Make a clinic whose database has an older schema: two values for each of its people."""
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
    migrate(database, CLOCK, MIGRATIONS[:version])
    database.run("INSERT INTO change VALUES (1, '2025-01-01T00:00:00+00:00', ?, 'import')", (ACTOR,))
    database.run(
        "INSERT INTO audit(moment, actor, action, change, subjects, detail)"
        " VALUES ('2025-01-01T00:00:00+00:00', ?, 'import', 1, '[]', '{}')",
        (ACTOR,),
    )
    database.many("INSERT INTO store(one, id, created_at) VALUES (?, ?, ?)", store)
    database.many("INSERT INTO setting(name, value, change) VALUES (?, ?, 1)", settings)
    database.many("INSERT INTO user(id, name, role, change) VALUES (?, ?, 'owner', 1)", users)
    _fill_old(database, old_people(people), spelled=version > 1)
    database.close()


def _fill_old(database: Database, people: list[tuple[str, str, str]], *, spelled: bool) -> None:
    def search(number: str, name: str) -> str:
        return search_text({"patient_id": number, "name": name}) if spelled else f"{number}\n{name}".lower()

    database.many(
        "INSERT INTO patient(key, id, root, search, patient_id, name, change) VALUES (?, ?, ?, ?, ?, ?, 1)",
        [(key, id_, key, search(number, name), number, name) for key, (id_, number, name) in enumerate(people, 1)],
    )
    database.run("INSERT INTO field VALUES (1, 'sbp_mmhg')")
    database.many(
        "INSERT INTO visit(key, id, patient, day, change) VALUES (?, ?, ?, ?, 1)",
        [(key, f"v{key}", key, 738_000 + key) for key in range(1, len(people) + 1)],
    )
    database.many(
        "INSERT INTO measurement(key, number, change) VALUES (?, ?, 1)",
        [(key << 24 | 1 << 8 | reading, 100.1 + key) for key in range(1, len(people) + 1) for reading in range(2)],
    )


def data_key_of(folder: Path) -> bytes:
    """Return the key of a clinic's database."""
    from engine.store.folder import ClinicFolder
    from engine.store.slot_files import open_slot, readable_slot_files

    return open_slot(readable_slot_files(ClinicFolder(folder))[0].file, PASSPHRASE, CHEAP, who=ACTOR).keys.data_key
