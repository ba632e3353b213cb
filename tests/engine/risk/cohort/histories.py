"""Hand-made records, as the store hands them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import numpy as np

from engine.domain.dates import PartialDate
from engine.domain.observations import Observations
from engine.domain.record import Certainty, Condition, Origin, SourceKind, Value
from engine.fields import load_dictionary

Visits = Sequence[tuple[str, Mapping[str, Value]]]
_ORIGIN = Origin(SourceKind.TYPED, datetime(2026, 1, 1, tzinfo=UTC))


def illness(code: str, onset: str | None, certainty: Certainty = Certainty.CONFIRMED) -> Condition:
    return Condition("c", code, certainty, _ORIGIN, None if onset is None else PartialDate.parse(onset))


def observations(*people: Visits, born: Sequence[str] = ()) -> Observations:
    dictionary = load_dictionary()
    rows = [(person, date.fromisoformat(day), values) for person, visits in enumerate(people) for day, values in visits]
    names = sorted({name for _, _, values in rows for name in values})
    days = [float(date.fromisoformat(each).toordinal()) for each in born]
    return Observations(
        person_ids=[f"p{person}" for person in range(len(people))],
        persons={"birth_date": np.array(days)} if born else {},
        visit_ids=[f"v{row}" for row in range(len(rows))],
        visit_person=np.array([person for person, _, _ in rows], dtype=np.int64),
        visit_day=np.array([day.toordinal() for _, day, _ in rows], dtype=np.int64),
        columns={
            name: np.array([dictionary[name].encode(values.get(name)) for _, _, values in rows], dtype=np.float64)
            for name in names
        },
    )
