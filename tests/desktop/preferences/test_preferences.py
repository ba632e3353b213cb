"""Settings act at once and never change what is stored."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.preferences.look_choice import LookChoice
from desktop.preferences.presenter import SECTIONS, PreferencesPresenter
from desktop.preferences.view import PreferencesView
from desktop.widgets.choices import Segment, Select, Switch
from desktop.widgets.fields import PassphraseField, TextField
from desktop.widgets.parts import Notice, Pill
from desktop.widgets.reflow import SettingRow
from engine.domain.ports import FixedClock
from engine.packs import PackLibrary
from engine.resources import resources_folder
from engine.risk.predictors import Predictors
from engine.workflows.clinic_packs import withdraw
from engine.workflows.clinics import ClinicRequest, OpenClinic, create
from engine.workflows.unlock import unlock

WAIT_MS = 30_000
Found = TypeVar("Found")


@pytest.fixture
def presenter(practice: Context) -> PreferencesPresenter:
    return PreferencesPresenter(practice)


def run(qtbot: QtBot, context: Context, work: Callable[[OpenClinic], Found]) -> Found:
    done: list[Found] = []
    context.on_store(context, work, done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT_MS)
    return done[0]


def stored_results(clinic: OpenClinic) -> str:
    """Every saved assessment as the store holds it, byte by byte."""
    digest = hashlib.sha256()
    tables = sorted(
        row[0] for row in clinic.vault._database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    )
    for table in (name for name in tables if name.startswith("assessment")):
        for row in clinic.vault._database.rows(f"SELECT * FROM {table} ORDER BY 1"):  # noqa: S608 - a name of the schema
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def test_changing_settings_never_changes_stored_results(
    qtbot: QtBot, practice: Context, presenter: PreferencesPresenter
) -> None:
    before = run(qtbot, practice, stored_results)
    presenter.choose("language", "zh")
    presenter.choose("units", "us")
    presenter.choose("paper", "letter")
    changes: tuple[Callable[[], None], ...] = (
        lambda: presenter.choose_country("CHN"),
        lambda: presenter.choose_region("score2_region", "high"),
        lambda: presenter.accept("score2", True),
        lambda: presenter.accept("score2", False),
    )
    for change in changes:
        with qtbot.waitSignal(presenter.country_changed, timeout=WAIT_MS):
            change()
    with qtbot.waitSignal(practice.good_news, timeout=WAIT_MS):
        presenter.rename("Another name")
    assert run(qtbot, practice, stored_results) == before


def test_a_language_is_taken_at_once_and_the_page_is_at_the_same_place(
    qtbot: QtBot, practice: Context, presenter: PreferencesPresenter
) -> None:
    presenter.show_section("look")
    presenter.choose("language", "zh")
    assert practice.texts.language == "zh"
    view = PreferencesView(practice.ui, presenter)
    qtbot.addWidget(view)
    view.show()
    language = view.findChild(Segment, "language")
    assert language is not None
    qtbot.waitUntil(language.hasFocus, timeout=2_000)
    assert language.value == "zh"


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_section_stands_at_every_size(
    qtbot: QtBot, practice: Context, presenter: PreferencesPresenter, section: str, language: str
) -> None:
    practice.change(language=language, text_size=150)
    presenter.show_section(section)
    view = PreferencesView(practice.ui, presenter)
    qtbot.addWidget(view)
    view.show()
    for width, height in ((1286, 688), (600, 332)):
        view.resize(width, height)
        assert view.minimumSizeHint().width() <= 600


def test_a_new_country_takes_its_regions_and_leaves_open_what_it_does_not_settle(
    qtbot: QtBot, practice: Context, presenter: PreferencesPresenter
) -> None:
    with qtbot.waitSignal(presenter.country_changed, timeout=WAIT_MS):
        presenter.choose_country("CHN")
    assert presenter.country == "CHN"
    settled = {region.field: (region.value, is_open) for region, is_open in presenter.regions}
    assert settled["gbd_region"] == ("east_asia", False)
    assert settled["score2_region"] == (None, True)


def test_a_tool_with_an_unclear_licence_is_off_until_its_note_is_accepted_and_can_be_switched_off(
    qtbot: QtBot, practice: Context, presenter: PreferencesPresenter
) -> None:
    pack = next(each for each in presenter.packs if each.licence_state == "unclear")
    assert not presenter.pack_is_on(pack)
    for yes in (True, False):
        with qtbot.waitSignal(presenter.country_changed, timeout=WAIT_MS):
            presenter.accept(pack.id, yes)
        assert presenter.pack_is_on(pack) is yes


def test_a_damaged_tool_is_named_with_its_reason_beside_the_sound_ones(
    qtbot: QtBot, practice: Context, presenter: PreferencesPresenter, tmp_path: Path
) -> None:
    for pack_id in ("bmi_class", "apri"):
        shutil.copytree(resources_folder() / "models" / pack_id, tmp_path / pack_id)
    (tmp_path / "apri" / "reference_cases.csv").unlink()
    clinic = practice.clinic
    practice.take_clinic(replace(clinic, predictors=clinic.predictors.with_library(PackLibrary([tmp_path]))))
    presenter.show_section("about")
    view = PreferencesView(practice.ui, presenter)
    qtbot.addWidget(view)
    view.show()
    said = [label.text() for label in view.findChildren(QLabel)]
    assert any(text.startswith("apri is not used. ") and "reference_cases.csv" in text for text in said)
    assert any(text.startswith("bmi_class ") for text in said)


def test_a_name_that_cannot_be_is_said_beside_the_field(
    qtbot: QtBot, practice: Context, presenter: PreferencesPresenter
) -> None:
    name = practice.clinic.clinic.name
    presenter.rename("   ")
    qtbot.waitUntil(lambda: bool(presenter.name_problem), timeout=WAIT_MS)
    assert practice.clinic.clinic.name == name


def test_every_licence_can_be_read(presenter: PreferencesPresenter) -> None:
    licences = presenter.licences
    assert len({each.name for each in licences}) == len(licences) > 20
    assert all(len(presenter.licence_text(each.text)) > 100 for each in licences)


def test_settings_are_kept_for_the_next_start(practice: Context, presenter: PreferencesPresenter) -> None:
    from desktop.settings import SettingsFile

    for name, value in (("language", "zh"), ("text_size", 125), ("tight_rows", True), ("idle_minutes", 10)):
        presenter.choose(name, value)
    assert asdict(SettingsFile(practice.paths.settings).load()) == asdict(practice.settings)


@pytest.fixture
def real_clinic(qtbot: QtBot, context: Context, predictors: Predictors, tmp_path: Path) -> Context:
    """A clinic of its own, with a passphrase that may be changed."""
    folder, clock = tmp_path / "real", context.clock
    create(ClinicRequest(folder, "River Clinic", "GBR"), "four winds over hills", clock)
    opened: list[OpenClinic] = []
    context.jobs.store(context, lambda task: unlock(folder, "four winds over hills", clock, predictors), opened.append)
    qtbot.waitUntil(lambda: bool(opened), timeout=WAIT_MS)
    context.take_clinic(opened[0])
    return context


def test_the_passphrase_is_changed_and_nothing_of_it_stays_in_the_window(
    qtbot: QtBot, real_clinic: Context, predictors: Predictors
) -> None:
    presenter = PreferencesPresenter(real_clinic)
    presenter.change_passphrase("four winds over hills", "five lamps on a shelf", "five lamps on a ledge")
    assert set(presenter.passphrase_problems) == {"again"}
    presenter.change_passphrase("wrong words", "five lamps on a shelf", "five lamps on a shelf")
    qtbot.waitUntil(lambda: "old" in presenter.passphrase_problems, timeout=WAIT_MS)
    with qtbot.waitSignal(presenter.passphrase_changed, timeout=WAIT_MS):
        presenter.change_passphrase("four winds over hills", "five lamps on a shelf", "five lamps on a shelf")
    assert "lamps" not in repr(vars(presenter))
    vault, folder = real_clinic.clinic.vault, real_clinic.clinic.vault.folder
    real_clinic.let_go()
    ended: list[object] = []
    real_clinic.jobs.store(real_clinic, lambda task: vault.close(), ended.append)
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT_MS)
    again = unlock(folder, "five lamps on a shelf", FixedClock(real_clinic.clock.now()), predictors)
    again.vault.close()


def test_a_practice_clinic_offers_no_new_passphrase(presenter: PreferencesPresenter) -> None:
    assert presenter.is_practice


def shown(qtbot: QtBot, presenter: PreferencesPresenter, section: str) -> PreferencesView:
    """The page at one section, drawn."""
    presenter.show_section(section)
    view = PreferencesView(presenter.context.ui, presenter)
    qtbot.addWidget(view)
    view.resize(1286, 688)
    view.show()
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    assert not view.grab().toImage().isNull()
    return view


def test_country_region_and_tool_are_chosen_on_the_page(
    qtbot: QtBot, practice: Context, presenter: PreferencesPresenter
) -> None:
    view = shown(qtbot, presenter, "risk")
    country = view.findChild(Select, "country")
    assert country is not None
    with qtbot.waitSignal(presenter.country_changed, timeout=WAIT_MS):
        country.chosen.emit("CHN")
    region = view.findChild(Select, "score2_region")
    assert region is not None
    assert region.value is None
    with qtbot.waitSignal(presenter.country_changed, timeout=WAIT_MS):
        region.chosen.emit("high")
    region = view.findChild(Select, "score2_region")
    assert region is not None
    assert region.value == "high"
    pack = next(each for each in presenter.packs if not each.on_by_default)
    switch = view.findChild(Switch, f"pack.{pack.id}")
    assert switch is not None
    assert not switch.isChecked()
    with qtbot.waitSignal(presenter.country_changed, timeout=WAIT_MS):
        QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert presenter.pack_is_on(pack)
    notices = [each.text for each in view.findChildren(Notice) if each.isVisible()]
    assert practice.texts("preferences.risk.stored_stay") in notices


def test_a_look_and_a_size_are_chosen_by_pointing_or_by_digit(
    qtbot: QtBot, practice: Context, presenter: PreferencesPresenter
) -> None:
    view = shown(qtbot, presenter, "look")
    look = view.findChild(LookChoice, "look")
    assert look is not None
    QTest.keyClick(look, Qt.Key.Key_2)
    assert practice.settings.look == "dark"
    QTest.keyClick(look, Qt.Key.Key_9)  # there is no ninth
    assert practice.settings.look == "dark"
    QTest.mouseClick(look.findChildren(QAbstractButton)[0], Qt.MouseButton.LeftButton)
    assert practice.settings.look == "light"
    size = view.findChild(Segment, "text_size")
    assert size is not None
    size.chosen.emit("125")
    assert practice.settings.text_size == 125


def test_the_arrows_go_through_the_sections(qtbot: QtBot, presenter: PreferencesPresenter) -> None:
    view = shown(qtbot, presenter, SECTIONS[0])
    seen = [presenter.section]
    for _ in SECTIONS:  # once more than there are: the last one stays
        focus = QApplication.focusWidget() if presenter.section != SECTIONS[0] else view._list.items[SECTIONS[0]]
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Down)
        seen.append(presenter.section)
        assert not view.grab().toImage().isNull()
    assert seen == [*SECTIONS, SECTIONS[-1]]


def test_a_new_passphrase_is_typed_with_enter_from_field_to_field(qtbot: QtBot, real_clinic: Context) -> None:
    presenter = PreferencesPresenter(real_clinic)
    view = shown(qtbot, presenter, "clinic")
    fields = view.findChildren(PassphraseField)
    assert len(fields) == 3
    fields[0].setFocus()
    for words in ("four winds over hills", "short", "other"):
        line = QApplication.focusWidget()
        assert line is not None
        QTest.keyClicks(line, words)
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert set(presenter.passphrase_problems) == {"again"}
    focus = QApplication.focusWidget()
    assert focus is not None
    assert fields[2].isAncestorOf(focus)
    for field in fields[1:]:
        field.set_text("five lamps on a shelf")
    with qtbot.waitSignal(presenter.passphrase_changed, timeout=WAIT_MS):
        QTest.keyClick(fields[2].edit, Qt.Key.Key_Return)
    assert [field.text() for field in fields] == ["", "", ""]


def test_a_name_is_taken_when_its_line_is_left(
    qtbot: QtBot, practice: Context, presenter: PreferencesPresenter
) -> None:
    view = shown(qtbot, presenter, "clinic")
    (line,) = [each for each in view.findChildren(TextField) if not isinstance(each, PassphraseField)]
    line.edit.setFocus()
    line.edit.clear()
    QTest.keyClicks(line.edit, "Hill Clinic")
    with qtbot.waitSignal(practice.good_news, timeout=WAIT_MS):
        QTest.keyClick(line.edit, Qt.Key.Key_Tab)
    assert practice.clinic.clinic.name == "Hill Clinic"


def test_a_tool_that_was_withdrawn_is_not_shown_as_on(
    qtbot: QtBot, practice: Context, presenter: PreferencesPresenter
) -> None:
    presenter.show_section("risk")
    view = PreferencesView(practice.ui, presenter)
    qtbot.addWidget(view)
    title = next(pack.title["en"] for pack in presenter.packs if pack.id == "fib4")
    practice.take_clinic(run(qtbot, practice, lambda clinic: withdraw(clinic, "fib4", "Its cut points were corrected")))
    presenter.changed.emit()
    rows = [row for row in view.findChildren(SettingRow) if any(title in label.text() for label in labels_of(row))]
    assert [pill.accessibleName() for row in rows for pill in row.findChildren(Pill)] == ["Off"]


def labels_of(row: SettingRow) -> list[QLabel]:
    return row.findChildren(QLabel)
