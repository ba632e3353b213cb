"""Which packs there are, and which of them speak in a clinic."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from engine.domain.assessment import Clinic
from engine.domain.clinic_packs import PackOrigin, PackState
from engine.errors import PackError
from engine.packs import Pack, PackLibrary
from engine.packs.manifest import LicenceState, Manifest, Use
from engine.report import place
from engine.workflows.clinics import OpenClinic

# States under which a pack is on without anybody reading a note first.
ON_BY_DEFAULT = frozenset({LicenceState.FREE, LicenceState.ATTRIBUTION, LicenceState.LGPL})


@dataclass(frozen=True, slots=True)
class PackSummary:
    """What a list of packs shows.

    ``on_by_default``: on without anybody accepting its licence note. ``state`` is what the clinic says on top of it.
    """

    id: str
    version: str
    digest: str
    title: Mapping[str, str]
    licence_state: str
    licence_note: str
    on_by_default: bool
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    citation: str
    doi: str | None
    origin: PackOrigin
    state: PackState


@dataclass(frozen=True, slots=True)
class DamagedPack:
    """A pack that is not used, and why."""

    id: str
    error: PackError


def list_packs(library: PackLibrary | None = None) -> tuple[PackSummary, ...]:
    """Return every sound pack of a library (by default: those that ship)."""
    library = library or PackLibrary.shipped()
    return tuple(_summary(pack, library) for pack in library.all())


def damaged_packs(library: PackLibrary) -> tuple[DamagedPack, ...]:
    """Return the packs of a library that are not used because they are damaged."""
    return tuple(DamagedPack(pack_id, error) for pack_id, error in library.damaged().items())


def packs_to_accept(clinic: OpenClinic) -> tuple[PackSummary, ...]:
    """Return the packs that stay off until a person accepts their licence note, and that nobody accepted yet."""
    waiting = (
        pack
        for pack in clinic.library.all()
        if pack.manifest.licence.state is LicenceState.UNCLEAR
        and not clinic.library.switched_off(pack.manifest.id)
        and not is_active(pack, clinic.clinic, clinic.library)
    )
    country = _country(clinic.clinic)
    return tuple(
        _summary(pack, clinic.library) for pack in sorted(waiting, key=lambda pack: place(pack.manifest, country))
    )


def active_packs(library: PackLibrary, clinic: Clinic, without: Container[str] = ()) -> tuple[Pack, ...]:
    """Return the packs that answer in every assessment of a clinic.

    Those of routine use that are on and were made for its country or for any; a pack for others takes part where
    somebody accepted its licence note. A pack with a parent stands in its parent's place: the parent is not asked.
    In the order in which they may lead a page. ``without``: ids of packs that turned out not to work.
    """
    country = _country(clinic)
    sound = (pack for pack in library.all() if pack.manifest.id not in without)
    active = [pack for pack in sound if is_active(pack, clinic, library) and _is_routine(pack.manifest, clinic)]
    replaced = library.in_place_of(active)
    asked = [pack for pack in active if pack.manifest.id not in replaced]
    return tuple(sorted(asked, key=lambda pack: place(pack.manifest, country)))


def _is_routine(manifest: Manifest, clinic: Clinic) -> bool:
    here = not manifest.countries or _country(clinic) in manifest.countries or manifest.id in clinic.accepted_packs
    return manifest.use is Use.ROUTINE and here


def _country(clinic: Clinic) -> str:
    return str(clinic.settings.get("country_iso3", ""))


def is_active(pack: Pack, clinic: Clinic, library: PackLibrary) -> bool:
    """Return whether a pack is on in a clinic. Adding a pack of one's own accepts its licence note."""
    if library.switched_off(pack.manifest.id):
        return False
    if library.is_own(pack.manifest.id):
        return True
    return pack.manifest.licence.state in ON_BY_DEFAULT or pack.manifest.id in clinic.accepted_packs


def _summary(pack: Pack, library: PackLibrary) -> PackSummary:
    manifest = pack.manifest
    kept = library.kept(manifest.id)
    return PackSummary(
        id=manifest.id,
        version=manifest.version,
        digest=manifest.digest,
        title={"en": manifest.title.en, "zh": manifest.title.zh},
        licence_state=manifest.licence.state.value,
        licence_note=manifest.licence.note,
        on_by_default=library.is_own(manifest.id) or manifest.licence.state in ON_BY_DEFAULT,
        inputs=tuple(each.field for each in manifest.inputs),
        outputs=tuple(each.name for each in manifest.outputs),
        citation=manifest.citation.text,
        doi=manifest.citation.doi,
        origin=PackOrigin.SHIPPED if kept is None else kept.origin,
        state=PackState.ON if kept is None else kept.state,
    )
