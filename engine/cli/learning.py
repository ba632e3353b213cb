"""``lantern train``, ``lantern evaluate`` and ``lantern card``: a model out of a table, and what it is worth."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from engine.cli import train_clinic
from engine.cli.library import add_library, library_of
from engine.cli.options import Commands, a_path, add_command, add_json, names_in, read_passphrase, whole_text
from engine.cli.output import DONE, REFUSED, emit_json, emit_table, language, say, show_progress, warn, wording
from engine.domain.recalibration import Estimate
from engine.domain.report import Paper
from engine.errors import UsageError
from engine.fields import load_dictionary
from engine.packs.small_card import published_part, smaller_part
from engine.packs.training import Training as TrainingTold
from engine.wording import Wording
from engine.workflows.evaluate_file import EvaluateWish, Evaluation, evaluate_file
from engine.workflows.learning_words import figure_rows, figures_of, group_rows, groups_of, textbook_line
from engine.workflows.model_card import write_model_card
from engine.workflows.train_file import ModelKind, Training, TrainWish, train_file
from engine.workflows.train_wish import Smaller

UNITS = ("years", "months", "days")


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the commands."""
    train = add_command(commands, words, "train", run_train)
    _add_table(train, words, required=False)
    train_clinic.add_options(train, words)
    train.add_argument("--horizon", type=float, metavar="YEARS", help=words.say("cli.option.train_horizon"))
    train.add_argument("--exclude", action="append", metavar="A,B", help=words.say("cli.option.train_exclude"))
    train.add_argument("--keep", action="append", metavar="A,B", help=words.say("cli.option.train_keep"))
    train.add_argument("--kind", choices=[*ModelKind], default="auto", help=words.say("cli.option.train_kind"))
    train.add_argument("--preset", choices=["textbook"], help=words.say("cli.option.train_preset"))
    train.add_argument("--leave-out", action="append", metavar="COL", help=words.say("cli.option.train_leave_out"))
    train.add_argument("--seed", type=int, default=1, metavar="N", help=words.say("cli.option.train_seed"))
    train.add_argument("--existing", metavar="PACK", help=words.say("cli.option.train_existing"))
    train.add_argument("--smaller", choices=[*Smaller], help=words.say("cli.option.train_smaller"))
    train.add_argument("--anyway", action="store_true", help=words.say("cli.option.train_anyway"))
    train.add_argument("--output", type=a_path, metavar="PACKDIR", help=words.say("cli.option.train_output"))
    add_json(train, words)
    evaluate = add_command(commands, words, "evaluate", run_evaluate)
    add_library(evaluate, words)
    evaluate.add_argument("--pack", required=True, metavar="PACK", help=words.say("cli.option.evaluate_pack"))
    _add_table(evaluate, words)
    add_json(evaluate, words)
    card = add_command(commands, words, "card", run_card)
    add_library(card, words)
    card.add_argument("--pack", required=True, metavar="PACK", help=words.say("cli.option.evaluate_pack"))
    card.add_argument("--out", type=a_path, required=True, metavar="F.pdf", help=words.say("cli.option.card_out"))
    card.add_argument("--language", choices=["en", "zh"], help=words.say("cli.option.card_language"))
    card.add_argument("--paper", choices=[*Paper], default="a4", help=words.say("cli.option.card_paper"))


def _add_table(parser: argparse.ArgumentParser, words: Wording, *, required: bool = True) -> None:
    parser.add_argument(
        "--input", type=a_path, required=required, metavar="F.csv", help=words.say("cli.option.train_input")
    )
    parser.add_argument("--outcome", required=required, metavar="COL", help=words.say("cli.option.train_outcome"))
    parser.add_argument("--positive", metavar="CELL", help=words.say("cli.option.train_positive"))
    parser.add_argument("--time", metavar="COL", help=words.say("cli.option.train_time"))
    parser.add_argument("--time-unit", choices=UNITS, help=words.say("cli.option.train_time_unit"))
    parser.add_argument("--by", action="append", metavar="COL", help=words.say("cli.option.train_by"))
    parser.add_argument("--threshold", type=float, metavar="P", help=words.say("cli.option.train_threshold"))


def run_train(options: argparse.Namespace) -> int:
    """Train, or say why not yet; or list what a clinic can ask its record about."""
    train_clinic.check_options(options)
    if options.outcomes:
        return train_clinic.list_choices(options)
    secret = "" if options.store is None else read_passphrase(options.passphrase_file)
    drawn = None if options.store is None else train_clinic.draw(options, secret)
    found = _from_table(options) if drawn is None else train_clinic.train(drawn, options, secret)
    told = {} if drawn is None else {"record": train_clinic.document(drawn, wording())}
    if options.json:
        emit_json({**_training_document(found, wording()), **told})
    else:
        for line in () if drawn is None else train_clinic.told(drawn, wording()):
            say(line)
        _tell_training(found, wording(), options.existing)
    return REFUSED if found.pack is None else DONE


def _from_table(options: argparse.Namespace) -> Training:
    wish = TrainWish(
        outcome=whole_text(options.outcome),
        positive=options.positive,
        horizon_years=options.horizon,
        time=options.time,
        time_unit=options.time_unit,
        exclude=names_in(options.exclude),
        keep=names_in(options.keep),
        by=names_in(options.by),
        leave_out=names_in(options.leave_out),
        kind=ModelKind(options.kind),
        textbook=options.preset == "textbook",
        threshold=options.threshold,
        seed=options.seed,
        anyway=options.anyway,
        existing=options.existing,
        smaller=None if options.smaller is None else Smaller(options.smaller),
    )
    return train_file(options.input, options.output, wish, load_dictionary(), show_progress)


