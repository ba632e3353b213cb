"""Random histories of files, edits and taking back, against a model that keeps statements and nothing else."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.domain.ports import FixedClock
from engine.domain.record import SourceKind
from engine.store import (
    RecoveryKey,
    Vault,
    edit_identity,
    find_patients,
    imports,
    load_record,
    open_clinic,
    remove_value,
    remove_visit,
    undo_import,
)
from engine.store.audit_log import verify_store
from tests.engine.store.conftest import CHEAP, NOW, PASSPHRASE
from tests.engine.store.entering import Sheet, store

FIELDS = ("sbp_mmhg", "hdl_mmol_l")
DAYS = ("2024-01-01", "2024-02-01")
NUMBERS = ("P1", "P2")
TODAY = NOW.date().isoformat()
Row = dict[str, Any]  # "person" and "visit_date" beside fields
Shown = dict[str, tuple[str | None, dict[str, dict[str, float]]]]


@dataclass(eq=False)
class Person:
    number: str
    id: str
    maker: int
    by_hand: list[tuple[int, str]] = field(default_factory=list)  # when, name
    kept: list[tuple[int, str, str]] = field(default_factory=list)  # when, day, name: kept when their file went
    ended: bool = False


@dataclass(eq=False)
class Visit:
    person: Person
    day: str
    maker: int | None
    by_hand: list[tuple[int, str, float | None, float | None]] = field(default_factory=list)  # when, field, over, new
    ended: bool = False


@dataclass(eq=False)
class Held:
    """One row as it stood in one or more files: the first that counts says it."""

    visit: Visit
    row: Row
    files: list[tuple[int, int]]  # when, place in the file


class Model:
    """The record as statements in their order. A file that is taken back says nothing any more."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.visits: list[Visit] = []
        self.held: list[Held] = []
        self.undone: set[int] = set()

    def person(self, number: str) -> Person | None:
        return next((one for one in self.people if one.number == number and not one.ended), None)

    def visit(self, person: Person, day: str) -> Visit | None:
        return next((one for one in self.visits if one.person is person and one.day == day and not one.ended), None)

    def value(self, visit: Visit, name: str) -> float | None:
        """What was said last counts, unless a person took that back before."""
        said: list[tuple[int, int, str, float | None]] = []
        for held in self.held:
            if held.visit is visit and held.row[name] is not None:
                when, place = held.files[0]
                said.append((when, place, "file", held.row[name]))
        for when, field_, over, new in visit.by_hand:
            if field_ == name:
                said += [(when, 0, "not", over), (when, 1, "hand", new)]
        counts: float | None = None
        withdrawn: set[float | None] = set()
        for _, _, kind, content in sorted(said, key=lambda one: one[:2]):
            if kind == "not":
                withdrawn.add(content)
            elif kind == "hand" or content not in withdrawn:
                counts = content
        return counts

    def name(self, person: Person) -> str | None:
        """The name of the latest day counts; one that a person took away comes back by hand only."""
        told = [(when, day, place, "kept", name) for place, (when, day, name) in enumerate(person.kept)]
        told += [(when, TODAY, 0, "hand", name) for when, name in person.by_hand]
        for held in self.held:
            if held.visit.person is person:
                when, place = held.files[0]
                told.append((when, held.row["visit_date"], place, "file", held.row["name"]))
        values: dict[str, list[Any]] = {}  # name -> first day, last day, changed when, place, ended
        for when, day, place, kind, name in sorted(told):
            if kind == "hand":
                latest = max([day, *(one[1] for one in values.values() if not one[4])])
                for other, one in values.items():
                    if other != name and not one[4]:
                        one[2], one[4] = when, True
                first = values[name][0] if name in values else latest
                values[name] = [first, latest, when, values[name][3] if name in values else 0, False]
            elif name not in values:
                values[name] = [day, day, when, place, False]
            elif not values[name][4] and not values[name][0] <= day <= values[name][1]:
                one = values[name]
                one[0], one[1], one[2] = min(one[0], day), max(one[1], day), when
        alive = [((one[1], one[2], one[3]), name) for name, one in values.items() if not one[4]]
        return max(alive)[1] if alive else None

    def take_file(self, now: int, rows: list[Row]) -> None:
        for place, row in enumerate(rows, 2):
            person = self.person(row["patient_id"])
            if person is None:
                person = Person(row["patient_id"], row["person"], now)
                self.people.append(person)
            known = next((one for one in self.held if one.visit.person is person and one.row == row), None)
            if known is not None:
                if known.files[-1][0] != now:
                    known.files.append((now, place))
                continue
            visit = self.visit(person, row["visit_date"])
            if visit is None:
                visit = Visit(person, row["visit_date"], now)
                self.visits.append(visit)
            self.held.append(Held(visit, row, [(now, place)]))

    def type_value(self, now: int, person: Person, day: str, name: str, content: float) -> None:
        visit = self.visit(person, day)
        if visit is None:
            visit = Visit(person, day, None)
            self.visits.append(visit)
        before = self.value(visit, name)
        if before != content:
            visit.by_hand.append((now, name, before, content))

    def undo(self, now: int, file: int) -> None:
        self.undone.add(file)
        own = [one for one in self.held if one.files[0][0] == file]
        said = [(one.visit.person, one.row["visit_date"], one.row["name"]) for one in own]
        for one in self.held:
            one.files = [place for place in one.files if place[0] != file]
        self.held = [one for one in self.held if one.files]
        for visit in {id(one.visit): one.visit for one in own}.values():
            spoken = any(one.visit is visit for one in self.held)
            left = any(self.value(visit, name) is not None for name in FIELDS)
            if visit.maker in self.undone and not spoken and not left:
                visit.ended = True
        concerned = {id(one.visit.person): one.visit.person for one in own}
        concerned |= {id(one): one for one in self.people if one.maker == file}
        for person in concerned.values():
            spoken = any(one.visit.person is person for one in self.held)
            visits = any(one.person is person and not one.ended for one in self.visits)
            if person.maker in self.undone and not spoken and not visits and not person.by_hand:
                person.ended = True
            elif person.maker in self.undone and not spoken and not person.kept:
                person.kept += [(now, day, name) for whose, day, name in said if whose is person]

    def shown(self) -> Shown:
        found: Shown = {}
        for person in self.people:
            if not person.ended:
                visits: dict[str, dict[str, float]] = {}
                for visit in self.visits:
                    if visit.person is person and not visit.ended:
                        every = {name: self.value(visit, name) for name in FIELDS}
                        visits[visit.day] = {name: value for name, value in every.items() if value is not None}
                found[person.number] = (self.name(person), visits)
        return found


