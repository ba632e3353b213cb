"""The one-page verdict on a trained model: what its silent numbers were worth, and the figures that led to it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.models import KeptModel, ModelLook, ModelStage, ModelVerdict, Prediction, VerdictReason
from engine.domain.recalibration import Estimate
from engine.errors import UsageError
from engine.packs import Manifest
from engine.risk.recalibration.outputs import choose_output
from engine.risk.recalibration.records import follow_risks
from engine.risk.recalibration.rules import load_rules
from engine.risk.watch.rules import load_watch_rules
from engine.risk.watch.verdict import look
from engine.store import predictions_of, save_verdict
from engine.workflows.clinics import OpenClinic
from engine.workflows.measured_outcome import reached_at
from engine.workflows.models import find_model, outcome_named, pack_of
from engine.workflows.recalibrate import Recorded, read_recorded
from engine.workflows.shadow_run import answer_waiting


def judge_model(clinic: OpenClinic, name: str) -> ModelLook:
    """Hold a model against what became of the people it answered for, and keep the verdict; earlier ones stay.

    Raises:
        UsageError: ``model_unknown``; ``model_silent_never`` for a draft. PackError: the folder is gone, altered, or
            gives no risk.
    """
    model = find_model(clinic, name)
    if model.stage is ModelStage.DRAFT:
        raise UsageError("model_silent_never", model=model.ref.id, version=model.ref.version)
    recorded = read_recorded(clinic)
    answer_waiting(clinic, recorded.observations)
    found = look_at(clinic, model, recorded)
    save_verdict(clinic.vault, model.ref, found.verdict, found.reasons, figures_of(found), clinic.actor)
    return found


def look_at(clinic: OpenClinic, model: KeptModel, recorded: Recorded) -> ModelLook:
    """Return the verdict on a model as the records stand; nothing is kept. Raises as ``judge_model``."""
    return judged(clinic, model, pack_of(clinic, model).manifest, recorded, predictions_of(clinic.vault, model.ref))


def judged(
    clinic: OpenClinic, model: KeptModel, manifest: Manifest, recorded: Recorded, said: tuple[Prediction, ...]
) -> ModelLook:
    """As ``look_at``, from what was read before: the store is not touched.

    Raises:
        PackError: ``recalibrate_no_risk``.
    """
    refused = sum(each.number is None for each in said)
    output = choose_output(manifest)
    outcome = None if model.outcome is None else outcome_named(clinic, model.outcome)
    if outcome is None or output.horizon_years is None:
        reason = VerdictReason.NO_OUTCOME if outcome is None else VerdictReason.NO_TIME
        return ModelLook(model.ref, ModelVerdict.UNCLEAR, (reason,), len(said) - refused, refused)
    risks = _by_visit(recorded, said)
    reached = reached_at(clinic, recorded.observations, outcome)
    followed = follow_risks(recorded.observations, recorded.conditions, risks, outcome, output.horizon_years, reached)
    return look(
        followed,
        model.ref,
        output.name,
        load_rules(),
        load_watch_rules(),
        predicted=len(said) - refused,
        refused=refused,
    )


def figures_of(found: ModelLook) -> Mapping[str, float | int | None]:
    """Return the figures that led to a verdict, by name, as they are kept."""
    told: dict[str, float | int | None] = {"predicted": found.predicted, "refused": found.refused}
    if found.figures is None:
        return told
    figures, score = found.figures, found.brier
    told |= {"people": figures.people, "events": figures.events, "events_needed": figures.events_needed}
    told |= {"months_more": figures.months_more, "person_years": figures.person_years}
    fit = figures.before
    told |= _estimate("observed_to_expected", None if fit is None else fit.observed_to_expected)
    told |= _estimate("slope", None if fit is None else fit.slope)
    told |= {"brier": None if score is None else score.model, "brier_base": None if score is None else score.base}
    told |= {"brier_years": None if score is None else score.years}
    return told | _estimate("brier_gain", None if score is None else score.gain)


def _by_visit(recorded: Recorded, said: tuple[Prediction, ...]) -> FloatArray:
    numbers = {each.visit_id: each.number for each in said if each.number is not None}
    return np.array([numbers.get(visit, np.nan) for visit in recorded.observations.visit_ids], dtype=np.float64)


def _estimate(name: str, estimate: Estimate | None) -> dict[str, float | int | None]:
    if estimate is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
