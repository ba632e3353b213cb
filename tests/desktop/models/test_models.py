"""The page of tools on a real clinic: how each stands, what is done with it, and nothing that is done by looking."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.models.clinic_card import picture_words
from desktop.models.more_cards import TouchedCard
from desktop.models.presenter import ModelsPresenter
from desktop.models.view import ModelsView
from desktop.widgets.calibration_picture import CalibrationPicture
from desktop.widgets.choices import Select
from desktop.widgets.fields import LineEdit
from engine.domain.clinic_packs import PackOrigin
from engine.domain.recalibration import Verdict
from engine.packs import Pack
from engine.workflows.clinics import OpenClinic, with_packs_as_they_are_now
from engine.workflows.pack_shelf import PackStanding
from engine.workflows.packs import active_packs
from engine.workflows.recalibrate import telling
from tests.end_to_end.drafts import Draft, draft_of, stored

WHO, UNCLEAR, ELSEWHERE = "who_cvd_2019_nonlab", "framingham_2008_bmi", "idrs"
WAIT_MS = 60_000
Settled = Callable[[], None]


def shown(qtbot: QtBot, presenter: ModelsPresenter, width: int = 1200, height: int = 700) -> ModelsView:
    view = ModelsView(presenter.context.ui, presenter)
    qtbot.addWidget(view)
    view.resize(width, height)
    view.show()
    qtbot.waitExposed(view)
    qtbot.waitUntil(lambda: not presenter.context.jobs.busy, timeout=WAIT_MS)
    return view


def words_of(view: QWidget) -> str:
    return "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def button(view: QWidget, name: str) -> QAbstractButton:
    found = view.findChild(QAbstractButton, name)
    assert isinstance(found, QAbstractButton), name
    return found


def standing(presenter: ModelsPresenter, pack_id: str) -> PackStanding:
    pack = presenter.named(pack_id)
    assert pack is not None
    return pack.standing


def draft(folder: Path) -> Draft:
    return draft_of(stored("xgboost", "probabilities", 1)(), folder)


def test_every_tool_stands_in_its_area_with_its_standing_in_words(qtbot: QtBot, presenter: ModelsPresenter) -> None:
    assert standing(presenter, WHO) is PackStanding.ON
    assert standing(presenter, UNCLEAR) is PackStanding.TO_ACCEPT
    assert standing(presenter, ELSEWHERE) is PackStanding.ELSEWHERE
    areas = dict(presenter.areas)
    assert "other" not in areas  # every topic that ships has a place
    assert {pack.ref.id for pack in areas["kidney"]} >= {"kfre_4v", "ckdepi_2021_cr"}
    view = shown(qtbot, presenter)
    assert len(view.tools.items) == sum(len(packs) for packs in areas.values()) == 48
    assert view.tools.items[UNCLEAR].accessibleName().endswith("Off until its note is accepted")


def test_a_note_is_read_above_the_button_that_accepts_it_and_can_be_taken_back(
    qtbot: QtBot, presenter: ModelsPresenter, settled: Settled
) -> None:
    view = shown(qtbot, presenter)
    presenter.choose(UNCLEAR)
    pack = presenter.pack
    assert pack is not None
    assert pack.licence_note["en"] in words_of(view)
    with qtbot.waitSignal(presenter.packs_changed, timeout=WAIT_MS):
        button(view, "switch").click()
    assert standing(presenter, UNCLEAR) is PackStanding.ON
    assert UNCLEAR in presenter.context.clinic.clinic.accepted_packs
    with qtbot.waitSignal(presenter.packs_changed, timeout=WAIT_MS):
        button(view, "switch").click()
    assert standing(presenter, UNCLEAR) is PackStanding.TO_ACCEPT
    settled()


def test_a_withdrawal_needs_a_reason_and_lists_what_it_touches(
    qtbot: QtBot, presenter: ModelsPresenter, settled: Settled
) -> None:
    view = shown(qtbot, presenter)
    presenter.choose(WHO)
    button(view, "withdraw").click()
    field = view.findChild(LineEdit, "reason")
    assert isinstance(field, LineEdit)
    QTest.keyClick(field, Qt.Key.Key_Return)
    settled()
    assert presenter.reason_problem in words_of(view)
    assert standing(presenter, WHO) is PackStanding.ON
    field = view.findChild(LineEdit, "reason")
    assert isinstance(field, LineEdit)
    QTest.keyClicks(field, "Told too low here")
    with qtbot.waitSignal(presenter.packs_changed, timeout=WAIT_MS):
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert standing(presenter, WHO) is PackStanding.WITHDRAWN
    assert "Told too low here" in words_of(view)
    assert len(presenter.touched) == 3  # everybody who was assessed
    lines = view.findChildren(TouchedCard)[-1].findChildren(QAbstractButton)
    with qtbot.waitSignal(presenter.record_asked) as asked:
        lines[0].click()
    assert asked.args == [presenter.touched[0].person_id]
    with qtbot.waitSignal(presenter.packs_changed, timeout=WAIT_MS):
        button(view, "switch").click()
    assert standing(presenter, WHO) is PackStanding.ON


def test_looking_changes_nothing_using_it_does_and_one_press_leads_back(
    qtbot: QtBot, followed: Context, presenter: ModelsPresenter, settled: Settled
) -> None:
    def changes() -> list[object]:
        told: list[object] = []
        followed.on_store(followed, lambda clinic: clinic.vault.rows("SELECT count(*) FROM change")[0][0], told.append)
        settled()
        return told

    view = shown(qtbot, presenter)
    presenter.choose(WHO)
    before = changes()
    button(view, "compare").click()
    assert presenter.comparing.running == WHO  # it goes on beside the window
    assert not button(view, "compare").isEnabled()
    qtbot.waitUntil(lambda: presenter.found is not None, timeout=WAIT_MS)
    assert changes() == before
    found = presenter.found
    assert found is not None
    assert (found.people, found.events, found.verdict) == (300, 70, Verdict.INTERCEPT)
    said = words_of(view)
    wording = followed.texts.wording
    assert telling.verdict(found, wording) in said
    assert all(line in said for line in telling.facts_beside_figures(found, wording))

    with qtbot.waitSignal(presenter.packs_changed, timeout=WAIT_MS):
        button(view, "use").click()
    (made,) = presenter.recalibrated_here
    assert standing(presenter, WHO) is PackStanding.REPLACED
    own = presenter.named(made)
    assert own is not None
    assert own.origin is PackOrigin.MADE_HERE
    assert view.findChild(QAbstractButton, "use") is None
    presenter.choose(made)
    assert "Recalibrated here" in {pill.accessibleName() for pill in view.findChildren(QWidget)}
    with qtbot.waitSignal(presenter.packs_changed, timeout=WAIT_MS):
        button(view, "back").click()
    assert standing(presenter, WHO) is PackStanding.ON
    assert standing(presenter, made) is PackStanding.OFF


def test_the_picture_says_its_figures_and_keeps_its_marks_inside(
    qtbot: QtBot, presenter: ModelsPresenter, settled: Settled
) -> None:
    view = shown(qtbot, presenter)
    presenter.choose(WHO)
    presenter.compare()
    qtbot.waitUntil(lambda: presenter.found is not None, timeout=WAIT_MS)
    settled()
    (picture,) = view.findChildren(CalibrationPicture)
    found = presenter.found
    assert found is not None
    assert picture.accessibleName() == picture_words(found, presenter.context.ui)
    assert len(picture.accessibleName().splitlines()) == len(found.groups) + 1
    for group in picture.groups:
        assert group.observed is not None
        for told in (group.before, group.after or 0):
            for seen in (group.observed.low, group.observed.value, group.observed.high):
                assert picture.plot.adjusted(-1, -1, 1, 1).contains(picture.place(told, seen))
    assert picture.place(0, 0) == picture.plot.bottomLeft()


def test_a_clinic_without_enough_events_hears_why_and_gets_no_button(qtbot: QtBot, practice: Context) -> None:
    presenter = ModelsPresenter(practice)
    view = shown(qtbot, presenter)
    presenter.choose(WHO)
    button(view, "compare").click()
    qtbot.waitUntil(lambda: presenter.found is not None, timeout=WAIT_MS)
    found = presenter.found
    assert found is not None
    assert found.verdict is Verdict.REFUSED
    assert telling.verdict(found, practice.texts.wording) in words_of(view)
    assert view.findChild(QAbstractButton, "use") is None


def test_a_tool_of_another_maker_is_checked_corrected_and_added_as_it_was_checked(
    qtbot: QtBot, presenter: ModelsPresenter, settled: Settled, tmp_path: Path
) -> None:
    view = shown(qtbot, presenter)
    made = draft(tmp_path / "model")
    markup = "<b>A model</b> of others"
    made.write({"audience": "everybody", "kind": "oracle", "title.en": markup})
    presenter.check_folder(made.folder)
    settled()
    faults = presenter.adding.faults
    assert len(faults) == 2
    assert all(fault in words_of(view) for fault in faults)
    assert view.findChild(QAbstractButton, "add_checked") is None
    made.write({"title.en": markup})
    button(view, "check_again").click()
    settled()
    assert presenter.adding.is_sound
    assert "Nothing is wrong" in words_of(view)
    made.write({"title.en": "Altered after the check"})
    with qtbot.waitSignal(presenter.packs_changed, timeout=WAIT_MS):
        button(view, "add_checked").click()
    pack = presenter.pack
    assert pack is not None
    assert (pack.ref.id, pack.title["en"], pack.origin) == ("exported", markup, PackOrigin.FOREIGN)
    assert markup in words_of(view)  # as it is written
    told = [label for label in view.findChildren(QLabel) if label.text()]
    assert {label.textFormat() for label in told} == {Qt.TextFormat.PlainText}
    presenter.turn_card()
    settled()
    assert presenter.card


def test_a_damaged_tool_tells_its_sentence_and_the_others_go_on(
    qtbot: QtBot, followed: Context, presenter: ModelsPresenter, settled: Settled, tmp_path: Path
) -> None:
    folder = draft(tmp_path / "model").write()
    presenter.check_folder(folder)
    settled()
    with qtbot.waitSignal(presenter.packs_changed, timeout=WAIT_MS):
        presenter.add_checked()
    kept = followed.clinic.library.get("exported").folder
    (kept / "CARD.md").write_text("another card", encoding="utf-8")
    changed: list[OpenClinic] = []
    followed.on_store(followed, with_packs_as_they_are_now, changed.append)
    settled()
    followed.take_clinic(changed[0])
    view = shown(qtbot, presenter)
    presenter.choose("exported")
    assert presenter.damaged is not None
    assert followed.texts.error(presenter.damaged.error) in words_of(view)
    assert view.tools.items["exported"].accessibleName().endswith("Damaged, not used")
    assert standing(presenter, WHO) is PackStanding.ON


def test_arrows_walk_through_the_list_and_every_control_has_a_name(qtbot: QtBot, presenter: ModelsPresenter) -> None:
    view = shown(qtbot, presenter)
    first, second, *_ = view.tools.items
    assert presenter.selected == first
    assert view.tools.items[first].hasFocus()
    QTest.keyClick(view.tools.items[first], Qt.Key.Key_Down)
    assert presenter.selected == second
    assert view.tools.items[second].hasFocus()
    stops = [item for item in view.tools.items.values() if item.focusPolicy() is Qt.FocusPolicy.StrongFocus]
    assert stops == [view.tools.items[second]]
    assert all(each.accessibleName() for each in view.findChildren(QAbstractButton) if each.isVisible())


def test_every_tool_fits_the_smallest_window_in_both_languages(
    qtbot: QtBot, followed: Context, presenter: ModelsPresenter
) -> None:
    for language in ("en", "zh"):
        followed.change(language=language)
        view = shown(qtbot, presenter, 600, 330)  # what 680 x 380 leave beside the rail and below the bar
        assert not view.tools.isVisible()
        for pack_id in list(view.tools.items):
            presenter.choose(pack_id)
            page = view._area.widget()
            assert page is not None
            assert page.minimumSizeHint().width() <= view._area.viewport().width(), pack_id
        assert view.width() == 600


def test_the_focus_stays_on_the_tool_in_hand_when_the_window_gets_small(
    qtbot: QtBot, presenter: ModelsPresenter, settled: Settled
) -> None:
    view = shown(qtbot, presenter)
    assert view.tools.items[presenter.selected].hasFocus()
    view.resize(600, 330)
    settled()
    short = view.focusWidget()
    assert isinstance(short, Select)
    QTest.keyClick(short, Qt.Key.Key_Down)
    assert presenter.selected == list(view.tools.items)[1]
    assert view.focusWidget() is short  # it was not made anew under the hands of who chooses
    view.resize(1200, 700)
    settled()
    assert view.tools.items[presenter.selected].hasFocus()


def test_a_tool_for_other_countries_is_asked_at_every_visit_once_its_note_was_read(
    qtbot: QtBot, presenter: ModelsPresenter
) -> None:
    view = shown(qtbot, presenter)
    presenter.choose(ELSEWHERE)
    assert "made for other countries" in words_of(view)
    with qtbot.waitSignal(presenter.packs_changed, timeout=WAIT_MS):
        button(view, "switch").click()
    assert standing(presenter, ELSEWHERE) is PackStanding.ON
    assert ELSEWHERE in {pack.manifest.id for pack in active(presenter)}
    with qtbot.waitSignal(presenter.packs_changed, timeout=WAIT_MS):
        button(view, "switch").click()
    assert standing(presenter, ELSEWHERE) is PackStanding.ELSEWHERE
    assert ELSEWHERE not in {pack.manifest.id for pack in active(presenter)}


def active(presenter: ModelsPresenter) -> tuple[Pack, ...]:
    clinic = presenter.context.clinic
    return active_packs(clinic.library, clinic.clinic)
