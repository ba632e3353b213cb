"""Parts of the card: what a smaller model lost, a point score as a table for paper, and a published pack beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from engine.packs.card_parts import number, with_interval
from engine.packs.training import PointBand, Told, Training
from engine.wording import Wording

_PAIRS = 3  # totals with their risks beside each other
_FIGURES = ("auroc", "c_index", "brier", "slope", "net_benefit")


class Content(TypedDict, total=False):
    """What a part of the card holds."""

    points: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def smaller_part(told: Training, words: Wording) -> Content:
    """Return size and accuracy before and after; nothing for a model of full size."""
    found = told.smaller
    if found is None:
        return {}
    after = {each.name: each for each in told.figures}
    rows = [
        (words.say("card.smaller.bytes"), f"{found.bytes_before:,}", f"{found.bytes_after:,}"),
        (words.say("card.smaller.inputs"), str(found.inputs_before), str(found.inputs_after)),
    ]
    for each in found.before:
        if each.name in _FIGURES and each.name in after:
            name = words.say(f"learning.figure.{each.name}")
            rows.append((name, with_interval(each), with_interval(after[each.name])))
    changes = {
        "mean": _points(found.mean_change),
        "largest": _points(found.largest_change),
        "gate": _points(found.largest_difference),
    }
    return {
        "points": (words.say(f"learning.smaller.{found.how}"),),
        "head": tuple(words.say(f"card.head.{name}") for name in ("figure", "before", "after")),
        "rows": tuple(rows),
        "notes": (words.say("card.smaller.changes", **changes),),
    }


def paper_table(told: Training, labels: Mapping[str, str], words: Wording) -> Content:
    """Return the points of each band; nothing where there is no point score. ``labels``: of columns."""
    if told.smaller is None or told.smaller.points is None:
        return {}
    rows = []
    before = ""
    for band in told.smaller.points.bands:
        label = labels.get(band.column, band.column)
        rows.append(("" if label == before else label, _band(band, words), str(band.points)))
        before = label
    head = tuple(words.say(f"card.head.{name}") for name in ("input", "value", "points"))
    return {"head": head, "rows": tuple(rows), "notes": (words.say("card.points.note"),)}


def totals(told: Training, words: Wording) -> Content:
    """Return the risk at each total, several beside each other; nothing where there is no point score."""
    if told.smaller is None or told.smaller.points is None:
        return {}
    risks = told.smaller.points.risks
    cells = [(str(total), f"{100 * risk:.1f} %") for total, risk in enumerate(risks)]
    high = -(-len(cells) // _PAIRS)
    columns = [cells[start : start + high] for start in range(0, len(cells), high)]
    rows = tuple(
        tuple(cell for column in columns for cell in (column[place] if place < len(column) else ("", "")))
        for place in range(high)
    )
    head = tuple(words.say(f"card.head.{name}") for _ in columns for name in ("points", "risk"))
    return {"head": head, "rows": rows}


def published_part(told: Training, words: Wording) -> Content:
    """Return this model and the best published pack on the same people; nothing where there was none."""
    rival = next((each for each in told.rivals if each.published is not None), None)
    if rival is None or rival.published is None:
        return {}
    found = rival.published
    ours, theirs = ({each.name: each for each in part} for part in (found.ours, found.theirs))
    rows = tuple(
        (words.say(f"learning.figure.{each.name}"), _told(ours, each), _told(theirs, each), with_interval(each))
        for each in rival.differences
        if each.name in _FIGURES
    )
    about = {"title": found.title.get(words.language), "pack": rival.name, "version": found.version}
    notes = [words.say("card.published_note")]
    if not any(each.name == "brier" for each in rival.differences):
        years = "" if found.horizon_years is None else f"{found.horizon_years:g}"
        notes.append(words.say("card.published_years", years=years))
    return {
        "points": (words.say("card.published", **about, people=found.people, events=found.events),),
        "head": tuple(words.say(f"card.head.{name}") for name in ("figure", "this_model", "published", "difference")),
        "rows": rows,
        "notes": tuple(notes),
    }


def _told(figures: Mapping[str, Told], each: Told) -> str:
    return with_interval(figures[each.name]) if each.name in figures else ""


def _points(fraction: float) -> str:
    return number(100 * fraction)


def _band(band: PointBand, words: Wording) -> str:
    if band.missing:
        return words.say("card.points.missing")
    if band.other:
        return words.say("card.points.other")
    if band.level is not None:
        return band.level
    if band.low is None or band.high is None:
        key, value = ("below", band.high) if band.low is None else ("from", band.low)
        return words.say(f"card.points.{key}", value=f"{value:g}")
    return words.say("card.points.between", low=f"{band.low:g}", high=f"{band.high:g}")
