"""Erases one person: all rows in one transaction with its entry, then the pages they lay in.

What stays is the audit, which holds the random ids of the record and no value; a row that says who erased, when, why
and how much; and a digest of what was removed, under a key that the store does not keep: it is in the proof that a
person asked to be written outside the clinic's folder, and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from engine.errors import BugError, StoreError, UsageError
from engine.store.access import slots_at_hand
from engine.store.audit.checkpoint import checkpoint_of
from engine.store.audit.redact import redact
from engine.store.blobs import forget_blobs
from engine.store.database import Cell
from engine.store.erasure.notices import Notice, notices_of, sign_notice
from engine.store.erasure.scope import TABLES, Scope, count_and_digest, owners_of, scope_of, scope_of_ids
from engine.store.erasure.scrub import finish_erasures
from engine.store.erasure.shared import Shared
from engine.store.gate import inner, needs
from engine.store.identity import fold
from engine.store.permissions import Permission
from engine.store.settings import actor_names
from engine.store.slots import FLOOR, Cost, canonical
from engine.store.two_people import given_reason
from engine.store.vault import Change, Vault

PROOF_FORMAT = "lantern-erasure-proof/1"
_SALT_BYTES = 32
# Rows of these are never changed or deleted but here.
_KEPT = ("assessment", "assessment_result", "assessment_head", "assessment_range", "report", "seal", "model_prediction")
_SHORTEST_NAME, _SHORTEST_PART = 2, 3  # signs


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done. ``retention``: the rule and the day until which it asks to keep; ``basis``: why not so long.

    ``agreed``: what ``agreed_by_two`` found.
    """

    reason: str
    retention: str
    basis: str | None = None
    agreed: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was removed: rows of each table.

    ``digest`` is that of the rows under ``salt``, which the store does not keep.

    ``finished``: the pages were rewritten too; else that is done when the clinic is next opened.
    """

    notice: Notice
    counts: Mapping[str, int]
    digest: str
    salt: str
    checkpoint: str
    finished: bool


@dataclass(frozen=True, slots=True)
class PastErasure:
    """An erasure as the store remembers it."""

    id: str
    at: datetime
    by: str
    persons: tuple[str, ...]
    reason: str
    retention: str
    basis: str | None
    counts: Mapping[str, int]
    digest: str


@needs(Permission.ERASE)
def would_erase(vault: Vault, person_id: str) -> dict[str, int]:
    """Return how many rows of each table are this person's.

    Raises:
        UsageError: ``person_unknown``.
    """
    return count_and_digest(vault, scope_of(vault, person_id), b"")[0]


@needs(Permission.ERASE)
def last_seen(vault: Vault, person_id: str) -> tuple[int | None, str | None]:
    """Return what a rule of retention asks: the day of the last visit (``date.toordinal``) and the date of birth.

    Raises:
        UsageError: ``person_unknown``.
    """
    keys = json.dumps(list(scope_of(vault, person_id).patients))
    last = vault.one(
        "SELECT max(day) FROM visit WHERE patient IN (SELECT value FROM json_each(?)) AND ended IS NULL", (keys,)
    )
    born = vault.one("SELECT max(birth_date) FROM patient WHERE key IN (SELECT value FROM json_each(?))", (keys,))
    return (None if last is None else last[0], None if born is None else born[0])


@needs(Permission.ERASE)
def erase_person(vault: Vault, person_id: str, order: Order, secret: str, *, floor: Cost = FLOOR) -> Erased:
    """Erase one person, merged records included. ``secret`` is the passphrase of who erases, typed again.

    Raises:
        PassphraseError: ``passphrase_wrong``.
        UsageError: ``person_unknown``; ``reason_needed``; ``erase_reason_names`` where the reason names the person.
        StoreError: it cannot be written, or a backup is being made just now; nothing was removed then.
    """
    vault.check_not_copying()
    data_key = slots_at_hand(vault, secret, floor).keys.data_key
    scope = scope_of(vault, person_id)
    _check_reason(vault, scope, given_reason(order.reason))
    salt = vault.random(_SALT_BYTES)
    notice = sign_notice(vault, scope.persons)
    counts, digest = _erase(vault, scope, "person.erase", order, notice, salt)
    checkpoint = str(checkpoint_of(vault.ledger.database))
    try:
        finish_erasures(vault, data_key)
    except StoreError:
        return Erased(notice, counts, digest, salt.hex(), checkpoint, finished=False)
    return Erased(notice, counts, digest, salt.hex(), checkpoint, finished=True)


@inner
def erase_again(vault: Vault, notice: Notice) -> bool:
    """Erase whom a notice names from a store of an earlier day; return whether any of them was there."""
    scope = scope_of_ids(vault, notice.persons)
    if scope is None:
        return False
    _erase(vault, scope, "person.erase_again", Order(reason="", retention=""), notice, vault.random(_SALT_BYTES))
    return True


@needs(Permission.ERASE)
def erasures(vault: Vault) -> tuple[PastErasure, ...]:
    """Return all erasures, the first one first."""
    name_of = actor_names(vault)
    rows = vault.rows(
        "SELECT id, moment, actor, persons, reason, retention, basis, counts, digest FROM erasure"
        " JOIN change ON change.key = erasure.change ORDER BY erasure.key"
    )
    return tuple(
        PastErasure(
            id=id_,
            at=datetime.fromisoformat(moment),
            by=name_of(actor),
            persons=tuple(json.loads(persons)),
            reason=reason,
            retention=retention,
            basis=basis,
            counts=json.loads(counts),
            digest=digest,
        )
        for id_, moment, actor, persons, reason, retention, basis, counts, digest in rows
    )


@needs(Permission.ERASE)
def sign_proof(vault: Vault, proof: Mapping[str, object]) -> bytes:
    """Return a proof as canonical JSON, signed by who has the clinic open."""
    body = {"format": PROOF_FORMAT, **proof, "key": vault.signer.public.hex()}
    return canonical(body | {"signature": vault.signer.sign(canonical(body)).hex()}) + b"\n"


@needs(Permission.ERASE)
def erasure_notices(vault: Vault) -> tuple[Notice, ...]:
    """Return the notices of all erasures."""
    return notices_of(vault)


@inner
def _check_reason(vault: Vault, scope: Scope, reason: str) -> None:
    """The reason stays when the person goes.

    Raises:
        UsageError: ``erase_reason_names``.
    """
    text = fold(reason)
    words = set(re.findall(r"\w+", text))
    for row in vault.rows(
        "SELECT DISTINCT value FROM attribute JOIN field ON field.key = attribute.field"
        " WHERE field.name IN ('name', 'patient_id', 'phone') AND patient IN (SELECT value FROM json_each(?))",
        (json.dumps(list(scope.patients)),),
    ):
        said = fold(str(row[0])).strip()
        parts = {part for part in re.findall(r"\w+", said) if len(part) >= _SHORTEST_PART}
        if (len(said) >= _SHORTEST_NAME and said in text) or parts & words:
            raise UsageError("erase_reason_names")


def _stand_alone(change: Change, scope: Scope) -> None:
    """Show records that stay as themselves, where they were shown as one that goes."""
    keys = json.dumps(list(scope.patients))
    change.run(
        "UPDATE patient SET root = key WHERE root IN (SELECT value FROM json_each(?))"
        " AND key NOT IN (SELECT value FROM json_each(?))",
        (keys, keys),
    )


@inner
def _erase(
    vault: Vault, scope: Scope, action: str, order: Order, notice: Notice, salt: bytes
) -> tuple[dict[str, int], str]:
    counts, digest = count_and_digest(vault, scope, salt)
    with vault.change(vault.user.id, action, scope.persons) as change, _unlocked(change):
        owners = owners_of(scope)
        for unit, sql, keys in (
            (4, "SELECT DISTINCT visit FROM visit_move WHERE key IN (SELECT value FROM json_each(?))", scope.moves),
            (5, "SELECT DISTINCT absorbed FROM merge WHERE key IN (SELECT value FROM json_each(?))", scope.merges),
        ):
            owners[unit] = {row[0] for row in change.rows(sql, (json.dumps(list(keys)),))}
        shared = Shared(change, scope)
        _stand_alone(change, scope)
        for table in TABLES:
            where, values = scope.where(table)
            change.run(f"DELETE FROM {table} WHERE {where}", values)  # noqa: S608 - names of ours
        owners[19], owners[20] = shared.forget()
        owners[41] = forget_blobs(change)  # the files themselves go when the pages are rewritten
        emptied = redact(change, owners)
        _remember(change, notice, order, counts, digest, emptied)
        agreed = {name: value for name, value in order.agreed.items() if name != "reason"}
        change.note(erasure=notice.id, rows=sum(counts.values()), basis=order.basis, **agreed)
    return counts, digest


def _remember(
    change: Change,
    notice: Notice,
    order: Order,
    counts: Mapping[str, int],
    digest: str,
    emptied: list[int],
) -> None:
    change.run(
        "INSERT INTO erasure(id, persons, reason, retention, basis, counts, digest, notice, seals, change)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            notice.id,
            json.dumps(list(notice.persons)),
            order.reason,
            order.retention,
            order.basis,
            json.dumps(dict(counts), sort_keys=True),
            digest,
            notice.text,
            json.dumps(emptied),
            change.id,
        ),
    )
    change.run("INSERT OR IGNORE INTO unscrubbed VALUES (?)", (notice.id,))


@contextmanager
def _unlocked(change: Change) -> Iterator[None]:
    """Lift what keeps rows from being changed or deleted, for the length of the block and within its transaction."""
    names = ", ".join(f"'{table}'" for table in _KEPT)
    triggers = change.rows(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({names})")  # noqa: S608 - names of ours
    if not triggers:
        raise BugError("erasure_triggers")
    for name, _ in triggers:
        change.run(f"DROP TRIGGER {name}")
    yield
    for _, sql in triggers:
        change.run(sql)
