"""From the items of a file to what may be stored: whose they are, when, what they mean, and how each ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from engine.codes import load_codes
from engine.domain.dates import PartialDate
from engine.domain.entries import KnownPerson
from engine.domain.kept import KeptItem, KeptLine, KeptState, ListArrival
from engine.domain.ports import Clock
from engine.domain.record import Check, Condition, Medicine, Origin, SourceKind
from engine.intake.plan import Outcome
from engine.intake.questions import AnswerValue, Interview
from engine.intake.records.entries import Dated, build_identified
from engine.intake.records.items import Form, Item, RecordFile, SourcePerson
from engine.intake.records.meaning import FieldValue, Meaning, Refused, Unmapped, VisitDay, meaning_of
from engine.intake.records.people import Recognised, key_of, parked_people, recognise
from engine.intake.records.plan import RecordPlan, Tally
from engine.intake.validate import PRESSURES, SMALLEST_PULSE_PRESSURE

_CONFIRMED = "{}_confirmed_date"


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """What a person wants imported: the answers by question id, who imports, and the file's name."""

    answers: Mapping[str, AnswerValue]
    actor: str | None = None
    file_name: str | None = None
    spare_answers: bool = False


def plan_records(
    file: RecordFile,
    request: RecordRequest,
    known: Sequence[KnownPerson],
    clock: Clock,
    new_id: Callable[[], str],
) -> RecordPlan:
    """Say what importing a file of records would do. Pure.

    Raises:
        InputError: ``answer_invalid``, ``answer_unknown``.
    """
    interview = Interview(request.answers)
    recognised = recognise(file, known, interview, new_id, clock.today())
    if not request.spare_answers:
        interview.finish()
    return _Planner(file, request, recognised, clock).plan(interview)


@dataclass(slots=True)
class _Ends:
    """How the parts of each resource ended, and what is to be kept."""

    states: dict[int, tuple[str, KeptState]] = field(default_factory=dict)
    kept: list[tuple[Item, KeptState, str, str]] = field(default_factory=list)

    def end(self, item: Item, state: KeptState) -> None:
        """Note how a part ended; of several parts, stored counts before refused and that before unmapped."""
        order = (KeptState.STORED, KeptState.REFUSED, KeptState.UNMAPPED)
        before = self.states.get(item.place)
        if before is None or order.index(state) < order.index(before[1]):
            self.states[item.place] = (item.kind, state)

    def keep(self, item: Item, state: KeptState, why: str, person: str) -> None:
        self.end(item, state)
        self.kept.append((item, state, why, person))


