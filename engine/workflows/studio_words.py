"""What the studio says of a look and of a trained model, in words: the answer of the gate, findings, the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.domain.studio import FollowUp
from engine.learning.judgement.figures import Figure
from engine.packs import Manifest
from engine.packs.card_parts import number, span
from engine.packs.training import Benefit, Rival, SizeGate, Told, Training
from engine.wording import Wording
from engine.workflows.learning_words import textbook_line
from engine.workflows.studio import Tool
from engine.workflows.train_job import Looked
from engine.workflows.train_wish import FoundHere

AGE_AND_SEX = "age_and_sex"
RANGE = (0.5, 2.0)  # of the threshold: where a clinic that acts from there on looks at the decision curve
FEWEST_EVENTS = 10  # in a group: below, no figure is drawn
_A_YEAR = 12
_LONG_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Sized:
    """What the gate says, whether before training (a look) or after it (a pack).

    ``adjust_events``: how many it takes to adjust a published tool; ``tool_events``: how many that tool has.
    """

    answer: str
    people: int
    events: int
    needed_events: int | None
    adjust_events: int | None = None
    tool_events: int | None = None
    people_more: int | None = None
    months_more: int | None = None
    most_parameters: int = 0


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """``tone``: ok, warn or danger; ``spread``: how far one person's risk moves, with its strong beginning."""

    tone: str
    head: str
    lines: tuple[str, ...]
    spread: tuple[str, str] | None


def sized(looked: Looked, tools: Sequence[Tool]) -> Sized:
    """Return what the gate says of a look; whether a published tool can be adjusted, the tools at hand tell."""
    able = [each.events for each in tools if each.enough]
    answer = str(looked.answer) if looked.may_train else "recalibrate" if able else "not_yet"
    return Sized(
        answer,
        looked.people,
        looked.events,
        looked.needed_events,
        looked.recalibration_events if tools else None,
        max(able, default=None),
        looked.people_more,
        looked.months_more,
        looked.most_parameters,
    )


