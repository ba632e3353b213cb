"""What the ends hold in made-up populations: the figures that the card tells."""

from __future__ import annotations

import sys

import pytest

from tests.stability_table import RECIPES, held


@pytest.mark.parametrize("kind", ["logistic, straight", "cox"])
def test_ends_hold_what_a_large_sample_says_of_nearly_everybody_and_less_of_one_more_sample(kind: str) -> None:
    found = held(RECIPES[kind], rows=600, models=100, samples=8, others=4)
    sys.stdout.write(f"{kind}: held of a large sample {found.large:.3f}, of one more sample {found.other:.3f}\n")
    assert 0.88 <= found.large <= 0.99  # 0.95 of many samples; of eight the mean has a standard error of 0.02
    assert 0.74 <= found.other <= 0.92  # 0.83: both models have their chance
    assert found.other < found.large
    assert 0.05 < found.width < 0.4


def test_more_people_bring_the_ends_together() -> None:
    recipe = RECIPES["logistic, straight"]
    few, many = (held(recipe, rows=rows, models=60, samples=2, others=1).width for rows in (300, 2700))
    assert 2 < few / many < 4.5  # a ninth of the variance is a third of the width
