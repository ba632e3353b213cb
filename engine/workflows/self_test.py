"""The program tries itself: the whole main job on fictional people in a folder that is gone afterwards.

It answers the question a person has after an installation or a fault: is everything here that the program needs, and
does this computer compute what was published? So it starts real workers, opens real stores and runs every graph.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.domain.batch import BoolArray
from engine.domain.ports import Clock
from engine.errors import BugError, EngineError, PassphraseError, StoreError
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.packs.cases import ReferenceCases, read_cases
from engine.report import ReportOptions
from engine.resources import resources_folder
from engine.risk.predictors import Predictors
from engine.risk.reproduce import differences
from engine.wording import LANGUAGES, load_wording
from engine.workers.launch import limits_in_force
from engine.workflows.assess import assess_people
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.patients import find_patients
from engine.workflows.reports import write_reports

STEPS = ("language", "worker", "packs", "clinic", "import", "assess", "report", "refuse", "tidy")

_PASSPHRASE = "self-test of lantern"  # noqa: S105 - it locks fictional people in a folder that is about to vanish
_SECONDS_TO_TIDY = 5.0
_HEAD = 4096  # bytes: the first page of a store, whose checksum must not fit after the damage

Facts = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Step:
    """How one step ended.

    ``facts`` are what it found; ``fault`` is a code or the name of a class, None when all is well.
    """

    name: str
    seconds: float
    facts: Facts = field(default_factory=dict)
    fault: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the step did what it must."""
        return self.fault is None


def self_test(
    clock: Clock, workbook: Path | None = None, predictors: Predictors | None = None
) -> Generator[Step, None, None]:
    """Yield every step as it ends. Never raises for what is wrong with the program or the computer.

    Args:
        clock: the time.
        workbook: whom the clinic imports; None: the practice workbook that ships.
        predictors: the packs to check; None: those that ship.
    """
    trial = _Trial(clock, workbook, predictors)
    try:
        for name in STEPS:
            yield _run(name, trial.steps()[name])
    finally:
        trial.close()


def wrong_cases(cases: ReferenceCases, predictors: Predictors, pack_id: str) -> BoolArray:
    """Return which reference cases a pack does not give within their tolerance, numbers and band."""
    results = predictors.get(pack_id).predict(cases.people, stability=True)
    wrong = np.zeros(cases.people.rows, dtype=np.bool_)
    wrong[[each.row for each in differences(cases, results)]] = True
    return wrong


def _run(name: str, work: Callable[[], Facts]) -> Step:
    began = time.perf_counter()
    facts: Facts = {}
    fault = None
    try:
        facts = work()
    except EngineError as error:
        fault = error.code
    except Exception as error:  # noqa: BLE001 - the self-test is where any fault becomes a line
        fault = type(error).__name__
    return Step(name, time.perf_counter() - began, facts, fault)


