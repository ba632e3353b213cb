"""The maps of other systems' codes: they name what exists, agree with the dictionary, and hold codes alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine.codes import code_system, fields_by_loinc, load_codes, load_maps
from engine.fields import load_dictionary


def test_every_code_stands_for_something_that_exists() -> None:
    maps, codes, dictionary = load_maps(), load_codes(), load_dictionary()
    assert set(maps.loinc.values()) <= set(dictionary.fields)
    assert {*maps.snomed.values(), *maps.procedures.values()} <= set(codes.conditions)
    assert {*maps.cvx.values(), *maps.procedure_checks.values()} <= set(codes.checks)
    assert set(maps.relation.values()) <= set(codes.relatives)
    for field, answers in maps.values.items():
        assert set(answers.values()) <= set(dictionary[field].category_codes)


def test_the_map_never_contradicts_the_dictionary() -> None:
    maps = load_maps()
    assert {code: maps.loinc[code] for code in fields_by_loinc() if code in maps.loinc} == {
        code: field for code, field in fields_by_loinc().items() if code in maps.loinc
    }


def _luhn_like(code: str) -> bool:
    """LOINC's check digit: Luhn over the digits before the dash."""
    digits, check = code.split("-")
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return (10 - total % 10) % 10 == int(check)


def _verhoeff(code: str) -> bool:
    """SNOMED CT's check digit."""
    base = (
        "0123456789 1234067895 2340178956 3401289567 4012395678 5987604321 6598710432 7659821043 8765932104 9876543210"
    )
    table = [list(map(int, row)) for row in base.split()]
    turns = [[1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    turns = [list(range(10)), turns[0]]
    for _ in range(6):
        turns.append([turns[1][value] for value in turns[-1]])
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = table[check][turns[place % 8][int(digit)]]
    return check == 0


def test_no_code_is_mistyped() -> None:
    maps = load_maps()
    assert [code for code in maps.loinc if not _luhn_like(code)] == []
    snomed = {*maps.snomed, *maps.procedures, *maps.procedure_checks, *(c for v in maps.values.values() for c in v)}
    assert [code for code in snomed if not _verhoeff(code)] == []


def test_only_codes_of_others_ship_and_none_of_their_texts(checkout: Path) -> None:
    document = json.loads((checkout / "resources/codes/record_maps.json").read_text(encoding="utf-8"))
    for name in ("loinc", "snomed", "cvx", "procedures", "procedure_checks"):
        assert all(re.fullmatch(r"[0-9-]+", code) for code in document[name])
        assert all(re.fullmatch(r"[a-z0-9_]+", meaning) for meaning in document[name].values())


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("http://loinc.org", "loinc"),
        ("LN", "loinc"),
        ("urn:oid:2.16.840.1.113883.6.96", "snomed"),
        ("2.16.840.1.113883.6.90", "icd10"),
        ("I10", "icd10"),
        ("urn:own:list", "urn:own:list"),
    ],
)
def test_code_systems_are_known_by_any_of_their_names(written: str, word: str) -> None:
    assert code_system(written) == word
