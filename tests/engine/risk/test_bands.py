"""Bands of the shipped packs: half-open, without gaps, never falling while the number rises."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions import Comparison, Name, Number, walk
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.packs.manifest import OutputKind
from engine.risk.bands import NO_BAND, band_positions
from engine.risk.rules import BandRule, Rules, make_rules

LIBRARY = PackLibrary.shipped()
RULES: Mapping[str, Rules] = {pack.manifest.id: make_rules(pack.manifest, load_dictionary()) for pack in LIBRARY.all()}
SCHEMES = [(pack_id, rule) for pack_id, rules in RULES.items() for rule in rules.bands]
IDS = [f"{pack_id}-{rule.scheme.scheme}" for pack_id, rule in SCHEMES]
each_scheme = pytest.mark.parametrize(("pack_id", "rule"), SCHEMES, ids=IDS)


def positions(pack_id: str, rule: BandRule, numbers: list[float], age: float = 55.0) -> list[int]:
    rules = RULES[pack_id]
    column = np.array(numbers, dtype=np.float64)
    outputs = {output.output.name: column for output in rules.outputs}
    formula = {each.input.name: np.full(len(numbers), age) for each in rules.inputs}
    found: list[int] = band_positions(rule, formula, outputs, rules.formula_codes).tolist()
    return found


def cuts(rule: BandRule) -> list[tuple[str, float]]:
    """Return (operator, number) of every comparison of the output with a number."""
    found = (node for when in rule.whens for node in walk(when.root) if isinstance(node, Comparison))
    return [
        (node.operator, node.right.value)
        for node in found
        if isinstance(node.left, Name) and node.left.name == rule.scheme.output and isinstance(node.right, Number)
    ]


def test_there_are_bands_to_look_at() -> None:
    assert len(SCHEMES) >= 7
    assert all(cuts(rule) for _, rule in SCHEMES)


@each_scheme
@given(number=st.floats(0, 1) | st.floats(0, 200), age=st.floats(18, 100))
def test_every_number_has_a_band(pack_id: str, rule: BandRule, number: float, age: float) -> None:
    assert positions(pack_id, rule, [number], age) != [NO_BAND]


@each_scheme
def test_a_number_on_a_cut_belongs_to_the_side_that_its_sign_says(pack_id: str, rule: BandRule) -> None:
    for age in (45.0, 55.0):
        for operator, cut in cuts(rule):
            below, on, above = positions(pack_id, rule, [np.nextafter(cut, -1), cut, np.nextafter(cut, 1000)], age)
            if below == above:
                continue  # a cut for people of another age
            assert on == (above if operator in {"<", ">="} else below)


@each_scheme
@given(numbers=st.lists(st.floats(0, 1) | st.floats(0, 200), min_size=2, max_size=20), age=st.floats(18, 100))
def test_bands_follow_the_order_of_the_numbers(pack_id: str, rule: BandRule, numbers: list[float], age: float) -> None:
    found = positions(pack_id, rule, sorted(numbers), age)
    kind = LIBRARY.get(pack_id).manifest.output(rule.scheme.output).kind
    # An eGFR is better the higher it is: its bands are listed from the top.
    assert found == sorted(found, reverse=kind is OutputKind.INDEX)


@each_scheme
def test_no_number_has_no_band(pack_id: str, rule: BandRule) -> None:
    assert positions(pack_id, rule, [np.nan]) == [NO_BAND]
