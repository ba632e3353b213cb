"""What a clinic chooses once: its country and the regions that published equations give it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain.record import Value
from engine.errors import UsageError
from engine.fields import Dictionary, Field, Kind, Scope
from engine.fields.countries import Country, load_countries
from engine.resources import resources_folder

# Regions that equations need and that follow from the country where their authors say so.
REGION_FIELDS = ("gbd_region", "score2_region", "kfre_region")
COUNTRY_FIELD = "country_iso3"


@dataclass(frozen=True, slots=True)
class SettingsChoice:
    """The settings of a new clinic, and the regions nobody could derive: they must be chosen, never guessed."""

    settings: Mapping[str, Value]
    open_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegionChoice:
    """One value that a region can have, with its name by language."""

    code: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RegionSetting:
    """One region that equations need: its name and help by language, its choices, and the value (None: still open)."""

    field: str
    labels: Mapping[str, str]
    helps: Mapping[str, str]
    choices: tuple[RegionChoice, ...]
    value: str | None


def region_settings(settings: Mapping[str, Value], dictionary: Dictionary) -> tuple[RegionSetting, ...]:
    """Return every region with its value among these settings."""
    return tuple(_region(dictionary[name], settings.get(name)) for name in REGION_FIELDS)


def _region(field: Field, value: Value | None) -> RegionSetting:
    return RegionSetting(
        field=field.name,
        labels=field.labels,
        helps=field.helps,
        choices=tuple(RegionChoice(category.value, category.labels) for category in field.categories),
        value=None if value is None else str(value),
    )


def choose_settings(country: str, chosen: Mapping[str, str], dictionary: Dictionary) -> SettingsChoice:
    """Return the settings for a country (ISO 3166 alpha-3 or alpha-2) with what was chosen by hand on top.

    Raises:
        UsageError: unknown country, a field that is no setting, a value the field does not have, or the country
            as a setting: its regions follow from it, so it is given once.
    """
    found = find_country(country)
    settings: dict[str, Value] = {COUNTRY_FIELD: found.iso3, **found.regions()}
    for name, text in chosen.items():
        if name == COUNTRY_FIELD:
            raise UsageError("setting_is_country")
        settings[name] = parse_setting(name, text, dictionary)
    open_fields = tuple(name for name in REGION_FIELDS if name not in settings)
    return SettingsChoice(settings, open_fields)


def find_country(code: str) -> Country:
    """Return the country of an ISO 3166 alpha-3 or alpha-2 code, in capitals or not; UsageError when unknown."""
    wanted = code.strip().upper()
    for country in load_countries(resources_folder() / "fields" / "countries.csv").values():
        if wanted in (country.iso3, country.iso2):
            return country
    raise UsageError("country_unknown", country=code)


def parse_setting(name: str, text: str, dictionary: Dictionary) -> Value:
    """Return the canonical value of a setting written as text; UsageError when it is not one."""
    if name not in dictionary or dictionary[name].scope is not Scope.SETTING:
        raise UsageError("setting_unknown", setting=name)
    field = dictionary[name]
    value = _parse(field, text.strip())
    if value is None:
        raise UsageError("setting_value", setting=name, allowed=_allowed(field))
    return value


def _parse(field: Field, text: str) -> Value | None:
    if field.kind is Kind.CATEGORY:
        return text if text in field.category_codes else None
    if field.kind is Kind.BOOLEAN:
        return {"true": True, "false": False}.get(text)
    try:
        number = float(text)
    except ValueError:
        return None
    low = -math.inf if field.hard_min is None else field.hard_min
    high = math.inf if field.hard_max is None else field.hard_max
    return number if low <= number <= high else None


def _allowed(field: Field) -> str:
    if field.kind is Kind.CATEGORY:
        return ", ".join(field.category_codes)
    return "true, false" if field.kind is Kind.BOOLEAN else f"{field.hard_min:g}-{field.hard_max:g}"
