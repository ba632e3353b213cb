"""Countries and the region each published equation gives them. Sources: ``resources/fields/countries.README.md``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Country:
    """One country; a region is None where the equation's authors do not name one."""

    iso3: str
    iso2: str
    name_en: str
    name_zh: str
    gbd_region: str | None
    score2_region: str | None
    kfre_region: str | None

    def regions(self) -> Mapping[str, str]:
        """Return the setting fields that follow from this country."""
        found = {
            "gbd_region": self.gbd_region,
            "score2_region": self.score2_region,
            "kfre_region": self.kfre_region,
        }
        return {field: region for field, region in found.items() if region is not None}


@cache
def load_countries(path: Path) -> Mapping[str, Country]:
    """Return ISO alpha-3 code -> country, in the order of the table."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["country_iso3"]: _country(row) for row in csv.DictReader(file)}


def _country(row: Mapping[str, str]) -> Country:
    return Country(
        iso3=row["country_iso3"],
        iso2=row["country_iso2"],
        name_en=row["name_en"],
        name_zh=row["name_zh"],
        gbd_region=row["gbd_region"] or None,
        score2_region=row["score2_region"] or None,
        kfre_region=row["kfre_region"] or None,
    )
