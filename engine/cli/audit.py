"""The commands ``verify`` and ``audit``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict

from engine.cli.options import Commands, add_command, add_store, clock_words, opened_store, read_passphrase, whole_text
from engine.cli.output import DONE, STORE, emit_json, emit_table, say, wording
from engine.domain.ports import SystemClock
from engine.errors import InputError
from engine.wording import Wording
from engine.workflows.audit import (
    AuditLine,
    Finding,
    Verification,
    VerifyRequest,
    clinic_audit,
    people_of_audit,
    verify_clinic,
)
from engine.workflows.audit_words import about_words, action_words, names_of, who_words
from engine.workflows.checkpoints import CheckpointAnswer
from engine.workflows.reviews import anchor_sentence

_NOBODY = "-"


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the commands of the audit."""
    verify = add_command(commands, words, "verify", run_verify)
    add_store(verify, words)
    verify.add_argument("--checkpoint", metavar="TEXT", help=words.say("cli.option.checkpoint"))
    verify.add_argument("--go-on", metavar="REASON", help=words.say("cli.option.go_on"))
    audit = add_command(commands, words, "audit", run_audit)
    add_store(audit, words)
    audit.add_argument("--patient", metavar="ID", help=words.say("cli.option.patient_audit"))


def run_verify(options: argparse.Namespace) -> int:
    """Check a clinic against its audit; code 0 only where it is sound."""
    request = VerifyRequest(
        folder=options.store,
        who=None if options.user is None else whole_text(options.user),
        checkpoint=None if options.checkpoint is None else whole_text(options.checkpoint),
        reason=None if options.go_on is None else whole_text(options.go_on),
    )
    found = verify_clinic(request, read_passphrase(options.passphrase_file), SystemClock())
    if options.json:
        emit_json(_plain(found))
    else:
        _tell(found, went_on=options.go_on is not None and found.anchor.standing.stops)
    return DONE if found.sound else STORE


def _tell(found: Verification, *, went_on: bool) -> None:
    words = wording()
    key = "sound" if found.sound else "unsound"
    standing = found.anchor.standing
    faults = sum(finding.flaw.counts for finding in found.findings) + max(len(found.unseen), standing.wrong)
    faults += found.answer not in (None, CheckpointAnswer.KEPT)
    say(words.say(f"audit.said.{key}", entries=found.entries, changes=found.changes, findings=faults))
    if standing.value not in {each.reason for each in found.unseen}:
        say(words.say(f"audit.standing.{standing.value}", missing=found.anchor.missing))
    for each in found.unseen:
        say(anchor_sentence(each, words, clock_words))
    if found.answer is not None:
        say(words.say(f"audit.answer.{found.answer.value}"))
    if found.first_bad is not None:
        say(words.say("audit.said.first_bad", seq=found.first_bad))
    for finding in found.findings:
        say(_sentence(finding, words))
    if went_on:
        say(words.say("audit.said.going_on"))
    say(words.say("audit.said.checkpoint", checkpoint=str(found.checkpoint)))


def _sentence(finding: Finding, words: Wording) -> str:
    parts = {name: _NOBODY if value is None else value for name, value in asdict(finding).items() if name != "flaw"}
    return words.say(f"audit.flaw.{finding.flaw.value}", **parts)


def _plain(found: Verification) -> dict[str, object]:
    words = wording()
    return {
        "sound": found.sound,
        "entries": found.entries,
        "signed": found.signed,
        "changes": found.changes,
        "anchor": found.anchor.standing.value,
        "anchor_unseen": [
            {"id": each.id, "found": each.opened.isoformat(), "anchor": each.reason, "user": each.user_id}
            for each in found.unseen
        ],
        "entries_missing": found.anchor.missing,
        "checkpoint": str(found.checkpoint),
        "checkpoint_answer": None if found.answer is None else found.answer.value,
        "first_bad": found.first_bad,
        "findings": [
            {**asdict(finding), "flaw": finding.flaw.value, "sentence": _sentence(finding, words)}
            for finding in found.findings
        ],
    }


def run_audit(options: argparse.Namespace) -> int:
    """Print the audit, or what of it concerns one person."""
    with opened_store(options) as clinic:
        person = None
        if options.patient is not None:
            people = people_of_audit(clinic, whole_text(options.patient))
            if len(people) != 1:
                raise InputError("patient_unknown")
            person = people[0]
        log = clinic_audit(clinic, person)
        names = names_of(clinic, log.lines)
        if person is not None:
            names.setdefault(person, whole_text(options.patient))
    words = wording()
    if options.json:
        emit_json({"own_only": log.own_only, "entries": [_line(line, names, words) for line in log.lines]})
        return DONE
    header = [words.say(f"audit.column.{name}") for name in ("seq", "moment", "actor", "action", "about")]
    emit_table(header, [_cells(line, names, words) for line in log.lines])
    if log.own_only:
        say(words.say("audit.said.own_only"))
    return DONE


def _line(line: AuditLine, names: Mapping[str, str], words: Wording) -> dict[str, object]:
    told = {"moment": line.moment.isoformat(), "person_ids": list(line.person_ids)}
    people = {"people": [names[each] for each in line.person_ids if each in names]}
    said = {"who": who_words(line, words), "words": action_words(line.action, words)}
    return {**asdict(line), **told, **people, **said, "about": about_words(line, names, words)}


def _cells(line: AuditLine, names: Mapping[str, str], words: Wording) -> list[str]:
    moment, about = line.moment.strftime("%Y-%m-%d %H:%M:%S"), about_words(line, names, words)
    return [str(line.seq), moment, who_words(line, words), action_words(line.action, words), about or _NOBODY]
