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
        write_clinic_pack(change, pack)
    return pack


@needs(Permission.CLINIC_CHANGE)
def set_clinic_pack_state(
    vault: Vault, pack_id: str, state: PackState, actor: str, reason: str | None = None
) -> ClinicPack:
    """Switch a kept pack on or off, or withdraw it, and return it as it stands now. The earlier state stays in history.

    Raises:
        UsageError: ``pack_not_kept`` when the clinic keeps no pack of this id; ``model_not_approved``.
    """
    found = next((pack for pack in clinic_packs(vault) if pack.ref.id == pack_id), None)
    if found is None:
        raise UsageError("pack_not_kept", pack=pack_id)
    pack = replace(found, state=state, since=vault.clock.now(), reason=reason)
    with vault.change(actor, f"pack.{state}") as change:
        write_clinic_pack(change, pack)
        if state is PackState.WITHDRAWN:
            _retire(change, pack)
    return pack


def write_clinic_pack(change: Change, pack: ClinicPack) -> None:
    """Write how a pack stands from now on, within a change.

    Raises:
        UsageError: ``model_not_approved``: it was trained, and is to speak without having been approved.
    """
    if pack.state is PackState.ON:
        _check_stage(change, pack.ref)
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


def _check_stage(change: Change, ref: PackRef) -> None:
    stages = change.rows(
        "SELECT stage FROM model_stage JOIN model ON model.key = model_stage.model"
        " WHERE digest = ? AND model_stage.ended IS NULL",
        (ref.digest,),
    )
    if stages and stages[0][0] != "approved":
        raise UsageError("model_not_approved", model=ref.id, version=ref.version)


def _retire(change: Change, pack: ClinicPack) -> None:
    """A model that is withdrawn is out of use as a model too, for the same reason."""
    stages = change.rows(
        "SELECT model, outcome, threshold FROM model_stage JOIN model ON model.key = model_stage.model"
        " WHERE digest = ? AND model_stage.ended IS NULL AND stage <> 'retired'",
        (pack.ref.digest,),
    )
    for model, outcome, threshold in stages:
        change.run("UPDATE model_stage SET ended = ? WHERE model = ? AND ended IS NULL", (change.id, model))
        change.run(
            "INSERT INTO model_stage(model, stage, since, outcome, threshold, one_signature, reason, change)"
            " VALUES (?, 'retired', ?, ?, ?, 0, ?, ?)",
            (model, pack.since.isoformat(), outcome, threshold, pack.reason, change.id),
        )


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
