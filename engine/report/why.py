"""Why the number is what it is: what raises it and what keeps it down, with one to three dots by size."""

from __future__ import annotations

import math

from engine.domain.assessment import Driver
from engine.domain.record import Value
from engine.domain.report import Bound, Count, Reason, ReasonGroup, Why
from engine.packs.manifest import PackKind
from engine.report.case import Case, Lead
from engine.report.counts import plain as number
from engine.report.sentences import plain

# Shares of today's number: an effect below the first is nothing, from the second two dots, from the third three.
SMALL, MIDDLE, GREAT = 0.02, 0.1, 0.2


def why(case: Case, lead: Lead, today: Count, good: Count | None) -> Why | None:
    """Return the block, or None when nothing explains the number."""
    if lead.explanation is None:
        return None
    drivers = case.drivers()
    raises = tuple(_reason(case, lead, driver) for driver in drivers if _share(lead, driver) >= SMALL)
    keeps = tuple(_reason(case, lead, driver) for driver in drivers if _share(lead, driver) <= -SMALL)
    keeps += tuple(_already_good(case, field) for field in _good_fields(case, lead))
    return Why(
        title=_title(case, today),
        groups=tuple(_groups(case, raises, keeps)),
        closing=_closing(case, lead, today, good),
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


def _share(lead: Lead, driver: Driver) -> float:
    if lead.explanation is None or not lead.explanation.value:
        return 0.0
    return driver.effect(lead.explanation.value) / lead.explanation.value


def _good_fields(case: Case, lead: Lead) -> tuple[str, ...]:
    """Return the inputs with a good value that are known to be as good as it, or better by less than a dot."""
    effects = {driver.field: _share(lead, driver) for driver in case.drivers()}
    return tuple(
        field
        for field, reference in lead.manifest.references.items()
        if field in case.known and _is_good(lead, effects.get(field), case.known[field], reference.value)
    )


def _is_good(lead: Lead, effect: float | None, value: Value, good: Value) -> bool:
    if effect is not None:
        return -SMALL < effect <= 0
    if isinstance(value, (bool, str)) or isinstance(good, (bool, str)):
        # Another answer that moves nothing is as good, except in a score of points, where a whole band moves nothing.
        return value == good or lead.manifest.kind is not PackKind.POINTS
    return math.isclose(value, good)


def _reason(case: Case, lead: Lead, driver: Driver) -> Reason:
    share = abs(_share(lead, driver))
    dots = sum(share >= limit for limit in (SMALL, MIDDLE, GREAT))
    return Reason(value_label(case, driver.field, driver.value), dots, "")


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
    if good is not None and case.sex in ("F", "M") and case.age_years is not None:
        sentences.append(
            plain(
                case.wording,
                f"report.why.same_{'woman' if case.sex == 'F' else 'man'}",
                age=case.age_years,
                count=good.text,
                out_of=number(today.out_of, case.wording),
            )
        )
    return case.wording.say("report.sentence_gap").join(sentences)
