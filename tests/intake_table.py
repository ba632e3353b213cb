"""Imports every messy and every device file, holds each against its truth, and writes down what was asked.

    python -m tests.intake_table [WORD ...]

Writes ``tests/INTAKE.md``; with words it prints the lines of the files whose names hold one of them and writes nothing.
Each file goes through the limited worker into a clinic of its own, with every question answered: by its guess, or where
nothing can be guessed by what its truth assumes. Ends with 1 when a file does not match or the median of questions on
the messy files is above three. The files lie beside the checkout, in ``shared/data``; see README.md of that folder.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast

os.environ.setdefault("LANTERN_KEY_COST", "floor")  # clinics that live for a second need no costly key

from engine.domain.ports import no_progress
from engine.intake.devices.planning import DeviceRequest, plan_readings
from engine.intake.devices.raw import RawReadings
from engine.intake.importing import ImportRequest as Wanted
from engine.intake.importing import plan_table
from engine.intake.plan import ImportPlan, Outcome
from engine.intake.questions import AnswerValue, QuestionKind
from engine.intake.readers.child import read_table
from engine.intake.reading import read_any
from engine.intake.tables import Rejection, Table
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.import_files import ImportRequest, ReadFile, import_read_file
from engine.workflows.import_readings import import_readings
from tests.engine.intake import test_truths as tables
from tests.engine.intake.devices import reading
from tests.engine.intake.devices import test_truths as devices
from tests.engine.intake.plans import CLOCK

Stored = TypeVar("Stored")
CHECKOUT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("LANTERN_SHARED", CHECKOUT.parent / "shared")) / "data"
WRITTEN = Path(__file__).with_name("INTAKE.md")
PASSPHRASE = "a passphrase for a table of files"
MOST_QUESTIONS = 3
VISIT_DATE = "2018-06-30"
SOMEBODY = "Patient ID,Name,Date of birth,Visit date,SBP (mmHg)\nP1,Some Body,1950-01-02,2020-01-02,120\n"
MESSY, DEVICES, PUBLIC = "Messy files", "Device files", "Public data sets"
HEAD = """# What becomes of every file

Made by `python -m tests.intake_table`; running it again replaces this table. Each file of `shared/data/messy` and
`shared/data/devices` was read in the limited worker and stored in a clinic of its own, every question answered by its
guess, or where nothing can be guessed (whose readings) by what the truth assumes.

* `outcome`: what the file ends in before anybody has answered.
* `read`, `stored`, `repeats`, `waiting`: rows or readings; the first is the sum of the others.
* `truth`: `yes` when outcome, questions, map, rows, values and what is stored are those of the truth beside the file.
  Public data sets have none; they were planned with every guess, one visit date for all, and not stored.
* `questions`: what a person is asked once for the file; a shown guess counts.
"""
COLUMNS = ("file", "outcome", "read", "stored", "repeats", "waiting", "truth", "questions")


@dataclass(frozen=True)
class Line:
    """What became of one file."""

    file: str
    outcome: str
    counts: tuple[int, int, int, int] = (0, 0, 0, 0)
    differs: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    truth: str = "yes"

    def cells(self) -> tuple[str, ...]:
        truth = "NO: " + ", ".join(self.differs) if self.differs else self.truth
        return (self.file, self.outcome, *map(str, self.counts), truth, ", ".join(self.questions))


def files(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Give every file with the truth beside it, small ones first."""
    found = [truth.with_name(truth.name.removesuffix(".truth.json")) for truth in folder.glob("*.truth.json")]
    for path in sorted(found, key=lambda path: (path.stat().st_size, path.name)):
        yield path, json.loads(path.with_name(f"{path.name}.truth.json").read_text(encoding="utf-8"))


