"""Who a row belongs to: the clinic's number identifies, name and birth date stand in for it, nobody is merged silently.

Rules: a number identifies one person. A row without a number joins the only person of the same name and birth date.
One number with two different people parks the later row, and so does a person who appears again under another number
with only the spelling changed. Twins (same birth date, family name and telephone, other given name) and namesakes
(same name, other birth date or other telephone) stay apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.domain.entries import KnownPerson
from engine.domain.problems import Problem, Reason
from engine.domain.record import Value
from engine.intake.combine import distinct
from engine.intake.field_columns import Codes, FieldColumn
from engine.intake.text import fold, has_cjk, identity_key, without_accents

WHO = ("patient_id", "name", "birth_date", "sex", "phone")
SPELLING = ("name", "birth_date")
NUMBER = ("patient_id",)
LONG_WORD = 8
SHORTEST_CHANGED_WORD = 4
# Bounded, so that a name of nothing but brackets takes no longer than others.
_ASIDE = re.compile(r"[（(\[【].{0,100}?[)）\]】]")
_SIGNS = re.compile(r"[\W_]+")
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "sr", "sra", "herr", "frau", "mme", "m"})


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two rows (positions) that are likely the same person, or one number used for two. ``later`` is parked."""

    later: int
    earlier: int | None
    kind: str  # "spelling", "same_number_other_person", "ambiguous_name", "name_only"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whose every row is. ``person_ids[row]`` is None where the row is parked as ``problems`` says."""

    person_ids: Sequence[str | None]
    new_person_ids: frozenset[str]
    problems: dict[int, Problem]
    likenesses: tuple[Likeness, ...]


@dataclass(slots=True)
class _Person:
    """Someone met so far, stored or new."""

    id: str
    patient_id: str | None
    name: str | None
    birth_date: str | None
    sex: str | None
    phone: str | None
    first_row: int | None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class _Who:
    """What one combination of identity cells says."""

    patient_id: str | None
    name: str | None
    birth_date: str | None
    sex: str | None
    phone: str | None


@dataclass(slots=True)
class _Index:
    """People by what they are looked up with."""

    by_number: dict[str, _Person] = field(default_factory=dict)
    by_name: dict[tuple[str, str | None], list[_Person]] = field(default_factory=lambda: defaultdict(list))
    by_birth: dict[str, list[_Person]] = field(default_factory=lambda: defaultdict(list))

    def add(self, person: _Person) -> None:
        if person.patient_id is not None:
            self.by_number.setdefault(person.patient_id, person)
        if person.name is not None:
            self.by_name[(identity_key(person.name), person.birth_date)].append(person)
        if person.birth_date is not None:
            self.by_birth[person.birth_date].append(person)


def resolve(
    columns: Sequence[FieldColumn],
    rows: Sequence[int],
    known: Iterable[KnownPerson],
    new_id: Callable[[], str],
    join_names: bool = False,
) -> Resolution:
    """Find out whose every row is.

    Args:
        columns: the fields of WHO among them are looked at.
        rows: positions of the rows to be resolved, in file order; the others are left out.
        known: the people of the store.
        new_id: makes an id for a new person.
        join_names: take rows with the same name and nothing else to know them by for one person; otherwise only the
            first of them is taken and the later ones are parked.
    """
    height = len(columns[0].codes) if columns else 0
    codes, people = _combinations(columns, height)
    wanted = codes[np.asarray(rows, dtype=np.intp)]
    firsts: dict[int, int] = {}
    for row, code in zip(rows, wanted.tolist(), strict=True):
        firsts.setdefault(code, row)
    index = _Index()
    # Nobody is looked up but by number or by birth date: of a large clinic the others need not be gone into.
    numbers = {people[code].patient_id for code in firsts} - {None}
    births = {people[code].birth_date for code in firsts}
    for person in known:
        if person.patient_id not in numbers and person.birth_date not in births:
            continue
        index.add(_Person(person.id, person.patient_id, person.name, person.birth_date, person.sex, person.phone, None))
    found = _Resolver(index, new_id).run(firsts, people)
    return _spread(found, codes, rows, set() if join_names else found.name_only)


