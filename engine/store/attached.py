"""Files of people: attached, listed, read, taken off with a reason. What they hold lies sealed beside the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum

from engine.domain.attached import AttachedFile, FileKind, LeftOut, NewFile
from engine.domain.plain import canonical_json
from engine.errors import UsageError
from engine.store.blobs import put_file, read_blob, write_blob
from engine.store.database import Row
from engine.store.gate import inner, needs
from engine.store.groups import RecordGroups
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.settings import actor_names
from engine.store.two_people import given_reason
from engine.store.vault import Vault

_OF_PEOPLE = (
    "SELECT attached.key, attached.id, attached.name, kind, plain_size, day, facts, left_out, moment, actor, blob,"
    " plain_sha256 FROM attached JOIN blob ON blob.key = attached.blob"
    " JOIN change ON change.key = attached.change"
    " WHERE attached.ended IS NULL AND patient IN (SELECT value FROM json_each(?)) ORDER BY attached.key"
)
_ID_BYTES = 16


class Reading(StrEnum):
    """What for a file is read: the word of the entry in the audit."""

    VIEW = "file.view"
    EXPORT = "file.export"


@needs(Permission.RECORD_WRITE, person=True)
def attach_file(vault: Vault, person_id: str, file: NewFile, *, actor: str) -> tuple[AttachedFile, bool]:
    """Keep a file for a person; return it, and whether it is new: one that the person has already is not kept twice.

    Raises:
        UsageError: ``person_unknown``. InputError: ``file_changed``, it was written to meanwhile.
        StoreError: the disk is full or failed; nothing is kept then.
    """
    patient = person_key(vault, person_id)
    put = put_file(vault, file)  # first: a lost file is made good even where the person has its row
    for row in _rows(vault, person_id):
        if row[-1] == file.sha256:
            return _attached(vault, row), False
    file_id = vault.random(_ID_BYTES).hex()
    day = file.day or vault.clock.today()
    with vault.change(actor, "file.attach", [person_id]) as change:
        change.run(
            "INSERT INTO attached(id, patient, blob, kind, name, day, facts, left_out, came_sha256, change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file_id,
                patient,
                write_blob(change, put, file),
                file.kind.value,
                file.name,
                day.isoformat(),
                canonical_json(dict(file.facts)).decode("utf-8"),
                " ".join(file.left_out),
                file.came_sha256,
                change.id,
            ),
        )
        change.note(file=file_id, kind=file.kind.value, bytes=file.size)
    return _attached(vault, _row(vault, person_id, file_id)), True


@needs(Permission.RECORD_READ, person=True)
def attached_files(vault: Vault, person_id: str) -> tuple[AttachedFile, ...]:
    """Return the files of a person, merged records included, the newest day first.

    Raises:
        UsageError: ``person_unknown``.
    """
    found = [_attached(vault, row) for row in _rows(vault, person_id)]
    return tuple(sorted(found, key=lambda file: (file.day, file.added_at), reverse=True))


@needs(Permission.RECORD_READ, person=True)
def read_attached(vault: Vault, person_id: str, file_id: str, reading: Reading) -> Iterator[bytes]:
    """Yield the content of a file piece by piece, after the audit has it; it counts only when the end is reached.

    Raises:
        UsageError: ``person_unknown``, ``attached_unknown``. AccessError: ``access_denied``.
        StoreError: ``attached_missing``, ``attached_damaged``, or why it cannot be read.
    """
    row = _row(vault, person_id, file_id)
    vault.note(reading.value, (person_id,), {"file": file_id, "kind": row[3]})
    yield from read_blob(vault, row[10])


@needs(Permission.RECORD_WRITE, person=True)
def remove_attached(vault: Vault, person_id: str, file_id: str, reason: str, *, actor: str) -> None:
    """Take a file off a record. It is shown and handed out no more, and stays sealed until the person is erased.

    Raises:
        UsageError: ``person_unknown``, ``attached_unknown``, ``reason_needed``.
    """
    row, said = _row(vault, person_id, file_id), given_reason(reason)
    with vault.change(actor, "file.remove", [person_id]) as change:
        change.run("UPDATE attached SET ended = ?, reason = ? WHERE key = ?", (change.id, said, row[0]))
        change.note(file=file_id, kind=row[3])


@needs(Permission.PERSON_EXPORT)
def held_files(vault: Vault, person_id: str) -> tuple[tuple[AttachedFile, int], ...]:
    """Return the files of a person, each with the key under which :func:`handed_out` reads it.

    Raises:
        UsageError: ``person_unknown``.
    """
    return tuple((_attached(vault, row), row[10]) for row in _rows(vault, person_id))


@needs(Permission.PERSON_EXPORT)
def handed_out(vault: Vault, blob: int) -> Iterator[bytes]:
    """Yield a content for an export of everything, of which the audit is told by itself.

    Raises:
        StoreError: ``attached_missing``, ``attached_damaged``, or why it cannot be read.
    """
    yield from read_blob(vault, blob)


@inner
def _rows(vault: Vault, person_id: str) -> list[Row]:
    members = json.dumps(list(RecordGroups(vault).of(person_key(vault, person_id))))
    return vault.rows(_OF_PEOPLE, (members,))


@inner
def _row(vault: Vault, person_id: str, file_id: str) -> Row:
    found = [row for row in _rows(vault, person_id) if row[1] == file_id]
    if not found:
        raise UsageError("attached_unknown")
    return found[0]


@inner
def _attached(vault: Vault, row: Row) -> AttachedFile:
    _, file_id, name, kind, size, day, facts, left_out, moment, actor, *_ = row
    return AttachedFile(
        id=file_id,
        name=name,
        kind=FileKind(kind),
        size=size,
        day=date.fromisoformat(day),
        facts=json.loads(facts),
        left_out=tuple(LeftOut(word) for word in left_out.split()),
        added_at=datetime.fromisoformat(moment),
        added_by=actor_names(vault)(actor),
    )
