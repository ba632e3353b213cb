"""The keys of what is said of a gate, with what they hold; the sentences are in the wording."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.learning.columns import Kind
from engine.learning.gate import Gate, Planned
from engine.learning.judgement.figures import Figure
from engine.learning.leaks import Finding, Weight


@dataclass(frozen=True, slots=True)
class Sentence:
    """The key of a sentence with its details."""

    key: str
    details: dict[str, str | int | float] = field(default_factory=dict)


def tell_gate(gate: Gate, planned: Planned) -> tuple[Sentence, ...]:
    """Return the answer, which demand decides, what is lacking and what could be done instead."""
    if gate.people_needed is None or gate.deciding is None or gate.people_more is None:
        return (Sentence("learning.gate.not_yet_unknown"),)
    people: dict[str, str | int | float] = {"people": planned.people, "needed": gate.people_needed}
    told = [Sentence(f"learning.gate.{gate.answer}", people), Sentence(f"learning.criterion.{gate.deciding}")]
    if gate.people_more and gate.months_more is None:
        told.append(Sentence("learning.gate.more", {"more": gate.people_more}))
    elif gate.people_more and gate.months_more is not None:
        told.append(Sentence("learning.gate.more_months", {"more": gate.people_more, "months": gate.months_more}))
    if gate.people_more and gate.most_parameters:
        told.append(Sentence("learning.gate.fewer", {"parameters": gate.most_parameters}))
    return tuple(told)


def tell_finding(finding: Finding) -> Sentence:
    """Return what is said of a finding."""
    return Sentence(finding.sentence, {"column": finding.column, **finding.details})


def name_of(thing: Weight | Kind | Figure) -> str:
    """Return the key of the name of a weight, a kind of column or a figure."""
    if isinstance(thing, Weight):
        return f"learning.weight.{thing}"
    return f"learning.kind.{thing}" if isinstance(thing, Kind) else f"learning.figure.{thing}"