def messy(path: Path, truth: Mapping[str, Any]) -> Line:
    """Plan, store and check a messy file."""
    read = read_any(path, None, None, no_progress).content
    if not isinstance(read, (Table, Rejection)):
        return Line(path.name, "no table", differs=("kind",))
    plan = _plan(path, read)
    differs = _differing({"outcome": lambda: _equal(plan.outcome.value, truth["expected_outcome"])})
    if plan.outcome is Outcome.REJECTED:
        found = plan.rejection.reason.value if plan.rejection is not None else ""
        return Line(path.name, f"rejected: {found}", differs=(*differs, *_unlike(found, truth["reject_reason"])))
    told = dict(truth)
    checks: dict[str, Callable[[], None]] = {
        "questions": lambda: tables.check_questions(plan, told),
        "file": lambda: tables.check_file(plan, told),
        "columns": lambda: tables.check_columns(plan, told),
        "rows": lambda: tables.check_rows(plan, told, path.name),
    }
    if path.name not in tables.LONG | tables.WIDE:  # their records are looked at in a test of their own
        checks["values"] = lambda: tables.check_records(plan, told)
    answers = {question.id: question.guess for question in plan.questions}
    if QuestionKind.WHOSE_READINGS in answers:
        answers[QuestionKind.WHOSE_READINGS] = "P1"
    request = ImportRequest(answers=answers)
    stored = store(
        lambda clinic: import_read_file(clinic, ReadFile(path, cast(Table, read)), request),
        somebody=QuestionKind.WHOSE_READINGS in answers,
    )
    counts = stored.counts
    imported = counts.rows_new + counts.rows_updated
    ended = (counts.rows_read, imported, counts.rows_repeated, counts.rows_parked)
    told_by_store = ended if path.name not in tables.LONG else _joined(ended)
    checks["stored"] = lambda: _equal(stored.stored and told_by_store, _stored_truth(truth["counts"]))
    asked = tuple(question.kind.value for question in plan.questions)
    return Line(path.name, plan.outcome.value, ended, (*differs, *_differing(checks)), asked)


def _plan(path: Path, read: Table | Rejection, answers: Mapping[str, AnswerValue] = MappingProxyType({})) -> ImportPlan:
    if isinstance(read, Rejection):
        return ImportPlan(Outcome.REJECTED, rejection=read)
    numbers = itertools.count(1)
    wanted = Wanted(path, answers, {}, spare_answers=True)
    return plan_table(read, wanted, (), CLOCK, lambda: f"new-{next(numbers)}")


