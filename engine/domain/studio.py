"""The learning studio: what a clinic can ask of its own record, and what the record answered with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class OutcomeSource(StrEnum):
    """What kind of record tells of an outcome; its name is ``studio.source.<source>``."""

    DECLARED = "declared"  # one of resources/recalibration/outcomes.json, with its definition and source
    CONDITION = "condition"  # a code of the list of conditions
    FIELD = "field"  # a yes/no field that turns to yes
    MEASUREMENT = "measurement"  # a number that reaches a limit


class RowLeftOut(StrEnum):
    """Why somebody gives no row; the sentence is ``studio.left_out.<code>``."""

    NO_VISIT = "no_visit"  # none in the time that was asked about
    OUTCOME_BEFORE = "outcome_before"
    OUTCOME_UNDATED = "outcome_undated"  # it came, but nobody knows whether before or after
    CONTRADICTION = "contradiction"  # yes first and no later, or recorded after death
    NOT_FOLLOWED = "not_followed"  # nothing is known after the first visit
    OUTCOME_UNKNOWN = "outcome_unknown"  # at the same visit: nobody recorded it there
    NOTHING_KNOWN = "nothing_known"  # not one of the predictors was recorded
    REPEATED = "repeated"  # the same person twice: same name or number and same birth date


class HeldBackReason(StrEnum):
    """Why a field is no predictor unless a person puts it back; the sentence is ``studio.held_back.<code>``."""

    IS_OUTCOME = "is_outcome"  # the outcome is read from it
    FOLLOWS_FROM_OUTCOME = "follows_from_outcome"  # derived from what the outcome is read from, or the other way round
    SAME_ILLNESS = "same_illness"  # tells of the illness itself: its tests and its other names
    TREATS_OUTCOME = "treats_outcome"  # begun because of it
    SPLIT_ONLY = "split_only"  # origin, schooling, income: figures are split by them, nobody's risk is told by them


@dataclass(frozen=True, slots=True)
class OutcomeChoice:
    """Something that can be asked about.

    ``id``: what ``StudioQuestion.outcome`` takes (``declared:diabetes``, ``condition:gout``, ``field:heart_failure``,
    ``measurement:egfr``). ``label``: by language. ``people_with``: people of whom it is recorded (of a measurement:
    who have it at all). ``first_day``, ``last_day``: of these records; None where none has a day. ``unit``: of a
    measurement; its limit is ``StudioQuestion.at_least``.
    """

    id: str
    label: Mapping[str, str]
    source: OutcomeSource
    people_with: int
    first_day: date | None
    last_day: date | None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class PredictorChoice:
    """A field of the data dictionary that could be a predictor. ``share_recorded``: of the people, 0 to 1."""

    field: str
    label: Mapping[str, str]
    unit: str | None
    share_recorded: float


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A field that is left out though it was recorded; ``by``: the field or code that it goes with."""

    field: str
    reason: HeldBackReason
    by: str


@dataclass(frozen=True, slots=True)
class StudioQuestion:
    """What a person wants to learn from the record.

    ``outcome``: id of an OutcomeChoice. ``at_least``: of a measurement, the limit in its unit that it reaches;
    ``at_most``: the one that it falls to (an eGFR, a haemoglobin). ``horizon_years``:
    within how many years; None: at the same visit. ``visits_from``, ``visits_until``: index visits lie on these days
    or between. ``predictors``: fields; empty: all that are recorded. ``put_back``: fields that were held back and are
    wanted in spite of it. ``by``: fields by which to split the figures, beside sex and age. ``kind``: name of a
    ``ModelKind``. ``threshold``: risk from which somebody would act. ``name``: id of the pack; ``title``: as people
    call it.
    """

    outcome: str
    at_least: float | None = None
    horizon_years: float | None = None
    visits_from: date | None = None
    visits_until: date | None = None
    predictors: tuple[str, ...] = ()
    put_back: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    at_most: float | None = None
    kind: str = "auto"
    textbook: bool = False
    threshold: float | None = None
    name: str = "clinic_model"
    title: str | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Who the rows are of. ``events`` are counted within the horizon; people with ``left_out`` give no row.

    ``median_years``: by the reverse Kaplan-Meier method (as if the outcome ended the watching); 0 at the same visit.
    ``lost_share``: of the people, those who left before the horizon without the outcome though the clinic went on.
    ``people_a_month``: people with a known outcome gained a month; None where no pace can be told. ``first_day``,
    ``last_day``: of the index visits.
    """

    people: int
    events: int
    median_years: float
    lost_share: float
    left_out: Mapping[str, int] = field(default_factory=dict)
    people_a_month: float | None = None
    first_day: date | None = None
    last_day: date | None = None
