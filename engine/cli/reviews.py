"""The command ``review``: what waits until somebody has looked at it, and the end of it."""

from __future__ import annotations

import argparse

from engine.cli.options import Commands, add_command, add_store, clock_words, opened_store, read_passphrase, whole_text
from engine.cli.output import DONE, emit_json, say, wording
from engine.wording import Wording
from engine.workflows import reviews
from engine.workflows.audit import people_called, users_called
from engine.workflows.clinics import OpenClinic
from engine.workflows.reviews import Review


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the command."""
    parser = add_command(commands, words, "review", run_review)
    add_store(parser, words)
    parser.add_argument("item", nargs="?", metavar="ITEM", help=words.say("cli.option.review_item"))
    parser.add_argument("--reason", default="", metavar="TEXT", help=words.say("cli.option.review_reason"))


def run_review(options: argparse.Namespace) -> int:
    """List what waits, or close one item with what was found."""
    with opened_store(options, warning=False) as clinic:
        if options.item is not None:
            item = next((each for each in reviews.waiting(clinic) if each.id == options.item), None)
            own = item is not None and item.user_id == clinic.vault.user.id
            secret = read_passphrase(options.passphrase_file) if own else None
            reviews.close(clinic, whole_text(options.item), whole_text(options.reason), secret)
        found = reviews.waiting(clinic)
        sentences = _sentences(clinic, found)
    if options.json:
        emit_json([_document(each, told) for each, told in zip(found, sentences, strict=True)])
        return DONE
    words = wording()
    if options.item is not None:
        say(words.say("review.closed"))
    if not found:
        say(words.say("review.nothing"))
    for each, told in zip(found, sentences, strict=True):
        say(words.say("review.line", id=each.id, sentence=told))
    return DONE


def _sentences(clinic: OpenClinic, found: tuple[Review, ...]) -> list[str]:
    names = users_called(clinic, {user for each in found for user in (each.user_id, each.whom)})
    people = people_called(clinic, {each.person_id for each in found if each.person_id})
    words = wording()
    return [reviews.sentence(each, words, lambda id_: names.get(id_, id_), people, clock_words) for each in found]


def _document(each: Review, told: str) -> dict[str, object]:
    return {
        "id": each.id,
        "kind": each.kind.value,
        "opened": each.opened.isoformat(),
        "user": each.user_id,
        "whom": each.whom or None,
        "person_id": each.person_id or None,
        "reason": each.reason,
        "text": each.text,
        "sentence": told,
    }
