"""The print list: sheets that wait for a printer. It survives a lock, a crash and a missing printer.

The list holds who and in which form, no pages: a sheet is set when its turn comes, from the assessment as it stands
then. Who drives the printer takes a waiting job, marks it ``printing``, sends it, and marks it ``printed``, ``held``
or ``failed``. Whether a job that was ``printing`` when the program ended came out of the printer nobody knows: it
comes back ``held``, and a person decides whether to print it again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from engine.domain.plain import Plain, from_plain, to_plain
from engine.domain.record import Patient
from engine.errors import UsageError
from engine.store import Draft, load_patients
from engine.store.identity import fold
from engine.store.pinyin import has_chinese, spell
from engine.store.print_jobs import (
    add_print_jobs,
    change_print_job,
    print_job,
    print_jobs,
    record_print,
    remove_print_job,
)
from engine.workflows.clinics import OpenClinic
from engine.workflows.reports import Paper, PreparedReport, ReportOptions, Sides

INTERRUPTED = "interrupted"


class PrintState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    PRINTING = "printing"
    PRINTED = "printed"
    HELD = "held"  # a person decides; the reason says why
    FAILED = "failed"


class PrintOrder(StrEnum):
    """In which order people are put on the list."""

    GIVEN = "given"
    NAME = "name"
    NUMBER = "number"
    VILLAGE = "village"  # within a village by name


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One person's sheet on the print list. ``pages`` is known once it was set; ``reason`` is a code."""

    id: str
    person_id: str
    name: str | None
    number: str | None
    language: str
    paper: Paper
    sides: Sides
    state: PrintState
    reason: str | None
    pages: int | None

    @property
    def options(self) -> ReportOptions:
        """What to prepare the report with."""
        return ReportOptions(self.language, self.paper, self.sides)


@dataclass(frozen=True, slots=True)
class _Content:
    """What the store keeps of a job. ``session``: the opening of the clinic in which it was sent to the printer."""

    language: str
    paper: Paper
    sides: Sides
    state: PrintState = PrintState.WAITING
    reason: str | None = None
    pages: int | None = None
    session: str | None = None

    def seen_from(self, session: str) -> _Content:
        """Return the content with a job that another opening left in the printer held."""
        if self.state is PrintState.PRINTING and self.session != session:
            return replace(self, state=PrintState.HELD, reason=INTERRUPTED)
        return self


def queue_reports(
    clinic: OpenClinic, person_ids: Sequence[str], options: ReportOptions, order: PrintOrder = PrintOrder.GIVEN
) -> tuple[str, ...]:
    """Put people's sheets at the end of the print list; return the ids of the jobs, in their order.

    Who waits there already in the same form is not put there twice.

    Raises:
        UsageError: ``person_unknown``; nothing is put on the list then.
    """
    wanted = _Content(options.language, options.paper, options.sides)
    waiting = {job.person_id for job in queued(clinic) if job.state is PrintState.WAITING and job.options == options}
    people = dict.fromkeys(person.id for person in _sorted(load_patients(clinic.vault, person_ids), order))
    jobs = [(person_id, to_plain(wanted)) for person_id in people if person_id not in waiting]
    return add_print_jobs(clinic.vault, jobs, clinic.actor)


def queued(clinic: OpenClinic) -> tuple[PrintJob, ...]:
    """Return the whole print list, in order, what was printed included."""
    drafts = print_jobs(clinic.vault)
    people = load_patients(clinic.vault, [draft.person_id or "" for draft in drafts])
    return tuple(_job(draft, person, clinic.session) for draft, person in zip(drafts, people, strict=True))


def mark(
    clinic: OpenClinic,
    job_id: str,
    state: PrintState,
    reason: str | None = None,
    prepared: PreparedReport | None = None,
) -> None:
    """Say where a job stands now; ``printed`` is written into the audit, in the same step.

    Args:
        clinic: the open clinic.
        job_id: of ``queued``.
        state: its new state.
        reason: a code, with ``held`` and ``failed``: never a text of a person or a path.
        prepared: the report that was set for it: the list keeps its pages, the audit its id.

    Raises:
        UsageError: ``print_job_unknown``: somebody removed it. StoreError: it cannot be written.
    """
    draft = print_job(clinic.vault, job_id)
    if draft is None:
        raise UsageError("print_job_unknown")
    before = _content(draft.content)
    after = replace(
        before,
        state=state,
        reason=reason,
        pages=before.pages if prepared is None else prepared.pages,
        session=clinic.session if state is PrintState.PRINTING else None,
    )
    if state is PrintState.PRINTED and before.state is not PrintState.PRINTED:
        detail = _detail(after, None if prepared is None else prepared.report.id)
        record_print(clinic.vault, draft.person_id or "", detail, clinic.actor, (job_id, to_plain(after)))
    else:
        change_print_job(clinic.vault, job_id, to_plain(after))


def remove(clinic: OpenClinic, job_id: str) -> None:
    """Take a job off the list; one that is gone already stays gone."""
    remove_print_job(clinic.vault, job_id)


def printed_now(clinic: OpenClinic, prepared: PreparedReport) -> None:
    """Write into the audit that a report was printed at once, without the list."""
    report = prepared.report
    form = _Content(report.language, report.paper, report.sides, pages=prepared.pages)
    record_print(clinic.vault, prepared.assessment.patient.id, _detail(form, report.id), clinic.actor)


def _detail(content: _Content, report_id: str | None) -> dict[str, str | int | None]:
    return {
        "report": report_id,
        "language": content.language,
        "paper": content.paper.value,
        "sides": content.sides.value,
        "pages": content.pages,
    }


def _job(draft: Draft, person: Patient, session: str) -> PrintJob:
    content = _content(draft.content).seen_from(session)
    return PrintJob(
        id=draft.id,
        person_id=person.id,
        name=person.name,
        number=person.patient_id,
        language=content.language,
        paper=content.paper,
        sides=content.sides,
        state=content.state,
        reason=content.reason,
        pages=content.pages,
    )


def _content(plain: Plain) -> _Content:
    return from_plain(_Content, plain)


def _sorted(people: Sequence[Patient], order: PrintOrder) -> list[Patient]:
    """Return people in order; who lacks what it goes by comes last."""
    if order is PrintOrder.GIVEN:
        return list(people)
    keys = {
        PrintOrder.NAME: lambda person: (_place(person.name), _place(person.patient_id)),
        PrintOrder.NUMBER: lambda person: (_place(person.patient_id), _place(person.name)),
        PrintOrder.VILLAGE: lambda person: (_place(person.village), _place(person.name)),
    }
    return sorted(people, key=keys[order])


def _place(text: str | None) -> tuple[bool, list[tuple[bool, int, str]]]:
    """Return where a text stands: digits by their number, Chinese by its sound, nothing last."""
    folded = fold(text or "")
    heard = (spell(folded)[0] or ("",))[0] if has_chinese(folded) else folded
    parts = re.findall(r"[0-9]+|[^0-9]+", heard or folded)
    return text is None, [(False, int(part), "") if part.isdigit() else (True, 0, part) for part in parts]
