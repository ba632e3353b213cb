"""The commands about one person as a whole: notice, consent, export, erasure, who saw the record; and retention."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import date

from engine.cli.options import Commands, a_path, add_command, add_store, opened_store, read_passphrase, whole_text
from engine.cli.output import DONE, emit_json, emit_table, say, warn, wording
from engine.cli.users import second_person
from engine.domain.consent import Answer, Consent, ConsentKind, ConsentState, ConsentWay
from engine.domain.report import Paper
from engine.errors import InputError, UsageError
from engine.wording import LANGUAGES, Wording
from engine.workflows import consents, erase_person, export_person, retention, who_saw
from engine.workflows.audit import people_of_audit
from engine.workflows.clinics import OpenClinic, one_line
from engine.workflows.erase_person import Basis, HeldBackup, Plan, told_counts
from engine.workflows.erase_person import Done as Erasure
from engine.workflows.patients import patients_numbered

_PAPERS = tuple(paper.value for paper in Paper)
_KINDS = tuple(kind.value for kind in ConsentKind)
_STATES = {"give": ConsentState.GIVEN, "refuse": ConsentState.REFUSED, "withdraw": ConsentState.WITHDRAWN}


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the commands about one person."""
    notice = add_command(commands, words, "privacy-notice", run_notice)
    add_store(notice, words)
    notice.add_argument("--patient", metavar="ID", help=words.say("cli.option.notice_patient"))
    notice.add_argument("--contact", default="", metavar="TEXT", help=words.say("cli.option.notice_contact"))
    notice.add_argument(
        "--output", type=a_path, required=True, metavar="F.pdf", help=words.say("cli.option.notice_output")
    )
    _add_pages(notice, words)
    _add_consent(commands, words)
    export = add_command(commands, words, "export-patient", run_export)
    add_store(export, words)
    _add_patient(export, words)
    where = words.say("cli.option.export_person_output")
    export.add_argument("--output", type=a_path, required=True, metavar="DIR_OR_FILE", help=where)
    export.add_argument("--replace", action="store_true", help=words.say("cli.option.replace"))
    secret = words.say("cli.option.export_passphrase_file")
    export.add_argument("--export-passphrase-file", type=a_path, required=True, metavar="F", help=secret)
    _add_pages(export, words)
    _add_erase(commands, words)
    seen = add_command(commands, words, "who-saw", run_who_saw)
    add_store(seen, words)
    _add_patient(seen, words)
    seen.add_argument("--output", type=a_path, metavar="F.pdf", help=words.say("cli.option.seen_output"))
    _add_pages(seen, words)
    keep = add_command(commands, words, "retention", run_retention)
    add_store(keep, words)
    keep.add_argument("--years", metavar="N", help=words.say("cli.option.years"))


def _add_patient(parser: argparse.ArgumentParser, words: Wording) -> None:
    parser.add_argument("--patient", required=True, metavar="ID", help=words.say("cli.option.patient_one"))


def _add_pages(parser: argparse.ArgumentParser, words: Wording) -> None:
    parser.add_argument("--language", choices=LANGUAGES, default="en", help=words.say("cli.option.language"))
    parser.add_argument("--paper", choices=_PAPERS, default="a4", help=words.say("cli.option.paper"))


def _add_consent(commands: Commands, words: Wording) -> None:
    parser = add_command(commands, words, "consent", run_consent)
    add_store(parser, words)
    _add_patient(parser, words)
    answer = parser.add_mutually_exclusive_group()
    for name in _STATES:
        answer.add_argument(f"--{name}", choices=_KINDS, help=words.say(f"cli.option.consent_{name}"))
    parser.add_argument("--day", metavar="DATE", help=words.say("cli.option.consent_day"))
    parser.add_argument("--spoken", action="store_true", help=words.say("cli.option.consent_spoken"))
    parser.add_argument("--guardian", metavar="NAME", help=words.say("cli.option.consent_guardian"))
    parser.add_argument("--reason", metavar="TEXT", help=words.say("cli.option.consent_note"))


def _add_erase(commands: Commands, words: Wording) -> None:
    parser = add_command(commands, words, "erase-patient", run_erase)
    add_store(parser, words)
    _add_patient(parser, words)
    parser.add_argument("--reason", default="", metavar="TEXT", help=words.say("cli.option.erase_reason"))
    basis = tuple(each.value for each in Basis)
    parser.add_argument("--retention-basis", choices=basis, help=words.say("cli.option.retention_basis"))
    parser.add_argument("--second", metavar="NAME", help=words.say("cli.option.second"))
    parser.add_argument("--second-passphrase-file", type=a_path, metavar="F", help=words.say("cli.option.second_file"))
    parser.add_argument("--dry-run", action="store_true", help=words.say("cli.option.erase_dry_run"))
    parser.add_argument("--proof", type=a_path, metavar="DIR", help=words.say("cli.option.erase_proof"))
    _add_pages(parser, words)


