"""The picture row: people today, the same person at good values, and what each value alone would change."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.assessment import Driver
from engine.domain.record import Value
from engine.domain.report import Array, Bar, Bound, Count, LegendItem, Mark, Picture, Sentence
from engine.report.case import Case, Lead
from engine.report.counts import THOUSAND, complement, count
from engine.report.sentences import plain, say

MOST_BARS = 3


@dataclass(frozen=True, slots=True)
class Change:
    """What would differ if one input had its good value: counted in the page's own denominator."""

    driver: Driver
    counted: Count


def good_count(case: Case, lead: Lead, today: Count) -> Count | None:
    """Return the count of the same person at good values; None when unknown or not fewer than today."""
    explanation = lead.explanation
    if explanation is None:
        return None
    improved = explanation.improved
    if improved is None and all(driver.changeable for driver in explanation.drivers):
        improved = explanation.all_reference
    if improved is None or improved >= explanation.value:
        return None
    counted = count(improved, today.out_of, case.wording)
    singles = [change.counted.drawn for change in changes(case, lead, today)]
    # Together can only be shown when it is no worse than the best single change; otherwise the reference also
    # undoes something that is better than the reference, and the picture would mislead.
    if counted.drawn >= today.drawn or any(counted.drawn > single for single in singles):
        return None
    return counted


def changes(case: Case, lead: Lead, today: Count) -> tuple[Change, ...]:
    """Return the inputs that can be changed and whose good value alone lowers the count, the greatest first."""
    found = [
        Change(driver, count(driver.output_with_reference, today.out_of, case.wording))
        for driver in case.drivers()
        if lead.explanation is not None and driver.changeable and driver.effect(lead.explanation.value) > 0
    ]
    return tuple(change for change in found if change.counted.drawn < today.drawn)


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
        legend=_legend(case, today, striped=len(arrays) > 1, counted=not with_bars),
        side_title=case.wording.say("report.picture.bars" if with_bars else "report.picture.reading"),
        bars=bars if with_bars else (),
        reading=() if with_bars else _reading(case, lead, today, good),
        counts_note=plain(case.wording, "report.picture.counts", out_of=_out_of(case, today), span=span),
        method_note=case.wording.say("report.picture.method") if with_bars else "",
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


def _legend(case: Case, today: Count, striped: bool, counted: bool) -> tuple[LegendItem, ...]:
    texts = {mark: case.wording.say(f"report.legend.{mark}") for mark in Mark}
    if counted:
        numbers = {Mark.HAPPENS: today.text, Mark.NOT: complement(today, case.wording)}
        for mark, number in numbers.items():
            texts[mark] = case.wording.say("report.legend.counted", what=texts[mark], count=number)
    marks = [mark for mark in Mark if striped or mark is not Mark.SPARED]
    return tuple(LegendItem(mark, texts[mark]) for mark in marks)


def _bars(case: Case, lead: Lead, today: Count, good: Count | None) -> tuple[Bar, ...]:
    found = changes(case, lead, today)
    if not found:
        return ()
    full = today.drawn
    bars = [Bar(case.wording.say("report.picture.bar_today"), today.text, full, full)]
    bars += [
        Bar(_label(case, change.driver), change.counted.text, change.counted.drawn, full)
        for change in found[:MOST_BARS]
    ]
    if good is not None and len(found) > 1:
        key = {2: "both", 3: "all_three"}.get(len(found), "all")
        bars.append(Bar(case.wording.say(f"report.picture.bar_{key}"), good.text, good.drawn, full, strong=True))
    return tuple(bars)


def _label(case: Case, driver: Driver) -> str:
    return change_label(case, driver.field, driver.reference)


def change_label(case: Case, field: str, good: Value) -> str:
    """Return the words for one input at its good value."""
    value = case.values.everyday(field, good).text
    key = f"report.change.{field}"
    if key in case.wording:
        return plain(case.wording, key, value=value)
    return plain(case.wording, "report.change.any", field=case.values.plain_label(field), value=value)


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
