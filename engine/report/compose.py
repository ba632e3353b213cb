"""From an assessment to what its pages say. Nothing here knows how a page looks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from engine.domain.assessment import Assessment
from engine.domain.report import Report, Sentence
from engine.packs.manifest import Manifest
from engine.report.case import NOTHING_BESIDE, Beside, Case, ReportOptions
from engine.report.clinician import clinician_page
from engine.report.glyphs import UNKNOWN, make_printable
from engine.report.patient import patient_sheet
from engine.report.seal import checksum, in_groups, report_id
from engine.report.sentences import say


def compose(
    assessment: Assessment,
    manifests: Mapping[str, Manifest],
    options: ReportOptions | None = None,
    beside: Beside = NOTHING_BESIDE,
) -> Report:
    """Return the report of one assessment.

    Args:
        assessment: one person on one day; the only source of numbers.
        manifests: pack id -> manifest; must hold the leading pack. Those that are not asked are named by it too.
        options: language and paper; English on A4 when None.
        beside: which tools were not asked, and which packs were withdrawn since.

    Raises:
        PackError: ``report_pack_missing`` when the manifest of the leading pack is not at hand.
    """
    chosen = options or ReportOptions()
    case = Case(assessment, manifests, chosen, beside)
    patient, unknown_to_patient = make_printable(patient_sheet(case))
    clinician, unknown_to_clinician = make_printable(clinician_page(case))
    report = Report(
        id=report_id(assessment.id, chosen.language, chosen.paper, chosen.sides, chosen.printed_by),
        checksum="",
        language=chosen.language,
        paper=chosen.paper,
        made_at=assessment.made_at,
        document_title="",
        practice=case.wording.say("report.practice") if assessment.clinic.practice else None,
        patient=dataclasses.replace(patient, small_print=patient.small_print + _codes(case, unknown_to_patient)),
        clinician=dataclasses.replace(
            clinician, small_print=clinician.small_print + _codes(case, unknown_to_clinician)
        ),
        sides=chosen.sides,
    )
    report = dataclasses.replace(report, document_title=case.wording.say("report.document_title", id=report.id))
    return _sealed(case, dataclasses.replace(report, checksum=checksum(report)), chosen.printed_by)


def _codes(case: Case, unknown: tuple[int, ...]) -> tuple[Sentence, ...]:
    """Return the line that says which characters the boxes on a page stand for."""
    if not unknown:
        return ()
    codes = case.wording.say("report.list.comma").join(f"U+{code:04X}" for code in unknown)
    return (say(case.wording, "report.small.unknown_characters", box=UNKNOWN, codes=codes),)


def _sealed(case: Case, report: Report, printed_by: Sequence[str]) -> Report:
    """Add the line with report id and checksum to both sides; the checksum covers everything but this line.

    The roles of who prints stand in it, on the clinician's side: the id follows from them.
    """
    line = say(
        case.wording,
        "report.seal.line",
        id=report.id,
        checksum=in_groups(report.checksum),
        version=case.assessment.program_version,
    )
    if report.practice:
        line += say(case.wording, "report.seal.fictional")
    patient = dataclasses.replace(report.patient, small_print=(*report.patient.small_print, line))
    if printed_by:
        line += say(case.wording, "report.seal.printed_by", roles=_roles(case, printed_by))
    clinician = dataclasses.replace(report.clinician, small_print=(*report.clinician.small_print, line))
    return dataclasses.replace(report, patient=patient, clinician=clinician)


def _roles(case: Case, printed_by: Sequence[str]) -> str:
    return case.wording.say("report.list.comma").join(case.wording.say(f"role.{role}") for role in printed_by)
