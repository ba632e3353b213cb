"""An assessment: everything a report says about one person on one day, saved whole and never recomputed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from engine.domain.attribution import Contribution
from engine.domain.ranges import RangeResult
from engine.domain.record import Medicine, Origin, Patient, Value
from engine.domain.results import RiskResult
from engine.domain.what_if import WhatIf


@dataclass(frozen=True, slots=True)
class Clinic:
    """The clinic as set up: ``settings`` holds the fields of scope "setting" (country_iso3, score2_region, ...)."""

    id: str
    name: str
    settings: Mapping[str, Value]
    practice: bool = False
    accepted_packs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputUsed:
    """One value that went into the assessment, with its day and where it came from."""

    field: str
    value: Value
    on: date | None
    origin: Origin | None
    readings: tuple[Value, ...] = ()
    readings_rule: str | None = None
    derived_from: tuple[str, ...] = ()
    age_days: int = 0  # days before the visit


@dataclass(frozen=True, slots=True)
class Driver:
    """How one input moves one output: the output with the person's value and with the reference value instead.

    ``changeable`` is False where nobody can get from the value to the reference (diabetes).
    """

    field: str
    value: Value
    reference: Value
    output_with_reference: float
    changeable: bool = True

    def effect(self, output: float) -> float:
        """Points (fraction 0-1) that the person's value adds over the reference value; negative lowers."""
        return output - self.output_with_reference


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the number is what it is.

    ``method`` names how the drivers were found ("one_at_a_time": each input alone set to its reference value).
    ``all_reference`` is the output with every driver at its reference: the same person with good values.
    ``improved`` is the output with only those drivers at their reference that raise it and can be changed: a value
    that is better than its reference is left as it is. None when it was not worked out. ``contributions`` are what the
    inputs add beside each other, so that they make up the difference from the reference person; none in assessments
    made before they were worked out.
    """

    pack_id: str
    output: str
    method: str
    value: float
    all_reference: float | None
    drivers: tuple[Driver, ...]
    improved: float | None = None
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """One person, one visit, all packs. Immutable once saved.

    ``ranges`` holds, of each topic, what the tool that comes before all that gave a number would say over the plausible
    values of what it lacks; none where the first tool has its number. ``what_if`` is about the leading number.
    """

    id: str
    patient: Patient
    visit_id: str
    visit_date: date
    made_at: datetime
    program_version: str
    clinic: Clinic
    inputs: tuple[InputUsed, ...]
    results: tuple[RiskResult, ...]
    explanations: tuple[Explanation, ...]
    headline_pack: str | None  # the pack whose number leads the page; None when every one refused
    next_visit: date | None = None
    medicines: tuple[Medicine, ...] = ()  # as listed on that day
    ranges: tuple[RangeResult, ...] = ()
    what_if: WhatIf | None = None
