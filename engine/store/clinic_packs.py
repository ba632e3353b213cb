"""The packs of a clinic: which digest each has, and whether it speaks. Their folders lie beside the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from engine.domain.clinic_packs import ClinicPack, PackOrigin, PackState
from engine.domain.results import PackRef
from engine.errors import UsageError
from engine.store.database import Row
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.vault import Change, Vault

_FOLDER = "packs"
_COLUMNS = (
    "id, version, digest, origin, parent, parent_version, parent_digest, added_by, added_at, state, since, reason"
)


@needs(Permission.CLINIC_READ)
def packs_folder(vault: Vault) -> Path:
    """Return where the folders of a clinic's own packs lie; it need not exist."""
    return vault.folder / _FOLDER


@needs(Permission.CLINIC_READ)
def clinic_packs(vault: Vault) -> tuple[ClinicPack, ...]:
    """Return every pack that the clinic keeps or took out of use, as it stands now, by id."""
    rows = vault.rows(f"SELECT {_COLUMNS} FROM clinic_pack WHERE ended IS NULL ORDER BY id")  # noqa: S608 - our own columns
    return tuple(_pack(row) for row in rows)


@needs(Permission.CLINIC_CHANGE)
def add_clinic_pack(
    vault: Vault,
    ref: PackRef,
    origin: PackOrigin,
    actor: str,
    *,
    parent: PackRef | None = None,
    state: PackState = PackState.ON,
    reason: str | None = None,
) -> ClinicPack:
    """Keep a pack, in place of an earlier version of the same id, and return what is kept.

    The folder is put in place before: a row without its folder is a pack that is refused, never a wrong number.
    """
    now = vault.clock.now()
    pack = ClinicPack(ref, origin, actor, now, state, now, parent, reason)
    with vault.change(actor, "pack.add") as change:
        _write(change, pack)
    return pack


@needs(Permission.CLINIC_CHANGE)
def set_clinic_pack_state(
    vault: Vault, pack_id: str, state: PackState, actor: str, reason: str | None = None
) -> ClinicPack:
    """Switch a kept pack on or off, or withdraw it, and return it as it stands now. The earlier state stays in history.

    Raises:
        UsageError: ``pack_not_kept`` when the clinic keeps no pack of this id.
    """
    found = next((pack for pack in clinic_packs(vault) if pack.ref.id == pack_id), None)
    if found is None:
        raise UsageError("pack_not_kept", pack=pack_id)
    pack = replace(found, state=state, since=vault.clock.now(), reason=reason)
    with vault.change(actor, f"pack.{state}") as change:
        _write(change, pack)
    return pack


def _write(change: Change, pack: ClinicPack) -> None:
    parent = pack.parent
    change.run("UPDATE clinic_pack SET ended = ? WHERE id = ? AND ended IS NULL", (change.id, pack.ref.id))
    change.run(
        f"INSERT INTO clinic_pack({_COLUMNS}, change) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own columns
        (
            pack.ref.id,
            pack.ref.version,
            pack.ref.digest,
            pack.origin.value,
            None if parent is None else parent.id,
            None if parent is None else parent.version,
            None if parent is None else parent.digest,
            pack.added_by,
            pack.added_at.isoformat(),
            pack.state.value,
            pack.since.isoformat(),
            pack.reason,
            change.id,
        ),
    )
    change.note(pack=pack.ref.id, version=pack.ref.version, digest=pack.ref.digest, origin=pack.origin.value)


def _pack(row: Row) -> ClinicPack:
    id_, version, digest, origin, parent, parent_version, parent_digest, added_by, added_at, state, since, reason = row
    return ClinicPack(
        ref=PackRef(id_, version, digest),
        origin=PackOrigin(origin),
        added_by=added_by,
        added_at=datetime.fromisoformat(added_at),
        state=PackState(state),
        since=datetime.fromisoformat(since),
        parent=None if parent is None else PackRef(parent, parent_version, parent_digest),
        reason=reason,
    )
