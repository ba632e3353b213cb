"""A watched folder behind the window: files are taken in while the clinic is open, and wait for a person or a lock."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.intake.presenter import ImportPresenter
from desktop.people import People
from desktop.preferences.folder_card import FolderRow
from desktop.watching import FolderWatch
from engine.workflows.watched_folder import DONE, PROBLEM

WAIT_MS = 60_000
MESSAGE = (
    "MSH|^~\\&|LAB|X|Y|Z|20240305081500||ORU^R01|1|P|2.5||||||UNICODE UTF-8\r"
    "PID|1||Q900^^^X^MR||Roe^Jo||19700101|M\r"
    "OBX|1|NM|8480-6^Systolic^LN||137|mm[Hg]|||||F|||20240304\r"
)
CUFF = (
    "Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Symptoms,Consumed,TruRead,Notes\n"
    "Jan 12 2025,07:31,152,92,70,-,-,-,-\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir()
    return made


@pytest.fixture
def watch(qtbot: QtBot, empty_clinic: Context, folder: Path) -> Iterator[FolderWatch]:
    made = FolderWatch(empty_clinic)
    made.choose(folder)
    qtbot.waitUntil(lambda: made.folder == folder, timeout=WAIT_MS)
    yield made
    made.leave()


def until(qtbot: QtBot, watch: FolderWatch, settled: Callable[[], bool]) -> None:
    """Look again and again, as its timer does, until something is so."""

    def look() -> bool:
        watch.look()
        return settled()

    qtbot.waitUntil(look, timeout=WAIT_MS)


def test_a_message_is_taken_in_and_moved_aside(qtbot: QtBot, watch: FolderWatch, folder: Path) -> None:
    took: list[str] = []
    watch.took.connect(lambda: took.append("took"))
    (folder / "1.hl7").write_bytes(MESSAGE.encode())
    until(qtbot, watch, lambda: (folder / DONE / "1.hl7").exists() and bool(took))
    assert not (folder / "1.hl7").exists()


def test_what_needs_a_person_is_opened_in_the_window_and_then_done(
    qtbot: QtBot, watch: FolderWatch, folder: Path, empty_clinic: Context
) -> None:
    presenter = ImportPresenter(empty_clinic, People(empty_clinic), watch)
    (folder / "1.hl7").write_bytes(MESSAGE.encode())
    (folder / "cuff.csv").write_text(CUFF, encoding="utf-8")
    until(qtbot, watch, lambda: [each.name for each in watch.problems] == ["cuff.csv"])
    assert (folder / DONE / "1.hl7").exists()
    presenter.choose(*watch.problems, listed=True)
    assert [file.name for file in presenter.many.files] == ["cuff.csv"]
    presenter.choose(watch.problems[0])
    qtbot.waitUntil(lambda: not presenter.busy and bool(presenter.open_questions), timeout=WAIT_MS)
    presenter.answer("Q900")
    qtbot.waitUntil(lambda: not presenter.busy and not presenter.open_questions, timeout=WAIT_MS)
    presenter.check()
    qtbot.waitUntil(lambda: presenter.step == "check", timeout=WAIT_MS)
    presenter.store()
    qtbot.waitUntil((folder / DONE / "cuff.csv").exists, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: watch.problems == (), timeout=WAIT_MS)
    assert list((folder / PROBLEM).iterdir()) == []


def test_files_wait_while_the_clinic_is_locked_and_are_taken_in_afterwards(
    qtbot: QtBot, watch: FolderWatch, folder: Path, empty_clinic: Context
) -> None:
    clinic = empty_clinic.let_go()
    assert clinic is not None
    (folder / "1.hl7").write_bytes(MESSAGE.encode())
    for _ in range(3):
        watch.look()
        qtbot.wait(50)
    assert (folder / "1.hl7").exists()
    empty_clinic.take_clinic(clinic)
    again = FolderWatch(empty_clinic)  # unlocking makes everything anew; the folder is remembered
    assert again.folder == folder
    until(qtbot, again, (folder / DONE / "1.hl7").exists)


def test_another_clinic_and_a_practice_clinic_take_nothing(qtbot: QtBot, practice: Context, folder: Path) -> None:
    practice.change(watched_folder=str(folder), watched_for="somebody else's")
    assert FolderWatch(practice).folder is None
    practice.change(watched_for=practice.clinic.clinic.id)
    watch = FolderWatch(practice)
    assert (watch.folder, watch.may) == (None, False)


def test_a_folder_that_went_away_is_told_once_and_tried_again(
    qtbot: QtBot, watch: FolderWatch, folder: Path, empty_clinic: Context
) -> None:
    told: list[str] = []
    empty_clinic.problem.connect(told.append)
    qtbot.waitUntil(lambda: not empty_clinic.jobs.busy, timeout=WAIT_MS)
    shutil.rmtree(folder)
    until(qtbot, watch, lambda: bool(told))
    for _ in range(3):
        watch.look()
        qtbot.waitUntil(lambda: not empty_clinic.jobs.busy, timeout=WAIT_MS)
    assert len(told) == 1
    folder.mkdir()
    (folder / "1.hl7").write_bytes(MESSAGE.encode())
    watch.choose(folder)
    until(qtbot, watch, (folder / DONE / "1.hl7").exists)


def test_the_settings_show_which_folder_is_watched(qtbot: QtBot, watch: FolderWatch, folder: Path) -> None:
    ui = watch._context.ui
    line = FolderRow(ui, watch, practice=False)
    qtbot.addWidget(line)
    assert line.path.text().replace("\u200b", "") == str(folder)  # a long path may break
    line.leave.click()
    assert (watch.folder, line.path.text()) == (None, ui.texts("bring.watch.none"))
