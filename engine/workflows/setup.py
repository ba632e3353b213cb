"""The first start: which country means what, a recovery key on paper before there is a clinic, then the clinic.

In this order: ``countries`` and ``describe_country`` for the questions, ``plan_clinic`` when they are answered,
``check_passphrase``, ``new_recovery_key`` and its sheet, ``check_typed_back``, and only then ``create`` (all but the
last make nothing).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from engine.domain.assessment import Clinic
from engine.domain.ports import Clock
from engine.domain.recovery import RecoverySheet
from engine.domain.report import Paper
from engine.errors import PassphraseError
from engine.fields import Scope, load_dictionary
from engine.fields.countries import load_countries
from engine.packs import Pack, PackLibrary
from engine.packs.manifest import Outside
from engine.report import recovery_images, typeset_recovery
from engine.report import recovery_sheet as compose_sheet
from engine.resources import resources_folder
from engine.store import RecoveryKey, parse_recovery_key
from engine.workflows.clinics import (
    ClinicPlan,
    ClinicRequest,
    CreatedClinic,
    clinic_name,
    create,
    plan_clinic,
    program_version,
)
from engine.workflows.packs import active_packs
from engine.workflows.passphrases import PassphraseAdvice, check_passphrase, passphrase_advice
from engine.workflows.settings import RegionSetting, choose_settings, find_country, region_settings

__all__ = [
    "ClinicPlan",
    "ClinicRequest",
    "CountryChoice",
    "CountryName",
    "CreatedClinic",
    "LeadPack",
    "PassphraseAdvice",
    "RecoveryKey",
    "RecoverySheet",
    "check_passphrase",
    "check_typed_back",
    "countries",
    "create",
    "describe_country",
    "new_recovery_key",
    "passphrase_advice",
    "plan_clinic",
    "recovery_images",
    "recovery_sheet",
    "typeset_recovery",
]
_AGE = "age"


@dataclass(frozen=True, slots=True)
class CountryName:
    """A country in a list to choose from."""

    iso3: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class LeadPack:
    """The model whose number leads a page, with the ages (years, ends included) outside which it gives none.

    ``age_min`` and ``age_max`` are None where the model has no such limit.
    """

    id: str
    title: Mapping[str, str]
    outcome: Mapping[str, str]
    horizon_years: float | None
    age_min: float | None
    age_max: float | None


@dataclass(frozen=True, slots=True)
class CountryChoice:
    """What follows from a country: its regions, those it leaves open, and which model would lead the pages.

    ``lead`` is None where the models that could lead all need a region that is still open.
    """

    iso3: str
    labels: Mapping[str, str]
    regions: tuple[RegionSetting, ...]
    open_fields: tuple[str, ...]
    lead: LeadPack | None


@cache
def countries() -> tuple[CountryName, ...]:
    """Return every country, in the order of its code."""
    found = load_countries(resources_folder() / "fields" / "countries.csv").values()
    return tuple(CountryName(country.iso3, country.name_en, country.name_zh) for country in found)


def describe_country(
    country_code: str, chosen: Mapping[str, str] | None = None, library: PackLibrary | None = None
) -> CountryChoice:
    """Return what follows from a country, with settings that were chosen by hand on top.

    Raises:
        UsageError: ``country_unknown``, ``setting_unknown``, ``setting_value``.
        PackError: a pack is damaged.
    """
    country = find_country(country_code)
    dictionary = load_dictionary()
    choice = choose_settings(country.iso3, chosen or {}, dictionary)
    clinic = Clinic("", "", choice.settings)
    return CountryChoice(
        iso3=country.iso3,
        labels={"en": country.name_en, "zh": country.name_zh},
        regions=region_settings(choice.settings, dictionary),
        open_fields=choice.open_fields,
        lead=_lead(clinic, library or _shipped()),
    )


@cache
def _shipped() -> PackLibrary:
    return PackLibrary.shipped()  # checked once, not at every country that is looked at


def _lead(clinic: Clinic, library: PackLibrary) -> LeadPack | None:
    """Return the first pack of the leading topic that the clinic's settings are enough for."""
    telling = [pack for pack in active_packs(library, clinic) if pack.manifest.patient is not None]
    topic = telling[0].manifest.topic if telling else None
    fitting = (pack for pack in telling if pack.manifest.topic == topic and not _needs_more(pack, clinic))
    return next((_described(pack) for pack in fitting), None)


def _needs_more(pack: Pack, clinic: Clinic) -> bool:
    dictionary = load_dictionary()
    return any(
        each.required and each.field not in clinic.settings
        for each in pack.manifest.inputs
        if each.field in dictionary and dictionary[each.field].scope is Scope.SETTING
    )


def _described(pack: Pack) -> LeadPack:
    manifest = pack.manifest
    age = next((each.valid for each in manifest.inputs if each.field == _AGE), None)
    limits = age if age is not None and age.outside is Outside.REFUSE else None
    return LeadPack(
        id=manifest.id,
        title={"en": manifest.title.en, "zh": manifest.title.zh},
        outcome={"en": manifest.outcome.en, "zh": manifest.outcome.zh},
        horizon_years=manifest.horizon_years[0] if manifest.horizon_years else None,
        age_min=limits.min if limits else None,
        age_max=limits.max if limits else None,
    )


def new_recovery_key(random: Callable[[int], bytes] = secrets.token_bytes) -> RecoveryKey:
    """Draw the recovery key of a clinic that is still to be made."""
    return RecoveryKey.generate(random)


def recovery_sheet(
    name: str,
    key: RecoveryKey,
    clock: Clock,
    language: str,
    paper: Paper = Paper.A4,
    *,
    country: str = "",
    practice: bool = False,
) -> RecoverySheet:
    """Return what the sheet of a recovery key says; ``typeset_recovery`` and ``recovery_images`` set it.

    ``country`` (ISO 3166 alpha-3) only orders the date.

    Raises:
        UsageError: as ``clinic_name``.
    """
    return compose_sheet(
        clinic_name(name),
        key.rows,
        made_on=clock.today(),
        language=language,
        paper=paper,
        program_version=program_version(),
        country=country,
        practice=practice,
    )


def check_typed_back(key: RecoveryKey, text: str) -> None:
    """Check that the key was typed back as it stands on the sheet.

    Raises:
        PassphraseError: ``recovery_key_shape``; ``recovery_key_row`` for the first row that is not that of the sheet;
            ``recovery_key_other`` when no row is: another sheet was used.
    """
    typed = parse_recovery_key(text)
    same = [mine == theirs for mine, theirs in zip(typed.rows, key.rows, strict=True)]
    if not any(same):
        raise PassphraseError("recovery_key_other")
    if not all(same):
        raise PassphraseError("recovery_key_row", row=same.index(False) + 1)
