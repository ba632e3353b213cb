"""What a judgement says, as rows of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.domain.recalibration import Estimate
from engine.learning.judgement.figures import Figure
from engine.learning.judgement.groups import Subgroup
from engine.packs import Manifest
from engine.packs.card_parts import number, span
from engine.packs.trained_card import textbook_sentences
from engine.packs.training import Corrected, Group, Told
from engine.wording import Wording

Rows = tuple[list[str], list[list[str]]]


def figures_of(told: Sequence[Told | Corrected]) -> Mapping[Figure, Estimate]:
    """Return figures that a pack tells by what they are."""
    return {Figure(each.name): Estimate(each.value, each.low, each.high) for each in told}


def groups_of(told: Sequence[Group]) -> tuple[Subgroup, ...]:
    """Return groups that a pack tells as a judgement has them; the share with the outcome is not told."""
    return tuple(
        Subgroup(
            each.column, each.level, each.people, each.events, each.grey, None, each.told, figures_of(each.figures)
        )
        for each in told
    )


def figure_rows(
    figures: Mapping[Figure, Estimate], corrected: Mapping[Figure, Estimate], words: Wording, people: str = "unseen"
) -> Rows:
    """Return the figures with their intervals, and beside them corrected for optimism where that was done.

    ``people``: of whom they are, ``card.head.<people>``.
    """
    head = [words.say(f"card.head.{name}") for name in ("figure", people, *(("corrected",) if corrected else ()))]
    rows = []
    for name, each in figures.items():
        also = corrected.get(name)
        cells = [words.say(f"learning.figure.{name}"), _told(each)]
        rows.append([*cells, "" if also is None else _told(also)] if corrected else cells)
    return head, rows


def group_rows(groups: Sequence[Subgroup], words: Wording) -> Rows:
    """Return the groups of people; what is too few to tell is said to be."""
    head = [
        words.say(f"card.head.{name}") for name in ("group", "people", "events", "seen_expected", "ranks", "reading")
    ]
    rows = []
    for each in groups:
        told = [each.figures.get(name) for name in (Figure.OBSERVED_EXPECTED, Figure.AUROC)]
        level = each.level or words.say("card.not_recorded")
        cells = ["" if one is None else _told(one) for one in told]
        reading = words.say("card.too_few") if each.grey else ""
        rows.append([f"{each.column}: {level}", str(each.people), str(each.events), *cells, reading])
    return head, rows


def textbook_line(manifest: Manifest, words: Wording) -> str | None:
    """Return whether the textbook's network reached its accuracy; None for any other pack."""
    told = manifest.training
    if told is None or told.settings.get("preset") != "textbook":
        return None
    return textbook_sentences(told, words) or None


def _told(estimate: Estimate) -> str:
    return f"{number(estimate.value)} ({span(estimate.low, estimate.high)})"
