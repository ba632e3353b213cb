"""The picture row: people today, the same person at good values, and what each value alone would change."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.report import Array, Bar, Bound, Count, LegendItem, Mark, Picture, Sentence
from engine.report.case import Case, Lead, OpenRange
from engine.report.counts import THOUSAND, complement
from engine.report.counts import plain as number
from engine.report.lowering import best_fields, change_label, changes, good_count, what_if_of
from engine.report.ranges import ends, is_wide, told_as
from engine.report.sentences import plain, say

MOST_BARS = 3


def picture(case: Case, lead: Lead, today: Count) -> Picture | None:
    """Return the picture row, or None below 1 of 1,000: a picture of nobody says nothing."""
    if today.bound is Bound.BELOW:
        return None
    good = good_count(case, lead, today)
    bars = _bars(case, lead, today, good)
    with_bars = bool(bars) and today.out_of != THOUSAND
    arrays = [_array(case, lead, "today", today, today)]
    if with_bars and good is not None:
        arrays.append(_array(case, lead, "good", good, today))
    span = case.formats.years(lead.span_years)
    return Picture(
        arrays=tuple(arrays),
        legend=_legend(case, {} if with_bars else _counts(case, today), spared=len(arrays) > 1),
        side_title=case.wording.say("report.picture.bars" if with_bars else "report.picture.reading"),
        bars=bars if with_bars else (),
        reading=() if with_bars else _reading(case, lead, today, good),
        counts_note=plain(case.wording, "report.picture.counts", out_of=_out_of(case, today), span=span),
        method_note=_method(case, lead) if with_bars else "",
    )


def _method(case: Case, lead: Lead) -> str:
    lowered = what_if_of(case, lead)
    return case.wording.say("report.picture.method" if lowered is None else "report.picture.people_differ")


def range_picture(case: Case, lead: Lead, given: OpenRange) -> Picture | None:
    """Return the picture of a range: who surely, who perhaps; None where it is too wide, or of nobody."""
    low, high = ends(case, given)
    if is_wide(given) or not high.drawn:
        return None
    key = told_as(low, high)
    key = "today" if key == "above" else key
    unsure = high.drawn - low.drawn
    words = {
        "count": high.text,
        "low": low.text,
        "high": high.text,
        "out_of": _out_of(case, high),
        "event": lead.words.event.get(case.language),
        "rest": number(high.out_of - low.shown, case.wording) if key == "at_least" else complement(high, case.wording),
    }
    size = "thousand" if high.out_of == THOUSAND else "hundred"
    array = Array(
        title=plain(case.wording, f"report.picture.{key}_{size}", **words),
        out_of=high.out_of,
        black=low.drawn,
        striped=0,
        alt=plain(case.wording, f"report.picture.{key}_alt", **words),
        unsure=unsure,
    )
    counts = {
        Mark.HAPPENS: low.text,
        Mark.UNSURE: number(unsure, case.wording),
        Mark.NOT: complement(high, case.wording),
    }
    reading = [say(case.wording, f"report.picture.each_{'mark' if size == 'thousand' else 'person'}")]
    if unsure:
        reading.append(say(case.wording, f"report.picture.unsure_{size}"))
    return Picture(
        arrays=(array,),
        legend=_legend(case, counts, unsure=unsure > 0),
        side_title=case.wording.say("report.picture.reading"),
        bars=(),
        reading=tuple(reading),
        counts_note="",
        method_note="",
    )


def _array(case: Case, lead: Lead, key: str, counted: Count, today: Count) -> Array:
    words = {
        "count": counted.text,
        "out_of": _out_of(case, today),
        "event": lead.words.event.get(case.language),
        "rest": complement(counted, case.wording),
    }
    size = "thousand" if today.out_of == THOUSAND else "hundred"
    return Array(
        title=plain(case.wording, f"report.picture.{key}_{size}", **words),
        out_of=today.out_of,
        black=counted.drawn,
        striped=today.drawn - counted.drawn,
        alt=plain(case.wording, f"report.picture.{key}_alt", **words),
    )


def _out_of(case: Case, counted: Count) -> str:
    return f"{counted.out_of:,}".replace(",", case.wording.say("report.count.separator"))


def _counts(case: Case, today: Count) -> Mapping[Mark, str]:
    return {Mark.HAPPENS: today.text, Mark.NOT: complement(today, case.wording)}


def _legend(
    case: Case, counts: Mapping[Mark, str], *, spared: bool = False, unsure: bool = False
) -> tuple[LegendItem, ...]:
    texts = {mark: case.wording.say(f"report.legend.{mark}") for mark in Mark}
    for mark, counted in counts.items():
        texts[mark] = case.wording.say("report.legend.counted", what=texts[mark], count=counted)
    left_out = {*(() if spared else (Mark.SPARED,)), *(() if unsure else (Mark.UNSURE,))}
    return tuple(LegendItem(mark, texts[mark]) for mark in Mark if mark not in left_out)


def _bars(case: Case, lead: Lead, today: Count, good: Count | None) -> tuple[Bar, ...]:
    found = changes(case, lead, today)
    if not found:
        return ()
    full = today.drawn
    bars = [Bar(case.wording.say("report.picture.bar_today"), today.text, full, full)]
    bars += [
        Bar(change_label(case, change.field, change.good), change.counted.text, change.counted.drawn, full)
        for change in found[:MOST_BARS]
    ]
    best = best_fields(case, lead)
    together = {change.field for change in found}
    # A change too small to show alone may still count beside the others.
    further = len(best) > 1 and good is not None and good.drawn < found[0].counted.drawn
    if good is not None and (len(found) > 1 or further):
        key = {2: "both", 3: "all_three"}.get(len(found), "all") if best in (frozenset(), together) else "good"
        bars.append(Bar(case.wording.say(f"report.picture.bar_{key}"), good.text, good.drawn, full, strong=True))
    return tuple(bars)


def _reading(case: Case, lead: Lead, today: Count, good: Count | None) -> tuple[Sentence, ...]:
    thousand = today.out_of == THOUSAND
    found = [say(case.wording, f"report.picture.each_{'mark' if thousand else 'person'}")]
    if thousand:
        found.append(say(case.wording, "report.picture.why_thousand"))
    if good is not None:
        found.append(say(case.wording, "report.picture.good_words", count=good.text, out_of=_out_of(case, today)))
        found.append(say(case.wording, "report.picture.good_method"))
    elif lead.explanation is not None and not changes(case, lead, today):
        found.append(say(case.wording, "report.picture.nothing_to_change"))
    return tuple(found)
