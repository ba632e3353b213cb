"""The country table: what it says must come from the papers it names."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from engine.fields import load_dictionary
from engine.fields.countries import load_countries
from engine.resources import resources_folder

COUNTRIES = load_countries(resources_folder() / "fields" / "countries.csv")


def test_codes_are_iso_3166_and_different() -> None:
    assert len(COUNTRIES) > 190
    assert len({country.iso2 for country in COUNTRIES.values()}) == len(COUNTRIES)
    for code, country in COUNTRIES.items():
        assert code == country.iso3
        assert (len(country.iso3), len(country.iso2)) == (3, 2)
        assert (country.iso3 + country.iso2).isupper()
        assert country.name_en.strip()
        assert country.name_zh.strip()


def test_every_region_is_a_code_of_its_field() -> None:
    dictionary = load_dictionary()
    for country in COUNTRIES.values():
        for field, region in country.regions().items():
            assert region in dictionary[field].category_codes, (country.iso3, field)


@pytest.mark.parametrize(
    ("iso3", "regions"),
    [
        # risk regions: doi:10.1093/eurheartj/ehab309 (SCORE2); North America or not: doi:10.1001/jama.2015.18202 (KFRE)
        ("GBR", {"gbd_region": "western_europe", "score2_region": "low", "kfre_region": "other"}),
        ("DEU", {"gbd_region": "western_europe", "score2_region": "moderate", "kfre_region": "other"}),
        ("POL", {"gbd_region": "central_europe", "score2_region": "high", "kfre_region": "other"}),
        ("UKR", {"gbd_region": "eastern_europe", "score2_region": "very_high", "kfre_region": "other"}),
        ("CHN", {"gbd_region": "east_asia", "kfre_region": "other"}),
        ("USA", {"gbd_region": "high_income_north_america", "kfre_region": "north_america"}),
        ("CAN", {"gbd_region": "high_income_north_america", "kfre_region": "north_america"}),
    ],
)
def test_a_country_gives_the_regions_its_papers_name_and_no_other(iso3: str, regions: dict[str, str]) -> None:
    assert dict(COUNTRIES[iso3].regions()) == regions


def test_no_score2_region_is_guessed_outside_its_paper() -> None:
    for iso3 in ("CHN", "IND", "USA", "KEN", "BRA", "JPN"):
        assert COUNTRIES[iso3].score2_region is None


@pytest.mark.shared
def test_who_regions_are_those_of_the_reference(shared: Path) -> None:
    with (shared / "reference" / "equations" / "country_regions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 150
    for row in rows:
        country = COUNTRIES[row["country_iso3"]]
        assert (country.gbd_region or "") == row["gbd_region"], country.iso3
