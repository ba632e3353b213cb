"""One person's pages to look at before they are printed, and what is to be known about them first.

Looking leaves nothing in the store but the assessment; that a report was made is recorded when it is printed or saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain.assessment import Assessment
from engine.domain.report import Report
from engine.domain.results import REFUSALS, Code
from engine.errors import UsageError
from engine.packs.manifest import Manifest
from engine.report import alarms
from engine.workflows.assess import current_assessments
from engine.workflows.clinics import OpenClinic
from engine.workflows.reports import ReportOptions, report_of
from engine.workflows.scoring import manifests_of


@dataclass(frozen=True, slots=True)
class Wanting:
    """Why a tool of the page's topic gave no number: about which field, and the code of ``engine.domain.results``."""

    field: str
    labels: Mapping[str, str]
    code: Code
    tool: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The pages as they would be printed now.

    ``lead``: the title of the tool whose number leads, None without one. ``urgent``: what somebody must have seen
    before anything is printed, in every language.
    """

    report: Report
    assessment: Assessment
    lead: Mapping[str, str] | None
    wanting: tuple[Wanting, ...]
    urgent: tuple[Mapping[str, str], ...] = ()


def look_at_report(clinic: OpenClinic, person_id: str, options: ReportOptions) -> Sheet:
    """Return what a person's pages say; ``page_pngs`` draws them.

    The saved assessment is shown; someone who has none, or whose record changed since, is assessed first.

    Raises:
        UsageError: ``person_unknown``; ``report_no_visit`` when there is nothing to tell.
        PackError, StoreError: as in ``assess_people``.
    """
    assessment = next(current_assessments(clinic, [person_id]), None)
    if assessment is None:
        raise UsageError("report_no_visit")
    manifests = manifests_of(assessment, clinic.library)
    report = report_of(clinic, assessment, options)
    lead = manifests.get(assessment.headline_pack or "")
    return Sheet(
        report=report,
        assessment=assessment,
        lead=None if lead is None else _title(lead),
        wanting=wanting_of(clinic, assessment, manifests),
        urgent=tuple({"en": words.en, "zh": words.zh} for words in alarms(assessment, manifests)),
    )


def wanting_of(clinic: OpenClinic, assessment: Assessment, manifests: Mapping[str, Manifest]) -> tuple[Wanting, ...]:
    """Return each field once, with the first tool of the leading topic that it kept from a number."""
    lead = manifests.get(assessment.headline_pack or "")
    results = {result.pack.id: result for result in assessment.results}
    telling = [found for found in manifests.values() if found.patient is not None and found.id in results]
    topic = lead.topic if lead is not None else telling[0].topic if telling else None
    found: dict[str, Wanting] = {}
    for manifest in telling:
        if manifest.topic != topic:
            continue
        for note in results[manifest.id].notes:
            if note.code in REFUSALS and note.subject in clinic.dictionary:
                labels = clinic.dictionary[note.subject].labels
                found.setdefault(note.subject, Wanting(note.subject, labels, note.code, _title(manifest)))
    return tuple(found.values())


def _title(manifest: Manifest) -> Mapping[str, str]:
    return {"en": manifest.title.en, "zh": manifest.title.zh}
