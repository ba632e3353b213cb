"""Entries of the audit: who did what to whom, each bound to the one before and signed by who acted.

    entry -> canonical JSON -> SHA-256 -> Ed25519 (RFC 8032) by the acting user

The first entry is bound to the id of the store. Entries hold ids, counts and names of fields, never a value of a
patient. A store from before there was a chain keeps its old entries; the first signed one binds them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from engine.store.database import Cell, Database

FORM = 1  # of the canonical JSON; stands in every signed entry
_SAID = "seq, form, moment, actor, roles, action, change, subjects, detail, state, key"
_COLUMNS = f"{_SAID}, previous_hash, entry_hash, signature"


class Signing(Protocol):
    """Signs with the key of one user; ``public`` is the raw public key."""

    @property
    def public(self) -> bytes:
        """The raw 32-byte public key."""

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of a message."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain. ``hash`` of an empty chain is that of the store's id."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it stands in the store.

    ``form`` is None, and the last five fields are empty, in entries from before there was a chain. ``state`` is the
    root over the rows that ``change`` wrote; ``key`` the public key that signed, in hex.
    """

    seq: int
    form: int | None
    moment: str
    actor: str
    roles: str
    action: str
    change: int | None
    subjects: str
    detail: str
    state: str
    key: str
    previous_hash: str
    hash: str
    signature: str

    def canonical(self) -> bytes:
        """Return what is hashed: everything but the hash and the signature."""
        return _canonical(
            {
                "form": self.form,
                "seq": self.seq,
                "moment": self.moment,
                "actor": self.actor,
                "roles": self.roles,
                "action": self.action,
                "change": self.change,
                "subjects": self.subjects,
                "detail": self.detail,
                "state": self.state,
                "key": self.key,
                "previous_hash": self.previous_hash,
            }
        )

    def digest(self) -> str:
        """Return the hash that the entry should have."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @property
    def persons(self) -> tuple[str, ...]:
        """The ids of the persons concerned."""
        return tuple(_list(self.subjects))

    @property
    def details(self) -> Mapping[str, Any]:
        """What the entry adds."""
        found = _plain(self.detail)
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be written down. ``subjects``: ids of persons; ``detail``: JSON of counts, names of fields and ids."""

    moment: str
    actor: str
    roles: str
    action: str
    subjects: Sequence[str] = ()
    detail: str = "{}"
    change: int | None = None
    state: str = ""


def detail_text(detail: Mapping[str, Cell]) -> str:
    """Return the detail of an entry as JSON."""
    return json.dumps(detail, sort_keys=True, separators=(",", ":"))


def genesis(store_id: str) -> str:
    """Return the hash that the first entry of a store is bound to."""
    return hashlib.sha256(f"lantern audit {FORM} {store_id}".encode()).hexdigest()


def head_of(database: Database) -> Head:
    """Return the last entry's number and hash; an entry without a hash counts as the beginning."""
    rows = database.rows("SELECT seq, entry_hash FROM audit ORDER BY seq DESC LIMIT 1")
    seq, hash_ = rows[0] if rows else (0, None)
    return Head(int(seq), hash_ or genesis(_store_id(database)))


def _store_id(database: Database) -> str:
    return str(database.rows("SELECT id FROM store")[0][0])


def append(database: Database, act: Act, signer: Signing, after: str | None = None) -> Head:
    """Write an entry after the last one, within the transaction that is open; return it as the new head.

    ``after``: what it is bound to instead of the last one's hash, where the last one has none.
    """
    last = head_of(database)
    entry = Entry(
        seq=last.seq + 1,
        form=FORM,
        moment=act.moment,
        actor=act.actor,
        roles=act.roles,
        action=act.action,
        change=act.change,
        subjects=json.dumps(list(act.subjects)),
        detail=act.detail,
        state=act.state,
        key=signer.public.hex(),
        previous_hash=after or last.hash,
        hash="",
        signature="",
    )
    hash_ = entry.digest()
    signature = signer.sign(bytes.fromhex(hash_)).hex()
    database.run(
        f"INSERT INTO audit({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own columns
        (
            entry.seq,
            entry.form,
            entry.moment,
            entry.actor,
            entry.roles,
            entry.action,
            entry.change,
            entry.subjects,
            entry.detail,
            entry.state,
            entry.key,
            entry.previous_hash,
            hash_,
            signature,
        ),
    )
    return Head(entry.seq, hash_)


def entries(database: Database, after: int = 0, size: int = 5_000) -> Iterator[Entry]:
    """Yield the entries after a number, in order."""
    sql = f"SELECT {_COLUMNS} FROM audit WHERE seq > ? ORDER BY seq"  # noqa: S608 - our own columns
    for some in database.stream(sql, (after,), size):
        for row in some:
            yield _entry(row)


def newest_entries(
    database: Database, condition: str, values: Sequence[Cell], before: int | None, most: int
) -> list[Entry]:
    """Return the newest entries older than ``before`` for which a condition of ours on columns of the audit holds."""
    older = "" if before is None else " AND seq < ?"
    sql = f"SELECT {_COLUMNS} FROM audit WHERE {condition}{older} ORDER BY seq DESC LIMIT ?"  # noqa: S608 - our own
    own = [*values, *(() if before is None else (before,)), most]
    return [_entry(row) for row in database.rows(sql, own)]


def entry_hash(database: Database, seq: int) -> str | None:
    """Return the hash of an entry; None where there is none."""
    rows = database.rows("SELECT entry_hash FROM audit WHERE seq = ?", (seq,))
    return None if not rows or rows[0][0] is None else str(rows[0][0])


def digest_before(database: Database) -> tuple[int, str]:
    """Return how many entries there are without a signature, and a digest over them."""
    found, count = hashlib.sha256(), 0
    for entry in entries(database):
        if entry.form is None:
            found.update(entry.canonical() + b"\n")
            count += 1
    return count, found.hexdigest()


def _entry(row: Sequence[Any]) -> Entry:
    texts = ["" if cell is None else str(cell) for cell in row]
    moment, actor, roles, action = texts[2:6]
    subjects, detail, state, key, previous_hash, hash_, signature = texts[7:]
    return Entry(
        seq=int(row[0]),
        form=_number(row[1]),
        moment=moment,
        actor=actor,
        roles=roles,
        action=action,
        change=_number(row[6]),
        subjects=subjects,
        detail=detail,
        state=state,
        key=key,
        previous_hash=previous_hash,
        hash=hash_,
        signature=signature,
    )


def _number(cell: object) -> int | None:
    """Return a number or None as it stands there; what is neither is a number that no entry has."""
    return cell if cell is None or isinstance(cell, int) else -1


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def _plain(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _list(text: str) -> list[str]:
    found = _plain(text)
    return [str(each) for each in found] if isinstance(found, list) else []
