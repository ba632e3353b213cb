"""People of the surveys that no table was made from, and what is needed to score them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.domain.record import Value
from engine.fields import Dictionary
from engine.packs import PackLibrary
from engine.risk.plausible import PlausibleValues, load_plausible_values
from engine.risk.plausible.making import SURVEYS, is_set_aside, read_survey
from engine.risk.predictors import Predictors

SetAside = Callable[..., Batch]


@pytest.fixture(scope="package")
def predictors(dictionary: Dictionary) -> Predictors:
    return Predictors(PackLibrary.shipped(), dictionary)


@pytest.fixture(scope="package")
def plausible(dictionary: Dictionary) -> PlausibleValues:
    return load_plausible_values(dictionary)


@pytest.fixture
def set_aside(shared: Path, dictionary: Dictionary) -> SetAside:
    """Gives the people of one survey who were set aside, with what the survey does not say."""

    def read(source: str, settings: Mapping[str, Value]) -> Batch:
        survey = next(each for each in SURVEYS if each.source.id == source)
        people, row_ids = read_survey(shared / "data", survey, dictionary)
        people = people.take(np.flatnonzero(is_set_aside(row_ids)))
        same = {name: np.full(people.rows, dictionary[name].encode(value)) for name, value in settings.items()}
        # Height and weight would bring back a BMI that is hidden.
        kept = {name: column for name, column in people.columns.items() if name not in {"height_cm", "weight_kg"}}
        return Batch(people.rows, {**kept, **same})

    return read
