"""The whole window in one process: from the unlock page through every place to the lock."""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from desktop.app import App
from desktop.backend import load_predictors, warm_up
from desktop.collector import Collector
from desktop.context import Context
from desktop.faults import Faults
from desktop.options import read_options
from desktop.paths import Paths
from desktop.places import PLACES
from desktop.record.boxes import ValueBox
from desktop.record.view import RecordView
from desktop.work import Work
from engine.errors import InputError
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.practice import practice_passphrase

WAIT = 20_000


class Desk:
    """An open window of a practice clinic, and what it told the launcher."""

    def __init__(self, qtbot: QtBot, app: App, folder: Path) -> None:
        self.qtbot, self.app, self.folder = qtbot, app, folder
        self.said: list[str] = []
        self.ended: list[bool] = []
        app.said.connect(self.said.append)
        app.end_process = lambda: self.ended.append(True)

    @property
    def work(self) -> Work:
        assert self.app.work is not None
        return self.app.work

    def unlock(self) -> None:
        self.app.start()
        self.app.unlock.begin_looking()
        self.app.window.show_fitting()
        self.qtbot.waitUntil(lambda: self.app.unlock.state is not None, timeout=WAIT)
        field = next(
            each
            for each in self.app.window.findChildren(QLineEdit)
            if each.echoMode() is QLineEdit.EchoMode.Password and each.isVisible()
        )
        QTest.keyClicks(field, practice_passphrase("en"))
        QTest.keyClick(field, Qt.Key.Key_Return)
        self.qtbot.waitUntil(lambda: self.app.work is not None, timeout=WAIT)
        self.qtbot.waitUntil(lambda: self.work.people.panel is not None, timeout=WAIT)

    def quiet(self) -> None:
        self.qtbot.waitUntil(lambda: self.app.context.jobs.busy == 0, timeout=WAIT)


