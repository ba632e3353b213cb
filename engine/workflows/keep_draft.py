"""A model that was trained here becomes a draft of the clinic: no detour by a folder that could be another's."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from engine.domain.clinic_packs import PackOrigin
from engine.domain.models import KeptModel
from engine.domain.results import PackRef
from engine.errors import PackError
from engine.fields import Dictionary
from engine.packs import Pack, PackParts
from engine.packs.cases import read_cases
from engine.risk.predictor import Predictor
from engine.risk.reproduce import differences
from engine.store import add_model, sign_model
from engine.store.permissions import Permission
from engine.workflows.clinic_packs import put_beside
from engine.workflows.clinics import OpenClinic
from engine.workflows.models import models
from engine.workflows.pack_folder import tried_aside

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)", re.ASCII)


def keep_draft(clinic: OpenClinic, parts: PackParts) -> tuple[OpenClinic, KeptModel]:
    """Keep what training here gave as a draft and return the clinic and the model; it answers nobody yet.

    Another model of the same id becomes its next version; the very same one is kept once. Nothing is kept before the
    pack has given its own reference cases.

    Args:
        clinic: the open clinic.
        parts: straight from ``engine.workflows.train_job.train``; the clinic stands for it as made here.

    Raises:
        PackError: ``model_not_trained``; ``pack_id_shipped``, ``pack_id_taken``; ``learning_not_reproduced``;
            ``pack_unwritable``.
    """
    manifest = parts.manifest
    if not manifest.made_by.trained or manifest.parent is not None:
        raise PackError("model_not_trained", pack=manifest.id)
    ours = [model for model in models(clinic) if model.ref.id == manifest.id]
    if manifest.id in clinic.library and not clinic.library.is_own(manifest.id):
        raise PackError("pack_id_shipped", pack=manifest.id)
    if clinic.library.is_own(manifest.id) and not ours:
        raise PackError("pack_id_taken", pack=manifest.id)
    for model in ours:
        if _of_version(parts, model.ref.version).digest() == model.ref.digest:
            put_beside(clinic, _of_version(parts, model.ref.version))
            return clinic, model
    parts = _of_version(parts, _next([model.ref.version for model in ours]) if ours else manifest.version)
    check_reproduced(parts, clinic.dictionary)
    ref = put_beside(clinic, parts)
    add_model(clinic.vault, ref, PackOrigin.MADE_HERE, clinic.actor)
    return clinic, next(model for model in models(clinic) if model.ref == ref)


def write_signed(clinic: OpenClinic, parts: PackParts, output: Path) -> Pack:
    """Write what training on the clinic's record gave as a folder; an administrator's signature lies beside it.

    With it the clinic knows the folder again as its own (``engine.workflows.models.add_draft``).

    Raises:
        PackError: ``learning_not_reproduced``; ``pack_unwritable``.
    """
    check_reproduced(parts, clinic.dictionary)
    signature = None
    if clinic.vault.may(Permission.CLINIC_CHANGE):
        ref = PackRef(parts.manifest.id, parts.manifest.version, parts.digest())
        signature = sign_model(clinic.vault, ref).to_text()
    return parts.write(output.parent, signature)


def check_may_keep(clinic: OpenClinic) -> None:
    """Refuse who may not keep a model here, before hours of training; raises AccessError ``access_denied``."""
    clinic.vault.require(Permission.CLINIC_CHANGE)


def check_reproduced(parts: PackParts, dictionary: Dictionary) -> None:
    """Have a pack give its own reference cases before anything has its name; PackError ``learning_not_reproduced``."""
    with tried_aside(parts) as pack:
        cases = read_cases(pack, dictionary)
        results = Predictor(pack, dictionary).predict(cases.people, stability=True)
        if next(differences(cases, results), None) is not None:
            raise PackError("learning_not_reproduced")


def _of_version(parts: PackParts, version: str) -> PackParts:
    return replace(parts, manifest=replace(parts.manifest, version=version))


def _next(versions: list[str]) -> str:
    """Return the version after the highest of these: 1.0.0, then 1.1.0."""
    numbers = [tuple(map(int, found.groups())) for each in versions if (found := _VERSION.fullmatch(each))]
    major, minor, _ = max(numbers, default=(1, len(versions) - 1, 0))
    return f"{major}.{minor + 1}.0"