class _Trial:
    """The steps, and what one leaves for the next."""

    def __init__(self, clock: Clock, workbook: Path | None, predictors: Predictors | None) -> None:
        self._clock = clock
        self._workbook = workbook
        self._given = predictors
        self._open = ExitStack()
        self._folder: Path | None = None
        self._clinic: OpenClinic | None = None

    def steps(self) -> Mapping[str, Callable[[], Facts]]:
        """Return the work of every step by name."""
        return {
            "language": self.language,
            "worker": self.worker,
            "packs": self.packs,
            "clinic": self.clinic,
            "import": self.import_workbook,
            "assess": self.assess,
            "report": self.report,
            "refuse": self.refuse,
            "tidy": self.tidy,
        }

    def language(self) -> Facts:
        """Every language has its sentences."""
        return {"sentences": min(len(load_wording(language).keys()) for language in LANGUAGES)}

    def worker(self) -> Facts:
        """A worker starts; it says which limits hold."""
        return {str(guard): str(force) for guard, force in limits_in_force().states}

    def packs(self) -> Facts:
        """Every pack gives the reference cases that it brings."""
        predictors = self._predictors()
        rows = 0
        for pack_id in predictors.library.ids():
            cases = read_cases(predictors.library.get(pack_id), predictors.dictionary)
            if wrong_cases(cases, predictors, pack_id).any():
                raise BugError("self_test_cases", pack=pack_id)
            rows += cases.people.rows
        if not rows:
            raise BugError("self_test_no_cases")
        return {"packs": len(predictors.library.ids()), "cases": rows}

    def clinic(self) -> Facts:
        """An encrypted clinic is made; it opens with its passphrase and not with another."""
        self._folder = Path(tempfile.mkdtemp(prefix="lantern-self-test-"))
        request = ClinicRequest(self._store(), "Self-test", "GBR", practice=True)
        create(request, _PASSPHRASE, self._clock, self._folder / "recovery-key.txt")
        try:
            with open_clinic(self._store(), _PASSPHRASE[::-1], self._clock, self._predictors()):
                raise BugError("self_test_opened_by_any")
        except PassphraseError:
            pass  # as it must be
        opened = open_clinic(self._store(), _PASSPHRASE, self._clock, self._predictors())
        self._clinic = self._open.enter_context(opened)
        return {}

    def import_workbook(self) -> Facts:
        """A workbook is read by a worker and stored."""
        workbook = self._workbook or resources_folder() / "practice" / "practice_clinic_en.xlsx"
        outcome = import_file(self._opened(), workbook, ImportRequest())
        if not outcome.stored or not outcome.counts.rows_new:
            raise BugError("self_test_import")
        return {"visits": outcome.counts.rows_new}

    def assess(self) -> Facts:
        """Everybody is assessed by every pack, and some get a number."""
        summary = assess_people(self._opened())
        for fault in summary.faults.values():
            raise fault
        if not any(pack.ok for pack in summary.packs):
            raise BugError("self_test_no_result")
        return {"people": summary.people}

    def report(self) -> Facts:
        """One person's pages are set in every language."""
        clinic = self._opened()
        person = next(each.id for each in find_patients(clinic, ""))
        size = 0
        for language in LANGUAGES:
            out = self._home() / f"report-{language}"
            (written,) = write_reports(clinic, [person], ReportOptions(language), out)
            content = written.path.read_bytes()
            if not content.startswith(b"%PDF-"):
                raise BugError("self_test_report")
            size += len(content)
        return {"reports": len(LANGUAGES), "bytes": size}

    def refuse(self) -> Facts:
        """A store that was altered is refused."""
        self._opened()
        self._open.close()
        self._clinic = None
        damaged = self._home() / "damaged"
        shutil.copytree(self._store(), damaged)
        database = damaged / "store.db"
        content = bytearray(database.read_bytes())
        content[_HEAD // 2] ^= 1
        database.write_bytes(content)
        try:
            with open_clinic(damaged, _PASSPHRASE, self._clock, self._predictors()):
                raise BugError("self_test_opened_damaged")
        except StoreError as error:
            if error.code != "store_damaged":
                raise
        return {}

    def tidy(self) -> Facts:
        """Nothing is left behind."""
        self.close()
        if self._folder is not None and self._folder.exists():
            raise BugError("self_test_left_behind")
        return {}

    def close(self) -> None:
        """Close the clinic and remove the folder; a virus scanner may hold a file for a moment."""
        self._open.close()
        self._clinic = None
        end = time.monotonic() + _SECONDS_TO_TIDY
        while self._folder is not None and self._folder.exists() and time.monotonic() < end:
            shutil.rmtree(self._folder, ignore_errors=True)
            time.sleep(0 if not self._folder.exists() else 0.1)

    def _predictors(self) -> Predictors:
        if self._given is None:
            self._given = Predictors(PackLibrary.shipped(), load_dictionary())
        return self._given

    def _home(self) -> Path:
        if self._folder is None:
            raise BugError("self_test_no_clinic")
        return self._folder

    def _store(self) -> Path:
        return self._home() / "clinic"

    def _opened(self) -> OpenClinic:
        if self._clinic is None:
            raise BugError("self_test_no_clinic")
        return self._clinic
