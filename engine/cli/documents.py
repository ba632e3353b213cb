"""The JSON documents that the command prints."""

from __future__ import annotations

from engine.domain.attached import AttachedFile
from engine.domain.entries import Counts, ParkedRow
from engine.domain.file_difference import FileDifference
from engine.domain.kept import KeptItem, KeptState
from engine.domain.record import Patient
from engine.intake.devices.gather import SetAside
from engine.intake.devices.raw import PersonHint
from engine.intake.field_columns import ColumnMap
from engine.intake.files.found import FoundFile
from engine.intake.plan import reasons
from engine.intake.questions import Question
from engine.intake.records.plan import Tally
from engine.wording import Wording
from engine.workflows.assess import AssessSummary
from engine.workflows.attached_files import facts_sentence, left_out_sentence
from engine.workflows.clinics import CreatedClinic
from engine.workflows.import_maps import Recalled, document_of
from engine.workflows.import_outcome import FileOutcome
from engine.workflows.import_readings import DeviceOutcome, ShownReading
from engine.workflows.import_records import RecordOutcome
from engine.workflows.reports import WrittenReport


def created(clinic: CreatedClinic, *, recovery_shown: bool) -> dict[str, object]:
    """A new clinic. The recovery key stands here only when it was not written to a file."""
    document: dict[str, object] = {
        "id": clinic.clinic.id,
        "name": clinic.clinic.name,
        "practice": clinic.clinic.practice,
        "settings": dict(clinic.clinic.settings),
        "open_settings": list(clinic.open_fields),
    }
    if recovery_shown:
        document["recovery_key"] = clinic.recovery_key
    return document


def patient(person: Patient) -> dict[str, object]:
    """A patient; keys are canonical fields."""
    birth = person.birth_date
    return {
        "patient_id": person.patient_id,
        "name": person.name,
        "birth_date": None if birth is None else str(birth),
        "birth_date_precision": None if birth is None else birth.precision.value,
        "sex": person.sex,
        "phone": person.phone,
        "address": person.address,
        "village": person.village,
        "room": person.room,
        "consent_date": None if person.consent_date is None else person.consent_date.isoformat(),
    }


def counts(counted: Counts) -> dict[str, int]:
    """How the rows of an import ended."""
    return {
        "rows_read": counted.rows_read,
        "rows_new": counted.rows_new,
        "rows_updated": counted.rows_updated,
        "rows_repeated": counted.rows_repeated,
        "rows_parked": counted.rows_parked,
        "rows_rejected": counted.rows_rejected,
    }


def parked(row: ParkedRow) -> dict[str, object]:
    """A row that waits for a person."""
    document: dict[str, object] = {
        "row": row.row,
        "reasons": [{"reason": reason.value, "fields": list(fields)} for reason, fields in reasons(row.problems)],
    }
    if row.visit_group is not None:
        document["visit"] = row.visit_group
    return document


def assess_summary(summary: AssessSummary) -> dict[str, object]:
    """How everybody was assessed."""
    return {
        "people": summary.people,
        "packs": [
            {"pack": pack.id, "ok": pack.ok, "refused": pack.refused, "reasons": dict(pack.reasons)}
            for pack in summary.packs
        ],
        "faults": {pack: error.code for pack, error in summary.faults.items()},
        "urgent": [
            {
                "patient_id": person.number,
                "visit_date": person.visit_date.isoformat(),
                "sentences": [dict(sentence) for sentence in person.words],
            }
            for person in summary.urgent
        ],
    }


def written_report(report: WrittenReport) -> dict[str, object]:
    """A report on disk."""
    return {
        "patient_id": report.patient_id,
        "file": str(report.path),
        "report_id": report.report_id,
        "checksum": report.checksum,
        "visit_date": report.visit_date.isoformat(),
        "pack": report.pack,
        "output": report.output,
        "value": report.value,
        "status": report.status,
    }


def question(asked: Question, words: Wording) -> dict[str, object]:
    """A question about a file, with what the preview assumes."""
    columns = list(asked.columns)
    return {
        "id": asked.id,
        "kind": asked.kind.value,
        "column": columns[0] if len(columns) == 1 else columns or None,
        "options": list(asked.options),
        "guess": asked.guess,
        "answered": asked.answered,
        "text": question_sentence(asked, words),
    }


