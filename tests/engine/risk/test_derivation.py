"""What follows from other fields, with the packs that some of it needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.fields import Dictionary
from engine.packs import Pack, PackLibrary
from engine.risk.derivation import FullDerivation
from engine.risk.predictors import Predictors

MakePack = Callable[..., Pack]
People = Callable[..., Batch]
KIDNEY = {"sex": "F", "age": 63.0, "creatinine_umol_l": 99.008}


@pytest.fixture(scope="module")
def shipped(dictionary: Dictionary) -> Predictors:
    return Predictors(PackLibrary.shipped(), dictionary)


@pytest.fixture(scope="module")
def derivation(shipped: Predictors, dictionary: Dictionary) -> FullDerivation:
    return FullDerivation(dictionary, shipped.get)


def egfr(sex: str, age: float, creatinine: float) -> float:
    """CKD-EPI 2021 (doi:10.1056/NEJMoa2102953), written out here apart from the pack."""
    kappa, alpha = (0.7, -0.241) if sex == "F" else (0.9, -0.302)
    ratio = creatinine / 88.4 / kappa
    woman = 1.012 if sex == "F" else 1.0
    return float(142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age * woman)


def test_egfr_follows_from_its_pack_unrounded(derivation: FullDerivation, people: People) -> None:
    completed = derivation.complete(people(KIDNEY, {**KIDNEY, "sex": "M"}), ["egfr_ml_min_173"])
    expected = [egfr("F", 63, 99.008), egfr("M", 63, 99.008)]
    np.testing.assert_allclose(completed.batch.columns["egfr_ml_min_173"], expected, rtol=1e-12)
    assert completed.derived["egfr_ml_min_173"].tolist() == [True, True]


def test_an_entered_egfr_wins(derivation: FullDerivation, people: People) -> None:
    completed = derivation.complete(people({**KIDNEY, "egfr_ml_min_173": 20.0}, KIDNEY), ["egfr_ml_min_173"])
    assert completed.batch.columns["egfr_ml_min_173"][0] == 20
    assert completed.derived["egfr_ml_min_173"].tolist() == [False, True]


def test_egfr_can_stand_on_a_derived_age(derivation: FullDerivation, people: People) -> None:
    person = {**KIDNEY, "age": None, "birth_date": "1957-03-01", "visit_date": "2020-03-01"}
    completed = derivation.complete(people({k: v for k, v in person.items() if v}), ["egfr_ml_min_173"])
    assert completed.batch.columns["egfr_ml_min_173"][0] == pytest.approx(egfr("F", 63, 99.008), rel=1e-12)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"age": 17.0}, math.nan),  # the equation is for adults
        ({"sex": None}, math.nan),
        ({"creatinine_umol_l": "high"}, math.nan),
        ({"creatinine_umol_l": 1.1}, math.inf),  # mg/dL in the wrong column: a value, but none of an eGFR
    ],
)
def test_without_usable_parts_there_is_no_egfr(
    derivation: FullDerivation, people: People, change: Mapping[str, Any], expected: float
) -> None:
    completed = derivation.complete(people({**KIDNEY, **change}), ["egfr_ml_min_173"])
    np.testing.assert_array_equal(completed.batch.column("egfr_ml_min_173"), [expected])
    assert not completed.derived.get("egfr_ml_min_173", np.zeros(1)).any()


def test_a_bad_creatinine_is_named_by_the_pack_that_needed_it(shipped: Predictors, people: People) -> None:
    person = {"sex": "M", "age": 64.0, "uacr_mg_g": 310.0, "kfre_region": "other", "creatinine_umol_l": "high"}
    result = shipped.get("kfre_4v").predict(people(person)).row(0)
    assert [(note.subject, note.code.value) for note in result.notes] == [
        ("creatinine_umol_l", "invalid"),
        ("egfr_ml_min_173", "missing"),
    ]
    entered = shipped.get("kfre_4v").predict(people({**person, "egfr_ml_min_173": 34.0})).row(0)
    assert entered.notes == ()


def test_kidney_risk_from_creatinine_is_that_of_its_egfr(shipped: Predictors, people: People) -> None:
    person = {"sex": "M", "age": 64.0, "uacr_mg_g": 310.0, "kfre_region": "other"}
    derived = shipped.get("kfre_4v").predict(people({**person, "creatinine_umol_l": 180.0})).row(0)
    entered = shipped.get("kfre_4v").predict(people({**person, "egfr_ml_min_173": egfr("M", 64, 180)})).row(0)
    for output in ("risk_2y", "risk_5y"):
        assert derived.output(output) == pytest.approx(entered.output(output), rel=1e-12)


def test_a_library_without_the_pack_derives_no_egfr(
    dictionary: Dictionary, people: People, make_pack: MakePack, tmp_path: Path
) -> None:
    make_pack({"exclusions.0.when": "egfr_ml_min_173 < 5", "exclusions.0.field": "egfr_ml_min_173"}, folder=tmp_path)
    predictors = Predictors(PackLibrary([tmp_path]), dictionary)
    person = {**KIDNEY, "sbp_mmhg": 140.0, "smoker": "never"}
    assert predictors.get("toy").predict(people(person)).row(0).notes[0].code == "withheld"
    assert np.isnan(predictors.get("toy").complete(people(person)).column("egfr_ml_min_173")).all()


def test_what_is_read_includes_every_part(shipped: Predictors) -> None:
    reads = shipped.get("kfre_4v").reads()
    assert {"egfr_ml_min_173", "creatinine_umol_l", "age", "birth_date", "visit_date", "birth_date_precision"} <= reads
    assert {"on_dialysis_or_transplant", "kfre_region"} <= reads
    assert "hdl_mmol_l" not in reads


def test_a_region_follows_from_the_country(shipped: Predictors, people: People) -> None:
    person = {"sex": "F", "age": 61.0, "sbp_mmhg": 146.0, "smoker": "former", "bmi_kg_m2": 26.0}
    country = shipped.get("who_cvd_2019_nonlab").predict(people({**person, "country_iso3": "IND"})).row(0)
    region = shipped.get("who_cvd_2019_nonlab").predict(people({**person, "gbd_region": "south_asia"})).row(0)
    assert country == region
    unknown = shipped.get("who_cvd_2019_nonlab").predict(people({**person, "country_iso3": "XXX"})).row(0)
    assert [(note.subject, note.code.value) for note in unknown.notes] == [
        ("country_iso3", "invalid"),
        ("gbd_region", "missing"),
    ]