def run_evaluate(options: argparse.Namespace) -> int:
    """Hold a pack against outcomes."""
    if options.threshold is not None and not 0 < options.threshold < 1:
        raise UsageError("learning_threshold_wrong")
    wish = EvaluateWish(
        outcome=whole_text(options.outcome),
        positive=options.positive,
        time=options.time,
        time_unit=options.time_unit,
        by=names_in(options.by),
        threshold=options.threshold,
    )
    found = evaluate_file(options.pack, options.input, wish, library_of(options), load_dictionary())
    if options.json:
        emit_json(_evaluation_document(found))
        return DONE
    words = wording()
    judged = found.judgement
    counts = {"people": judged.people, "events": judged.events, "refused": found.refused, "rows": found.rows}
    say(words.say("cli.evaluated", pack=found.pack.id, version=found.pack.version, **counts))
    if found.trained_on:
        warn(words.say("cli.evaluated_seen"))
    emit_table(*figure_rows(judged.figures, {}, words, "this_table"))
    if judged.groups:
        emit_table(*group_rows(judged.groups, words))
    return DONE


def run_card(options: argparse.Namespace) -> int:
    """Print the card of a trained pack."""
    tongue = options.language or language()
    write_model_card(options.pack, options.out, library_of(options), tongue, Paper(options.paper))
    say(wording().say("cli.card_written", file=str(options.out)))
    return DONE


def _tell_training(found: Training, words: Wording, existing: str | None) -> None:
    looked = found.looked
    for each in looked.findings:
        told = words.say(each.sentence.key, **each.sentence.details)
        warn(f"{words.say(f'learning.weight.{each.weight}')}: {told}")
    gate = [words.say(each.key, **each.details) for each in looked.gate]
    training = None if found.pack is None else found.pack.manifest.training
    if found.pack is None or training is None:
        for sentence in gate:
            warn(sentence)
        warn(words.say("cli.train_recalibrate" if looked.answer == "recalibrate" else "cli.train_anyway"))
        return
    for sentence in gate:
        say(sentence)
    kind = words.say(f"learning.model.{training.kind}")
    say(words.say("cli.trained", people=training.people.people, events=training.people.events, kind=kind))
    emit_table(*figure_rows(figures_of(training.figures), figures_of(training.corrected), words))
    if (line := textbook_line(found.pack.manifest, words)) is not None:
        say(line)
    if training.groups:
        emit_table(*group_rows(groups_of(training.groups), words))
    _tell_beside(training, words, existing)
    if found.draft is not None:
        say(words.say("cli.trained_draft", model=f"{found.draft.ref.id}@{found.draft.ref.version}"))
        return
    say(words.say("cli.trained_pack", folder=str(found.pack.folder), digest=found.pack.digest[:12]))


def _tell_beside(training: TrainingTold, words: Wording, existing: str | None) -> None:
    """Tell what the model was made smaller from, and the published pack it was held against."""
    if existing is not None and not any(each.published for each in training.rivals):
        warn(words.say("cli.train_not_compared", pack=existing))
    for part in (smaller_part(training, words), published_part(training, words)):
        for line in part.get("points", ()):
            say(line)
        if "rows" in part:
            emit_table(list(part["head"]), [list(row) for row in part["rows"]])
        for line in part.get("notes", ()):
            say(line)


def _training_document(found: Training, words: Wording) -> Mapping[str, Any]:
    looked = found.looked
    document: dict[str, Any] = {
        "answer": looked.answer,
        "sentences": [words.say(each.key, **each.details) for each in looked.gate],
        "findings": [
            {
                "weight": each.weight,
                "sentence": words.say(each.sentence.key, **each.sentence.details),
                **each.sentence.details,
                "code": each.code,
            }
            for each in looked.findings
        ],
        "people": looked.people,
        "events": looked.events,
        "predictors": [each.name for each in looked.columns],
        "pack": None,
    }
    if found.pack is None or found.pack.manifest.training is None:
        return document
    written: Mapping[str, Any] = found.pack.manifest.to_json()
    line = textbook_line(found.pack.manifest, words)
    made = {"id": found.pack.manifest.id, "version": found.pack.manifest.version, "digest": found.pack.digest}
    made |= {"folder": str(found.pack.folder)} if found.draft is None else {"stage": found.draft.stage.value}
    return {**document, "pack": made, "textbook": line, "training": written["training"]}


def _evaluation_document(found: Evaluation) -> Mapping[str, Any]:
    judged = found.judgement
    return {
        "pack": found.pack.id,
        "version": found.pack.version,
        "digest": found.pack.digest,
        "output": found.output,
        "rows": found.rows,
        "people": judged.people,
        "events": judged.events,
        "without_outcome": found.without_outcome,
        "refused": found.refused,
        "left_out": dict(found.left_out),
        "threshold": found.threshold,
        "trained_on_this_table": found.trained_on,
        "figures": {str(name): _estimate(each) for name, each in judged.figures.items()},
        "groups": [
            {
                "column": each.column,
                "level": each.level,
                "people": each.people,
                "events": each.events,
                "too_few": each.grey,
                "told": each.told,
                "figures": {str(name): _estimate(value) for name, value in each.figures.items()},
            }
            for each in judged.groups
        ],
    }


def _estimate(estimate: Estimate) -> Mapping[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
