"""Fields that a pack brings, because the clinic's dictionary does not have them: those of a table it was trained on.

They stand beside the fields of the dictionary under ``<pack>.<name>``, so that no two packs and no later field ever
mean each other's values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from engine.domain.batch import FloatArray
from engine.fields import Category, Dictionary, Field, Kind, Scope
from engine.fields.hashed_text import TEXT_WIDTH, HashedReader
from engine.fields.plain_cells import PlainReader
from engine.packs.origin import Words


class OwnKind(StrEnum):
    """What a value of a pack's own field is."""

    NUMBER = "number"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field of a pack.

    ``column``: the head under which it stands in tables. ``unit``: as people wrote it, for people to read.
    ``categories``: the codes of a category, in the order in which a Batch numbers them. ``hashed``: a text stands in
    the column, and this is the number of one of its places (``engine.fields.hashed_text``).
    """

    name: str
    column: str
    kind: OwnKind
    label: Words
    unit: str | None = None
    categories: tuple[str, ...] = ()
    hashed: int | None = None


class Reader(Protocol):
    """Reads a column of cells."""

    def read(self, cells: Sequence[str]) -> FloatArray:
        """Return float64[len(cells)] as a Batch has it."""
        ...


def own_fields_fit(packs: Sequence[str], own: Sequence[OwnField]) -> bool:
    """Return whether they are named after one of these packs, differ, and have codes where they are categories.

    ``packs``: the pack, and the one that it was made from: its values are the same.
    """
    named = all(each.name.split(".")[0] in packs for each in own)
    coded = all((each.kind is OwnKind.CATEGORY) == bool(each.categories) for each in own)
    places = {(each.column, each.hashed) for each in own}
    differ = len({each.name for each in own}) == len(places) == len(own)
    coded &= all(each.hashed is None or 0 <= each.hashed < TEXT_WIDTH for each in own)
    return named and coded and differ and all(len(set(each.categories)) == len(each.categories) for each in own)


def dictionary_with(own: Sequence[OwnField], dictionary: Dictionary) -> Dictionary:
    """Return the dictionary with the fields of a pack; the same one where it has them all."""
    fresh = {each.name: _field(each) for each in own if each.name not in dictionary}
    return Dictionary(dictionary.version, {**dictionary.fields, **fresh}) if fresh else dictionary


def table_readers(own: Sequence[OwnField]) -> Mapping[str, Sequence[tuple[str, Reader]]]:
    """Return for each column head of a table the fields of the pack in it, and what reads their cells."""
    found: dict[str, list[tuple[str, Reader]]] = {}
    counted: dict[str, dict[str, FloatArray]] = {}
    for each in own:
        reader: Reader = PlainReader(each.categories if each.kind is OwnKind.CATEGORY else None)
        if each.hashed is not None:
            reader = HashedReader(each.hashed, counted.setdefault(each.column, {}))
        found.setdefault(each.column, []).append((each.name, reader))
    return found


def _field(own: OwnField) -> Field:
    return Field(
        name=own.name,
        kind=Kind(own.kind.value),
        scope=Scope.VISIT,
        labels={"en": own.label.en, "zh": own.label.zh},
        helps={"en": "", "zh": ""},
        unit=own.unit,
        categories=tuple(Category(code, {"en": code, "zh": code}) for code in own.categories),
    )
