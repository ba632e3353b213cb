"""Why the number is what it is: what raises it and what keeps it down, with one to three dots by size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.domain.record import Value
from engine.domain.report import Bound, Count, Reason, ReasonGroup, Why
from engine.packs.manifest import PackKind
from engine.report.case import Case, Lead
from engine.report.counts import plain as number
from engine.report.formats import within_sentence
from engine.report.lowering import change_label, peer_count, peer_differs_in
from engine.report.sentences import plain

# Shares of today's number: an effect below the first is nothing, from the second two dots, from the third three.
SMALL, MIDDLE, GREAT = 0.02, 0.1, 0.2


@dataclass(frozen=True, slots=True)
class _Effect:
    """What inputs that are told as one add, as a share of today's number; negative keeps it down."""

    values: Mapping[str, Value]
    share: float


def why(case: Case, lead: Lead, today: Count, good: Count | None) -> Why | None:
    """Return the block, or None when nothing explains the number.

    Where an assessment keeps what inputs add beside each other, that is told, as on the clinician's side; older ones
    know only what each does alone.
    """
    if lead.explanation is None:
        return None
    effects = _effects(case, lead)
    raises = tuple(_reason(case, effect) for effect in effects if effect.share >= SMALL)
    keeps = tuple(_reason(case, effect) for effect in effects if effect.share <= -SMALL)
    keeps += tuple(_already_good(case, field) for field in _good_fields(case, lead, effects))
    return Why(
        title=_title(case, today),
        groups=tuple(_groups(case, raises, keeps)),
        closing=_closing(case, lead, today, good),
    )


def _effects(case: Case, lead: Lead) -> tuple[_Effect, ...]:
    """Return what moves the number, the greatest effect first."""
    explanation = lead.explanation
    if explanation is None or not explanation.value:
        return ()
    if explanation.contributions:
        return tuple(_Effect(each.values, each.amount / explanation.value) for each in explanation.contributions)
    return tuple(
        _Effect({driver.field: driver.value}, driver.effect(explanation.value) / explanation.value)
        for driver in case.drivers()
    )


def _title(case: Case, today: Count) -> str:
    if today.bound is Bound.EXACT:
        return plain(case.wording, "report.why.title", count=today.text)
    return case.wording.say("report.why.title_without_number")


def _groups(case: Case, raises: tuple[Reason, ...], keeps: tuple[Reason, ...]) -> list[ReasonGroup]:
    more = case.wording.say("report.why.more_dots")
    groups = [
        ReasonGroup(
            title=case.wording.say("report.why.raises"),
            note=more if raises else "",
            reasons=raises,
            empty=case.wording.say("report.why.nothing_raises"),
        )
    ]
    if keeps:
        ticked = any(reason.dots == 0 for reason in keeps)
        dotted = not raises and any(reason.dots for reason in keeps)
        note = case.wording.say("report.why.ticked") if ticked else more if dotted else ""
        groups.append(ReasonGroup(case.wording.say("report.why.keeps_down"), note, keeps, ""))
    return groups


def _good_fields(case: Case, lead: Lead, effects: Sequence[_Effect]) -> tuple[str, ...]:
    """Return the inputs with a good value that are known to be as good as it, or better by less than a dot."""
    shares = {field: effect.share for effect in effects for field in effect.values}
    return tuple(
        field
        for field, reference in lead.manifest.references.items()
        if field in case.known and _is_good(lead, shares.get(field), case.known[field], reference.value)
    )


def _is_good(lead: Lead, effect: float | None, value: Value, good: Value) -> bool:
    if effect is not None:
        return -SMALL < effect <= 0
    if isinstance(value, (bool, str)) or isinstance(good, (bool, str)):
        # Another answer that moves nothing is as good, except in a score of points, where a whole band moves nothing.
        return value == good or lead.manifest.kind is not PackKind.POINTS
    return math.isclose(value, good)


def _reason(case: Case, effect: _Effect) -> Reason:
    dots = sum(abs(effect.share) >= limit for limit in (SMALL, MIDDLE, GREAT))
    first, *more = (value_label(case, field, value) for field, value in effect.values.items())
    text = case.wording.say("report.list.comma").join((first, *map(within_sentence, more)))
    return Reason(text, dots, "")


def _already_good(case: Case, field: str) -> Reason:
    return Reason(value_label(case, field, case.known[field]), 0, case.wording.say("report.why.already_good"))


def value_label(case: Case, field: str, value: Value) -> str:
    """Return one input with its value in everyday words."""
    code = str(value).lower() if isinstance(value, (bool, str)) else "value"
    key = f"report.driver.{field}.{code}"
    shown = case.values.everyday(field, value).text
    if key in case.wording:
        return plain(case.wording, key, value=shown)
    return plain(case.wording, "report.driver.any", field=case.values.plain_label(field), value=shown)


def _closing(case: Case, lead: Lead, today: Count, good: Count | None) -> str:
    fields = {each.field for each in lead.manifest.inputs}
    sentences = []
    if {"age", "sex"} <= fields:
        sentences.append(case.wording.say("report.why.age_and_sex"))
    peer = peer_count(case, lead, today, good)
    if peer is not None and case.sex in ("F", "M") and case.age_years is not None:
        also = peer_differs_in(case, lead)
        sentences.append(
            plain(
                case.wording,
                f"report.why.same_{'woman' if case.sex == 'F' else 'man'}{'_also' if also else ''}",
                age=case.age_years,
                count=peer.text,
                out_of=number(today.out_of, case.wording),
                also=case.formats.listed(tuple(within_sentence(change_label(case, *each)) for each in also)),
            )
        )
    return case.wording.say("report.sentence_gap").join(sentences)
