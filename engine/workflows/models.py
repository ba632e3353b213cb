"""Trained models in a clinic: keep one as a draft, let it answer in shadow, approve it, retire it.

A draft and a model in shadow are no packs of the clinic: no page, list or tool can ask them anything. They are read
from their folder here and nowhere else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.codes import load_codes
from engine.domain.clinic_packs import PackOrigin
from engine.domain.models import KeptModel, ModelStage
from engine.domain.results import PackRef
from engine.errors import PackError, UsageError
from engine.packs import Manifest, Pack, folder_of_digest, read_pack
from engine.packs.activation import lacking
from engine.packs.own_fields import dictionary_with
from engine.risk.derivation import FullDerivation
from engine.risk.predictor import Predictor
from engine.risk.recalibration.outcomes import Outcome, load_outcomes, outcome_of
from engine.risk.recalibration.outputs import choose_output
from engine.risk.watch.rules import load_watch_rules
from engine.signing import Signature, signed_by
from engine.store import (
    Agreement,
    Second,
    add_model,
    approve_model,
    begin_shadow,
    kept_models,
    own_keys,
    packs_folder,
    people_answered,
    retire_model,
    stage_error,
)
from engine.workflows.clinic_packs import put_beside
from engine.workflows.clinics import OpenClinic, with_packs_as_they_are_now
from engine.workflows.foreign_packs import PackCheck, check_pack, origin_of_check
from engine.workflows.measured_outcome import measured_outcome
from engine.workflows.unlock import counting

_VERSION_SIGN = "@"


@dataclass(frozen=True, slots=True)
class Readiness:
    """How long a model has answered in shadow, for how many people, and how much of either approving takes."""

    days: int
    people: int
    least_days: int
    least_people: int

    @property
    def long_enough(self) -> bool:
        """Whether it has been in shadow for long enough, by one or the other."""
        return self.days >= self.least_days or self.people >= self.least_people


def models(clinic: OpenClinic) -> tuple[KeptModel, ...]:
    """Return every version of every trained model, by id, the oldest first."""
    return kept_models(clinic.vault)


def add_draft(clinic: OpenClinic, path: Path) -> tuple[PackCheck, KeptModel | None]:
    """Check a pack that was trained and, when nothing is wrong, keep it as a draft; return the check and the model.

    Raises:
        PackError: ``model_not_trained`` when the pack was not trained by this program; ``pack_id_shipped``,
            ``pack_id_taken``, ``pack_version_taken``; ``pack_signature_wrong``; ``pack_unwritable``.
    """
    check = check_pack(path, clinic.dictionary, clinic.library)
    if check.parts is None or check.ref is None:
        return check, None
    ref, manifest = check.ref, check.parts.manifest
    if not manifest.made_by.trained or manifest.parent is not None:
        raise PackError("model_not_trained", pack=ref.id)
    if clinic.library.is_own(ref.id) and all(model.ref.id != ref.id for model in models(clinic)):
        raise PackError("pack_id_taken", pack=ref.id)
    origin = _origin(clinic, check)
    put_beside(clinic, check.parts)
    add_model(clinic.vault, ref, origin, clinic.actor)
    return check, find_model(clinic, f"{ref.id}{_VERSION_SIGN}{ref.version}")


def _origin(clinic: OpenClinic, check: PackCheck) -> PackOrigin:
    """Return where a model comes from: made here where an administrator of this clinic signed it, in this clinic.

    What the folder says of itself counts for nothing.
    """
    if check.signature is not None and check.ref is not None:
        signature, keys = Signature.from_text(check.signature), own_keys(clinic.vault)
        if signature.key in keys:
            if not signed_by(signature, check.ref.digest, keys):
                raise PackError("pack_signature_wrong", pack=check.ref.id)
            return PackOrigin.MADE_HERE
    return origin_of_check(clinic, check)


def find_model(clinic: OpenClinic, name: str, *stages: ModelStage) -> KeptModel:
    """Return the model of an id, or of ``id@version``; without a version the newest at one of these stages, or of all.

    Raises:
        UsageError: ``model_unknown``; ``model_stage_...`` when none is at such a stage.
    """
    found = _named(clinic, name)
    if not found:
        raise UsageError("model_unknown", model=name)
    fitting = [each for each in found if not stages or each.stage in stages]
    if not fitting:
        raise stage_error(found[-1])
    return fitting[-1]


def shadow(clinic: OpenClinic, name: str, outcome: str | None = None, threshold: float | None = None) -> KeptModel:
    """Let a draft, or a version that was retired, answer silently at visits from today on.

    Args:
        clinic: the open clinic.
        name: the id, or ``id@version``.
        outcome: what its numbers are held against, as ``outcome_named`` takes it; None: what it was trained on where
            that came from a record, else what is declared for the pack or its topic, if anything is.
        threshold: from which risk on somebody would act, a fraction; None: that of its training, if it has one.

    Raises:
        UsageError: ``model_unknown``, ``model_stage_...``; ``model_outcome``; ``model_threshold``.
        PackError: the folder is gone, altered, or gives no risk (``recalibrate_no_risk``).
    """
    model = find_model(clinic, name, ModelStage.DRAFT, ModelStage.RETIRED)
    if threshold is not None and not (math.isfinite(threshold) and 0 < threshold < 1):
        raise UsageError("model_threshold")
    manifest = predictor_of(clinic, model).pack.manifest
    choose_output(manifest)  # one that gives no risk has no trial
    if threshold is None and manifest.training is not None:
        threshold = manifest.training.threshold
    if outcome is None:
        usual = usual_outcome(clinic, manifest)
        outcome = None if usual is None else usual.id
    elif outcome_named(clinic, outcome) is None:
        raise UsageError("model_outcome", outcome=outcome)
    begin_shadow(clinic.vault, model.ref, outcome, threshold, clinic.actor)
    return _again(clinic, model.ref)


def usual_outcome(clinic: OpenClinic, manifest: Manifest) -> Outcome | None:
    """Return what its numbers are held against unless somebody says otherwise; None: nobody has declared it.

    What it was trained on where that came from a record, else what is declared for the pack or its topic.
    """
    learned = None if manifest.training is None else manifest.training.record_outcome
    found = None if learned is None else outcome_named(clinic, learned)
    return outcome_of(manifest, choose_output(manifest).name) if found is None else found


def readiness(clinic: OpenClinic, model: KeptModel) -> Readiness:
    """Return whether a model has answered in shadow for long enough to be approved."""
    rules, began = load_watch_rules(), model.began
    days = 0 if began is None else (clinic.clock.now() - began).days
    return Readiness(days, people_answered(clinic.vault, model.ref), rules.shadow_days, rules.shadow_people)


def approve(
    clinic: OpenClinic, name: str, passphrase: str, second: Second | None = None, reason: str = ""
) -> OpenClinic:
    """Let a version speak, as two administrators agree, and return the clinic as it is now; its saved results stay.

    Raises:
        UsageError: ``model_unknown``, ``model_stage_...``; ``model_too_soon``; ``model_do_not_use``; ``reason_needed``.
        PackError: the folder is gone or altered; ``pack_id_taken`` when the id is by now that of another pack;
            ``model_lacks_population``, ``model_lacks_outcome``, ``model_lacks_horizon``, ``model_lacks_calibration``.
        AccessError: ``access_two_people``. PassphraseError: of one or the other; ``passphrase_wait``.
    """
    model = find_model(clinic, name, ModelStage.SHADOW, ModelStage.RETIRED)
    ready = readiness(clinic, model)
    if model.stage is ModelStage.SHADOW and not ready.long_enough:
        raise UsageError(
            "model_too_soon",
            model=model.ref.id,
            days=ready.days,
            people=ready.people,
            least_days=ready.least_days,
            least_people=ready.least_people,
        )
    for what in lacking(predictor_of(clinic, model).pack.manifest):
        raise PackError(f"model_lacks_{what}", pack=model.ref.id)
    kept = clinic.library.kept(model.ref.id)
    ours = {each.ref for each in models(clinic)}
    if model.ref.id in clinic.library and (kept is None or kept.ref not in ours):
        raise PackError("pack_id_taken", pack=model.ref.id)
    with counting(clinic, None if second is None else second.who):
        approve_model(clinic.vault, model.ref, Agreement(passphrase, second, reason), clinic.actor)
    return with_packs_as_they_are_now(clinic)


def retire(clinic: OpenClinic, name: str, reason: str) -> OpenClinic:
    """Take a version out of use and return the clinic as it is now. Without a version: the one furthest on.

    Raises:
        UsageError: ``model_unknown``, ``model_stage_...``, ``reason_needed``.
    """
    named = _named(clinic, name)
    furthest = (ModelStage.APPROVED, ModelStage.SHADOW, ModelStage.DRAFT, ModelStage.RETIRED)
    stage = next((stage for stage in furthest if any(each.stage is stage for each in named)), ModelStage.RETIRED)
    retire_model(clinic.vault, find_model(clinic, name, stage).ref, reason, clinic.actor)
    return with_packs_as_they_are_now(clinic)


def pack_of(clinic: OpenClinic, model: KeptModel) -> Pack:
    """Return the pack in the folder of a version; PackError when it is gone or another than was kept."""
    place = packs_folder(clinic.vault) / folder_of_digest(model.ref.digest) / model.ref.id
    pack = read_pack(place, trusted=model.origin is not PackOrigin.FOREIGN)
    if pack.digest != model.ref.digest:
        raise PackError("pack_not_as_added", pack=model.ref.id)
    return pack


def predictor_of(clinic: OpenClinic, model: KeptModel) -> Predictor:
    """Return what answers for a version, whatever its stage; PackError as ``pack_of``, or when it cannot be run."""
    pack = pack_of(clinic, model)
    dictionary = dictionary_with(pack.manifest.fields, clinic.dictionary)
    return Predictor(pack, dictionary, derivation=FullDerivation(dictionary, clinic.predictors.find))


def outcome_named(clinic: OpenClinic, name: str) -> Outcome | None:
    """Return what a name means: a declared outcome's id, a condition's code, a yes/no field, a limit; None: no such.

    A limit is a number field of the dictionary with the value that it reaches or falls to: ``hba1c_percent>=6.5``.
    """
    declared = {each.id: each for each in load_outcomes().values()}
    if name in declared:
        return declared[name]
    conditions = load_codes().conditions
    if name in conditions:
        return Outcome(name, conditions[name].labels, frozenset({name}), frozenset(), (), "")
    if name in clinic.dictionary and clinic.dictionary[name].kind.value == "boolean":
        return Outcome(name, clinic.dictionary[name].labels, frozenset(), frozenset(), (name,), "")
    return measured_outcome(name, clinic.dictionary)


def is_new(model: KeptModel, day: date) -> bool:
    """Whether a visit of this day is one at which the model answers: none from before it began."""
    return model.began is not None and day >= model.began.astimezone().date()


def _named(clinic: OpenClinic, name: str) -> list[KeptModel]:
    id_, _, version = name.partition(_VERSION_SIGN)
    return [each for each in models(clinic) if each.ref.id == id_ and version in ("", each.ref.version)]


def _again(clinic: OpenClinic, ref: PackRef) -> KeptModel:
    return next(each for each in models(clinic) if each.ref == ref)