def _joined(ended: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Count repeats as stored: of tests below each other, two without a result say the same of their visit."""
    read, imported, repeated, parked = ended
    return (read, imported + repeated, 0, parked)


def _stored_truth(counts: Mapping[str, int]) -> tuple[int, int, int, int]:
    read = counts.get("visit_groups_read", counts["rows_read"])
    return (
        read,
        read - counts["rows_parked"] - counts["rows_repeated"],
        counts["rows_repeated"],
        counts["rows_parked"],
    )


def device(path: Path, truth: Mapping[str, Any]) -> Line:
    """Plan, store and check the file of a device."""
    found = read_any(path, None, None, no_progress)
    raw = found.content
    differs = _differing({"kind": lambda: _equal(found.kind, truth["kind"])})
    if not isinstance(raw, RawReadings):
        said = raw.reason.value if isinstance(raw, Rejection) else "table"
        return Line(path.name, f"rejected: {said}", differs=(*differs, *_unlike(said, truth["reject_reason"])))
    told = dict(truth)
    people = devices.patients(told)
    plan = plan_readings(raw, DeviceRequest(patient="P1", named=True), people, reading.TODAY)
    if plan.rejection is not None:
        said = plan.rejection.reason.value
        return Line(path.name, f"rejected: {said}", differs=(*differs, *_unlike(said, truth["reject_reason"])))
    checks: dict[str, Callable[[], None]] = {
        "outcome": lambda: _equal(plan.outcome.value in truth["acceptable_outcomes"], True),
        "counts": lambda: devices.check_counts(plan, told),
        "questions": lambda: devices.check_questions(plan, told),
        "set aside": lambda: devices.check_set_aside(plan, told),
        "values": lambda: devices.check_values(list(reading.values_of(plan)), told),
    }
    answers: dict[str, AnswerValue] = {
        question.id: question.guess for question in plan.questions if question.guess is not None
    }
    answers |= _people_answers(truth)
    said_by_person = DeviceRequest(answers, "P1", named=True, spare_answers=True)
    stored = store(lambda clinic: import_readings(clinic, path, raw, said_by_person), somebody=True)
    done = stored.device
    ended = (done.read, done.kept, done.duplicates, done.rejected)
    names = ("readings_read", "readings_kept", "readings_duplicate", "readings_rejected")
    checks["stored"] = lambda: _equal(stored.stored and ended, tuple(truth["counts"][name] for name in names))
    asked = tuple(question.kind.value for question in plan.questions)
    return Line(path.name, plan.outcome.value, ended, (*differs, *_differing(checks)), asked)


def public(path: Path) -> Line:
    """Plan a public data set as somebody would import it who agrees with every guess."""
    name = "/".join(path.relative_to(DATA).parts[-2:])
    read = read_any(path, None, None, no_progress).content
    if not isinstance(read, (Table, Rejection)):
        return Line(name, "no table", differs=("kind",))
    plan = _plan(path, read)
    if plan.rejection is not None:
        return Line(name, f"rejected: {plan.rejection.detail}", truth="")
    answers = {question.id: question.guess for question in plan.questions}
    asked = tuple(question.kind.value for question in plan.questions)
    if QuestionKind.VISIT_DATE in answers:
        answers[QuestionKind.VISIT_DATE] = VISIT_DATE
    if QuestionKind.WHOSE_READINGS in answers:  # nobody in it has a number or a name: no register of patients
        return Line(name, plan.outcome.value, (plan.rows_read, 0, 0, 0), questions=asked, truth="")
    plan = _plan(path, read, answers)
    parked = len(plan.parked)
    return Line(
        name, plan.outcome.value, (plan.rows_read, plan.rows_read - parked, 0, parked), questions=asked, truth=""
    )


def public_files() -> list[Path]:
    """Return the tables of public data sets, small ones first."""
    found = [*DATA.glob("*/train.csv"), *(DATA / "interchange" / "clinic_tables").glob("*.*")]
    return sorted((path for path in found if path.suffix in {".csv", ".xlsx"}), key=lambda path: path.stat().st_size)


def _people_answers(truth: Mapping[str, Any]) -> dict[str, AnswerValue]:
    """Say that all in the file is of the one person of the clinic: who it was is not what is looked at here."""
    names = [hint["name"] for hint in truth["person_hints"] if hint.get("name")]
    several: AnswerValue = dict.fromkeys(names, "P1")
    return {QuestionKind.WHOSE_READINGS.value: "P1", QuestionKind.SEVERAL_PEOPLE.value: several}


def store(imported: Callable[[OpenClinic], Stored], *, somebody: bool) -> Stored:
    """Import into a new clinic, in which there may be somebody already."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        create(ClinicRequest(home / "clinic", "Table", "CHN"), PASSPHRASE, CLOCK)
        with open_clinic(home / "clinic", PASSPHRASE, CLOCK) as clinic:
            if somebody:
                _add_somebody(clinic, home)
            return imported(clinic)


def _add_somebody(clinic: OpenClinic, folder: Path) -> None:
    path = folder / "somebody.csv"
    path.write_text(SOMEBODY, encoding="utf-8")
    table = read_table(path, lambda done, total: None)
    if not import_read_file(clinic, ReadFile(path, table), ImportRequest()).stored:
        raise RuntimeError("nobody is in the clinic")


def _differing(checks: Mapping[str, Callable[[], None]]) -> tuple[str, ...]:
    """Return which checks do not hold."""
    failed = []
    for name, check in checks.items():
        try:
            check()
        except (AssertionError, KeyError, ValueError, StopIteration):
            failed.append(name)
    return tuple(failed)


def _equal(found: object, expected: object) -> None:
    assert found == expected


def _unlike(found: str, expected: str) -> tuple[str, ...]:
    return () if found == expected else (f"reason {expected}",)


def written(title: str, lines: Sequence[Line]) -> str:
    """Write the table of one folder, and what it comes to."""
    lines = sorted(lines, key=lambda line: line.file)
    rows = "\n".join(f"| {' | '.join(line.cells())} |" for line in lines)
    matching = sum(not line.differs for line in lines)
    asked = [len(line.questions) for line in lines]
    truth = "" if title == PUBLIC else f"{matching} of {len(lines)} match their truth. "
    return (
        f"\n## {title}\n\n| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}\n{rows}\n\n"
        f"{truth}Questions: median {statistics.median(asked):g}, most "
        f"{max(asked)}, {sum(count == 0 for count in asked)} files ask nothing.\n"
    )


def looks() -> Iterator[tuple[str, Path, Callable[[], Line]]]:
    """Give every file, under the title of its table, with what finds its line."""
    for path, truth in files(DATA / "messy"):
        yield MESSY, path, partial(messy, path, truth)
    for path, truth in files(DATA / "devices"):
        yield DEVICES, path, partial(device, path, truth)
    for path in public_files():
        yield PUBLIC, path, partial(public, path)


def main(words: Sequence[str]) -> int:
    """Make the table; return 1 when a file does not match."""
    found: dict[str, list[Line]] = {}
    for title, path, look in looks():
        if words and not any(word in str(path.relative_to(DATA)) for word in words):
            continue
        line = look()
        found.setdefault(title, []).append(line)
        sys.stdout.write(" | ".join(line.cells()) + "\n")
        sys.stdout.flush()
        if not words:  # after every file, so that a run that is stopped leaves what it found
            WRITTEN.write_text(HEAD + "".join(written(*part) for part in found.items()), encoding="utf-8")
    lines = [line for part in found.values() for line in part]
    median = statistics.median([len(line.questions) for line in found.get(MESSY, [])] or [0])
    return int(any(line.differs for line in lines) or median > MOST_QUESTIONS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
