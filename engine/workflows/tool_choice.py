"""The tools of an outcome that may speak, and which of them does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from engine.domain.batch import Batch
from engine.errors import PackError, UsageError
from engine.fields import Dictionary
from engine.fields.countries import load_countries
from engine.packs import Pack, PackLibrary
from engine.packs.manifest import LicenceState
from engine.resources import resources_folder
from engine.risk.choice import COUNTRY, Chooser
from engine.risk.plausible import load_plausible_values
from engine.risk.predictors import Predictors
from engine.workflows.packs import ON_BY_DEFAULT
from engine.workflows.settings import find_country

Found = TypeVar("Found")

_SHORT_NAMES = {"cvd": "cardiovascular"}
USUAL_OUTCOME = "cvd"


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools of one outcome: those that may speak, in the order of their rank, and what chooses among them."""

    packs: tuple[Pack, ...]
    predictors: Predictors
    chooser: Chooser


def tools_for(outcome: str, library: PackLibrary, dictionary: Dictionary, *, with_unclear: bool = False) -> Tools:
    """Return the tools of an outcome (a topic of packs, or ``cvd``). A pack that is damaged takes no part.

    Raises:
        UsageError: ``outcome_unknown`` when no pack is about it, ``outcome_off`` when none of them is on.
    """
    predictors = Predictors(library, dictionary)
    every = _sound(library.ids(), library.get)
    topic = _SHORT_NAMES.get(outcome, outcome)
    named = [pack.manifest.id for pack in every if pack.manifest.topic == topic]
    about = [predictor.pack for predictor in _sound(named, predictors.get)]
    if not about:
        topics = sorted({pack.manifest.topic for pack in every})
        raise UsageError("outcome_unknown", outcome=outcome, allowed=", ".join(topics))
    about.sort(key=lambda pack: (pack.manifest.rank, pack.manifest.id))
    states = {*ON_BY_DEFAULT, LicenceState.UNCLEAR} if with_unclear else ON_BY_DEFAULT
    on = [pack for pack in about if _speaks(pack, library, states)]
    replaced = library.in_place_of(on)
    on = [pack for pack in on if pack.manifest.id not in replaced]
    if not on:
        raise UsageError("outcome_off", outcome=outcome)
    off = tuple(pack for pack in about if pack not in on)
    chooser = Chooser(topic, predictors, on, dictionary, load_plausible_values(dictionary), off)
    return Tools(tuple(on), predictors, chooser)


def _speaks(pack: Pack, library: PackLibrary, states: Collection[LicenceState]) -> bool:
    """Whether a pack is on: a clinic's own unless it is switched off, one that ships by its licence."""
    if library.switched_off(pack.manifest.id):
        return False
    return library.is_own(pack.manifest.id) or pack.manifest.licence.state in states


def _sound(pack_ids: Iterable[str], get: Callable[[str], Found]) -> list[Found]:
    """Return what could be had of these packs."""
    found = []
    for pack_id in pack_ids:
        with suppress(PackError):
            found.append(get(pack_id))
    return found


class Place:
    """Where people live: fills the country where a row has none, and the regions that follow from a row's country."""

    def __init__(self, country: str | None, dictionary: Dictionary) -> None:
        """``country``: ISO 3166 code; None: only what the rows say. Raises UsageError ``country_unknown``."""
        self._given = None if country is None else find_country(country).iso3
        self._dictionary = dictionary
        countries = load_countries(resources_folder() / "fields" / "countries.csv")
        self._regions: Mapping[str, Mapping[str, str]] = {code: each.regions() for code, each in countries.items()}

    @property
    def fields(self) -> frozenset[str]:
        """The fields that are filled, and the one they follow from."""
        return frozenset({COUNTRY, *(name for regions in self._regions.values() for name in regions)})

    def fill(self, batch: Batch) -> Batch:
        """Return the batch with what follows from the country; what a row says itself stays."""
        codes = self._dictionary[COUNTRY]
        country = batch.column(COUNTRY)
        if self._given is not None:
            country = np.where(np.isnan(country), codes.encode(self._given), country)
        columns = {COUNTRY: country}
        for place in np.unique(country[np.isfinite(country)]):
            for name, region in self._regions[codes.category_codes[int(place)]].items():
                column = columns.get(name, batch.column(name))
                fill = (country == place) & np.isnan(column)
                columns[name] = np.where(fill, self._dictionary[name].encode(region), column)
        return batch.with_columns(columns)
