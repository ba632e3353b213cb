"""What makes the panel quick: where everybody stands, by name and by village, and the texts they are found by.

Made once of everybody; after a few people changed only their parts are made anew.
"""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.store.identity import fold
from engine.store.panel import PanelColumns
from engine.store.pinyin import spell
from engine.workflows.panel_search import SearchTexts

# Up to so many changed people are put in their places one by one; more are sorted anew.
_FEW = 64
# Up to so many people are looked through one by one; more are put among the others.
_MANY = 1_000


@dataclass(frozen=True, slots=True)
class PanelIndex:
    """``places``: person id -> position. ``by_name``: all positions by name, those without one last.

    ``village_places[i]`` is the place of person i's village in ``villages``, NaN where none is known.
    """

    places: Mapping[str, int]
    by_name: IntArray
    villages: tuple[str, ...]
    village_places: FloatArray
    texts: SearchTexts


def index_of(columns: PanelColumns) -> PanelIndex:
    """Return the index of everybody."""
    villages = tuple(sorted({name for name in columns.villages if name}, key=_village_key))
    rank: dict[str | None, float] = {name: float(place) for place, name in enumerate(villages)}
    return PanelIndex(
        places={person: place for place, person in enumerate(columns.person_ids)},
        by_name=_sorted_places(columns.sort_names),
        villages=villages,
        village_places=np.array([rank.get(name, np.nan) for name in columns.villages], dtype=np.float64),
        texts=SearchTexts(columns.texts, _texts_of(columns, columns.other_texts)),
    )


def index_after(
    before: PanelIndex, columns: PanelColumns, changed: Sequence[int], new: Mapping[str, int]
) -> PanelIndex:
    """Return the index after the people at some positions changed; ``new``: id -> position of those added."""
    texts = before.texts.with_own(_texts_of(columns, changed), len(columns.person_ids))
    villages = _villages_after(before, columns, changed, len(new))
    if len(changed) > _FEW or villages is None or texts.looked_through_singly > _MANY + len(columns.other_texts):
        return index_of(columns)
    return PanelIndex(
        places={**before.places, **new} if new else before.places,
        by_name=_moved(before.by_name, columns.sort_names, changed),
        villages=before.villages,
        village_places=villages,
        texts=texts,
    )


def with_room(columns: PanelColumns, more: int) -> PanelColumns:
    """Return a copy with empty lines at the end."""
    made: dict[str, Any] = {}
    for part in dataclasses.fields(PanelColumns):
        held = getattr(columns, part.name)
        if isinstance(held, np.ndarray):
            made[part.name] = np.concatenate([held, np.zeros(more, dtype=held.dtype)])
        else:
            made[part.name] = dict(held) if isinstance(held, dict) else [*held, *[None] * more]
    return PanelColumns(**made)


def taken(columns: PanelColumns, places: IntArray) -> PanelColumns:
    """Return the lines at these positions."""
    made: dict[str, Any] = {}
    wanted = places.tolist()
    moved = {place: number for number, place in enumerate(wanted)}
    for part in dataclasses.fields(PanelColumns):
        held = getattr(columns, part.name)
        if isinstance(held, np.ndarray):
            made[part.name] = held[places]
        elif isinstance(held, dict):
            made[part.name] = {moved[place]: texts for place, texts in held.items() if place in moved}
        else:
            made[part.name] = [held[place] for place in wanted]
    return PanelColumns(**made)


def _texts_of(columns: PanelColumns, places: Iterable[int]) -> dict[int, tuple[str, ...]]:
    return {place: (columns.texts[place], *columns.other_texts.get(place, ())) for place in places}


def _village_key(name: str) -> tuple[str, str]:
    folded = fold(name)
    spellings, _ = spell(folded)
    return (spellings[0] if spellings else folded), name


def _villages_after(before: PanelIndex, columns: PanelColumns, changed: Sequence[int], more: int) -> FloatArray | None:
    """Return everybody's village after some changed; None when there are other villages than before."""
    after = np.concatenate([before.village_places, np.full(more, np.nan)])
    left = {place for place in after[list(changed)].tolist() if not math.isnan(place)}
    rank = {name: float(place) for place, name in enumerate(before.villages)}
    for place in changed:
        village = columns.villages[place]
        if village and village not in rank:
            return None
        after[place] = rank.get(village, np.nan) if village else np.nan
    return after if all((after == place).any() for place in left) else None


def _sorted_places(names: Sequence[str]) -> IntArray:
    """Return positions by name, those without one last.

    Sorted letter by letter: one call that compares a hundred thousand texts would stop the window for its length.
    """
    begins: defaultdict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        begins[name[:1]].append(place)
    nameless = begins.pop("", [])
    order: list[int] = []
    for letter in sorted(begins):
        order += sorted(begins[letter], key=names.__getitem__)
    return np.array(order + nameless, dtype=np.int64)


def _moved(by_name: IntArray, names: Sequence[str], changed: Sequence[int]) -> IntArray:
    """Return the order by name after the names at some positions changed or were added."""

    def standing(place: int) -> tuple[bool, str, int]:
        return names[place] == "", names[place], place

    order = by_name[~np.isin(by_name, changed)]
    for place in changed:
        order = np.insert(order, bisect_left(order, standing(place), key=standing), place)
    return order
