"""Whose readings a file holds: what it says of people, held against the people of the clinic.

Nothing is attached by a guess. A person names the patient, or confirms the one that the file names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import Enum

from engine.domain.entries import KnownPerson
from engine.errors import InputError
from engine.intake.devices.raw import PersonHint, Trust
from engine.intake.questions import AnswerValue, Interview, Question, QuestionKind
from engine.intake.text import fold, without_accents

BY_NAME = "by_name"
_ID = QuestionKind.WHOSE_READINGS.value
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SIGNS = re.compile(r"[\W_]+")


class Agreement(Enum):
    """How what a file says fits a person."""

    SAME = "same"  # the name, and nothing against it
    SILENT = "silent"
    OTHER = "other"


def name_key(name: str) -> tuple[str, ...]:
    """Return the form in which names are compared: no case, no accents, words in any order."""
    plain = without_accents(unicodedata.normalize("NFC", fold(name))).casefold()
    return tuple(sorted(word for word in _SIGNS.split(plain) if word))


def agreement(hints: Sequence[PersonHint], person: KnownPerson) -> Agreement:
    """Return how the hints of a file fit a person. Who of the staff made the file says nothing."""
    told = [hint for hint in hints if hint.trust is not Trust.STAFF]
    named = [hint.name for hint in told if hint.name]
    same = [name for name in named if person.name and name_key(name) == name_key(person.name)]
    numbers = [hint.patient_id for hint in told if hint.patient_id]
    born = [hint.birth_date for hint in told if hint.birth_date and _ISO_DAY.fullmatch(hint.birth_date)]
    sexes = [hint.sex for hint in told if hint.sex and person.sex]
    if (named and not same) or any(sex != person.sex for sex in sexes):
        return Agreement.OTHER
    if person.birth_date and any(not day.startswith(person.birth_date) for day in born):
        return Agreement.OTHER
    return Agreement.SAME if same or (numbers and person.patient_id in numbers) else Agreement.SILENT


class Whose:
    """The people of a clinic, to be named by the clinic's number or, for who has none, by the id of their record."""

    def __init__(self, known: Sequence[KnownPerson], chosen: str | None) -> None:
        """Take the people and the number that was chosen beforehand.

        Raises:
            InputError: ``patient_unknown``.
        """
        self._by_number = {person.patient_id: person for person in known if person.patient_id}
        self._by_id = {person.id: person for person in known}
        if chosen is not None and chosen not in self._by_number:
            raise InputError("patient_unknown")
        self._chosen = chosen

    def answers(self, hints: Sequence[PersonHint]) -> Mapping[str, AnswerValue]:
        """Return the answer that the chosen number gives by itself: where the file does not speak against it."""
        if self._chosen is None or agreement(hints, self._by_number[self._chosen]) is Agreement.OTHER:
            return {}
        return {_ID: self._chosen}

    def one(self, hints: Sequence[PersonHint], interview: Interview) -> str | None:
        """Return the id of the person of a file of one person; asks unless the file names who was chosen."""
        chosen = None if self._chosen is None else self._by_number[self._chosen]
        if chosen is not None and agreement(hints, chosen) is Agreement.SAME:
            interview.volunteered(_ID)
            return chosen.id
        names = ", ".join(dict.fromkeys(hint.name for hint in hints if hint.name and hint.trust is not Trust.STAFF))
        born = ", ".join(dict.fromkeys(hint.birth_date for hint in hints if hint.birth_date))
        guess = chosen or self._named(hints)
        other = chosen is not None and agreement(hints, chosen) is Agreement.OTHER
        question = Question(
            _ID,
            QuestionKind.WHOSE_READINGS,
            guess=None if guess is None else guess.patient_id or guess.id,
            evidence={"names": names or born, "chosen": (chosen.name or "") if chosen else ""},
            wording="other" if other else "named" if names else "born" if born else "",
        )
        return interview.ask(question, self._read_number)

    def several(self, header: str, names: Sequence[str], interview: Interview) -> Mapping[str, str | None]:
        """Return the id of the person behind each name of a file, None for those left out; empty while it is open."""
        guesses = {name: self._with_name(name) for name in names}
        question = Question(
            QuestionKind.SEVERAL_PEOPLE.value,
            QuestionKind.SEVERAL_PEOPLE,
            (header,),
            guess={name: person.patient_id or person.id if person else None for name, person in guesses.items()},
            evidence={"names": ", ".join(names), "count": len(names)},
        )

        def read(answer: AnswerValue) -> Mapping[str, str | None]:
            if answer == BY_NAME:
                return {name: _found(person).id for name, person in guesses.items()}
            if not isinstance(answer, Mapping) or not set(names) <= set(answer):
                raise ValueError("not everybody is named")
            return {name: None if answer[name] is None else self._read_number(answer[name]) for name in names}

        return interview.ask(question, read) or {}

    def _read_number(self, answer: AnswerValue) -> str:
        if not isinstance(answer, str):
            raise TypeError("no number")
        wanted = answer.strip()
        return (self._by_number.get(wanted) or self._by_id[wanted]).id

    def _with_name(self, name: str) -> KnownPerson | None:
        found = [one for one in self._by_id.values() if one.name and name_key(one.name) == name_key(name)]
        return found[0] if len(found) == 1 else None

    def _named(self, hints: Sequence[PersonHint]) -> KnownPerson | None:
        """Return the only person whom the file can mean."""
        found = [one for one in self._by_id.values() if agreement(hints, one) is Agreement.SAME]
        return found[0] if len(found) == 1 else None


def _found(person: KnownPerson | None) -> KnownPerson:
    if person is None:
        raise ValueError("nobody of this name")
    return person
