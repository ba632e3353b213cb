"""What in a record knows the outcome already (``resources/learning/record_leaks.json``).

In a plain table such columns must be recognised by what they do (``engine.learning.leaks``); in the record it is known
what each field means, so they are named before anybody looks at a figure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from engine.domain.studio import HeldBack, HeldBackReason
from engine.fields import Dictionary
from engine.resources import resources_folder

if TYPE_CHECKING:
    from engine.risk.cohort.outcome import AskedOutcome

_WHO = frozenset({"age", "sex", "birth_date", "visit_date"})  # much follows from them, and none of it is theirs


@dataclass(frozen=True, slots=True)
class LeakGroup:
    """Records of one illness; see the notes in the file."""

    id: str
    conditions: frozenset[str]
    names: frozenset[str]
    treated_by: frozenset[str]
    same_visit: frozenset[str]


@dataclass(frozen=True, slots=True)
class Leaks:
    """The file."""

    groups: tuple[LeakGroup, ...]
    lasting: frozenset[str]
    split_only: frozenset[str]


@cache
def load_leaks() -> Leaks:
    """Return the rules that ship with the program."""
    text = (resources_folder() / "learning" / "record_leaks.json").read_text(encoding="utf-8")
    document = json.loads(text)
    keys = ("conditions", "names", "treated_by", "same_visit")
    groups = (LeakGroup(each["id"], *(frozenset(each[key]) for key in keys)) for each in document["groups"])
    return Leaks(tuple(groups), frozenset(document["lasting"]), frozenset(document["split_only"]))


def held_back(
    outcome: AskedOutcome, fields: Iterable[str], dictionary: Dictionary, *, same_visit: bool
) -> tuple[HeldBack, ...]:
    """Return those of the fields that are no predictors of this outcome unless a person puts them back.

    Over time only what says that somebody has, or is treated for, the illness is held back: at the first visit people
    are free of it. At the same visit its tests go too, and all that is derived from them or that they are derived
    from: they are how it is found.
    """
    found: dict[str, HeldBack] = {}
    for field, reason, by in _reasons(outcome, dictionary, same_visit):
        found.setdefault(field, HeldBack(field, reason, by))
    return tuple(found[field] for field in fields if field in found)


def _reasons(
    outcome: AskedOutcome, dictionary: Dictionary, same_visit: bool
) -> Iterator[tuple[str, HeldBackReason, str]]:
    for field in outcome.fields:
        yield field, HeldBackReason.IS_OUTCOME, outcome.name
    if outcome.measure is not None and same_visit:
        yield outcome.measure, HeldBackReason.IS_OUTCOME, outcome.name
        for field in _relatives(outcome.measure, dictionary):
            yield field, HeldBackReason.FOLLOWS_FROM_OUTCOME, outcome.measure
    for group in _groups(outcome, same_visit):
        for field in sorted(group.names):
            yield field, HeldBackReason.SAME_ILLNESS, outcome.name
        for field in sorted(group.treated_by):
            yield field, HeldBackReason.TREATS_OUTCOME, outcome.name
        for field in sorted(group.same_visit) if same_visit else ():
            yield field, HeldBackReason.SAME_ILLNESS, outcome.name
            for relative in _relatives(field, dictionary):
                yield relative, HeldBackReason.FOLLOWS_FROM_OUTCOME, field
    for field in sorted(load_leaks().split_only):
        yield field, HeldBackReason.SPLIT_ONLY, field


def _groups(outcome: AskedOutcome, same_visit: bool) -> Iterator[LeakGroup]:
    for group in load_leaks().groups:
        named = not group.names.union(group.treated_by).isdisjoint(outcome.fields)
        measured = same_visit and outcome.measure in group.same_visit
        if named or measured or not group.conditions.isdisjoint(outcome.conditions):
            yield group


def _relatives(field: str, dictionary: Dictionary) -> tuple[str, ...]:
    """Return what a measurement is derived from, what is derived from it, and what shares such a part with it."""
    parts = _measured_parts(field, dictionary)
    return tuple(
        name
        for name in dictionary.fields
        if name != field and name not in _WHO and not parts.isdisjoint(_measured_parts(name, dictionary))
    )


def _measured_parts(field: str, dictionary: Dictionary) -> frozenset[str]:
    """Return the field with everything that it is derived from, without who people are."""
    found, waiting = {field}, [field]
    while waiting:
        rule = dictionary[waiting.pop()].derivation
        fresh = set(rule.sources) - found - _WHO if rule is not None else set()
        found |= fresh
        waiting += fresh
    return frozenset(found)
