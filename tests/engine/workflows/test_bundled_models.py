"""The trained models that ship: what they are made of, and that they can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.fields import load_dictionary
from engine.packs import Manifest, PackLibrary
from engine.packs.cases import read_cases
from engine.risk.predictor import Predictor
from engine.workflows.bundled_models import TABLE, make_model, recipes

RECIPES = {recipe["id"]: recipe for recipe in recipes()}
FORBIDDEN = {"race_ethnicity", "income_poverty_ratio", "education", "site", "hospital"}


def manifest_of(pack: str) -> Manifest:
    return PackLibrary.shipped().get(pack).manifest


@pytest.mark.parametrize("pack", RECIPES)
def test_each_has_population_outcome_horizon_credit_and_calibration(pack: str) -> None:
    manifest, recipe = manifest_of(pack), RECIPES[pack]
    told = manifest.training
    assert told is not None
    assert told.gate.answer == "train"
    assert manifest.horizon_years == ((float(recipe["horizon_years"]),) if "horizon_years" in recipe else ())
    assert manifest.population.en == recipe["population"]["en"]
    assert manifest.licence.credit is not None
    slope = told.figure("slope")
    assert slope is not None
    assert slope.low < 1 < slope.high
    assert told.curve is not None
    assert told.parity <= 1e-5


@pytest.mark.parametrize("pack", RECIPES)
def test_each_beats_age_and_sex_on_people_it_had_not_seen(pack: str) -> None:
    told = manifest_of(pack).training
    assert told is not None
    gain = next(each for each in told.rivals if each.name in ("age_and_sex", "age_alone"))
    figure = "c_index" if told.kind == "cox" else "auroc"
    assert next(each for each in gain.differences if each.name == figure).low > 0


@pytest.mark.parametrize("pack", RECIPES)
def test_nobody_is_told_apart_by_race_income_schooling_or_hospital(pack: str) -> None:
    manifest = manifest_of(pack)
    fields = {each.field.rpartition(".")[2] for each in manifest.inputs}
    assert not fields & FORBIDDEN
    told = manifest.training
    assert told is not None
    assert {each.column for each in told.groups} >= set(RECIPES[pack]["by"])


def test_the_heart_model_shows_each_hospital_by_a_model_of_the_others() -> None:
    told = manifest_of("heart_disease_rest").training
    assert told is not None
    apart = {each.level for each in told.groups if each.column == "site (left out)"}
    assert apart == {"cleveland", "hungarian", "switzerland", "va"}


@pytest.mark.shared
def test_a_shipped_model_comes_out_again(shared: Path, tmp_path: Path) -> None:
    recipe: Mapping[str, Any] = RECIPES["heart_disease_rest"]
    again = make_model(recipe, shared / "data" / recipe["set"] / TABLE, tmp_path)
    shipped = PackLibrary.shipped().get(recipe["id"])
    people = read_cases(shipped, load_dictionary()).people
    told = [Predictor(pack, load_dictionary()).predict(people).outputs["risk"] for pack in (again, shipped)]
    np.testing.assert_allclose(told[0], told[1], atol=1e-6)
    assert again.manifest.training is not None
    assert shipped.manifest.training is not None
    assert again.manifest.training.people == shipped.manifest.training.people
