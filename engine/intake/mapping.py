"""Which column holds what: one place for every field, doubts asked once per column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.domain.readings import FIRST, HIGHER_ARM, LAST, MEAN_OF_ALL, READ_BY_ARM, SYSTOLIC
from engine.errors import InputError
from engine.intake.headers import HeaderReading, read_header
from engine.intake.lexicon import BESIDE_FIELDS, EVIDENCE, PAIR, Lexicon
from engine.intake.questions import LEAVE_OUT, AnswerValue, Interview, Names, Question, QuestionKind
from engine.intake.roles import Role
from engine.intake.tables import Column
from engine.intake.visit_columns import counted, number_visits

LONGEST_HEADER = 200  # signs
READING_RULES = (MEAN_OF_ALL, FIRST, LAST)
_SYSTOLIC = frozenset({SYSTOLIC, PAIR})
_READ_BY_ARM = frozenset({*READ_BY_ARM, PAIR})


@dataclass(frozen=True, slots=True)
class Mapped:
    """The roles of all columns, and how the rows are laid out: one visit a row, wide, or one test a row."""

    roles: tuple[Role, ...]
    layout: str

    def without(self, dropped: Sequence[Role]) -> Mapped:
        """Return the same map with some columns left out."""
        gone = {role.index for role in dropped}
        return replace(self, roles=tuple(_left_out(role) if role.index in gone else role for role in self.roles))


ONE_VISIT, WIDE, LONG = "one_row_per_visit", "wide", "one_test_per_row"


def map_columns(columns: Sequence[Column], interview: Interview, lexicon: Lexicon) -> Mapped:
    """Give every column its role.

    Raises:
        InputError: ``answer_invalid`` when an answer names no field or no option.
    """
    names = Names(tuple(column.header for column in columns))
    headers = counted([column.header for column in columns])
    roles = [
        _role(index, column, names[index], read_column(header, column.unit_hint), interview, lexicon)
        for index, (column, header) in enumerate(zip(columns, headers, strict=True))
    ]
    roles = number_visits(roles)
    roles = _without_rivals(roles, interview, lexicon)
    layout = _layout(roles, interview)
    roles = _only_with_partners(roles, layout)
    return Mapped(tuple(_number_readings(roles, interview)), layout)


def read_column(header: str, unit_hint: str | None) -> HeaderReading:
    """Return what a header says; a text too long for one says nothing."""
    return read_header(header, unit_hint) if len(header) <= LONGEST_HEADER else HeaderReading()


def _role(index: int, column: Column, name: str, said: HeaderReading, interview: Interview, lexicon: Lexicon) -> Role:
    answer = interview.volunteered(f"map:{name}")
    if answer is not None:
        try:
            target = read_target(answer, lexicon)
        except ValueError as error:
            raise InputError("answer_invalid") from error
        if target != said.target:
            said = HeaderReading(target, strong=True)
        said = replace(said, strong=True, offered=False, earlier=False)
    target = None if said.offered else said.target
    return Role(index, column.header, name, target, said, suggested=said.target if said.offered else None)


def read_target(answer: AnswerValue, lexicon: Lexicon) -> str | None:
    """Read what a person wants a column to be: a field, one of the targets beside fields, or left out.

    Raises:
        ValueError: for anything else.
    """
    if answer == LEAVE_OUT:
        return None
    if isinstance(answer, str) and (answer in lexicon.dictionary or answer in BESIDE_FIELDS):
        return answer
    raise ValueError("no target")


def _left_out(role: Role) -> Role:
    return replace(role, target=None, suggested=role.target)


def _without_rivals(roles: list[Role], interview: Interview, lexicon: Lexicon) -> list[Role]:
    """Leave one column in each place: the strongest word wins, equals are asked about."""
    places: dict[object, list[Role]] = defaultdict(list)
    for role in roles:
        if role.target is not None and not role.target.startswith(EVIDENCE):
            places[(role.target, role.said.reading or 1, role.said.side, role.said.visit)].append(role)
    beaten: set[int] = set()
    for rivals in places.values():
        if len(rivals) < 2:
            continue
        strong = [role for role in rivals if role.said.strong] or rivals
        winner = strong[0] if len(strong) == 1 else _ask_which(strong, interview)
        beaten |= {role.index for role in rivals if role is not winner}
    if any(role.target in {"sbp_mmhg", "dbp_mmhg"} and role.index not in beaten for role in roles):
        beaten |= {role.index for role in roles if role.target == PAIR}  # both kinds say the same
    return [_left_out(role) if role.index in beaten else role for role in roles]


def _ask_which(rivals: list[Role], interview: Interview) -> Role:
    names = tuple(role.name for role in rivals)
    first = rivals[0]
    target = str(first.target)
    place = (target, first.said.reading, first.said.side, first.said.visit)
    question = Question(
        ":".join(("column", *(str(part) for part in place if part is not None))),
        QuestionKind.MAP,
        tuple(role.header for role in rivals),
        names,
        names[0],
        {"field": target},
    )

    def read(answer: AnswerValue) -> Role:
        by_name = {name.casefold(): role for name, role in zip(names, rivals, strict=True)}
        return by_name[answer.strip().casefold() if isinstance(answer, str) else ""]

    return interview.ask(question, read) or rivals[0]


def _layout(roles: list[Role], interview: Interview) -> str:
    targets = {role.target for role in roles}
    visits = {role.visit for role in roles if role.visit is not None and role.target is not None}
    if {"lab_test", "lab_result"} <= targets:
        layout = LONG
    elif len(visits) > 1:
        layout = WIDE
    else:
        return ONE_VISIT
    dated = {role.visit for role in roles if role.target == "visit_date"}
    # Visits side by side without days of their own cannot be told apart once stored.
    options = (ONE_VISIT,) if layout == WIDE and not visits <= dated else (layout, ONE_VISIT)
    question = Question("layout", QuestionKind.LAYOUT, (), options, options[0], {"visits": len(visits)})
    return interview.choose(question) or options[0]


def _only_with_partners(roles: list[Role], layout: str) -> list[Role]:
    """Leave out what means nothing by itself."""
    targets = {role.target for role in roles}
    alone: set[str] = set()
    if layout != LONG:
        alone |= {"lab_test", "lab_result", "lab_unit"}
    if "birth_date" in targets:
        alone.add("birth_year")
    if not {"family_name"} <= targets and "name" in targets:
        alone.add("given_name")
    kept = [_left_out(role) if role.target in alone else role for role in roles]
    if layout == ONE_VISIT:
        # A single numbered visit is the visit; of several, without the wide layout, only the first can be one.
        first = min((role.visit for role in kept if role.visit is not None), default=None)
        kept = [role if role.visit in {None, first} else _left_out(role) for role in kept]
    return kept


def _number_readings(roles: list[Role], interview: Interview) -> list[Role]:
    """Number the readings of a visit, and ask by which rule the visit's value follows from them."""
    groups: dict[object, list[Role]] = defaultdict(list)
    for role in roles:
        if role.target is not None and not role.target.startswith(EVIDENCE):
            groups[(role.target, role.visit)].append(role)
    repeated = [group for group in groups.values() if len(group) > 1]
    if not repeated:
        return roles
    again = sorted((role for group in repeated for role in group), key=lambda role: role.index)
    twice = {role.target for role in again}
    arms = all(role.side is not None for role in again) and twice <= _READ_BY_ARM and bool(twice & _SYSTOLIC)
    options = (HIGHER_ARM, *READING_RULES) if arms else READING_RULES
    question = Question(
        "repeated_readings",
        QuestionKind.REPEATED_READINGS,
        tuple(role.header for role in again),
        options,
        options[0],
        {"readings": max(len(group) for group in repeated)},
    )
    rule = interview.choose(question) or options[0]
    numbers = {role.index: _reading_number(role, group) for group in repeated for role in group}
    return [replace(role, reading=numbers[role.index], rule=rule) if role.index in numbers else role for role in roles]


def _reading_number(role: Role, group: list[Role]) -> int:
    """Number a reading so that the systolic and diastolic value of one measurement share their number."""
    ordered = sorted(group, key=lambda other: (other.said.reading or 1, other.side or "", other.index))
    return ordered.index(role) + 1
