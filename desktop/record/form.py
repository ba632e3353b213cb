"""The form of one visit: what stands in each box, what was stored, what is typed. No window, no store."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from desktop.record.layout import (
    BIRTH,
    CALCULATED,
    PRESSURE,
    VISIT_DAY,
    Layout,
    Place,
    arrange,
    box_of,
    fields_of,
    key_of,
    typed_fields,
)
from desktop.units import PAIRS, canonical_of, split_pair, written
from engine.domain.record import Measurement, Value, Visit
from engine.fields import Dictionary, Field, Kind, Scope
from engine.intake.typed import TypedValue

if TYPE_CHECKING:
    from engine.workflows.live import RecordInHand

IDENTITY = ("name", "patient_id", BIRTH, "sex", "phone", "address", "village", "room", "consent_date")
THIRD_FROM_MMHG = 10.0  # two readings that differ by so much call for a third (desktop design, section 5)
_AGE = re.compile(r"(\d{1,3})\s*(?:岁|歲|y|yr|yrs|years?)?", re.IGNORECASE)
UnitOf = Callable[[Field], str | None]


@dataclass(frozen=True, slots=True)
class Last:
    """What was measured before: in canonical units, on which day, and whether it still counts today."""

    values: tuple[Value | None, ...]
    on: date
    counts: bool


@dataclass(slots=True)
class Box:
    """One box. ``typed`` None: nothing was typed into it, it stands as stored."""

    name: str
    reading: int
    fields: tuple[Field, ...]
    unit: str | None = None
    stored: tuple[Value | None, ...] | None = None
    qualifier: str = ""
    last: Last | None = None
    typed: str | None = None
    typed_unit: str | None = None
    unknown: bool = False

    @property
    def key(self) -> str:
        """What the form calls it."""
        return key_of(self.name, self.reading)

    @property
    def kind(self) -> Kind:
        """What a value of it is."""
        return self.fields[0].kind

    @property
    def text(self) -> str:
        """What stands in it, in the unit shown."""
        if self.typed is not None:
            return self._in_unit(self.typed)
        return "" if self.stored is None else self.qualifier + self.shown(self.stored)

    @property
    def filled(self) -> bool:
        """Whether a value stands in it."""
        return bool(self.text.strip())

    @property
    def changed(self) -> bool:
        """Whether saving would change what is stored."""
        return self.typed is not None and bool(self.typed.strip() or self.stored is not None)

    def type(self, text: str) -> None:
        """Take what a person typed; the same as stored is no change."""
        before = "" if self.stored is None else self.qualifier + self.shown(self.stored)
        self.unknown = False
        self.typed = None if text == before else text
        self.typed_unit = self.unit

    def say_unknown(self) -> None:
        """Take that the value is not known."""
        self.typed = None if self.stored is None else ""
        self.unknown = True

    def shown(self, values: Sequence[Value | None]) -> str:
        """Return stored values as the box writes them."""
        parts = [self._written(one, value) for one, value in zip(self.fields, values, strict=True)]
        return "/".join(parts) if any(parts) else ""

    def canonical(self) -> tuple[float | None, ...]:
        """Return the numbers in it in canonical units; None where there is none."""
        if self.typed is None:
            stored = self.stored or (None,) * len(self.fields)
            return tuple(float(one) if isinstance(one, (int, float)) else None for one in stored)
        parts: Sequence[str] = (self.typed,) if len(self.fields) == 1 else split_pair(self.typed) or ("", "")
        return tuple(canonical_of(one, part, self.typed_unit) for one, part in zip(self.fields, parts, strict=True))

    def values(self) -> Iterator[TypedValue]:
        """Yield what was typed as intake takes it; the unit is the one that stood beside it then."""
        text = self.typed or ""
        if not text.strip():
            return
        if len(self.fields) == 2:
            parts = split_pair(text)
            if parts is None:
                yield TypedValue(self.fields[0].name, text, self.typed_unit, self.reading)
                return
            for one, part in zip(self.fields, parts, strict=True):
                yield TypedValue(one.name, part, self.typed_unit, self.reading)
            return
        plain = unicodedata.normalize("NFKC", text).strip()
        age = _AGE.fullmatch(plain) if self.name == BIRTH and self.stored is None else None
        if age is not None:
            yield TypedValue("age", age[1])
        else:
            yield TypedValue(self.fields[0].name, text, self.typed_unit, self.reading)

    def _written(self, one: Field, value: Value | None) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return written(one, float(value), self.unit)
        return str(value)

    def _in_unit(self, text: str) -> str:
        if self.typed_unit == self.unit:
            return text
        found = self.canonical()
        return text if None in found else self.shown(found)


@dataclass(slots=True)
class Form:
    """All boxes of a visit. ``visit_id``: the stored visit that is put right; None: the visit of ``day``."""

    dictionary: Dictionary
    layout: Layout
    in_hand: RecordInHand
    day: date
    unit_of: UnitOf
    visit_id: str | None = None
    day_typed: str | None = None
    boxes: dict[str, Box] = field(default_factory=dict)
    extra: list[str] = field(default_factory=list)
    confirmed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.load()

    @property
    def new_person(self) -> bool:
        """Whether nobody is stored yet."""
        return self.in_hand.person_id is None

    @property
    def changed(self) -> bool:
        """Whether there is anything to save."""
        moved = self.visit_id is not None and self.day != self._visit_day()
        return moved or any(box.changed for box in self.boxes.values())

    def load(self) -> None:
        """Take what is stored for the visit anew; what was typed stays."""
        before = self.boxes
        visit = self._visit()
        stored = _stored_of(visit)
        earlier = _last_of(self.in_hand.record.visits if self.in_hand.record else (), self.day, visit)
        identity = self._identity()
        self.boxes = {}
        for name in (*IDENTITY, *typed_fields(self.dictionary)):
            for reading in (1, 2, 3) if name == PRESSURE else (1,):
                key = key_of(name, reading)
                if key not in self.boxes:
                    self.boxes[key] = self._box(name, reading, stored, earlier, identity)
        for key, box in before.items():
            if key in self.boxes and (box.typed is not None or box.unknown):
                self.boxes[key].typed, self.boxes[key].typed_unit = box.typed, box.typed_unit
                self.boxes[key].unknown = box.unknown

    def _box(
        self,
        name: str,
        reading: int,
        stored: Mapping[tuple[str, int], Measurement],
        earlier: Mapping[str, tuple[Value | None, date]],
        identity: Mapping[str, str | None],
    ) -> Box:
        fields = tuple(self.dictionary[one] for one in fields_of(name))
        box = Box(name, reading, fields, self.unit_of(fields[0]))
        if name in identity:
            text = identity[name]
            box.stored = None if text is None else (text,)
            return box
        found = [stored.get((one.name, reading)) for one in fields]
        if any(found):
            box.stored = tuple(None if one is None else one.value for one in found)
            box.qualifier = next((one.qualifier or "" for one in found if one is not None), "")
        past = [earlier.get(one.name) for one in fields]
        known = [one for one in past if one is not None]
        if known and reading == 1:
            on = max(day for _, day in known)
            values = tuple(one[0] if one is not None and one[1] == on else None for one in past)
            box.last = Last(values, on, _counts(fields[0], (self.day - on).days))
        return box

    def rows(self) -> list[list[Place]]:
        """Return the rows of the form: keys of boxes and their widths."""
        return arrange(self.layout, self.dictionary, self.shown_extra(), new=self.new_person, third=self.third)

    def shown_extra(self) -> list[str]:
        """Return the fields beyond the standing ones that are shown: opened, typed or stored for this visit."""
        standing = {*self.layout.standing, BIRTH, "sex"}
        if self.new_person:
            standing |= {"name", "patient_id", "phone", "village"}
        held = [
            box.name
            for box in self.boxes.values()
            if box.typed is not None or box.unknown or (box.stored is not None and box.name not in IDENTITY)
        ]
        return [name for name in dict.fromkeys((*self.extra, *held)) if name not in standing]

    @property
    def third(self) -> bool:
        """Whether a third pressure is asked for: the first two differ too much, or it is there."""
        third = self.boxes[key_of(PRESSURE, 3)]
        difference = self.difference()
        return third.filled or third.unknown or (difference is not None and difference >= THIRD_FROM_MMHG)

    def difference(self) -> float | None:
        """Return by how much the first two pressures differ, in mmHg: the larger of upper and lower."""
        first, second = (self.boxes[key_of(PRESSURE, reading)].canonical() for reading in (1, 2))
        gaps = [abs(one - other) for one, other in zip(first, second, strict=True) if one and other]
        return max(gaps) if len(gaps) == 2 else None

    def values(self) -> list[TypedValue]:
        """Return all that was typed as intake takes it, the day of the visit among it."""
        day = self.day_typed if self.day_typed is not None else self.day.isoformat()
        typed = [value for box in self.boxes.values() for value in box.values()]
        return [TypedValue(VISIT_DAY, day), *typed]

    def removed(self) -> list[tuple[str, int]]:
        """Return the stored values that were cleared, as field and reading."""
        found = []
        for box in self.boxes.values():
            if box.stored is None or box.typed is None:
                continue
            given = {value.field for value in box.values()}
            for one, value in zip(box.fields, box.stored, strict=True):
                gone = value is not None and (not box.typed.strip() or (len(box.fields) == 2 and one.name not in given))
                if gone and not (box.name == BIRTH and given):
                    found.append((one.name, box.reading))
        return found

    def keys_of(self, fields: Sequence[str], text: str | None) -> list[str]:
        """Return the boxes that a problem is about: of several readings those that hold its text."""
        found: list[str] = []
        for name in dict.fromkeys(box_of(each) for each in fields):
            boxes = [box for box in self.boxes.values() if box.name == name]
            holding = [box for box in boxes if text and any(value.text == text for value in box.values())]
            closest = sorted((box for box in boxes if _apart(box) is not None), key=lambda box: _apart(box) or 0.0)
            found += [box.key for box in holding or (() if text else closest[:1]) or boxes[:1]]
        return found or ([key_of(VISIT_DAY)] if VISIT_DAY in fields else [])

    # --- draft ------------------------------------------------------------------------------------------------------

    def to_plain(self) -> dict[str, Any]:
        """Return what was typed as plain values."""
        return {
            "day": self.day.isoformat(),
            "day_typed": self.day_typed,
            "visit_id": self.visit_id,
            "extra": list(self.extra),
            "confirmed": sorted(self.confirmed),
            "boxes": {
                box.key: {"text": box.typed, "unit": box.typed_unit, "unknown": box.unknown}
                for box in self.boxes.values()
                if box.typed is not None or box.unknown
            },
        }

    def take_plain(self, content: Mapping[str, Any]) -> None:
        """Take what a draft holds; boxes that there are no more are passed over."""
        for key, kept in content.get("boxes", {}).items():
            box = self.boxes.get(key)
            if box is not None:
                box.typed, box.unknown = kept.get("text"), bool(kept.get("unknown"))
                unit = kept.get("unit")
                box.typed_unit = unit if unit is None or box.fields[0].unit_named(unit) else box.unit
        self.extra = [name for name in content.get("extra", []) if key_of(name) in self.boxes]
        self.confirmed = {name for name in content.get("confirmed", []) if name in self.dictionary}
        self.day_typed = content.get("day_typed")

    # --- what is stored ---------------------------------------------------------------------------------------------

    def _visit(self) -> Visit | None:
        if self.in_hand.record is None:
            return None
        wanted = self.visit_id or self.in_hand.stored.visits.get(self.day)
        return next((visit for visit in self.in_hand.record.visits if visit.id == wanted), None)

    def _visit_day(self) -> date | None:
        visit = self._visit()
        return None if visit is None else visit.visit_date

    def _identity(self) -> dict[str, str | None]:
        found: dict[str, str | None] = dict.fromkeys(IDENTITY)
        if self.in_hand.record is not None:
            patient = self.in_hand.record.patient
            for name in IDENTITY:
                value = getattr(patient, name)
                found[name] = None if value is None else str(value)
        return found


def _stored_of(visit: Visit | None) -> dict[tuple[str, int], Measurement]:
    return {} if visit is None else {(one.field, one.reading): one for one in visit.measurements}


def _last_of(visits: Sequence[Visit], day: date, present: Visit | None) -> dict[str, tuple[Value | None, date]]:
    """Return the latest value of each field before the day, of several readings their mean."""
    found: dict[str, tuple[Value | None, date]] = {}
    for visit in visits:
        if visit.visit_date > day or (present is not None and visit.id == present.id):
            continue
        by_field: dict[str, list[Value]] = {}
        for one in visit.measurements:
            if one.value is not None:
                by_field.setdefault(one.field, []).append(one.value)
        for name, values in by_field.items():
            numbers = [float(value) for value in values if isinstance(value, float)]
            found[name] = (sum(numbers) / len(numbers) if len(numbers) == len(values) else values[-1], visit.visit_date)
    return found


def _counts(one: Field, days: int) -> bool:
    if one.carry_days is not None:
        return days <= one.carry_days
    return one.scope is Scope.PATIENT


def _apart(box: Box) -> float | None:
    """Return how far the two values of a pair are apart; below zero where the lower one is above the upper."""
    upper, lower = (*box.canonical(), None)[:2]
    return None if upper is None or lower is None else upper - lower


__all__ = ["CALCULATED", "PAIRS", "Box", "Form", "Last"]
