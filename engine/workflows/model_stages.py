"""Trained models as pages show them: how far each is trusted, what it still lacks, what it would stand beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.codes import load_codes
from engine.domain.models import KeptModel, ModelStage
from engine.errors import PackError
from engine.packs import Manifest
from engine.packs.manifest import Words as PackWords
from engine.risk.recalibration.outcomes import outcome_of
from engine.risk.recalibration.outputs import choose_output
from engine.store import Permission, ReviewKind
from engine.wording import LANGUAGES, Wording
from engine.workflows import reviews
from engine.workflows.clinics import OpenClinic
from engine.workflows.model_about import CardWords, card_words
from engine.workflows.models import Readiness, find_model, models, outcome_named, pack_of, readiness
from engine.workflows.packs import is_active

__all__ = [
    "Held",
    "ModelPage",
    "Readiness",
    "StagedModel",
    "Warned",
    "held_against",
    "leading",
    "model_page",
    "name_of",
    "staged_models",
    "warned",
    "warned_sentence",
]

_FURTHEST = (ModelStage.APPROVED, ModelStage.SHADOW, ModelStage.DRAFT, ModelStage.RETIRED)
Words = Mapping[str, str]  # language -> text


@dataclass(frozen=True, slots=True)
class StagedModel:
    """One version as lists show it; ``title`` is its id, and ``fault`` says why, where its folder cannot be read."""

    model: KeptModel
    title: Words
    topic: str
    fault: PackError | None = None

    @property
    def name(self) -> str:
        """What the workflows of models take."""
        return name_of(self.model)


@dataclass(frozen=True, slots=True)
class Held:
    """What the numbers of a model can be held against: its name, and what that is called."""

    name: str
    label: Words


@dataclass(frozen=True, slots=True)
class ModelPage:
    """One version as the pages of the studio show it.

    ``lacking``: what its card must have before it can be used ("population", "horizon", "outcome", "calibration").
    ``beside``: titles of the tools of its topic that are on. ``speaks``: the version of it that speaks now. ``before``:
    the one that was approved last before this one, to which one step leads back. ``held``: what its numbers are, or
    would be, held against; ``threshold``: from which risk on somebody would act. ``taken``: another pack has its id.
    """

    model: KeptModel
    title: Words
    outcome: Words
    horizon_years: float | None
    words: CardWords
    ready: Readiness
    versions: tuple[KeptModel, ...]
    lacking: tuple[str, ...]
    beside: tuple[Words, ...]
    speaks: KeptModel | None
    before: KeptModel | None
    held: Held | None
    threshold: float | None
    taken: bool

    @property
    def name(self) -> str:
        """What the workflows of models take."""
        return name_of(self.model)


@dataclass(frozen=True, slots=True)
class Warned:
    """A month of a model that warns and that nobody has looked at: ``kinds`` as ``DriftKind``, "2026-10"."""

    review: str
    kinds: tuple[str, ...]
    month: str


def name_of(model: KeptModel) -> str:
    """Return ``id@version``, which the workflows of models take."""
    return f"{model.ref.id}@{model.ref.version}"


def staged_models(clinic: OpenClinic) -> tuple[StagedModel, ...]:
    """Return every version of every model, the oldest of each first."""
    return tuple(_staged(clinic, model) for model in models(clinic))


def leading(staged: Sequence[StagedModel]) -> tuple[StagedModel, ...]:
    """Return of each model the versions that are being worked on or speak; only where all are retired, the newest."""
    found: list[StagedModel] = []
    for id_ in dict.fromkeys(each.model.ref.id for each in staged):
        own = [each for each in staged if each.model.ref.id == id_]
        live = [each for each in own if each.model.stage is not ModelStage.RETIRED]
        found += sorted(live, key=lambda each: _FURTHEST.index(each.model.stage)) or own[-1:]
    return tuple(found)


def model_page(clinic: OpenClinic, name: str, language: str) -> ModelPage:
    """Return a version with all that its pages need.

    Raises:
        UsageError: ``model_unknown``. PackError: the folder is gone or altered.
    """
    model = find_model(clinic, name)
    manifest = pack_of(clinic, model).manifest
    versions = tuple(each for each in models(clinic) if each.ref.id == model.ref.id)
    earlier = [each for each in versions if each.once_approved and each.ref != model.ref]
    return ModelPage(
        model=model,
        title=_words(manifest.title),
        outcome=_words(manifest.outcome),
        horizon_years=max(manifest.horizon_years, default=None),
        words=card_words(manifest, language),
        ready=readiness(clinic, model),
        versions=versions,
        lacking=lacking(manifest),
        beside=_beside(clinic, manifest),
        speaks=next((each for each in versions if each.stage is ModelStage.APPROVED), None),
        before=max(earlier, key=_last_approved, default=None),
        held=_held(clinic, model, manifest),
        threshold=_threshold(model, manifest),
        taken=_taken(clinic, model.ref.id, versions),
    )


def lacking(manifest: Manifest) -> tuple[str, ...]:
    """Return what the card of a trained pack must have before the pack can be used, and has not."""
    told = manifest.training
    slope = None if told is None else told.figure("slope")
    risks = [each for each in manifest.outputs if each.horizon_years is None]
    has = {
        "population": _is_said(manifest.population),
        "horizon": bool(manifest.horizon_years) or bool(risks),  # a risk of the visit itself has no horizon
        "outcome": _is_said(manifest.outcome),
        "calibration": slope is not None,
    }
    return tuple(name for name, there in has.items() if not there)


def held_against(clinic: OpenClinic) -> tuple[Held, ...]:
    """Return everything that the numbers of a model can be held against: conditions, then yes/no fields."""
    conditions = [Held(code, each.labels) for code, each in load_codes().conditions.items()]
    fields = [Held(name, each.labels) for name, each in clinic.dictionary.fields.items() if each.kind == "boolean"]
    return (*conditions, *fields)


def warned(clinic: OpenClinic) -> Mapping[tuple[str, str], tuple[Warned, ...]]:
    """Return the months that warn and that nobody has looked at, by id and version; none for who may not review."""
    if not clinic.vault.may(Permission.REVIEW):
        return {}
    found: dict[tuple[str, str], tuple[Warned, ...]] = {}
    for review in reviews.waiting(clinic):
        if review.kind is ReviewKind.DRIFT:
            id_, _, version = review.whom.partition(" ")
            one = Warned(review.id, tuple(review.reason.split()), review.text)
            found[id_, version] = (*found.get((id_, version), ()), one)
    return found


def warned_sentence(found: Warned, words: Wording) -> str:
    """Return what a month warns of, and what to do."""
    told = " ".join(f"{words.say(f'watch.drift.{kind}')} {words.say(f'watch.todo.{kind}')}" for kind in found.kinds)
    return words.say("watch.in_month", month=found.month, told=told)


def _staged(clinic: OpenClinic, model: KeptModel) -> StagedModel:
    try:
        manifest = pack_of(clinic, model).manifest
    except PackError as error:
        return StagedModel(model, dict.fromkeys(LANGUAGES, model.ref.id), "", error)
    return StagedModel(model, _words(manifest.title), manifest.topic)


def _beside(clinic: OpenClinic, manifest: Manifest) -> tuple[Words, ...]:
    return tuple(
        _words(pack.manifest.title)
        for pack in clinic.library.all()
        if pack.manifest.topic == manifest.topic
        and pack.manifest.id != manifest.id
        and is_active(pack, clinic.clinic, clinic.library)
    )


def _held(clinic: OpenClinic, model: KeptModel, manifest: Manifest) -> Held | None:
    """Return what the numbers are held against; before a trial begins, what they would be."""
    if model.watched or model.outcome is not None:
        found = None if model.outcome is None else outcome_named(clinic, model.outcome)
        return None if found is None else Held(found.id, found.labels)
    declared = outcome_of(manifest, choose_output(manifest).name)
    if declared is None and manifest.training is not None:
        declared = outcome_named(clinic, manifest.training.outcome)
    return None if declared is None else Held(declared.id, declared.labels)


def _threshold(model: KeptModel, manifest: Manifest) -> float | None:
    if model.watched or manifest.training is None:
        return model.threshold
    return manifest.training.threshold if model.threshold is None else model.threshold


def _taken(clinic: OpenClinic, id_: str, versions: Sequence[KeptModel]) -> bool:
    kept = clinic.library.kept(id_)
    return id_ in clinic.library and (kept is None or all(kept.ref != each.ref for each in versions))


def _last_approved(model: KeptModel) -> str:
    return max(each.since.isoformat() for each in model.states if each.stage is ModelStage.APPROVED)


def _is_said(words: PackWords) -> bool:
    return all(words.get(language).strip() for language in LANGUAGES)


def _words(told: PackWords) -> Words:
    return {language: told.get(language) for language in LANGUAGES}
