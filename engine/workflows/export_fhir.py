"""Write records for other systems: one International Patient Summary (FHIR R4 document Bundle) per person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from engine.domain.ports import CancelToken
from engine.exchange import Document, patient_summary
from engine.store import find_patients, load_records
from engine.wording import load_wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import whole_file

_MOST_SUBJECTS = 20


def export_fhir(
    clinic: OpenClinic,
    path: Path,
    people: Sequence[str] | None = None,
    language: str = "en",
    cancel: CancelToken | None = None,
) -> int:
    """Write the summaries of people (of everybody without ``people``) and return how many.

    One person makes a JSON document, several a document a line (NDJSON). The file appears only when complete.

    Raises:
        InputError: ``output_unwritable``. UsageError: ``person_unknown``. Cancelled: stopped; nothing is left behind.
    """
    wanted = [patient.id for patient in find_patients(clinic.vault)] if people is None else list(people)
    document = Document(clinic.clinic, clinic.clock.now(), load_wording(language))
    count = 0
    with whole_file(path) as file:
        for record in load_records(clinic.vault, wanted):
            if cancel is not None:
                cancel.check()
            summary = patient_summary(record, document)
            single = people is not None and len(wanted) == 1
            file.write(json.dumps(summary, ensure_ascii=False, indent=1 if single else None).encode("utf-8") + b"\n")
            count += 1
    named = tuple(wanted) if len(wanted) <= _MOST_SUBJECTS else ()
    clinic.vault.note("export.fhir", named, {"people": count})
    return count
