"""Every tool of the leading topic as it stands for one person: who speaks, who else could, and why the rest do not."""

from __future__ import annotations

from engine.domain.assessment import Assessment
from engine.domain.choice import Candidate, Choice, Standing
from engine.domain.results import Status
from engine.packs import PackLibrary
from engine.packs.manifest import Manifest, Use
from engine.packs.order import is_for, precedence
from engine.report import place
from engine.workflows.packs import is_active

_COUNTRY = "country_iso3"


def tools_beside(assessment: Assessment, library: PackLibrary) -> Choice | None:
    """Return how each tool of the topic that leads the pages stands; None where no tool is for patients.

    Tools that were asked come in their order, then those that nobody switched on, those asked on demand and those for
    other countries. What an assessment does not hold is never scored here, and a tool in whose place another stands is
    none.
    """
    country = str(assessment.clinic.settings.get(_COUNTRY, ""))
    manifests = {pack.manifest.id: pack.manifest for pack in library.all()}
    topic = _topic(assessment, manifests, country)
    if topic is None:
        return None
    asked = {result.pack.id for result in assessment.results}
    replaced = library.in_place_of([pack for pack in library.all() if pack.manifest.id in asked]) - asked
    about = sorted(
        (each for each in manifests.values() if each.topic == topic and each.id not in replaced),
        key=lambda each: precedence(each, country),
    )
    candidates = [_asked(assessment, each) for each in about if each.id in asked]
    rest = [
        Candidate(each.id, _not_asked(each, assessment, library, country)) for each in about if each.id not in asked
    ]
    last = (Standing.REFUSED, Standing.OFF, Standing.ON_DEMAND, Standing.ELSEWHERE)
    rest.sort(key=lambda each: last.index(each.standing))
    return Choice(topic, (*candidates, *rest))


def _topic(assessment: Assessment, manifests: dict[str, Manifest], country: str) -> str | None:
    if assessment.headline_pack in manifests:
        return manifests[assessment.headline_pack].topic
    asked = [manifests[each.pack.id] for each in assessment.results if each.pack.id in manifests]
    telling = [each for each in asked if each.patient is not None]
    first = min(telling, key=lambda each: place(each, country), default=None)
    return None if first is None else first.topic


def _asked(assessment: Assessment, manifest: Manifest) -> Candidate:
    result = next(each for each in assessment.results if each.pack.id == manifest.id)
    ranged = next((each for each in assessment.ranges if each.pack.id == manifest.id), None)
    if manifest.id == assessment.headline_pack:
        return Candidate(manifest.id, Standing.CHOSEN, result.notes)
    if result.status is not Status.REFUSED:
        return Candidate(manifest.id, Standing.ALSO, result.notes)
    if ranged is not None:
        return Candidate(manifest.id, Standing.RANGE, ranged.notes)
    return Candidate(manifest.id, Standing.REFUSED, result.notes)


def _not_asked(manifest: Manifest, assessment: Assessment, library: PackLibrary, country: str) -> Standing:
    if not is_for(manifest, country):
        return Standing.ELSEWHERE
    if not is_active(library.get(manifest.id), assessment.clinic, library):
        return Standing.OFF
    # A tool for clinicians that refused for several reasons leaves no trace in an assessment.
    return Standing.ON_DEMAND if manifest.use is Use.ON_DEMAND else Standing.REFUSED