class _Planner:
    """Plans one file."""

    def __init__(self, file: RecordFile, request: RecordRequest, recognised: Recognised, clock: Clock) -> None:
        self._file = file
        self._request = request
        self._recognised = recognised
        self._clock = clock
        self._today = clock.today()
        self._origin = Origin(SourceKind.IMPORTED, clock.now())
        self._births = {person.key: _earliest(person.birth_date) for person in file.people}
        self._ends = _Ends()
        ids = set(recognised.ids.values())
        self._only = next(iter(ids)) if len(ids) == 1 else ""  # whom else could it be about
        self._dated: list[Dated] = []
        self._arrived: list[tuple[str, Meaning, Item]] = []

    def plan(self, interview: Interview) -> RecordPlan:
        """Go through the items, then see to what can be told only when all have been seen."""
        groups: list[Item] = []
        values: dict[int, list[tuple[Item, FieldValue]]] = defaultdict(list)
        for item in self._file.items:
            if item.form is Form.GROUP and item.why is None:
                groups.append(item)
            else:
                self._take(item, values)
        for parts in values.values():
            self._take_values(parts)
        self._close(groups)
        arrivals = self._arrivals()
        identified = build_identified(
            self._dated, self._people(), self._file, self._recognised.new, self._request, self._clock
        )
        tallies: dict[str, Tally] = {}
        for (kind, state), number in Counter(self._ends.states.values()).items():
            tallies.setdefault(kind, Tally()).count(state, number)
        questions = interview.questions
        return RecordPlan(
            outcome=Outcome.OK_WITH_QUESTIONS if questions else Outcome.OK,
            questions=questions,
            unused_answers=interview.unused,
            file=self._file,
            resources=dict(sorted(tallies.items())),
            people=len(set(self._recognised.ids.values())),
            identified=identified,
            arrivals=arrivals,
            kept=_grouped(self._ends.kept),
            parked=parked_people(self._file, self._recognised),
            likenesses=self._recognised.likenesses,
        )

    def _people(self) -> list[tuple[str, SourcePerson]]:
        ids = self._recognised.ids
        return [(ids[person.key], person) for person in self._file.people if person.key in ids]

    def _take(self, item: Item, values: dict[int, list[tuple[Item, FieldValue]]]) -> None:
        if item.form is Form.ENVELOPE:
            self._ends.end(item, KeptState.STORED)
            return
        person = self._recognised.ids.get(key_of(item, self._recognised))
        if item.form is Form.OTHER and item.why is None:
            self._ends.keep(item, KeptState.UNMAPPED, "not_used", person or self._only)
            return
        if person is None:
            why = item.why or self._recognised.refused.get(item.person or "", "person_not_in_file")
            self._ends.keep(item, KeptState.REFUSED, why, "")
            return
        if item.form is Form.PERSON and item.why is None:
            self._ends.end(item, KeptState.STORED)
        elif item.form is Form.NONE_KNOWN and item.why is None:
            self._none_known(item, person)
        else:
            self._mean(item, person, values)

    def _mean(self, item: Item, person: str, values: dict[int, list[tuple[Item, FieldValue]]]) -> None:
        meaning = meaning_of(item, self._today, self._origin)
        if isinstance(meaning, Refused):
            self._ends.keep(item, KeptState.REFUSED, meaning.why, person)
        elif isinstance(meaning, Unmapped):
            self._ends.keep(item, KeptState.UNMAPPED, meaning.why, person)
        elif isinstance(meaning, (FieldValue, VisitDay)):
            why = self._unfit_day(item)
            if why is not None:
                self._ends.keep(item, KeptState.REFUSED, why, person)
            elif isinstance(meaning, FieldValue):
                values[item.place].append((item, meaning))
            else:
                self._dated.append(Dated(person, str(item.day), item, None))
                self._ends.end(item, KeptState.STORED)
        else:
            self._arrived.append((person, meaning, item))
            self._ends.end(item, KeptState.STORED)

    def _unfit_day(self, item: Item) -> str | None:
        """Return why a value or visit cannot stand on its day."""
        try:
            day = PartialDate.parse(item.day) if item.day else None
        except ValueError:
            return "unreadable_date"
        if day is None or day.day is None:
            return "no_date"
        if day.earliest > self._today:
            return "future_date"
        birth = self._births.get(item.person or "")
        return "before_birth" if birth is not None and day.earliest < birth else None

    def _take_values(self, parts: Sequence[tuple[Item, FieldValue]]) -> None:
        """Take the values of one resource; a pair of pressures stands or falls together."""
        numbers = {value.field: value.value for _, value in parts if isinstance(value.value, float)}
        why: dict[str, str] = {}
        for upper, lower in PRESSURES:
            if upper in numbers and lower in numbers:
                gap = float(numbers[upper]) - float(numbers[lower])
                if gap < SMALLEST_PULSE_PRESSURE:
                    reason = "impossible_value" if gap <= 0 else "implausible_value"
                    why |= {upper: reason, lower: reason}
        for item, value in parts:
            person = self._recognised.ids[key_of(item, self._recognised)]
            if value.field in why:
                self._ends.keep(item, KeptState.REFUSED, why[value.field], person)
            else:
                self._dated.append(Dated(person, str(item.day), item, value))
                self._ends.end(item, KeptState.STORED)

    def _none_known(self, item: Item, person: str) -> None:
        """Confirm a list as empty; only of somebody new, for here other entries may be known."""
        whole = item.day is not None and len(item.day) == len("2000-01-01")
        day = item.day if whole else self._file.written_on
        if person not in self._recognised.new or item.value is None:
            self._ends.keep(item, KeptState.UNMAPPED, "list_known_here", person)
        elif day is None or (why := self._unfit_day(_on(item, day))) is not None:
            self._ends.keep(item, KeptState.REFUSED, "no_date" if day is None else str(why), person)
        else:
            self._dated.append(Dated(person, day, item, FieldValue(_CONFIRMED.format(item.value), day)))
            self._ends.end(item, KeptState.STORED)

    def _close(self, groups: Iterable[Item]) -> None:
        """A group is stored where something of it is, for it says nothing more."""
        for item in groups:
            members = [self._ends.states.get(place, ("", KeptState.UNMAPPED))[1] for place in item.members]
            if KeptState.STORED in members:
                self._ends.end(item, KeptState.STORED)
            else:
                person = self._recognised.ids.get(key_of(item, self._recognised))
                self._ends.keep(item, KeptState.UNMAPPED, "not_used", person or self._only)

    def _arrivals(self) -> tuple[ListArrival, ...]:
        """Join what says the same of a person: prescriptions of one medicine become one entry."""
        joined: dict[tuple[str, object], list[tuple[Meaning, Item]]] = defaultdict(list)
        for person, entry, item in self._arrived:
            joined[person, _identity(entry, item)].append((entry, item))
        return tuple(_arrival(person, found) for (person, _), found in joined.items())


