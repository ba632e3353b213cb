"""The tools beside the one that leads, for the person in hand: how each stands, and those asked on demand.

Nothing is stored, and nothing of it reaches a list or a page: a score that a clinician asks for here is for the
clinician alone.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from engine.domain.choice import Candidate, Standing
from engine.domain.live import LiveTool, LiveTools
from engine.errors import PackError
from engine.packs import Pack
from engine.packs.manifest import Use
from engine.packs.order import is_for
from engine.report import ToolWords
from engine.risk.derivation import FullDerivation
from engine.risk.readiness import Readiness
from engine.workflows.clinics import OpenClinic
from engine.workflows.live import Live
from engine.workflows.packs import is_active
from engine.workflows.tools_beside import tools_beside

__all__ = ["LiveTool", "LiveTools", "Standing", "ToolsInHand"]

_COUNTRY = "country_iso3"


class ToolsInHand:
    """Tells of the tools of a clinic; kept while a record is open, so that rules are made once."""

    def __init__(self, clinic: OpenClinic) -> None:
        self._clinic = clinic
        derivation = FullDerivation(
            clinic.dictionary, lambda pack_id: clinic.predictors.get(pack_id) if pack_id in clinic.library else None
        )
        self._readiness = Readiness(clinic.dictionary, derivation)

    def tell(self, live: Live, language: str, asked: Collection[str] = ()) -> LiveTools:
        """Return how each tool stands. Pure compute: may run on any thread, the store is not touched.

        Args:
            live: what the form says.
            language: of the sentences.
            asked: the tools (by id) that somebody asked: these are run.

        Raises:
            PackError: as ``PackLibrary.all``. A tool asked on demand that cannot be opened says nothing.
        """
        library = self._clinic.library
        choice = tools_beside(live.assessment, library)
        packs = {pack.manifest.id: pack for pack in library.all()}
        manifests = {pack_id: pack.manifest for pack_id, pack in packs.items()}
        words = ToolWords(live.assessment, manifests, language)
        told: list[LiveTool] = []
        elsewhere: list[str] = []
        switched_off: list[str] = []
        for each in choice.candidates if choice is not None else ():
            if each.standing is Standing.ELSEWHERE:
                elsewhere.append(manifests[each.pack_id].title.get(language))
            elif each.standing is Standing.OFF and library.switched_off(each.pack_id):
                switched_off.append(manifests[each.pack_id].title.get(language))
            elif (tool := self._of_choice(packs[each.pack_id], each, live, words, asked)) is not None:
                told.append(tool)
        leading = None if choice is None else choice.topic
        replaced = library.in_place_of(
            [pack for pack in packs.values() if is_active(pack, self._clinic.clinic, library)]
        )
        others = [
            pack for pack_id, pack in packs.items() if pack_id not in replaced and self._is_offered(pack, leading)
        ]
        found = [self._on_demand(pack, live, words, asked) for pack in others]
        on_demand = sorted((each for each in found if each is not None), key=lambda each: not each.ready)
        return LiveTools(tuple(told), tuple(elsewhere), tuple(on_demand), tuple(switched_off))

    def _of_choice(
        self, pack: Pack, found: Candidate, live: Live, words: ToolWords, asked: Collection[str]
    ) -> LiveTool | None:
        if found.standing is Standing.ON_DEMAND:
            return self._on_demand(pack, live, words, asked)
        return words.of_choice(found)

    def _is_offered(self, pack: Pack, leading: str | None) -> bool:
        manifest, clinic = pack.manifest, self._clinic.clinic
        here = is_for(manifest, str(clinic.settings.get(_COUNTRY, "")))
        on = is_active(pack, clinic, self._clinic.library)
        return manifest.use is Use.ON_DEMAND and manifest.topic != leading and here and on

    def _on_demand(self, pack: Pack, live: Live, words: ToolWords, asked: Collection[str]) -> LiveTool | None:
        manifest = pack.manifest
        with suppress(PackError):
            if manifest.id in asked:
                results = self._clinic.predictors.get(manifest.id).predict(live.person, stability=True)
                if not results.refused[0]:
                    return words.answered(manifest, Standing.ON_DEMAND, results.row(0))
            return words.waiting(manifest, self._readiness.against(pack, live.person))
        return None
