"""What models say silently at visits, what outcomes said of them, and the month that was looked at last."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.domain.models import DriftKind, ModelVerdict, Prediction, VerdictReason
from engine.domain.results import PackRef
from engine.errors import UsageError
from engine.store.gate import needs
from engine.store.groups import select_in
from engine.store.permissions import Permission
from engine.store.review_items import Review, ReviewKind, new_review, write_review
from engine.store.settings import write_setting
from engine.store.vault import Vault

_MONTH = "drift."
_SHORT = 16  # signs of a digest


@dataclass(frozen=True, slots=True)
class Said:
    """What one model said silently at some visits of one risk of it."""

    model: PackRef
    output: str
    predictions: Sequence[Prediction]


@needs(Permission.RECORD_READ)
def without_prediction(vault: Vault, model: PackRef, visit_ids: Iterable[str]) -> frozenset[str]:
    """Return at which of these visits a model has not answered yet."""
    wanted, key = frozenset(visit_ids), vault.one("SELECT key FROM model WHERE digest = ?", (model.digest,))
    if key is None:
        return wanted
    sql = (
        "SELECT visit.id, model FROM json_each(?) AS wanted CROSS JOIN visit ON visit.id = wanted.value"
        " JOIN model_prediction ON model_prediction.visit = visit.key"
    )
    return wanted - {visit for visit, model_key in select_in(vault, sql, sorted(wanted)) if model_key == key[0]}


@needs(Permission.RECORD_WRITE)
def save_predictions(vault: Vault, said: Sequence[Said], actor: str) -> int:
    """Keep what models said silently, in one transaction; a visit at which one answered before keeps that answer.

    Returns how many are new.

    Raises:
        UsageError: ``model_unknown``, ``visit_unknown``.
    """
    models: dict[str, int] = dict(vault.rows("SELECT digest, key FROM model"))
    visits = _visit_keys(vault, {each.visit_id for one in said for each in one.predictions})
    now, kept = vault.clock.now().isoformat(), 0
    with vault.change(actor, "model.predict") as change:
        for one in said:
            if one.model.digest not in models:
                raise UsageError("model_unknown", model=one.model.id)
            model = models[one.model.digest]
            fresh = without_prediction(vault, one.model, (each.visit_id for each in one.predictions))
            rows = [
                (visits[each.visit_id], model, one.output, each.number, now, change.id)
                for each in one.predictions
                if each.visit_id in fresh
            ]
            change.many(
                "INSERT INTO model_prediction(visit, model, output, number, made_at, change) VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )
            kept += len(rows)
        change.note(predictions=kept, models=len(said))
    return kept


@needs(Permission.RECORD_READ)
def predictions_of(vault: Vault, model: PackRef) -> tuple[Prediction, ...]:
    """Return what a model said silently at the visits that still count, the first one first."""
    rows = vault.rows(
        "SELECT visit.id, number FROM model_prediction JOIN model ON model.key = model_prediction.model"
        " JOIN visit ON visit.key = model_prediction.visit"
        " WHERE model.digest = ? AND visit.ended IS NULL ORDER BY model_prediction.key",
        (model.digest,),
    )
    return tuple(Prediction(visit, number) for visit, number in rows)


@needs(Permission.CLINIC_READ)
def people_answered(vault: Vault, model: PackRef) -> int:
    """Return for how many people a model has given a number silently: a count, for who may see nobody."""
    found = vault.one(
        "SELECT count(DISTINCT patient.root) FROM model_prediction JOIN model ON model.key = model_prediction.model"
        " JOIN visit ON visit.key = model_prediction.visit JOIN patient ON patient.key = visit.patient"
        " WHERE model.digest = ? AND visit.ended IS NULL AND number IS NOT NULL",
        (model.digest,),
    )
    return int(found[0]) if found else 0


@needs(Permission.RECORD_WRITE)
def save_verdict(
    vault: Vault,
    model: PackRef,
    verdict: ModelVerdict,
    reasons: Sequence[VerdictReason],
    figures: Mapping[str, float | int | None],
    actor: str,
) -> None:
    """Keep what outcomes say of a model today; earlier verdicts stay.

    Raises:
        UsageError: ``model_unknown``.
    """
    key = vault.one("SELECT key FROM model WHERE digest = ?", (model.digest,))
    if key is None:
        raise UsageError("model_unknown", model=model.id)
    with vault.change(actor, "model.verdict") as change:
        change.run(
            "INSERT INTO model_verdict(model, made_at, verdict, reasons, figures, change) VALUES (?, ?, ?, ?, ?, ?)",
            (
                key[0],
                vault.clock.now().isoformat(),
                verdict.value,
                " ".join(reasons),
                json.dumps(dict(figures), sort_keys=True),
                change.id,
            ),
        )
        change.note(pack=model.id, version=model.version, digest=model.digest, verdict=verdict.value)


@needs(Permission.CLINIC_READ)
def month_looked_at(vault: Vault, model: PackRef) -> date | None:
    """Return the last month (its first day) that was looked at for a model; None: none yet."""
    found = vault.one("SELECT value FROM setting WHERE name = ? AND ended IS NULL", (_name(model),))
    return None if found is None else date.fromisoformat(json.loads(found[0]))


@needs(Permission.RECORD_WRITE)
def note_month(vault: Vault, model: PackRef, month: date, warnings: Sequence[DriftKind], actor: str) -> None:
    """Remember that a month was looked at; where it warns, leave an item that waits until somebody has looked."""
    with vault.change(actor, "model.drift") as change:
        write_setting(change, _name(model), month.isoformat())
        change.note(pack=model.id, version=model.version, month=f"{month:%Y-%m}", warnings=len(warnings))
        if warnings:
            review = Review(
                id=new_review(vault),
                user_id=actor,
                person_id="",
                reason=" ".join(warnings),
                text=f"{month:%Y-%m}",
                opened=vault.clock.now(),
                kind=ReviewKind.DRIFT,
                whom=f"{model.id} {model.version}",
            )
            write_review(change, review)


def _name(model: PackRef) -> str:
    return f"{_MONTH}{model.digest[:_SHORT]}"


def _visit_keys(vault: Vault, ids: set[str]) -> Mapping[str, int]:
    sql = "SELECT visit.id, visit.key FROM json_each(?) AS wanted CROSS JOIN visit ON visit.id = wanted.value"
    found: dict[str, int] = dict(select_in(vault, sql, ids))
    if len(found) < len(ids):
        raise UsageError("visit_unknown")
    return found
