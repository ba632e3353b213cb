"""Which packs there are, and which of them speak in a clinic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain.assessment import Clinic
from engine.packs import Pack, PackLibrary
from engine.packs.manifest import LicenceState, Manifest, Use
from engine.report import place
from engine.workflows.clinics import OpenClinic

# States under which a pack is on without anybody reading a note first.
ON_BY_DEFAULT = frozenset({LicenceState.FREE, LicenceState.ATTRIBUTION, LicenceState.LGPL})


@dataclass(frozen=True, slots=True)
class PackSummary:
    """What a list of packs shows."""

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


def list_packs(library: PackLibrary | None = None) -> tuple[PackSummary, ...]:
    """Return every pack of a library (by default: those that ship); PackError when one is damaged."""
    return tuple(_summary(pack) for pack in (library or PackLibrary.shipped()).all())


def packs_to_accept(clinic: OpenClinic) -> tuple[PackSummary, ...]:
    """Return the packs that stay off until a person accepts their licence note, and that nobody accepted yet."""
    waiting = (
        pack
        for pack in clinic.library.all()
        if pack.manifest.licence.state is LicenceState.UNCLEAR and not is_active(pack, clinic.clinic)
    )
    country = _country(clinic.clinic)
    return tuple(_summary(pack) for pack in sorted(waiting, key=lambda pack: place(pack.manifest, country)))


def active_packs(library: PackLibrary, clinic: Clinic) -> tuple[Pack, ...]:
    """Return the packs that answer in every assessment of a clinic.

    Those of routine use that are on and were made for its country or for any; a pack for others takes part where
    somebody accepted its licence note. In the order in which they may lead a page.
    """
    country = _country(clinic)
    active = [pack for pack in library.all() if is_active(pack, clinic) and _is_routine(pack.manifest, clinic)]
    return tuple(sorted(active, key=lambda pack: place(pack.manifest, country)))


def _is_routine(manifest: Manifest, clinic: Clinic) -> bool:
    here = not manifest.countries or _country(clinic) in manifest.countries or manifest.id in clinic.accepted_packs
    return manifest.use is Use.ROUTINE and here


def _country(clinic: Clinic) -> str:
    return str(clinic.settings.get("country_iso3", ""))


def is_active(pack: Pack, clinic: Clinic) -> bool:
    """Return whether a pack is on in a clinic."""
    return pack.manifest.licence.state in ON_BY_DEFAULT or pack.manifest.id in clinic.accepted_packs


def _summary(pack: Pack) -> PackSummary:
    manifest = pack.manifest
    return PackSummary(
        id=manifest.id,
        version=manifest.version,
        digest=manifest.digest,
        title={"en": manifest.title.en, "zh": manifest.title.zh},
        licence_state=manifest.licence.state.value,
        licence_note=manifest.licence.note,
        on_by_default=manifest.licence.state in ON_BY_DEFAULT,
        inputs=tuple(each.field for each in manifest.inputs),
        outputs=tuple(each.name for each in manifest.outputs),
        citation=manifest.citation.text,
        doi=manifest.citation.doi,
    )
