"""The command of a patient's files: list them, save a copy of one, take one off."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli import documents
from engine.cli.options import Commands, add_command, add_store, opened_store, whole_text
from engine.cli.output import DONE, emit_json, say, warn, wording
from engine.domain.attached import AttachedFile
from engine.errors import InputError, UsageError
from engine.wording import Wording
from engine.workflows.attached_files import facts_sentence, files_of, remove_file, save_copy
from engine.workflows.clinics import OpenClinic
from engine.workflows.patients import patients_numbered


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the command."""
    parser = add_command(commands, words, "files", run_files)
    add_store(parser, words)
    parser.add_argument("--patient", required=True, metavar="ID", help=words.say("cli.option.file_patient"))
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--save", metavar="FILE_ID", help=words.say("cli.option.file_save"))
    act.add_argument("--remove", metavar="FILE_ID", help=words.say("cli.option.file_remove"))
    parser.add_argument("--output", type=Path, metavar="F", help=words.say("cli.option.file_output"))
    parser.add_argument("--reason", default="", metavar="TEXT", help=words.say("cli.option.file_reason"))


def run_files(options: argparse.Namespace) -> int:
    """List the files of a patient, save a copy of one, or take one off."""
    if options.save is not None and options.output is None:
        raise UsageError("file_output_needed")
    with opened_store(options) as clinic:
        people = patients_numbered(clinic, whole_text(options.patient))
        if len(people) != 1:
            raise InputError("patient_unknown")
        if options.save is not None:
            return _save(clinic, people[0], options)
        if options.remove is not None:
            return _remove(clinic, people[0], options)
        return _list(files_of(clinic, people[0]), as_json=options.json)


def _save(clinic: OpenClinic, person: str, options: argparse.Namespace) -> int:
    wanted = whole_text(options.save)
    file = next((file for file in files_of(clinic, person) if file.id == wanted), None)
    if file is None:
        raise UsageError("attached_unknown")
    path = save_copy(clinic, person, file, options.output)
    warn(wording().say("cli.file_saved_warning"))
    if options.json:
        emit_json({"saved": str(path), "bytes": file.size})
    else:
        say(wording().say("cli.file_saved", file=str(path)))
    return DONE


def _remove(clinic: OpenClinic, person: str, options: argparse.Namespace) -> int:
    remove_file(clinic, person, whole_text(options.remove), whole_text(options.reason))
    if options.json:
        emit_json({"removed": options.remove})
    else:
        say(wording().say("cli.file_removed"))
    return DONE


def _list(files: tuple[AttachedFile, ...], *, as_json: bool) -> int:
    words = wording()
    if as_json:
        emit_json([documents.attached_file(file, words) for file in files])
        return DONE
    for file in files:
        told = facts_sentence(file.kind, file.facts, words)
        say(f"{file.id}  {file.day.isoformat()}  {file.name}  {told}")
    if not files:
        say(words.say("cli.no_files"))
    return DONE
