"""The commands that work on a clinic: create, import, patients, export, assess-all, report."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli import documents
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
from engine.domain.ports import SystemClock
from engine.domain.report import Paper
from engine.errors import BugError, InputError, WorldError
from engine.report import ReportOptions
from engine.wording import LANGUAGES, Wording
from engine.workflows.assess import assess_people
from engine.workflows.clinics import ClinicRequest, OpenClinic, create
from engine.workflows.export import export_visits
from engine.workflows.import_files import FileOutcome, ImportRequest, import_file, used_by_none
from engine.workflows.patients import find_patients, patients_numbered
from engine.workflows.reports import write_reports

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
    export.add_argument("--output", type=a_path, required=True, metavar="F.csv", help=words.say("cli.option.output"))
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
    parser.add_argument("--dry-run", action="store_true", help=words.say("cli.option.dry_run"))


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
    request = ImportRequest(
        set_for_file=parse_assignments(options.set),
        answers=read_answers(options.answers),
        dry_run=options.dry_run,
        other_answers=len(options.files) > 1,
    )
    with opened_store(options) as clinic:
        ended = [_import_one(clinic, path, request) for path in options.files]
    if options.json:
        emit_json([documents.file_outcome(outcome, wording()) for outcome, _ in ended])
    for outcome, _ in ended:
        _tell_import(outcome, quiet=options.json)
    codes = [code for _, code in ended]
    if used_by_none([outcome for outcome, _ in ended]):
        codes.append(explain(InputError("answers_unused")))
    return max(codes)


def _import_one(clinic: OpenClinic, path: Path, request: ImportRequest) -> tuple[FileOutcome, int]:
    try:
        outcome = import_file(clinic, path, request, progress=show_progress)
    except (WorldError, BugError) as error:  # a stop is neither: it ends the whole command
        return FileOutcome.failed(path.name, error.code), explain(error, path.name)
    return outcome, DONE if outcome.done else REFUSED


def _tell_import(outcome: FileOutcome, *, quiet: bool) -> None:
    words = wording()
    if outcome.error is not None:
        return  # told when it happened
    if outcome.rejected:
        warn(f"{outcome.file}: {words.say(f'intake.rejected.{outcome.reject_detail}')}")
        return
    if outcome.open_questions:
        warn(f"{outcome.file}: {words.say('cli.questions_open', count=len(outcome.open_questions))}")
        # Questions quote the file, so they belong to the answer of the command and not to its errors.
        for question in () if quiet else outcome.open_questions:
            say(f"{question.id}: {documents.question_sentence(question, words)}")
    elif not quiet:
        key = "cli.imported" if outcome.stored else "cli.would_import"
        say(words.say(key, file=outcome.file, **documents.counts(outcome.counts)))


def run_patients(options: argparse.Namespace) -> int:
    """Print the patients that match, as a JSON list."""
    with opened_store(options) as clinic:
        emit_json([documents.patient(patient) for patient in find_patients(clinic, whole_text(options.query))])
    return DONE


def run_export(options: argparse.Namespace) -> int:
    """Write one row per visit with canonical columns."""
    with opened_store(options) as clinic:
        rows = export_visits(clinic, options.output)
    if options.json:
        emit_json({"rows": rows, "output": str(options.output)})
    else:
        say(wording().say("cli.exported", rows=rows, file=str(options.output)))
    return DONE


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
        people = None
        if options.patient is not None:
            people = patients_numbered(clinic, whole_text(options.patient))
            if not people:
                raise InputError("patient_unknown")
        written = write_reports(
            clinic, people, ReportOptions(options.language, Paper(options.paper)), options.out, progress=show_progress
        )
    if options.json:
        emit_json([documents.written_report(report) for report in written])
    else:
        say(wording().say("cli.reports_written", count=len(written), folder=str(options.out)))
    return DONE
