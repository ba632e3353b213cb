"""People as batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.domain.record import Value
from engine.fields import Dictionary, Kind, load_dictionary
from engine.fields.canonical import read_cell
from engine.packs import Pack
from engine.risk.predictor import Predictor

People = Callable[..., Batch]


@pytest.fixture(scope="session")
def dictionary() -> Dictionary:
    return load_dictionary()


@pytest.fixture(scope="session")
def predictor(make_pack: Callable[..., Pack], dictionary: Dictionary) -> Predictor:
    """The toy pack, ready to score."""
    return Predictor(make_pack(), dictionary)


@pytest.fixture
def smoker(toy_person: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody with everything against them but diabetes."""
    return {**toy_person, "smoker": "current", "total_cholesterol_mmol_l": 5.0, "sbp_mmhg": 160.0}


@pytest.fixture(scope="session")
def people(dictionary: Dictionary) -> People:
    """Turns people (canonical field -> value, dates as text) into a batch."""

    def make(*persons: Mapping[str, Value | None]) -> Batch:
        fields = list(dict.fromkeys(field for person in persons for field in person))
        columns = {field: np.array([_encode(dictionary, field, p.get(field)) for p in persons]) for field in fields}
        return Batch(len(persons), columns)

    return make


def _encode(dictionary: Dictionary, field: str, value: Value | None) -> float:
    if dictionary[field].kind is Kind.DATE and isinstance(value, str):
        return read_cell(dictionary[field], value)
    return dictionary[field].encode(value)
