from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier

from engine.errors import InputError, UsageError
from engine.learning.boosting import TreeSettings, grow
from engine.learning.design import fit_design
from engine.learning.forest import rounded_down
from engine.learning.logistic import sigmoid
from tests.engine.learning.made import people


def test_the_arrays_answer_as_scikit_learn_does() -> None:
    """But for its leaves on a grid of a millionth of the log odds, which 100 trees add up."""
    table, outcome = people(700, 6)
    values = fit_design(table, splines=False).for_trees(table.raw())
    ours = grow(values, outcome, TreeSettings(), 1)
    peer = HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=100, max_leaf_nodes=8, l2_regularization=1.0, early_stopping=False, random_state=1
    ).fit(values, outcome)
    others = fit_design(table, splines=False).for_trees(people(400, 7, gaps=0.4)[0].raw())
    for rows in (values, others, np.full_like(others[:1], np.nan), others * 1e6):
        theirs = peer.decision_function(rows)
        np.testing.assert_allclose(ours.score(rows), theirs, rtol=0, atol=2e-5)
        np.testing.assert_allclose(sigmoid(ours.score(rows)), sigmoid(theirs), rtol=0, atol=5e-6)


@given(st.floats(-1e30, 1e30))
def test_a_cut_rounded_down_parts_float32_numbers_as_the_finer_one(cut: float) -> None:
    rounded = rounded_down(np.array([cut]))[0]
    near = np.float32(cut)
    for value in (near, np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))):
        assert (value <= rounded) == (float(value) <= cut)


def test_one_class_is_refused() -> None:
    with pytest.raises(InputError, match="learning_one_outcome"):
        grow(np.zeros((5, 1), dtype=np.float32), np.zeros(5), TreeSettings(), 1)


def test_an_install_without_scikit_learn_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(UsageError, match="learning_trees_absent"):
        grow(np.zeros((4, 1), dtype=np.float32), np.array([0.0, 1, 0, 1]), TreeSettings(), 1)