def shown(vault: Vault) -> Shown:
    found: Shown = {}
    for patient in find_patients(vault):
        visits = load_record(vault, patient.id).visits
        assert patient.patient_id is not None
        found[patient.patient_id] = (
            patient.name,
            {str(one.visit_date): {each.field: each.value for each in one.measurements} for one in visits},  # type: ignore[misc]  # numbers only
        )
    return found


class Both:
    """A store and the model beside it; each step is done to both."""

    def __init__(self, vault: Vault, sheet: Sheet) -> None:
        self.vault, self.sheet, self.model = vault, sheet, Model()
        self.files: list[tuple[int, str]] = []
        self.sheets: list[list[Row]] = []

    def step(self, now: int, step: tuple[Any, ...]) -> None:
        getattr(self, step[0])(now, *step[1:])
        assert shown(self.vault) == self.model.shown(), step

    def file(self, now: int, rows: list[Row]) -> None:
        self.sheets.append(rows)
        told: list[Row] = []
        for row in rows:
            known = self.model.person(row["patient_id"])
            told.append({**row, "person": known.id if known else f"{row['patient_id']}-{now}"})
        store(self.vault, self.sheet, told)
        self.model.take_file(now, told)
        self.files.append((now, imports(self.vault)[0].id))

    def again(self, now: int, which: int) -> None:
        if self.sheets:
            self.file(now, self.sheets[which % len(self.sheets)])

    def undo(self, now: int, which: int) -> None:
        left = [one for one in self.files if one[0] not in self.model.undone]
        if left:
            file, id_ = left[which % len(left)]
            undo_import(self.vault, id_, "user-1")
            self.model.undo(now, file)

    def type(self, now: int, number: str, day: str, name: str, content: float) -> None:
        person = self.model.person(number)
        if person is not None:
            row: Row = {"person": person.id, "visit_date": day, name: content}
            store(self.vault, self.sheet, [row], kind=SourceKind.TYPED)
            self.model.type_value(now, person, day, name, content)

    def remove(self, now: int, number: str, day: str, name: str) -> None:
        person = self.model.person(number)
        visit = person and self.model.visit(person, day)
        before = self.model.value(visit, name) if visit else None
        if person and visit and before is not None:
            remove_value(self.vault, self._visit_id(person, day), name, 1, "user-1")
            visit.by_hand.append((now, name, before, None))

    def drop(self, now: int, number: str, day: str) -> None:
        person = self.model.person(number)
        visit = person and self.model.visit(person, day)
        if person and visit:
            remove_visit(self.vault, self._visit_id(person, day), "user-1")
            visit.ended = True

    def call(self, now: int, number: str, name: str) -> None:
        person = self.model.person(number)
        if person is not None:
            edit_identity(self.vault, person.id, {"name": name}, "user-1")
            person.by_hand.append((now, name))

    def _visit_id(self, person: Person, day: str) -> str:
        return next(one.id for one in load_record(self.vault, person.id).visits if str(one.visit_date) == day)


