"""Tampering by who has the data key: with the entries of the audit, its files, and the rows of the record."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from engine.store import open_clinic
from engine.store.audit.entries import Act, append, entries
from engine.store.database import Database
from engine.store.folder import ClinicFolder
from engine.store.signer import Signer
from engine.store.slot_files import open_slot, readable_slot_files
from tests.reliability.tampered_clinic import (
    CHEAP,
    DATABASE,
    FILES,
    OLD_PASSPHRASE,
    PASSPHRASE,
    Past,
    TickingClock,
    ask,
    end_of,
    late_moment,
    put,
)


def _with_key(past: Past, place: Path, tamper: Callable[[Database], int | None]) -> str:
    """Tamper with the open database, past every way of the store; the first bad entry must be the one named.

    ``tamper`` returns its number; None where entries are missing at the end, which only the anchor can tell.
    """
    put(place, dict(past.late))
    vault = open_clinic(place, PASSPHRASE, TickingClock(late_moment()), floor=CHEAP)
    with vault.scratch() as database:
        for name in ("audit_no_update", "audit_no_delete"):
            database.run(f"DROP TRIGGER {name}")
        bad = tamper(database)
    vault.signed_in = False  # closing must not write over the end of the chain
    vault.close()
    answer = ask(place)
    if not answer.detected:
        return "undetected"
    named = None if answer.found is None else answer.found.first_bad
    return "detected" if named == bad else f"detected, but named {named} instead of {bad}"


def _seqs(database: Database) -> list[int]:
    return [entry.seq for entry in entries(database)]


def edit_entry(past: Past, place: Path, chance: random.Random) -> str:
    """Change one thing that an entry says."""
    column = chance.choice(["moment", "roles", "action", "subjects", "detail", "state", "previous_hash"])

    def tamper(database: Database) -> int:
        seq = chance.choice(_seqs(database))
        database.run(f"UPDATE audit SET {column} = {column} || ' ' WHERE seq = ?", (seq,))  # noqa: S608 - a column of ours
        return seq

    return _with_key(past, place, tamper)


def flip_audit(past: Past, place: Path, chance: random.Random) -> str:
    """Flip one bit of anything that an entry says."""
    put(place, dict(past.late))
    key = open_slot(readable_slot_files(ClinicFolder(place))[0].file, PASSPHRASE, CHEAP).keys.data_key
    database = Database.open(place / DATABASE, key)
    database.run("PRAGMA foreign_keys = OFF")
    database.run("DROP TRIGGER audit_no_update")
    seq, column = chance.choice(_seqs(database)), chance.choice(_SWAPPED.split(", "))
    sql = f"SELECT typeof({column}), CAST({column} AS BLOB) FROM audit WHERE seq = ?"  # noqa: S608 - a column of ours
    kind, content = database.rows(sql, (seq,))[0]
    changed = bytearray(content or b"\0")  # what is empty gets something
    if content:
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    kind = "text" if kind == "null" else kind
    database.run(f"UPDATE audit SET {column} = CAST(? AS {kind}) WHERE seq = ?", (bytes(changed), seq))  # noqa: S608 - a column of ours
    database.close()
    return end_of(ask(place))


def delete_first(past: Past, place: Path, chance: random.Random) -> str:
    """Delete the first entry."""

    def tamper(database: Database) -> int:
        first = _seqs(database)[0]
        database.run("DELETE FROM audit WHERE seq = ?", (first,))
        return first + 1

    return _with_key(past, place, tamper)


def delete_middle(past: Past, place: Path, chance: random.Random) -> str:
    """Delete an entry in the middle."""

    def tamper(database: Database) -> int:
        seq = chance.choice(_seqs(database)[1:-1])
        database.run("DELETE FROM audit WHERE seq = ?", (seq,))
        return seq + 1

    return _with_key(past, place, tamper)


def delete_last(past: Past, place: Path, chance: random.Random) -> str:
    """Delete the last entries, one or several."""

    def tamper(database: Database) -> None:
        seqs = _seqs(database)
        database.run("DELETE FROM audit WHERE seq > ?", (seqs[-1] - chance.randrange(1, len(seqs) // 2),))

    return _with_key_tail(past, place, tamper)


def _with_key_tail(past: Past, place: Path, tamper: Callable[[Database], object]) -> str:
    """As :func:`_with_key`, where the end is missing: the anchor tells how many entries are."""
    kept: list[int] = []

    def both(database: Database) -> None:
        before = len(_seqs(database))
        tamper(database)
        kept.append(before - len(_seqs(database)))

    put(place, dict(past.late))
    vault = open_clinic(place, PASSPHRASE, TickingClock(late_moment()), floor=CHEAP)
    with vault.scratch() as database:
        database.run("DROP TRIGGER audit_no_delete")
        both(database)
    vault.signed_in = False
    vault.close()
    answer = ask(place)
    missing = 0 if answer.found is None else answer.found.anchor.missing
    if not answer.detected:
        return "undetected"
    return "detected" if missing == kept[0] else f"detected, but {missing} missing instead of {kept[0]}"


_SWAPPED = (
    "form, moment, actor, roles, action, change, subjects, detail, state, key, previous_hash, entry_hash, signature"
)


def _swap(database: Database, one: int, other: int) -> None:
    """Let two entries change places."""
    names = _SWAPPED.split(", ")
    rows = [database.rows(f"SELECT {_SWAPPED} FROM audit WHERE seq = ?", (seq,))[0] for seq in (one, other)]  # noqa: S608 - columns of ours
    sets = ", ".join(f"{name} = ?" for name in names)
    for seq, row in ((one, rows[1]), (other, rows[0])):
        database.run(f"UPDATE audit SET {sets} WHERE seq = ?", (*row, seq))  # noqa: S608 - columns of ours


def reorder(past: Past, place: Path, chance: random.Random) -> str:
    """Let two entries change places."""

    def tamper(database: Database) -> int:
        one, other = sorted(chance.sample(_seqs(database), 2))
        _swap(database, one, other)
        return one

    return _with_key(past, place, tamper)


def _insert_copy(database: Database, seq: int, at: int) -> None:
    for each in sorted((s for s in _seqs(database) if s >= at), reverse=True):
        database.run("UPDATE audit SET seq = seq + 1 WHERE seq = ?", (each,))
    row = database.rows(f"SELECT {_SWAPPED} FROM audit WHERE seq = ?", (seq if seq < at else seq + 1,))[0]  # noqa: S608 - columns of ours
    marks = ", ".join("?" * (len(row) + 1))
    database.run(f"INSERT INTO audit(seq, {_SWAPPED}) VALUES ({marks})", (at, *row))  # noqa: S608 - columns of ours


def duplicate(past: Past, place: Path, chance: random.Random) -> str:
    """Write an entry a second time, right after itself."""

    def tamper(database: Database) -> int:
        seq = chance.choice(_seqs(database)[:-1])
        _insert_copy(database, seq, seq + 1)
        return seq + 1

    return _with_key(past, place, tamper)


def _rechain(database: Database, start: int, signer: Signer) -> None:
    """Write all entries from one on anew, bound and signed with another key."""
    later = [entry for entry in entries(database) if entry.seq >= start]
    database.run("DELETE FROM audit WHERE seq >= ?", (start,))
    for entry in later:
        act = Act(
            moment=entry.moment,
            actor=entry.actor,
            roles=entry.roles,
            action=entry.action,
            subjects=entry.persons,
            detail=entry.detail,
            change=entry.change,
            state=entry.state,
        )
        append(database, act, signer)


def insert(past: Past, place: Path, chance: random.Random) -> str:
    """Write an entry in between that nobody signed rightly, and bind what follows to it."""

    def tamper(database: Database) -> int:
        at = chance.choice(_seqs(database)[2:])
        later = [entry for entry in entries(database) if entry.seq >= at]
        database.run("DELETE FROM audit WHERE seq >= ?", (at,))
        forger = Signer(chance.randbytes(32))
        append(database, Act("2025-07-01T00:00:00+00:00", "user-1", "clinician", "record.view", ("p1",)), forger)
        for entry in later:
            act = Act(entry.moment, entry.actor, entry.roles, entry.action, entry.persons, entry.detail, entry.change)
            append(database, act, forger)
        return at

    return _with_key(past, place, tamper)


def rechain(past: Past, place: Path, chance: random.Random) -> str:
    """Change an entry and bind and sign it and all after it anew, with a key of one's own."""

    def tamper(database: Database) -> int:
        at = chance.choice(_seqs(database)[2:])
        database.run("UPDATE audit SET detail = '{}' WHERE seq = ?", (at,))
        _rechain(database, at, Signer(chance.randbytes(32)))
        return at

    return _with_key(past, place, tamper)


