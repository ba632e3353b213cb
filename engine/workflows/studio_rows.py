"""From a question to the clinic's own record to a table that ``lantern train`` and the studio learn from.

Whose rows, from when and until when: ``engine.risk.cohort.follow``. What is held back: ``engine.risk.cohort.leaks``.
Columns are named as the fields of the dictionary, and cells are canonical text, so that the pack takes the clinic's
own fields.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray
from engine.domain.observations import Observations
from engine.domain.studio import FollowUp, HeldBack, StudioQuestion
from engine.errors import InputError, UsageError
from engine.fields import Dictionary, Kind, Scope
from engine.fields.canonical import write_number
from engine.risk.cohort.follow import DAYS_A_YEAR, Cohort, Tells, Visits, follow
from engine.risk.cohort.leaks import held_back
from engine.risk.cohort.outcome import AskedOutcome, asked_outcome
from engine.risk.cohort.predictors import Knowing, can_predict, recorded_predictors
from engine.risk.derivation import FullDerivation
from engine.workflows.clinics import OpenClinic
from engine.workflows.studio_choices import outcome_choices, predictor_choices
from engine.workflows.studio_record import ClinicRecord, read_record
from engine.workflows.studio_wish import EVENT, NO, YEARS, YES, wish_of
from engine.workflows.train_wish import TrainWish

__all__ = ["ClinicRecord", "ClinicTable", "outcome_choices", "predictor_choices", "read_record", "table_of_clinic"]

_LONGEST_YEARS = 50
_PACE_MONTHS = 24
_DAYS_A_MONTH = DAYS_A_YEAR / 12


@dataclass(frozen=True, slots=True)
class ClinicTable:
    """The rows of a question, one a person.

    ``cells``: by field, canonical text, and the columns of the outcome. ``sha256``: of these cells, whoever the people
    are. ``held_back``: fields that were recorded and are no predictors, with the reason.
    """

    cells: Mapping[str, Sequence[str]]
    sha256: str
    follow: FollowUp
    wish: TrainWish
    held_back: tuple[HeldBack, ...] = ()


def table_of_clinic(clinic: OpenClinic, question: StudioQuestion, recorded: ClinicRecord | None = None) -> ClinicTable:
    """Return the rows that answer a question.

    Args:
        clinic: the open clinic.
        question: what is asked.
        recorded: what ``read_record`` gave, so that the store is not touched here; None: it is read now.

    Raises:
        UsageError: ``studio_outcome_unknown``, ``studio_limit_needed``, ``studio_limit_not_taken``,
            ``studio_limit_wrong``, ``studio_field_unknown``, ``studio_days_wrong``, ``learning_horizon_wrong``,
            ``learning_threshold_wrong``.
        InputError: ``studio_no_visits``: none in the time that was asked about; ``studio_nobody_<reason>``: nobody
            gives a row; ``studio_no_event``, ``studio_only_events``; ``studio_horizon_too_long``: nobody was followed
            so long.
        AccessError: ``access_denied`` for who may not read records.
    """
    outcome = _checked(question, clinic.dictionary)
    recorded = recorded or read_record(clinic)
    drawing = _Drawing(clinic, question, outcome, recorded)
    cohort = drawing.cohort()
    _check_rows(cohort, question)
    return drawing.table(cohort)


def _checked(question: StudioQuestion, dictionary: Dictionary) -> AskedOutcome:
    outcome = asked_outcome(question.outcome, question.at_least, dictionary, question.at_most)
    if question.horizon_years is not None and not 0 < question.horizon_years <= _LONGEST_YEARS:
        raise UsageError("learning_horizon_wrong")
    if question.threshold is not None and not 0 < question.threshold < 1:
        raise UsageError("learning_threshold_wrong")
    if question.visits_from and question.visits_until and question.visits_from > question.visits_until:
        raise UsageError("studio_days_wrong")
    for name in (*question.predictors, *question.put_back, *question.by):
        if name not in dictionary or not can_predict(dictionary[name]):
            raise UsageError("studio_field_unknown", field=name)
    return outcome


class _Drawing:
    """A table in the making."""

    def __init__(
        self, clinic: OpenClinic, question: StudioQuestion, outcome: AskedOutcome, recorded: ClinicRecord
    ) -> None:
        self._question = question
        self._outcome = outcome
        self._recorded = recorded
        self._clinic = clinic
        self._dictionary = clinic.dictionary
        derivation = FullDerivation(clinic.dictionary, clinic.predictors.find)
        self._knowing = Knowing(recorded.observations, clinic.clinic.settings, clinic.dictionary, derivation)
        wanted = set(question.predictors) or set(recorded_predictors(recorded.observations, clinic.dictionary))
        wanted |= set(question.put_back)
        fields = [name for name in clinic.dictionary.fields if name in wanted]
        same_visit = question.horizon_years is None
        held = held_back(outcome, fields, clinic.dictionary, same_visit=same_visit)
        self._held = tuple(each for each in held if each.field not in question.put_back)
        self._fields = [name for name in fields if name not in {each.field for each in self._held}]

    def cohort(self) -> Cohort:
        """Return who gives a row.

        Raises:
            InputError: ``studio_no_visits``.
        """
        observations = self._recorded.observations
        in_time = _in_time(observations, self._question)
        if not in_time.any():
            raise _no_visits(observations)
        visits = Visits(in_time, in_time & self._knowing.recorded_at(self._fields))
        return follow(
            observations,
            self._recorded.conditions,
            self._outcome,
            self._tells(),
            visits,
            self._recorded.repeats,
            self._question.horizon_years,
        )

    def table(self, cohort: Cohort) -> ClinicTable:
        """Return the rows of these people."""
        split_by = [name for name in self._question.by if name not in self._fields]
        batch = self._knowing.at(cohort.visits, [*self._fields, *split_by])
        cells = _cells(batch, self._dictionary)
        cells[EVENT] = [YES if event else NO for event in cohort.event]
        if cohort.years is not None:
            cells[YEARS] = [write_number(years) for years in cohort.years.tolist()]
        cells = _in_no_order(cells)
        follow_up = _follow_up(cohort, self._recorded.observations)
        return ClinicTable(
            cells=cells,
            sha256=_digest(cells),
            follow=follow_up,
            wish=wish_of(self._clinic, self._question, self._outcome, split_by, follow_up),
            held_back=self._held,
        )

    def _tells(self) -> Tells:
        observations, outcome = self._recorded.observations, self._outcome
        if outcome.limit is not None:
            reached = outcome.limit.reached(self._knowing.measured(outcome.limit.field))
            return Tells((reached,), until_last=True, kept=False)
        columns = tuple(observations.columns[name] for name in outcome.fields if name in observations.columns)
        of_visits = any(self._dictionary[name].scope is Scope.VISIT for name in outcome.fields)
        return Tells(columns, until_last=of_visits, kept=not of_visits)


def _in_time(observations: Observations, question: StudioQuestion) -> BoolArray:
    days = observations.visit_day
    first = 0 if question.visits_from is None else question.visits_from.toordinal()
    last = date.max.toordinal() if question.visits_until is None else question.visits_until.toordinal()
    return np.asarray((days >= first) & (days <= last))


def _no_visits(observations: Observations) -> InputError:
    days = observations.visit_day
    if not len(days):
        return InputError("studio_no_visit_at_all")
    first, last = date.fromordinal(int(days.min())), date.fromordinal(int(days.max()))
    return InputError("studio_no_visits", first=first.isoformat(), last=last.isoformat())


def _check_rows(cohort: Cohort, question: StudioQuestion) -> None:
    people, events = len(cohort.event), int(cohort.event.sum())
    if not people:
        reason = max(cohort.left_out, key=lambda each: cohort.left_out[each])
        raise InputError(f"studio_nobody_{reason}", people=cohort.left_out[reason])
    if cohort.years is not None and question.horizon_years is not None:
        longest = float(cohort.years.max())
        if longest < question.horizon_years:
            told = {"years": f"{question.horizon_years:g}", "longest": f"{math.floor(10 * longest) / 10:g}"}
            raise InputError("studio_horizon_too_long", **told)
    if not events:
        raise InputError("studio_no_event", people=people)
    if events == people:
        raise InputError("studio_only_events", people=people)


def _cells(batch: Batch, dictionary: Dictionary) -> dict[str, list[str]]:
    """Return the columns in which anybody has a value, as canonical text; what is no value of its field is absent."""
    found = {}
    for name, column in batch.columns.items():
        if np.isfinite(column).any():
            found[name] = _texts(column, dictionary[name].kind, dictionary[name].category_codes)
    return found


def _texts(column: FloatArray, kind: Kind, codes: Sequence[str]) -> list[str]:
    values = column.tolist()
    known = np.isfinite(column).tolist()
    if kind is Kind.CATEGORY:
        return [codes[int(value)] if there else "" for value, there in zip(values, known, strict=True)]
    if kind is Kind.BOOLEAN:
        return [("true" if value else "false") if there else "" for value, there in zip(values, known, strict=True)]
    return [write_number(value) if there else "" for value, there in zip(values, known, strict=True)]


def _in_no_order(cells: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the rows in an order that depends on what is in them alone, and tells nothing of it.

    The same people in another store, or put in again in another order, give the same table and so the same model.
    """
    rows = list(zip(*cells.values(), strict=True))
    order = sorted(range(len(rows)), key=lambda row: hashlib.sha256("\x1f".join(rows[row]).encode()).digest())
    return {name: [column[row] for row in order] for name, column in cells.items()}


