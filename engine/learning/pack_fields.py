"""Which field each column of a table is: one of the dictionary where it plainly is one, else one of the pack's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.fields import Dictionary, Field
from engine.fields import Kind as FieldKind
from engine.fields.canonical import read_cell
from engine.fields.hashed_text import TEXT_WIDTH
from engine.learning.columns import Column, Kind
from engine.packs.kinds import Outside
from engine.packs.manifest import Input, OwnField, OwnKind, Range, Words

_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Labels:
    """What people call a column, and its unit, where somebody said so; by column."""

    names: Mapping[str, Words]
    units: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PackFields:
    """The inputs in the order of the graph's columns, and the fields that the pack brings."""

    inputs: tuple[Input, ...]
    own: tuple[OwnField, ...]


def pack_fields(
    pack: str, columns: Sequence[Column], cells: Mapping[str, Sequence[str]], dictionary: Dictionary, labels: Labels
) -> PackFields:
    """Return the inputs of a model trained on these columns (numbers, then categories, then texts, as a Table has).

    An input in which nobody had a gap is needed: the model never saw what it would mean. Beyond the training range the
    graph uses its end.
    """
    inputs: list[Input] = []
    own: list[OwnField] = []
    taken: set[str] = set()
    order = [each for kind in (Kind.NUMBER, Kind.CATEGORY, Kind.TEXT) for each in columns if each.kind is kind]
    for column in order:
        known = dictionary.fields.get(column.name)
        if known is not None and _is(known, column, cells[column.name]):
            taken.add(column.name)
            inputs.append(_input(column, column.name, column.name, known.kind is FieldKind.BOOLEAN))
            continue
        name = _free(column.name, len(taken) + 1, taken)
        if column.kind is Kind.TEXT:
            for place in range(TEXT_WIDTH):
                part = _free(f"{name}_{place}", 0, taken)
                own.append(_own(pack, part, column, labels, hashed=place))
                inputs.append(Input(field=f"{pack}.{part}", name=part, required=False))
            continue
        own.append(_own(pack, name, column, labels))
        inputs.append(_input(column, f"{pack}.{name}", name, truth=False))
    return PackFields(tuple(inputs), tuple(own))


def _is(field: Field, column: Column, cells: Sequence[str]) -> bool:
    """Tell whether every cell is a canonical value of the field, within its limits."""
    kinds = {Kind.NUMBER: FieldKind.NUMBER, Kind.CATEGORY: FieldKind.CATEGORY}
    truth = field.kind is FieldKind.BOOLEAN and column.levels == ("false", "true")
    if not truth and kinds.get(column.kind) is not field.kind:
        return False
    values = np.array([read_cell(field, cell) for cell in set(cells)])
    low = -np.inf if field.hard_min is None else field.hard_min
    high = np.inf if field.hard_max is None else field.hard_max
    known = values[~np.isnan(values)]
    return bool(np.isfinite(known).all() and (known >= low).all() and (known <= high).all())


def _input(column: Column, field: str, name: str, truth: bool) -> Input:
    known = column.values[~column.missing]
    number = column.kind is Kind.NUMBER
    return Input(
        field=field,
        name=name,
        required=len(known) == len(column.values),
        categories=() if number or truth else column.levels,
        valid=Range(Outside.CLAMP, float(known.min()), float(known.max())) if number else None,
    )


def _own(pack: str, name: str, column: Column, labels: Labels, hashed: int | None = None) -> OwnField:
    shown = " ".join(column.name.split())[:200]
    return OwnField(
        name=f"{pack}.{name}",
        column=column.name,
        kind=OwnKind.CATEGORY if column.kind is Kind.CATEGORY else OwnKind.NUMBER,
        label=labels.names.get(column.name, Words(shown, shown)),
        unit=labels.units.get(column.name),
        categories=column.levels if column.kind is Kind.CATEGORY else (),
        hashed=hashed,
    )


def _free(name: str, number: int, taken: set[str]) -> str:
    """Return a name for formulas that nothing has yet, and take it."""
    bare = _NO_NAME.sub("_", name).strip("_")[:_LONGEST] or f"column_{number}"
    bare = f"x{bare}" if bare[0].isdigit() else bare
    found, count = bare, 1
    while found in taken:
        count += 1
        found = f"{bare}_{count}"
    taken.add(found)
    return found
