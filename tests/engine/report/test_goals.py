"""Goals and their conditions."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.domain.record import Value
from engine.fields import load_dictionary
from engine.report.goals import WORLD, load_goals

BOOK = load_goals()


def upper(field: str, region: str, known: Mapping[str, Value]) -> tuple[float | None, float | None]:
    goal = BOOK.goal(field, region, known)
    assert goal is not None
    return goal.upper, goal.also


@pytest.mark.parametrize(
    ("region", "known", "limits"),
    [
        ("CN", {"age": 64.0}, (130, 80)),
        ("CN", {"age": 65.0}, (140, 90)),
        ("CN", {"age": 65.0, "diabetes": True}, (130, 80)),
        ("CN", {"age": 80.0, "diabetes": True}, (150, 90)),
        ("CN", {}, (130, 80)),
        ("UK", {"age": 79.9}, (140, 90)),
        ("UK", {"age": 80.0}, (150, 90)),
        ("US", {"age": 90.0}, (130, 80)),
        ("EU", {"age": 84.0}, (130, 80)),
        ("EU", {"age": 85.0}, (140, 90)),
        ("WHO", {"cvd_history": True}, (130, None)),
        ("WHO", {"cvd_history": False, "diabetes": False}, (140, 90)),
    ],
)
def test_the_pressure_goal_follows_age_and_disease(
    region: str, known: Mapping[str, Value], limits: tuple[float, float | None]
) -> None:
    assert upper("sbp_mmhg", region, known) == limits


def test_a_condition_on_something_unknown_does_not_hold() -> None:
    assert upper("fasting_glucose_mmol_l", "CN", {})[0] == 6.1
    assert upper("fasting_glucose_mmol_l", "CN", {"diabetes": True})[0] == 7.0


def test_a_set_without_a_goal_takes_that_of_who() -> None:
    goal = BOOK.goal("total_cholesterol_mmol_l", "UK", {})
    assert goal is not None
    assert goal.region == WORLD
    assert BOOK.goal("ldl_mmol_l", "UK", {}) is None


def test_limits_below_exclude_their_end_and_others_include_it() -> None:
    pressure = BOOK.goal("sbp_mmhg", "US", {})
    assert pressure is not None
    assert pressure.reached(129.0, 79.0) is True
    assert pressure.reached(130.0, 79.0) is False
    assert pressure.reached(129.0, 80.0) is False
    assert pressure.reached(129.0, None) is None
    sugar = BOOK.goal("fasting_glucose_mmol_l", "CN", {"diabetes": True})
    assert sugar is not None
    assert [sugar.reached(value) for value in (4.39, 4.4, 7.0, 7.01)] == [False, True, True, False]


def test_someone_who_stopped_smoking_is_at_goal() -> None:
    goal = BOOK.goal("smoker", "CN", {})
    assert goal is not None
    assert [goal.reached(code) for code in ("never", "former", "current", None)] == [True, True, False, None]


def test_every_goal_is_about_a_known_field_and_fits_its_strip() -> None:
    scales = {row.field: row.scale for row in BOOK.rows}
    for goal in BOOK.goals:
        assert goal.field in load_dictionary()
        assert set(goal.source.names) == {"en", "zh"}
        scale = scales[goal.field]
        if scale is not None and goal.upper is not None:
            assert scale.low < scale.goal_low < goal.upper < scale.high