def _digest(cells: Mapping[str, Sequence[str]]) -> str:
    digest = hashlib.sha256("\x1f".join(cells).encode())
    for row in zip(*cells.values(), strict=True):
        digest.update(("\n" + "\x1f".join(row)).encode())
    return digest.hexdigest()


def _follow_up(cohort: Cohort, observations: Observations) -> FollowUp:
    days = observations.visit_day[cohort.visits]
    people = len(cohort.event)
    return FollowUp(
        people=people,
        events=int(cohort.event.sum()),
        median_years=0.0 if cohort.years is None else _median_watched(cohort.years, cohort.event),
        lost_share=cohort.lost / people,
        left_out={str(reason): count for reason, count in sorted(cohort.left_out.items())},
        people_a_month=_pace(cohort, observations),
        first_day=date.fromordinal(int(days.min())),
        last_day=date.fromordinal(int(days.max())),
    )


def _median_watched(years: FloatArray, event: BoolArray) -> float:
    """Return the median time people were watched, had the event not ended it (Schemper M, Smith TL 1996).

    Control Clin Trials 17:343-346, doi:10.1016/0197-2456(96)00075-X: Kaplan and Meier's curve with leaving as the
    event. Where fewer than half have left, the longest time.
    """
    moments = np.unique(years[~event])
    ordered, left = np.sort(years), np.sort(years[~event])
    at_risk = len(years) - np.searchsorted(ordered, moments, side="left")
    gone = np.searchsorted(left, moments, side="right") - np.searchsorted(left, moments, side="left")
    staying = np.cumprod(1 - gone / at_risk)
    half = np.flatnonzero(staying <= 0.5)
    return float(moments[half[0]]) if len(half) else float(years.max())


def _pace(cohort: Cohort, observations: Observations) -> float | None:
    """Return how many people a month came to give a row in the last two years of the record; None: none did.

    Over time somebody counts from the second visit on, or from the event: not until then is anything known of them.
    """
    record = observations.visit_day
    known = record[cohort.visits].astype(np.float64)
    if cohort.years is not None:
        following = np.minimum(cohort.visits + 1, len(record) - 1)
        again = observations.visit_person[following] == observations.visit_person[cohort.visits]
        ended = known + cohort.years * DAYS_A_YEAR
        known = np.minimum(np.where(again, record[following], np.inf), ended)
    last = float(record.max())
    months = min(_PACE_MONTHS, (last - float(record.min())) / _DAYS_A_MONTH)
    gained = int((known > last - months * _DAYS_A_MONTH).sum())
    return gained / months if months >= 1 and gained else None
