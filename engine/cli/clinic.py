"""The commands that work on a clinic: create, import, patients, export, assess-all, report."""

from __future__ import annotations

import argparse
import gc
from pathlib import Path

from engine.cli import documents
from engine.cli.dropped import run_dropped
from engine.cli.options import (
    Commands,
    a_path,
    add_command,
    add_store,
    opened_store,
    parse_assignments,
    read_answers,
    read_passphrase,
    whole_text,
)
from engine.cli.output import DONE, REFUSED, emit_json, explain, say, sentence, show_progress, warn, wording
from engine.domain.kept import KeptState
from engine.domain.ports import SystemClock
from engine.domain.report import Paper
from engine.errors import BugError, InputError, UsageError, WorldError
from engine.report import ReportOptions
from engine.wording import LANGUAGES, Wording
from engine.workflows.assess import assess_people
from engine.workflows.clinics import ClinicRequest, OpenClinic, create
from engine.workflows.export import export_visits
from engine.workflows.export_fhir import export_fhir
from engine.workflows.import_files import ImportRequest
from engine.workflows.import_maps import read_map
from engine.workflows.import_outcome import Answered, FileOutcome, used_by_none
from engine.workflows.import_records import Ended, RecordOutcome, files_of, import_each
from engine.workflows.map_words import difference_lines, recalled_lines
from engine.workflows.patients import find_patients, patients_numbered
from engine.workflows.reports import write_reports

