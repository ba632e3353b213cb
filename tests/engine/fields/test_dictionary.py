"""The data dictionary as it ships."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions import parse
from engine.fields import Dictionary, Field, Kind, Scope, Unit, load_dictionary
from engine.resources import resources_folder

DICTIONARY = load_dictionary()
FIELDS = list(DICTIONARY.fields.values())
OF_KIND = {kind: [field for field in FIELDS if field.kind is kind] for kind in Kind}
WITH_UNITS = [(field, unit) for field in FIELDS for unit in field.alternatives]


@pytest.mark.shared
def test_the_shipped_dictionary_is_the_reference(shared: Path) -> None:
    shipped = (resources_folder() / "fields" / "fields.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == json.loads((shared / "reference" / "fields.json").read_text(encoding="utf-8"))


@pytest.mark.shared
def test_every_carry_over_of_the_reference_is_known(shared: Path) -> None:
    reference = json.loads((shared / "reference" / "guideline_variables.json").read_text(encoding="utf-8"))
    assert reference["carry_days"] == {field.name: field.carry_days for field in FIELDS if field.carry_days is not None}


def test_the_dictionary_knows_its_fields_by_name() -> None:
    assert DICTIONARY["sbp_mmhg"].unit == "mm[Hg]"
    assert "no_such_field" not in DICTIONARY
    with pytest.raises(KeyError):
        DICTIONARY["no_such_field"]


def test_the_dictionary_is_read_once() -> None:
    assert load_dictionary() is DICTIONARY
    assert isinstance(DICTIONARY, Dictionary)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_field_and_code_has_a_name(language: str) -> None:
    for field in FIELDS:
        assert field.label(language).strip()
        for category in field.categories:
            assert field.category_label(category.value, language).strip()


def test_numbers_have_a_unit_and_other_kinds_have_none() -> None:
    for field in FIELDS:
        assert (field.unit is not None) == (field.kind is Kind.NUMBER), field.name
        assert bool(field.categories) == (field.kind is Kind.CATEGORY), field.name


def test_limits_are_ordered_and_plausible_ones_lie_within_the_hard_ones() -> None:
    for field in OF_KIND[Kind.NUMBER]:
        limits = [field.hard_min, field.plausible_min, field.plausible_max, field.hard_max]
        given_limits = [limit for limit in limits if limit is not None]
        assert given_limits == sorted(given_limits), field.name
        assert field.hard_min is not None, field.name
        assert field.hard_max is not None, field.name
        assert field.hard_min < field.hard_max, field.name


def test_codes_of_a_field_are_different() -> None:
    for field in OF_KIND[Kind.CATEGORY]:
        assert len(set(field.category_codes)) == len(field.category_codes)


@given(st.sampled_from(WITH_UNITS), st.floats(0, 1))
def test_units_convert_there_and_back(pair: tuple[Field, Unit], share: float) -> None:
    field, unit = pair
    assert field.unit_named(unit.code) == unit
    assert field.hard_min is not None
    assert field.hard_max is not None
    canonical = field.hard_min + share * (field.hard_max - field.hard_min)
    written = (canonical - unit.offset) / unit.factor
    assert written * unit.factor + unit.offset == pytest.approx(canonical, rel=1e-12, abs=1e-12)


def test_a_unit_is_known_by_its_code_and_the_canonical_one_changes_nothing() -> None:
    cholesterol = DICTIONARY["total_cholesterol_mmol_l"]
    milligrams = cholesterol.unit_named("mg/dL")
    canonical = cholesterol.unit_named("mmol/L")
    assert milligrams is not None
    assert canonical is not None
    assert 200 * milligrams.factor + milligrams.offset == pytest.approx(200 / 38.67, rel=1e-9)
    assert (canonical.factor, canonical.offset) == (1.0, 0.0)
    assert cholesterol.unit_named("furlong") is None


def test_the_factors_of_the_dictionary_are_those_every_unit_uses() -> None:
    factors = json.loads((resources_folder() / "fields" / "fields.json").read_text(encoding="utf-8"))["factors"]
    expected = {
        "ldl_mmol_l": 1 / factors["cholesterol_mg_dl_per_mmol_l"],
        "triglycerides_mmol_l": 1 / factors["triglycerides_mg_dl_per_mmol_l"],
        "fasting_glucose_mmol_l": 1 / factors["glucose_mg_dl_per_mmol_l"],
        "creatinine_umol_l": factors["creatinine_umol_l_per_mg_dl"],
        "bilirubin_umol_l": factors["bilirubin_umol_l_per_mg_dl"],
    }
    for name, factor in expected.items():
        unit = DICTIONARY[name].unit_named("mg/dL")
        assert unit is not None
        assert unit.factor == pytest.approx(factor, rel=1e-9)


@given(st.sampled_from(OF_KIND[Kind.CATEGORY]), st.data())
def test_a_code_survives_the_batch(field: Field, data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(field.category_codes))
    assert field.decode(field.encode(code)) == code


@given(st.sampled_from(OF_KIND[Kind.BOOLEAN]), st.booleans())
def test_a_truth_survives_the_batch(field: Field, value: bool) -> None:
    assert field.decode(field.encode(value)) is value


@given(st.sampled_from(OF_KIND[Kind.NUMBER]), st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_the_batch(field: Field, value: float) -> None:
    assert field.decode(field.encode(value)) == value


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.BOOLEAN, Kind.CATEGORY])
def test_an_absent_value_is_not_a_number_and_a_wrong_one_is_infinite(kind: Kind) -> None:
    field = OF_KIND[kind][0]
    assert math.isnan(field.encode(None))
    assert field.decode(math.nan) is None
    assert field.encode("no such value") == math.inf


def test_values_of_another_kind_are_refused_not_taken_for_numbers() -> None:
    assert DICTIONARY["sbp_mmhg"].encode(True) == math.inf
    assert DICTIONARY["sbp_mmhg"].encode(float(np.inf)) == math.inf
    assert DICTIONARY["diabetes"].encode(1) == math.inf
    assert DICTIONARY["smoker"].encode(0.0) == math.inf
    assert DICTIONARY["name"].encode("anyone") == math.inf


def test_what_a_field_is_derived_from_exists() -> None:
    for field in FIELDS:
        if field.derivation is not None:
            assert all(source in DICTIONARY for source in field.derivation.sources), field.name
            if field.derivation.kind == "expression":
                used = parse(field.derivation.detail["expr"]).names
                assert used <= set(field.derivation.sources), field.name


def test_settings_are_few_and_no_one_carries_a_visit_value_for_ever() -> None:
    settings = {field.name for field in FIELDS if field.scope is Scope.SETTING}
    assert {"country_iso3", "score2_region", "kfre_region", "gbd_region"} <= settings
    for field in FIELDS:
        assert field.carry_days is None or (field.scope is Scope.VISIT and field.carry_days > 0), field.name


def test_loinc_codes_are_well_formed_and_used_once() -> None:
    codes = [field.loinc for field in FIELDS if field.loinc is not None]
    assert len(codes) == len(set(codes))
    for code in codes:
        digits, check = code.split("-")
        assert int(check) == luhn_check_digit(digits), code


def luhn_check_digit(digits: str) -> int:
    """Return the check digit of a LOINC number (mod 10, every second digit from the right doubled)."""
    doubled = [int(digit) * (2 if position % 2 == 0 else 1) for position, digit in enumerate(reversed(digits))]
    return -sum(value // 10 + value % 10 for value in doubled) % 10
