"""What storing a device file would do: its readings, what is set aside and why, and what must be asked before.

Order of checks, each only of what passed the one before: shape, moment, readable values, repeat, limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import BoolArray, IntArray
from engine.domain.entries import KnownPerson
from engine.domain.problems import Reason
from engine.domain.series import ABSENT, MEASURES, Readings
from engine.intake.devices.checks import find_repeats, out_of_limits, unreadable
from engine.intake.devices.gather import Gathered, SetAside, gather
from engine.intake.devices.raw import PersonHint, RawReadings, Role, Trust
from engine.intake.devices.times import Times, read_times
from engine.intake.devices.values import Conversions, read_values
from engine.intake.devices.whose import Whose
from engine.intake.lexicon import load_lexicon
from engine.intake.plan import Outcome
from engine.intake.questions import AnswerValue, Interview, Question, QuestionKind
from engine.intake.tables import Rejection, RejectReason
from engine.intake.text import clean_line

CONFIRMED_ROWS = 10
MOSTLY = 0.95  # of the steps
RIGHT = "right"


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """What a person says with a device file.

    ``patient``: the number of the one chosen. ``named``: whether the kind of the file was named, and not recognised.
    """

    answers: Mapping[str, AnswerValue] = field(default_factory=dict)
    patient: str | None = None
    named: bool = False
    spare_answers: bool = False


@dataclass(frozen=True, slots=True)
class PersonReadings:
    """Readings for one person: by id, or by the name in the file while nobody has said who that is."""

    person_id: str | None
    name: str | None
    readings: tuple[Readings, ...]
    acts: int  # rows of the file; one may hold several measures


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """What is in a device file.

    ``read = kept + len(set_aside)``. While questions are open it is what the guesses would give, and nothing may be
    stored. ``date_orders`` and ``unknown_zones`` tell how moments were read.
    """

    outcome: Outcome
    kind: str
    rejection: Rejection | None = None
    questions: tuple[Question, ...] = ()
    unused_answers: tuple[str, ...] = ()
    hints: tuple[PersonHint, ...] = ()
    described: bool = False
    read: int = 0
    people: tuple[PersonReadings, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    not_readings: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[tuple[str, int], ...] = ()
    date_orders: tuple[str, ...] = ()
    unknown_zones: tuple[str, ...] = ()
    sha256: str = ""
    encoding: str | None = None
    delimiter: str | None = None

    @property
    def kept(self) -> int:
        """How many readings can be stored."""
        return sum(one.acts for one in self.people)

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions nobody has answered yet."""
        return tuple(question for question in self.questions if not question.answered)

    @property
    def can_be_stored(self) -> bool:
        """Whether storing may begin."""
        return self.outcome is not Outcome.REJECTED and not self.open_questions

    def count(self, reason: Reason) -> int:
        """Return how many readings were set aside for a reason."""
        return sum(one.reason is reason for one in self.set_aside)


def plan_readings(raw: RawReadings, request: DeviceRequest, known: Sequence[KnownPerson], today: date) -> DevicePlan:
    """Say what storing a device file would do. Pure.

    Raises:
        InputError: ``patient_unknown``, ``answer_unknown``, ``answer_invalid``.
    """
    whose = Whose(known, request.patient)
    hints = (*raw.hints, *_named_in_rows(raw))
    chosen = whose.answers(hints)
    interview = Interview({**chosen, **request.answers})
    gathered, times = _read(raw, interview, today)
    if not gathered.count:
        return DevicePlan(Outcome.REJECTED, raw.kind, Rejection(RejectReason.NO_ROWS, "no_readings"))
    if raw.described and not request.named:  # who names the kind of a file knows what it is
        count = min(CONFIRMED_ROWS, gathered.count)
        kind = QuestionKind.CONFIRM_ROWS
        interview.choose(Question(kind, kind, (), (RIGHT,), RIGHT, {"count": count}))
    person_ids, nobody = _people(gathered, whose, hints, interview)
    set_aside, kept = _check(gathered, nobody)
    if not request.spare_answers:
        _finish(interview, chosen.keys() - request.answers.keys())
    questions = interview.questions
    return DevicePlan(
        outcome=Outcome.OK_WITH_QUESTIONS if questions else Outcome.OK,
        kind=raw.kind,
        questions=questions,
        unused_answers=interview.unused,
        hints=hints,
        described=raw.described,
        read=gathered.count,
        people=_by_person(gathered, kept, person_ids),
        set_aside=set_aside,
        not_readings=_with_empty(raw.not_readings, gathered.empty),
        warnings=raw.warnings,
        date_orders=tuple(dict.fromkeys(one.order for one in times if one.order)),
        unknown_zones=tuple(dict.fromkeys(zone for one in times for zone in one.unknown_zones)),
        sha256=raw.sha256,
        encoding=raw.encoding,
        delimiter=raw.delimiter,
    )


def _finish(interview: Interview, ours: Iterable[str]) -> None:
    """Refuse answers that nothing asked for; what the choice of a person answered was no answer of theirs."""
    for answer in ours:
        interview.volunteered(answer)
    interview.finish()


def _read(raw: RawReadings, interview: Interview, today: date) -> tuple[Gathered, list[Times]]:
    lexicon, conversions = load_lexicon(), Conversions()
    times, values = [], []
    for part in raw.parts:
        times.append(read_times(part, interview, today))
        values.append(read_values(part, interview, lexicon, conversions))
    return gather(raw.parts, times, values, conversions), times


