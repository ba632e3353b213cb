"""``lantern train --clinic``: the same training on the clinic's own record, and what can be asked of it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from engine.cli.options import a_path, names_in, opened_store, whole_text
from engine.cli.output import DONE, emit_json, emit_table, language, show_progress, warn, wording
from engine.domain.studio import StudioQuestion
from engine.errors import StoreError, UsageError
from engine.wording import Wording
from engine.workflows import train_job as job
from engine.workflows.clinics import OpenClinic
from engine.workflows.keep_draft import check_may_keep, write_signed
from engine.workflows.models import pack_of
from engine.workflows.studio_rows import (
    ClinicTable,
    outcome_choices,
    predictor_choices,
    read_record,
    table_of_clinic,
)
from engine.workflows.train_file import Training, check_training, check_wish
from engine.workflows.train_wish import Smaller, TrainWish

_OF_RECORD = ("name", "at_least", "at_most", "predictors", "visits_from", "visits_until", "passphrase_file", "user")
_WAIT_SECONDS = 1.0
_OF_TABLE = ("positive", "time", "time_unit", "leave_out")
_SPELLED = {"visits_from": "from", "visits_until": "until"}


def add_options(train: argparse.ArgumentParser, words: Wording) -> None:
    """Add the options that ask the record of a clinic."""
    train.add_argument("--clinic", "--store", dest="store", type=a_path, metavar="DIR", help=_help(words, "clinic"))
    train.add_argument("--passphrase-file", type=a_path, metavar="F", help=words.say("cli.option.passphrase_file"))
    train.add_argument("--user", metavar="NAME", help=words.say("cli.option.user"))
    train.add_argument("--outcomes", action="store_true", help=_help(words, "outcomes"))
    train.add_argument("--name", metavar="ID", help=_help(words, "name"))
    train.add_argument("--at-least", type=float, metavar="X", help=_help(words, "at_least"))
    train.add_argument("--at-most", type=float, metavar="X", help=_help(words, "at_most"))
    train.add_argument("--predictors", action="append", metavar="A,B", help=_help(words, "predictors"))
    train.add_argument("--from", dest="visits_from", metavar="DAY", help=_help(words, "from"))
    train.add_argument("--until", dest="visits_until", metavar="DAY", help=_help(words, "until"))


def check_options(options: argparse.Namespace) -> None:
    """Refuse what does not go together.

    Raises:
        UsageError: ``train_where``, ``train_what``, ``train_name``, ``train_only_clinic``, ``train_only_table``.
    """
    in_clinic = options.store is not None
    if in_clinic == (options.input is not None) or (in_clinic and options.passphrase_file is None):
        raise UsageError("train_where")
    listing = options.outcomes and in_clinic
    if not listing and (options.outcome is None or (options.output is None and not in_clinic)):
        raise UsageError("train_what")
    if options.name is not None and options.output is not None:
        raise UsageError("train_name")
    names = _OF_TABLE if in_clinic else (*_OF_RECORD, "outcomes")
    for name in names:
        if getattr(options, name) not in (None, False):
            option = f"--{_SPELLED.get(name, name).replace('_', '-')}"
            raise UsageError("train_only_table" if in_clinic else "train_only_clinic", option=option)


def list_choices(options: argparse.Namespace) -> int:
    """List what can be asked of the record, with counts, and what could predict it."""
    with opened_store(options) as clinic:
        record = read_record(clinic)
        outcomes, predictors = outcome_choices(clinic, record), predictor_choices(clinic, record)
    words, tongue = wording(), language()
    if options.json:
        emit_json(
            {
                "outcomes": [
                    {
                        "id": each.id,
                        "label": each.label[tongue],
                        "source": each.source,
                        "people_with": each.people_with,
                        "first_day": _day(each.first_day) or None,
                        "last_day": _day(each.last_day) or None,
                        "unit": each.unit,
                    }
                    for each in outcomes
                ],
                "predictors": [
                    {
                        "field": each.field,
                        "label": each.label[tongue],
                        "unit": each.unit,
                        "share_recorded": each.share_recorded,
                    }
                    for each in predictors
                ],
            }
        )
        return DONE
    rows = [
        [
            each.id,
            each.label[tongue],
            words.say(f"studio.source.{each.source}"),
            str(each.people_with),
            _day(each.first_day),
            _day(each.last_day),
        ]
        for each in outcomes
    ]
    emit_table(_heads(words, "outcome", "label", "source", "people", "first", "last"), rows)
    shares = [[each.field, each.label[tongue], f"{100 * each.share_recorded:.0f}"] for each in predictors]
    emit_table(_heads(words, "predictor", "label", "share"), shares)
    return DONE


def draw(options: argparse.Namespace, secret: str) -> ClinicTable:
    """Return the rows that answer the question; the clinic is closed again before anything is trained."""
    question = StudioQuestion(
        outcome=whole_text(options.outcome),
        at_least=options.at_least,
        at_most=options.at_most,
        horizon_years=options.horizon,
        visits_from=_read_day(options.visits_from),
        visits_until=_read_day(options.visits_until),
        predictors=names_in(options.predictors),
        put_back=names_in(options.keep),
        by=names_in(options.by),
        kind=options.kind,
        textbook=options.preset == "textbook",
        threshold=options.threshold,
        name=_name(options),
    )
    asked = TrainWish(question.outcome, existing=options.existing)
    if options.output is None:
        check_wish(question.name, asked)
    else:
        check_training(options.output, asked)
    with opened_store(options, secret=secret) as clinic:
        if options.output is None:
            check_may_keep(clinic)
        return table_of_clinic(clinic, question)


def train(drawn: ClinicTable, options: argparse.Namespace, secret: str) -> Training:
    """Train on the rows as on those of a file; keep the model as a draft, or write it where ``--output`` says."""
    wish = replace(
        drawn.wish,
        exclude=(*drawn.wish.exclude, *names_in(options.exclude)),
        seed=options.seed,
        anyway=options.anyway,
        existing=options.existing or drawn.wish.existing,
        smaller=None if options.smaller is None else Smaller(options.smaller),
    )
    found = job.train(_name(options), drawn.cells, drawn.sha256, wish, show_progress)
    if found.parts is None:
        return Training(found.looked, None)
    with _once_free(options, secret) as clinic:
        if options.output is not None:
            return Training(found.looked, write_signed(clinic, found.parts, options.output))
        _, model = job.keep_draft(clinic, found.parts)
        return Training(found.looked, pack_of(clinic, model), model)


@contextmanager
def _once_free(options: argparse.Namespace, secret: str) -> Iterator[OpenClinic]:
    """Open the clinic again, and wait where it is open elsewhere: what took minutes to train is not lost over that."""
    with ExitStack() as stack:
        clinic, waiting = None, False
        while clinic is None:
            try:
                clinic = stack.enter_context(opened_store(options, warning=False, secret=secret))
            except StoreError as error:
                if error.code != "store_in_use":
                    raise
                if not waiting:
                    warn(wording().say("cli.train_waits"))
                waiting = True
                time.sleep(_WAIT_SECONDS)
        yield clinic


def told(drawn: ClinicTable, words: Wording) -> Iterator[str]:
    """Yield who the rows are of, who was left out, and which fields, each with the reason."""
    follow = drawn.follow
    counts = {"people": follow.people, "events": follow.events, "first": follow.first_day, "last": follow.last_day}
    if drawn.wish.time is None:
        yield words.say("cli.train_rows_visit", **counts)
    else:
        watched = {"years": f"{follow.median_years:.1f}", "lost": f"{100 * follow.lost_share:.0f}"}
        yield words.say("cli.train_rows_time", **counts, **watched)
    for reason, people in follow.left_out.items():
        yield words.say("cli.train_left_out", people=people, reason=words.say(f"studio.left_out.{reason}"))
    for each in drawn.held_back:
        reason = words.say(f"studio.held_back.{each.reason}", by=each.by)
        yield words.say("cli.train_held_back", field=each.field, reason=reason)


def document(drawn: ClinicTable, words: Wording) -> Mapping[str, Any]:
    """Return the same as plain values."""
    follow = drawn.follow
    return {
        "sha256": drawn.sha256,
        "people": follow.people,
        "events": follow.events,
        "median_years": follow.median_years,
        "lost_share": follow.lost_share,
        "people_a_month": follow.people_a_month,
        "first_day": _day(follow.first_day) or None,
        "last_day": _day(follow.last_day) or None,
        "left_out": dict(follow.left_out),
        "held_back": [
            {
                "field": each.field,
                "reason": each.reason,
                "by": each.by,
                "sentence": words.say(f"studio.held_back.{each.reason}", by=each.by),
            }
            for each in drawn.held_back
        ],
    }


def _name(options: argparse.Namespace) -> str:
    if options.name is not None:
        return whole_text(options.name)
    return StudioQuestion("").name if options.output is None else str(options.output.name)


def _help(words: Wording, name: str) -> str:
    return words.say(f"cli.option.train_{name}")


def _heads(words: Wording, *names: str) -> list[str]:
    return [words.say(f"cli.column.train_{name}") for name in names]


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _read_day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError("train_day", text=whole_text(text)) from error