def clock_back(past: Past, place: Path, chance: random.Random) -> str:
    """Give an entry an earlier moment."""

    def tamper(database: Database) -> int:
        seq = chance.choice(_seqs(database)[1:])
        database.run("UPDATE audit SET moment = '2001-01-01T00:00:00+00:00' WHERE seq = ?", (seq,))
        return seq

    return _with_key(past, place, tamper)


def other_user(past: Past, place: Path, chance: random.Random) -> str:
    """Say that somebody else did it."""

    def tamper(database: Database) -> int:
        seq = chance.choice(_seqs(database))
        database.run("UPDATE audit SET actor = 'user-2' WHERE seq = ?", (seq,))
        return seq

    return _with_key(past, place, tamper)


def swapped_file(past: Past, place: Path, chance: random.Random) -> str:
    """Put the database of an earlier day there, and the newer one's anchor beside it."""
    put(place, {**past.early, **{name: past.late[name] for name in FILES}})
    return end_of(ask(place, OLD_PASSPHRASE))


def no_anchor(past: Past, place: Path, chance: random.Random) -> str:
    """Delete the anchor: one file or both."""
    gone = chance.choice([FILES, FILES[:1], FILES[1:]])
    put(place, {name: content for name, content in past.late.items() if name not in gone})
    return end_of(ask(place))


