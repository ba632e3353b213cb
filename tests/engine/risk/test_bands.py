"""Bands of the shipped packs: half-open, without gaps, never falling while the number rises."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions import Comparison, Name, Number, walk
from engine.expressions.nodes import Negation, Node
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


def positions(pack_id: str, rule: BandRule, numbers: list[float], age: float = 55.0, beside: float = 0.0) -> list[int]:
    """Bands of these numbers; ``beside`` is what the other outputs of the pack are."""
    rules = RULES[pack_id]
    column = np.array(numbers, dtype=np.float64)
    outputs = {output.output.name: np.full(len(numbers), beside) for output in rules.outputs}
    outputs[rule.scheme.output] = column
    formula = {each.input.name: np.full(len(numbers), age) for each in rules.inputs}
    found: list[int] = band_positions(rule, formula, outputs, rules.formula_codes).tolist()
    return found


def cuts(rule: BandRule) -> list[tuple[str, float]]:
    """Return (operator, number) of every comparison of the output with a number."""
    found = (node for when in rule.whens for node in walk(when.root) if isinstance(node, Comparison))
    mine = (node for node in found if isinstance(node.left, Name) and node.left.name == rule.scheme.output)
    return [(node.operator, number) for node in mine if (number := _number(node.right)) is not None]


def _number(node: Node) -> float | None:
    if isinstance(node, Negation) and isinstance(node.operand, Number):
        return -node.operand.value
    return node.value if isinstance(node, Number) else None


def is_whole(pack_id: str, rule: BandRule) -> bool:
    """Whether the banded output has whole numbers only."""
    return LIBRARY.get(pack_id).manifest.output(rule.scheme.output).kind is OutputKind.POINTS


def from_the_top(rule: BandRule) -> bool:
    """Whether a scheme lists its highest band first: an eGFR is better the higher it is, a sum of points worse."""
    return {operator for operator, _ in cuts(rule)} <= {">", ">=", "=="}


ANY_NUMBER = st.floats(0, 1) | st.floats(0, 200) | st.floats(-30, 0)


def test_there_are_bands_to_look_at() -> None:
    assert len(SCHEMES) >= 38
    assert all(cuts(rule) for _, rule in SCHEMES)


@each_scheme
@given(number=ANY_NUMBER, age=st.floats(18, 100), beside=st.integers(0, 3))
def test_every_number_has_a_band(pack_id: str, rule: BandRule, number: float, age: float, beside: int) -> None:
    assert positions(pack_id, rule, [number], age, beside) != [NO_BAND]


@each_scheme
def test_a_number_on_a_cut_belongs_to_the_side_that_its_sign_says(pack_id: str, rule: BandRule) -> None:
    for age in (45.0, 55.0):
        for operator, cut in cuts(rule):
            whole = is_whole(pack_id, rule)
            near = (cut - 1, cut + 1) if whole else (np.nextafter(cut, -100), np.nextafter(cut, 1000))
            below, on, above = positions(pack_id, rule, [near[0], cut, near[1]], age)
            if operator == "==":
                assert len({below, on, above}) == 3
                continue
            if below == above:
                continue  # a cut for people of another age
            assert on == (above if operator in {"<", ">="} else below)


@each_scheme
@given(numbers=st.lists(ANY_NUMBER, min_size=2, max_size=20), age=st.floats(18, 100), beside=st.integers(0, 3))
def test_bands_follow_the_order_of_the_numbers(
    pack_id: str, rule: BandRule, numbers: list[float], age: float, beside: int
) -> None:
    numbers = [float(round(number)) for number in numbers] if is_whole(pack_id, rule) else numbers
    found = positions(pack_id, rule, sorted(numbers), age, beside)
    assert found == sorted(found, reverse=from_the_top(rule))


@each_scheme
def test_no_number_has_no_band(pack_id: str, rule: BandRule) -> None:
    assert positions(pack_id, rule, [np.nan]) == [NO_BAND]
