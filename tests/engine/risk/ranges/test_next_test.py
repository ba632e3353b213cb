"""Which missing value to find out first, what that promises, and what it keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.fields import Dictionary
from engine.risk.plausible import PlausibleValues
from engine.risk.predictors import Predictors
from engine.risk.ranges import NextTests, find_next_tests, find_ranges

People = Callable[..., Batch]
SetAside = Callable[..., Batch]
LIPIDS = ("total_cholesterol_mmol_l", "hdl_mmol_l")


@pytest.fixture
def ask(predictors: Predictors, plausible: PlausibleValues, dictionary: Dictionary) -> Callable[..., NextTests]:
    def find(pack: str, batch: Batch) -> NextTests:
        predictor = predictors.get(pack)
        return find_next_tests(predictor, batch, predictor.predict(batch), plausible, dictionary, "risk_10y")

    return find


def test_the_best_test_is_another_one_for_another_person(ask: Callable[..., NextTests], people: People) -> None:
    base = {"diabetes": False, "on_bp_treatment": False, "smoker": "never", "sbp_mmhg": 140}
    found = ask("framingham_2008_lab", people({**base, "sex": "M", "age": 45}, {**base, "sex": "F", "age": 65}))
    first, second = ([each.field for each in found.row(row)] for row in (0, 1))
    assert set(first) == set(second) == set(LIPIDS)
    assert first[0] != second[0]


def test_with_one_value_missing_knowing_it_leaves_no_range(ask: Callable[..., NextTests], people: People) -> None:
    person = {"sex": "M", "age": 60, "smoker": "never", "diabetes": False, "sbp_mmhg": 140, "gbd_region": "east_asia"}
    (only,) = ask("who_cvd_2019_lab", people(person)).row(0)
    assert (only.field, only.removes) == ("total_cholesterol_mmol_l", 1.0)


def test_who_lacks_nothing_or_gets_no_range_needs_no_test(ask: Callable[..., NextTests], people: People) -> None:
    whole = {"sex": "M", "age": 60, "smoker": "never", "sbp_mmhg": 140, "gbd_region": "east_asia", "bmi_kg_m2": 22}
    found = ask("who_cvd_2019_nonlab", people(whole, {**whole, "age": 20, "bmi_kg_m2": np.nan}))
    assert not found.where.any()
    assert found.row(0) == found.row(1) == ()
    assert not ask("ckdepi_2021_cr", people({"sex": "M", "age": 60})).where.any()


def test_what_a_test_takes_away_is_a_share_and_smoking_counts_too(
    ask: Callable[..., NextTests], people: People
) -> None:
    found = ask("who_cvd_2019_nonlab", people({"sex": "M", "age": 60, "gbd_region": "east_asia"})).row(0)
    assert {each.field for each in found} == {"sbp_mmhg", "bmi_kg_m2", "smoker"}
    shares = [each.removes for each in found]
    assert shares == sorted(shares, reverse=True)
    assert 0 <= shares[-1] < shares[0] < 1


@pytest.mark.shared
@pytest.mark.parametrize(
    ("pack", "hidden", "settings"),
    [
        ("framingham_2008_lab", LIPIDS, {"on_bp_treatment": False}),
        ("framingham_2008_lab", (*LIPIDS, "sbp_mmhg"), {"on_bp_treatment": False}),
        ("score2", LIPIDS, {"score2_region": "low"}),
        ("who_cvd_2019_lab", ("total_cholesterol_mmol_l", "sbp_mmhg"), {"gbd_region": "east_asia"}),
    ],
)
def test_the_promised_shrinkage_is_what_happens_to_people_set_aside(
    ask: Callable[..., NextTests],
    predictors: Predictors,
    plausible: PlausibleValues,
    dictionary: Dictionary,
    set_aside: SetAside,
    pack: str,
    hidden: tuple[str, ...],
    settings: dict[str, Any],
) -> None:
    predictor, people = predictors.get(pack), set_aside("nhanes_2017", settings)
    people = people.take(np.flatnonzero(~predictor.predict(people).refused))
    nobody = np.full(people.rows, np.nan)
    unknown = people.with_columns(dict.fromkeys(hidden, nobody))
    promised = ask(pack, unknown)
    for field in hidden:
        told = unknown.with_columns({field: people.column(field)})
        ranges = find_ranges(predictor, told, predictor.predict(told), plausible, dictionary)
        left = ranges.high["risk_10y"] - ranges.low["risk_10y"]
        use = promised.where & ranges.where
        assert use.sum() > 350
        expected = (promised.width * (1 - promised.removes[field]))[use].mean()
        assert left[use].mean() == pytest.approx(expected, rel=0.05)