def question_sentence(asked: Question, words: Wording) -> str:
    """A question in words."""
    return words.say(asked.sentence_key, **asked.evidence)


def column(mapped: ColumnMap) -> dict[str, object]:
    """What a column was taken for."""
    found: dict[str, object] = {"index": mapped.index, "header": mapped.header, "field": mapped.field}
    extra = {
        "unit": mapped.unit,
        "unit_names": list(mapped.unit_names) or None,
        "unit_source": mapped.unit_source,
        "codes": [list(pair) for pair in mapped.codes] or None,
        "date_order": mapped.date_order,
        "reading": mapped.reading,
        "visit": mapped.visit,
        "rule": mapped.rule,
        "suggested": mapped.suggested,
    }
    return found | {name: value for name, value in extra.items() if value is not None}


def outcome(ended: FileOutcome | RecordOutcome, words: Wording) -> dict[str, object]:
    """How one file ended, of whatever kind."""
    return record_outcome(ended, words) if isinstance(ended, RecordOutcome) else file_outcome(ended, words)


def tally(counted: Tally) -> dict[str, int]:
    """How resources ended."""
    return {
        "read": counted.read,
        "stored": counted.stored,
        "unmapped": counted.unmapped,
        "refused": counted.refused,
    }


def kept(item: KeptItem, words: Wording) -> dict[str, object]:
    """What a file said and has no place or was refused."""
    return {
        "kind": item.kind,
        "system": item.system or None,
        "code": item.code or None,
        "display": item.display or None,
        "reason": item.why,
        "sentence": words.say(f"intake.record_reason.{item.why}"),
        "count": len(item.lines),
        "places": [line.place for line in item.lines],
    }


def record_outcome(ended: RecordOutcome, words: Wording) -> dict[str, object]:
    """How one file of records ended."""
    return {
        "file": ended.file,
        "format": ended.format,
        "outcome": ended.outcome,
        "stored": ended.stored,
        "import": ended.import_id,
        "error": ended.error,
        "reject_reason": ended.reject_reason,
        "questions": [question(asked, words) for asked in ended.questions],
        "people": ended.people,
        "resources": {kind: tally(counted) for kind, counted in ended.resources.items()},
        **counts(ended.rows),
        "entries_changed": ended.entries_changed,
        "unmapped": [kept(item, words) for item in ended.listed(KeptState.UNMAPPED)],
        "refused": [kept(item, words) for item in ended.listed(KeptState.REFUSED)],
        "parked": [parked(row) for row in ended.parked],
        "encoding": ended.encoding,
    }


def file_outcome(outcome: FileOutcome, words: Wording) -> dict[str, object]:
    """How one file ended."""
    facts = outcome.facts
    return {
        "file": outcome.file,
        "outcome": outcome.outcome,
        "stored": outcome.stored,
        "import": outcome.import_id,
        "error": outcome.error,
        "reject_reason": outcome.reject_reason,
        "questions": [question(asked, words) for asked in outcome.questions],
        **counts(outcome.counts),
        "parked": [parked(row) for row in outcome.parked],
        "columns": [column(mapped) for mapped in outcome.columns],
        "layout": outcome.layout,
        "encoding": facts.encoding if facts else None,
        "delimiter": facts.delimiter if facts else None,
        "sheet": facts.sheet if facts else None,
        "header_rows": list(facts.header_rows) if facts else [],
        "not_patient_rows": list(outcome.not_patient_rows),
        "format": outcome.format,
        "map": None if outcome.map is None else document_of(outcome.map),
        "recalled": None if outcome.recalled is None else recalled(outcome.recalled),
        "difference": None if outcome.difference is None else difference(outcome.difference),
        **({} if outcome.device is None else device(outcome.device)),
        **_kept_file(outcome, words),
    }


def _kept_file(outcome: FileOutcome, words: Wording) -> dict[str, object]:
    """What a file is that is kept with a patient, and how that ended; ``new`` is false where it was there already."""
    found, ended = outcome.found, outcome.attached
    if found is None or ended is None:
        return {}
    told = {
        "id": None if ended.file is None else ended.file.id,
        "new": ended.new,
        "kind": found.kind.value,
        "size": found.size,
        "facts": dict(found.facts),
        "left_out": [part.value for part in found.left_out],
        "day": None if found.day is None else found.day.isoformat(),
        "sentences": list(file_sentences(found, words)),
    }
    return {"attached": told}


