"""Who the people of a file of records are: by the same rules as the rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from engine.domain.dates import PartialDate
from engine.domain.entries import KnownPerson, ParkedRow
from engine.domain.problems import Problem, Reason
from engine.intake.field_columns import FieldColumn
from engine.intake.identity import WHO, Likeness, resolve
from engine.intake.questions import AnswerValue, Interview, Question, QuestionKind
from engine.intake.records.items import Item, RecordFile, SourcePerson

PARK, JOIN = "park", "join"
_FIRST_YEAR = 1900
_SAID = {"patient_id": "number"}
_REASONS = {**{reason.value: reason for reason in Reason}, "unreadable_date": Reason.UNREADABLE_VALUE}


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whose the keys of a file are.

    ``ids``: key -> id of the person. ``refused``: key -> why nobody can be told. ``new`` ids are not stored yet.
    """

    ids: Mapping[str, str]
    refused: Mapping[str, str]
    new: frozenset[str]
    likenesses: tuple[Likeness, ...] = ()


def recognise(
    file: RecordFile,
    known: Sequence[KnownPerson],
    interview: Interview,
    new_id: Callable[[], str],
    today: date,
) -> Recognised:
    """Find out who the people of a file are; ask where a file names nobody and where somebody looks like another.

    Raises:
        InputError: ``answer_invalid``.
    """
    if not file.people:
        return _asked(file, known, interview)
    refused = {person.key: why for person in file.people if (why := _unfit(person, today)) is not None}
    people = [person for person in file.people if person.key not in refused]
    columns = [_column(name, people) for name in WHO]
    rows = list(range(len(people)))
    found = resolve(columns, rows, known, new_id)
    shared = sum(likeness.kind == "name_only" for likeness in found.likenesses)
    if shared and _choose(interview, "duplicates:same_name", (PARK, JOIN), shared) == JOIN:
        found = resolve(columns, rows, known, new_id, join_names=True)
        shared = 0
    if len(found.problems) > shared:
        _choose(interview, QuestionKind.DUPLICATES, (PARK,), len(found.problems))
    for row in found.problems:
        refused[people[row].key] = Reason.DUPLICATE_PERSON.value
    ids = {person.key: id_ for person, id_ in zip(people, found.person_ids, strict=True) if id_ is not None}
    return Recognised(ids, refused, found.new_person_ids, found.likenesses)


def _choose(interview: Interview, name: str, options: tuple[str, ...], count: int) -> str | None:
    return interview.choose(Question(name, QuestionKind.DUPLICATES, (), options, PARK, {"count": count}))


def _asked(file: RecordFile, known: Sequence[KnownPerson], interview: Interview) -> Recognised:
    """Ask whose a file is that names nobody; only one person of the clinic can be meant."""
    keys = {item.person for item in file.items if item.person is not None}
    if len(keys) > 1:
        return Recognised({}, dict.fromkeys(keys, "person_not_in_file"), frozenset())
    numbers = {person.id: person.id for person in known}
    numbers |= {person.patient_id: person.id for person in known if person.patient_id is not None}

    def read(answer: AnswerValue) -> str:
        if not isinstance(answer, str) or answer not in numbers:
            raise ValueError("nobody of this clinic")
        return numbers[answer]

    id_ = interview.ask(Question(QuestionKind.WHOSE_READINGS, QuestionKind.WHOSE_READINGS), read)
    key = next(iter(keys), "")
    return Recognised({} if id_ is None else {key: id_}, {}, frozenset())


def _unfit(person: SourcePerson, today: date) -> str | None:
    """Return why somebody cannot be taken in as described."""
    if person.number is None and person.name is None:
        return Reason.MISSING_IDENTITY.value
    if person.birth_date is None:
        return None
    try:
        birth = PartialDate.parse(person.birth_date)
    except ValueError:
        return "unreadable_date"
    if birth.earliest > today:
        return Reason.FUTURE_DATE.value
    return Reason.IMPOSSIBLE_VALUE.value if birth.year < _FIRST_YEAR else None


def _column(name: str, people: Sequence[SourcePerson]) -> FieldColumn:
    said = _SAID.get(name, name)
    values = [getattr(person, said) for person in people]
    table = list(dict.fromkeys([None, *values]))
    codes = np.array([table.index(value) for value in values], dtype=np.int32)
    return FieldColumn(name, codes, tuple(table), tuple(value or "" for value in table))


def key_of(item: Item, recognised: Recognised) -> str:
    """Return the key under which an item's person is found; a file of nobody has one key for all."""
    if item.person is None and "" in recognised.ids:
        return ""
    return item.person or ""


def parked_people(file: RecordFile, recognised: Recognised) -> tuple[ParkedRow, ...]:
    """Return the people who cannot be told, each with what the file says of who they are."""
    rows = []
    for person in file.people:
        why = recognised.refused.get(person.key)
        if why is not None:
            said = [(name, getattr(person, _SAID.get(name, name))) for name in WHO]
            cells = tuple((name, text) for name, text in said if text is not None)
            rows.append(ParkedRow(person.place, (Problem(_REASONS.get(why, Reason.MISSING_IDENTITY), ()),), cells))
    for key, why in recognised.refused.items():
        if why == "person_not_in_file":
            place = next(item.place for item in file.items if item.person == key)
            rows.append(ParkedRow(place, (Problem(Reason.MISSING_IDENTITY, ()),), (("reference", key),)))
    return tuple(rows)