_REMEMBERED = "remembered"  # instead of a file: the clinic's own map
PAPERS = tuple(paper.value for paper in Paper)


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the commands of a clinic."""
    _add_create(commands, words)
    _add_import(commands, words)
    patients = add_command(commands, words, "patients", run_patients)
    add_store(patients, words)
    patients.add_argument("--query", default="", metavar="Q", help=words.say("cli.option.query"))
    export = add_command(commands, words, "export", run_export)
    add_store(export, words)
    export.add_argument("--output", type=a_path, required=True, metavar="F", help=words.say("cli.option.output"))
    export.add_argument("--format", choices=("csv", "fhir"), default="csv", help=words.say("cli.option.format"))
    export.add_argument("--patient", metavar="ID", help=words.say("cli.option.export_patient"))
    export.add_argument("--language", choices=LANGUAGES, default="en", help=words.say("cli.option.language"))
    add_store(add_command(commands, words, "assess-all", run_assess_all), words)
    _add_report(commands, words)


def _add_create(commands: Commands, words: Wording) -> None:
    parser = add_command(commands, words, "create", run_create)
    add_store(parser, words)
    parser.add_argument("--name", required=True, help=words.say("cli.option.name"))
    parser.add_argument("--country", required=True, help=words.say("cli.option.country"))
    parser.add_argument("--recovery-out", type=a_path, metavar="F", help=words.say("cli.option.recovery_out"))
    parser.add_argument("--set", action="append", metavar="FIELD=VALUE", help=words.say("cli.option.set_clinic"))
    parser.add_argument("--practice", action="store_true", help=words.say("cli.option.practice"))


def _add_import(commands: Commands, words: Wording) -> None:
    parser = add_command(commands, words, "import", run_import)
    add_store(parser, words)
    parser.add_argument("files", nargs="+", type=a_path, metavar="FILE")
    parser.add_argument("--set", action="append", metavar="FIELD=VALUE", help=words.say("cli.option.set_file"))
    parser.add_argument("--answers", type=a_path, metavar="A.json", help=words.say("cli.option.answers"))
    parser.add_argument("--map", metavar="MAP.json", help=words.say("cli.option.map"))
    parser.add_argument("--as", dest="kind", metavar="KIND", help=words.say("cli.option.kind"))
    parser.add_argument("--patient", metavar="ID", help=words.say("cli.option.whose_file"))
    parser.add_argument("--dry-run", action="store_true", help=words.say("cli.option.dry_run"))
    parser.add_argument("--move", action="store_true", help=words.say("cli.option.move"))


def _add_report(commands: Commands, words: Wording) -> None:
    parser = add_command(commands, words, "report", run_report)
    add_store(parser, words)
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--patient", metavar="ID", help=words.say("cli.option.patient"))
    who.add_argument("--all", action="store_true", help=words.say("cli.option.all"))
    parser.add_argument("--language", choices=LANGUAGES, default="en", help=words.say("cli.option.language"))
    parser.add_argument("--paper", choices=PAPERS, default="a4", help=words.say("cli.option.paper"))
    parser.add_argument("--out", type=a_path, required=True, metavar="DIR", help=words.say("cli.option.out"))


def run_create(options: argparse.Namespace) -> int:
    """Create an encrypted clinic and hand out its recovery key once."""
    request = ClinicRequest(
        folder=options.store,
        name=whole_text(options.name),
        country=whole_text(options.country),
        chosen=parse_assignments(options.set),
        practice=options.practice,
        owner_name="" if options.user is None else whole_text(options.user),
    )
    created = create(request, read_passphrase(options.passphrase_file), SystemClock(), options.recovery_out)
    for field in created.open_fields:
        warn(wording().say("cli.region_open", field=field))
    if options.json:
        emit_json(documents.created(created, recovery_shown=options.recovery_out is None))
        return DONE
    say(wording().say("cli.created", folder=str(options.store)))
    if options.recovery_out is None:
        say(wording().say("cli.recovery_key", key=created.recovery_key))
    else:
        say(wording().say("cli.recovery_written", file=str(options.recovery_out)))
    return DONE


def run_import(options: argparse.Namespace) -> int:
    """Import files, each all or nothing; the worst code wins."""
    if options.move:
        return run_dropped(options)
    paths = files_of(options.files, options.kind)
    use_remembered = options.map == _REMEMBERED
    request = ImportRequest(
        map=None if options.map is None or use_remembered else read_map(Path(options.map)),
        use_remembered=use_remembered,
        set_for_file=parse_assignments(options.set),
        answers=read_answers(options.answers),
        dry_run=options.dry_run,
        other_answers=len(paths) > 1,
        kind=None if options.kind is None else whole_text(options.kind),
        patient=None if options.patient is None else whole_text(options.patient),
    )
    codes, answered, told = [], [], []
    with opened_store(options) as clinic:
        gc.freeze()  # what is loaded by now stays to the end: looking through it again takes a tenth of the time
        # A folder may hold thousands of files: of each only what is printed at the end is kept.
        for path, ended in import_each(clinic, paths, request, progress=show_progress):
            outcome, code = _ended(path, ended)
            codes.append(code)
            answered.append(Answered(outcome.rejected, outcome.unused_answers))
            if options.json:
                told.append(documents.outcome(outcome, wording()))
            _tell_import(outcome, quiet=options.json)
    if options.json:
        emit_json(told)
    if used_by_none(answered):
        codes.append(explain(InputError("answers_unused")))
    return max(codes, default=DONE)


def _ended(path: Path, outcome: Ended) -> tuple[FileOutcome | RecordOutcome, int]:
    if isinstance(outcome, (WorldError, BugError)):
        failed = FileOutcome.failed(path, outcome.code)
        return failed, explain(outcome, failed.file)
    return outcome, DONE if outcome.done else REFUSED


def _tell_import(outcome: FileOutcome | RecordOutcome, *, quiet: bool) -> None:
    words = wording()
    if outcome.error is not None:
        return  # told when it happened
    if outcome.rejected:
        warn(f"{outcome.file}: {words.say(f'intake.rejected.{outcome.reject_detail}')}")
        return
    _tell_recalled(outcome)
    if outcome.open_questions:
        warn(f"{outcome.file}: {words.say('cli.questions_open', count=len(outcome.open_questions))}")
        # Questions quote the file, so they belong to the answer of the command and not to its errors.
        for question in () if quiet else outcome.open_questions:
            say(f"{question.id}: {documents.question_sentence(question, words)}")
    elif isinstance(outcome, RecordOutcome):
        if not quiet:
            _tell_records(outcome)
    elif not quiet and outcome.found is not None and outcome.attached is not None:
        known = outcome.stored and not outcome.attached.new
        key = "cli.file_known" if known else "cli.file_kept" if outcome.stored else "cli.would_keep_file"
        say(words.say(key, file=outcome.file, told=" ".join(documents.file_sentences(outcome.found, words))))
    elif not quiet and outcome.device is not None:
        key = "cli.imported_readings" if outcome.stored else "cli.would_import_readings"
        say(words.say(key, file=outcome.file, **documents.readings(outcome.device)))
    elif not quiet:
        _tell_table(outcome)


def _tell_recalled(outcome: FileOutcome | RecordOutcome) -> None:
    for line in recalled_lines(outcome.recalled, wording()) if isinstance(outcome, FileOutcome) else ():
        warn(f"{outcome.file}: {line}")


def _tell_table(outcome: FileOutcome) -> None:
    words = wording()
    key = "cli.imported" if outcome.stored else "cli.would_import"
    say(words.say(key, file=outcome.file, **documents.counts(outcome.counts)))
    for line in difference_lines(outcome.difference, words):
        say(line)


def _tell_records(outcome: RecordOutcome) -> None:
    words = wording()
    key = "cli.imported_records" if outcome.stored else "cli.would_import_records"
    say(words.say(key, file=outcome.file, people=outcome.people, **documents.tally(outcome.total())))
    for item in outcome.listed(KeptState.REFUSED):
        reason = words.say(f"intake.record_reason.{item.why}")
        name = " ".join(part for part in (item.display, item.code) if part) or item.kind
        say(words.say("cli.record_refused", count=len(item.lines), name=name, reason=reason))


def run_patients(options: argparse.Namespace) -> int:
    """Print the patients that match, as a JSON list."""
    with opened_store(options) as clinic:
        emit_json([documents.patient(patient) for patient in find_patients(clinic, whole_text(options.query))])
    return DONE


def run_export(options: argparse.Namespace) -> int:
    """Write one row per visit with canonical columns, or one patient summary per person."""
    if options.format == "fhir":
        return _export_fhir(options)
    if options.patient is not None:
        raise UsageError("export_patient_csv")
    with opened_store(options) as clinic:
        rows = export_visits(clinic, options.output)
    if options.json:
        emit_json({"rows": rows, "output": str(options.output)})
    else:
        say(wording().say("cli.exported", rows=rows, file=str(options.output)))
    return DONE


def _export_fhir(options: argparse.Namespace) -> int:
    with opened_store(options) as clinic:
        people = None if options.patient is None else _numbered(clinic, options.patient)
        written = export_fhir(clinic, options.output, people, options.language)
    if options.json:
        emit_json({"people": written, "output": str(options.output)})
    else:
        say(wording().say("cli.exported_people", people=written, file=str(options.output)))
    return DONE


def _numbered(clinic: OpenClinic, number: str) -> tuple[str, ...]:
    people = patients_numbered(clinic, whole_text(number))
    if not people:
        raise InputError("patient_unknown")
    return people


def run_assess_all(options: argparse.Namespace) -> int:
    """Assess everybody at their last visit and save the assessments."""
    with opened_store(options) as clinic:
        summary = assess_people(clinic, progress=show_progress)
    for error in summary.faults.values():
        warn(sentence(error))
    if options.json:
        emit_json(documents.assess_summary(summary))
        return DONE
    say(wording().say("cli.assessed", people=summary.people))
    for pack in summary.packs:
        say(wording().say("cli.assessed_pack", pack=pack.id, ok=pack.ok, refused=pack.refused))
    if summary.urgent:
        say(wording().say("cli.assessed_urgent", people=len(summary.urgent)))
    for person in summary.urgent:
        for reason in person.words:
            number = person.number or person.person_id
            say(wording().say("cli.assessed_urgent_one", patient=number, reason=reason[wording().language]))
    return DONE


def run_report(options: argparse.Namespace) -> int:
    """Write report PDFs."""
    with opened_store(options) as clinic:
        people = None if options.patient is None else _numbered(clinic, options.patient)
        written = write_reports(
            clinic, people, ReportOptions(options.language, Paper(options.paper)), options.out, progress=show_progress
        )
    if options.json:
        emit_json([documents.written_report(report) for report in written])
    else:
        say(wording().say("cli.reports_written", count=len(written), folder=str(options.out)))
    return DONE
