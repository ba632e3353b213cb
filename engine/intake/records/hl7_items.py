"""HL7 v2 segments as items: admissions (ADT), results (ORU) and what else messages carry of a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from engine.codes import code_system
from engine.intake.records.fhir_values import join_name
from engine.intake.records.hl7_results import Result, settle
from engine.intake.records.hl7_text import ENVELOPES, Segment, codes_in
from engine.intake.records.items import Coding, Form, Item, SourcePerson, Status, short
from engine.intake.records.moments import hl7_moment

_NATIONAL = frozenset({"SS", "DL", "PPN", "NI", "NNCHN", "PN", "TAX"})
_SEXES = {"M": "M", "F": "F"}
_CANCELS = frozenset({"A11", "A12", "A13", "A25", "A26", "A27", "A32", "A33", "A38", "A52", "A53", "A55"})
_PLANS = frozenset({"A05", "A14", "A15", "A16"})
_DELETES = frozenset({"A23", "A29"})
_NOT_FINAL = {
    **dict.fromkeys("DW", "withdrawn"),
    **dict.fromkeys("XNO", "not_done"),
    **dict.fromkeys("PRIS", "not_final"),
}
_ARRIVALS = frozenset({"A01", "A04", "A06", "A07", "A10"})  # whose event is the begin of the visit
_CALLS_BACK = frozenset({"CA", "OC", "CR", "UA", "UC"})  # table 0119: an order that is cancelled, or not accepted
_STOPS = frozenset({"DC", "OD", "DR"})
_LOCAL_UNITS = frozenset({"SCT", "SNM", "L"})
_INSIDE, _EMERGENCY = frozenset({"I"}), frozenset({"E"})
_SEVERITY = {"SV": "severe", "MO": "moderate", "MI": "mild"}
_COMPARATORS = {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "=": None, "": None}


@dataclass(slots=True)
class Message:
    """What the segments of one message have in common."""

    place: int = 0
    event: str = ""
    kind: str = ""
    day: str | None = None
    event_day: str | None = None
    person: str | None = None
    observed: tuple[str | None, str | None] = (None, None)  # of the group of results in hand
    group: int | None = None  # place of its OBR
    control: str = ""  # what is to be done with the order in hand
    changed: str | None = None  # since when
    order: str = ""  # what the laboratory calls the request
    status: str = ""  # of its results, where they have none of their own


@dataclass(slots=True)
class Collected:
    """Items and people of a file."""

    items: list[Item] = field(default_factory=list)
    people: list[SourcePerson] = field(default_factory=list)
    groups: dict[int, list[int]] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
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
        if segment.name == "PID":
            out.items += _death(segment, out.items[-1])
        elif segment.name == "OBX":
            out.results.append(Result.of(segment, message, len(out.items) - 1))
    settle(out.items, out.people, out.results)
    for place, members in out.groups.items():
        at = next(index for index, item in enumerate(out.items) if item.place == place)
        out.items[at] = replace(out.items[at], members=tuple(members))
    return out


def _header(segment: Segment) -> Message:
    event = segment.first(9, 2)
    return Message(place=segment.place, event=event, kind=segment.first(9, 1), day=hl7_moment(segment.first(7))[0])


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


def _envelope(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    if segment.name in ENVELOPES or segment.name in {"MSH", "EVN"}:
        if segment.name == "EVN":
            message.event_day = hl7_moment(segment.first(6))[0] or hl7_moment(segment.first(2))[0]
        return replace(base, form=Form.ENVELOPE, person=None)
    if segment.name == "ORC":
        message.control = segment.first(1).upper()
        message.changed = hl7_moment(segment.first(9))[0]
    if segment.name in {"NTE", "SPM", "ORC"}:
        return replace(base, text=short(segment.first(3)) if segment.name == "NTE" else None)
    return base


def _person(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    message.observed, message.group, message.order, message.status = (None, None), None, "", ""
    message.control, message.changed = "", None
    name = segment.raw(5).split(segment.signs.repetition)[0]
    family, given, second = (segment.component(name, number) for number in (1, 2, 3))
    day, _ = hl7_moment(segment.first(7))
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


def _death(segment: Segment, person: Item) -> list[Item]:
    """Return that somebody has died, where PID-29 or PID-30 say so."""
    day, _ = hl7_moment(segment.first(29))
    if person.why or not (day or segment.first(30).upper() == "Y"):
        return []
    return [replace(person, form=Form.DEATH, day=day)]


def _merge(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    return replace(base, form=Form.PERSON, text=short(segment.first(1)), why="asks_to_merge")


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
    day, time = hl7_moment(segment.first(44))
    end, _ = hl7_moment(segment.first(45))
    form = Form.STAY if kind in _INSIDE else Form.EMERGENCY if kind in _EMERGENCY else Form.VISIT
    if day is None and message.kind == "ADT" and message.event in _ARRIVALS | _CANCELS | _PLANS:
        day = message.event_day or message.day
    if day is None and message.kind != "ADT":  # it tells in what ward somebody lies, not since when
        return replace(base, text=kind or None)
    return replace(base, form=form, text=kind or None, day=day, time=time, end=end)


def _order(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    moments = (hl7_moment(segment.first(at)) for at in (7, 14, 22))  # observed, received, reported
    message.observed = next((each for each in moments if each[0] is not None), (None, None))
    message.group = segment.place
    message.order = segment.first(3) or segment.first(2)
    message.status = segment.first(25).upper()
    out.groups[segment.place] = []
    return replace(base, form=Form.GROUP, codes=_codes(segment, 4), text=_named(segment, 4), day=message.observed[0])


def _result(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    if message.group is not None:
        out.groups[message.group].append(segment.place)
    day, time = hl7_moment(segment.first(14))
    if day is None:
        day, time = message.observed
    if day is None and message.kind == "ADT":
        day = message.event_day or message.day
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
    status = segment.first(11).upper() or message.status
    if status in _NOT_FINAL:
        return replace(base, why=_NOT_FINAL[status])
    if not segment.raw(5).strip():
        return replace(base, why="no_value")
    if status == "C":
        base = replace(base, status=Status.CORRECTED)
    return _valued(segment, base, kind)


def _valued(segment: Segment, base: Item, kind: str) -> Item:
    if kind in {"ED", "RP"}:
        return replace(base, detail=kind)
    if kind == "SN":
        sign, number, between, second = (segment.first(5, at) for at in (1, 2, 3, 4))
        if sign not in _COMPARATORS or between or second:
            return replace(base, value=short(f"{sign}{number}{between}{second}"))
        return replace(base, value=short(number), sign=_COMPARATORS[sign])
    if len(segment.repeats(5)) > 1:
        return replace(
            base, value=short(" ".join(segment.component(one, 1) for one in segment.repeats(5))), detail=kind
        )
    if kind in {"CE", "CWE", "CNE", "CF"}:
        codes = tuple(Coding(code_system(system), code, display) for system, code, display in codes_in(segment, 5))
        return replace(base, value=_named(segment, 5), value_codes=codes)
    return replace(base, value=short(segment.first(5)))


def _unit(segment: Segment) -> str | None:
    code, display, system = (segment.first(6, at) for at in (1, 2, 3))
    if display and (code.isdecimal() or system.upper() in _LOCAL_UNITS):
        return short(display)
    return short(code or display)


def _diagnosis(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    item = replace(
        base,
        form=Form.CONDITION,
        codes=_codes(segment, 3),
        text=_named(segment, 3) or short(segment.first(4)),
        day=hl7_moment(segment.first(5))[0],
        status=Status.SUSPECTED if segment.first(6).upper() in {"A", "W"} else Status.CONFIRMED,
    )
    return replace(item, why="entered_in_error") if segment.first(21).upper() == "D" else item


def _problem(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    item = replace(
        base,
        form=Form.CONDITION,
        codes=_codes(segment, 3),
        text=_named(segment, 3),
        day=hl7_moment(segment.first(16))[0],
        end=hl7_moment(segment.first(9))[0],
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
        day=hl7_moment(segment.first(6))[0],
        status=Status.CONFIRMED,
    )


def _vaccine(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
    status = segment.first(20).upper()
    item = replace(
        base, form=Form.VACCINE, codes=_codes(segment, 5), text=_named(segment, 5), day=hl7_moment(segment.first(3))[0]
    )
    if status == "RE":
        return replace(item, status=Status.REFUSED)
    return replace(item, why="not_done") if status in {"NA", "PA"} or segment.first(21).upper() == "D" else item


def _medicine(code: int, start: int, dose: tuple[int, int]) -> Callable[[Segment, Item, Message, Collected], Item]:
    def make(segment: Segment, base: Item, message: Message, out: Collected) -> Item:
        amount = " ".join(part for at in dose if (part := segment.first(at, 2) or segment.first(at)))
        item = replace(
            base,
            form=Form.MEDICINE,
            codes=_codes(segment, code),
            text=_named(segment, code),
            day=(hl7_moment(segment.first(start, 4 if segment.name == "RXE" else 1))[0] if start else None)
            or message.event_day
            or message.day,
            detail=short(amount),
        )
        if message.control in _CALLS_BACK:
            return replace(item, why="called_back")
        if message.control in _STOPS:
            return replace(item, status=Status.STOPPED, end=message.changed or message.event_day or message.day)
        return item

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
    "MRG": _merge,
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
