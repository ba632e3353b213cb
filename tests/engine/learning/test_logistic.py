from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from engine.errors import InputError
from engine.learning.design import fit_design
from engine.learning.logistic import fit_logistic, log_loss, sigmoid
from tests.engine.learning.made import people


def reference(design: np.ndarray, outcome: np.ndarray, penalty: float, lasso: float) -> LogisticRegression:
    solver = "newton-cholesky" if lasso == 0 else "saga"
    model = LogisticRegression(C=1 / penalty, l1_ratio=lasso, solver=solver, tol=1e-13, max_iter=100_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(design, outcome)


@pytest.mark.parametrize(("penalty", "lasso"), [(0.01, 0.0), (1.0, 0.0), (30.0, 0.0), (3.0, 1.0), (10.0, 0.5)])
def test_coefficients_are_those_of_scikit_learn_at_the_same_penalty(penalty: float, lasso: float) -> None:
    table, outcome = people(400, 8)
    design = fit_design(table, splines=lasso == 0).transform(table.raw())
    ours, theirs = fit_logistic(design, outcome, penalty, lasso), reference(design, outcome, penalty, lasso)
    np.testing.assert_allclose(ours.coefficients, theirs.coef_[0], atol=1e-6)
    assert ours.intercept == pytest.approx(float(theirs.intercept_[0]), abs=1e-6)
    if lasso == 1:
        assert (ours.coefficients == 0).any()  # exactly, not nearly


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), penalty=st.floats(0.05, 50), lasso=st.floats(0, 1))
def test_no_small_step_lowers_the_penalised_loss(seed: int, penalty: float, lasso: float) -> None:
    random = np.random.default_rng(seed)
    design = random.normal(size=(60, 3))
    outcome = (random.random(60) < sigmoid(design[:, 0])).astype(np.float64)
    outcome[:2] = (0, 1)
    found = fit_logistic(design, outcome, penalty, lasso)

    def loss(coefficients: np.ndarray, intercept: float) -> float:
        size = lasso * np.abs(coefficients).sum() + (1 - lasso) / 2 * (coefficients**2).sum()
        return log_loss(design @ coefficients + intercept, outcome) + penalty * float(size)

    best = loss(found.coefficients, found.intercept)
    for step in (-1e-3, 1e-3):
        assert loss(found.coefficients, found.intercept + step) > best
        for place in range(3):
            moved = found.coefficients.copy()
            moved[place] += step
            assert loss(moved, found.intercept) > best


def test_separated_outcomes_still_have_a_finite_answer() -> None:
    design = np.linspace(-1, 1, 40)[:, None]
    found = fit_logistic(design, (design[:, 0] > 0).astype(np.float64), 1e-3)
    assert np.isfinite(found.coefficients).all()
    assert found.coefficients[0] > 10


def test_outcomes_that_are_all_the_same_are_refused() -> None:
    with pytest.raises(InputError, match="learning_one_outcome"):
        fit_logistic(np.ones((5, 1)), np.ones(5), 1.0)
