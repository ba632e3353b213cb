"""The verdict on a trained model on paper: one page to read together and to sign."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.domain.models import KeptModel, ModelLook, ModelStage, ModelVerdict, VerdictReason
from engine.domain.report import Paper
from engine.domain.verdict_sheet import VerdictSheet
from engine.report.verdict_sheet import VerdictFacts, typeset_verdict, verdict_images, verdict_sheet
from engine.risk.recalibration import telling
from engine.risk.recalibration.outputs import choose_output
from engine.wording import Wording, load_wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import whole_file
from engine.workflows.model_words import reason_line
from engine.workflows.models import models, outcome_named, pack_of, readiness
from engine.workflows.settings import COUNTRY_FIELD

__all__ = ["typeset_verdict", "verdict_images", "verdict_paper", "write_verdict"]
_PROGRAM = "Lantern"
_ON_PAPER = (VerdictReason.NO_OUTCOME, VerdictReason.NO_TIME)  # elsewhere their sentences name a command


def verdict_paper(clinic: OpenClinic, found: ModelLook, language: str, paper: Paper) -> VerdictSheet:
    """Return the page of a verdict that was just given (``judge_model``); nothing is looked at again.

    Raises:
        PackError: the folder of the model is gone or altered.
    """
    model = next(each for each in models(clinic) if each.ref == found.model)
    words, ready = load_wording(language), readiness(clinic, model)
    manifest = pack_of(clinic, model).manifest
    outcome = None if model.outcome is None else outcome_named(clinic, model.outcome)
    facts = VerdictFacts(
        clinic_name=clinic.clinic.name,
        country=str(clinic.clinic.settings.get(COUNTRY_FIELD, "")),
        practice=clinic.clinic.practice,
        program=_PROGRAM,
        at=clinic.clock.now(),
        title=manifest.title.get(language),
        tells=choose_output(manifest).label.get(language),
        outcome=None if outcome is None else outcome.labels[language],
        model=model,
        look=found,
        why=tuple(_why(found, words)),
        next=tuple(_next(model, found, ready.long_enough, words)),
        left_out="" if found.figures is None else telling.left_out(found.figures, words),
        ready=ready.long_enough,
        days=ready.days,
        people=ready.people,
        least_days=ready.least_days,
        least_people=ready.least_people,
    )
    return verdict_sheet(facts, language, paper)


def write_verdict(clinic: OpenClinic, found: ModelLook, out: Path, language: str, paper: Paper = Paper.A4) -> None:
    """Write the page as a PDF; raises as ``verdict_paper`` and ``whole_file``."""
    pdf = typeset_verdict(verdict_paper(clinic, found, language, paper))
    with whole_file(out) as file:
        file.write(pdf)


def _why(found: ModelLook, words: Wording) -> Iterator[str]:
    for reason in found.reasons:
        if reason in _ON_PAPER:
            yield words.say(f"verdict_sheet.why_line.{reason}")
        else:
            yield reason_line(reason, found, words)
        if reason is VerdictReason.FEW_EVENTS and found.figures is not None:
            yield telling.wait(found.figures.months_more, words)


def _next(model: KeptModel, found: ModelLook, ready: bool, words: Wording) -> Iterator[str]:
    for name in _todo(model, found, ready):
        yield words.say(f"verdict_sheet.todo.{name}")


def _todo(model: KeptModel, found: ModelLook, ready: bool) -> list[str]:
    if found.verdict is ModelVerdict.DO_NOT_USE:
        return ["retire" if model.stage is ModelStage.APPROVED else "stop", "look", "train"]
    if found.verdict is ModelVerdict.CALIBRATED:
        return [_when_calibrated(model.stage, ready), "people_like_them"]
    lacking = [reason.value for reason in (VerdictReason.MISFIT, VerdictReason.NO_GAIN) if reason in found.reasons]
    told = [reason.value for reason in _ON_PAPER if reason in found.reasons]
    if told:
        return told
    return ["in_use" if model.stage is ModelStage.APPROVED else "go_on" if model.watched else "again", *lacking]


def _when_calibrated(stage: ModelStage, ready: bool) -> str:
    if stage is ModelStage.APPROVED:
        return "stay"
    if stage is ModelStage.SHADOW:
        return "approve" if ready else "too_soon"
    return "again"
