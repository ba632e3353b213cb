"""Dated values of many people as flat columns: how the store hands records to the risk engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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

    def readings_rule(self, name: str, visit: int) -> str | None:
        """Return the rule that was chosen for the readings of a field at a visit; None for the default."""
        code = int(self.readings_rules[name][visit]) if name in self.readings_rules else 0
        return RULES[code - 1] if code else None

    def last_visits(self) -> BoolArray:
        """Return which visits are the latest of their person."""
        last = np.ones(len(self.visit_ids), dtype=np.bool_)
        last[:-1] = self.visit_person[1:] != self.visit_person[:-1]
        return last
