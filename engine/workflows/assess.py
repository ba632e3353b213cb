"""Assess people at their last visit with every pack that is on, and save what came out, whole and for good."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from engine.domain.assessment import Assessment, Explanation
from engine.domain.batch import IntArray
from engine.domain.observations import Observations
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.domain.record import Record
from engine.domain.results import REFUSALS, Results
from engine.packs import Pack
from engine.risk.derivation import FullDerivation
from engine.risk.explain import explain
from engine.risk.predictor import Predictor
from engine.risk.snapshot import Snapshot, take_snapshot
from engine.store.assessments import latest_assessments, save_assessments
from engine.store.observations import load_observations
from engine.store.records import load_records
from engine.workflows.clinics import OpenClinic, program_version
from engine.workflows.inputs_used import InputsUsed
from engine.workflows.packs import active_packs

# Saved together: large enough to be quick, small enough to show progress and keep memory flat.
_PEOPLE_AT_ONCE = 500
_NEXT_VISIT = "next_visit_date"
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class PackSummary:
    """How one pack answered. ``reasons`` counts refusals by ``field:code``; one person may count under several."""

    id: str
    ok: int
    refused: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AssessSummary:
    """How many people were assessed, and how each pack answered."""

    people: int
    packs: tuple[PackSummary, ...]


def assess_people(
    clinic: OpenClinic,
    people: Sequence[str] | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> AssessSummary:
    """Assess people (by id; None: everybody) at their last visit and save the assessments.

    Where the saved assessment of that visit still says the same, it stands and no second one is made. Saved in
    groups: a stop keeps what was saved and loses nothing else. People without a visit are left out.

    Raises:
        PackError: a pack cannot be read or run. StoreError: the store cannot be written. Cancelled: stopped.
    """
    work = _Work(clinic, people)
    for _ in work.saved(progress, cancel):
        pass
    return AssessSummary(work.people, tuple(_summary(results) for results in work.results.values()))


def current_assessments(
    clinic: OpenClinic,
    people: Sequence[str] | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Iterator[Assessment]:
    """Yield the assessment of each person's last visit as the record stands, assessing who needs it; see above."""
    return _Work(clinic, people).saved(progress, cancel)


class _Work:
    """One run: everybody is scored at once, then put together person by person."""

    def __init__(self, clinic: OpenClinic, people: Sequence[str] | None) -> None:
        self._clinic = clinic
        self._observations: Observations = load_observations(clinic.vault, people)
        self._snapshot: Snapshot = take_snapshot(self._observations, clinic.clinic.settings, clinic.dictionary)
        self._packs: Sequence[Pack] = active_packs(clinic.library, clinic.clinic)
        self.people = self._snapshot.batch.rows
        self.results: dict[str, Results] = {
            pack.manifest.id: clinic.predictors.get(pack.manifest.id).predict(self._snapshot.batch)
            for pack in self._packs
        }
        self._lead = self._leads()
        wanted = {each.field for pack in self._packs for each in pack.manifest.inputs}
        derivation = FullDerivation(clinic.dictionary, self._equation)
        completed = derivation.complete(self._snapshot.batch, wanted)
        self._inputs = InputsUsed(self._observations, self._snapshot, completed, clinic.dictionary, wanted)

    def _equation(self, pack_id: str) -> Predictor | None:
        return self._clinic.predictors.get(pack_id) if pack_id in self._clinic.library else None

    def saved(self, progress: Progress, cancel: CancelToken | None) -> Iterator[Assessment]:
        """Yield everybody's assessment, each saved before it is given out."""
        for start in range(0, self.people, _PEOPLE_AT_ONCE):
            stop = min(start + _PEOPLE_AT_ONCE, self.people)
            if cancel is not None:
                cancel.check()
            fresh = self._fresh(range(start, stop))
            latest = latest_assessments(self._clinic.vault, [one.patient.id for one in fresh])
            known = {one.patient.id: one for one in latest}
            standing = [_standing(one, known.get(one.patient.id)) for one in fresh]
            new = [one for one, kept in zip(fresh, standing, strict=True) if kept is None]
            if new:
                save_assessments(self._clinic.vault, new, self._clinic.actor)
            progress(stop, self.people)
            yield from (kept or one for one, kept in zip(fresh, standing, strict=True))

    def _fresh(self, rows: range) -> list[Assessment]:
        why = self._explanations(rows.start, rows.stop)
        people = self._observations.visit_person[self._snapshot.visits[rows.start : rows.stop]]
        records = load_records(self._clinic.vault, [self._observations.person_ids[int(person)] for person in people])
        return [self._assessment(row, record, why.get(row)) for row, record in zip(rows, records, strict=True)]

    def _assessment(self, row: int, record: Record, explanation: Explanation | None) -> Assessment:
        clinic, visit, lead = self._clinic, int(self._snapshot.visits[row]), int(self._lead[row])
        return Assessment(
            id=clinic.new_id(),
            patient=record.patient,
            visit_id=self._observations.visit_ids[visit],
            visit_date=date.fromordinal(int(self._observations.visit_day[visit])),
            made_at=clinic.clock.now(),
            program_version=program_version(),
            clinic=clinic.clinic,
            inputs=self._inputs.of(row, record),
            results=tuple(results.row(row) for results in self.results.values()),
            explanations=() if explanation is None else (explanation,),
            headline_pack=None if lead == _NOBODY else self._packs[lead].manifest.id,
            next_visit=self._next_visit(row),
            medicines=record.medicines,
        )

    def _leads(self) -> IntArray:
        """Which pack leads each page; -1 where none does, and the page says why.

        A page is about one topic, the first that a pack of this clinic tells patients about. Within it the lowest rank
        with an answer leads. Another topic never takes over: a kidney number is no answer to a question of the heart.
        """
        leads = np.full(self.people, _NOBODY, dtype=np.int64)
        topic: str | None = None
        for position, (pack, results) in enumerate(zip(self._packs, self.results.values(), strict=True)):
            if pack.manifest.patient is None or topic not in (None, pack.manifest.topic):
                continue
            topic = pack.manifest.topic
            leads[(leads == _NOBODY) & ~results.refused] = position
        return leads

    def _explanations(self, start: int, stop: int) -> Mapping[int, Explanation | None]:
        """Explain the number that leads each page, all people of one pack in one go."""
        found: dict[int, Explanation | None] = {}
        for position, pack in enumerate(self._packs):
            rows = start + np.flatnonzero(self._lead[start:stop] == position)
            if len(rows):
                predictor = self._clinic.predictors.get(pack.manifest.id)
                people = self._snapshot.batch.take(rows)
                found.update(zip(rows.tolist(), explain(predictor, people, self._clinic.dictionary), strict=True))
        return found

    def _next_visit(self, row: int) -> date | None:
        day = float(self._snapshot.batch.column(_NEXT_VISIT)[row])
        return date.fromordinal(int(day)) if math.isfinite(day) else None


def _standing(fresh: Assessment, saved: Assessment | None) -> Assessment | None:
    """Return the saved assessment if it says what the fresh one says."""
    if saved is None or replace(fresh, id=saved.id, made_at=saved.made_at) != saved:
        return None
    return saved


def _summary(results: Results) -> PackSummary:
    reasons: Counter[str] = Counter()
    for note, where in results.raised.items():
        if note.code in REFUSALS:
            reasons[f"{note.subject}:{note.code}"] += int(where.sum())
    refused = int(results.refused.sum())
    return PackSummary(results.pack.id, results.rows - refused, refused, dict(reasons.most_common()))
