"""Which fields stand in the visit form and where the others are found: from the packs that are on, never retyped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from desktop.units import PAIR_OF, PAIRS
from engine.fields import Dictionary, Field, Kind, Scope
from engine.resources import resources_folder

if TYPE_CHECKING:
    from engine.workflows.clinics import OpenClinic

BIRTH, VISIT_DAY, NAME, NUMBER, PRESSURE = "birth_date", "visit_date", "name", "patient_id", "pressure"
# Labels of the dictionary that are too long above a short box have a shorter one of ours.
SHORT_LABELS = frozenset({BIRTH, NUMBER})
# Three that belong together in one row.
SHARED_ROW = frozenset({"height_cm", "weight_kg", "bmi_kg_m2"})
# Worked out from others and only shown; typing their parts is the way to change them.
CALCULATED = frozenset({"bmi_kg_m2"})
# Never typed in a visit: worked out from the birth date, kept by the lists, or not about a person.
_NEVER = frozenset({"age", "birth_date_precision", VISIT_DAY, "pulse_pressure_mmhg"})
_IDENTITY_ROWS = (((NAME, 7), (NUMBER, 5)), ((BIRTH, 6), ("sex", 6)), (("phone", 6), ("village", 6)))
_ALWAYS_FIRST = (((BIRTH, 6), ("sex", 6)),)
_WIDE = 12
_MOST_SHORT_CHOICES = 2


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are offered together under Add."""

    code: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a clinic's form holds: fields that stand in it, fields its packs would read too, and all the others."""

    standing: tuple[str, ...]
    wanted: tuple[str, ...]
    groups: tuple[Group, ...]
    choice_order: Mapping[str, tuple[str, ...]]


@cache
def _declared() -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(
        (resources_folder() / "fields" / "form_groups.json").read_text(encoding="utf-8")
    )
    return found


def fields_of(name: str) -> tuple[str, ...]:
    """Return the dictionary fields of a box: two of a pair, else one."""
    return PAIRS.get(name, (name,))


def box_of(field: str) -> str:
    """Return the name of the box in which a field is typed."""
    return PAIR_OF.get(field, BIRTH if field == "age" else field)


def layout_of(clinic: OpenClinic) -> Layout:
    """Return the layout for the packs that are on in a clinic."""
    from engine.workflows.packs import active_packs  # noqa: PLC0415 - packs are opened behind the unlock page

    packs = active_packs(clinic.library, clinic.clinic)
    telling = [pack.manifest for pack in packs if pack.manifest.patient is not None]
    leading = [each.field for one in telling if one.topic == telling[0].topic for each in one.inputs]
    read = [each.field for pack in packs for each in pack.manifest.inputs]
    return make_layout(clinic.dictionary, leading, read)


def make_layout(dictionary: Dictionary, leading: Iterable[str], read: Iterable[str]) -> Layout:
    """Return the layout for fields that the leading packs read, and those that any pack reads."""
    declared = _declared()
    standing = [str(name) for name in _list(declared["standing"])]
    for name in _typed_for(leading, dictionary):
        if name not in standing and name not in (BIRTH, "sex"):
            standing.append(name)
    wanted = [name for name in _typed_for(read, dictionary) if name not in standing and name not in (BIRTH, "sex")]
    groups = _groups(dictionary, frozenset(standing))
    order = {str(field): tuple(codes) for field, codes in _mapping(declared["choice_order"]).items()}
    return Layout(tuple(standing), tuple(dict.fromkeys(wanted)), groups, order)


def _groups(dictionary: Dictionary, standing: frozenset[str]) -> tuple[Group, ...]:
    found = [(str(group["code"]), [str(name) for name in group["fields"]]) for group in _list(_declared()["groups"])]
    placed = {name for _, names in found for name in names} | standing
    rest = [name for name in typed_fields(dictionary) if name not in placed]
    found[-1][1].extend(rest)
    return tuple(Group(code, tuple(name for name in names if name not in standing)) for code, names in found)


def typed_fields(dictionary: Dictionary) -> tuple[str, ...]:
    """Return the name of every box that a visit may have, in the order of the dictionary."""
    names = (
        box_of(field.name)
        for field in dictionary.fields.values()
        if field.scope is not Scope.SETTING
        and field.name not in _NEVER
        and not field.name.endswith("_confirmed_date")
        and field.name not in (BIRTH, "sex")
    )
    return tuple(dict.fromkeys(names))


def _typed_for(fields: Iterable[str], dictionary: Dictionary) -> list[str]:
    """Return the boxes in which fields, or what they are worked out from, are typed."""
    found: list[str] = []
    waiting = [field for field in fields if field in dictionary and dictionary[field].scope is not Scope.SETTING]
    typed = set(typed_fields(dictionary))
    while waiting:
        field = dictionary[waiting.pop(0)]
        if field.derivation is not None:
            waiting += [part for part in field.derivation.sources if part in dictionary and part not in found]
            if field.name not in CALCULATED:
                continue
        name = box_of(field.name)
        if name in typed and name not in found:
            found.append(name)
    return found


Place = tuple[str, int]  # the key of a box and how many of twelve columns it takes


def key_of(name: str, reading: int = 1) -> str:
    """Return the key of a box."""
    return f"{name}#{reading}"


def arrange(
    layout: Layout, dictionary: Dictionary, extra: Sequence[str], *, new: bool, third: bool
) -> list[list[Place]]:
    """Return the rows of the form: keys with their widths in twelfths."""
    rows = [[(key_of(name), span) for name, span in row] for row in (_IDENTITY_ROWS if new else _ALWAYS_FIRST)]
    shown = {name for row in rows for key, _ in row for name in [key.partition("#")[0]]}
    rows.append([(key_of(PRESSURE), 4), (key_of(PRESSURE, 2), 4), ("mean", 4)])
    if third:
        rows.append([(key_of(PRESSURE, 3), 4)])
    open_row: list[Place] = []
    for name in dict.fromkeys((*layout.standing, *extra)):
        if name == PRESSURE or name in shown:
            continue
        span = _span(name, dictionary)
        if sum(wide for _, wide in open_row) + span > _WIDE or (open_row and open_row[-1][1] != span):
            rows.append(open_row)
            open_row = []
        open_row.append((key_of(name), span))
    if open_row:
        rows.append(open_row)
    return [row for row in rows if row]


def _span(name: str, dictionary: Dictionary) -> int:
    if name in SHARED_ROW:
        return _WIDE // 3
    field = dictionary[fields_of(name)[0]]
    long_choice = field.kind is Kind.CATEGORY and len(field.categories) > _MOST_SHORT_CHOICES
    return _WIDE if long_choice or name == "notes" else _WIDE // 2


def field_of(name: str, dictionary: Dictionary) -> Field:
    """Return the (first) dictionary field of a box."""
    return dictionary[fields_of(name)[0]]


def _list(value: object) -> list[dict[str, list[object]]]:
    return list(value) if isinstance(value, list) else []


def _mapping(value: object) -> dict[str, list[str]]:
    return dict(value) if isinstance(value, dict) else {}
