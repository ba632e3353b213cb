"""Malformed files of what clinics are brought besides tables: other systems, devices, files kept with a person."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from engine.intake.tables import Rejection
from engine.store.audit_log import verify_store
from engine.workflows.attached_files import attach, read_to_attach
from engine.workflows.import_any import import_read, look_at, open_file
from engine.workflows.import_files import ImportRequest
from engine.workflows.import_outcome import FileOutcome
from tests.reliability.malformed_formats import STORED, Bench, Format
from tests.reliability.mutations import Chance, mutate, mutate_json, mutate_zip, zipped

_NUMBER, _PERSON = "START1", "start1"  # of somebody in the clinic of the trials


def _bring(name: str, bench: Bench, work: Path, content: bytes) -> str | None:
    """Bring a file in as somebody who agrees with every guess."""
    (work / name).write_bytes(content)
    read = open_file(work / name)
    if isinstance(read, FileOutcome):
        return _reason(read)
    looked = look_at(bench.clinic, read, ImportRequest(patient=_NUMBER, other_answers=True))
    if looked.rejected:
        return _reason(looked)
    agreed = {question.id: question.guess for question in looked.open_questions if question.guess is not None}
    request = ImportRequest(answers=agreed, patient=_NUMBER, other_answers=True)
    return _ended(bench, import_read(bench.clinic, read, request))


def _ended(bench: Bench, outcome: FileOutcome) -> str | None:
    if outcome.stored:
        if not verify_store(bench.vault).sound:
            raise AssertionError("what was stored does not verify")
        return STORED
    return _reason(outcome)


def _reason(outcome: FileOutcome) -> str | None:
    return "/".join(part for part in (outcome.reject_detail, outcome.reject_reason, outcome.error) if part) or None


def _keep(name: str, bench: Bench, work: Path, content: bytes) -> str | None:
    """Keep a file with somebody."""
    path = work / name
    path.write_bytes(content)
    found = read_to_attach(path)
    if isinstance(found, Rejection):
        return f"{found.detail}/{found.reason.value}"
    looked = attach(bench.clinic, _PERSON, path, found, dry_run=True)
    agreed = {question.id: question.guess for question in looked.open_questions if question.guess is not None}
    if attach(bench.clinic, _PERSON, path, found, agreed).file is None:
        return None
    if not verify_store(bench.vault).sound:
        raise AssertionError("what was stored does not verify")
    return STORED


def _made(name: str) -> Callable[[], Any]:
    """Return what makes something of ``arrivals``, which is loaded when it is needed."""

    def make() -> Any:
        return getattr(importlib.import_module("tests.reliability.arrivals"), name)()

    return make


def _zipped(name: str) -> Callable[[], bytes]:
    return lambda: zipped(list(_made(name)().items()))


_Way = Callable[[bytes, Chance], bytes]


def _brought(name: str, file: str, made: str, way: _Way = mutate, *, archive: bool = False) -> Format:
    good = _zipped(made) if archive else _made(made)
    return Format(name, good, way, partial(_bring, file), _made(f"{made}_bombs"))


def _kept(name: str, file: str, made: str, bombs: str) -> Format:
    return Format(name, _made(made), mutate, partial(_keep, file), _made(bombs))


FORMATS = (
    Format("old workbook", _made("xls"), mutate, partial(_bring, "file.xls")),
    _brought("OpenDocument workbook", "file.ods", "ods", mutate_zip, archive=True),
    _brought("table of a web page", "file.html", "page"),
    _brought("archive with a table", "file.zip", "packed", mutate_zip, archive=True),
    _brought("FHIR bundle", "file.json", "bundle", mutate_json),
    Format("FHIR lines", _made("lines"), mutate, partial(_bring, "file.ndjson"), _made("bundle_bombs")),
    _brought("HL7 message", "file.hl7", "message"),
    _brought("clinical document", "file.xml", "document"),
    _brought("readings of a cuff", "file.csv", "cuff"),
    _brought("export of a telephone", "file.zip", "health", mutate_zip, archive=True),
    _kept("PDF to keep", "file.pdf", "pdf", "pdf_bombs"),
    _kept("photograph to keep", "file.jpg", "photograph", "picture_bombs"),
    _kept("scan to keep", "file.png", "scan", "picture_bombs"),
    _kept("DICOM to keep", "file.dcm", "dicom", "dicom_bombs"),
    _kept("VCF to keep", "file.vcf", "vcf", "vcf_bombs"),
    _kept("consumer test to keep", "file.txt", "consumer_text", "vcf_bombs"),
)
