"""The leading number as facts for a screen, taken from where the page takes them, so that the two cannot disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise

from engine.domain.assessment import Assessment
from engine.domain.live import LiveBand, LiveGoal, LiveLead, LiveRange, LiveReason
from engine.domain.results import REFUSALS, Code
from engine.expressions import Comparison, Name, Number, Truth, parse
from engine.packs.manifest import BandScheme, Manifest
from engine.report.case import Case, Lead, ReportOptions, output_value
from engine.report.counts import count, denominator
from engine.report.goal_table import goal_facts
from engine.report.moves import moving_fields
from engine.report.notes import refusal_of
from engine.report.ranges import range_facts
from engine.report.stability import people_line

_MAIN = "main"
_RISING, _FALLING = frozenset({"<", "<="}), frozenset({">", ">="})


def lead_facts(
    assessment: Assessment, manifests: Mapping[str, Manifest], options: ReportOptions | None = None
) -> LiveLead | None:
    """Return the facts of the tool that leads the pages of an assessment; None where no tool is for patients.

    Args:
        assessment: one person on one day.
        manifests: pack id -> manifest; must hold the leading pack.
        options: the language; English when None.

    Raises:
        PackError: ``report_pack_missing`` when the manifest of the leading pack is not at hand.
    """
    case = Case(assessment, manifests, options or ReportOptions())
    lead = case.lead
    if lead is None:
        return None
    return LiveLead(
        pack_id=lead.manifest.id,
        title=lead.manifest.title.get(case.language),
        version=lead.result.pack.version,
        horizon_years=lead.span_years,
        outcome=lead.words.event.get(case.language),
        fraction=lead.risk,
        count=None if lead.risk is None else count(lead.risk, denominator(lead.risk), case.wording),
        band=_band(case, lead),
        reasons=_reasons(case, lead),
        optional_missing=_absent(case, lead),
        range=_range(case),
        moved_by=moving_fields(case, lead),
        stability="" if lead.risk is None else people_line(case, lead, denominator(lead.risk)),
    )


def live_goals(
    assessment: Assessment, manifests: Mapping[str, Manifest], options: ReportOptions | None = None
) -> tuple[LiveGoal, ...]:
    """Return the goals of an assessment's page as facts for a screen."""
    return goal_facts(Case(assessment, manifests, options or ReportOptions()))


def _reasons(case: Case, lead: Lead) -> tuple[LiveReason, ...]:
    """Return every reason of a refusal, or that the number was left out for this person."""
    found: list[LiveReason] = []
    for note in lead.result.notes:
        if note.code in REFUSALS:
            field = note.subject if case.values.field(note.subject) else None
            found.append(LiveReason(field, refusal_of(case, lead.manifest, note)))
        elif note.code is Code.WITHHELD and note.subject == lead.output.name and lead.risk is None:
            label = lead.output.label.get(case.language)
            found.append(LiveReason(None, case.wording.say("report.remark.withheld", output=label)))
    return tuple(dict.fromkeys(found))


def _range(case: Case) -> LiveRange | None:
    """Return the range with the cuts between the bands of its tool, where those are cuts of the same output."""
    found, given = range_facts(case), case.range
    scheme = None if given is None else given.manifest.scheme(_MAIN)
    if found is None or given is None or scheme is None or scheme.output != given.spread.name:
        return found
    return replace(found, edges=cuts(scheme)[0], bands_source=scheme.source.get(case.language))


def _absent(case: Case, lead: Lead) -> tuple[str, ...]:
    asked = (case.manifests.get(result.pack.id) for result in case.assessment.results)
    manifests = (lead.manifest, *(manifest for manifest in asked if manifest is not None))
    fields = dict.fromkeys(each.field for manifest in manifests for each in manifest.inputs)
    return tuple(field for field in fields if field not in case.known)


def _band(case: Case, lead: Lead) -> LiveBand | None:
    scheme, code = lead.manifest.scheme(_MAIN), lead.result.bands.get(_MAIN)
    codes = [] if scheme is None else [band.code for band in scheme.bands]
    if scheme is None or code not in codes:
        return None
    edges, falling = cuts(scheme)
    bands = scheme.bands[::-1] if falling else scheme.bands
    value = output_value(lead.result, scheme.output)
    return LiveBand(
        code=code,
        label=scheme.band(code).label.get(case.language),
        source=scheme.source.get(case.language),
        output=scheme.output,
        value=float(value) if isinstance(value, (int, float)) else None,
        labels=tuple(band.label.get(case.language) for band in bands),
        position=[band.code for band in bands].index(code),
        edges=edges,
    )


def cuts(scheme: BandScheme) -> tuple[tuple[float, ...] | None, bool]:
    """Return the rising edges between the bands and whether the scheme lists them from the top.

    None where the bands are more than cuts of the scheme's output, such as cuts that depend on age.
    """
    found = [_cut(band.when, scheme.output) for band in scheme.bands]
    operators = {operator for operator, _ in found[:-1]}
    edges = [edge for _, edge in found[:-1]]
    if found[-1] != ("", 0.0) or not edges:
        return None, False
    rising = all(low < high for low, high in pairwise(edges))
    falling = all(low > high for low, high in pairwise(edges))
    if operators <= _RISING and rising:
        return tuple(edges), False
    if operators <= _FALLING and falling:
        return tuple(edges[::-1]), True
    return None, False


@cache
def _cut(when: str, output: str) -> tuple[str, float]:
    """Return the comparison of a condition ``output < number``; no sign for "true", "?" for anything else."""
    root = parse(when).root
    if root == Truth(True):
        return "", 0.0
    match root:
        case Comparison(operator=operator, left=Name(name=name), right=Number(value=value)) if name == output:
            return operator, float(value)
    return "?", 0.0
