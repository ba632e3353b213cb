"""Dated values of many people as flat columns: how the store hands records to the risk engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.domain.readings import RULES


@dataclass(frozen=True, slots=True)
class Observations:
    """All current (not superseded) numeric, boolean, category and date values of a set of visits.

    ``visit_ids[i]`` is visit i, of person ``visit_person[i]`` (a position in ``person_ids``) on day ``visit_day[i]``
    (``date.toordinal``). ``columns[field][i]`` is the visit's value by the field's readings rule, encoded as in Batch;
    NaN where not recorded at that visit. ``persons`` holds patient-level fields (sex, birth_date as the ordinal of its
    first possible day, birth_date_precision, ...) encoded the same way, by person position. Visits are sorted by
    person, then day. ``readings_rules[field][i]`` is the ``rule_code`` by which several readings became the value, 0
    for the default; a field that never has another is absent.
    """

    person_ids: Sequence[str]
    persons: Mapping[str, FloatArray]
    visit_ids: Sequence[str]
    visit_person: NDArray[np.int64]
    visit_day: NDArray[np.int64]
    columns: Mapping[str, FloatArray]
    readings_rules: Mapping[str, IntArray] = field(default_factory=dict)

    @classmethod
    def joined(cls, parts: Sequence[Observations]) -> Observations:
        """Return the visits of several sets of people, none of whom is in two, as one, in the order of the sets."""
        firsts = np.cumsum([0, *(len(part.person_ids) for part in parts)])
        whose = [part.visit_person + first for part, first in zip(parts, firsts, strict=False)]
        visits = [len(part.visit_ids) for part in parts]
        people = [len(part.person_ids) for part in parts]
        return cls(
            person_ids=[each for part in parts for each in part.person_ids],
            persons=_joined([part.persons for part in parts], people, np.nan, np.float64),
            visit_ids=[each for part in parts for each in part.visit_ids],
            visit_person=np.concatenate([np.empty(0, dtype=np.int64), *whose]),
            visit_day=np.concatenate([np.empty(0, dtype=np.int64), *(part.visit_day for part in parts)]),
            columns=_joined([part.columns for part in parts], visits, np.nan, np.float64),
            readings_rules=_joined([part.readings_rules for part in parts], visits, 0, np.int64),
        )

    def readings_rule(self, name: str, visit: int) -> str | None:
        """Return the rule that was chosen for the readings of a field at a visit; None for the default."""
        code = int(self.readings_rules[name][visit]) if name in self.readings_rules else 0
        return RULES[code - 1] if code else None

    def last_visits(self) -> BoolArray:
        """Return which visits are the latest of their person."""
        last = np.ones(len(self.visit_ids), dtype=np.bool_)
        last[:-1] = self.visit_person[1:] != self.visit_person[:-1]
        return last


def _joined(
    parts: Sequence[Mapping[str, NDArray[Any]]], counts: Sequence[int], empty: float, kind: type[np.generic]
) -> dict[str, NDArray[Any]]:
    """Put columns one below the other; where a part has none of a name, ``empty`` stands."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {
        name: np.concatenate(
            [part.get(name, np.full(count, empty, dtype=kind)) for part, count in zip(parts, counts, strict=True)]
        )
        for name in names
    }
