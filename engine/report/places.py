"""What differs from country to country on the pages: emergency number, units shown, order of a date.

Data: ``resources/report/places.json``, with the source of every emergency number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from engine.resources import resources_folder


@dataclass(frozen=True, slots=True)
class ShownUnit:
    """The unit a value is shown in, and its decimals."""

    unit: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Places:
    """The data by ISO alpha-3 code of the country."""

    emergency: Mapping[str, str]
    month_first: frozenset[str]
    units: Mapping[str, Mapping[str, ShownUnit]]
    patient_decimals: Mapping[str, int]


@cache
def load_places() -> Places:
    """Return the data that ships with the program."""
    document = json.loads((resources_folder() / "report" / "places.json").read_text(encoding="utf-8"))
    emergency: dict[str, str] = {}
    for key, entry in document["emergency"].items():
        if key == "note":
            continue
        countries = entry.get("countries", [key])
        emergency |= dict.fromkeys(countries, entry.get("number", key))
    return Places(
        emergency=emergency,
        month_first=frozenset(document["month_first"]),
        units={
            country: {field: ShownUnit(*shown) for field, shown in fields.items()}
            for country, fields in document["units"].items()
            if country != "note"
        },
        patient_decimals={name: each for name, each in document["patient_decimals"].items() if name != "note"},
    )