def _combinations(columns: Sequence[FieldColumn], height: int) -> tuple[Codes, list[_Who]]:
    """Return for every row which combination of identity values it holds, and the combinations."""
    by_field = {column.field: column for column in columns if column.field in WHO}
    parts = [_by_value(by_field[name]) for name in WHO if name in by_field]
    if not parts:
        return np.zeros(height, dtype=np.int32), [_Who(None, None, None, None, None)]
    codes, combinations = distinct([part_codes for part_codes, _ in parts])
    present = [name for name in WHO if name in by_field]
    people = []
    for combination in combinations.tolist():
        said: dict[str, str | None] = dict.fromkeys(WHO)
        for name, code, (_, values) in zip(present, combination, parts, strict=True):
            said[name] = values[code]
        people.append(_Who(**said))
    return codes, people


def _by_value(column: FieldColumn) -> tuple[Codes, list[str | None]]:
    """Number the cells of a column by their value: cells written differently may mean the same."""
    numbers: dict[Value | None, int] = {}
    new = np.array([numbers.setdefault(value, len(numbers)) for value in column.values], dtype=np.int32)
    return new[column.codes], [None if value is None else str(value) for value in numbers]


class _Resolver:
    """Goes through the different people of a file: first those with numbers, then those without."""

    def __init__(self, index: _Index, new_id: Callable[[], str]) -> None:
        self._index = index
        self._new_id = new_id
        self.persons: dict[int, _Person] = {}
        self.likenesses: dict[int, Likeness] = {}
        self.name_only: set[int] = set()

    def run(self, firsts: dict[int, int], people: Sequence[_Who]) -> _Resolver:
        order = sorted(firsts, key=lambda code: firsts[code])
        numbered = [code for code in order if people[code].patient_id is not None]
        for code in numbered:
            self._by_number(code, people[code], firsts[code])
        for code in order:
            if people[code].patient_id is None:
                self._by_name(code, people[code], firsts[code])
        return self

    def _by_number(self, code: int, who: _Who, row: int) -> None:
        person = self._index.by_number.get(str(who.patient_id))
        if person is not None:
            if are_two_people(who, person):
                self.likenesses[code] = Likeness(row, person.first_row, "same_number_other_person")
            else:
                self._meet(code, person, row)
            return
        twin = self._respelled(who)
        if twin is not None:
            self.likenesses[code] = Likeness(row, twin.first_row, "spelling")
            return
        self._add(code, who, row)

    def _by_name(self, code: int, who: _Who, row: int) -> None:
        """Join the only person of this name and birth date; several of them leave it open."""
        if who.name is not None and who.birth_date is None and who.phone is None:
            self.name_only.add(code)
        named = self._index.by_name.get((identity_key(who.name or ""), who.birth_date), [])
        fitting = [person for person in named if _may_be(who, person)]
        if len(fitting) == 1:
            self._meet(code, fitting[0], row)
        elif fitting:
            self.likenesses[code] = Likeness(row, fitting[0].first_row, "ambiguous_name")
        else:
            self._add(code, who, row)

    def _respelled(self, who: _Who) -> _Person | None:
        """Return someone under another number whose name differs only in spelling."""
        if who.birth_date is None or who.name is None:
            return None
        for person in self._index.by_birth.get(who.birth_date, ()):
            if person.patient_id is not None and _is_respelled(who, person):
                return person
        return None

    def _meet(self, code: int, person: _Person, row: int) -> None:
        if person.first_row is None:
            person.first_row = row
        self.persons[code] = person

    def _add(self, code: int, who: _Who, row: int) -> None:
        person = _Person(self._new_id(), who.patient_id, who.name, who.birth_date, who.sex, who.phone, row, is_new=True)
        self._index.add(person)
        self.persons[code] = person


def are_two_people(who: _Who, person: _Person | KnownPerson) -> bool:
    """Whether one number stands for two people: what is known of both disagrees.

    Birth date and sex together decide, whatever the names. Else two different names need one of them too, and where
    a name is missing one of them is enough: nothing else speaks for the same person.
    """
    other_birth = _disagree(who.birth_date, person.birth_date)
    other_sex = who.sex is not None and person.sex is not None and who.sex != person.sex
    if other_birth and other_sex:
        return True
    if who.name is None or person.name is None:
        return other_birth or other_sex
    if spelling_key(who.name) == spelling_key(person.name):
        return False
    if who.birth_date is not None and person.birth_date is not None:
        return other_birth and not is_small_change(who.name, person.name)
    return other_sex


