"""The record's page under hands: what is pressed and typed in its parts, and what comes of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from desktop.record.boxes import ValueBox
from desktop.record.form import Form
from desktop.record.list_card import ListCard
from desktop.record.view import RecordView
from desktop.record.visits_tab import MovePanel
from desktop.widgets.fields import TextField
from desktop.widgets.labels import Label
from engine.workflows.clinic_packs import withdraw
from engine.workflows.clinics import OpenClinic
from engine.workflows.print_queue import printed_now
from engine.workflows.reports import Paper, ReportOptions, Sides, prepare_report
from tests.desktop.record.conftest import WAIT_MS, Bench


def click(inside: QWidget, words: str) -> None:
    """Click the button in view with these words, or the first that is called so."""
    QApplication.processEvents()
    found = [
        each
        for each in inside.findChildren(QAbstractButton)
        if each.isVisible() and (words == each.text() or each.accessibleName().startswith(words))
    ]
    assert found, words
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)


def says(inside: QWidget, words: str) -> bool:
    QApplication.processEvents()  # what was added to a layout comes into view now
    return any(words in each.text() for each in inside.findChildren(Label) if each.isVisible())


def write(bench: Bench, words: str, *, enter: bool = False) -> None:
    """Type where the cursor is, over what is marked there."""
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(widget, words)
    if enter:
        QTest.keyClick(widget, Qt.Key.Key_Return)


def test_any_field_is_found_by_its_name_and_added_with_enter(bench: Bench) -> None:
    bench.open(None)
    add = bench.view.today.form.add
    add.button.click()
    write(bench, "xyzzy")
    assert says(add, bench.context.texts("record.add.nothing"))
    write(bench, "waist", enter=True)
    bench.idle()
    form = bench.presenter.form
    assert form is not None
    assert "waist_cm" in form.extra
    assert bench.presenter.desk.focus == "waist_cm#1"
    add.button.click()
    write(bench, "waist")
    assert says(add, bench.context.texts("record.add.nothing"))  # it stands in the form already
    QTest.keyClick(add, Qt.Key.Key_Escape)
    assert not add.search.isVisible()


def test_the_day_of_the_visit_is_typed_and_a_day_that_cannot_be_is_said(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    line = bench.view.today.form.day
    form = bench.presenter.form
    assert form is not None
    today = bench.context.clock.today()
    line.button.click()
    write(bench, (today + timedelta(days=3)).isoformat(), enter=True)
    bench.idle()
    assert form.day == today
    assert bench.presenter.desk.problems["visit_date#1"]
    line.button.click()
    write(bench, "2026-10-05", enter=True)
    bench.idle()
    assert form.day == date(2026, 10, 5)
    assert "visit_date#1" not in bench.presenter.desk.problems
    assert says(line, bench.context.texts("record.other_day_title"))
    line.button.click()
    write(bench, "2026-10-06")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert form.day == date(2026, 10, 5)


def test_a_visit_is_put_right_moved_to_another_day_and_removed_where_it_stands(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    texts, tab = bench.context.texts, bench.view.visits
    bench.presenter.show_tab("visits")
    first, count = bench.presenter.visits.newest_first()[0], len(bench.presenter.visits.newest_first())
    click(tab, texts("record.visits.move"))
    (panel,) = tab.findChildren(MovePanel)
    panel.day.set_text("no day")
    click(panel, texts("record.visits.move_to_day"))
    assert says(panel, texts("record.problem.unreadable_date"))
    panel.day.set_text("2026-11-02")
    with bench.qtbot.waitSignal(bench.presenter.record_changed, timeout=WAIT_MS):
        click(panel, texts("record.visits.move_to_day"))
    assert bench.presenter.visits.newest_first()[0].visit_date == date(2026, 11, 2)
    click(tab, texts("record.visits.remove"))
    click(tab, texts("record.visits.keep"))
    assert len(bench.presenter.visits.newest_first()) == count
    click(tab, texts("record.visits.remove"))
    with bench.qtbot.waitSignal(bench.presenter.record_changed, timeout=WAIT_MS):
        click(tab, texts("record.visits.remove_now"))
    assert first.id not in {each.id for each in bench.presenter.visits.newest_first()}
    bench.idle()
    click(tab, texts("record.visits.correct"))
    bench.idle()
    assert bench.presenter.tab == "today"
    click(bench.view.today.form.day, texts("record.back_to_today"))
    form = bench.presenter.form
    assert form is not None
    assert form.visit_id is None


def test_a_visit_moves_to_the_person_it_belongs_to(bench: Bench) -> None:
    panel = bench.people.panel
    assert panel is not None
    other = next(row for row in (panel.row(at) for at in range(len(panel) - 1, -1, -1)) if row.name)
    bench.open(bench.somebody().person_id)
    texts, tab, visits = bench.context.texts, bench.view.visits, bench.presenter.visits
    bench.presenter.show_tab("visits")
    first = visits.newest_first()[0]
    click(tab, texts("record.visits.move"))
    (move,) = tab.findChildren(MovePanel)
    move.person.edit.setFocus()
    write(bench, other.patient_id or other.name or "")
    with bench.qtbot.waitSignal(bench.presenter.record_changed, timeout=WAIT_MS):
        click(move, texts("record.visits.move_to_person", name=other.name))
    assert first.id not in {each.id for each in visits.newest_first()}
    bench.idle()
    bench.open(other.person_id)
    assert first.visit_date in {each.visit_date for each in visits.newest_first()}


def cards(bench: Bench) -> dict[str, ListCard]:
    bench.presenter.show_tab("lists")
    return dict(zip(("medicines", "conditions", "allergies", "family"), bench.view.lists.cards, strict=True))


def put(bench: Bench, card: ListCard, words: str = "record.lists.add") -> None:
    """Press the button that stores an entry, and wait for it."""
    with bench.qtbot.waitSignal(bench.presenter.record_changed, timeout=WAIT_MS):
        click(card, bench.context.texts(words))
    bench.idle()


def test_what_is_missing_in_an_entry_is_said_and_nothing_is_stored(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    texts, lists = bench.context.texts, cards(bench)
    before = bench.presenter.lists.record
    for name, words in (
        ("medicines", "record.lists.medicine_empty"),
        ("conditions", "record.lists.condition_empty"),
        ("allergies", "record.lists.substance_empty"),
        ("family", "record.lists.condition_empty"),
    ):
        click(lists[name], texts("record.lists.add"))
        assert says(lists[name], texts(words))
    type_in(lists["family"], "record.lists.age_at_onset", "400")
    click(lists["family"], texts("record.lists.add"))
    assert says(lists["family"], texts("record.lists.age_wrong"))
    type_in(lists["medicines"], "record.lists.medicine_text", "Amlodipine 5 mg")
    type_in(lists["medicines"], "record.lists.start", "2090")
    click(lists["medicines"], texts("record.lists.add"))
    assert says(lists["medicines"], texts("record.lists.day_wrong"))
    type_in(lists["conditions"], "record.lists.condition", "xyzzy")
    assert says(lists["conditions"], texts("record.lists.no_condition"))
    assert bench.presenter.lists.record is before


def type_in(card: ListCard, label: str, words: str) -> None:
    """Type into the line with this label."""
    name = card._ui.texts(label)
    (field,) = [each for each in card.findChildren(TextField) if each.edit.accessibleName() == name]
    field.edit.setFocus()
    field.edit.clear()
    QTest.keyClicks(field.edit, words)


def test_entries_are_typed_changed_ended_and_removed_on_their_cards(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    lists, texts = cards(bench), bench.context.texts
    type_in(lists["medicines"], "record.lists.medicine_text", "Amlodipine 5 mg daily")
    assert says(lists["medicines"], texts("record.lists.recognised", words="amlodipine"))
    type_in(lists["medicines"], "record.lists.start", "2019")
    put(bench, lists["medicines"])
    type_in(lists["conditions"], "record.lists.condition", "heart fail")
    click(lists["conditions"], texts("record.lists.add"))  # takes the first one found
    put(bench, lists["conditions"])
    type_in(lists["allergies"], "record.lists.substance", "Penicillin")
    type_in(lists["allergies"], "record.lists.reaction", "rash")
    put(bench, lists["allergies"])
    type_in(lists["family"], "record.lists.condition", "stroke")
    click(lists["family"], texts("record.lists.add"))
    type_in(lists["family"], "record.lists.age_at_onset", "61")
    put(bench, lists["family"])
    click(lists["medicines"], texts("record.lists.edit"))
    type_in(lists["medicines"], "record.lists.medicine_text", "Amlodipine 10 mg daily")
    put(bench, lists["medicines"], "record.lists.change")
    put(bench, lists["medicines"], "record.lists.end")
    put(bench, lists["allergies"], "record.lists.remove")
    for name in ("conditions", "family"):
        click(lists[name], texts("record.lists.edit"))
        click(lists[name], texts("record.lists.let_be"))
    record = bench.presenter.lists.record
    assert record is not None
    assert [(one.text, one.ingredient) for one in record.medicines] == [("Amlodipine 10 mg daily", "amlodipine")]
    assert record.medicines[0].stop is not None
    assert [one.code for one in record.conditions] == ["heart_failure"]
    assert record.allergies == ()
    assert record.relatives[0].age_at_onset == 61


def test_f6_goes_round_the_regions_of_the_page_and_escape_goes_back(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    places = []
    for _ in range(4):
        QTest.keyClick(bench.view, Qt.Key.Key_F6)
        focus = QApplication.focusWidget()
        assert focus is not None
        regions = (bench.view.header, bench.view.today.form, bench.view.today.risk, bench.view.footer)
        places.append(next(at for at, region in enumerate(regions) if region.isAncestorOf(focus)))
    assert sorted(places) == [0, 1, 2, 3]
    with bench.qtbot.waitSignal(bench.presenter.back_asked, timeout=WAIT_MS):
        QTest.keyClick(bench.view, Qt.Key.Key_Escape)


def lines_of(bench: Bench) -> dict[str, QLineEdit]:
    """Return the lines in view by the box they belong to."""
    boxes = [each for each in bench.view.today.form.findChildren(ValueBox) if each.isVisible()]
    return {box.key: box.edit for box in boxes}


def test_the_boxes_of_one_person_serve_the_next_and_hold_nothing_of_the_one_before(bench: Bench) -> None:
    bench.open(None)
    before = lines_of(bench)
    for box, text in (("phone#1", "555 0199"), ("weight_kg#1", "72")):
        QTest.keyClicks(before[box], text)
        QTest.keyClick(before[box], Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(before[box], Qt.Key.Key_Delete)
    bench.open(bench.somebody().person_id)
    bench.open(None)
    after = lines_of(bench)
    assert after == before
    for line in after.values():
        QTest.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert {line.text() for line in after.values()} == {""}


def test_a_form_half_made_ahead_is_whole_when_it_is_opened(bench: Bench) -> None:
    forms: list[Form] = []
    bench.presenter.read_empty(forms.append)
    bench.idle()
    pieces = bench.view.make_ahead(forms[0])
    for _ in range(4):
        next(pieces)
    made = set(bench.view.today.form.findChildren(ValueBox))
    assert made
    assert not any(box.isVisible() for box in made)
    bench.open(None)
    shown = {box for box in bench.view.today.form.findChildren(ValueBox) if box.isVisible()}
    assert made < shown
    assert list(pieces) == [None] * (len([key for row in forms[0].rows() for key in row]) - 4)
    assert {box for box in bench.view.today.form.findChildren(ValueBox) if box.isVisible()} == shown


def test_the_name_for_screen_readers_follows_the_unit(bench: Bench) -> None:
    bench.open(None)
    line = lines_of(bench)["total_cholesterol_mmol_l#1"]
    assert line.accessibleName().endswith(", mmol/L")
    QTest.keyClick(line, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert line.accessibleName().endswith(", mg/dL")


def test_what_cannot_wait_stands_above_everything_while_it_is_so(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    urgent = bench.view.today.urgent
    bench.presenter.desk.add_field("phq9_q9")
    bench.type(phq9_q9="2")
    assert "safety" in urgent.text
    bench.type(phq9_q9="0")
    assert urgent.text == ""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_box_keeps_its_height_whatever_the_window_does(bench: Bench, language: str) -> None:
    bench.context.change(language=language)
    view = RecordView(bench.context.ui, bench.presenter)
    bench.qtbot.addWidget(view)
    view.show()
    bench.open(bench.somebody().person_id)
    bench.type(pressure__1="156/96", pressure__2="148/88", total_cholesterol_mmol_l="5.6", height_cm="164")
    for width, height in ((1286, 720), (1840, 990), (1286, 620), (820, 540), (1840, 990), (600, 320), (1286, 990)):
        view.resize(width, height)
        QTest.qWait(20)
        boxes = [box for box in view.today.form._boxes.values() if box.isVisible()]
        assert len(boxes) > 15
        assert [box for box in boxes if box.height() < bench.context.ui.px(40)] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_number_of_a_withdrawn_tool_is_told_in_the_head_and_in_the_history(bench: Bench, language: str) -> None:
    person = bench.somebody().person_id
    options = ReportOptions("en", Paper.A4, Sides.BOTH)

    def print_and_withdraw(clinic: OpenClinic) -> str:
        prepared = prepare_report(clinic, person, options)
        printed_now(clinic, prepared)
        pack = str(prepared.assessment.headline_pack)
        withdraw(clinic, pack, "A table was wrong.")
        return clinic.library.get(pack).manifest.title.get(language)

    title = str(bench.ask(print_and_withdraw))
    bench.context.change(language=language)
    view = RecordView(bench.context.ui, bench.presenter)
    bench.qtbot.addWidget(view)
    view.resize(1286, 720)
    view.show()
    assert not view.withdrawn.text
    bench.open(person)
    assert title in view.withdrawn.text
    click(view, bench.context.texts("record.tab.history"))
    bench.presenter.show_tab("history")
    assert "A table was wrong." in view.history.withdrawn.text
    assert bench.context.texts.date(bench.context.clock.today()) in view.history.withdrawn.text  # when it was printed
    bench.open(None)
    assert not view.withdrawn.text
    assert not view.history.withdrawn.text
