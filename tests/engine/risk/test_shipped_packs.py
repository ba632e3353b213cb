"""The packs that ship: their own reference cases, and numbers that move the way they must."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.domain.batch import Batch, FloatArray
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.packs.cases import read_cases
from engine.packs.manifest import LicenceState
from engine.risk.predictors import Predictors

DICTIONARY = load_dictionary()
PREDICTORS = Predictors(PackLibrary.shipped(), DICTIONARY)
IDS = PREDICTORS.library.ids()
CARDIAC = ("who_cvd_2019_lab", "framingham_2008_lab", "score2")


def test_the_packs_of_the_main_job_are_there() -> None:
    assert {*CARDIAC, "who_cvd_2019_nonlab", "ckdepi_2021_cr", "kfre_4v", "findrisc"} <= set(IDS)


@pytest.mark.parametrize("pack_id", IDS)
def test_a_pack_gives_its_own_reference_cases(pack_id: str) -> None:
    cases = read_cases(PREDICTORS.library.get(pack_id), DICTIONARY)
    results = PREDICTORS.get(pack_id).predict(cases.people)
    assert cases.people.rows >= 5
    compared = 0
    for output, expected in cases.numbers.items():
        filled = ~np.isnan(expected)
        assert (np.abs(results.outputs[output] - expected)[filled] <= cases.tolerance[filled]).all()
        compared += int(filled.sum())
    for row, code in enumerate(cases.bands):
        assert code in (None, results.row(row).bands.get("main"))
    assert compared >= cases.people.rows


@pytest.mark.parametrize("pack_id", IDS)
def test_nothing_that_must_not_ship_ships(pack_id: str) -> None:
    assert PREDICTORS.library.get(pack_id).manifest.licence.state is not LicenceState.RESTRICTED_OPTIONAL


def scores(pack_id: str, rows: int, **columns: Any) -> FloatArray:
    """risk_10y of an ordinary man of 55, some of whose values are columns."""
    base: dict[str, Any] = {
        "sex": "M", "age": 55.0, "sbp_mmhg": 140.0, "total_cholesterol_mmol_l": 5.5, "hdl_mmol_l": 1.2,
        "smoker": "never", "diabetes": False, "on_bp_treatment": False, "gbd_region": "east_asia",
        "score2_region": "moderate",
    }  # fmt: skip
    values = {field: np.full(rows, DICTIONARY[field].encode(value)) for field, value in base.items()}
    return PREDICTORS.get(pack_id).predict(Batch(rows, {**values, **columns})).outputs["risk_10y"]


@pytest.mark.parametrize("pack_id", CARDIAC)
@pytest.mark.parametrize(("field", "low", "high"), [("sbp_mmhg", 90, 200), ("age", 40, 69)])
def test_risk_rises_with_pressure_and_age_without_a_step_back(pack_id: str, field: str, low: int, high: int) -> None:
    found = scores(pack_id, 500, **{field: np.linspace(low, high, 500)})
    assert np.isfinite(found).all()
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("pack_id", CARDIAC)
def test_smoking_raises_risk_and_having_smoked_counts_as_not_smoking(pack_id: str) -> None:
    current, former, never = scores(pack_id, 3, smoker=np.array([0.0, 1.0, 2.0]))
    assert current > former == never


@pytest.mark.parametrize("pack_id", IDS)
def test_a_pack_speaks_both_languages_and_names_its_source(pack_id: str) -> None:
    manifest = PREDICTORS.library.get(pack_id).manifest
    texts = [manifest.title, manifest.outcome, manifest.population, *(output.label for output in manifest.outputs)]
    texts += [band.label for scheme in manifest.bands for band in scheme.bands]
    texts += [exclusion.reason for exclusion in manifest.exclusions]
    assert all(text.en.strip() and text.zh.strip() for text in texts)
    assert manifest.title.en != manifest.title.zh
    assert manifest.citation.doi is not None
