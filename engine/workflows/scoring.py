"""From values to assessments: the one path, for people as they are stored and for one that is being typed.

Nothing here looks into the store, so it may run on any thread.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import numpy as np

from engine.domain.assessment import Assessment, Explanation
from engine.domain.batch import IntArray
from engine.domain.observations import Observations
from engine.domain.ranges import RangeResult
from engine.domain.record import Record
from engine.domain.results import Results, RiskResult, Status
from engine.domain.what_if import WhatIf
from engine.errors import PackError
from engine.packs import Pack, PackLibrary
from engine.packs.manifest import Manifest
from engine.risk.derivation import FullDerivation
from engine.risk.explain import explain
from engine.risk.snapshot import Snapshot, take_snapshot
from engine.risk.what_if import what_ifs_of
from engine.workflows.clinics import OpenClinic, program_version
from engine.workflows.inputs_used import InputsUsed
from engine.workflows.open_ranges import open_ranges
from engine.workflows.packs import active_packs
from engine.workflows.shadow_run import ShadowRun

_NEXT_VISIT = "next_visit_date"
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class _Why:
    """Why a leading number is what it is, and what would lower it."""

    explanation: Explanation | None = None
    what_if: WhatIf | None = None


_UNEXPLAINED = _Why()


class Scoring:
    """People at one visit each, scored by every pack that is on: everybody at once, then put together one by one."""

    def __init__(self, clinic: OpenClinic, observations: Observations, visits: IntArray | None = None) -> None:
        """``visits``: positions of visits in the observations, one row each; None: everybody's last."""
        self._clinic = clinic
        self._observations = observations
        self._snapshot: Snapshot = take_snapshot(observations, clinic.clinic.settings, clinic.dictionary, visits)
        self.batch = self._snapshot.batch
        self.people = self.batch.rows
        self.results: dict[str, Results] = {}
        self.faults: dict[str, PackError] = {}  # packs that could not be opened or run, and why
        self._packs: Sequence[Pack] = self._ask()
        self._lead = self._leads()
        wanted = {each.field for pack in self._packs for each in pack.manifest.inputs}
        derivation = FullDerivation(clinic.dictionary, clinic.predictors.find)
        completed = derivation.complete(self.batch, wanted)
        self.completed = completed.batch  # with what follows from other values
        self._inputs = InputsUsed(observations, self._snapshot, completed, clinic.dictionary, wanted)

    def shadow_run(self) -> ShadowRun:
        """Return the run in which trained models answer for the same rows, and nobody sees it."""
        return ShadowRun(self._clinic, self._observations, self._snapshot.visits, self.batch)

    def _ask(self) -> tuple[Pack, ...]:
        """Ask every pack that is on, and return those that answered; one that fails stops no other.

        Where a pack fails that stands in its parent's place, the parent is asked.
        """
        clinic = self._clinic
        while True:
            packs = active_packs(clinic.library, clinic.clinic, without=self.faults)
            waiting = [pack.manifest.id for pack in packs if pack.manifest.id not in self.results]
            if not waiting:
                self.results = {pack.manifest.id: self.results[pack.manifest.id] for pack in packs}
                return packs
            for pack_id in waiting:
                try:
                    self.results[pack_id] = clinic.predictors.get(pack_id).predict(self.batch, stability=True)
                except PackError as error:
                    self.faults[pack_id] = error

    def person_ids(self, rows: range) -> list[str]:
        """Return whose these rows are."""
        people = self._observations.visit_person[self._snapshot.visits[rows.start : rows.stop]]
        return [self._observations.person_ids[int(person)] for person in people]

    def assessments(self, rows: range, records: Iterable[Record]) -> list[Assessment]:
        """Return the assessments of these rows, unsaved; ``records`` are those of the same people, in that order."""
        why = self._whys(rows.start, rows.stop)
        ranges = self._ranges(rows.start, rows.stop)
        return [
            self._assessment(row, record, why.get(row, _UNEXPLAINED), ranges[row - rows.start])
            for row, record in zip(rows, records, strict=True)
        ]

    def _assessment(self, row: int, record: Record, why: _Why, ranges: tuple[RangeResult, ...]) -> Assessment:
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
            results=self._kept(row),
            explanations=() if why.explanation is None else (why.explanation,),
            headline_pack=None if lead == _NOBODY else self._packs[lead].manifest.id,
            next_visit=self._next_visit(row),
            medicines=record.medicines,
            ranges=ranges,
            what_if=why.what_if,
        )

    def _kept(self, row: int) -> tuple[RiskResult, ...]:
        """Return what an assessment keeps of one person's answers.

        A tool for clinicians alone that refused for several reasons has nothing to tell and leaves no trace; why a
        tool for patients refused is what lists and pages are made of.
        """
        answers = [(pack, results.row(row)) for pack, results in zip(self._packs, self.results.values(), strict=True)]
        return tuple(
            answer
            for pack, answer in answers
            if pack.manifest.patient is not None or answer.status is not Status.REFUSED or answer.lacks_one
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

    def _whys(self, start: int, stop: int) -> Mapping[int, _Why]:
        """Explain the number that leads each page and what would lower it, all people of one pack in one go."""
        found: dict[int, _Why] = {}
        for position, pack in enumerate(self._packs):
            rows = start + np.flatnonzero(self._lead[start:stop] == position)
            if len(rows):
                predictor = self._clinic.predictors.get(pack.manifest.id)
                people = self.batch.take(rows)
                with suppress(PackError):  # a number without its explanation is still a number
                    explained = explain(predictor, people, self._clinic.dictionary)
                    lowered = what_ifs_of(predictor, people, self._clinic.dictionary)
                    found.update(zip(rows.tolist(), map(_Why, explained, lowered), strict=True))
        return found

    def _ranges(self, start: int, stop: int) -> list[tuple[RangeResult, ...]]:
        """Return what the numbers could be where something is missing."""
        clinic = self._clinic
        rows = np.arange(start, stop)
        results = {pack_id: results.take(rows) for pack_id, results in self.results.items()}
        people = self.batch.slice(start, stop)
        return open_ranges(self._packs, results, people, clinic.predictors, clinic.plausible, clinic.dictionary)

    def _next_visit(self, row: int) -> date | None:
        day = float(self.batch.column(_NEXT_VISIT)[row])
        return date.fromordinal(int(day)) if math.isfinite(day) else None


def manifests_of(assessment: Assessment, library: PackLibrary) -> dict[str, Manifest]:
    """Return the manifests of the sound packs of an assessment, then of those that declare alarms."""
    sound = {pack.manifest.id: pack.manifest for pack in library.all()}
    wanted = [result.pack.id for result in assessment.results]
    found = {pack_id: sound[pack_id] for pack_id in wanted if pack_id in sound}
    return found | {pack_id: manifest for pack_id, manifest in sound.items() if manifest.alarms}