def _on(item: Item, day: str) -> Item:
    return replace(item, day=day)


def _earliest(birth: str | None) -> date | None:
    try:
        return PartialDate.parse(birth).earliest if birth else None
    except ValueError:
        return None


def _is_dated(entry: Meaning) -> bool:
    if isinstance(entry, Condition):
        return load_codes().conditions[entry.code].event
    return isinstance(entry, Check)


def _identity(entry: Meaning, item: Item) -> object:
    """Return what makes two entries of a file the same thing."""
    if isinstance(entry, Medicine):
        return Medicine, entry.text.casefold(), entry.dose_text
    if isinstance(entry, Condition) and not _is_dated(entry):
        return Condition, entry.code, entry.certainty, entry.onset, entry.end
    return type(entry), entry


def _arrival(person: str, found: Sequence[tuple[Meaning, Item]]) -> ListArrival:
    entry, item = found[0]
    if isinstance(entry, Medicine):
        entry = _one_medicine([each for each, _ in found if isinstance(each, Medicine)])
    lines = tuple(_line(each) for _, each in found)
    code = item.codes[0] if item.codes else None
    source = KeptItem(
        person,
        item.kind,
        KeptState.STORED,
        None,
        code.system if code else "",
        code.code if code else "",
        item.text or (code.display if code else ""),
        lines,
    )
    return ListArrival(person, entry, source, _is_dated(entry))  # type: ignore[arg-type]  # an entry of a list by now


def _one_medicine(found: Sequence[Medicine]) -> Medicine:
    """Return one entry for prescriptions of the same medicine: from the first, until the last where all have ended."""
    starts = [each.start for each in found if each.start is not None]
    stops = [each.stop for each in found if each.stop is not None]
    return replace(
        found[0],
        start=min(starts, key=lambda day: day.earliest) if starts else None,
        stop=max(stops, key=lambda day: day.latest) if len(stops) == len(found) else None,
    )


def _line(item: Item) -> KeptLine:
    value = f"{item.sign or ''}{item.value}" if item.value is not None else item.detail
    return KeptLine(item.place, item.day, value, item.unit)


def _grouped(kept: Iterable[tuple[Item, KeptState, str, str]]) -> tuple[KeptItem, ...]:
    """Join occurrences of the same code, so that a hundred claims are one line with a hundred places."""
    lines: dict[tuple[str, str, KeptState, str, str, str, str], list[KeptLine]] = {}
    for item, state, why, person in kept:
        code = item.codes[0] if item.codes else None
        display = item.text or (code.display if code else "")
        key = (person, item.kind, state, why, code.system if code else "", code.code if code else "", display)
        lines.setdefault(key, []).append(_line(item))
    return tuple(KeptItem(*key, tuple(found)) for key, found in lines.items())
