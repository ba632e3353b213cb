"""``lantern recalibrate``: a risk against recorded outcomes, in a clinic or in a table."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from engine.cli.options import Commands, a_path, add_command, add_json, opened_store
from engine.cli.output import DONE, REFUSED, emit_json, emit_table, say, warn, wording
from engine.domain.recalibration import Estimate, Fit, Recalibration, Verdict
from engine.errors import UsageError
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.wording import Wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.recalibrate import accept_recalibration, recalibrate, return_to_original, telling, write_picture
from engine.workflows.recalibrate_file import recalibrate_file


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the command."""
    parser = add_command(commands, words, "recalibrate", run)
    parser.add_argument("--pack", metavar="ID", help=words.say("cli.option.recalibrated_pack"))
    parser.add_argument("--of", metavar="OUTPUT", help=words.say("cli.option.recalibrated_of"))
    parser.add_argument(
        "--store", "--clinic", type=a_path, metavar="DIR", help=words.say("cli.option.recalibrated_store")
    )
    parser.add_argument("--passphrase-file", type=a_path, metavar="F", help=words.say("cli.option.passphrase_file"))
    parser.add_argument("--user", metavar="NAME", help=words.say("cli.option.user"))
    parser.add_argument("--data", type=a_path, metavar="F.csv", help=words.say("cli.option.recalibrated_data"))
    parser.add_argument("--country", metavar="CODE", help=words.say("cli.option.country_of_rows"))
    parser.add_argument("--out", type=a_path, metavar="DIR", help=words.say("cli.option.recalibrated_out"))
    parser.add_argument("--picture", type=a_path, metavar="F.svg", help=words.say("cli.option.recalibrated_picture"))
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--accept", action="store_true", help=words.say("cli.option.recalibrated_accept"))
    what.add_argument("--dry-run", action="store_true", help=words.say("cli.option.recalibrated_dry_run"))
    what.add_argument("--back", metavar="ID", help=words.say("cli.option.recalibrated_back"))
    add_json(parser, words)


def run(options: argparse.Namespace) -> int:
    """Look, and where it is asked for, make the new pack or go back."""
    in_clinic = options.store is not None and options.passphrase_file is not None
    if in_clinic == (options.data is not None) or (options.data is not None and options.store is not None):
        raise UsageError("recalibrate_where")
    if (options.pack is None) == (options.back is None) or (options.back is not None and not in_clinic):
        raise UsageError("recalibrate_what")
    if not in_clinic:
        return _in_table(options)
    with opened_store(options) as clinic:
        return _back(clinic, options) if options.back is not None else _in_clinic(clinic, options)


def _in_table(options: argparse.Namespace) -> int:
    if options.out is None and not options.dry_run:
        raise UsageError("recalibrate_out")
    out = None if options.dry_run else options.out
    library, dictionary = PackLibrary.shipped(), load_dictionary()
    found = recalibrate_file(options.pack, options.data, out, library, dictionary, options.of, options.country)
    done = ""
    if found.made is not None:
        made = {"pack": found.made.id, "version": found.made.version}
        done = wording().say("cli.recalibrated_made", **made, folder=str(options.out))
    return _tell(found, done, options)


def _in_clinic(clinic: OpenClinic, options: argparse.Namespace) -> int:
    found = recalibrate(clinic, options.pack, options.of)
    done = ""
    if found.changed and options.accept:
        _, found = accept_recalibration(clinic, found)
    if found.made is not None:
        made = {"pack": found.made.id, "version": found.made.version}
        done = wording().say("cli.recalibrated_on", **made, parent=found.parent.id)
    elif found.changed:
        done = wording().say("cli.recalibrated_ask", parent=found.parent.id)
    return _tell(found, done, options)


def _back(clinic: OpenClinic, options: argparse.Namespace) -> int:
    before = clinic.library
    _, switched = return_to_original(clinic, options.back)
    if options.json:
        emit_json([{"pack": ref.id, "version": ref.version, "digest": ref.digest} for ref in switched])
        return DONE
    for ref in switched:
        parent = before.get(ref.id).manifest.parent
        say(wording().say("cli.recalibrated_back", pack=ref.id, parent="" if parent is None else parent.id))
    return DONE


def _tell(found: Recalibration, done: str, options: argparse.Namespace) -> int:
    """Print a verdict. That the records do not allow a change yet is told like any refusal, and with its code."""
    words = wording()
    if options.picture is not None:
        write_picture(found, options.picture, words)
    if options.json:
        emit_json(_document(found, words))
    else:
        for line in telling.facts(found, words):
            say(line)
        if found.groups:
            emit_table(*telling.table(found, words))
        read_at = telling.read_at(found, words)
        if read_at is not None:
            say(read_at)
    refused = found.verdict is Verdict.REFUSED
    if refused:
        warn(telling.verdict(found, words))
    elif not options.json:
        say(telling.verdict(found, words))
        if done:
            say(done)
        if options.picture is not None:
            say(words.say("cli.recalibrated_picture", file=str(options.picture)))
    return REFUSED if refused else DONE


def _document(found: Recalibration, words: Wording) -> Mapping[str, Any]:
    return {
        "pack": found.parent.id,
        "version": found.parent.version,
        "digest": found.parent.digest,
        "output": found.output,
        "scale": found.scale,
        "horizon_years": found.horizon_years,
        "verdict": found.verdict,
        "reason": found.reason,
        "sentence": telling.verdict(found, words),
        "people": found.people,
        "events": found.events,
        "person_years": found.person_years,
        "median_followed_years": found.median_followed_years,
        "first_day": None if found.first_day is None else found.first_day.isoformat(),
        "last_day": None if found.last_day is None else found.last_day.isoformat(),
        "left_out": dict(found.left_out),
        "events_needed": found.events_needed,
        "months_more": found.months_more,
        "intercept": found.intercept,
        "slope": found.slope,
        "before": _fit(found.before),
        "after": _fit(found.after),
        "compared_at_years": found.compared_at_years,
        "groups": [
            {
                "people": group.people,
                "events": group.events,
                "observed": _estimate(group.observed),
                "before": group.before,
                "after": group.after,
            }
            for group in found.groups
        ],
        "made": None
        if found.made is None
        else {"pack": found.made.id, "version": found.made.version, "digest": found.made.digest},
    }


def _fit(fit: Fit | None) -> Mapping[str, Any] | None:
    if fit is None:
        return None
    return {
        "observed_to_expected": _estimate(fit.observed_to_expected),
        "slope": _estimate(fit.slope),
        "distance": fit.distance,
    }


def _estimate(estimate: Estimate | None) -> Mapping[str, float] | None:
    if estimate is None:
        return None
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
