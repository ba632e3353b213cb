"""Units of UCUM against each other: what laboratories write, and what must not be compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codes import ratio
from engine.fields import Kind, load_dictionary
from engine.intake.records.units import unit_of


@pytest.mark.parametrize(
    ("unit", "other", "times"),
    [
        ("g/dL", "g/L", 10),
        ("g/mL", "g/L", 1000),
        ("mg/dl", "mg/dL", 1),
        ("ug/mL", "mg/L", 1),
        ("10*3/uL", "10*9/L", 1),
        ("10^9/L", "10*9/L", 1),
        ("10+3/ul", "10*9/L", 1),
        ("{cells}/uL", "10*9/L", 0.001),
        ("{beats}/min", "/min", 1),
        ("mL/min", "mL/min/{1.73_m2}", 1),
        ("kPa", "mm[Hg]", 7.50064),
        ("[in_us]", "cm", 2.540005),
        ("nmol/L", "umol/L", 0.001),
        ("kg/m2", "g/m2", 1000),
        ("U/mL", "U/L", 1000),
    ],
)
def test_units_of_one_quantity_have_a_ratio(unit: str, other: str, times: float) -> None:
    assert ratio(unit, other) == pytest.approx(times, rel=1e-5)
    assert ratio(other, unit) == pytest.approx(1 / times, rel=1e-5)


@pytest.mark.parametrize(
    ("unit", "other"),
    [
        ("mg/dL", "mmol/L"),  # depends on the substance
        ("mmol/mol", "%"),  # of haemoglobin these are not one scale
        ("%", "1"),
        ("Cel", "[degF]"),
        ("mg", "mg/dL"),
        ("furlong", "cm"),
        ("", "cm"),
        ("m2.kg.", "cm"),
        ("x" * 500, "cm"),
    ],
)
def test_what_is_no_one_quantity_has_none(unit: str, other: str) -> None:
    assert ratio(unit, other) is None


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    found = ratio(text, "mg/L")
    assert found is None or found >= 0


@pytest.mark.parametrize(
    "field", [known.name for known in load_dictionary().fields.values() if known.kind is Kind.NUMBER and known.unit]
)
def test_every_field_takes_its_own_units(field: str) -> None:
    known = load_dictionary()[field]
    for unit in (str(known.unit), *(each.code for each in known.alternatives)):
        found = unit_of(field, unit)
        assert found is not None
        expected = known.unit_named(unit)
        assert expected is not None
        assert (found.factor, found.offset) == (expected.factor, expected.offset)


def test_nothing_is_guessed_where_several_units_are_possible() -> None:
    assert unit_of("total_cholesterol_mmol_l", None) is None
    assert unit_of("total_cholesterol_mmol_l", "1") is None
    assert unit_of("pulse_bpm", None) is not None
    mass = unit_of("total_cholesterol_mmol_l", "g/L")
    assert mass is not None
    assert 2 * mass.factor == pytest.approx(200 / 38.67)
