"""Spellings of units become UCUM codes, and only those a field can arrive in are taken."""

from __future__ import annotations

import pytest

from engine.fields import Kind, load_dictionary
from engine.intake.lexicon import load_lexicon
from engine.intake.units import known_units, read_unit, unit_for, unit_name

WORDS = load_lexicon().units
DICTIONARY = load_dictionary()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("mmHg", "mm[Hg]"),
        ("MM HG", "mm[Hg]"),
        ("毫米汞柱", "mm[Hg]"),
        ("mmol/L", "mmol/L"),
        ("mmol·L-1", "mmol/L"),
        ("mmol/l", "mmol/L"),
        ("mg/dl", "mg/dL"),
        ("mg%", "mg/dL"),
        ("umol/L", "umol/L"),
        ("\u00b5mol/L", "umol/L"),
        ("\u03bcmol/L", "umol/L"),
        ("lbs", "[lb_av]"),
        ("斤", "[jin_i]"),
        ("inches", "[in_i]"),
        ("厘米", "cm"),
        ("次/分", "/min"),
        ("whatever", None),
        ("", None),
    ],
)
def test_a_unit_is_known_in_every_spelling(written: str, code: str | None) -> None:
    found = read_unit(written, WORDS)
    if code == "[jin_i]":
        assert found in known_units(DICTIONARY["weight_kg"])
    else:
        assert found == code


def test_every_unit_of_the_dictionary_is_read_back_from_its_own_name() -> None:
    for field in DICTIONARY.fields.values():
        if field.kind is not Kind.NUMBER or len(known_units(field)) < 2:
            continue
        for code in set(known_units(field)) - {"1"}:
            named = read_unit(unit_name(code, WORDS), WORDS)
            assert named is not None, (field.name, code)
            found, wanted = unit_for(field, named), unit_for(field, code)
            assert found is not None
            assert wanted is not None
            assert (found.factor, found.offset) == (wanted.factor, wanted.offset), (field.name, code)


def test_multiples_convert_through_the_unit_they_are_made_of() -> None:
    feet, inch = unit_for(DICTIONARY["height_cm"], "[ft_i]"), unit_for(DICTIONARY["height_cm"], "[in_i]")
    assert feet is not None
    assert inch is not None
    assert feet.factor == pytest.approx(12 * inch.factor)
    grams = unit_for(DICTIONARY["total_cholesterol_mmol_l"], "g/L")
    assert grams is not None
    assert grams.factor == pytest.approx(2.586, abs=0.001)


def test_a_unit_of_another_field_is_none() -> None:
    assert unit_for(DICTIONARY["sbp_mmhg"], "mmol/L") is None
    assert unit_for(DICTIONARY["weight_kg"], None) is None
