"""``lantern import FOLDER --move``: takes in what another system dropped into a folder, and moves it aside."""

from __future__ import annotations

import argparse
import time

from engine.cli import documents
from engine.cli.options import opened_store
from engine.cli.output import DONE, REFUSED, emit_json, say, warn, wording
from engine.errors import UsageError
from engine.workflows.watched_folder import Taken, WatchedFolder, take_all

_BETWEEN_LOOKS = 1.0  # seconds in which a file that is complete does not change


def run_dropped(options: argparse.Namespace) -> int:
    """Take every complete file of a folder in; the worst code wins."""
    alone = not (options.set or options.answers or options.patient or options.kind or options.dry_run)
    if len(options.files) != 1 or not alone:
        raise UsageError("move_one_folder")
    folder = WatchedFolder(options.files[0].absolute())
    folder.check()
    codes, told = [], []
    with opened_store(options) as clinic:
        folder.ready()
        time.sleep(_BETWEEN_LOOKS)
        for taken in take_all(clinic, folder, folder.ready()):
            codes.append(DONE if taken.stored else REFUSED)
            told.append(_document(taken))
            if not options.json:
                _tell(taken)
    if options.json:
        emit_json(told)
    elif not told:
        say(wording().say("cli.nothing_dropped"))
    return max(codes, default=DONE)


def _document(taken: Taken) -> dict[str, object]:
    ended = {} if taken.outcome is None else documents.record_outcome(taken.outcome, wording())
    sentence = wording().say(taken.why, **taken.details) if taken.why else None
    return {**ended, "file": taken.name, "stored": taken.stored, "moved_to": taken.place.parent.name, "why": sentence}


def _tell(taken: Taken) -> None:
    words = wording()
    if not taken.stored:
        warn(f"{taken.name}: {words.say(taken.why, **taken.details)}")
        return
    say(words.say("cli.dropped_stored", file=taken.name))
