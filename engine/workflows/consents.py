"""Consent of one person, and the clinic's privacy notice with its form."""

from __future__ import annotations

from pathlib import Path

from engine.domain.consent import Answer, Consent, ConsentKind, ConsentState, ConsentWay
from engine.domain.document import Document
from engine.domain.report import Paper
from engine.report import document_images, typeset_document
from engine.report.notice import VERSION, NoticeFacts, privacy_notice
from engine.store.consents import consents_of, record_consent
from engine.store.people import load_patient
from engine.workflows.clinics import OpenClinic, one_line, program_version
from engine.workflows.files import whole_file
from engine.workflows.retention import rule_of
from engine.workflows.settings import COUNTRY_FIELD

__all__ = [
    "VERSION",
    "Answer",
    "Consent",
    "ConsentKind",
    "ConsentState",
    "ConsentWay",
    "answers_of",
    "notice_document",
    "notice_pages",
    "record",
    "write_notice",
]


def record(clinic: OpenClinic, person_id: str, answer: Answer) -> str:
    """Record what a person answered and return its id.

    Raises:
        UsageError: ``person_unknown``, ``consent_guardian_needed``, ``consent_not_given``, ``consent_day``,
            ``consent_before_birth``.
        AccessError: ``access_denied``.
    """
    return record_consent(clinic.vault, person_id, answer, clinic.actor)


def answers_of(clinic: OpenClinic, person_id: str) -> tuple[Consent, ...]:
    """Return every answer that a person ever gave, the first one first."""
    return consents_of(clinic.vault, person_id)


def notice_document(
    clinic: OpenClinic, language: str, paper: Paper, person_id: str | None = None, contact: str = ""
) -> Document:
    """Return the clinic's notice and consent form, for one person where one is named."""
    person, answers = "", dict[ConsentKind, ConsentState]()
    if person_id is not None:
        patient = load_patient(clinic.vault, person_id)
        person = " · ".join(part for part in (patient.name, patient.patient_id) if part)
        held = consents_of(clinic.vault, person_id)
        answers = {each.answer.kind: each.answer.state for each in held if each.counts}
    facts = NoticeFacts(
        clinic_name=clinic.clinic.name,
        country=str(clinic.clinic.settings.get(COUNTRY_FIELD, "")),
        made_at=clinic.clock.now(),
        program=program_version(),
        practice=clinic.clinic.practice,
        keep=rule_of(clinic),
        contact=one_line(contact),
        person=person,
        answers=answers,
    )
    return privacy_notice(facts, language, paper)


def notice_pages(document: Document, ppi: float) -> list[bytes]:
    """Return the pages of a document as PNG: for a screen, and for a printer without a file."""
    return document_images(document, ppi)


def write_notice(clinic: OpenClinic, document: Document, path: Path, person_id: str | None = None) -> None:
    """Write a notice as a PDF, and that it was made.

    Raises:
        InputError: ``output_unwritable``. AccessError: ``access_denied``.
    """
    with whole_file(path) as file:
        file.write(typeset_document(document))
        clinic.vault.note("notice.print", () if person_id is None else (person_id,), {"notice": VERSION})
