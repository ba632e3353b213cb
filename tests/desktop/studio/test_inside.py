"""The look inside a network: a reader can work the step out from what the page says, and go where they want."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.i18n import Texts
from desktop.studio.answers import TABLE
from desktop.studio.inside_digits import all_digits
from desktop.studio.inside_numbers import MINUS, Names, Teller, brief, short
from desktop.studio.inside_page import InsidePage
from desktop.studio.looking_inside import made_of
from desktop.studio.presenter import StudioPresenter
from desktop.studio.state import INSIDE
from desktop.studio.view import StudioView
from engine.workflows.inside_run import Inside, Place, inside_run, places, value_at
from engine.workflows.train_job import trace
from engine.workflows.train_wish import ModelKind, TrainWish

HEADS = ("age_years", "systolic_mmhg", "bmi")
TEXTBOOK = TrainWish("stroke", textbook=True)
NETWORK = TrainWish("stroke", kind=ModelKind.NETWORK)
NAMES = Names("Stroke", labels={"age_years": "Age"}, units={"age_years": "years"})
WAIT_MS = 60_000


def cells(people: int = 100, columns: int = 3) -> dict[str, list[str]]:
    random = np.random.default_rng(4)
    values = random.normal(size=(people, columns))
    ill = values[:, :3].sum(axis=1) + 0.6 * random.normal(size=people) > 0
    heads = [*HEADS, *(f"x{at}" for at in range(columns - 3))]
    table = {head: [f"{value:.2f}" for value in values[:, at]] for at, head in enumerate(heads)}
    for row in range(6):
        table["systolic_mmhg"][row * 13] = ""
    return {**table, "stroke": [str(int(each)) for each in ill]}


@pytest.fixture(scope="module")
def textbook() -> Inside:
    return inside_run(cells(), TEXTBOOK)


@pytest.fixture
def page(qtbot: QtBot, context: Context, textbook: Inside) -> Iterator[InsidePage]:
    presenter = StudioPresenter(context)
    presenter.step = INSIDE
    made = InsidePage(context.ui, presenter)
    qtbot.addWidget(made)
    made.resize(1286, 632)
    made.show()
    presenter.inside.show(textbook, NAMES)
    yield made
    presenter.inside.forget()


def tables(text: str) -> list[list[list[str]]]:
    """Return the parts of the text, each as rows of cells, the title first."""
    return [[line.split("\t") for line in part.splitlines()] for part in text.strip().split("\n\n")]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("number", "person"), [(0, 0), (1901, 3)])
def test_the_step_can_be_worked_out_from_the_text_alone(
    textbook: Inside, language: str, number: int, person: int
) -> None:
    epoch, batch = divmod(number, textbook.steps_an_epoch)
    step = textbook.steps(epoch)[batch]
    place = Place(0, 1, 2)
    teller = Teller(Texts(language), textbook, NAMES)
    inputs, rows, weights, pulls, losses = tables(all_digits(teller, textbook, step, place))
    told = {line[0]: [float(each) for each in line[1:]] for line in weights[2:]}
    assert len(told) == 26
    names = [teller.place(each) for each in places(textbook)]
    first = {unit: [told[name][0] for name in names[unit * 4 : unit * 4 + 4]] for unit in range(4)}
    second = {unit: [told[name][0] for name in names[16 + unit * 5 : 21 + unit * 5]] for unit in range(2)}
    scales = [[float(each) for each in line[4:6]] for line in inputs[2:]]
    found, gradient = [], 0.0
    for line in rows[2:-1]:
        happened, *values = [float(each) for each in line[1:]]
        scaled = [(value - mean) * factor for value, (mean, factor) in zip(values[:3], scales, strict=True)]
        assert scaled == pytest.approx(values[3:6], abs=1e-12)
        sums = [sum(x * w for x, w in zip([*scaled, 1.0], first[unit], strict=True)) for unit in range(4)]
        assert sums == pytest.approx(values[6:10], abs=1e-12)
        out = [max(0.0, each) for each in sums]
        odds = [sum(x * w for x, w in zip([*out, 1.0], second[unit], strict=True)) for unit in range(2)]
        chances = [math.exp(each) / (math.exp(odds[0]) + math.exp(odds[1])) for each in odds]
        assert chances == pytest.approx(values[16:18], abs=1e-12)
        found.append(-math.log(chances[int(happened)]))
        errors = [chances[0] - (happened == 0), chances[1] - (happened == 1)]
        answer = (sums[2] > 0) * sum(error * second[unit][2] for unit, error in enumerate(errors))
        gradient += scaled[1] * answer
    assert sum(found) / len(found) == pytest.approx(step.loss, abs=1e-12)
    assert float(rows[-1][-1]) == step.loss
    assert gradient / len(found) == pytest.approx(float(pulls[-1][1]), abs=1e-12)
    for before, slope, after in told.values():
        assert before - 0.01 * slope == pytest.approx(after, abs=1e-15)
    assert [float(line[1]) for line in losses[2:]] == list(textbook.loss)
    # What stands on the page is the same, rounded to four digits.
    lines = teller.weight(step, person, place)
    assert lines[-1].result == short(value_at(step.after, place))
    assert lines[0].result == short(told[teller.place(place)][0])
    assert teller.batch(step).result == short(step.loss)


def test_adam_is_told_by_its_own_rule() -> None:
    inside = inside_run(cells(), NETWORK)
    step = inside.steps(3)[1]
    text = all_digits(Teller(Texts("en"), inside, NAMES), inside, step, Place(0, 0, 0))
    _, _, weights, _, _ = tables(text)
    rate = float(weights[0][0].split(" - ")[1].split(" * ")[0])
    assert rate == inside.rate(step)
    for line in weights[2:]:
        before, _, mean, square, after = (float(each) for each in line[1:])
        assert before - rate * mean / (math.sqrt(square) + 1e-8) == pytest.approx(after, abs=1e-14)


def test_numbers_are_rounded_to_four_digits_without_exponents() -> None:
    assert [short(each) for each in (0.0, -1.23456, 1234567.0, 0.00001234567, 63.0)] == [
        "0",
        f"{MINUS}1.235",
        "1235000",
        "0.00001235",
        "63",
    ]
    assert [brief(each) for each in (-0.01464, 0.99577, 123.456, 2.0)] == [f"{MINUS}0.015", "0.996", "123.5", "2"]


def test_steps_are_walked_by_button_slider_and_epoch(page: InsidePage) -> None:
    looking = page.looking
    assert not page.before.isEnabled()
    QTest.mouseClick(page.after, Qt.MouseButton.LeftButton)
    assert looking.number == 1
    assert "Step 2 of 3,000" in page.bar.where.text()
    page.bar.slider.setValue(2999)
    assert (looking.epoch, looking.batch) == (999, 2)
    assert not page.after.isEnabled()
    page.bar.epoch.setText("40")
    page.bar.epoch.editingFinished.emit()
    assert (looking.epoch, looking.batch) == (39, 0)
    for wrong in ("0", "1001", "x", ""):
        page.bar.epoch.setText(wrong)
        page.bar.epoch.editingFinished.emit()
        assert looking.epoch == 39
        assert "1 to 1000" in page.bar._wrong.text()
    page.curve.curve.setFocus()
    QTest.keyClick(page.curve.curve, Qt.Key.Key_End)
    assert looking.epoch == 999
    assert page.bar._wrong.text() == ""
    page.curve.curve.chosen.emit(page.curve.curve.epoch_at(-5))
    assert looking.epoch == 0


def test_a_press_on_a_line_or_a_circle_chooses_its_weight(page: InsidePage, textbook: Inside) -> None:
    picture = page.network.picture
    for place in (Place(0, 2, 3), Place(1, None, 0), Place(1, 3, 1)):
        QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=picture.middle(place).toPoint())
        assert page.looking.place == place
        assert page.weight.weight.currentText() == Teller(Texts("en"), textbook, NAMES).place(place)
    assert picture.place_at(QPointF(2, 2)) is None
    QTest.keyClick(picture, Qt.Key.Key_Up)
    assert page.looking.place == Place(1, 2, 1)


def test_another_person_of_the_batch_is_shown(page: InsidePage, textbook: Inside) -> None:
    step = page.looking.step
    assert step is not None
    assert page.person.person.count() == len(step.rows) == 32
    page.looking.go(2)  # the last batch of an epoch has 16
    page.looking.choose_person(15)
    page.looking.go(3)
    page.looking.choose_person(31)
    page.looking.go(5)
    assert page.looking.person == 15
    told = page.network.picture.accessibleName()
    step = textbook.steps(1)[2]
    assert f"row {textbook.row[step.rows[15]] + 2}" in told
    assert "years" in told


def test_all_digits_can_be_copied(page: InsidePage, textbook: Inside) -> None:
    QTest.mouseClick(page.turn, Qt.MouseButton.LeftButton)
    assert page.digits.isVisible()
    assert not page.network.isVisible()
    QTest.mouseClick(page.copy, Qt.MouseButton.LeftButton)
    assert repr(textbook.steps(0)[0].loss) in QGuiApplication.clipboard().text()
    QTest.mouseClick(page.turn, Qt.MouseButton.LeftButton)
    assert page.network.isVisible()


def test_a_network_too_big_to_draw_shows_its_losses(page: InsidePage) -> None:
    page.looking.show(inside_run(cells(columns=9), NETWORK), NAMES)
    assert page.looking.step is None
    assert "too many to draw" in page.notice.text
    assert page.curve.isVisible()
    assert not page.network.isVisible()


def test_the_run_comes_from_a_process_of_its_own_the_same_to_the_bit(textbook: Inside) -> None:
    found = trace(cells(), "0" * 64, TEXTBOOK)
    assert found.loss == textbook.loss
    for mine, theirs in zip(textbook.steps(700), found.steps(700), strict=True):
        np.testing.assert_array_equal(mine.after[0].weights, theirs.after[0].weights)
        np.testing.assert_array_equal(mine.forward.inputs, theirs.forward.inputs)


def write_cells(path: Path) -> Path:
    table = cells()
    lines = [",".join(table), *(",".join(line) for line in zip(*table.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_network_that_was_trained_here_is_looked_into_from_the_fit(
    qtbot: QtBot, presenter: StudioPresenter, tmp_path: Path, textbook: Inside
) -> None:
    asking = presenter.asking
    asking.choose(source=TABLE)
    asking.open_table(write_cells(tmp_path / "table.csv"))
    qtbot.waitUntil(lambda: asking.table is not None, timeout=WAIT_MS)
    asking.choose_column("stroke")
    asking.choose(textbook=True)
    presenter.check()
    qtbot.waitUntil(lambda: presenter.checking.seen is not None, timeout=WAIT_MS)
    seen = presenter.checking.seen
    assert seen is not None
    presenter.checking.seen = replace(seen, wish=replace(seen.wish, folds=2, repeats=1, bootstraps=2))
    assert not made_of(seen, presenter.in_hand)
    presenter.train()
    qtbot.waitUntil(lambda: presenter.in_hand is not None and not presenter.busy, timeout=WAIT_MS)
    assert presenter.may_look_inside
    view = StudioView(presenter.context.ui, presenter)
    qtbot.addWidget(view)
    view.resize(1286, 688)
    view.show()
    presenter.look_inside()
    assert presenter.step == INSIDE
    qtbot.waitUntil(lambda: presenter.inside.inside is not None, timeout=WAIT_MS)
    page = view.page(INSIDE)
    assert isinstance(page, InsidePage)
    qtbot.waitUntil(page.network.isVisible, timeout=WAIT_MS)
    assert presenter.inside.inside is not None
    assert presenter.inside.inside.loss == textbook.loss
    presenter.keep_place()
    assert presenter.to_plain()["step"] == "fit"  # its rows are gone after a lock
    presenter.back()
    assert presenter.step == "fit"
    presenter.put_down()
    assert presenter.inside.inside is None
    assert not presenter.is_open(INSIDE)
