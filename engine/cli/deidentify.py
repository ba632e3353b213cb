"""The command ``deidentify``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from engine.cli.options import (
    Commands,
    a_path,
    add_command,
    add_store,
    opened_store,
    read_passphrase,
    read_policy,
    reason_given,
)
from engine.cli.output import DONE, emit_json, emit_table, say, wording
from engine.cli.users import second_person
from engine.wording import Wording
from engine.workflows.deidentify import Wanted, Written, deidentify, look

_UNSHOWN = "-"


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the command."""
    parser = add_command(commands, words, "deidentify", run_deidentify)
    add_store(parser, words)
    parser.add_argument("--output", type=a_path, required=True, metavar="F.csv", help=words.say("cli.option.output"))
    parser.add_argument("--replace", action="store_true", help=words.say("cli.option.replace"))
    parser.add_argument("--k", type=int, metavar="N", help=words.say("cli.option.deidentify_k"))
    parser.add_argument("--policy", type=a_path, metavar="P.json", help=words.say("cli.option.deidentify_policy"))
    parser.add_argument("--keep-pseudonyms", action="store_true", help=words.say("cli.option.keep_pseudonyms"))
    parser.add_argument("--dry-run", action="store_true", help=words.say("cli.option.deidentify_dry_run"))
    parser.add_argument("--second", metavar="NAME", help=words.say("cli.option.approves"))
    parser.add_argument("--second-passphrase-file", type=a_path, metavar="F", help=words.say("cli.option.second_file"))
    parser.add_argument("--reason", default="", metavar="TEXT", help=words.say("cli.option.deidentify_reason"))


def run_deidentify(options: argparse.Namespace) -> int:
    """Tell what a de-identified file costs, and write it unless only that was asked."""
    wanted = Wanted(options.k, read_policy(options.policy), keep=options.keep_pseudonyms, replace=options.replace)
    written: Written | None = None
    with opened_store(options) as clinic:
        if options.dry_run:
            report = look(clinic, wanted)
        else:
            written = deidentify(
                clinic,
                read_passphrase(options.passphrase_file),
                options.output,
                wanted,
                second_person(options),
                reason_given(options),
                wording().language,
            )
            report = written.report
    if options.json:
        emit_json({**report, "output": None if written is None else str(written.file)})
        return DONE
    _tell(report)
    if written is None:
        say(wording().say("deidentify.said.not_written"))
    else:
        files = (written.file, written.dictionary, written.report_file)
        say(wording().say("deidentify.said.written", files=", ".join(map(str, files))))
    return DONE


def _tell(report: Mapping[str, Any]) -> None:
    words = wording()
    names = ("taken", "age", "visit", "without", "classes", "smallest", "below", "share")
    emit_table([words.say(f"deidentify.head.{name}") for name in names], [_cells(step) for step in report["steps"]])
    say(words.say("deidentify.said.people", **{name: report[name] for name in ("people", "people_left_out", "k")}))
    if report["people_who_refused"]:
        say(words.say("deidentify.said.refused", people=report["people_who_refused"]))
    say(
        words.say(
            "deidentify.said.classes",
            classes=report["classes"],
            smallest=report["smallest_class"],
            known=", ".join(report["known_to_others"]),
        )
    )
    for why in dict.fromkeys(each["why"] for each in report["fields_left_out"]):
        fields = ", ".join(each["field"] for each in report["fields_left_out"] if each["why"] == why)
        say(words.say(f"deidentify.column.{why}", fields=fields, k=report["k"]))


def _cells(step: Mapping[str, Any]) -> list[str]:
    share = step["share_below_k"]
    return [
        "*" if step["taken"] else "",
        str(step["age_years"] or _UNSHOWN),
        str(step["visit_years"] or _UNSHOWN),
        str(len(step["without"]) or _UNSHOWN),
        str(step["classes"]),
        str(step["smallest_class"]),
        str(step["people_below_k"]),
        _UNSHOWN if share is None else f"{100 * share:.1f} %",
    ]
