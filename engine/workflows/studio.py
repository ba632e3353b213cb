"""What the studio shows of the clinic's own models, and where somebody was in it when the window was locked."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.models import KeptModel
from engine.domain.plain import Plain
from engine.domain.recalibration import Verdict
from engine.errors import PackError
from engine.packs import Manifest, PackLibrary
from engine.packs.manifest import Words
from engine.packs.training import Benefit, Curve, Group, Training
from engine.risk.recalibration.outcomes import outcome_of
from engine.risk.recalibration.outputs import choose_output
from engine.store.drafts import delete_draft, drafts, save_draft
from engine.store.permissions import Permission
from engine.workflows.clinics import OpenClinic
from engine.workflows.models import find_model, models, pack_of
from engine.workflows.recalibrate import Recorded, packs_to_look_at, recalibrate

__all__ = [
    "Benefit",
    "Curve",
    "Group",
    "InHand",
    "StudioModel",
    "Tool",
    "Training",
    "forget_place",
    "in_hand",
    "kept_place",
    "save_place",
    "studio_models",
    "tools_to_adjust",
]

_KIND = "studio"


@dataclass(frozen=True, slots=True)
class StudioModel:
    """A version as the list shows it. ``title`` is None where its folder is gone or altered."""

    model: KeptModel
    title: Words | None

    @property
    def name(self) -> str:
        """What workflows of models take."""
        return f"{self.model.ref.id}@{self.model.ref.version}"


@dataclass(frozen=True, slots=True)
class Tool:
    """A published tool that could be adjusted.

    ``events``: among the people who have a number from it; ``enough``: whether they allow to change it, or to say
    that it fits.
    """

    id: str
    title: Words
    events: int
    enough: bool


@dataclass(frozen=True, slots=True)
class InHand:
    """The draft in hand: a version that is kept in the clinic, with its stage, and what its pack says of itself.

    ``manifest.training`` has every figure of it; it is never None here.
    """

    model: KeptModel
    manifest: Manifest

    @property
    def name(self) -> str:
        """What ``engine.workflows.models`` takes: ``id@version``."""
        return f"{self.model.ref.id}@{self.model.ref.version}"

    @property
    def training(self) -> Training:
        """What its pack says of its training."""
        told = self.manifest.training
        if told is None:
            raise PackError("model_not_trained", pack=self.manifest.id)
        return told


def tools_to_adjust(clinic: OpenClinic, outcome: str | None, recorded: Recorded) -> tuple[Tool, ...]:
    """Return the published tools that speak here, tell of this outcome (its id) and have numbers for people here.

    The leading one first. ``recorded``: what was read of everybody, so that the store is not touched.
    """
    shipped, found = PackLibrary.shipped(), []
    for pack_id in packs_to_look_at(clinic):
        manifest = clinic.library.get(pack_id).manifest
        told = outcome_of(manifest, choose_output(manifest).name)
        if told is None or told.id != outcome or pack_id not in shipped:
            continue
        look = recalibrate(clinic, pack_id, recorded=recorded)
        if look.people:
            found.append(Tool(pack_id, manifest.title, look.events, look.verdict is not Verdict.REFUSED))
    return tuple(found)


def studio_models(clinic: OpenClinic) -> tuple[StudioModel, ...]:
    """Return every version of every model of the clinic with its title, the newest first."""
    return tuple(StudioModel(model, _title(clinic, model)) for model in reversed(models(clinic)))


def in_hand(clinic: OpenClinic, name: str) -> InHand:
    """Return a version (``id`` or ``id@version``) with its pack.

    Raises:
        UsageError: ``model_unknown``. PackError: its folder is gone or altered; ``model_not_trained``.
    """
    model = find_model(clinic, name)
    found = InHand(model, pack_of(clinic, model).manifest)
    if found.manifest.training is None:
        raise PackError("model_not_trained", pack=model.ref.id)
    return found


def save_place(clinic: OpenClinic, content: Plain) -> None:
    """Keep where somebody is in the studio with what they answered, in the place of what was kept before.

    Who may not write the record keeps nothing: what a question holds could tell of results.
    """
    if not clinic.vault.may(Permission.RECORD_WRITE):
        return
    kept = _kept(clinic)
    save_draft(clinic.vault, _KIND, content, clinic.actor, draft_id=kept[0] if kept else None)


def kept_place(clinic: OpenClinic) -> Plain:
    """Return what ``save_place`` kept of who has the clinic open; None where there is nothing."""
    kept = _kept(clinic)
    return kept[1] if kept else None


def forget_place(clinic: OpenClinic) -> None:
    """Forget it."""
    kept = _kept(clinic)
    if kept:
        delete_draft(clinic.vault, kept[0])


def _kept(clinic: OpenClinic) -> tuple[str, Plain] | None:
    if not clinic.vault.may(Permission.RECORD_WRITE):
        return None
    found = [(one.id, one.content) for one in drafts(clinic.vault) if one.kind == _KIND and one.actor == clinic.actor]
    return found[0] if found else None


def _title(clinic: OpenClinic, model: KeptModel) -> Words | None:
    try:
        return pack_of(clinic, model).manifest.title
    except PackError:
        return None
