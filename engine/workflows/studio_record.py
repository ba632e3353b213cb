"""All that the learning studio takes from the store, in one read: on the store's lane this, off it everything else."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from engine.domain.observations import Observations
from engine.domain.record import Patient
from engine.store import load_conditions, load_observations
from engine.store.people import find_patients
from engine.workflows.clinics import OpenClinic
from engine.workflows.recalibrate import Recorded

_ACTION = "studio.read"


@dataclass(frozen=True, slots=True)
class ClinicRecord(Recorded):
    """What is recorded of everybody. ``repeats``: ids of people who are in the record under another id too."""

    repeats: frozenset[str] = frozenset()


def read_record(clinic: OpenClinic) -> ClinicRecord:
    """Return what every question of the studio is answered from. The audit tells that everybody's record was read.

    Who is there twice: the same name and the same full birth date; the record with more visits stays.

    Raises:
        AccessError: ``access_denied`` for who may not read records.
    """
    observations, conditions = load_observations(clinic.vault), load_conditions(clinic.vault)
    repeats = _repeats(find_patients(clinic.vault), _visits_of(observations))
    counts = {"people": len(observations.person_ids), "visits": len(observations.visit_ids)}
    clinic.vault.note(_ACTION, detail=counts)
    return ClinicRecord(observations, conditions, frozenset(repeats))


def _visits_of(observations: Observations) -> Mapping[str, int]:
    counts = dict.fromkeys(observations.person_ids, 0)
    for person in observations.visit_person.tolist():
        counts[observations.person_ids[person]] += 1
    return counts


def _repeats(people: Sequence[Patient], visits: Mapping[str, int]) -> Collection[str]:
    named: dict[tuple[str, str], list[str]] = {}
    for each in people:
        if each.name and each.birth_date is not None and each.birth_date.day is not None and each.id in visits:
            named.setdefault((_folded(each.name), str(each.birth_date)), []).append(each.id)
    found: set[str] = set()
    for ids in named.values():
        kept = max(ids, key=lambda id_: (visits[id_], -ids.index(id_)))
        found |= set(ids) - {kept}
    return found


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
