"""The box on top of the patient's side: a number, a range, or the reason why there is neither."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.report import Bound, Count, Headline, Sentence
from engine.domain.results import Code, Note, PackRef
from engine.report.case import Case, Lead, OpenRange
from engine.report.counts import complement, count, denominator
from engine.report.counts import plain as number
from engine.report.formats import within_sentence
from engine.report.ranges import ends, is_wide, missing, patient_range, told_as
from engine.report.refusal import refusal_lines
from engine.report.sentences import joined, lines_of, plain, say


def headline(case: Case) -> Headline:
    """Return the box."""
    lead, given = case.lead, patient_range(case)
    if lead is not None and lead.risk is not None:
        return _number(case, lead, lead.risk)
    if lead is not None and given is not None:
        return _range(case, lead, given)
    return Headline(None, None, None, refusal_lines(case), ())


def _number(case: Case, lead: Lead, risk: float) -> Headline:
    counted = count(risk, denominator(risk), case.wording)
    key = {Bound.EXACT: "exact", Bound.BELOW: "below", Bound.ABOVE: "above"}[counted.bound]
    exact = counted.bound is Bound.EXACT
    return Headline(
        number=counted.text if exact else None,
        number_words=None if exact else plain(case.wording, "report.headline.in_words", count=counted.text),
        number_of=plain(case.wording, "report.headline.of", out_of=number(counted.out_of, case.wording)),
        lines=_lines(case, lead, key, counted, counted),
        footnote=_footnote(case, lead),
    )


def _range(case: Case, lead: Lead, given: OpenRange) -> Headline:
    """Return the range in place of the number, why it is one, and what makes it a number.

    Of a range too wide for a picture what to find out comes first: it says more than the range.
    """
    low, high = ends(case, given)
    wanted = _wanted(case, given)
    one_count = low == high
    asked = "several" if len(missing(given)) > 1 else "surer" if one_count else "one"
    ask = say(case.wording, f"report.headline.ask_{asked}")
    told = _lines(case, lead, told_as(low, high), low, high)
    if is_wide(given):
        lines = (say(case.wording, "report.headline.first_we_need", fields=wanted), *told, ask)
    else:
        because = "not_exact" if one_count else "because"
        lines = (*told, say(case.wording, f"report.headline.{because}", fields=wanted), ask)
    shown = _range_shown(case, low, high)
    plain_digits = shown[0].isdigit()
    return Headline(
        number=shown if plain_digits else None,
        number_words=None if plain_digits else plain(case.wording, "report.headline.in_words", count=shown),
        number_of=plain(case.wording, "report.headline.of", out_of=number(high.out_of, case.wording)),
        lines=lines,
        footnote=say(case.wording, f"report.headline.{_certainty(case, given.found.pack, given.found.notes)}"),
    )


def _range_shown(case: Case, low: Count, high: Count) -> str:
    key = told_as(low, high)
    if low == high:
        return high.text
    return plain(case.wording, f"report.headline.shown_{key}", low=low.text, high=high.text)


def _lines(case: Case, lead: Lead, key: str, low: Count, high: Count) -> tuple[Sentence, ...]:
    out_of = high.out_of
    at_least = key == "at_least"
    return lines_of(
        case.wording,
        f"report.headline.{key}",
        out_of=number(out_of, case.wording),
        count=high.text,
        low=low.text,
        high=high.text,
        number=number(high.shown, case.wording),
        event=lead.words.event.get(case.language),
        rest=number(out_of - low.shown, case.wording) if at_least else complement(high, case.wording),
        rest_number=number(out_of - high.shown, case.wording),
        span=case.formats.years(lead.span_years),
    )


def _footnote(case: Case, lead: Lead) -> Sentence:
    """Return how sure the number is; where a fuller score of this topic lacks something, what that is."""
    sure = say(case.wording, f"report.headline.{_certainty(case, lead.result.pack, lead.result.notes)}")
    better = patient_range(case)
    if better is None:
        return sure
    more = say(case.wording, "report.headline.fuller_score", fields=_wanted(case, better))
    return joined(sure, more, by=case.wording.say("report.sentence_gap"))


def _wanted(case: Case, given: OpenRange) -> str:
    return case.formats.listed(
        tuple(within_sentence(case.values.plain_label(field)) for field in missing(given)),
    )


def _certainty(case: Case, pack: PackRef, notes: Sequence[Note]) -> str:
    """Return which sentence says how sure the number is.

    Its pack was withdrawn since, a rule of the pack warns, a value is unusual, or none of these.
    """
    if pack.digest in case.withdrawn:
        return "withdrawn"
    warnings = [note for note in notes if note.code in (Code.CLAMPED, Code.WARN)]
    if any(note.rule is not None for note in warnings):
        return "warned"
    return "unusual" if warnings else "estimate"
