"""The amounts are those of the ``shap`` package, where that one is exact too."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from engine.domain.batch import Batch, FloatArray
from engine.fields import Dictionary
from engine.packs import PackLibrary
from engine.risk.explain_board import frozen
from engine.risk.explain_shapley import attribute
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors

People = Callable[..., Batch]
PERSON = {
    "gbd_region": "western_europe", "sex": "M", "age": 58.0, "smoker": "current", "sbp_mmhg": 162.0, "diabetes": True,
    "total_cholesterol_mmol_l": 6.4,
}  # fmt: skip
REFERENCE = PERSON | {"smoker": "never", "sbp_mmhg": 120.0, "diabetes": False, "total_cholesterol_mmol_l": 5.0}
OTHERS = (
    REFERENCE,
    REFERENCE | {"age": 47.0, "sex": "F", "sbp_mmhg": 141.0},
    REFERENCE | {"age": 66.0, "smoker": "former", "total_cholesterol_mmol_l": 4.4},
    PERSON | {"sbp_mmhg": 118.0, "total_cholesterol_mmol_l": 7.1},
)


@pytest.fixture(scope="module")
def predictor(dictionary: Dictionary) -> Predictor:
    return Predictors(PackLibrary.shipped(), dictionary).get("who_cvd_2019_lab")


def by_shap(predictor: Predictor, people: Batch, others: Batch, fields: Sequence[str]) -> FloatArray:
    """KernelExplainer over all subsets, which makes it exact; fields that are not named stay as the person's."""
    import shap

    rest = {field: float(people.column(field)[0]) for field in predictor.wanted if field not in fields}

    def score(table: FloatArray) -> FloatArray:
        columns = {field: np.full(len(table), value) for field, value in rest.items()}
        columns |= {field: np.ascontiguousarray(table[:, place]) for place, field in enumerate(fields)}
        return predictor.predict(Batch(len(table), columns)).outputs["risk_10y"]

    def table(batch: Batch) -> FloatArray:
        return np.stack([batch.column(field) for field in fields], axis=1)

    explainer = shap.KernelExplainer(score, table(others))
    found: FloatArray = np.asarray(
        explainer.shap_values(table(people), nsamples=1 << len(fields), l1_reg=0, silent=True)
    )
    return found


@pytest.mark.parametrize("against", ["reference", "others"])
def test_amounts_are_those_of_shap(predictor: Predictor, dictionary: Dictionary, people: People, against: str) -> None:
    person = frozen(predictor, people(PERSON))
    others = frozen(predictor, people(*OTHERS)) if against == "others" else frozen(predictor, people(REFERENCE))
    found = attribute(predictor, person, dictionary, background=others if against == "others" else None)
    assert found is not None
    theirs = by_shap(predictor, person, others, found.players)
    np.testing.assert_allclose(found.amounts, theirs, atol=1e-9)
    assert np.abs(theirs).max() > 0.01
