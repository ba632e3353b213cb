"""``lantern whatif`` and ``lantern compare``: more than one number for every row of a file, storing nothing."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.cli.library import add_library, library_of
from engine.cli.options import Commands, a_path, add_command, add_json, parse_assignments
from engine.cli.output import DONE, emit_json, language, say, show_progress, warn, wording
from engine.fields import load_dictionary
from engine.wording import Wording
from engine.workflows.compare_file import CompareSummary, Side, compare_files
from engine.workflows.scored_table import UsedPack
from engine.workflows.what_if_file import Question, what_if_file


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the commands."""
    what_if = add_command(commands, words, "whatif", run_what_if)
    what_if.add_argument("--pack", required=True, metavar="ID", help=words.say("cli.option.pack"))
    _add_files(what_if, words)
    what_if.add_argument("--of", metavar="OUTPUT", help=words.say("cli.option.what_if_of"))
    what_if.add_argument("--set", action="append", metavar="FIELD=VALUE", help=words.say("cli.option.what_if_set"))
    add_json(what_if, words)
    compare = add_command(commands, words, "compare", run_compare)
    compare.add_argument("--packs", required=True, metavar="A,B", help=words.say("cli.option.compared_packs"))
    _add_files(compare, words)
    add_json(compare, words)


def _add_files(parser: argparse.ArgumentParser, words: Wording) -> None:
    add_library(parser, words)
    parser.add_argument("--input", type=a_path, required=True, metavar="IN.csv", help=words.say("cli.option.input"))
    parser.add_argument("--output", type=a_path, required=True, metavar="OUT.csv", help=words.say("cli.option.output"))
    parser.add_argument("--country", metavar="CODE", help=words.say("cli.option.country_of_rows"))


def run_what_if(options: argparse.Namespace) -> int:
    """Tell for each row what would lower the number."""
    summary = what_if_file(
        options.pack,
        options.input,
        options.output,
        library_of(options),
        load_dictionary(),
        Question(options.of, parse_assignments(options.set), options.country),
        show_progress,
    )
    _notice(summary.packs)
    if options.json:
        (pack,) = summary.packs
        counts = {"rows": summary.rows, "ok": summary.ok, "refused": summary.refused}
        emit_json({**_identity(pack), **counts, "reasons": dict(summary.reasons)})
    else:
        words = wording()
        said = {"rows": summary.rows, "ok": summary.ok, "refused": summary.refused, "file": str(options.output)}
        say(words.say("cli.scored", **said))
        say(words.say("cli.what_if_meaning"))
    return DONE


def run_compare(options: argparse.Namespace) -> int:
    """Score a file with two packs side by side."""
    summary = compare_files(
        [each.strip() for each in options.packs.split(",")],
        options.input,
        options.output,
        library_of(options),
        load_dictionary(),
        options.country,
        progress=show_progress,
    )
    _notice([side.pack for side in summary.sides])
    if options.json:
        emit_json({"rows": summary.rows, "both": summary.both, "packs": [_side(side) for side in summary.sides]})
    else:
        _tell(summary, options.output)
    return DONE


def _tell(summary: CompareSummary, file: Path) -> None:
    words = wording()
    say(words.say("cli.compared", rows=summary.rows, both=summary.both, file=str(file)))
    fields = load_dictionary().fields
    for side in summary.sides:
        said = {"pack": side.pack.ref.id, "ok": side.ok, "outcome": side.outcome.get(language())}
        key = "cli.compared_side" if side.years is None else "cli.compared_side_years"
        say(words.say(key, **said, years=f"{side.years:g}" if side.years is not None else ""))
        if side.only_inputs:
            asks = words.say("cli.list_gap").join(fields[name].label(language()) for name in side.only_inputs)
            say(words.say("cli.compared_only", pack=side.pack.ref.id, fields=asks))


def _side(side: Side) -> Mapping[str, Any]:
    return {
        **_identity(side.pack),
        "ok": side.ok,
        "refused": side.refused,
        "outcome": side.outcome.get(language()),
        "years": side.years,
        "only_inputs": list(side.only_inputs),
    }


def _identity(pack: UsedPack) -> Mapping[str, Any]:
    return {"pack": pack.ref.id, "version": pack.ref.version, "digest": pack.ref.digest}


def _notice(packs: Sequence[UsedPack]) -> None:
    for pack in packs:
        if pack.licence_note is not None:
            warn(wording().say("cli.licence_notice", title=pack.title.get(language()), note=pack.licence_note))
