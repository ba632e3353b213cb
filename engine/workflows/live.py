"""From keystroke to risk: what a form says so far, beside the form, with nothing stored and the store not touched."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from engine.domain.assessment import Assessment
from engine.domain.batch import Batch
from engine.domain.live import LiveBand, LiveGoal, LiveLead, LiveRange, LiveReason, LiveWhatIf
from engine.domain.observations import Observations
from engine.domain.problems import Problem
from engine.domain.record import Record
from engine.domain.report import Count, Paper, Report
from engine.intake.typed import TypedValue, read_typed
from engine.report import ReportOptions, alarms, compose
from engine.report.counts import count
from engine.report.lead import lead_facts, live_goals
from engine.report.live_what_if import what_if_words
from engine.store.observations import load_observations
from engine.store.records import load_readings, load_record, visits_by_day
from engine.wording import Wording
from engine.workflows.audit import note_record
from engine.workflows.clinics import OpenClinic
from engine.workflows.overlay import Form, Stored, lay_over, nobody
from engine.workflows.scoring import Scoring, manifests_of

__all__ = [
    "Live",
    "LiveBand",
    "LiveGoal",
    "LiveLead",
    "LiveRange",
    "LiveReason",
    "LiveWhatIf",
    "RecordInHand",
    "as_people",
    "live_risk",
    "open_record",
]

_VISIT_DATE = "visit_date"


@dataclass(frozen=True, slots=True)
class RecordInHand:
    """One person's record as it was when it was opened: all that the live number takes from the store.

    ``person_id`` and ``record`` are None for a new person. ``actor_id`` and ``actor_name`` are who types.
    """

    person_id: str | None
    record: Record | None
    stored: Stored
    actor_id: str
    actor_name: str

    @property
    def observations(self) -> Observations:
        """The stored values of the person as columns; empty for a new one."""
        return self.stored.observations


@dataclass(frozen=True, slots=True)
class Live:
    """What stands beside the form.

    ``problems`` are all there are, at once; the fields they name take no part in the rest. ``assessment`` is that of
    the day as typed, unsaved, and ``report`` what its pages would say. ``lead`` is None where no tool is for patients.
    ``goals`` are those of the page; ``urgent``: sentences about what cannot wait, before anything else. ``what_if``:
    the words of what would lower the number, None where nothing does. ``person``: all that is known, as one row.
    """

    problems: tuple[Problem, ...]
    assessment: Assessment
    report: Report
    lead: LiveLead | None
    goals: tuple[LiveGoal, ...] = ()
    urgent: tuple[str, ...] = ()
    what_if: LiveWhatIf | None = None
    person: Batch = field(default_factory=lambda: Batch(1, {}), compare=False, repr=False)


def open_record(clinic: OpenClinic, person_id: str | None, *, again: bool = False) -> RecordInHand:
    """Load a person (None: a new one) for typing; once, on the thread that has the store.

    That the record was opened is written into the audit first. ``again``: it is open already, and is only read anew.

    Raises:
        UsageError: ``person_unknown``.
    """
    actor = clinic.vault.user
    if person_id is None:
        return RecordInHand(None, None, nobody(clinic.new_id()), actor.id, actor.name or actor.id)
    record = load_record(clinic.vault, person_id)
    shown = record.patient.id  # of a merged record: the person it went into
    if not again:
        note_record(clinic, shown)
    stored = Stored(
        record=record,
        observations=load_observations(clinic.vault, [shown]),
        readings=load_readings(clinic.vault, shown),
        visits=visits_by_day(clinic.vault, shown),
    )
    return RecordInHand(shown, record, stored, actor.id, actor.name or actor.id)


def live_risk(
    clinic: OpenClinic,
    in_hand: RecordInHand,
    values: Sequence[TypedValue],
    visit_date: date,
    language: str,
    confirmed: frozenset[str] = frozenset(),
    paper: Paper = Paper.A4,
    removed: Collection[tuple[str, int]] = (),
) -> Live:
    """Return problems and risk of a form as it stands. Pure compute: may run on any thread, the store is not touched.

    Args:
        clinic: the open clinic; its vault is left alone.
        in_hand: the record as it was opened.
        values: the filled boxes; ``visit_date`` may be among them, ``visit_date`` below is the day that counts.
        visit_date: the day of the visit; what is stored for it is replaced field by field.
        language: of the sentences.
        confirmed: fields of which an implausible value is kept as it stands.
        paper: of the report.
        removed: readings (field, number) of the stored visit that were cleared.

    Raises:
        PackError: a pack cannot be read or run.
    """
    born = in_hand.stored.record.patient.birth_date
    dated = any(value.field == _VISIT_DATE for value in values)
    typed = read_typed(
        values if dated else [TypedValue(_VISIT_DATE, visit_date.isoformat()), *values],
        clinic.clock,
        in_hand.actor_id,
        needs_identity=in_hand.person_id is None,
        confirmed=confirmed,
        born=None if born is None else str(born),
    )
    form = Form(typed.entries, visit_date, removed, clinic.new_id(), in_hand.actor_name)
    laid = lay_over(in_hand.stored, form, clinic.dictionary)
    scoring = Scoring(clinic, laid.observations, np.array([laid.position], dtype=np.int64))
    (assessment,) = scoring.assessments(range(1), [laid.record])
    manifests = manifests_of(assessment, clinic.library)
    options = ReportOptions(language, paper)
    return Live(
        problems=typed.problems,
        assessment=assessment,
        report=compose(assessment, manifests, options),
        lead=lead_facts(assessment, manifests, options),
        goals=live_goals(assessment, manifests, options),
        urgent=tuple(words.get(language) for words in alarms(assessment, manifests)),
        what_if=what_if_words(assessment, manifests, options),
        person=scoring.batch,
    )


def as_people(risk: float, beside: Count, wording: Wording) -> Count:
    """Return a risk (fraction 0-1) as people, of as many as a number that it stands beside."""
    return count(risk, beside.out_of, wording)