def sized_of(gate: SizeGate) -> Sized:
    """Return what the gate said of a pack."""
    events = None if gate.needed is None or not gate.people else -(-gate.needed * gate.events // gate.people)
    return Sized(gate.answer, gate.people, gate.events, events, None, None, gate.more, None, gate.most_parameters)


def gate_words(size: Sized, words: Wording) -> tuple[str, str]:
    """Return the answer in a word and in sentences."""
    head = words.say(f"studio.gate.{size.answer}")
    if size.needed_events is None:
        return head, words.say("studio.gate.unknown", events=size.events)
    values = {"events": f"{size.events:,}", "needed": f"{size.needed_events:,}", "people": f"{size.people:,}"}
    values["tool"] = values["events"] if size.tool_events is None else f"{size.tool_events:,}"
    return head, words.say(f"studio.gate.{size.answer}_text", **values)


def waiting_words(size: Sized, words: Wording) -> tuple[str, str] | None:
    """Return how long a model of one's own takes, and with what it would be possible now; None: it is possible."""
    if size.answer == "train" or size.needed_events is None or not size.people_more:
        return None
    more = f"{size.people_more:,}"
    fewer = words.say("studio.gate.fewer", parameters=size.most_parameters) if size.most_parameters else ""
    if size.months_more is None:
        return words.say("studio.gate.more", more=more), fewer
    if size.months_more > _LONG_MONTHS:
        return words.say("studio.gate.years", more=more, years=-(-size.months_more // _A_YEAR)), fewer
    return words.say("studio.gate.months", more=more, months=size.months_more), fewer


def finding_words(found: FoundHere, label: Callable[[str], str], words: Wording) -> str:
    """Return what was found in a column, with columns by their labels."""
    details = dict(found.sentence.details)
    for name in ("column", "earlier"):
        if name in details:
            details[name] = label(str(details[name]))
    return words.say(found.sentence.key, **details)


def left_out_words(follow: FollowUp, words: Wording) -> tuple[tuple[str, int], ...]:
    """Return why people give no row, with how many, the commonest first."""
    told = sorted(follow.left_out.items(), key=lambda each: -each[1])
    return tuple((words.say(f"studio.left_out.{reason}"), count) for reason, count in told if count)


def verdict_words(manifest: Manifest, words: Wording) -> VerdictWords:
    """Return what a trained model is worth, in plain words; ValueError for a pack that was not trained."""
    told = manifest.training
    if told is None:
        raise ValueError("not a trained pack")
    tone, head = _head(manifest, told, words)
    lines = [_ranking(told, words), _level(told, words), _gain(told, words)]
    lines += [_against(each, words) for each in told.rivals]
    spread = None
    if told.mean_change is not None:
        points = f"{100 * told.mean_change:.1f}".removesuffix(".0")
        spread = (words.say("studio.verdict.one"), words.say("studio.verdict.moves", points=points))
    return VerdictWords(tone, head, tuple(each for each in lines if each), spread)


def clinic_range(training: Training) -> tuple[float, float]:
    """Return between which risks a clinic with this threshold would look, as fractions."""
    return RANGE[0] * training.threshold, min(0.99, RANGE[1] * training.threshold)


def _head(manifest: Manifest, told: Training, words: Wording) -> tuple[str, str]:
    lesson = textbook_line(manifest, words)
    if lesson is not None:
        return "warn", words.say("studio.verdict.lesson")
    if told.gate.answer != "train":
        return "warn", words.say("card.verdict.look")
    baseline = next((each for each in told.rivals if each.name == AGE_AND_SEX), None)
    gain = _difference(baseline) if baseline is not None else None
    if gain is not None:
        return (
            ("ok", words.say("studio.verdict.better"))
            if gain.low > 0
            else ("warn", words.say("studio.verdict.no_gain"))
        )
    auroc = told.figure(Figure.AUROC) or told.figure(Figure.C_INDEX)
    if auroc is not None and auroc.low > 0.5:
        return "ok", words.say("studio.verdict.tells_apart")
    return "danger", words.say("studio.verdict.tells_nothing")


def _ranking(told: Training, words: Wording) -> str:
    auroc = told.figure(Figure.AUROC) or told.figure(Figure.C_INDEX)
    if auroc is None:
        return ""
    shown = {"of": f"{100 * auroc.value:.0f}", "low": f"{100 * auroc.low:.0f}", "high": f"{100 * auroc.high:.0f}"}
    return words.say("studio.verdict.ranks", **shown)


def _level(told: Training, words: Wording) -> str:
    ratio, slope = told.figure(Figure.OBSERVED_EXPECTED), told.figure(Figure.SLOPE)
    if ratio is None:
        return ""
    if ratio.low > 1 or ratio.high < 1:
        key = "too_low" if ratio.low > 1 else "too_high"
        return words.say(f"studio.verdict.{key}", ratio=number(ratio.value), span=span(ratio.low, ratio.high))
    if slope is not None and (slope.high < 1 or slope.low > 1):
        key = "too_wide" if slope.high < 1 else "too_narrow"
        return words.say(f"studio.verdict.{key}", slope=number(slope.value), span=span(slope.low, slope.high))
    return words.say("studio.verdict.fits", ratio=number(ratio.value), span=span(ratio.low, ratio.high))


def _gain(told: Training, words: Wording) -> str:
    curve = told.benefit
    if curve is None:
        return ""
    low, high = clinic_range(told)
    gains = _gains(curve, low, high)
    if not gains:
        return ""
    shown = {"low": f"{100 * low:.0f}", "high": f"{100 * high:.0f}"}
    if max(gains) < 0.05 or sum(gains) <= 0:
        return words.say("studio.verdict.acts_no_better", **shown)
    return words.say("studio.verdict.acts_better", gain=f"{max(gains):.1f}", **shown)


def _gains(curve: Benefit, low: float, high: float) -> list[float]:
    """Return what the model gains per 100 people over the better of treating everybody and nobody, in the range."""
    return [
        model - max(everybody, 0.0)
        for threshold, model, everybody in zip(curve.threshold, curve.model, curve.everybody, strict=True)
        if low <= threshold <= high
    ]


def _against(rival: Rival, words: Wording) -> str:
    found = _difference(rival)
    if found is None:
        return ""
    if rival.published is not None:
        name = words.say("studio.verdict.published", title=rival.published.title.get(words.language))
    else:
        name = words.say(f"card.rival.{rival.name}")
    value = number(abs(found.value))
    state = "ahead" if found.low > 0 else "behind" if found.high < 0 else "level"
    return words.say(f"studio.verdict.{state}", name=name, value=value, span=span(found.low, found.high))


def _difference(rival: Rival) -> Told | None:
    wanted = (str(Figure.AUROC), str(Figure.C_INDEX))
    return next((each for each in rival.differences if each.name in wanted), None)
