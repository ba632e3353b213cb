"""``lantern practice``: the whole main job on fictional people."""

from __future__ import annotations

import argparse

from engine.cli.options import Commands, a_path, add_command, add_json
from engine.cli.output import DONE, emit_json, say, show_progress, wording
from engine.domain.ports import SystemClock
from engine.wording import Wording
from engine.workflows.practice import PracticeClinic, run_practice


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the command."""
    parser = add_command(commands, words, "practice", run)
    parser.add_argument("--out", type=a_path, required=True, metavar="DIR", help=words.say("cli.option.out"))
    parser.add_argument("--years", action="store_true", help=words.say("cli.option.practice_years"))
    add_json(parser, words)


def run(options: argparse.Namespace) -> int:
    """Create the practice clinics, assess everyone, write all reports and a summary."""
    done = run_practice(options.out, SystemClock(), progress=show_progress, years=options.years)
    if options.json:
        emit_json([_document(clinic) for clinic in done.clinics])
        return DONE
    for clinic in done.clinics:
        say(
            wording().say(
                "cli.practice_clinic",
                name=clinic.name,
                imported=clinic.visits,
                people=clinic.people,
                parked=clinic.parked,
                reports=clinic.reports,
            )
        )
    say(wording().say("cli.practice_done", folder=str(options.out), passphrase=done.passphrase))
    return DONE


def _document(clinic: PracticeClinic) -> dict[str, object]:
    return {
        "name": clinic.name,
        "folder": clinic.folder.name,
        "visits": clinic.visits,
        "people": clinic.people,
        "parked": clinic.parked,
        "reports": clinic.reports,
    }
