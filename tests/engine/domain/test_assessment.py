"""What an explanation and a set of visits say about themselves."""

from __future__ import annotations

import numpy as np
import pytest

from engine.domain.assessment import Driver
from engine.domain.observations import Observations


@pytest.mark.parametrize(("with_reference", "effect"), [(0.10, 0.05), (0.15, 0.0), (0.20, -0.05)])
def test_a_driver_raises_the_number_when_the_reference_would_lower_it(with_reference: float, effect: float) -> None:
    driver = Driver("sbp_mmhg", 160.0, 120.0, output_with_reference=with_reference)
    assert driver.effect(0.15) == pytest.approx(effect)


def visits(of_person: list[int]) -> Observations:
    count = len(of_person)
    return Observations(
        person_ids=["a", "b", "c"],
        persons={},
        visit_ids=[f"v{number}" for number in range(count)],
        visit_person=np.array(of_person, dtype=np.int64),
        visit_day=np.arange(count, dtype=np.int64),
        columns={},
    )


@pytest.mark.parametrize(
    ("of_person", "last"),
    [
        ([], []),
        ([0], [True]),
        ([0, 0, 1, 2, 2], [False, True, True, False, True]),
    ],
)
def test_the_last_visit_of_every_person_is_found(of_person: list[int], last: list[bool]) -> None:
    assert visits(of_person).last_visits().tolist() == last
