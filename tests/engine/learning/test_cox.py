from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize

from engine.errors import InputError
from engine.learning.cox import fit_cox


def followed(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    design = random.normal(size=(rows, 3))
    died = random.exponential(10 / np.exp(design @ [0.7, -0.4, 0.0]))
    left = random.uniform(1, 12, rows)
    return design, np.round(np.minimum(died, left) + 0.05, 1), died <= left  # rounded, so that there are ties


def breslow(place: np.ndarray, design: np.ndarray, years: np.ndarray, event: np.ndarray, penalty: float) -> float:
    """Minus the penalised log partial likelihood, straight from its definition."""
    score = design @ place
    parts = [score[row] - np.log(np.exp(score[years >= years[row]]).sum()) for row in np.flatnonzero(event)]
    return float(penalty / 2 * (place**2).sum() - np.sum(parts))


@pytest.mark.parametrize("penalty", [0.0, 5.0])
def test_coefficients_maximise_the_penalised_partial_likelihood(penalty: float) -> None:
    given = followed(200, 3)
    best = scipy.optimize.minimize(breslow, np.zeros(3), (*given, penalty), tol=1e-12)
    np.testing.assert_allclose(fit_cox(*given, penalty).coefficients, best.x, atol=1e-5)


def test_the_baseline_is_breslows_by_its_definition() -> None:
    design, years, event = followed(150, 4)
    found = fit_cox(design, years, event, 1.0)
    ratio = np.exp(design @ found.coefficients)
    for time in (0.2, 3.0, 8.0, 50.0):
        expected = sum(1 / ratio[years >= years[row]].sum() for row in np.flatnonzero(event) if years[row] <= time)
        assert found.baseline(time) == pytest.approx(expected, rel=1e-10)
    assert found.baseline(0.0) == 0


def test_without_predictors_the_baseline_is_nelson_and_aalens() -> None:
    years, event = np.array([1.0, 2, 2, 3, 4]), np.array([True, True, False, False, True])
    found = fit_cox(np.zeros((5, 1)), years, event, 1.0)
    np.testing.assert_allclose(found.hazard, np.cumsum([1 / 5, 1 / 4, 1 / 1]))
    np.testing.assert_array_equal(found.times, [1, 2, 4])


def test_a_large_clinic_gives_the_truth_back() -> None:
    found = fit_cox(*followed(20_000, 9), 0.0)
    np.testing.assert_allclose(found.coefficients, [0.7, -0.4, 0.0], atol=0.04)
    assert found.baseline(5.0) == pytest.approx(0.5, abs=0.03)


def test_times_that_are_none_and_people_without_events_are_refused() -> None:
    design = np.zeros((3, 1))
    with pytest.raises(InputError, match="learning_follow_up") as found:
        fit_cox(design, np.array([1.0, 0, 2]), np.ones(3, dtype=np.bool_), 1.0)
    assert found.value.details == {"row": 2}
    with pytest.raises(InputError, match="learning_no_events"):
        fit_cox(design, np.ones(3), np.zeros(3, dtype=np.bool_), 1.0)
