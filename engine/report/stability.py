"""What models of other samples say, beside a number and in a sentence; for clinicians."""

from __future__ import annotations

from engine.domain.report import Bound, Sentence
from engine.domain.results import RiskResult, StabilityEnds
from engine.packs.manifest import Output, OutputKind
from engine.packs.stability import Stability
from engine.report.case import Case, Lead
from engine.report.counts import count
from engine.report.formats import Formats
from engine.report.sentences import say
from engine.wording import Wording

_SIGNS = {Bound.BELOW: "<", Bound.EXACT: "", Bound.ABOVE: ">"}
SOURCE = "Riley RD, Collins GS. Biom J 2023;65:2200302, doi:10.1002/bimj.202200302"


def behind(result: RiskResult, output: Output, formats: Formats, wording: Wording) -> str:
    """Return what stands behind an output as clinicians read it: its ends, in brackets; nothing where it has none."""
    ends = result.stability(output.name)
    return "" if ends is None else wording.say("stability.behind", span=span(ends, output, formats, wording))


def span(ends: StabilityEnds, output: Output, formats: Formats, wording: Wording) -> str:
    """Return both ends on the scale of their output: of a fraction in percent."""
    if output.kind is OutputKind.FRACTION:
        low, high = formats.fixed(ends.low * 100, 1), formats.percent(ends.high)
    else:
        decimals = output.display_decimals if output.display_decimals is not None else 1
        low, high = (formats.number(each, decimals) for each in (ends.low, ends.high))
    return wording.say("stability.span", low=low, high=high)


def page_line(case: Case, lead: Lead) -> Sentence:
    """Return the sentence of the clinician's side; nothing where there are no ends."""
    ends = lead.result.stability(lead.output.name)
    if ends is None or lead.risk is None:
        return ()
    told = span(ends, lead.output, case.formats, case.wording)
    return say(case.wording, "stability.page", span=told, share=_share(ends), models=ends.models)


def people_line(case: Case, lead: Lead, out_of: int) -> str:
    """Return the ends as people, of as many as the number counts in; nothing where there are no ends."""
    ends = lead.result.stability(lead.output.name)
    if ends is None or lead.risk is None:
        return ""
    told = span_of_people(ends, out_of, case.wording)
    return case.wording.say("stability.people", span=told, out_of=out_of)


def meaning(ends: StabilityEnds | Stability, wording: Wording) -> str:
    """Return what the ends mean, and what they do not."""
    return wording.say("stability.meaning", share=_share(ends), models=ends.models, source=SOURCE)


def span_of_people(ends: StabilityEnds, out_of: int, wording: Wording) -> str:
    """Return both ends (fractions) as people, rounded as the number is; where they are the same, that once."""
    counted = [count(each, out_of, wording) for each in (ends.low, ends.high)]
    low, high = (f"{_SIGNS[each.bound]}{each.shown}" for each in counted)
    return low if low == high else wording.say("stability.span", low=low, high=high)


def _share(ends: StabilityEnds | Stability) -> str:
    return f"{100 * ends.share:g}"
