"""Import the readings of a device: say what is in the file, ask whose they are, store them with that person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from engine.domain.entries import Counts, ParkedRow, Source
from engine.domain.problems import Problem, Reason
from engine.domain.record import SourceKind
from engine.domain.series import ABSENT, ARMS, NO_OFFSET, QUALIFIERS, Readings, SeriesCounts, wall_time
from engine.intake.devices.gather import SetAside
from engine.intake.devices.planning import CONFIRMED_ROWS, DevicePlan, DeviceRequest, PersonReadings, plan_readings
from engine.intake.devices.raw import PersonHint, RawReadings
from engine.intake.importing import printable_name
from engine.intake.lexicon import load_lexicon
from engine.intake.units import unit_name
from engine.store import ArrivedReadings, add_readings, known_people
from engine.workflows.clinics import OpenClinic

_MOMENT = "time"

__all__ = [
    "DeviceOutcome",
    "FieldSummary",
    "ReadingsImported",
    "SetAside",
    "ShownReading",
    "import_readings",
    "moment_text",
]


@dataclass(frozen=True, slots=True)
class ShownReading:
    """One reading as a person looks at it."""

    row: int
    time: str
    values: Mapping[str, float]
    written: Mapping[str, str]
    method: str | None = None
    arm: str | None = None
    qualifiers: Mapping[str, str] = field(default_factory=dict)
    person: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class FieldSummary:
    """What the kept readings of one field come to, in the canonical unit."""

    field: str
    count: int
    low: float
    high: float
    mean: float


@dataclass(frozen=True, slots=True)
class DeviceOutcome:
    """How the readings of one file ended: ``read = kept + duplicates + rejected``.

    ``duplicates`` stand twice in the file, or are there from an earlier one (``known`` of them). ``first`` are the
    first readings, to be looked at; ``by_person`` how many were kept for each name or person.
    """

    read: int
    kept: int
    duplicates: int
    known: int
    rejected: int
    set_aside: tuple[SetAside, ...] = ()
    hints: tuple[PersonHint, ...] = ()
    not_readings: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[tuple[str, int], ...] = ()
    described: bool = False
    date_orders: tuple[str, ...] = ()
    unknown_zones: tuple[str, ...] = ()
    first: tuple[ShownReading, ...] = ()
    fields: tuple[FieldSummary, ...] = ()
    first_time: str | None = None
    last_time: str | None = None
    import_id: str | None = None
    by_person: tuple[tuple[str | None, str | None, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadingsImported:
    """A plan and how it ended."""

    plan: DevicePlan
    stored: bool
    device: DeviceOutcome
    counts: Counts


def import_readings(
    clinic: OpenClinic, path: Path, raw: RawReadings, request: DeviceRequest, *, dry_run: bool = False
) -> ReadingsImported:
    """Store the readings of a file that was read, if every question about it is answered.

    Raises:
        InputError: ``patient_unknown``; an answer is none.
        StoreError: it cannot be stored; nothing of it was.
    """
    plan = plan_readings(raw, request, known_people(clinic.vault), clinic.clock.today())
    store = plan.can_be_stored and not dry_run
    counted = _store(clinic, path, plan, rehearse=not store)
    device = _outcome(plan, counted)
    counts = Counts(
        rows_read=device.read, rows_new=device.kept, rows_repeated=device.duplicates, rows_parked=device.rejected
    )
    return ReadingsImported(plan, store, device, counts)


def _store(clinic: OpenClinic, path: Path, plan: DevicePlan, *, rehearse: bool) -> SeriesCounts:
    people: dict[str, tuple[Readings, ...]] = {}
    for one in plan.people:
        if one.person_id is not None:
            # Two names of one file may be one person.
            people[one.person_id] = (*people.get(one.person_id, ()), *one.readings)
    unknown = sum(one.acts for one in plan.people if one.person_id is None)
    source = Source(
        SourceKind.IMPORTED, clinic.clock.now(), clinic.actor, printable_name(path), plan.sha256 or None, None
    )
    arrived = ArrivedReadings(
        source, plan.kind, people, plan.read, plan.count(Reason.DUPLICATE_READING), tuple(_parked(plan))
    )
    counted = add_readings(clinic.vault, arrived, actor=clinic.actor, rehearse=rehearse)
    return replace(counted, new=counted.new + unknown)


def _parked(plan: DevicePlan) -> list[ParkedRow]:
    """Return what waits for a person: all that is set aside but repeats."""
    found = []
    for one in plan.set_aside:
        if one.reason is not Reason.DUPLICATE_READING:
            fields = tuple("visit_date" if name == _MOMENT else name for name in one.fields)
            found.append(ParkedRow(one.row, (Problem(one.reason, fields),), one.cells))
    return found


def _outcome(plan: DevicePlan, counted: SeriesCounts) -> DeviceOutcome:
    repeats = plan.count(Reason.DUPLICATE_READING)
    first, last = _span(plan)
    return DeviceOutcome(
        read=plan.read,
        kept=counted.new,
        duplicates=repeats + counted.known,
        known=counted.known,
        rejected=len(plan.set_aside) - repeats,
        set_aside=plan.set_aside,
        hints=plan.hints,
        not_readings=plan.not_readings,
        warnings=plan.warnings,
        described=plan.described,
        date_orders=plan.date_orders,
        unknown_zones=plan.unknown_zones,
        first=_first(plan),
        fields=_fields(plan),
        first_time=first,
        last_time=last,
        import_id=counted.import_id,
        by_person=tuple((one.name, one.person_id, one.acts) for one in plan.people),
    )


def _groups(plan: DevicePlan) -> list[tuple[PersonReadings, Readings]]:
    return [(person, readings) for person in plan.people for readings in person.readings]


def _first(plan: DevicePlan) -> tuple[ShownReading, ...]:
    """Return the first kept readings of the file, each with all it holds."""
    picked = [
        (int(readings.acts[at]), person, readings, at)
        for person, readings in _groups(plan)
        for at in np.argsort(readings.acts, kind="stable")[:CONFIRMED_ROWS].tolist()
    ]
    chosen = sorted({act for act, *_ in picked})[:CONFIRMED_ROWS]
    return tuple(_shown([part for part in picked if part[0] == act]) for act in chosen)


def _shown(parts: list[tuple[int, PersonReadings, Readings, int]]) -> ShownReading:
    values: dict[str, float] = {}
    written: dict[str, str] = {}
    signs: dict[str, str] = {}
    for _, _, readings, at in parts:
        numbers = readings.take(np.array([at])).values()[0].tolist()
        for place, name in enumerate(readings.fields):
            decimals = int(readings.decimals[at, place])
            if decimals == ABSENT:
                continue
            values[name] = round(numbers[place], 4)
            unit = unit_name(readings.conversions[readings.units[at, place]].unit_from, load_lexicon().units)
            written[name] = f"{readings.written[at, place] / 10**decimals:.{decimals}f} {unit}"
            if sign := QUALIFIERS[readings.qualifiers[at, place]]:
                signs[name] = sign
    _, person, readings, at = parts[0]
    method = next((part[2].method for part in parts if part[2].method), None)
    moment = moment_text(int(readings.wall[at]), int(readings.offset[at]))
    arm = ARMS[readings.arms[at]] or None
    return ShownReading(
        int(readings.rows[at]), moment, values, written, method, arm, signs, person.name, readings.device
    )


def moment_text(wall: int, offset: int) -> str:
    """Return a wall clock as text, with its offset where one is known."""
    text = wall_time(wall).isoformat()
    if offset == NO_OFFSET:
        return text
    return f"{text}{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"


def _span(plan: DevicePlan) -> tuple[str | None, str | None]:
    ends = []
    for _, readings in _groups(plan):
        instants = readings.instants()
        for at in (int(instants.argmin()), int(instants.argmax())):
            ends.append((int(instants[at]), moment_text(int(readings.wall[at]), int(readings.offset[at]))))
    return (min(ends)[1], max(ends)[1]) if ends else (None, None)


def _fields(plan: DevicePlan) -> tuple[FieldSummary, ...]:
    found: dict[str, list[np.ndarray]] = {}
    for _, readings in _groups(plan):
        values = readings.values()
        for place, name in enumerate(readings.fields):
            there = values[:, place][~np.isnan(values[:, place])]
            if there.size:
                found.setdefault(name, []).append(there)
    summaries = []
    for name, parts in found.items():
        numbers = np.concatenate(parts)
        ends = (round(float(numbers.min()), 4), round(float(numbers.max()), 4))
        summaries.append(FieldSummary(name, int(numbers.size), *ends, round(float(numbers.mean()), 4)))
    return tuple(summaries)
