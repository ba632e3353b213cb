"""What would lower the leading number: changes a person can make, alone and together, and people with good values.

Where an assessment keeps what would lower its number, that is told; older ones know each good value alone. Only what
lowers the count is shown: a change that brings nothing, or harm, never is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.domain.record import Value
from engine.domain.report import Count
from engine.domain.what_if import WhatIf
from engine.report.case import Case, Lead
from engine.report.counts import count
from engine.report.sentences import plain


@dataclass(frozen=True, slots=True)
class Change:
    """What would differ if one input had its good value: counted in the page's own denominator."""

    field: str
    good: Value
    counted: Count


def what_if_of(case: Case, lead: Lead) -> WhatIf | None:
    """Return what would lower the leading number, where the assessment keeps it."""
    found = case.assessment.what_if
    return found if found and (found.pack_id, found.output) == (lead.manifest.id, lead.output.name) else None


def changes(case: Case, lead: Lead, today: Count) -> tuple[Change, ...]:
    """Return the inputs that can be changed and whose good value alone lowers the count, the greatest first."""
    found = (
        Change(field, good, count(number, today.out_of, case.wording)) for field, good, number in _alone(case, lead)
    )
    return tuple(change for change in found if change.counted.drawn < today.drawn)


def _alone(case: Case, lead: Lead) -> Iterator[tuple[str, Value, float]]:
    lowered = what_if_of(case, lead)
    if lowered is not None:
        yield from ((each.field, each.target, each.number) for each in lowered.changes)
    elif lead.explanation is not None:
        for driver in case.drivers():
            if driver.changeable and driver.effect(lead.explanation.value) > 0:
                yield driver.field, driver.reference, driver.output_with_reference


def good_count(case: Case, lead: Lead, today: Count) -> Count | None:
    """Return the count of the same person at good values; None when unknown or not fewer than today."""
    lowered = what_if_of(case, lead)
    best = lowered.best if lowered is not None else _improved(lead)
    if best is None:
        return None
    counted = count(best, today.out_of, case.wording)
    singles = [change.counted.drawn for change in changes(case, lead, today)]
    # Together can only be shown when it is no worse than the best single change; otherwise the reference also
    # undoes something that is better than the reference, and the picture would mislead.
    if counted.drawn >= today.drawn or any(counted.drawn > single for single in singles):
        return None
    return counted


def _improved(lead: Lead) -> float | None:
    explanation = lead.explanation
    if explanation is None:
        return None
    improved = explanation.improved
    if improved is None and all(driver.changeable for driver in explanation.drivers):
        improved = explanation.all_reference
    return None if improved is None or improved >= explanation.value else improved


def best_fields(case: Case, lead: Lead) -> frozenset[str]:
    """Return the changes that together lower the number most; none where the assessment does not keep them."""
    lowered = what_if_of(case, lead)
    if lowered is None:
        return frozenset()
    sets = [(each.number, each.fields) for each in lowered.combinations]
    sets += [(each.number, frozenset({each.field})) for each in lowered.changes]
    return min(sets, key=lambda each: each[0], default=(0.0, frozenset[str]()))[1]


def peer_count(case: Case, lead: Lead, today: Count, good: Count | None) -> Count | None:
    """Return the count of people of the same age and sex with every good value; None when not fewer than today."""
    lowered = what_if_of(case, lead)
    if lowered is None:
        return good
    if lowered.peer is None:
        return None
    counted = count(lowered.peer, today.out_of, case.wording)
    return counted if counted.drawn < today.drawn else None


def peer_differs_in(case: Case, lead: Lead) -> tuple[tuple[str, Value], ...]:
    """Return what such people have and this person can never get to: fields with their good values."""
    if what_if_of(case, lead) is None:
        return ()
    return tuple(
        (field, reference.value)
        for field, reference in lead.manifest.references.items()
        if not reference.changeable and case.known.get(field, reference.value) != reference.value
    )


def change_label(case: Case, field: str, good: Value) -> str:
    """Return the words for one input at its good value."""
    value = case.values.everyday(field, good).text
    key = f"report.change.{field}"
    if key in case.wording:
        return plain(case.wording, key, value=value)
    return plain(case.wording, "report.change.any", field=case.values.plain_label(field), value=value)
