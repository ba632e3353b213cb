"""J7, as far as the window goes: closed in the middle of a job, a disk that is full while somebody types."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.intake.presenter import STORING
from engine.domain.ports import FixedClock
from engine.wording import load_wording
from engine.workflows.clinics import ClinicRequest, OpenClinic, create
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.predictors import Predictors
from engine.workflows.unlock import unlock
from tests.desktop.conftest import NOW
from tests.desktop.stories.conftest import Desk
from tests.desktop.stories.disks import Disk, short_files, small_disk
from tests.desktop.stories.tables import clear_table

PASSPHRASE = "four words nobody guesses"
FEW, MANY = 300, 2_500


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory, predictors: Predictors) -> Path:
    """A clinic of people whom nobody assessed yet."""
    folder = tmp_path_factory.mktemp("register")
    clock = FixedClock(NOW)
    create(ClinicRequest(folder / "clinic", "Maple Lane", "KEN"), PASSPHRASE, clock)
    clinic = unlock(folder / "clinic", PASSPHRASE, clock, predictors)
    outcome = import_file(clinic, clear_table(folder, FEW), ImportRequest())
    clinic.vault.close()
    assert outcome.counts.rows_new == FEW
    return folder / "clinic"


@pytest.fixture
def clinic_folder(register: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(register, tmp_path / "clinic"))


def test_closed_while_everybody_is_assessed_it_asks_once_keeps_what_was_finished_whole_and_opens_again(
    begin: Callable[..., Desk], clinic_folder: Path
) -> None:
    desk = begin("en", clinic_folder)
    hands, work = desk.hands, desk.unlock(PASSPHRASE)
    hands.key("Ctrl+3")
    hands.until(lambda: work.page == "batch", "no batch")
    hands.key("Ctrl+R")
    hands.until(lambda: work.batch.assess.runs and work.batch.assess.done, "nothing is assessed")
    with hands.step("close, asked, close again"):
        hands.close_window()
        asked = hands.says(desk.texts("close.something_runs"))
        still = "closed" not in desk.ended
        hands.close_window()
        hands.until(lambda: "closed" in desk.ended, "it does not close")
    assert asked
    assert still
    again = begin("en", clinic_folder)
    again.unlock(PASSPHRASE)
    assert again.ask(damage) == []
    saved, torn = again.ask(assessments)
    hands.remark(f"closed after {saved} of {FEW} were assessed")
    assert 0 < saved <= FEW
    assert torn == 0


def test_closed_while_a_file_is_stored_it_asks_once_stores_all_or_nothing_and_opens_again(
    begin: Callable[..., Desk], clinic_folder: Path, tmp_path: Path
) -> None:
    desk = begin("en", clinic_folder)
    hands, work = desk.hands, desk.unlock(PASSPHRASE)
    hands.key("Ctrl+2")
    hands.until(lambda: work.page == "import", "no import")
    hands.press_for_file(desk.texts("import.choose"), clear_table(tmp_path, MANY))
    hands.until(lambda: work.intake.step == "columns" and not work.intake.busy, "no columns")
    assert work.intake.open_questions == ()
    hands.key("Ctrl+Return")
    hands.until(lambda: work.intake.step == "check", "no check")
    hands.key("Ctrl+Return")
    hands.until(lambda: work.intake.busy == STORING, "nothing is stored")
    with hands.step("close, asked, close again"):
        hands.close_window()
        asked = hands.says(desk.texts("close.something_runs"))
        hands.close_window()
        hands.until(lambda: "closed" in desk.ended, "it does not close")
    assert asked
    again = begin("en", clinic_folder)
    again.unlock(PASSPHRASE)
    people = everybody(again)
    hands.remark(f"closed while storing: {people - FEW if people > FEW else 0} of {MANY - FEW} new people are there")
    assert people in (FEW, MANY)
    assert again.ask(damage) == []


@pytest.fixture(params=["a small disk", "files that may not grow"])
def disk(request: pytest.FixtureRequest, register: Path, tmp_path: Path) -> Iterator[Disk]:
    """A clinic on a disk that can be filled."""
    if os.name != "posix":
        pytest.skip("no way to fill a disk here")
    if request.param == "a small disk":
        with small_disk(register, tmp_path / "disk") as found:
            if found is None:
                pytest.skip("needs the right to mount; the other disk stands in")
            yield found
        return
    limited = short_files(register, tmp_path / "disk")
    yield limited
    limited.make_room()


def test_a_full_disk_is_told_while_somebody_types_what_is_typed_stays_and_is_stored_once_there_is_room(
    begin: Callable[..., Desk], disk: Disk
) -> None:
    desk = begin("en", disk.folder)
    hands, work = desk.hands, desk.unlock(PASSPHRASE)
    sentence = load_wording("en").say(f"error.{disk.refusal}")
    desk.new_patient()
    disk.fill()
    with hands.step("typing on a full disk"):
        for text in ("Ann Marsh", "X-77", "1961", "2"):
            hands.type(text)
            hands.key("Return")
        hands.until(lambda: work.record.drafts.problem, "nothing is said about the draft")
    assert hands.says(sentence)
    with hands.step("saving on a full disk"):
        hands.key("Ctrl+Return")
        hands.until(lambda: work.shell.notice.text == sentence, "nothing is said about the visit")
    hands.idle()
    assert work.page == "record"
    assert typed(desk) == ["Ann Marsh", "X-77", "1961", "F"]
    disk.make_room()
    with hands.step("saving again"):
        hands.key("Ctrl+Return")
        hands.until(lambda: work.page == "patients", "the visit is not saved")
    hands.idle()
    assert everybody(desk) == FEW + 1
    assert desk.ask(damage) == []


def typed(desk: Desk) -> list[str]:
    """Return what stands in the boxes of who it is."""
    form = desk.work.record.form
    assert form is not None
    return [form.boxes[f"{name}#1"].text for name in ("name", "patient_id", "birth_date", "sex")]


def everybody(desk: Desk) -> int:
    """Return how many people the store holds."""
    row = desk.ask(lambda clinic: clinic.vault._database.one("SELECT count(*) FROM patient"))
    assert row is not None
    return int(row[0])


def damage(clinic: OpenClinic) -> list[str]:
    """Return what is wrong with the store's file."""
    return clinic.vault.damage()


def assessments(clinic: OpenClinic) -> tuple[int, int]:
    """Return how many assessments there are, and how many of them lack their results."""
    torn = "SELECT count(*), sum(key NOT IN (SELECT assessment FROM assessment_result)) FROM assessment"
    row = clinic.vault._database.one(torn)
    assert row is not None
    return int(row[0]), int(row[1] or 0)
