"""What another system says of people, item by item, whatever format it came in. Crosses from worker to parent.

An item is one resource (FHIR), segment (HL7 v2) or clinical statement (C-CDA), or a part of one: parts share ``place``
and ``kind``, and are counted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from engine.workers.messages import BrokenMessage, Message

LONGEST_TEXT = 500  # signs of a text that is kept


class Form(StrEnum):
    """What kind of thing an item tells."""

    PERSON = "person"
    VALUE = "value"
    CONDITION = "condition"
    MEDICINE = "medicine"
    ALLERGY = "allergy"
    VACCINE = "vaccine"
    PROCEDURE = "procedure"
    RELATIVE = "relative"
    VISIT = "visit"
    STAY = "stay"  # in a hospital
    EMERGENCY = "emergency"  # a visit to an emergency department
    DEATH = "death"
    NONE_KNOWN = "none_known"  # of a list (``value``): it is complete and empty
    GROUP = "group"  # says nothing beyond its ``members``
    ENVELOPE = "envelope"  # belongs to the format, not to a person
    OTHER = "other"


class Status(StrEnum):
    """How sure or how far along something is, in the words of no format."""

    CONFIRMED = "confirmed"
    SUSPECTED = "suspected"
    REFUTED = "refuted"
    STOPPED = "stopped"
    REFUSED = "refused"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Coding:
    """A code of a system; ``system`` is a word of ``resources/codes/code_systems.json`` or stands as written."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing said.

    ``place``: the number of the resource, segment or statement in the file, from 1. ``person``: the key of a
    ``SourcePerson``. ``text``: how the source names it. ``value``: a number or text as written, with ``sign`` ("<")
    and ``unit`` beside it. ``day`` and ``end`` are dates as far as they are known (``2024``, ``2024-03``,
    ``2024-03-05``), ``time`` puts readings of one day in order. ``why``: why the source itself or the reader takes
    the item out (``intake.record_reason.<why>``); it is refused then.
    """

    place: int
    kind: str
    form: Form
    person: str | None = None
    text: str | None = None
    value: str | None = None
    sign: str | None = None
    unit: str | None = None
    day: str | None = None
    time: str | None = None
    end: str | None = None
    status: str | None = None
    severity: str | None = None
    detail: str | None = None
    why: str | None = None
    codes: tuple[Coding, ...] = ()
    value_codes: tuple[Coding, ...] = ()
    members: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SourcePerson:
    """Someone a file is about. ``number`` is the one that the sending system calls the patient's."""

    key: str
    place: int
    number: str | None = None
    name: str | None = None
    birth_date: str | None = None
    sex: str | None = None
    phone: str | None = None
    address: str | None = None
    extra: tuple[tuple[str, str], ...] = ()  # fields of ours that an export of ours carries


@dataclass(frozen=True, slots=True)
class RecordFile:
    """What is in a file. ``written_on``: the day the file says it was made."""

    format: str
    sha256: str
    people: tuple[SourcePerson, ...]
    items: tuple[Item, ...]
    encoding: str | None = None
    written_on: str | None = None
    notes: Mapping[str, int] = field(default_factory=dict)  # what was put right while reading, and how often

    def read(self) -> dict[str, int]:
        """Return how many of each kind were read."""
        return dict(Counter(kind for _, kind in {(item.place, item.kind) for item in self.items}))


_ITEM_TEXTS = tuple(each.name for each in fields(Item))[3:-3]
_PERSON_TEXTS = tuple(each.name for each in fields(SourcePerson))[2:-1]


def records_message(file: RecordFile) -> Message:
    """Write what was read as a message."""
    return Message(
        "records",
        {
            "format": file.format,
            "sha256": file.sha256,
            "encoding": file.encoding,
            "written_on": file.written_on,
            "notes": dict(file.notes),
            "people": [_person_row(person) for person in file.people],
            "items": [_item_row(item) for item in file.items],
        },
    )


def _person_row(person: SourcePerson) -> list[object]:
    return [person.key, person.place, person.extra, *(getattr(person, name) for name in _PERSON_TEXTS)]


def _item_row(item: Item) -> list[object]:
    texts = {name: text for name in _ITEM_TEXTS if (text := getattr(item, name)) is not None}
    row: list[object] = [item.place, item.kind, item.form.value, texts]
    if item.codes or item.value_codes or item.members:
        row += [_codings(item.codes), _codings(item.value_codes), item.members]
    return row


def _codings(codes: Iterable[Coding]) -> list[tuple[str, str, str]]:
    return [(code.system, code.code, code.display) for code in codes]


def read_records(message: Message) -> RecordFile:
    """Read what the reading worker answered; nothing in it is taken on trust.

    Raises:
        BrokenMessage: when the parts do not fit together.
    """
    try:
        body = message.body
        people = tuple(_person(row) for row in body["people"])
        return RecordFile(
            format=str(body["format"]),
            sha256=str(body["sha256"]),
            people=people,
            items=tuple(_item(row) for row in body["items"]),
            encoding=_text(body["encoding"]),
            written_on=_text(body["written_on"]),
            notes={str(name): int(count) for name, count in body["notes"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise BrokenMessage("no records") from error


def _person(row: Sequence[Any]) -> SourcePerson:
    key, place, extra, *texts = row
    said: dict[str, Any] = dict(zip(_PERSON_TEXTS, map(_text, texts), strict=True))
    return SourcePerson(str(key), int(place), extra=tuple((str(name), str(value)) for name, value in extra), **said)


def _item(row: Sequence[Any]) -> Item:
    place, kind, form, texts = row[:4]
    if not isinstance(place, int) or not isinstance(kind, str) or not set(texts) <= set(_ITEM_TEXTS):
        raise ValueError("no item")
    named: dict[str, Any] = {name: _text(text) for name, text in texts.items()}
    if len(row) == 4:
        return Item(place, kind, Form(form), **named)
    codes, value_codes = (tuple(Coding(*map(str, code)) for code in group) for group in row[4:6])
    members = tuple(int(member) for member in row[6])
    return Item(place, kind, Form(form), codes=codes, value_codes=value_codes, members=members, **named)


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("no text")
    return value


def short(text: object) -> str | None:
    """Return a text as it is kept: on one line, without control signs, not beyond bounds; None for nothing."""
    if text is None:
        return None
    line = str(text)
    if not line.isprintable():
        line = "".join(sign if sign.isprintable() else " " for sign in line)
    line = " ".join(line.split())
    return line[:LONGEST_TEXT] or None