def _person(
    clinic: OpenClinic, number: str, numbered: Callable[[OpenClinic, str], tuple[str, ...]] = patients_numbered
) -> str:
    people = numbered(clinic, whole_text(number))
    if not people:
        raise InputError("patient_unknown")
    if len(people) > 1:
        raise InputError("person_number_twice")
    return people[0]


def run_notice(options: argparse.Namespace) -> int:
    """Write the privacy notice and consent form."""
    with opened_store(options) as clinic:
        person = None if options.patient is None else _person(clinic, options.patient)
        contact = whole_text(options.contact)
        document = consents.notice_document(clinic, options.language, Paper(options.paper), person, contact)
        consents.write_notice(clinic, document, options.output, person)
    if options.json:
        emit_json({"output": str(options.output), "notice": consents.VERSION})
    else:
        say(wording().say("persons.said.notice_written", file=str(options.output)))
    return DONE


def run_consent(options: argparse.Namespace) -> int:
    """Record an answer, or show all there are."""
    with opened_store(options) as clinic:
        person = _person(clinic, options.patient)
        recorded = _answer(options, clinic.clock.today())
        if recorded is not None:
            consents.record(clinic, person, recorded)
        held = consents.answers_of(clinic, person)
    if options.json:
        emit_json([_consent(each) for each in held])
        return DONE
    words = wording()
    if recorded is not None:
        say(words.say("persons.said.consent_recorded", **_consent_words(recorded, words)))
        return DONE
    if not held:
        say(words.say("persons.said.consent_none"))
    for each in held:
        said = _consent_words(each.answer, words)
        mark = "" if each.counts else "- "
        say(f"{mark}{each.answer.day}  {said['kind']}: {said['state']} ({said['way']}), {each.recorded_by}")
    return DONE


def _answer(options: argparse.Namespace, today: date) -> Answer | None:
    for name, state in _STATES.items():
        kind = getattr(options, name)
        if kind is None:
            continue
        return Answer(
            kind=ConsentKind(kind),
            state=state,
            day=today if options.day is None else _day(options.day),
            way=ConsentWay.SPOKEN if options.spoken else ConsentWay.SIGNED,
            notice=consents.VERSION,
            guardian=one_line(whole_text(options.guardian or "")) or None,
            note=one_line(whole_text(options.reason or "")) or None,
        )
    return None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(whole_text(text))
    except ValueError as error:
        raise UsageError("consent_day_shape") from error


def _consent_words(answer: Answer, words: Wording) -> dict[str, str]:
    return {
        "kind": words.say(f"persons.consent.kind.{answer.kind.value}"),
        "state": words.say(f"persons.consent.state.{answer.state.value}"),
        "way": words.say(f"persons.consent.way.{answer.way.value}"),
    }


def _consent(each: Consent) -> dict[str, object]:
    answer = each.answer
    return {
        "id": each.id,
        "kind": answer.kind.value,
        "state": answer.state.value,
        "day": answer.day.isoformat(),
        "way": answer.way.value,
        "guardian": answer.guardian,
        "notice": answer.notice,
        "note": answer.note,
        "recorded_at": each.recorded_at.isoformat(),
        "recorded_by": each.recorded_by,
        "counts": each.counts,
    }


def run_export(options: argparse.Namespace) -> int:
    """Write everything held of one person into one locked file."""
    with opened_store(options) as clinic:
        passphrase = read_passphrase(options.export_passphrase_file)
        person = _person(clinic, options.patient)
        paper = Paper(options.paper)
        done = export_person.export_person(
            clinic, person, passphrase, options.output, options.language, paper, replace=options.replace
        )
    counted = {"visits": done.visits, "assessments": done.assessments, "rows": done.rows}
    if options.json:
        files = {"files": done.files, "files_left_out": done.files_left_out}
        emit_json({"output": str(done.path), "sha256": done.sha256, **counted, **files})
    else:
        say(wording().say("persons.said.exported", file=str(done.path), **counted))
        if done.files:
            say(wording().say("persons.said.exported_files", files=done.files))
    if done.files_left_out:
        warn(wording().say("persons.said.files_left_out", files=done.files_left_out))
    return DONE


