"""The packs of a clinic: keep one, switch it off and on, withdraw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.domain.clinic_packs import PackOrigin, PackState
from engine.domain.results import PackRef
from engine.errors import PackError
from engine.packs import Manifest, PackLibrary, write_pack
from engine.store import add_clinic_pack, packs_folder, set_clinic_pack_state
from engine.workflows.clinics import OpenClinic, with_packs_as_they_are_now


@dataclass(frozen=True, slots=True)
class PackParts:
    """What a pack is written from; see ``engine.packs.write_pack``."""

    manifest: Manifest
    graph: bytes
    card: str
    reference_cases: str
    texts: Mapping[str, str] = field(default_factory=dict)


def keep_pack(clinic: OpenClinic, parts: PackParts, origin: PackOrigin) -> OpenClinic:
    """Keep a pack in the clinic, switched on, and return the clinic as it is now.

    It takes the place of an earlier version of the same id, and of its parent while it is on.

    Raises:
        PackError: ``pack_id_shipped`` when a pack that ships has this id; ``pack_parent_unknown`` and
            ``pack_title_of_parent`` when its parent is not at hand or has the same title; ``pack_unwritable``; what
            ``read_pack`` raises when the parts make no valid pack.
    """
    manifest = parts.manifest
    if manifest.id in clinic.library and not clinic.library.is_own(manifest.id):
        raise PackError("pack_id_shipped", pack=manifest.id)
    check_parent(manifest, clinic.library)
    pack = write_pack(packs_folder(clinic.vault), manifest, parts.graph, parts.card, parts.reference_cases, parts.texts)
    told = manifest.parent
    parent = None if told is None else PackRef(told.id, told.version, told.digest)
    add_clinic_pack(clinic.vault, pack.ref, origin, clinic.actor, parent=parent)
    return with_packs_as_they_are_now(clinic)


def check_parent(manifest: Manifest, library: PackLibrary) -> None:
    """Refuse a pack whose parent is not at hand or could be taken for it; raises as ``keep_pack``."""
    if manifest.parent is None:
        return
    parent = manifest.parent
    if parent.id not in library or library.get(parent.id).digest != parent.digest:
        raise PackError("pack_parent_unknown", pack=manifest.id, parent=parent.id)
    title = library.get(parent.id).manifest.title
    if manifest.title.en == title.en or manifest.title.zh == title.zh:
        raise PackError("pack_title_of_parent", pack=manifest.id, parent=parent.id)


def switch_pack(clinic: OpenClinic, pack_id: str, *, on: bool) -> OpenClinic:
    """Switch a kept pack on or off and return the clinic as it is now; while it is off, its parent speaks again.

    Raises:
        UsageError: ``pack_not_kept``.
    """
    set_clinic_pack_state(clinic.vault, pack_id, PackState.ON if on else PackState.OFF, clinic.actor)
    return with_packs_as_they_are_now(clinic)
