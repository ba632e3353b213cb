from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from engine.learning.calibration import fit_curve, fit_line, pooled

pairs = st.lists(st.tuples(st.integers(-30, 30), st.integers(0, 1)), min_size=2, max_size=60)


@settings(max_examples=150, deadline=None)
@given(pairs=pairs)
def test_steps_are_those_of_isotonic_regression(pairs: list[tuple[int, int]]) -> None:
    score, outcome = (np.array(each, dtype=np.float64) for each in zip(*sorted(pairs), strict=True))
    _, means, counts = pooled(score, outcome)
    theirs = IsotonicRegression().fit(score, outcome).predict(score)
    np.testing.assert_allclose(np.repeat(means, counts.astype(int)), theirs, atol=1e-9)
    assert (np.diff(means) > 0).all()


@settings(max_examples=100, deadline=None)
@given(pairs=pairs)
def test_a_curve_never_falls_and_stays_a_risk(pairs: list[tuple[int, int]]) -> None:
    score, outcome = (
        np.array(each, dtype=np.float64) / scale for each, scale in zip(zip(*pairs, strict=True), (9, 1), strict=True)
    )
    curve = fit_curve(score, outcome)
    risks = curve.risk(np.linspace(-9, 9, 200))
    assert (np.diff(risks) >= 0).all()
    assert ((risks >= 0) & (risks <= 1)).all()
    assert (np.diff(curve.scores) >= 0.1 - 1e-12).all()


def test_a_line_undoes_what_was_done_to_a_score() -> None:
    random = np.random.default_rng(1)
    true = random.normal(-1, 1.5, 50_000)
    outcome = (random.random(50_000) < 1 / (1 + np.exp(-true))).astype(np.float64)
    line = fit_line(true * 3 + 2, outcome)
    assert line.slope == pytest.approx(1 / 3, abs=0.01)
    assert line.intercept == pytest.approx(-2 / 3, abs=0.03)
    peer = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit((true * 3 + 2)[:, None], outcome)
    np.testing.assert_allclose(line.risk(true), peer.predict_proba(true[:, None])[:, 1], atol=1e-5)
