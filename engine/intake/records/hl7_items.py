"""HL7 v2 segments as items: admissions (ADT), results (ORU) and what else messages carry of a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from engine.codes import code_system
from engine.intake.records.fhir_values import join_name
from engine.intake.records.hl7_text import ENVELOPES, Segment, codes_in
from engine.intake.records.items import Coding, Form, Item, SourcePerson, Status, short

_MOMENT = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?")
_NATIONAL = frozenset({"SS", "DL", "PPN", "NI", "NNCHN", "PN", "TAX"})
_SEXES = {"M": "M", "F": "F"}
_CANCELS = frozenset({"A11", "A12", "A13", "A25", "A26", "A27", "A32", "A33", "A38", "A52", "A53", "A55"})
_PLANS = frozenset({"A05", "A14", "A15", "A16"})
_DELETES = frozenset({"A23", "A29"})
_NOT_FINAL = {"D": "entered_in_error", "W": "entered_in_error", "X": "not_done", "N": "not_done", "O": "not_done"}
_INSIDE, _EMERGENCY = frozenset({"I"}), frozenset({"E"})
_SEVERITY = {"SV": "severe", "MO": "moderate", "MI": "mild"}
_COMPARATORS = {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "=": None, "": None}


@dataclass(slots=True)
class Message:
    """What the segments of one message have in common."""

    event: str = ""
    kind: str = ""
    day: str | None = None
    event_day: str | None = None
    person: str | None = None
    observed: tuple[str | None, str | None] = (None, None)  # of the group of results in hand
    group: int | None = None  # place of its OBR


@dataclass(slots=True)
class Collected:
    """Items and people of a file."""

    items: list[Item] = field(default_factory=list)
    people: list[SourcePerson] = field(default_factory=list)
    groups: dict[int, list[int]] = field(default_factory=dict)
    day: str | None = None


def collect(found: Iterator[Segment]) -> Collected:
    """Turn the segments of a file into items."""
    out, message = Collected(), Message()
    for segment in found:
        if segment.name == "MSH":
            message = _header(segment)
            out.day = max(filter(None, (out.day, message.day)), default=None)
        base = Item(segment.place, segment.name, Form.OTHER, message.person)
        if segment.too_long:
            out.items.append(replace(base, why="too_long"))
            continue
        maker = _MAKERS.get(segment.name)
        made = _envelope(segment, base, message, out) if maker is None else maker(segment, base, message, out)
        out.items.append(_allowed(made, message))
    for place, members in out.groups.items():
        at = next(index for index, item in enumerate(out.items) if item.place == place)
        out.items[at] = replace(out.items[at], members=tuple(members))
    return out


def _header(segment: Segment) -> Message:
    event = segment.first(9, 2)
    return Message(event=event, kind=segment.first(9, 1), day=moment(segment.first(7))[0])


def _allowed(item: Item, message: Message) -> Item:
    """Take out what a message calls back, plans, or wants deleted."""
    if item.form in {Form.ENVELOPE, Form.OTHER} or item.why:
        return item
    if message.kind == "ADT" and message.event in _DELETES:
        return replace(item, why="asks_to_delete")
    if item.form in {Form.VISIT, Form.STAY, Form.EMERGENCY}:
        if message.kind == "ADT" and message.event in _CANCELS:
            return replace(item, why="called_back")
        if message.kind == "SIU" or (message.kind == "ADT" and message.event in _PLANS):
            return replace(item, why="not_done")
    return item


def moment(text: str) -> tuple[str | None, str | None]:
    """Return day and time of an HL7 time as written: ("2024-03-05", "08:15:00"); (None, None) for none."""
    found = _MOMENT.match(text)
    if found is None:
        return None, None
    day = "-".join(part for part in found.groups()[:3] if part)
    hour = ":".join(part for part in found.groups()[3:] if part)
    return day, hour or None


def _envelope(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    if segment.name in ENVELOPES or segment.name in {"MSH", "EVN"}:
        if segment.name == "EVN":
            message.event_day = moment(segment.first(6))[0] or moment(segment.first(2))[0]
        return replace(base, form=Form.ENVELOPE, person=None)
    if segment.name in {"NTE", "SPM", "ORC"}:
        return replace(base, text=short(segment.first(3)) if segment.name == "NTE" else None)
    return base


def _person(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    message.observed, message.group = (None, None), None
    name = segment.raw(5).split(segment.signs.repetition)[0]
    family, given, second = (segment.component(name, number) for number in (1, 2, 3))
    day, _ = moment(segment.first(7))
    number = _number(segment)
    person = SourcePerson(
        key=str(segment.place),
        place=segment.place,
        number=number,
        name=join_name([given, second], [family]),
        birth_date=day,
        sex=_SEXES.get(segment.first(8).upper()),
        phone=short(segment.first(13) or segment.first(13, 12)),
        address=short(", ".join(part for at in (1, 3, 4, 5) if (part := segment.first(11, at)))),
    )
    message.person = person.key
    out.people.append(person)
    return replace(base, form=Form.PERSON, person=person.key)


def _number(segment: Segment) -> str | None:
    """Return the medical record number, else the first that no state gave; PID-2 is from before PID-3."""
    usable = [
        (segment.component(one, 5) != "MR", segment.component(one, 1))
        for one in segment.repeats(3)
        if segment.component(one, 1) and segment.component(one, 5) not in _NATIONAL
    ]
    return short(min(usable, key=lambda each: each[0])[1] if usable else segment.first(2) or None)


def _visit(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    kind = segment.first(2).upper()
    day, time = moment(segment.first(44))
    end, _ = moment(segment.first(45))
    form = Form.STAY if kind in _INSIDE else Form.EMERGENCY if kind in _EMERGENCY else Form.VISIT
    fallback = message.event_day or message.day
    return replace(base, form=form, text=kind or None, day=day or fallback, time=time, end=end)


def _order(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    message.observed = moment(segment.first(7))
    message.group = segment.place
    out.groups[segment.place] = []
    return replace(base, form=Form.GROUP, codes=_codes(segment, 4), text=_named(segment, 4), day=message.observed[0])


def _result(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    if message.group is not None:
        out.groups[message.group].append(segment.place)
    day, time = moment(segment.first(14))
    if day is None:
        day, time = message.observed if message.observed[0] else (message.event_day or message.day, None)
    codes, kind = _codes(segment, 3), segment.first(2)
    sub = segment.first(4)
    if not codes and sub:  # analysers that put the test into the sub-identifier
        codes = (Coding("", sub),)
    base = replace(
        base,
        form=Form.VALUE,
        codes=codes,
        text=_named(segment, 3) or short(sub),
        day=day,
        time=time,
        unit=_unit(segment),
    )
    status = segment.first(11).upper()
    if status in _NOT_FINAL:
        return replace(base, why=_NOT_FINAL[status])
    if not segment.raw(5).strip():
        return replace(base, why="no_value")
    return _valued(segment, base, kind)


def _valued(segment: Segment, base: Item, kind: str) -> Item:
    if kind in {"ED", "RP"}:
        return replace(base, detail=kind)
    if kind == "SN":
        sign, number, between, second = (segment.first(5, at) for at in (1, 2, 3, 4))
        if sign not in _COMPARATORS or second:
            return replace(base, value=short(f"{sign}{number}{between}{second}"))
        return replace(base, value=short(number), sign=_COMPARATORS[sign])
    if kind in {"CE", "CWE", "CNE", "CF"}:
        codes = tuple(Coding(code_system(system), code, display) for system, code, display in codes_in(segment, 5))
        return replace(base, value=_named(segment, 5), value_codes=codes)
    if len(segment.repeats(5)) > 1:
        return replace(
            base, value=short(" ".join(segment.component(one, 1) for one in segment.repeats(5))), detail=kind
        )
    return replace(base, value=short(segment.first(5)))


def _unit(segment: Segment) -> str | None:
    code, display, system = (segment.first(6, at) for at in (1, 2, 3))
    return short(code or display) or short(system and None)


def _diagnosis(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    item = replace(
        base,
        form=Form.CONDITION,
        codes=_codes(segment, 3),
        text=_named(segment, 3) or short(segment.first(4)),
        day=moment(segment.first(5))[0],
        status=Status.SUSPECTED if segment.first(6).upper() in {"A", "W"} else Status.CONFIRMED,
    )
    return replace(item, why="entered_in_error") if segment.first(21).upper() == "D" else item


def _problem(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    item = replace(
        base,
        form=Form.CONDITION,
        codes=_codes(segment, 3),
        text=_named(segment, 3),
        day=moment(segment.first(16))[0],
        end=moment(segment.first(9))[0],
        status=Status.CONFIRMED,
    )
    return replace(item, why="called_back") if segment.first(1).upper() in {"DE", "CA"} else item


def _allergy(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    return replace(
        base,
        form=Form.ALLERGY,
        codes=_codes(segment, 3),
        text=_named(segment, 3),
        severity=_SEVERITY.get(segment.first(4).upper()),
        detail=short(segment.first(5)),
        day=moment(segment.first(6))[0],
        status=Status.CONFIRMED,
    )


def _vaccine(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    status = segment.first(20).upper()
    item = replace(
        base, form=Form.VACCINE, codes=_codes(segment, 5), text=_named(segment, 5), day=moment(segment.first(3))[0]
    )
    if status == "RE":
        return replace(item, status=Status.REFUSED)
    return replace(item, why="not_done") if status in {"NA", "PA"} or segment.first(21).upper() == "D" else item


def _medicine(code: int, start: int, dose: tuple[int, int]) -> Callable[[Segment, Item, Message, Collected], Item]:
    def make(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
        amount = " ".join(part for at in dose if (part := segment.first(at, 2) or segment.first(at)))
        return replace(
            base,
            form=Form.MEDICINE,
            codes=_codes(segment, code),
            text=_named(segment, code),
            day=(moment(segment.first(start, 4 if segment.name == "RXE" else 1))[0] if start else None)
            or message.event_day
            or message.day,
            detail=short(amount),
        )

    return make


def _codes(segment: Segment, number: int) -> tuple[Coding, ...]:
    return tuple(
        Coding(code_system(system), short(code) or "", short(display) or "")
        for system, code, display in codes_in(segment, number)
    )


def _named(segment: Segment, number: int) -> str | None:
    found = codes_in(segment, number)
    display = next((display for _, _, display in found if display), None)
    return short(display or segment.first(number, 2) or segment.first(number, 5) or segment.first(number))


_Maker = Callable[[Segment, Item, Message, Collected], Item]
_MAKERS: Mapping[str, _Maker] = {
    "PID": _person,
    "PV1": _visit,
    "OBR": _order,
    "OBX": _result,
    "DG1": _diagnosis,
    "PRB": _problem,
    "AL1": _allergy,
    "RXA": _vaccine,
    "RXO": _medicine(1, 0, (2, 4)),
    "RXE": _medicine(2, 1, (3, 5)),
    "RXD": _medicine(2, 3, (4, 5)),
}
