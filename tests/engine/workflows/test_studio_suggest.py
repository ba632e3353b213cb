"""Which few predictors are suggested where everything recorded is too much."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.fields import load_dictionary
from engine.workflows.studio_suggest import suggested
from engine.workflows.train_table import look_at_table
from engine.workflows.train_wish import Looked, SeenColumn, TrainWish

READ = ("age", "sex", "waist_cm", "bmi_kg_m2", "hba1c_percent", "fasting_glucose_mmol_l")
NOT_READ = ("uacr_mg_g", "pulse_bpm")


@pytest.fixture(scope="module")
def looked() -> Looked:
    """A look at 100 people with all of these, a fifth of whom fell ill."""
    draw = random.Random(3)
    cells: dict[str, Sequence[str]] = {
        name: [f"{draw.gauss(50, 9):.1f}" for _ in range(100)] for name in (*READ, *NOT_READ) if name != "sex"
    }
    cells["sex"] = [draw.choice("FM") for _ in range(100)]
    cells["ill"] = [("yes", "no")[draw.random() > 0.2] for _ in range(100)]
    return look_at_table(cells, TrainWish("ill", positive="yes", of_record=True))


def with_room(looked: Looked, parameters: int) -> Looked:
    return replace(looked, most_parameters=parameters)


def test_what_published_tools_of_the_outcome_read_is_suggested_as_far_as_people_allow(looked: Looked) -> None:
    assert not looked.may_train
    found = suggested(with_room(looked, 3), "diabetes", load_dictionary())
    assert 0 < len(found) <= 3
    assert set(found) <= set(READ)
    order = list(load_dictionary().fields)
    assert list(found) == sorted(found, key=order.index)
    assert suggested(with_room(looked, 5), "diabetes_type2", load_dictionary())  # a condition of it counts too


def test_a_field_with_gaps_takes_two_parameters(looked: Looked) -> None:
    gaps = replace(looked, columns=tuple(SeenColumn(each.name, each.kind, 0.2) for each in looked.columns))
    assert len(suggested(with_room(gaps, 4), "diabetes", load_dictionary())) == 2


@pytest.mark.parametrize("outcome", [None, "gout", "hba1c_percent>=6.5"])
def test_where_no_tool_tells_of_the_outcome_nothing_is_suggested(looked: Looked, outcome: str | None) -> None:
    assert suggested(with_room(looked, 5), outcome, load_dictionary()) == ()


def test_nothing_is_suggested_where_nothing_is_possible_or_needed(looked: Looked) -> None:
    assert suggested(with_room(looked, 0), "diabetes", load_dictionary()) == ()
