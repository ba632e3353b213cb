"""Hand one person everything that is held of them: pages to read, and the same for machines, in one locked file.

The file is a PDF that any reader opens with the passphrase (AES-256, ``engine.report.pdf_lock``); ``record.json`` is
attached inside it. Its schema, ``lantern-person/1``, is described in ``resources/persons/README.md``.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from engine.domain.document import Attachment
from engine.domain.plain import Plain, canonical_json, to_plain
from engine.domain.report import Paper
from engine.errors import StoreError, UsageError
from engine.report import lock_pdf, typeset_document
from engine.report.pdf_lock import prepared
from engine.report.person_record import RecordFacts, record_document
from engine.store.access import opens_clinic
from engine.store.assessments import assessments_of, load_assessment, reports_of
from engine.store.attached import handed_out, held_files
from engine.store.audit_log import who_saw
from engine.store.consents import consents_of
from engine.store.person_edit import identity_history, merges_of
from engine.store.person_rows import field_names, person_row_counts, person_rows
from engine.store.records import load_record
from engine.wording import load_wording
from engine.workflows.clinics import OpenClinic, program_version
from engine.workflows.files import check_free, make_folder, whole_file
from engine.workflows.passphrases import ADVISED_SIGNS
from engine.workflows.settings import COUNTRY_FIELD
from engine.workflows.who_saw import access_table, lines_of

FORMAT = "lantern-person/1"
ATTACHED = "record.json"
_NAME_BYTES = 4
_SUFFIX = ".pdf"
_MOST_FILES = 256 << 20  # bytes of attached files in one export


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written. ``rows``: how many rows of the store it holds; ``files``: how many attached files.

    ``files_left_out``: how many did not fit, or are lost or damaged.
    """

    path: Path
    sha256: str
    visits: int
    assessments: int
    rows: int
    files: int = 0
    files_left_out: int = 0


def check_export_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too short for a file that leaves the clinic, or that the file could not hold.

    Raises:
        UsageError: ``export_passphrase_short``, ``export_passphrase_long``, ``export_passphrase_signs``.
    """
    if len(unicodedata.normalize("NFC", passphrase)) < ADVISED_SIGNS:
        raise UsageError("export_passphrase_short", least=ADVISED_SIGNS)
    prepared(passphrase)


def export_person(
    clinic: OpenClinic,
    person_id: str,
    passphrase: str,
    target: Path,
    language: str = "en",
    paper: Paper = Paper.A4,
    *,
    replace: bool = False,
) -> Exported:
    """Write everything held of a person, merged records included; ``target`` is a PDF, or a folder.

    In a folder the file has a name that tells nothing of the person. ``replace``: a file of that name may go.

    Raises:
        UsageError: as ``check_export_passphrase``; ``export_passphrase_own``: it opens the clinic, whose key everybody
            would hold who is given the file; ``person_unknown``. AccessError: ``access_denied``.
        InputError: ``output_unwritable``, ``output_in_clinic``; ``output_exists``: it may be that of another person.
    """
    is_file = target.suffix.lower() == _SUFFIX
    if is_file and not replace and not target.is_dir():
        check_free(target)
    check_export_passphrase(passphrase)
    if opens_clinic(clinic.vault, passphrase):
        raise UsageError("export_passphrase_own")
    document, facts = _held(clinic, person_id, language)
    files = _files(clinic, person_id)
    document["files"] = [told for told, _ in files]
    pages = record_document(facts, language, paper, ATTACHED)
    described = load_wording(language).say("persons.record.attached")
    held = Attachment(ATTACHED, "application/json", described, canonical_json(document).decode("utf-8"))
    given = [(str(told["attached_as"]), content) for told, content in files if content is not None]
    content = lock_pdf(typeset_document(pages, held), passphrase, given)
    path = target if is_file else _in_folder(clinic, target)
    digest = hashlib.sha256(content).hexdigest()
    with whole_file(path) as file:
        file.write(content)
        # Before the file has its name: nothing is handed out that the audit does not know of.
        clinic.vault.note("person.export", (person_id,), {"sha256": digest, "bytes": len(content)})
    counted = sum(person_row_counts(clinic.vault, person_id).values())
    visits, assessments, left_out = len(facts.record.visits), len(facts.assessments), len(files) - len(given)
    return Exported(path, digest, visits, assessments, counted, len(given), left_out)


def _files(clinic: OpenClinic, person_id: str) -> list[tuple[dict[str, Plain], bytes | None]]:
    """Return what is told of each file of a person, and its content; None where it is not handed out.

    A reader of PDF holds the whole document in memory, so those beyond a size are only named.
    """
    found: list[tuple[dict[str, Plain], bytes | None]] = []
    room = _MOST_FILES
    for number, (file, key) in enumerate(held_files(clinic.vault, person_id), 1):
        content: bytes | None = None
        why: str | None = "too_large"
        if file.size <= room:
            try:
                content, why = b"".join(handed_out(clinic.vault, key)), None
                room -= file.size
            except StoreError as error:
                why = error.code
        name = f"file-{number}-{file.day:%Y%m%d}{file.kind.suffix}"
        told: dict[str, Plain] = {
            "attached_as": name if content is not None else None,
            "left_out_because": why,
            "file": to_plain(file),
        }
        found.append((told, content))
    return found


def _in_folder(clinic: OpenClinic, folder: Path) -> Path:
    make_folder(folder)
    return folder / f"record-{clinic.clock.today():%Y%m%d}-{secrets.token_hex(_NAME_BYTES)}{_SUFFIX}"


def _held(clinic: OpenClinic, person_id: str, language: str) -> tuple[dict[str, Plain], RecordFacts]:
    vault, now = clinic.vault, clinic.clock.now()
    record, consents = load_record(vault, person_id), consents_of(vault, person_id)
    assessments = tuple(load_assessment(vault, head.id) for head in assessments_of(vault, person_id))
    reports = [report for one in assessments for report in reports_of(vault, one.id)]
    # Without what an entry says of others: an import names everybody it brought.
    seen = lines_of(who_saw(vault, person_id))
    document: dict[str, Plain] = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "program": program_version(),
        "clinic": {"id": clinic.clinic.id, "name": clinic.clinic.name},
        "record": to_plain(record),
        "identity_history": to_plain(identity_history(vault, person_id)),
        "merges": to_plain(merges_of(vault, person_id)),
        "consents": to_plain(consents),
        "assessments": to_plain(assessments),
        "reports": to_plain(reports),
        "seen": to_plain(seen),
        "fields": dict(field_names(vault)),
        "rows": person_rows(vault, person_id),
    }
    words = load_wording(language)
    facts = RecordFacts(
        clinic_name=clinic.clinic.name,
        country=str(clinic.clinic.settings.get(COUNTRY_FIELD, "")),
        made_at=now,
        program=program_version(),
        practice=clinic.clinic.practice,
        record=record,
        consents=consents,
        assessments=assessments,
        manifests={pack.manifest.id: pack.manifest for pack in clinic.library.all()},
        reports=tuple((f"{report.made_at:%Y-%m-%d}", report.kind, report.id) for report in reports),
        seen=access_table(seen, words),
    )
    return document, facts
