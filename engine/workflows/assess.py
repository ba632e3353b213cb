"""Assess people at their last visit with every pack that is on, and save what came out, whole and for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.domain.assessment import Assessment
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.domain.results import REFUSALS, Results
from engine.errors import PackError
from engine.report import may_alarm
from engine.store.assessments import latest_assessments, save_assessments
from engine.store.observations import load_observations
from engine.store.records import load_records
from engine.workflows.clinics import OpenClinic
from engine.workflows.count_people import count_people
from engine.workflows.model_drift import is_due, watch
from engine.workflows.scoring import Scoring
from engine.workflows.urgent import UrgentPerson, urgent_of

# Saved together: large enough to be quick, small enough to show progress and keep memory flat.
_PEOPLE_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PackSummary:
    """How one pack answered. ``reasons`` counts refusals by ``field:code``; one person may count under several."""

    id: str
    ok: int
    refused: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AssessSummary:
    """How many people were assessed, how each pack answered, and who cannot wait.

    ``faults``: packs that could not be asked, and why.
    """

    people: int
    packs: tuple[PackSummary, ...]
    urgent: tuple[UrgentPerson, ...]
    faults: Mapping[str, PackError]


def assess_people(
    clinic: OpenClinic,
    people: Sequence[str] | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> AssessSummary:
    """Assess people (by id; None: everybody) at their last visit and save the assessments.

    Where the saved assessment of that visit still says the same, it stands and no second one is made. Saved in
    groups: a stop keeps what was saved and loses nothing else. People without a visit are left out. A pack that is
    damaged or breaks is left out too and stops no other.

    Raises:
        StoreError: the store cannot be written. Cancelled: stopped.
    """
    work = _Work(clinic, people)
    urgent = [
        found
        for assessment, may_alarm in zip(work.saved(progress, cancel), work.may_alarm, strict=True)
        if may_alarm and (found := urgent_of(clinic, assessment)) is not None
    ]
    if people is None and is_due(clinic):
        watch(clinic, only_due=True)
    packs = tuple(_summary(results) for results in work.results.values())
    return AssessSummary(work.people, packs, tuple(urgent), {**clinic.library.damaged(), **work.faults})


def current_assessments(
    clinic: OpenClinic,
    people: Sequence[str] | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Iterator[Assessment]:
    """Yield the assessment of each person's last visit as the record stands, assessing who needs it; see above."""
    return _Work(clinic, people).saved(progress, cancel)


class _Work:
    """One run: everybody is scored at once, then put together and saved person by person."""

    def __init__(self, clinic: OpenClinic, people: Sequence[str] | None) -> None:
        self._clinic = clinic
        self._scoring = Scoring(clinic, load_observations(clinic.vault, people))
        if people is None:
            count_people(clinic, self._scoring.batch)
        self.people = self._scoring.people
        self.results = self._scoring.results
        self.faults = self._scoring.faults
        declared = {pack.manifest.id: pack.manifest for pack in clinic.library.all() if pack.manifest.alarms}
        self.may_alarm = may_alarm(self._scoring.completed, declared)
        self._shadow = self._scoring.shadow_run()

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
            self._shadow.keep(range(start, stop))
            progress(stop, self.people)
            yield from (kept or one for one, kept in zip(fresh, standing, strict=True))

    def _fresh(self, rows: range) -> list[Assessment]:
        return self._scoring.assessments(rows, load_records(self._clinic.vault, self._scoring.person_ids(rows)))


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
