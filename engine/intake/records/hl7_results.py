"""Which results of a file of HL7 v2 messages count: a correction takes the place of what it corrects.

Source: HL7 v2.5.1, table 0085 (observation result status).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.intake.records.hl7_text import Segment
from engine.intake.records.items import Item, SourcePerson

if TYPE_CHECKING:
    from engine.intake.records.hl7_items import Message

_CORRECTS = frozenset({"C", "D", "W", "X"})


@dataclass(frozen=True, slots=True)
class Result:
    """A result by what a later message would call it. ``at``: its position among the items."""

    at: int
    message: int
    order: str
    test: str
    part: str
    status: str

    @classmethod
    def of(cls, segment: Segment, message: Message, at: int) -> Result:
        """Read the names of an OBX."""
        status = segment.first(11).upper() or message.status
        return cls(at, message.place, message.order, segment.first(3), segment.first(4), status)


def settle(items: list[Item], people: Sequence[SourcePerson], results: Sequence[Result]) -> None:
    """Take out what a later result of the file corrects, withdraws or says once more."""
    who = {person.key: (person.number, person.name, person.birth_date) for person in people}
    last: dict[object, Result] = {}
    for result in results:
        item = items[result.at]
        key = (_whose(item, who), result.order, result.test, result.part, item.day, item.time)
        before = last.get(key)
        last[key] = result
        if before is None or items[before.at].why is not None:
            continue
        if _corrects(before, result) or (_follows(before, result) and item.why is None):
            same = item.why is None and _says(item) == _says(items[before.at])
            items[before.at] = replace(items[before.at], why="repeated" if same else "replaced")
        elif item.why == "not_final":
            last[key] = before  # it was final before


def _whose(item: Item, who: Mapping[str, object]) -> object:
    return who.get(item.person or "", item.person)


def _corrects(before: Result, result: Result) -> bool:
    """Whether a result says of itself that one before it does not hold; within one message an X does not."""
    return result.status in _CORRECTS and (result.status != "X" or before.message != result.message)


def _follows(before: Result, result: Result) -> bool:
    """Whether a result of another message, of the same order, is the one before once more."""
    return before.message != result.message and bool(result.order)


def _says(item: Item) -> tuple[object, ...]:
    return item.value, item.sign, item.unit, item.value_codes
