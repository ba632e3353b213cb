"""Whose readings a file holds: what it says of people, held against the people of the clinic.

Nothing is attached by a guess. A person names the patient, or confirms the one that the file names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache

from engine.domain.entries import KnownPerson
from engine.errors import InputError
from engine.intake.devices.raw import PersonHint, Trust
from engine.intake.devices.stamps import LAST_MONTH, Moment, month_words, read_moment
from engine.intake.lexicon import load_months
from engine.intake.questions import AnswerValue, Interview, Question, QuestionKind
from engine.intake.text import fold, without_accents

BY_NAME = "by_name"
_ID = QuestionKind.WHOSE_READINGS.value
_ISO_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?")
_RUN_TOGETHER = re.compile(r"(\d{4})(\d\d)(\d\d)")
_LATIN = "LATIN"
_LONGEST_DAY = 80  # signs


class Agreement(Enum):
    """How what a file says fits a person."""

    SAME = "same"  # the name, and nothing against it
    SILENT = "silent"
    OTHER = "other"


@lru_cache(maxsize=4096)
def name_key(name: str) -> tuple[str, ...]:
    """Return the form in which names are compared: no case, no accents, words in any order; empty where it is none.

    Accents go from Latin letters alone. Elsewhere such signs are letters: は is not ば, नीता not नीति.
    """
    plain = fold(name)
    if not plain.isascii():
        plain = "".join(_plain(sign) for sign in unicodedata.normalize("NFC", plain))
    plain = plain.casefold()
    return tuple(sorted("".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in plain).split()))


def _plain(sign: str) -> str:
    return without_accents(sign) if unicodedata.name(sign, "").startswith(_LATIN) else sign


def same_name(first: str, second: str) -> bool:
    """Whether two written names are one."""
    return name_key(first) == name_key(second) != ()


@lru_cache(maxsize=4096)
def possible_days(text: str) -> frozenset[str]:
    """Return the days that a written birth date may mean, as ISO text: two where day and month cannot be told apart."""
    if len(text) > _LONGEST_DAY:
        return frozenset()
    if plain := _ISO_DAY.fullmatch(text.strip()):
        return frozenset({plain[1]})
    if run := _RUN_TOGETHER.fullmatch(text.strip()):
        return frozenset({"-".join(run.groups())})
    moment = read_moment(text, None, load_months().of(month_words([text])))
    if moment is None or len(re.findall(r"\d{4}", fold(text))) != 1:
        return frozenset()  # two figures of a year may be of any century
    return frozenset(_days(moment))


def _days(moment: Moment) -> list[str]:
    orders = [(moment.first, moment.second)]
    if moment.order is None:
        orders.append((moment.second, moment.first))
    return [f"{moment.year:04d}-{month:02d}-{day:02d}" for day, month in orders if month <= LAST_MONTH]


def agreement(hints: Sequence[PersonHint], person: KnownPerson) -> Agreement:
    """Return how the hints of a file fit a person. Who of the staff made the file says nothing.

    Names of one place are ways to write one name; every place must fit. A birth date that nobody can read proves
    nothing, but then the name alone does not settle it.
    """
    told = [hint for hint in hints if hint.trust is not Trust.STAFF]
    named = {hint.where: False for hint in told if hint.name}
    for hint in told:
        if hint.name and person.name and same_name(hint.name, person.name):
            named[hint.where] = True
    numbers = [hint.patient_id for hint in told if hint.patient_id]
    born = [possible_days(hint.birth_date) for hint in told if hint.birth_date]
    sexes = [hint.sex for hint in told if hint.sex and person.sex]
    if not all(named.values()) or any(sex != person.sex for sex in sexes):
        return Agreement.OTHER
    if person.birth_date and any(not _fits(days, person.birth_date) for days in born if days):
        return Agreement.OTHER
    if not all(born):
        return Agreement.SILENT
    return Agreement.SAME if named or (numbers and person.patient_id in numbers) else Agreement.SILENT


def _fits(days: frozenset[str], birth_date: str) -> bool:
    return any(day.startswith(birth_date) for day in days)


class Whose:
    """The people of a clinic, to be named by the clinic's number or, for who has none, by the id of their record."""

    def __init__(self, known: Sequence[KnownPerson], chosen: str | None) -> None:
        """Take the people and the number that was chosen beforehand.

        Raises:
            InputError: ``patient_unknown``; ``patient_several`` where several people have the number.
        """
        self._by_id = {person.id: person for person in known}
        self._by_number: dict[str, list[KnownPerson]] = {}
        for person in known:
            if person.patient_id:
                self._by_number.setdefault(person.patient_id, []).append(person)
        self._chosen = None if chosen is None else self._numbered(chosen)

    def _numbered(self, number: str) -> KnownPerson:
        """Return the one person who has a number.

        Raises:
            InputError: ``patient_unknown``, ``patient_several``.
        """
        found = self._by_number.get(number, [])
        if not found:
            raise InputError("patient_unknown")
        if len({person.root or person.id for person in found}) > 1:
            raise InputError("patient_several")
        return found[0]

    def answers(self, hints: Sequence[PersonHint]) -> Mapping[str, AnswerValue]:
        """Return the answer that the chosen number gives by itself: where the file does not speak against it."""
        if self._chosen is None or agreement(hints, self._chosen) is Agreement.OTHER:
            return {}
        return {_ID: self._chosen.id}

    def one(self, hints: Sequence[PersonHint], interview: Interview) -> str | None:
        """Return the id of the person of a file of one person; asks unless the file names who was chosen."""
        chosen = self._chosen
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
        return self._numbered(wanted).id if wanted in self._by_number else self._by_id[wanted].id

    def _with_name(self, name: str) -> KnownPerson | None:
        found = [one for one in self._by_id.values() if one.name and same_name(one.name, name)]
        return found[0] if len(found) == 1 else None

    def _named(self, hints: Sequence[PersonHint]) -> KnownPerson | None:
        """Return the only person whom the file can mean."""
        found = [one for one in self._by_id.values() if agreement(hints, one) is Agreement.SAME]
        return found[0] if len(found) == 1 else None


def _found(person: KnownPerson | None) -> KnownPerson:
    if person is None:
        raise ValueError("nobody of this name")
    return person
