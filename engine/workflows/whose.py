"""Who the readings of a file may belong to: somebody of the clinic beside what the file says, and who looks alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.domain.entries import KnownPerson
from engine.intake.devices.raw import PersonHint, Trust
from engine.intake.devices.whose import Agreement, agreement, name_key
from engine.store import known_people
from engine.workflows.clinics import OpenClinic

__all__ = ["Agreement", "Candidate", "PersonHint", "candidates", "said_of_patient"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whose readings these may be.

    ``agreement``: how what the file says fits. ``alike``: others of the clinic with the same name, or born on the same
    day with a name or telephone in common, as twins are; they are easily taken for one another.
    """

    person: KnownPerson
    agreement: Agreement
    alike: tuple[KnownPerson, ...]

    @property
    def answer(self) -> str:
        """What answers the question whose the readings are."""
        return self.person.patient_id or self.person.id


def said_of_patient(hints: Iterable[PersonHint]) -> tuple[PersonHint, ...]:
    """Return what a file says of the patient, and not of the staff who made it."""
    return tuple(hint for hint in hints if hint.trust is not Trust.STAFF)


def candidates(clinic: OpenClinic, answers: Sequence[str], hints: Sequence[PersonHint]) -> tuple[Candidate | None, ...]:
    """Return the people whom numbers (or ids of records) name, each beside what a file says; None for nobody."""
    known = known_people(clinic.vault)
    by_answer = {person.id: person for person in known}
    by_answer |= {person.patient_id: person for person in known if person.patient_id is not None}
    found = (by_answer.get(answer) for answer in answers)
    return tuple(
        None if person is None else Candidate(person, agreement(hints, person), tuple(_alike(person, known)))
        for person in found
    )


def _alike(person: KnownPerson, known: Sequence[KnownPerson]) -> Iterable[KnownPerson]:
    name = name_key(person.name or "")
    for other in known:
        if other.id == person.id:
            continue
        shares_name = bool(name) and name_key(other.name or "") == name
        born_together = person.birth_date is not None and other.birth_date == person.birth_date
        if shares_name or (born_together and _related(person, other)):
            yield other


def _related(one: KnownPerson, other: KnownPerson) -> bool:
    """Whether two people of one birthday share a telephone, a part of the name, or the first sign of a Chinese name."""
    if one.phone and one.phone == other.phone:
        return True
    first, second = (one.name or "").strip(), (other.name or "").strip()
    if set(name_key(first)) & set(name_key(second)):
        return True
    return bool(first) and ord(first[0]) >= 0x2E80 and second[:1] == first[0]
