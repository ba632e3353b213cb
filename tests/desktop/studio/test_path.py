"""From a question to a draft on a real clinic and a real worker: what is asked, stopped, trained, adjusted and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.studio.figure_cards import GroupsCard, VerdictCard
from desktop.studio.pictures import BenefitPicture, CurvePicture
from desktop.studio.presenter import StudioPresenter
from desktop.studio.view import StudioView
from desktop.widgets.tick import Tick
from engine.domain.models import ModelStage
from engine.domain.ports import FixedClock
from engine.risk.predictors import Predictors
from engine.workflows.clinics import ClinicRequest, create, open_clinic
from engine.workflows.models import models
from tests.desktop.conftest import NOW
from tests.desktop.opening import PASSPHRASE, WAIT_MS, opened
from tests.desktop.studio.conftest import QUICK, copied, write_table
from tests.desktop.studio.followed_people import bring_in

Settled = Callable[[], None]
OUTCOME = "declared:heart_attack_stroke"
TOOL = "who_cvd_2019_nonlab"


@pytest.fixture(scope="session")
def followed_store(tmp_path_factory: pytest.TempPathFactory, predictors: Predictors) -> Path:
    """The folder of a clinic whose people came for years; tests open copies of it."""
    place = tmp_path_factory.mktemp("followed")
    create(ClinicRequest(place / "clinic", "Maple Lane", "CHN"), PASSPHRASE, FixedClock(NOW))
    with open_clinic(place / "clinic", PASSPHRASE, FixedClock(NOW), predictors) as clinic:
        bring_in(clinic, place, 260, 0.05)
    return place / "clinic"


@pytest.fixture
def followed(
    qtbot: QtBot, context: Context, followed_store: Path, predictors: Predictors, tmp_path: Path
) -> Iterator[Context]:
    """Settings and lanes of a window with a copy of it open."""
    yield from opened(qtbot, context, copied(followed_store, tmp_path), predictors)


@pytest.fixture
def studio(qtbot: QtBot, followed: Context, settled: Settled) -> tuple[StudioPresenter, StudioView]:
    """The studio of that clinic on the screen, with all choices read."""
    return shown(qtbot, StudioPresenter(followed), settled)


def shown(qtbot: QtBot, presenter: StudioPresenter, settled: Settled) -> tuple[StudioPresenter, StudioView]:
    view = StudioView(presenter.context.ui, presenter)
    qtbot.addWidget(view)
    view.resize(1286, 680)
    view.show()
    qtbot.waitExposed(view)
    settled()
    return presenter, view


def words_of(view: QWidget) -> str:
    return "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def press(view: QWidget, name: str) -> None:
    found = view.findChild(QAbstractButton, name)
    assert isinstance(found, QAbstractButton), name
    assert found.isEnabled(), name
    found.click()


def key(qtbot: QtBot, view: QWidget, keys: str) -> None:
    """Press a key wherever the focus of a window is."""
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow, timeout=WAIT_MS)
    combination = QKeySequence.fromString(keys)[0]  # type: ignore[index]  # the stubs do not know it
    held = view.focusWidget()
    assert held is not None
    QTest.keyClick(held, combination.key(), combination.keyboardModifiers())


def quick(presenter: StudioPresenter) -> None:
    """Train with few folds and samples from now on."""
    seen = presenter.checking.seen
    assert seen is not None
    presenter.checking.seen = replace(seen, wish=replace(seen.wish, **QUICK))  # type: ignore[arg-type]  # counts


def asked(presenter: StudioPresenter, settled: Settled, **answers: object) -> None:
    presenter.asking.choose(outcome=OUTCOME, group="declared", **answers)
    presenter.check()
    settled()


def test_a_question_to_the_record_becomes_a_draft_with_all_its_figures(
    studio: tuple[StudioPresenter, StudioView], settled: Settled
) -> None:
    presenter, view = studio
    assert presenter.asking.chosen is None
    assert {each.share_recorded for each in presenter.asking.predictors if each.field == "sbp_mmhg"} == {1.0}
    asked(presenter, settled, anyway=True)
    seen = presenter.checking.seen
    assert seen is not None
    assert seen.follow is not None
    followed = (seen.follow.people, seen.follow.events)
    assert (presenter.step, seen.looked.people, seen.looked.events) == ("check", *followed)
    assert [each.field for each in seen.held_back] == ["cvd_history"]
    assert "Left out" in words_of(view)
    presenter.go("fit")
    quick(presenter)
    press(view, "train")
    assert presenter.runs
    assert view.findChild(QAbstractButton, "stop") is not None
    settled()
    held = presenter.in_hand
    assert held is not None
    assert (held.model.stage, held.training.people.people) == (ModelStage.DRAFT, seen.looked.people)
    assert {each.rsplit(".", 1)[-1] for each in (one.field for one in held.manifest.inputs)} <= set(seen.cells)
    picture = view.findChild(CurvePicture)
    assert picture is not None
    assert held.training.curve is not None
    assert picture.curve == held.training.curve
    assert f"{100 * held.training.curve.told[0]:.0f}" in picture.accessibleName()
    assert view.findChild(BenefitPicture) is not None
    verdict = view.findChild(VerdictCard)
    assert verdict is not None
    assert "To look at only" in words_of(verdict) or seen.looked.may_train
    presenter.turn_pictures()
    assert view.findChild(CurvePicture) is None


def test_with_too_few_people_training_stays_locked_and_the_page_says_how_many_more(
    studio: tuple[StudioPresenter, StudioView], settled: Settled
) -> None:
    presenter, view = studio
    asked(presenter, settled)
    seen = presenter.checking.seen
    assert seen is not None
    assert not seen.looked.may_train
    presenter.go("fit")
    train = view.findChild(QAbstractButton, "train")
    assert train is not None
    assert not train.isEnabled()
    assert f"{seen.looked.people_more:,} more people" in words_of(view)
    presenter.train()
    settled()
    assert presenter.in_hand is None


def test_a_published_tool_is_held_against_the_records_and_speaks_adjusted_when_one_says_so(
    qtbot: QtBot, studio: tuple[StudioPresenter, StudioView], settled: Settled
) -> None:
    presenter, view = studio
    asked(presenter, settled)
    assert TOOL in {each.id for each in presenter.tools}
    presenter.go("fit")
    presenter.choose_tool(TOOL)
    press(view, "adjust")
    settled()
    found = presenter.fitting.adjusted
    assert found is not None
    assert (found.parent.id, found.made) == (TOOL, None)
    assert found.changed
    with qtbot.waitSignal(presenter.packs_changed, timeout=WAIT_MS):
        press(view, "use")
    settled()
    made = presenter.fitting.adjusted
    assert made is not None
    assert made.made is not None
    assert presenter.context.clinic.library.kept(made.made.id) is not None


def test_a_column_that_is_decided_about_is_looked_at_again(
    studio: tuple[StudioPresenter, StudioView], settled: Settled
) -> None:
    presenter, view = studio
    asked(presenter, settled)
    column = next(iter(view.findChildren(Tick, "column:cvd_history")))
    assert not column.isChecked()
    column.setFocus()
    column.click()
    held = view.focusWidget()
    assert held is not None
    assert (held.objectName(), held is column) == ("column:cvd_history", False)  # the same one, made anew
    assert not presenter.checking.fresh
    assert not presenter.is_open("fit")
    press(view, "again")
    settled()
    seen = presenter.checking.seen
    assert seen is not None
    assert "cvd_history" in seen.cells
    assert seen.held_back == ()


def test_a_table_is_read_trained_on_and_its_outcome_guessed(
    qtbot: QtBot, studio: tuple[StudioPresenter, StudioView], settled: Settled, tmp_path: Path
) -> None:
    presenter, view = studio
    presenter.asking.choose(source="table")
    presenter.asking.open_table(write_table(tmp_path / "people.csv", 900))
    settled()
    assert (presenter.asking.answers.column, presenter.asking.answers.positive) == ("ill", "1")
    presenter.asking.write(title="Falls ill")
    press(view, "check")
    settled()
    seen = presenter.checking.seen
    assert seen is not None
    assert seen.looked.may_train
    quick(presenter)
    presenter.train()
    told: list[tuple[int, int]] = []
    presenter.progressed.connect(lambda done, total: told.append((done, total)))
    settled()
    held = presenter.in_hand
    assert held is not None
    assert held.manifest.title.en == "Falls ill"
    assert told[-1] == (told[-1][1], told[-1][1])
    groups = view.findChild(GroupsCard)
    assert groups is not None
    assert "Women" in words_of(groups)


def test_stopping_keeps_nothing_and_the_answers_stay(
    qtbot: QtBot, studio: tuple[StudioPresenter, StudioView], settled: Settled, tmp_path: Path
) -> None:
    presenter, view = studio
    presenter.asking.choose(source="table")
    presenter.asking.open_table(write_table(tmp_path / "people.csv", 900))
    settled()
    presenter.check()
    settled()
    presenter.go("fit")
    presenter.train()
    qtbot.waitUntil(lambda: presenter.progress[1] > 0, timeout=WAIT_MS)
    press(view, "stop")
    settled()
    assert presenter.in_hand is None
    assert "Nothing was kept" in words_of(view)
    assert presenter.checking.fresh
    assert presenter.may_train
    kept: list[int] = []
    presenter.context.on_store(presenter, lambda clinic: len(models(clinic)), kept.append)
    settled()
    assert kept == [0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("age,ill\n" + "50,1\n" * 40, "No column of this table holds exactly two values"),
        ("age,ill\n" + "".join(f"{30 + at % 40},{at % 2}\n" for at in range(10)), "Only 10 rows"),
        ("age,\n50,1\n", "has no name"),
    ],
)
def test_a_table_that_cannot_be_learned_from_is_told_in_a_sentence(
    studio: tuple[StudioPresenter, StudioView], settled: Settled, tmp_path: Path, text: str, said: str
) -> None:
    presenter, view = studio
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    presenter.asking.choose(source="table")
    presenter.asking.open_table(tmp_path / "bad.csv")
    settled()
    if presenter.asking.answers.whole:
        presenter.check()
        settled()
    assert said in words_of(view)
    assert not presenter.is_open("fit")


def test_answers_that_cannot_be_asked_with_are_told_beside_them(
    studio: tuple[StudioPresenter, StudioView], settled: Settled
) -> None:
    presenter, view = studio
    presenter.asking.choose(group="measurement")
    presenter.asking.choose(outcome="measurement:sbp_mmhg", horizon="")
    presenter.asking.write(limit="high", first="soon", threshold="200")
    presenter.check()
    assert presenter.step == "outcome"
    assert set(presenter.asking.problems) == {"limit", "first", "threshold"}
    assert "This is no day" in words_of(view)


def test_a_measurement_counts_from_a_value_on_or_down_to_one(
    studio: tuple[StudioPresenter, StudioView], settled: Settled
) -> None:
    presenter, view = studio
    presenter.asking.choose(group="measurement")
    presenter.asking.choose(outcome="measurement:sbp_mmhg", limit="140")
    assert "The value, in mmHg" in words_of(view)
    reaches = presenter.asking.said().question
    presenter.asking.choose(falls=True)
    falls = presenter.asking.said().question
    assert reaches is not None
    assert falls is not None
    assert [(each.at_least, each.at_most) for each in (reaches, falls)] == [(140, None), (None, 140)]
    assert reaches.name != falls.name


def test_a_lock_leads_back_to_the_check_with_the_same_answers(
    qtbot: QtBot, studio: tuple[StudioPresenter, StudioView], settled: Settled
) -> None:
    presenter, _ = studio
    asked(presenter, settled, off=("bmi_kg_m2",))
    presenter.here = True
    presenter.keep_place()
    settled()
    again = StudioPresenter(presenter.context)
    told: list[bool] = []
    again.resume(told.append)
    settled()
    assert told == [True]
    shown(qtbot, again, settled)
    qtbot.waitUntil(lambda: again.step == "check" and again.checking.fresh, timeout=WAIT_MS)
    assert again.asking.answers == presenter.asking.answers
    assert again.checking.seen is not None
    assert "bmi_kg_m2" not in again.checking.seen.cells


def test_a_lock_that_ends_a_training_says_so_when_somebody_comes_back(
    qtbot: QtBot, studio: tuple[StudioPresenter, StudioView], settled: Settled
) -> None:
    presenter, _ = studio
    asked(presenter, settled, anyway=True)
    presenter.go("fit")
    presenter.train()
    qtbot.waitUntil(lambda: presenter.progress[1] > 0, timeout=WAIT_MS)
    presenter.keep_place()
    presenter.stop()
    settled()
    again = StudioPresenter(presenter.context)
    again.resume(lambda _: None)
    settled()
    _, view = shown(qtbot, again, settled)
    qtbot.waitUntil(lambda: again.step == "fit" and again.checking.fresh, timeout=WAIT_MS)
    assert "before the training was done" in words_of(view)
    presenter.keep_place()  # nothing runs any more
    settled()
    once_more = StudioPresenter(presenter.context)
    once_more.resume(lambda _: None)
    settled()
    assert not once_more.fitting.problem


def test_after_a_look_that_asks_nothing_the_focus_is_on_what_comes_next(
    studio: tuple[StudioPresenter, StudioView], settled: Settled, tmp_path: Path
) -> None:
    presenter, view = studio
    presenter.asking.choose(source="table")
    presenter.asking.open_table(write_table(tmp_path / "people.csv", 900))
    settled()
    presenter.check()
    settled()
    assert presenter.step == "check"
    held = view.window().focusWidget()
    assert isinstance(held, QAbstractButton)
    assert held.text() == "On to fitting"


def test_predictors_stand_in_the_order_of_the_dictionary_and_outcomes_begin_large(
    studio: tuple[StudioPresenter, StudioView], settled: Settled
) -> None:
    presenter, view = studio
    asking = presenter.asking
    asking.predictors = tuple(replace(each, share_recorded=at / 100) for at, each in enumerate(asking.predictors))
    asking.choose(group="declared")
    settled()
    ticks = [each.objectName().removeprefix("from:") for each in view.findChildren(Tick) if each.objectName()]
    order = [name for name in presenter.context.clinic.dictionary.fields if name in set(ticks)]
    assert len(ticks) > 2
    assert ticks == order
    outcomes = view.findChild(QComboBox, "outcome")
    assert outcomes is not None
    labels = [outcomes.itemText(at) for at in range(outcomes.count())]
    assert any(labels)
    assert not [label for label in labels if label[:1].islower()]


def test_fewer_predictors_are_tried_with_one_press(
    studio: tuple[StudioPresenter, StudioView], settled: Settled
) -> None:
    presenter, view = studio
    asked(presenter, settled)
    seen = presenter.checking.seen
    assert seen is not None
    presenter.checking.seen = replace(seen, fewer=("age", "sex"))
    view.refresh()
    assert "Published tools of this outcome read: Age, Sex." in words_of(view)
    press(view, "fewer")
    settled()
    assert presenter.asking.on == ("age", "sex")
    assert presenter.step == "check"
    assert presenter.checking.seen is not None
    assert [each.name for each in presenter.checking.seen.looked.columns] == ["age", "sex"]


def test_keys_walk_on_and_back_and_another_look_shows_the_same(
    qtbot: QtBot, studio: tuple[StudioPresenter, StudioView], settled: Settled
) -> None:
    presenter, view = studio
    presenter.asking.choose(outcome=OUTCOME, group="declared")
    key(qtbot, view, "Ctrl+Return")  # a key of a button works a moment later
    qtbot.waitUntil(lambda: presenter.step == "check", timeout=WAIT_MS)
    settled()
    key(qtbot, view, "Ctrl+Return")
    qtbot.waitUntil(lambda: presenter.step == "fit", timeout=WAIT_MS)
    presenter.context.change(language="zh", look="dark")
    again = StudioView(presenter.context.ui, presenter)
    qtbot.addWidget(again)
    again.show()
    settled()
    assert "数据允许做什么" in words_of(again)
    assert [again.stepper.is_done(at) for at in range(3)] == [True, True, False]
    key(qtbot, again, "Esc")
    qtbot.waitUntil(lambda: presenter.step == "check", timeout=WAIT_MS)
    key(qtbot, again, "Esc")
    qtbot.waitUntil(lambda: presenter.step == "outcome", timeout=WAIT_MS)
    assert presenter.asking.answers.outcome == OUTCOME


def test_everything_that_takes_a_key_has_a_name(studio: tuple[StudioPresenter, StudioView], settled: Settled) -> None:
    presenter, view = studio
    presenter.asking.more = True
    presenter.asking.choose(outcome=OUTCOME, group="declared")
    for step in ("outcome", "check", "fit"):
        presenter.check() if step == "check" else presenter.go(step)
        settled()
        takes = [each for each in view.page(step).findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
        assert takes
        unnamed = [each for each in takes if each.isVisible() and not each.accessibleName()]
        assert not unnamed, (step, unnamed)
