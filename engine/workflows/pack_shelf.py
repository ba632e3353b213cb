"""The packs as a person looks after them: what each is for, how it stands in this clinic, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.domain.clinic_packs import ClinicPack, PackOrigin, PackState
from engine.domain.results import PackRef
from engine.packs import Pack
from engine.packs.manifest import LicenceState
from engine.packs.manifest import Words as PackWords
from engine.packs.order import is_for
from engine.packs.usual import citation_of, licence_note_of
from engine.report import place
from engine.wording import LANGUAGES, load_wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.packs import DamagedPack, damaged_packs, is_active
from engine.workflows.recalibrate import packs_to_look_at


class PackStanding(StrEnum):
    """How a pack stands in a clinic."""

    ON = "on"
    REPLACED = "replaced"  # on, but another made from it stands in its place
    ELSEWHERE = "elsewhere"  # made for other countries: answers only when it is asked
    TO_ACCEPT = "to_accept"  # off until somebody accepts its licence note
    OFF = "off"
    WITHDRAWN = "withdrawn"
    DAMAGED = "damaged"


Words = Mapping[str, str]  # language -> text


@dataclass(frozen=True, slots=True)
class ShelfPack:
    """What a list of packs tells of one. Texts are by language ("en", "zh"), as the pack has them.

    ``since`` and ``reason`` are of a withdrawal or of a switch. ``in_place_of`` names the pack it was made from and
    ``replaced_by`` those that stand in its own place. ``can_switch``: it is off and on by a switch alone, without a
    note to read. ``can_compare``: its main risk can be held against the clinic's records. ``trained``: its manifest
    tells how it was trained, so it has a card to print.
    """

    ref: PackRef
    title: Words
    topic: str
    audience: str
    use: str
    outcome: Words
    population: Words
    countries: tuple[str, ...]
    inputs: tuple[str, ...]
    citation: Words
    doi: str | None
    credit: Words | None
    notice: Words | None
    licence_state: str
    licence_note: Words
    limits: tuple[Words, ...]
    origin: PackOrigin
    standing: PackStanding
    accepted: bool
    can_switch: bool
    can_compare: bool
    trained: bool
    since: datetime | None = None
    reason: str | None = None
    in_place_of: PackRef | None = None
    replaced_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackShelf:
    """Every pack at hand; those of a topic stand together, the one that leads first."""

    packs: tuple[ShelfPack, ...]
    damaged: tuple[DamagedPack, ...]


def pack_shelf(clinic: OpenClinic) -> PackShelf:
    """Return every pack with how it stands in this clinic. The store is not touched."""
    library, country = clinic.library, str(clinic.clinic.settings.get("country_iso3", ""))
    packs = sorted(library.all(), key=lambda pack: place(pack.manifest, country))
    speaking = [pack for pack in packs if is_active(pack, clinic.clinic, library)]
    replaced = library.in_place_of(speaking)
    comparable = frozenset(packs_to_look_at(clinic))
    return PackShelf(
        tuple(_told(pack, clinic, replaced, comparable) for pack in packs),
        damaged_packs(library),
    )


def pack_card(clinic: OpenClinic, pack_id: str) -> str:
    """Return the model card of a pack (Markdown, English and Chinese); PackError when it is gone or altered."""
    return clinic.library.get(pack_id).read_card()


def _told(pack: Pack, clinic: OpenClinic, replaced: Collection[str], comparable: Collection[str]) -> ShelfPack:
    manifest, library = pack.manifest, clinic.library
    licence, kept = manifest.licence, library.kept(manifest.id)
    made_of_it = [
        other.manifest.id
        for other in library.all()
        if other.manifest.parent is not None
        and other.manifest.parent.id == manifest.id
        and is_active(other, clinic.clinic, library)
    ]
    return ShelfPack(
        ref=pack.ref,
        title=_words(manifest.title),
        topic=manifest.topic,
        audience=manifest.audience.value,
        use=manifest.use.value,
        outcome=_words(manifest.outcome),
        population=_words(manifest.population),
        countries=manifest.countries,
        inputs=tuple(each.field for each in manifest.inputs),
        citation={language: citation_of(manifest, load_wording(language)) for language in LANGUAGES},
        doi=manifest.citation.doi,
        credit=None if licence.credit is None else _words(licence.credit),
        notice=None if licence.notice is None else _words(licence.notice),
        licence_state=licence.state.value,
        licence_note={language: licence_note_of(manifest, load_wording(language)) for language in LANGUAGES},
        limits=tuple(map(_words, manifest.limits_notes)),
        origin=PackOrigin.SHIPPED if kept is None else kept.origin,
        standing=_standing(pack, clinic, kept, replaced),
        accepted=manifest.id in clinic.clinic.accepted_packs,
        can_switch=kept is not None,
        can_compare=manifest.id in comparable,
        trained=manifest.training is not None,
        since=None if kept is None else kept.since,
        reason=None if kept is None else kept.reason,
        in_place_of=None if kept is None else kept.parent,
        replaced_by=tuple(made_of_it),
    )


def _standing(pack: Pack, clinic: OpenClinic, kept: ClinicPack | None, replaced: Collection[str]) -> PackStanding:
    manifest = pack.manifest
    if kept is not None and kept.state is not PackState.ON:
        return PackStanding.WITHDRAWN if kept.state is PackState.WITHDRAWN else PackStanding.OFF
    if not is_active(pack, clinic.clinic, clinic.library):
        return PackStanding.TO_ACCEPT if manifest.licence.state is LicenceState.UNCLEAR else PackStanding.OFF
    if manifest.id in replaced:
        return PackStanding.REPLACED
    here = is_for(manifest, str(clinic.clinic.settings.get("country_iso3", "")))
    return PackStanding.ON if here or manifest.id in clinic.clinic.accepted_packs else PackStanding.ELSEWHERE


def _words(told: PackWords) -> Words:
    return {"en": told.en, "zh": told.zh}
