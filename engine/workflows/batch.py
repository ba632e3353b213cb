"""Many people at once, in groups short enough that whoever works beside it does not wait: assess, and one file of all.

A group is one short piece of work on the store; the caller puts one after the other, and others may come between.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.domain.ports import CancelToken
from engine.errors import Cancelled
from engine.report.join import PdfJoiner
from engine.report.lead import lead_facts
from engine.wording import load_wording
from engine.workflows.assess import current_assessments
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import whole_file
from engine.workflows.reports import PreparedReport
from engine.workflows.scoring import manifests_of
from engine.workflows.sheet import Wanting, wanting_of
from engine.workflows.urgent import UrgentPerson, urgent_of

PEOPLE_AT_ONCE = 40


@dataclass(frozen=True, slots=True)
class NotAssessed:
    """Somebody whom no tool of the leading topic gave a number, why, and between what it lies where that can be told.

    ``range``: both ends as fractions.
    """

    person_id: str
    name: str | None
    number: str | None
    wanting: tuple[Wanting, ...]
    range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class GroupAssessed:
    """What came out for a group. Who has no visit is neither."""

    with_number: int
    without: tuple[NotAssessed, ...]


def assess_group(clinic: OpenClinic, people: Sequence[str], cancel: CancelToken | None = None) -> GroupAssessed:
    """Assess a group of people (by id) at their last visit as ``assess_people`` does, and say who got no number.

    Raises:
        PackError, StoreError, Cancelled: as in ``assess_people``.
    """
    numbered, without = 0, []
    for assessment in current_assessments(clinic, people, cancel=cancel):
        if assessment.headline_pack is not None:
            numbered += 1
            continue
        manifests, patient = manifests_of(assessment, clinic.library), assessment.patient
        why = wanting_of(clinic, assessment, manifests)
        lead = lead_facts(assessment, manifests)
        between = None if lead is None or lead.range is None else (lead.range.low, lead.range.high)
        without.append(NotAssessed(patient.id, patient.name, patient.patient_id, why, between))
    return GroupAssessed(numbered, tuple(without))


def find_urgent(
    clinic: OpenClinic, people: Sequence[str], cancel: CancelToken | None = None
) -> tuple[UrgentPerson, ...]:
    """Return those of these people (by id) of whose last visit something cannot wait; who needs it is assessed.

    Raises:
        PackError, StoreError, Cancelled: as in ``assess_people``.
    """
    found = (urgent_of(clinic, each) for each in current_assessments(clinic, people, cancel=cancel))
    return tuple(each for each in found if each is not None)


class SheetFile:
    """One PDF of many people, written while their sheets are set; under its name only once it is complete."""

    def __init__(self, path: Path, language: str) -> None:
        """Begin the file.

        Raises:
            InputError: ``output_unwritable``, ``output_not_a_file``.
        """
        self._stack = ExitStack()
        file = self._stack.enter_context(whole_file(path))
        self._joiner = PdfJoiner(file, load_wording(language).say("report.document_title_many"))
        self.sheets = 0

    @property
    def pages(self) -> int:
        """How many pages it has, blank backs included."""
        return self._joiner.pages

    def add(self, prepared: PreparedReport) -> None:
        """Put the next person's pages at its end, on the front of a fresh sheet."""
        self._joiner.add(prepared.pdf)
        self.sheets += 1

    def finish(self) -> None:
        """End the file and put it at its place.

        Raises:
            InputError: ``output_unwritable``; nothing is left there.
        """
        try:
            self._joiner.finish()
        except BaseException:
            self.drop()
            raise
        self._stack.close()

    def drop(self) -> None:
        """Leave no file."""
        stopped = Cancelled()
        with suppress(Cancelled):
            self._stack.__exit__(Cancelled, stopped, None)