@pytest.fixture
def desk(qtbot: QtBot, context: Context, practice_store: Path, tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "practice-copy"
    shutil.copytree(practice_store, folder)
    context.change(clinic=str(folder))
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    faults = Faults(tmp_path / "faults", context.clock.now, lambda: "0")
    made = Desk(qtbot, App(context, application, faults), folder)
    yield made
    if not made.ended:
        made.app.end_now()
        qtbot.waitUntil(lambda: bool(made.ended), timeout=WAIT)
    made.app.window.may_close = True
    made.app.window.close()
    # The program ends without tearing its window down; a test must, or the next look would dress what is half gone.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    delete(made.app.window)


def test_every_place_is_reached_in_both_languages_looks_and_sizes_and_comes_back(desk: Desk) -> None:
    desk.unlock()
    assert desk.said == ["unlocked"]
    context = desk.app.context
    for chosen in ({"language": "zh"}, {"look": "dark"}, {"text_size": 150}, {"language": "en", "text_size": 100}):
        context.change(**chosen)
        for place in PLACES:
            desk.work.shell.place_asked.emit(place.code)
            assert desk.work.page == place.code
            desk.app.window.grab()
    desk.quiet()
    assert practice_name(desk) in desk.app.window.windowTitle()


def practice_name(desk: Desk) -> str:
    clinic: OpenClinic = desk.app.context.clinic
    return clinic.clinic.name


def test_somebody_is_found_from_the_top_bar_opened_looked_at_as_paper_and_left_again(desk: Desk) -> None:
    desk.unlock()
    first = desk.work.people.first[0]
    finder = desk.work.shell.top.finder
    finder.start()
    found = desk.work._find(first.name or "")
    assert first.person_id in [each.person_id for each in found]
    desk.work.shell.person_asked.emit(first.person_id)
    desk.qtbot.waitUntil(lambda: desk.work.record.form is not None, timeout=WAIT)
    desk.app.window.grab()
    desk.work.record.preview_asked.emit(first.person_id)
    assert desk.work.page == "preview"
    desk.quiet()
    desk.app.window.grab()
    desk.work.preview.back_asked.emit()
    assert desk.work.page == "record"
    desk.work.record.back()
    assert desk.work.page == "patients"


def test_the_pages_behind_the_list_are_made_while_it_is_looked_at(desk: Desk) -> None:
    desk.unlock()
    shell = desk.work.shell
    desk.qtbot.waitUntil(lambda: shell.has_page("record") and shell.has_page("preview"), timeout=WAIT)
    record = shell.page("record")
    assert isinstance(record, RecordView)
    made = set(record.today.form.findChildren(ValueBox))
    assert made
    assert desk.work.page == "patients"
    assert desk.work.record.form is None
    desk.work.open_record("")
    desk.qtbot.waitUntil(lambda: desk.work.record.form is not None, timeout=WAIT)
    assert shell.page("record") is record
    assert set(record.today.form.findChildren(ValueBox)) == made


def test_another_look_while_pages_are_made_ahead_makes_them_for_the_new_one(desk: Desk) -> None:
    desk.unlock()
    desk.qtbot.waitUntil(lambda: desk.work.shell.has_page("record"), timeout=WAIT)
    before = desk.work.shell
    desk.app.context.change(look="dark")
    assert desk.work.shell is not before
    desk.qtbot.waitUntil(lambda: desk.work.shell.has_page("preview"), timeout=WAIT)
    desk.quiet()
    assert desk.work.shell.has_page("record")


def test_what_went_wrong_stands_at_the_foot_and_what_worked_in_the_corner(desk: Desk) -> None:
    desk.unlock()
    context = desk.app.context
    context.tell(InputError("file_missing"))
    assert desk.work.shell.notice.text == context.texts.wording.say("error.file_missing")
    context.good_news.emit("Saved")
    assert desk.work.shell.toast.isVisible()
    desk.app.window.resize(QSize(900, 600))
    context.change(tight_rows=True)
    context.refresh_look()
    assert context.texts.time(context.clock.now()).count(":") == 1


def test_a_lock_keeps_what_is_typed_closes_the_store_and_ends_the_process(desk: Desk) -> None:
    desk.unlock()
    desk.work.open_record(desk.work.people.first[0].person_id)
    desk.qtbot.waitUntil(lambda: desk.work.record.form is not None, timeout=WAIT)
    desk.work.record.desk.type("total_cholesterol_mmol_l#1", "6.54")
    desk.app.lock()
    assert not desk.app.window.isVisible()
    desk.qtbot.waitUntil(lambda: bool(desk.ended), timeout=WAIT)
    assert desk.said[-1] == "locked"
    with open_clinic(desk.folder, practice_passphrase("en"), desk.app.context.clock, load_predictors()) as clinic:
        drafts = clinic.vault._database.rows("SELECT content FROM draft")
    assert any("6.54" in content for (content,) in drafts)


def test_closing_while_everybody_is_assessed_asks_once_and_then_ends(desk: Desk) -> None:
    desk.unlock()
    desk.work.batch.choose([])
    desk.work.batch.start_assess()
    assert desk.work.batch.runs
    desk.app.window.close()
    assert desk.app.window.isVisible()
    assert desk.work.shell.notice.text == desk.app.context.texts("close.something_runs")
    desk.app.window.close()
    desk.qtbot.waitUntil(lambda: bool(desk.ended), timeout=WAIT)
    assert desk.said[-1] == "closed"


def test_first_start_and_practice_are_offered_where_no_clinic_is_known(desk: Desk) -> None:
    desk.app.context.change(clinic="")
    desk.app.start()
    assert desk.app.first_start is not None
    desk.app.context.change(language="zh")
    desk.app.lock()  # nothing is open: nothing happens
    assert not desk.ended
    desk.app.prepare()
    desk.app.context.change(language="en")
    assert desk.app.window.centralWidget() is not None


def test_everything_an_opening_needs_is_loaded_beforehand() -> None:
    warm_up()
    assert load_predictors() is load_predictors()


def test_the_spelling_of_chinese_names_is_loaded_beforehand_only_where_the_window_speaks_chinese() -> None:
    loaded = "print('pypinyin' in sys.modules)"
    code = f"import sys; from desktop.backend import warm_up; warm_up('en'); {loaded}; warm_up('zh'); {loaded}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "True"]


def test_cycles_are_collected_on_the_window_s_thread_and_what_is_loaded_is_set_aside() -> None:
    collector = Collector()
    assert not gc.isenabled()
    for _ in range(130):
        collector.look()
    collector.set_aside()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


@pytest.mark.parametrize(
    ("words", "understood"),
    [
        ([], True),
        (["--practice", "--language", "zh"], True),
        (["--clinic=somewhere", "--data", "here"], True),
        (["--language", "fr"], False),
        (["--clinic"], False),
        (["--clinic", "a", "--practice"], False),
        (["--unknown"], False),
    ],
)
def test_the_words_behind_the_program_are_understood_or_refused(words: list[str], understood: bool) -> None:
    options = read_options(words)
    assert (options is not None) == understood
    if options is not None:
        again = read_options(options.words())
        assert again is not None
        assert again.words() == options.words()


def test_everything_lies_below_one_folder(tmp_path: Path) -> None:
    paths = Paths.of(tmp_path)
    parts = (paths.settings, paths.lock, paths.call, paths.state, paths.clinic, paths.crash_reports)
    assert all(each.parent == tmp_path for each in (*parts, paths.practice("en")))
    assert Paths.of(None).data.is_absolute()
