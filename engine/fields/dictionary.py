"""The clinic's data dictionary, loaded from ``resources/fields``: names, units, limits, codes, labels."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from engine.domain.record import Value
from engine.fields.countries import load_countries
from engine.resources import resources_folder


class Kind(StrEnum):
    """What a value of a field is."""

    NUMBER = "number"
    CATEGORY = "category"
    BOOLEAN = "boolean"
    DATE = "date"
    TEXT = "text"


class Scope(StrEnum):
    """What a field belongs to."""

    PATIENT = "patient"  # kept until changed
    VISIT = "visit"  # one per visit
    SETTING = "setting"  # chosen once for the clinic


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit a field may arrive in, in UCUM: canonical = value * factor + offset."""

    code: str
    factor: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Category:
    """One code of a category field, with its labels by language."""

    value: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a field follows from others; an entered value wins.

    ``kind``: expression, equation, date_difference, lookup or format; ``detail`` holds what that kind needs.
    """

    kind: str
    sources: tuple[str, ...]
    detail: Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """One quantity of the vocabulary. Limits are in the canonical unit and include their ends."""

    name: str
    kind: Kind
    scope: Scope
    labels: Mapping[str, str]
    helps: Mapping[str, str]
    unit: str | None = None
    alternatives: tuple[Unit, ...] = ()
    hard_min: float | None = None
    hard_max: float | None = None
    plausible_min: float | None = None
    plausible_max: float | None = None
    decimals: int | None = None
    categories: tuple[Category, ...] = ()
    derivation: Derivation | None = None
    loinc: str | None = None
    loinc_verified: bool = False
    carry_days: int | None = None  # how long an earlier value still counts; None: this visit only (scope visit)

    @cached_property
    def category_codes(self) -> tuple[str, ...]:
        """The codes of a category field in dictionary order; the position is the batch value."""
        return tuple(category.value for category in self.categories)

    @cached_property
    def _positions(self) -> Mapping[str, float]:
        return {code: float(position) for position, code in enumerate(self.category_codes)}

    def unit_named(self, code: str) -> Unit | None:
        """Return the unit with this UCUM code if the field knows it."""
        if code == self.unit:
            return Unit(code)
        return next((unit for unit in self.alternatives if unit.code == code), None)

    def encode(self, value: Value | None) -> float:
        """Return how a canonical value is written in a Batch; infinity when it is no value of this field."""
        if value is None:
            return math.nan
        if self.kind is Kind.CATEGORY:
            return self._positions.get(value, math.inf) if isinstance(value, str) else math.inf
        if self.kind is Kind.BOOLEAN:
            return float(value) if isinstance(value, bool) else math.inf
        if self.kind is Kind.NUMBER and isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value) if math.isfinite(value) else math.inf
        return math.inf

    def decode(self, number: float) -> Value | None:
        """Return the canonical value that a finite Batch number stands for; None for NaN."""
        if math.isnan(number):
            return None
        if self.kind is Kind.CATEGORY:
            return self.category_codes[int(number)]
        if self.kind is Kind.BOOLEAN:
            return bool(number)
        return number

    def label(self, language: str) -> str:
        """Return the field's name for people."""
        return self.labels[language]

    def category_label(self, value: str, language: str) -> str:
        """Return the name of a code for people; the code itself when the field has no such code."""
        return next((c.labels[language] for c in self.categories if c.value == value), value)


@dataclass(frozen=True, eq=False)
class Dictionary:
    """All fields by name. ``[name]`` raises KeyError for an unknown field. Equal only to itself, so it can be a key."""

    version: str
    fields: Mapping[str, Field]

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self.fields


@cache
def load_dictionary() -> Dictionary:
    """Return the dictionary that ships with the program."""
    folder = resources_folder() / "fields"
    document = json.loads((folder / "fields.json").read_text(encoding="utf-8"))
    carry = json.loads((folder / "carry_days.json").read_text(encoding="utf-8"))["carry_days"]
    fields = {entry["name"]: _field(entry, carry.get(entry["name"]), folder) for entry in document["fields"]}
    return Dictionary(document["version"], fields)


def _field(entry: Mapping[str, Any], carry_days: int | None, folder: Path) -> Field:
    loinc = entry.get("loinc") or {}
    return Field(
        name=entry["name"],
        kind=Kind(entry["kind"]),
        scope=Scope(entry["scope"]),
        labels={"en": entry["label_en"], "zh": entry["label_zh"]},
        helps={"en": entry.get("help_en") or "", "zh": entry.get("help_zh") or ""},
        unit=entry.get("unit"),
        alternatives=tuple(
            Unit(unit["unit"], unit["factor"], unit["offset"]) for unit in entry.get("alternative_units") or ()
        ),
        hard_min=entry.get("hard_min"),
        hard_max=entry.get("hard_max"),
        plausible_min=entry.get("plausible_min"),
        plausible_max=entry.get("plausible_max"),
        decimals=entry.get("decimals"),
        categories=_categories(entry, folder),
        derivation=_derivation(entry.get("derived")),
        loinc=loinc.get("code"),
        loinc_verified=bool(loinc.get("verified")),
        carry_days=carry_days,
    )


def _categories(entry: Mapping[str, Any], folder: Path) -> tuple[Category, ...]:
    if entry.get("categories_file"):
        countries = load_countries(folder / "countries.csv")
        return tuple(
            Category(code, {"en": country.name_en, "zh": country.name_zh}) for code, country in countries.items()
        )
    return tuple(
        Category(category["value"], {"en": category["label_en"], "zh": category["label_zh"]})
        for category in entry.get("categories") or ()
    )


def _derivation(derived: Mapping[str, Any] | None) -> Derivation | None:
    if derived is None:
        return None
    detail = {key: value for key, value in derived.items() if isinstance(value, str) and key != "kind"}
    return Derivation(derived["kind"], tuple(derived["from"]), detail)