def run_erase(options: argparse.Namespace) -> int:
    """Erase one person, or count what that would remove."""
    with opened_store(options) as clinic:
        person = _person(clinic, options.patient, erase_person.people_numbered)
        if options.dry_run:
            return _tell_plan(erase_person.plan(clinic, person), options)
        request = erase_person.Request(
            reason=whole_text(options.reason),
            basis=None if options.retention_basis is None else Basis(options.retention_basis),
            second=second_person(options),
            proof=options.proof,
            language=options.language,
            paper=Paper(options.paper),
        )
        done = erase_person.erase(clinic, read_passphrase(options.passphrase_file), person, request)
    erased = done.erased
    if options.json:
        emit_json(
            {
                "erasure": erased.notice.id,
                "removed": dict(erased.counts),
                "digest": erased.digest,
                "checkpoint": erased.checkpoint,
                "finished": erased.finished,
                "proof": None if done.proof is None else str(done.proof),
                "page": None if done.page is None else str(done.page),
                "unwritten": None if done.unwritten is None else json.loads(done.unwritten),
                "backups": [_backup(each) for each in done.backups],
            }
        )
        return DONE
    say(wording().say("persons.said.erased", rows=sum(erased.counts.values())))
    if not erased.finished:
        warn(wording().say("persons.said.erased_later"))
    _tell_proof(done)
    _tell_backups(done.backups)
    return DONE


def _tell_proof(done: Erasure) -> None:
    words = wording()
    if done.page is not None:
        say(words.say("persons.said.proof_page", file=str(done.page)))
    elif done.proof is not None:
        warn(words.say("persons.said.proof_no_page", file=str(done.proof)))
    else:
        warn(words.say("persons.said.proof_nowhere"))
    if done.unwritten is not None:
        say(words.say("persons.said.proof_text"))
        say(done.unwritten)


def _tell_plan(plan: Plan, options: argparse.Namespace) -> int:
    words = wording()
    if options.json:
        emit_json(
            {
                "would_remove": dict(plan.rows),
                "allowed": plan.allowed,
                "kept_until": None if plan.until is None else plan.until.isoformat(),
                "rule": retention.rule_words(plan.rule, words),
                "backups": [_backup(each) for each in plan.backups],
            }
        )
        return DONE
    counted = ", ".join(f"{what} {rows}" for what, rows in told_counts(plan.rows, words))
    say(words.say("persons.said.would_erase", rows=sum(plan.rows.values()), counts=counted))
    if plan.allowed:
        say(words.say("persons.said.erase_allowed"))
    else:
        warn(words.say("persons.said.erase_held", rule=retention.rule_words(plan.rule, words)))
    _tell_backups(plan.backups)
    return DONE


def _backup(each: HeldBackup) -> dict[str, str | bool]:
    return {
        "name": each.name,
        "folder": str(each.folder),
        "made_at": each.made_at.isoformat(),
        "gone_by": each.until.isoformat(),
        "there": each.there,
    }


def _tell_backups(backups: tuple[HeldBackup, ...]) -> None:
    for each in backups:
        made = f"{each.made_at.astimezone():%Y-%m-%d}"
        key = "backup_holds" if each.there else "backup_elsewhere"
        facts = {"name": each.name, "folder": str(each.folder), "made": made, "until": each.until.isoformat()}
        say(wording().say(f"persons.said.{key}", **facts))


def run_who_saw(options: argparse.Namespace) -> int:
    """Tell who saw, changed, printed or handed out one person's record."""
    words = wording()
    with opened_store(options) as clinic:
        person = _person(clinic, options.patient, people_of_audit)
        found = who_saw.accesses(clinic, person)
        if options.output is not None:
            number = one_line(whole_text(options.patient))
            pages = who_saw.seen_document(clinic, found, options.language, Paper(options.paper), number)
            who_saw.write_seen(pages, options.output)
    if options.json:
        emit_json(
            [
                {
                    "moment": each.moment.isoformat(),
                    "name": each.name,
                    "roles": each.roles.split("+") if each.roles else [],
                    "action": each.action,
                    "words": who_saw.said(each, words),
                    "everybody": each.everybody,
                    "times": each.times,
                }
                for each in found
            ]
        )
        return DONE
    if options.output is not None:
        say(words.say("persons.said.seen_written", file=str(options.output)))
        return DONE
    table = who_saw.access_table(found, words)
    emit_table(table.heads, table.rows)
    return DONE


def run_retention(options: argparse.Namespace) -> int:
    """Show or set how long this clinic keeps a record."""
    words = wording()
    with opened_store(options) as clinic:
        if options.years is not None:
            retention.set_years(clinic, _years(options.years))
        rule = retention.rule_of(clinic)
    if options.json:
        told = retention.rule_words(rule, words)
        emit_json({"years": None if rule is None else rule.years, "rule": told, "law": bool(rule and rule.source)})
    else:
        say(retention.rule_words(rule, words))
        if options.years is not None and rule is not None and rule.years > _years(options.years):
            warn(words.say("persons.said.years_below_law", years=_years(options.years)))
    return DONE


def _years(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