_ROW_EDITS = (
    "UPDATE measurement SET number = number + 1"
    " WHERE key = (SELECT key FROM measurement ORDER BY key LIMIT 1 OFFSET ?)",
    "DELETE FROM measurement WHERE key = (SELECT key FROM measurement ORDER BY key LIMIT 1 OFFSET ?)",
    "UPDATE patient SET phone = '555-9999' WHERE key = 1 + ? % 80",
    "UPDATE visit SET day = day - 1 WHERE key = 1 + ? % 80",
    "UPDATE attribute SET last_on = last_on + 1 WHERE patient = 1 + ? % 80",
    "INSERT INTO measurement(key, number, change) VALUES (((1 + ?) << 24) | (9 << 8) | 1, 5.5, 2)",
    "UPDATE measurement_past SET number = 1 WHERE past = 1 + ? % 5",
)


def edit_rows(past: Past, place: Path, chance: random.Random) -> str:
    """Change, delete or add one row of the record, past the store."""
    put(place, dict(past.late))
    vault = open_clinic(place, PASSPHRASE, TickingClock(late_moment()), floor=CHEAP)
    with vault.scratch() as database:
        database.run(chance.choice(_ROW_EDITS), (chance.randrange(60),))
    vault.close()
    answer = ask(place)
    if not answer.detected or answer.found is None:
        return "undetected"
    named = [finding for finding in answer.found.findings if finding.table and finding.person]
    return "detected" if named else "detected, but the person was not named"