def _disagree(birth: str | None, other: str | None) -> bool:
    """Whether two birth dates cannot be the same; one known only to the month or year may be."""
    if birth is None or other is None:
        return False
    return not (birth.startswith(other) or other.startswith(birth))


def _may_be(who: _Who, person: _Person) -> bool:
    """Whether a row without a number can be this person: nothing in it speaks against."""
    if who.sex is not None and person.sex is not None and who.sex != person.sex:
        return False
    if who.birth_date is not None:
        return True
    # Without a birth date the name alone is not enough to join someone with another telephone.
    return who.phone == person.phone


def _is_respelled(who: _Who, person: _Person) -> bool:
    name, other = str(who.name), str(person.name or "")
    if not other or (who.sex is not None and person.sex is not None and who.sex != person.sex):
        return False
    same_phone = who.phone is not None and who.phone == person.phone
    if not same_phone and who.phone is not None and person.phone is not None:
        return False  # namesakes born on the same day
    if is_same_spelling(name, other):
        return True
    return same_phone and is_small_change(name, other)


def spelling_key(name: str) -> str:
    """Return a name without spaces, signs, accents, case, titles and remarks in brackets, its words in order.

    Latin words are sorted, so that "Garcia, Ana" equals "Ana Garcia".
    """
    plain = without_accents(_ASIDE.sub(" ", fold(name)).casefold())
    words = [word for word in _SIGNS.sub(" ", plain).split() if word not in _TITLES]
    return "".join(words) if has_cjk(plain) else " ".join(sorted(words))


def is_same_spelling(name: str, other: str) -> bool:
    """Whether two names are the same but for what ``spelling_key`` drops, or for initials that one of them lacks."""
    key, other_key = spelling_key(name), spelling_key(other)
    if key == other_key:
        return True
    words, others = _without_initials(key), _without_initials(other_key)
    return words == others and bool(words) and (words == key.split() or others == other_key.split())


def _without_initials(key: str) -> list[str]:
    return [word for word in key.split() if len(word) > 1 or not word.isalpha()]


def is_small_change(name: str, other: str) -> bool:
    """Whether two Latin names differ in one word by one letter, or two in a long word.

    Never so for Chinese names: twins differ in one character.
    """
    if has_cjk(name) or has_cjk(other):
        return False
    words, others = spelling_key(name).split(), spelling_key(other).split()
    if len(words) != len(others):
        return False
    changed = [word for word in words if word not in others]
    against = [word for word in others if word not in words]
    if len(changed) != 1 or len(against) != 1 or min(len(changed[0]), len(against[0])) < SHORTEST_CHANGED_WORD:
        return False
    return edit_distance(changed[0], against[0]) <= (2 if len(changed[0]) >= LONG_WORD else 1)


def edit_distance(word: str, other: str) -> int:
    """Return how many letters must be put in, left out, changed or swapped with the next one."""
    before: list[int] = []
    line = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        older, before, line = before, line, [i] + [0] * len(other)
        for j, against in enumerate(other, 1):
            line[j] = min(before[j] + 1, line[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == against:
                line[j] = min(line[j], older[j - 2] + 1)
    return line[-1]


def _spread(found: _Resolver, codes: Codes, rows: Sequence[int], name_only: set[int]) -> Resolution:
    """Give every row its person; rows that only share a name with an earlier one are parked."""
    ids: list[str | None] = [None] * len(codes)
    problems: dict[int, Problem] = {}
    likenesses = list(found.likenesses.values())
    reasons = {code: _problem(likeness) for code, likeness in found.likenesses.items()}
    of_code = {code: person.id for code, person in found.persons.items()}
    first_of_name: dict[int, int] = {}
    code_of_row = codes.tolist()
    for row in rows:
        code = code_of_row[row]
        if code in name_only and first_of_name.setdefault(code, row) != row:
            problems[row] = Problem(Reason.DUPLICATE_PERSON, ("name",))
            likenesses.append(Likeness(row, first_of_name[code], "name_only"))
        elif code in of_code:
            ids[row] = of_code[code]
        else:
            problems[row] = reasons[code]
    new = frozenset(person.id for person in found.persons.values() if person.is_new)
    return Resolution(ids, new, problems, tuple(likenesses))


def _problem(likeness: Likeness) -> Problem:
    return Problem(Reason.DUPLICATE_PERSON, NUMBER if likeness.kind == "same_number_other_person" else SPELLING)
