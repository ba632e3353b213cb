"""People as batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.domain.record import Value
from engine.fields import Dictionary, Kind, load_dictionary
from engine.fields.canonical import read_cell

People = Callable[..., Batch]


@pytest.fixture(scope="session")
def dictionary() -> Dictionary:
    return load_dictionary()


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
