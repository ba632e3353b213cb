"""``lantern assess``: score a file with one pack, storing nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.options import Commands, add_command, add_json
from engine.cli.output import DONE, emit_json, language, say, show_progress, warn, wording
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.wording import Wording
from engine.workflows.assess_file import Extras, assess_file


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the command."""
    parser = add_command(commands, words, "assess", run)
    parser.add_argument("--pack", required=True, metavar="ID", help=words.say("cli.option.pack"))
    parser.add_argument("--input", type=Path, required=True, metavar="IN.csv", help=words.say("cli.option.input"))
    parser.add_argument("--output", type=Path, required=True, metavar="OUT.csv", help=words.say("cli.option.output"))
    parser.add_argument("--explain", action="store_true", help=words.say("cli.option.explain"))
    parser.add_argument("--of", metavar="OUTPUT", help=words.say("cli.option.of"))
    add_json(parser, words)


def run(options: argparse.Namespace) -> int:
    """Score a file; a refused row is an answer, not a failure."""
    summary = assess_file(
        options.pack,
        options.input,
        options.output,
        PackLibrary.shipped(),
        load_dictionary(),
        show_progress,
        extras=Extras(explain=options.explain, explained_output=options.of),
    )
    words = wording()
    if summary.licence_note is not None:
        title = summary.title.get(language())
        warn(words.say("cli.licence_notice", title=title, note=summary.licence_note))
    if options.json:
        emit_json(
            {
                "pack": summary.pack.id,
                "version": summary.pack.version,
                "digest": summary.pack.digest,
                "rows": summary.rows,
                "ok": summary.ok,
                "refused": summary.refused,
                "reasons": dict(summary.reasons),
            }
        )
    else:
        say(
            words.say("cli.scored", rows=summary.rows, ok=summary.ok, refused=summary.refused, file=str(options.output))
        )
    return DONE
