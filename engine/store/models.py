"""Models that were trained, stage by stage: draft, shadow, approved, retired. Their folders lie beside the store.

Only an approved version is among the clinic's packs; both are written in one change, so no other ever speaks. Approving
takes two administrators, or one with a reason and an item that waits for a review.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from engine.domain.clinic_packs import ClinicPack, PackOrigin, PackState
from engine.domain.models import KeptModel, KeptVerdict, ModelStage, ModelState, ModelVerdict, VerdictReason
from engine.domain.results import PackRef
from engine.errors import PackError, UsageError
from engine.store.clinic_packs import clinic_packs, write_clinic_pack
from engine.store.database import Cell
from engine.store.gate import inner, needs
from engine.store.permissions import Permission
from engine.store.review_items import Review, ReviewKind, new_review, write_review
from engine.store.roles import Role
from engine.store.settings import actor_names
from engine.store.slots import FLOOR, Cost
from engine.store.two_people import Second, agreed_by_two, given_reason
from engine.store.vault import Change, Vault

_STAGE_COLUMNS = "stage, since, outcome, threshold, second, one_signature, reason"
_APPROVED = ModelStage.APPROVED


@dataclass(frozen=True, slots=True)
class Agreement:
    """What approving takes: the passphrase of who has the clinic open, who else agrees, or why nobody does."""

    secret: str
    second: Second | None = None
    reason: str = ""
    floor: Cost = FLOOR


@needs(Permission.CLINIC_READ)
def kept_models(vault: Vault) -> tuple[KeptModel, ...]:
    """Return every version of every model with all its stages and its last verdict, by id, the oldest version first."""
    rows = vault.rows("SELECT key, id, version, digest, origin FROM model ORDER BY id, key")
    stages, verdicts = _stages(vault), _verdicts(vault)
    return tuple(
        KeptModel(
            PackRef(id_, version, digest),
            PackOrigin(origin),
            tuple(state for state, _, _ in stages[key]),
            outcome=stages[key][-1][1],
            threshold=stages[key][-1][2],
            verdict=verdicts.get(key),
        )
        for key, id_, version, digest, origin in rows
    )


@needs(Permission.CLINIC_CHANGE)
def add_model(vault: Vault, ref: PackRef, origin: PackOrigin, actor: str) -> None:
    """Keep a version as a draft; one that is kept already stays what it is.

    Raises:
        PackError: ``pack_version_taken`` when another pack of this id has its version.
    """
    if any(model.ref == ref for model in kept_models(vault)):
        return
    if any((model.ref.id, model.ref.version) == (ref.id, ref.version) for model in kept_models(vault)):
        raise PackError("pack_version_taken", pack=ref.id, version=ref.version)
    with vault.change(actor, "model.draft") as change:
        key = change.run(
            "INSERT INTO model(id, version, digest, origin, change) VALUES (?, ?, ?, ?, ?)",
            (ref.id, ref.version, ref.digest, origin.value, change.id),
        )
        _put_stage(change, key, ModelState(ModelStage.DRAFT, vault.clock.now(), actor))
        _note(change, ref)


@needs(Permission.CLINIC_CHANGE)
def begin_shadow(vault: Vault, ref: PackRef, outcome: str | None, threshold: float | None, actor: str) -> None:
    """Let a draft, or a version that was retired, answer silently at new visits from now on.

    Raises:
        UsageError: ``model_unknown``; ``model_stage_...`` when it is in shadow or approved.
    """
    model = _kept(vault, ref)
    if model.watched:
        raise stage_error(model)
    with vault.change(actor, "model.shadow") as change:
        state = ModelState(ModelStage.SHADOW, vault.clock.now(), actor)
        _put_stage(change, _key(change, ref), state, outcome, threshold)
        _note(change, ref)


@needs(Permission.CLINIC_CHANGE)
def approve_model(vault: Vault, ref: PackRef, agreement: Agreement, actor: str) -> None:
    """Let a version speak in the clinic; another version of it that spoke is retired in the same change.

    Raises:
        UsageError: ``model_unknown``; ``model_stage_...`` unless it is in shadow, or was approved before;
            ``model_do_not_use`` when that is its last verdict; ``reason_needed`` where nobody else can agree, or where
            the verdict is not that it is calibrated.
        AccessError: ``access_two_people``. PassphraseError: ``passphrase_wrong``, ``second_passphrase_wrong``.
    """
    model = _kept(vault, ref)
    again = model.stage is ModelStage.RETIRED and model.once_approved
    if model.stage is not ModelStage.SHADOW and not again:
        raise stage_error(model)
    said = _verdict_that_counts(model)
    if said is ModelVerdict.DO_NOT_USE:
        raise UsageError("model_do_not_use", model=ref.id, version=ref.version)
    told = agreed_by_two(
        vault, agreement.secret, Role.ADMINISTRATOR, agreement.second, agreement.reason, floor=agreement.floor
    )
    reason = given_reason(agreement.reason) if agreement.reason or said is not ModelVerdict.CALIBRATED else None
    now = vault.clock.now()
    alone = bool(told.get("one_signature"))
    state = ModelState(_APPROVED, now, actor, _text(told.get("second")), alone, reason)
    before = [each for each in kept_models(vault) if each.ref.id == ref.id and each.stage is _APPROVED]
    with vault.change(actor, "model.approve") as change:
        for each in before:
            _put_stage(change, _key(change, each.ref), ModelState(ModelStage.RETIRED, now, actor), *_watch(each))
        _put_stage(change, _key(change, ref), state, *_watch(model))
        write_clinic_pack(change, ClinicPack(ref, model.origin, actor, now, PackState.ON, now))
        change.note(**{name: value for name, value in told.items() if name != "reason"}, verdict=said)
        _note(change, ref)
        if alone:
            write_review(change, _one_signature(vault, ref, reason or "", actor, now))


@needs(Permission.CLINIC_CHANGE)
def retire_model(vault: Vault, ref: PackRef, reason: str, actor: str) -> None:
    """Take a version out of use; its folder, its numbers and what was said of it stay.

    Raises:
        UsageError: ``model_unknown``; ``model_stage_...`` when it is retired already; ``reason_needed``.
    """
    model, why = _kept(vault, ref), given_reason(reason)
    if model.stage is ModelStage.RETIRED:
        raise stage_error(model)
    now = vault.clock.now()
    speaking = next((pack for pack in clinic_packs(vault) if pack.ref == ref), None)
    with vault.change(actor, "model.retire") as change:
        _put_stage(change, _key(change, ref), ModelState(ModelStage.RETIRED, now, actor, reason=why), *_watch(model))
        if speaking is not None and speaking.state is PackState.ON:
            write_clinic_pack(change, replace(speaking, state=PackState.OFF, since=now, reason=why))
        _note(change, ref)


def stage_error(model: KeptModel) -> UsageError:
    """Return what is told where a version cannot do something at its present stage: ``model_stage_<stage>``."""
    return UsageError(f"model_stage_{model.stage}", model=model.ref.id, version=model.ref.version)


@inner
def _kept(vault: Vault, ref: PackRef) -> KeptModel:
    found = next((model for model in kept_models(vault) if model.ref == ref), None)
    if found is None:
        raise UsageError("model_unknown", model=ref.id)
    return found


def _verdict_that_counts(model: KeptModel) -> ModelVerdict | None:
    """Return the last verdict; one from before the present shadow began speaks against a version, but not for it."""
    if model.verdict is None:
        return None
    before = model.stage is ModelStage.SHADOW and model.began is not None and model.verdict.made_at < model.began
    return None if before and model.verdict.verdict is not ModelVerdict.DO_NOT_USE else model.verdict.verdict


def _one_signature(vault: Vault, ref: PackRef, reason: str, actor: str, now: datetime) -> Review:
    named = f"{ref.id} {ref.version}"
    return Review(new_review(vault), actor, "", "model.approve", reason, now, ReviewKind.ONE_SIGNATURE, named)


def _watch(model: KeptModel) -> tuple[str | None, float | None]:
    return model.outcome, model.threshold


def _key(change: Change, ref: PackRef) -> int:
    return int(change.rows("SELECT key FROM model WHERE digest = ?", (ref.digest,))[0][0])


def _put_stage(
    change: Change, model: int, state: ModelState, outcome: str | None = None, threshold: float | None = None
) -> None:
    change.run("UPDATE model_stage SET ended = ? WHERE model = ? AND ended IS NULL", (change.id, model))
    change.run(
        f"INSERT INTO model_stage(model, {_STAGE_COLUMNS}, change) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own columns
        (
            model,
            state.stage.value,
            state.since.isoformat(),
            outcome,
            threshold,
            state.second,
            int(state.one_signature),
            state.reason,
            change.id,
        ),
    )


def _note(change: Change, ref: PackRef) -> None:
    change.note(pack=ref.id, version=ref.version, digest=ref.digest)


def _stages(vault: Vault) -> Mapping[int, list[tuple[ModelState, str | None, float | None]]]:
    name_of = actor_names(vault)
    found: dict[int, list[tuple[ModelState, str | None, float | None]]] = {}
    rows = vault.rows(
        f"SELECT model, actor, {_STAGE_COLUMNS} FROM model_stage"  # noqa: S608 - our own columns
        " JOIN change ON change.key = model_stage.change ORDER BY model_stage.key"
    )
    for model, actor, stage, since, outcome, threshold, second, alone, reason in rows:
        state = ModelState(
            ModelStage(stage),
            datetime.fromisoformat(since),
            name_of(actor),
            None if second is None else name_of(second),
            bool(alone),
            reason,
        )
        found.setdefault(model, []).append((state, outcome, threshold))
    return found


def _verdicts(vault: Vault) -> Mapping[int, KeptVerdict]:
    name_of = actor_names(vault)
    rows = vault.rows(
        "SELECT model, made_at, actor, verdict, reasons, figures FROM model_verdict"
        " JOIN change ON change.key = model_verdict.change ORDER BY model_verdict.key"
    )
    return {
        model: KeptVerdict(
            ModelVerdict(verdict),
            tuple(map(VerdictReason, reasons.split())),
            datetime.fromisoformat(made_at),
            name_of(actor),
            json.loads(figures),
        )
        for model, made_at, actor, verdict, reasons, figures in rows
    }


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)
