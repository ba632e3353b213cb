"""Why the leading tool leads, what would have come before it, and which tools of its topic were not asked."""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.choice import Standing
from engine.domain.report import Sentence
from engine.domain.results import RiskResult, Status
from engine.packs.manifest import Manifest
from engine.packs.order import precedence
from engine.report.case import Case, Lead
from engine.report.sentences import joined, say

_COUNTRY = "country_iso3"
_MOST_NAMES = 2


def choice_lines(case: Case) -> tuple[Sentence, ...]:
    """Return the lines below the other tools; none where nobody worked out how each tool stands."""
    if case.choice is None or case.lead is None or case.choice.topic != case.lead.manifest.topic:
        return ()
    gap = case.wording.say("report.sentence_gap")
    lines = (joined(*_why(case, case.lead), by=gap), joined(*_not_asked(case), by=gap))
    return tuple(line for line in lines if line)


def _why(case: Case, lead: Lead) -> Iterator[Sentence]:
    """Yield what made the leading tool the first that speaks; nothing where none does."""
    if lead.risk is None and case.range is None:
        return
    manifest, country = lead.manifest, case.country
    here = case.country in manifest.first_in
    key = "first_in" if here else "made_for" if country in manifest.countries else "by_rank"
    yield say(case.wording, f"report.choice.{key}", country=case.values.exact(_COUNTRY, country))
    before = [
        each for each in _asked(case, manifest.topic) if precedence(each[0], country) < precedence(manifest, country)
    ]
    for key, silent in (("without_number", True), ("for_clinicians", False)):
        names = [each.title.get(case.language) for each, result in before if _refused(result) is silent]
        if names:
            yield say(case.wording, f"report.choice.{key}", names=case.formats.listed(tuple(names)))


def _asked(case: Case, topic: str) -> list[tuple[Manifest, RiskResult]]:
    found = [(case.manifests.get(result.pack.id), result) for result in case.assessment.results]
    return [(manifest, result) for manifest, result in found if manifest is not None and manifest.topic == topic]


def _refused(result: RiskResult) -> bool:
    return result.status is Status.REFUSED


def _not_asked(case: Case) -> Iterator[Sentence]:
    """Yield why the others were not asked, and which of them had too much against them to be kept."""
    asked = {result.pack.id for result in case.assessment.results}
    by_standing: dict[Standing, list[str]] = {}
    for each in case.choice.candidates if case.choice else ():
        if each.pack_id not in asked:
            by_standing.setdefault(each.standing, []).append(_title(case, each.pack_id))
    parts = [
        _group(case, standing, names)
        for standing in (Standing.ON_DEMAND, Standing.OFF, Standing.ELSEWHERE)
        if (names := by_standing.get(standing))
    ]
    if parts:
        yield say(case.wording, "report.choice.not_asked", parts=case.wording.say("report.list.semicolon").join(parts))
    if silent := by_standing.get(Standing.REFUSED):
        yield say(case.wording, "report.choice.refused", names=case.wording.say("report.list.comma").join(silent))


def _group(case: Case, standing: Standing, titles: list[str]) -> str:
    """Return tools that were not asked for one reason: up to two by name, more by their number."""
    names = case.wording.say("report.list.comma").join(titles)
    told = names if len(titles) <= _MOST_NAMES else case.wording.say("report.choice.tools", count=len(titles))
    return case.wording.say(f"report.choice.{standing}", tools=told)


def _title(case: Case, pack_id: str) -> str:
    manifest = case.manifests.get(pack_id)
    return manifest.title.get(case.language) if manifest else pack_id