def file_sentences(found: FoundFile, words: Wording) -> tuple[str, ...]:
    """What a file is, and what was left out of it."""
    told = (facts_sentence(found.kind, found.facts, words), left_out_sentence(found.left_out, words))
    return tuple(sentence for sentence in told if sentence)


def attached_file(file: AttachedFile, words: Wording) -> dict[str, object]:
    """A file that is kept with a patient."""
    return {
        "id": file.id,
        "name": file.name,
        "kind": file.kind.value,
        "size": file.size,
        "day": file.day.isoformat(),
        "facts": dict(file.facts),
        "left_out": [part.value for part in file.left_out],
        "added_at": file.added_at.isoformat(),
        "added_by": file.added_by,
        "sentence": facts_sentence(file.kind, file.facts, words),
    }


def recalled(found: Recalled) -> dict[str, object]:
    """What a map said of a file, and what of it does not hold."""
    return {
        "columns": found.columns,
        "answers": dict(found.answers),
        "disagreed": [
            {"question": one.question_id, "remembered": one.remembered, "shown": one.shown} for one in found.disagreed
        ],
    }


def difference(found: FileDifference) -> dict[str, object]:
    """What a file changes against the last one of its shape."""
    told = {name: getattr(found, name) for name in _DIFFERENCE}
    changed = [
        {
            "patient_id": one.number,
            "visit_date": one.visit_date.isoformat(),
            "field": one.field,
            "old": one.old,
            "new": one.new,
            "row": one.row,
        }
        for one in found.changed
    ]
    missing = [
        {"patient_id": one.number, "visit_date": one.visit_date.isoformat(), "row": one.row} for one in found.missing
    ]
    return {"before": found.import_id, "file": found.file_name, **told, "changed": changed, "missing": missing}


_DIFFERENCE = (
    *("rows", "people_new", "rows_new", "rows_changed", "rows_unchanged", "rows_parked", "values_new"),
    *("values_changed", "rows_before", "rows_still", "rows_missing"),
)


def device(found: DeviceOutcome) -> dict[str, object]:
    """How the readings of a device ended."""
    return {
        "readings": readings(found),
        "stored_before": found.known,
        "import_id": found.import_id,
        "set_aside": [_set_aside(one) for one in found.set_aside],
        "not_readings": dict(found.not_readings),
        "person_hints": [_hint(hint) for hint in found.hints],
        "warnings": [{"kind": kind, "row": row} for kind, row in found.warnings],
        "described_only": found.described,
        "date_order": found.date_orders[0] if len(found.date_orders) == 1 else list(found.date_orders) or None,
        "unknown_zones": list(found.unknown_zones),
        "first_time": found.first_time,
        "last_time": found.last_time,
        "fields": {
            one.field: {"n": one.count, "min": one.low, "max": one.high, "mean": one.mean} for one in found.fields
        },
        "first_readings": [_reading(one) for one in found.first],
    }


def readings(found: DeviceOutcome) -> dict[str, int]:
    """How the readings of a device ended, in numbers."""
    return {"read": found.read, "kept": found.kept, "duplicates": found.duplicates, "rejected": found.rejected}


def _set_aside(one: SetAside) -> dict[str, object]:
    said: dict[str, object] = {"row": one.row, "reason": one.reason.value, "fields": list(one.fields)}
    extra = {"member": one.member, "same_as_row": one.same_as_row}
    return said | {name: value for name, value in extra.items() if value is not None}


def _hint(hint: PersonHint) -> dict[str, object]:
    told = {"name": hint.name, "birth_date": hint.birth_date, "patient_id": hint.patient_id, "sex": hint.sex}
    said: dict[str, object] = {"where": hint.where, "trust": hint.trust.value}
    return said | {name: value for name, value in told.items() if value}


def _reading(one: ShownReading) -> dict[str, object]:
    said: dict[str, object] = {
        "row": one.row,
        "time": one.time,
        "values": dict(one.values),
        "written": dict(one.written),
    }
    extra = {
        "method": one.method,
        "arm": one.arm,
        "qualifiers": dict(one.qualifiers) or None,
        "person": one.person,
        "device": one.device,
    }
    return said | {name: value for name, value in extra.items() if value is not None}
