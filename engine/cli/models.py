"""``lantern models`` and ``lantern drift``: trained models from draft to retirement, and their monthly watch."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from engine.cli.options import (
    Commands,
    Run,
    a_path,
    add_command,
    add_store,
    clock_words,
    opened_store,
    read_passphrase,
    reason_given,
    whole_text,
)
from engine.cli.output import DONE, PACK, REFUSED, emit_json, language, say, sentence, warn, wording
from engine.cli.users import second_person
from engine.domain.models import DriftLook, KeptModel, ModelLook, ModelStage, ModelVerdict
from engine.domain.recalibration import Estimate
from engine.domain.report import Paper
from engine.errors import UsageError
from engine.wording import LANGUAGES, Wording
from engine.workflows import models
from engine.workflows.clinics import OpenClinic
from engine.workflows.model_drift import parse_month, watch
from engine.workflows.model_verdict import figures_of, judge_model
from engine.workflows.model_words import drift_lines, state_line, verdict_page
from engine.workflows.users import Second
from engine.workflows.verdict_paper import write_verdict


def add_commands(commands: Commands, words: Wording) -> None:
    """Add both commands."""
    sentence_ = words.say("cli.help.models")
    parser = commands.add_parser("models", help=sentence_, description=sentence_, allow_abbrev=False)
    inside = parser.add_subparsers(dest="models_command", metavar="WHAT", required=True, parser_class=type(parser))
    _add(inside, words, "list", run_list)
    _add(inside, words, "add", run_add).add_argument(
        "path", type=a_path, metavar="PACKDIR", help=words.say("cli.option.pack_path")
    )
    shadow = _add_named(inside, words, "shadow", run_shadow)
    shadow.add_argument("--outcome", metavar="CODE", help=words.say("cli.option.model_outcome"))
    shadow.add_argument("--threshold", type=float, metavar="P", help=words.say("cli.option.model_threshold"))
    verdict = _add_named(inside, words, "verdict", run_verdict)
    verdict.add_argument("--out", type=a_path, metavar="F.pdf", help=words.say("cli.option.verdict_out"))
    verdict.add_argument("--language", choices=[*LANGUAGES], help=words.say("cli.option.verdict_language"))
    verdict.add_argument("--paper", choices=[*Paper], default="a4", help=words.say("cli.option.card_paper"))
    approve = _add_named(inside, words, "approve", run_approve)
    approve.add_argument("--second", metavar="NAME", help=words.say("cli.option.second"))
    approve.add_argument("--second-passphrase-file", type=a_path, metavar="F", help=words.say("cli.option.second_file"))
    approve.add_argument("--reason", default="", metavar="TEXT", help=words.say("cli.option.reason"))
    retire = _add_named(inside, words, "retire", run_retire)
    retire.add_argument("--reason", required=True, metavar="TEXT", help=words.say("cli.option.model_reason"))
    drift = add_command(commands, words, "drift", run_drift)
    add_store(drift, words)
    drift.add_argument("--month", metavar="YYYY-MM", help=words.say("cli.option.drift_month"))


def _add(inside: Commands, words: Wording, name: str, run: Run) -> argparse.ArgumentParser:
    parser = add_command(inside, words, name, run, "models_")
    add_store(parser, words)
    return parser


def _add_named(inside: Commands, words: Wording, name: str, run: Run) -> argparse.ArgumentParser:
    parser = _add(inside, words, name, run)
    parser.add_argument("model", metavar="ID[@VERSION]", help=words.say("cli.option.model_id"))
    return parser


def run_list(options: argparse.Namespace) -> int:
    """Print every version of every trained model and how it stands."""
    with opened_store(options) as clinic:
        found = models.models(clinic)
    if options.json:
        emit_json([_document(model) for model in found])
        return DONE
    for model in found:
        say(state_line(model, wording(), clock_words))
    if not found:
        say(wording().say("watch.none"))
    return DONE


def run_add(options: argparse.Namespace) -> int:
    """Keep a pack that was trained as a draft."""
    with opened_store(options) as clinic:
        check, model = models.add_draft(clinic, options.path)
    for fault in check.faults:
        warn(sentence(fault))
    return PACK if model is None else _tell(model, options)


def run_shadow(options: argparse.Namespace) -> int:
    """Let a model answer silently from today on."""
    outcome = None if options.outcome is None else whole_text(options.outcome)
    with opened_store(options) as clinic:
        model = models.shadow(clinic, whole_text(options.model), outcome, options.threshold)
    return _tell(model, options)


def run_verdict(options: argparse.Namespace) -> int:
    """Hold a model against outcomes; code 3 where it is not to be used."""
    with opened_store(options) as clinic:
        found = judge_model(clinic, whole_text(options.model))
        if options.out is not None:
            write_verdict(clinic, found, options.out, options.language or language(), Paper(options.paper))
    if options.json:
        emit_json(_verdict_document(found, wording()))
    else:
        for line in verdict_page(found, wording()):
            say(line)
        if options.out is not None:
            say(wording().say("cli.verdict_written", file=str(options.out)))
    return REFUSED if found.verdict is ModelVerdict.DO_NOT_USE else DONE


def run_approve(options: argparse.Namespace) -> int:
    """Let a model speak, as two administrators agree."""
    name, second = whole_text(options.model), second_person(options)
    with opened_store(options) as clinic:
        model = models.find_model(_approved(clinic, name, options, second), name, ModelStage.APPROVED)
    return _tell(model, options)


def _approved(clinic: OpenClinic, name: str, options: argparse.Namespace, second: Second | None) -> OpenClinic:
    secret, reason = read_passphrase(options.passphrase_file), whole_text(options.reason)
    try:
        return models.approve(clinic, name, secret, second, reason)
    except UsageError as error:
        if error.code != "reason_needed":
            raise
    return models.approve(clinic, name, secret, second, reason_given(options))


def run_retire(options: argparse.Namespace) -> int:
    """Take a model out of use."""
    name = whole_text(options.model)
    with opened_store(options) as clinic:
        after = models.retire(clinic, name, whole_text(options.reason))
        model = models.find_model(after, name)
    return _tell(model, options)


def run_drift(options: argparse.Namespace) -> int:
    """Look at a month of every model that answers; what warns waits for a review."""
    month = None if options.month is None else parse_month(whole_text(options.month))
    with opened_store(options) as clinic:
        found = watch(clinic, month)
        dictionary = clinic.dictionary
    words = wording()
    faults = {name: sentence(error) for name, error in found.faults.items()}
    if options.json:
        emit_json({"models": [_drift_document(each) for each in found.looks], "faults": faults})
    else:
        for each in found.looks:
            for line in drift_lines(each, dictionary, words):
                say(line)
        if not found.looks and not faults:
            say(words.say("watch.none_watched"))
    for name, fault in faults.items():
        warn(words.say("watch.listed", model=name, version="", told=fault))
    return PACK if faults else DONE


def _tell(model: KeptModel, options: argparse.Namespace) -> int:
    if options.json:
        emit_json(_document(model))
    else:
        say(state_line(model, wording(), clock_words))
    return DONE


def _document(model: KeptModel) -> Mapping[str, Any]:
    verdict = model.verdict
    return {
        "id": model.ref.id,
        "version": model.ref.version,
        "digest": model.ref.digest,
        "origin": model.origin.value,
        "stage": model.stage.value,
        "outcome": model.outcome,
        "threshold": model.threshold,
        "states": [
            {
                "stage": state.stage.value,
                "since": state.since.isoformat(),
                "by": state.by,
                "second": state.second,
                "one_signature": state.one_signature,
                "reason": state.reason,
            }
            for state in model.states
        ],
        "verdict": None
        if verdict is None
        else {
            "verdict": verdict.verdict.value,
            "reasons": [reason.value for reason in verdict.reasons],
            "made": verdict.made_at.isoformat(),
            "by": verdict.by,
            "figures": dict(verdict.figures),
        },
    }


def _verdict_document(found: ModelLook, words: Wording) -> Mapping[str, Any]:
    return {
        "id": found.model.id,
        "version": found.model.version,
        "digest": found.model.digest,
        "verdict": found.verdict.value,
        "reasons": [reason.value for reason in found.reasons],
        "figures": dict(figures_of(found)),
        "page": verdict_page(found, words),
    }


def _drift_document(look: DriftLook) -> Mapping[str, Any]:
    return {
        "id": look.model.id,
        "version": look.model.version,
        "month": f"{look.month:%Y-%m}",
        "people": look.people,
        "enough": look.enough,
        "against": look.against,
        "inputs": [
            {
                "field": each.field,
                "index": each.index,
                "by_chance": each.by_chance,
                "missing_before": each.missing_then,
                "missing_now": each.missing_now,
                "shifted": each.shifted,
            }
            for each in look.inputs
        ],
        "alerts": _estimate(look.alerts),
        "alerts_before": look.alerts_before,
        "observed_to_expected": _estimate(look.observed_to_expected),
        "warnings": [kind.value for kind in look.warnings],
    }


def _estimate(estimate: Estimate | None) -> Mapping[str, float] | None:
    return None if estimate is None else {"value": estimate.value, "low": estimate.low, "high": estimate.high}