def _with_empty(counted: Mapping[str, int], empty: int) -> Mapping[str, int]:
    return {**counted, "empty": empty} if empty else counted


def _people(
    gathered: Gathered, whose: Whose, hints: Sequence[PersonHint], interview: Interview
) -> tuple[list[str | None], BoolArray]:
    """Return the id of the person of each name of the file, and which readings are nobody's."""
    names = gathered.names
    nobody = np.zeros(gathered.count, dtype=np.bool_)
    if len([name for name in names if name]) < 2:
        person = whose.one(hints, interview)
        return [person] * len(names), nobody
    several = [name for name in names if name]
    found = whose.several(gathered.names_header, several, interview)
    asked = next(one for one in interview.questions if one.kind is QuestionKind.SEVERAL_PEOPLE)
    left = {name for name in several if asked.answered and found.get(name) is None}
    for position, name in enumerate(names):
        if not name or name in left:
            nobody |= gathered.persons == position
    return [found.get(name) for name in names], nobody


def _named_in_rows(raw: RawReadings) -> list[PersonHint]:
    """Return the people whom a column of names tells of."""
    columns = [column for part in raw.parts for column in part.of(Role.PERSON)]
    names = dict.fromkeys((clean_line(cell), column.header) for column in columns for cell in column.cells)
    return [PersonHint(f"column {header}", Trust.PATIENT, name=name) for name, header in names if name]


def _check(gathered: Gathered, nobody: BoolArray) -> tuple[tuple[SetAside, ...], BoolArray]:
    """Return what is set aside, in the order of the file, and which readings stay."""
    found: dict[int, SetAside] = dict(unreadable(gathered))
    alive = np.ones(gathered.count, dtype=np.bool_)
    alive[list(found)] = False
    for position in np.flatnonzero(alive & nobody).tolist():
        found[position] = gathered.aside(position, Reason.MISSING_IDENTITY)
        alive[position] = False
    for problems in (find_repeats(gathered, alive), out_of_limits(gathered, alive)):
        for position, problem in problems.items():
            found.setdefault(position, problem)
    alive[list(found)] = False
    return tuple(found[position] for position in sorted(found)), alive


def _by_person(gathered: Gathered, kept: BoolArray, person_ids: Sequence[str | None]) -> tuple[PersonReadings, ...]:
    made = []
    for place, (name, person_id) in enumerate(zip(gathered.names, person_ids, strict=True)):
        chosen = kept & (gathered.persons == place)
        if chosen.any():
            groups = tuple(_groups(gathered, chosen))
            made.append(PersonReadings(person_id, name or None, groups, int(chosen.sum())))
    return tuple(made)


def _groups(gathered: Gathered, chosen: BoolArray) -> list[Readings]:
    """Part readings into those of one measure, one method and one device, in the order of time."""
    filled = {name: gathered.decimals[:, at] != ABSENT for at, name in enumerate(gathered.fields)}
    nothing = np.zeros(gathered.count, dtype=np.bool_)
    pressure = filled.get("sbp_mmhg", nothing)
    made = []
    for measure, names in MEASURES.items():
        has = filled.get(names[0], nothing) & chosen
        if measure == "pulse":
            has &= ~pressure
        if has.any():
            made += _of_measure(gathered, measure, np.flatnonzero(has).astype(np.int64))
    return made


def _of_measure(gathered: Gathered, measure: str, positions: IntArray) -> list[Readings]:
    kinds = gathered.methods[positions].astype(np.int64) * len(gathered.device_names) + gathered.devices[positions]
    made = []
    for kind in np.unique(kinds).tolist():
        members = positions[kinds == kind]
        members = members[_in_time(gathered.instants()[members])]
        method = gathered.method_names[kind // len(gathered.device_names)]
        device = gathered.device_names[kind % len(gathered.device_names)]
        made.append(
            Readings(
                measure,
                (method or None) if measure == "glucose" else None,
                device or None,
                gathered.wall[members],
                gathered.offset[members],
                gathered.rows[members],
                members.astype(np.int32),
                gathered.arms[members],
                _columns(gathered.written, measure, members, gathered.fields, 0),
                _columns(gathered.decimals, measure, members, gathered.fields, ABSENT),
                _columns(gathered.units, measure, members, gathered.fields, 0),
                _columns(gathered.qualifiers, measure, members, gathered.fields, 0),
                gathered.conversions,
            )
        )
    return made


def _in_time(instants: IntArray) -> IntArray:
    """Return the order of time; that of the file where it goes on steadily: when clocks go back, it knows best."""
    steps = np.diff(instants)
    steady = MOSTLY * len(steps)
    if np.sum(steps >= 0) >= steady:
        return np.arange(len(instants), dtype=np.int64)
    if np.sum(steps <= 0) >= steady:
        return np.arange(len(instants) - 1, -1, -1, dtype=np.int64)
    return np.asarray(np.argsort(instants, kind="stable"), dtype=np.int64)


def _columns(
    table: NDArray[np.signedinteger], measure: str, members: IntArray, fields: Sequence[str], absent: int
) -> NDArray[np.signedinteger]:
    """Return the columns of a measure; those that the file does not have are absent."""
    made = np.full((len(members), len(MEASURES[measure])), absent, dtype=table.dtype)
    for at, name in enumerate(MEASURES[measure]):
        if name in fields:
            made[:, at] = table[members, fields.index(name)]
    return made
