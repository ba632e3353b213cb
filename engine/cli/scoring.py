"""``lantern assess`` and ``lantern next-test``: score a file, storing nothing."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from engine.cli.library import add_library, library_of
from engine.cli.options import Commands, a_path, add_command, add_json
from engine.cli.output import DONE, emit_json, language, say, show_progress, warn, wording
from engine.fields import load_dictionary
from engine.wording import Wording
from engine.workflows.assess_file import AUTO, AssessFileSummary, Extras, assess_file


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the commands."""
    assess = add_command(commands, words, "assess", run)
    _add_files(assess, words)
    assess.add_argument("--range", action="store_true", help=words.say("cli.option.range"))
    assess.add_argument("--stability", action="store_true", help=words.say("cli.option.stability"))
    assess.add_argument("--explain", action="store_true", help=words.say("cli.option.explain"))
    assess.add_argument("--of", metavar="OUTPUT", help=words.say("cli.option.of"))
    add_json(assess, words)
    next_test = add_command(commands, words, "next-test", run_next_test)
    _add_files(next_test, words)
    next_test.add_argument("--of", metavar="OUTPUT", help=words.say("cli.option.range_of"))
    add_json(next_test, words)


def _add_files(parser: argparse.ArgumentParser, words: Wording) -> None:
    add_library(parser, words)
    parser.add_argument("--pack", required=True, metavar="ID", help=words.say("cli.option.pack"))
    parser.add_argument("--input", type=a_path, required=True, metavar="IN.csv", help=words.say("cli.option.input"))
    parser.add_argument("--output", type=a_path, required=True, metavar="OUT.csv", help=words.say("cli.option.output"))
    parser.add_argument("--country", metavar="CODE", help=words.say("cli.option.country_of_rows"))
    parser.add_argument("--outcome", metavar="TOPIC", help=words.say("cli.option.outcome"))
    parser.add_argument("--with-unclear", action="store_true", help=words.say("cli.option.with_unclear"))


def run(options: argparse.Namespace) -> int:
    """Score a file; a refused row is an answer, not a failure."""
    wanted = {"explain": options.explain, "ranges": options.range, "stability": options.stability}
    summary = _score(options, wanted)
    return _tell(options, summary, ranges=options.range)


def run_next_test(options: argparse.Namespace) -> int:
    """Tell for each row which missing value to find out first."""
    summary = _score(options, {"next_test": True})
    return _tell(options, summary, ranges=True)


def _score(options: argparse.Namespace, wanted: Mapping[str, bool]) -> AssessFileSummary:
    extras = Extras(
        output=options.of,
        country=options.country,
        outcome=options.outcome,
        with_unclear=options.with_unclear,
        **wanted,
    )
    return assess_file(
        options.pack,
        options.input,
        options.output,
        library_of(options),
        load_dictionary(),
        show_progress,
        extras=extras,
    )


def _tell(options: argparse.Namespace, summary: AssessFileSummary, *, ranges: bool) -> int:
    words = wording()
    for pack in summary.packs:
        if pack.licence_note is not None:
            warn(words.say("cli.licence_notice", title=pack.title.get(language()), note=pack.licence_note))
    if options.json:
        emit_json(_document(summary, auto=options.pack == AUTO, ranges=ranges))
        return DONE
    counts = {"rows": summary.rows, "ok": summary.ok, "refused": summary.refused, "file": str(options.output)}
    if ranges:
        say(words.say("cli.scored_with_ranges", **counts, ranged=summary.ranged))
    else:
        say(words.say("cli.scored", **counts))
    return DONE


def _document(summary: AssessFileSummary, *, auto: bool, ranges: bool) -> Mapping[str, Any]:
    """Return what ``--json`` prints: of the one pack, or with ``auto`` of every pack that spoke."""
    packs = [
        {"pack": each.ref.id, "version": each.ref.version, "digest": each.ref.digest, "rows": each.rows}
        for each in summary.packs
    ]
    head: dict[str, Any] = {"pack": AUTO, "packs": packs} if auto else {**packs[0]}
    counts = {"rows": summary.rows, "ok": summary.ok, "refused": summary.refused}
    if ranges:
        counts["range"] = summary.ranged
    return {**head, **counts, "reasons": dict(summary.reasons)}
