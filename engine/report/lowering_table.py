"""What would lower the number, for clinicians: other values beside each other, and treatments by their trials."""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.report_tables import Lowering, LoweringRow, TreatmentRow, Treatments
from engine.domain.what_if import TreatmentEffect, WhatIf
from engine.report.case import Case, Lead
from engine.report.formats import within_sentence
from engine.report.lowering import best_fields, change_label, peer_differs_in, what_if_of
from engine.report.moves import named

_READ = 0.0005  # half of the last decimal that is printed


def lowering(case: Case, lead: Lead) -> Lowering | None:
    """Return the table: each change alone, the best of them together, people with good values; None without any."""
    found = what_if_of(case, lead)
    rows = () if found is None else tuple(_rows(case, lead, found))
    if found is None or not rows:
        return None
    return Lowering(
        title=case.wording.say("report.lowering.title"),
        heads=(
            case.wording.say("report.lowering.with"),
            case.wording.say("report.lowering.number"),
            case.wording.say("report.lowering.difference"),
        ),
        rows=tuple(
            LoweringRow(label, case.formats.fixed(number * 100, 1), case.formats.points(number - found.value))
            for label, number in rows
        ),
        note=case.wording.say("report.lowering.note"),
    )


def _rows(case: Case, lead: Lead, found: WhatIf) -> Iterator[tuple[str, float]]:
    """Yield what is read as a difference: what vanishes in rounding is no row; without a change there is none."""
    told = [change for change in found.changes if found.value - change.number >= _READ]
    if not told:
        return
    for change in told:
        yield named(case, change.field, change.target), change.number
    best = best_fields(case, lead)
    if len(best) > 1 and told[0].number - found.best >= _READ:
        yield _together(case, found, best), found.best
    if found.peer is not None:
        also = tuple(within_sentence(change_label(case, *each)) for each in peer_differs_in(case, lead))
        peer = case.wording.say("report.lowering.peer")
        yield case.wording.say("report.list.comma").join((peer, *also)), found.peer


def _together(case: Case, found: WhatIf, best: frozenset[str]) -> str:
    """Return how the changes that lower it most are named: by how many they are, or by name where not all take part."""
    if best == {change.field for change in found.changes}:
        key = {2: "both", 3: "all_three"}.get(len(best), "all")
        return case.wording.say(f"report.lowering.{key}")
    labels = tuple(case.values.short_label(change.field) for change in found.changes if change.field in best)
    return case.wording.say("report.lowering.some", fields=case.formats.listed(labels))


def treatments(case: Case, lead: Lead) -> Treatments | None:
    """Return what trials say of treatments that are offered to this person; None where none is."""
    found = what_if_of(case, lead)
    if found is None or not found.treatments:
        return None
    say = case.wording.say
    return Treatments(
        title=say("report.treatments.title"),
        heads=(
            say("report.treatments.treatment"),
            say("report.treatments.effect"),
            say("report.treatments.number"),
        ),
        rows=tuple(_treatment(case, found, each) for each in found.treatments),
        note=say(
            "report.treatments.note",
            outcomes=case.formats.listed(
                tuple(dict.fromkeys(each.outcomes[case.language] for each in found.treatments))
            ),
            sources=say("report.list.semicolon").join(_sources(found)),
        ),
    )


def _sources(found: WhatIf) -> Iterator[str]:
    for effect in found.treatments:
        yield effect.cited or effect.source.removesuffix(".")


def _treatment(case: Case, found: WhatIf, effect: TreatmentEffect) -> TreatmentRow:
    low, high = effect.interval
    return TreatmentRow(
        label=effect.labels[case.language],
        effect=case.wording.say(
            "report.treatments.ratio",
            ratio=case.formats.fixed(effect.rate_ratio, 2),
            low=case.formats.fixed(low, 2),
            high=case.formats.fixed(high, 2),
        ),
        number=case.wording.say(
            "report.treatments.from_to",
            today=case.formats.percent(found.value),
            then=case.formats.percent(effect.number),
        ),
    )