numbers, days = st.sampled_from(NUMBERS), st.sampled_from(DAYS)
contents = st.sampled_from([1.0, 2.0, 3.0])
names = st.sampled_from(["Ann", "Anne", "Bo"])
rows = st.fixed_dictionaries(
    {
        "visit_date": days,
        "patient_id": numbers,
        "name": names,
        **{name: st.none() | contents for name in FIELDS},
    }
)
steps = st.one_of(
    st.tuples(st.just("file"), st.lists(rows, min_size=1, max_size=4)),
    st.tuples(st.just("file"), st.lists(rows, min_size=1, max_size=4)),
    st.tuples(st.just("again"), st.integers(0, 5)),
    st.tuples(st.just("undo"), st.integers(0, 5)),
    st.tuples(st.just("undo"), st.integers(0, 5)),
    st.tuples(st.just("type"), numbers, days, st.sampled_from(FIELDS), contents),
    st.tuples(st.just("remove"), numbers, days, st.sampled_from(FIELDS)),
    st.tuples(st.just("drop"), numbers, days),
    st.tuples(st.just("call"), numbers, names),
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(history=st.lists(steps, min_size=2, max_size=10))
def test_the_store_is_as_if_what_was_taken_back_had_never_come(
    history: list[tuple[Any, ...]], fresh_clinic: tuple[Path, RecoveryKey], sheet: Sheet
) -> None:
    for vault in _opened(fresh_clinic[0]):
        both = Both(vault, sheet)
        for now, step in enumerate(history, 1):
            both.step(now, step)
        for now in range(len(history) + 1, len(history) + 1 + len(both.files)):
            both.step(now, ("undo", 0))
        assert verify_store(vault).findings == ()


def _opened(clinic: Path) -> Iterator[Vault]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "clinic"
        shutil.copytree(clinic, folder)
        with open_clinic(folder, PASSPHRASE, FixedClock(NOW), floor=CHEAP) as vault:
            yield vault
