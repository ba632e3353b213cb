"""What would lower the leading number, in words for a screen; the numbers themselves stand in the assessment."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.assessment import Assessment
from engine.domain.live import LiveChange, LiveTreatment, LiveWhatIf
from engine.domain.what_if import Change, TreatmentEffect
from engine.packs.manifest import Manifest
from engine.report.case import Case, ReportOptions
from engine.report.counts import count, denominator


def what_if_words(
    assessment: Assessment, manifests: Mapping[str, Manifest], options: ReportOptions | None = None
) -> LiveWhatIf | None:
    """Return the words of what would lower the leading number; None where nothing would lower it by a person.

    Args:
        assessment: one person on one day.
        manifests: pack id -> manifest; must hold the leading pack.
        options: the language; English when None.

    Raises:
        PackError: ``report_pack_missing`` when the manifest of the leading pack is not at hand.
    """
    case, found = Case(assessment, manifests, options or ReportOptions()), assessment.what_if
    if found is None or case.lead is None or case.lead.risk is None or case.lead.manifest.id != found.pack_id:
        return None
    out_of = denominator(case.lead.risk)
    today = count(case.lead.risk, out_of, case.wording)
    peer = None if found.peer is None else count(found.peer, out_of, case.wording)
    helps = count(found.best, out_of, case.wording).drawn < today.drawn
    changes = tuple(_change(case, each) for each in found.changes) if helps else ()
    treatments = tuple(_treatment(case, each, out_of) for each in found.treatments if today.drawn)
    if not changes and not treatments:
        return None
    return LiveWhatIf(changes, peer if peer is not None and peer.drawn < today.drawn else None, treatments)


def _change(case: Case, change: Change) -> LiveChange:
    shown = case.values.shown_unit(change.field)
    now, target = case.values.exact(change.field, change.value), case.values.exact(change.field, change.target)
    words = str(target) if shown is not None else target.text
    return LiveChange(change.field, case.values.short_label(change.field), now.text, words)


def _treatment(case: Case, found: TreatmentEffect, out_of: int) -> LiveTreatment:
    low, high = found.interval
    return LiveTreatment(
        label=found.labels[case.language],
        count=count(found.number, out_of, case.wording),
        effect=case.wording.say(
            "live.treatment.effect",
            outcome=found.outcomes[case.language],
            ratio=case.formats.fixed(found.rate_ratio, 2),
            low=case.formats.fixed(low, 2),
            high=case.formats.fixed(high, 2),
        ),
        source=found.source,
    )
