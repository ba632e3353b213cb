"""A range in words and counts: what was not known, what was taken for it and by whose figures, what to find out."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.live import LiveRange, LiveTest
from engine.domain.ranges import Assumption
from engine.domain.report import Bound, Count
from engine.fields import Kind
from engine.report.case import Case, OpenRange
from engine.report.counts import count, denominator
from engine.report.formats import within_sentence
from engine.report.sentences import plain

_WHO = {"M": "men", "F": "women"}
# A range wider than this (of 100 people) has no picture: what to find out says more.
_WIDE = 0.1


def patient_range(case: Case) -> OpenRange | None:
    """Return the range of the leading topic where its tool may be told to patients."""
    given = case.range
    return given if given is not None and given.manifest.patient is not None else None


def is_wide(given: OpenRange) -> bool:
    """Whether a range is too wide for a picture."""
    return given.spread.width > _WIDE


def range_facts(case: Case) -> LiveRange | None:
    """Return the range of the leading topic as facts for a screen; None where there is none."""
    given = case.range
    if given is None:
        return None
    low, high = ends(case, given)
    return LiveRange(
        pack_id=given.manifest.id,
        title=given.manifest.title.get(case.language),
        low=given.spread.low,
        typical=given.spread.typical,
        high=given.spread.high,
        low_count=low,
        high_count=high,
        assumed=assumed(case, given),
        tests=tuple(
            LiveTest(each.field, within_sentence(case.values.label(each.field)), each.removes)
            for each in given.found.next_tests
        ),
        advice=advice(case, given),
    )


def ends(case: Case, given: OpenRange) -> tuple[Count, Count]:
    """Return both ends as people, in the denominator of the page: that of its number, else that of the high end."""
    leading = case.lead.risk if case.lead is not None and case.lead.risk is not None else given.spread.high
    out_of = denominator(leading)
    return count(given.spread.low, out_of, case.wording), count(given.spread.high, out_of, case.wording)


def told_as(low: Count, high: Count) -> str:
    """Return which sentences tell a range: ends that are the same count are told once."""
    if low.bound is high.bound and low.bound is not Bound.EXACT:
        return "below" if low.bound is Bound.BELOW else "above"
    if low.bound is Bound.BELOW:
        return "at_most"
    if high.bound is Bound.ABOVE:
        return "at_least"
    return "about" if low.shown == high.shown else "range"


def missing(given: OpenRange) -> tuple[str, ...]:
    """Return what to find out, what helps most first."""
    tests = (each.field for each in given.found.next_tests)
    return tuple(dict.fromkeys((*tests, *(each.field for each in given.found.assumptions))))


def assumed(case: Case, given: OpenRange) -> tuple[str, ...]:
    """Return a sentence for each thing that was not known: what was taken for it, in whom, by whose figures."""
    return tuple(_assumed(case, each) for each in given.found.assumptions)


def tried(case: Case, given: OpenRange) -> str:
    """Return what was taken for each thing that was not known, in the fewest words, for the small print."""
    return case.wording.say("report.list.semicolon").join(_tried(case, each) for each in given.found.assumptions)


def _tried(case: Case, given: Assumption) -> str:
    words = {"field": within_sentence(case.values.plain_label(given.field)), "figures": _figures(case, given)}
    if not _is_number(case, given):
        return plain(case.wording, "report.range.tried_answers", **words)
    ends = {"low": case.values.everyday(given.field, given.low).text}
    return plain(
        case.wording, "report.range.tried", **words, **ends, high=case.values.everyday(given.field, given.high)
    )


def advice(case: Case, given: OpenRange) -> str:
    """Return what to find out and what it brings: a number in place of the range, or of one from another tool."""
    fields = missing(given)
    words = {
        "fields": _listed(case, fields),
        "best": _listed(case, fields[:1]),
        "rest": _listed(case, fields[1:]),
        "name": given.manifest.title.get(case.language),
    }
    if case.lead is not None and case.lead.risk is not None:
        return plain(case.wording, "report.range.advice_other_tool", **words)
    best = next(iter(given.found.next_tests), None)
    if best is None or len(fields) == 1:
        return plain(case.wording, "report.range.advice", **words)
    share = case.wording.say("report.percent", number=case.formats.fixed(best.removes * 100, 0))
    return plain(case.wording, "report.range.advice_first", share=share, **words)


def _listed(case: Case, fields: Sequence[str]) -> str:
    return case.formats.listed(tuple(within_sentence(case.values.label(field)) for field in fields))


def _assumed(case: Case, given: Assumption) -> str:
    words = {
        "field": case.values.label(given.field),
        "people": _people(case, given),
        "figures": _figures(case, given),
        "typical": case.values.everyday(given.field, given.typical),
    }
    if not _is_number(case, given):
        sentence = plain(case.wording, "report.range.assumed_answer", **words)
    else:
        words["low"] = case.values.everyday(given.field, given.low).text
        words["high"] = case.values.everyday(given.field, given.high)
        sentence = plain(case.wording, "report.range.assumed_number", **words)
    if case.known.get("diabetes") is True and _without_diabetes(case, given):
        gap = case.wording.say("report.sentence_gap")
        return gap.join((sentence, case.wording.say("report.range.no_figures_for_diabetes")))
    return sentence


def _is_number(case: Case, given: Assumption) -> bool:
    field = case.values.field(given.field)
    return field is not None and field.kind is Kind.NUMBER


def _people(case: Case, given: Assumption) -> str:
    """Return the group in which the values were counted."""
    who = case.wording.say(f"report.range.{_WHO.get(given.sex or '', 'people')}")
    low, end = given.ages
    ages = {"low": low, "high": None if end is None else end - 1}
    found = plain(case.wording, f"report.range.{'from' if end is None else 'aged'}", who=who, **ages)
    only = f"report.range.only.{given.source}"
    if given.diabetes is None:
        return plain(case.wording, only, people=found) if only in case.wording else found
    return plain(case.wording, f"report.range.{'with' if given.diabetes else 'without'}_diabetes", people=found)


def _without_diabetes(case: Case, given: Assumption) -> bool:
    """Whether people with diabetes took no part: by the group, or by who was asked at all."""
    return given.diabetes is False or (given.diabetes is None and f"report.range.only.{given.source}" in case.wording)


def _figures(case: Case, given: Assumption) -> str:
    key = f"report.range.figures.{given.source}"
    source = case.wording.say(key) if key in case.wording else given.source
    return plain(case.wording, "report.range.counted", source=source, people=given.people)
