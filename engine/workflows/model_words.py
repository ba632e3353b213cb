"""Trained models in words: how each stands, the verdict, the month. The command and the window say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from engine.domain.models import BrierScore, DriftLook, InputShift, KeptModel, ModelLook, VerdictReason
from engine.domain.recalibration import Estimate
from engine.fields import Dictionary
from engine.risk.recalibration import telling
from engine.risk.watch.rules import load_watch_rules
from engine.wording import Wording


def state_line(model: KeptModel, words: Wording, when: Callable[[datetime], str]) -> str:
    """Return how a version stands: stage, since when, by whom, who agreed, why, and its last verdict."""
    parts = [state_words(model, words, when)]
    if model.verdict is not None:
        said = words.say(f"watch.verdict.{model.verdict.verdict}")
        parts.append(words.say("watch.last_verdict", verdict=said, when=when(model.verdict.made_at)))
    return words.say("watch.listed", model=model.ref.id, version=model.ref.version, told="; ".join(parts))


def state_words(model: KeptModel, words: Wording, when: Callable[[datetime], str], stage: str = "") -> str:
    """Return how a version stands: stage (as the command calls it, or as given), since when, by whom, why."""
    state = model.state
    stage = stage or words.say(f"watch.stage.{state.stage}")
    parts = [words.say("watch.state", stage=stage, when=when(state.since), who=state.by)]
    if state.second is not None:
        parts.append(words.say("audit.told.agreed", who=state.second))
    if state.one_signature:
        parts.append(words.say("audit.told.one_signature"))
    if state.reason:
        parts.append(words.say("audit.told.because", reason=state.reason))
    return "; ".join(parts)


def reason_line(reason: VerdictReason, found: ModelLook, words: Wording) -> str:
    """Return one reason of a verdict, with its counts."""
    return reasons_told((reason,), _counts(found), words)[0]


def verdict_page(found: ModelLook, words: Wording) -> list[str]:
    """Return the whole verdict, one sentence a line: what it is, why, what to do, and the figures that led to it."""
    named = {"model": found.model.id, "version": found.model.version}
    lines = [words.say("watch.head", verdict=words.say(f"watch.verdict.{found.verdict}"), **named)]
    lines += reasons_told(found.reasons, _counts(found), words)
    lines.append(words.say(f"watch.next.{found.verdict}", **named))
    lines.append(words.say("watch.fact.answered", predicted=found.predicted, refused=found.refused))
    if found.figures is not None:
        lines += telling.facts(found.figures, words)
    if found.brier is not None:
        lines.append(_brier(found.brier, words))
    return lines


def reasons_told(
    reasons: Sequence[VerdictReason], figures: Mapping[str, float | int | None], words: Wording
) -> list[str]:
    """Return why a verdict is what it is, a sentence each; ``figures``: as they are kept with it."""
    values = {"events": figures.get("events"), "needed": figures.get("events_needed")}
    return [words.say(f"watch.reason.{reason}", **values) for reason in reasons]


def drift_lines(look: DriftLook, dictionary: Dictionary, words: Wording) -> Iterator[str]:
    """Yield what a month of a model tells: its people, inputs, alerts and outcomes, each warning with what to do."""
    named = {"model": look.model.id, "version": look.model.version, "month": f"{look.month:%Y-%m}"}
    yield words.say("watch.month", people=look.people, **named)
    if not look.enough:
        yield words.say("watch.few", least=load_watch_rules().month_people)
    elif look.against == "nothing":
        yield words.say("watch.nothing_before")
    else:
        yield words.say(f"watch.against.{look.against}")
        yield from (_shift(each, dictionary, words) for each in look.inputs if each.shifted)
    if look.alerts is not None and look.alerts_before is not None:
        yield words.say("watch.alerts", now=_percent(look.alerts, words), before=f"{100 * look.alerts_before:.0f}")
    if look.observed_to_expected is not None:
        yield words.say("watch.level", ratio=_interval(look.observed_to_expected, words))
    for kind in look.warnings:
        yield f"{words.say(f'watch.drift.{kind}')} {words.say(f'watch.todo.{kind}')}"
    if not look.warnings:
        yield words.say("watch.steady")


def drift_item(kinds: str, month: str, model: str, words: Wording) -> str:
    """Return the sentence of an item that waits for a review."""
    told = " ".join(f"{words.say(f'watch.drift.{kind}')} {words.say(f'watch.todo.{kind}')}" for kind in kinds.split())
    return words.say("watch.item", model=model, month=month, told=told)


def _counts(found: ModelLook) -> Mapping[str, float | int | None]:
    figures = found.figures
    return {} if figures is None else {"events": figures.events, "events_needed": figures.events_needed}


def _brier(score: BrierScore, words: Wording) -> str:
    told = {"model": f"{score.model:.4f}", "base": f"{score.base:.4f}"}
    gain = words.say(
        "recalibration.and_interval",
        value=f"{score.gain.value:.4f}",
        low=f"{score.gain.low:.4f}",
        high=f"{score.gain.high:.4f}",
    )
    if score.years is None:
        return words.say("watch.fact.brier", gain=gain, **told)
    return words.say("watch.fact.brier_at", gain=gain, years=f"{score.years:.1f}", **told)


def _shift(each: InputShift, dictionary: Dictionary, words: Wording) -> str:
    label = dictionary[each.field].labels[words.language] if each.field in dictionary else each.field
    values = {"then": f"{100 * each.missing_then:.0f}", "now": f"{100 * each.missing_now:.0f}"}
    return words.say("watch.shift", field=label, index=f"{each.index:.2f}", chance=f"{each.by_chance:.2f}", **values)


def _interval(estimate: Estimate, words: Wording) -> str:
    values = {name: f"{getattr(estimate, name):.2f}" for name in ("value", "low", "high")}
    return words.say("recalibration.and_interval", **values)


def _percent(estimate: Estimate, words: Wording) -> str:
    values = {name: f"{100 * getattr(estimate, name):.0f}" for name in ("value", "low", "high")}
    return words.say("recalibration.percent_interval", **values)
