"""Opening, typing, keeping and saving a record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from desktop.record.presenter import RecordPresenter
from desktop.record.view import RecordView
from engine.domain.record import Record
from engine.workflows.audit import clinic_audit
from engine.workflows.clinics import OpenClinic
from engine.workflows.drafts import form_drafts
from engine.workflows.record import load_person
from tests.desktop.record.conftest import WAIT_MS, Bench

WALK_IN = ("Li Guoqiang", "", "1965", "m", "", "", "156/96", "148 88", "3", "n", "n")


def press(bench: Bench, text: str) -> None:
    """Type on the keyboard wherever the cursor is, then Enter."""
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClicks(widget, text)
    QTest.keyClick(widget, Qt.Key.Key_Return)


def test_opening_a_record_is_written_into_the_audit_once(bench: Bench) -> None:
    somebody = bench.somebody().person_id

    def views(clinic: OpenClinic) -> int:
        lines = clinic_audit(clinic, somebody).lines
        return sum(line.action == "record.view" and line.person_ids == (somebody,) for line in lines)

    before = bench.ask(views)
    bench.open(somebody)
    assert (before, bench.ask(views)) == (0, 1)
    bench.presenter.reload()
    bench.idle()
    assert bench.ask(views) == 1


def test_a_walk_in_is_typed_with_the_keyboard_alone(bench: Bench) -> None:
    bench.open(None)
    bench.view.today.form.go_to_start()
    for text in WALK_IN:
        press(bench, text)
    bench.idle()
    form = bench.presenter.form
    assert form is not None
    assert form.boxes["name#1"].text == "Li Guoqiang"
    assert form.boxes["sex#1"].text == "M"
    assert form.boxes["pressure#2"].text == "148 88"
    assert form.boxes["diabetes#1"].text == "false"
    bench.type(total_cholesterol_mmol_l="5.6")
    assert bench.view.today.risk.risk.number.number
    with bench.qtbot.waitSignal(bench.presenter.stored, timeout=WAIT_MS) as stored:
        bench.presenter.save_and_next()
    record = bench.ask(lambda clinic: load_person(clinic, stored.args[0]))
    assert isinstance(record, Record)
    assert record.patient.name == "Li Guoqiang"
    values = {(one.field, one.value) for one in record.visits[0].measurements}
    assert values >= {("sbp_mmhg", 156.0), ("smoker", "current"), ("diabetes", False)}


def test_a_gap_leaves_the_reason_and_the_way_to_its_field_and_no_number(bench: Bench) -> None:
    bench.open(None)
    bench.type(name="Li", sex="M", pressure="156/96", smoker="never", diabetes="false")  # nothing stands for the age
    risk = bench.view.today.risk.risk
    assert not risk.number.isVisible()
    assert not risk.array.isVisible()
    assert risk.refusal.isVisible()
    bench.view.today.risk.field_asked.emit("total_cholesterol_mmol_l")
    assert bench.presenter.desk.focus == "total_cholesterol_mmol_l#1"


def test_all_problems_stand_beside_their_fields_at_once(bench: Bench) -> None:
    bench.open(None)
    bench.type(name="Li", pressure__1="92/152", total_cholesterol_mmol_l="45", birth_date="no date")
    bench.presenter.desk.entered("")
    assert set(bench.presenter.desk.problems) == {"pressure#1", "total_cholesterol_mmol_l#1", "birth_date#1"}
    said = bench.presenter.desk.problems["total_cholesterol_mmol_l#1"][0].text
    assert "0.5" in said
    assert "mmol/L" in said
    bench.presenter.desk.choose_unit("total_cholesterol_mmol_l#1", "mg/dL")
    assert "mg/dL" in bench.presenter.desk.problems["total_cholesterol_mmol_l#1"][0].text


def test_an_unusual_value_is_kept_with_a_second_enter(bench: Bench) -> None:
    bench.open(None)
    bench.type(name="Li", hba1c_percent="22")
    desk = bench.presenter.desk
    assert not desk.enter("hba1c_percent#1")
    assert desk.enter("hba1c_percent#1")
    bench.idle()
    assert "hba1c_percent#1" not in desk.problems
    bench.type(hba1c_percent="23")
    assert "hba1c_percent#1" in desk.problems


def test_an_impossible_value_stays_typed_and_nothing_is_stored(bench: Bench) -> None:
    bench.open(None)
    bench.type(name="Li", total_cholesterol_mmol_l="45")
    with bench.qtbot.waitSignal(bench.presenter.desk.focus_asked, timeout=WAIT_MS) as asked:
        bench.presenter.save_and_next()
    assert asked.args == ["total_cholesterol_mmol_l#1"]
    form = bench.presenter.form
    assert form is not None
    assert form.boxes["total_cholesterol_mmol_l#1"].text == "45"


def test_what_is_typed_is_there_again_after_leaving_and_after_a_lock(bench: Bench) -> None:
    person = bench.somebody().person_id
    bench.open(person)
    bench.type(pressure__1="15")
    bench.presenter.back()
    bench.view.hide()
    bench.open(None)
    bench.view.show()
    bench.open(person)
    form = bench.presenter.form
    assert form is not None
    assert form.boxes["pressure#1"].text == "15"
    assert bench.view.notice.text
    bench.presenter.desk.entered("height_cm#1")
    bench.presenter.save_draft()
    bench.idle()
    again = RecordPresenter(bench.context, bench.people)
    told: list[bool] = []
    again.resume(told.append)
    bench.qtbot.waitUntil(lambda: bool(told) and again.form is not None, timeout=WAIT_MS)
    assert told == [True]
    assert again.person_id == person
    assert again.desk.focus == "height_cm#1"
    assert again.form is not None
    assert again.form.boxes["pressure#1"].text == "15"


def test_a_place_without_typing_is_returned_to_once_and_not_after_leaving(bench: Bench) -> None:
    person = bench.somebody().person_id
    bench.open(person)
    bench.presenter.save_draft()
    bench.idle()
    assert bench.ask(lambda clinic: len(form_drafts(clinic))) == 1
    bench.view.hide()
    bench.idle()
    assert bench.ask(lambda clinic: len(form_drafts(clinic))) == 0


def test_the_earlier_answer_that_counts_is_shown_as_such_and_not_saved_again(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    form = bench.presenter.form
    assert form is not None
    diabetes = form.boxes["diabetes#1"]
    assert diabetes.last is not None
    assert diabetes.last.counts
    assert [value.field for value in form.values()] == ["visit_date"]
    assert not form.changed


def test_a_stored_visit_is_put_right_in_the_form(bench: Bench) -> None:
    person = bench.somebody().person_id
    bench.open(person)
    visit = bench.presenter.visits.newest_first()[0]
    bench.presenter.correct_visit(visit.id)
    bench.idle()
    form = bench.presenter.form
    assert form is not None
    assert form.boxes["pressure#1"].text
    bench.type(pressure__1="133/77")
    with bench.qtbot.waitSignal(bench.presenter.stored, timeout=WAIT_MS):
        bench.presenter.save_and_next()
    record = bench.ask(lambda clinic: load_person(clinic, person))
    assert isinstance(record, Record)
    changed = next(one for one in record.visits if one.id == visit.id)
    assert [one.value for one in changed.measurements if one.field == "sbp_mmhg"] == [133.0]
    assert len(record.visits) == len({one.visit_date for one in record.visits})


def test_a_visit_moves_to_another_day_and_is_removed(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    visits = bench.presenter.visits
    first, count = visits.newest_first()[0], len(visits.newest_first())
    with bench.qtbot.waitSignal(bench.presenter.record_changed, timeout=WAIT_MS):
        visits.move_to_day(first.id, date(2026, 11, 1))
    assert visits.newest_first()[0].visit_date == date(2026, 11, 1)
    with bench.qtbot.waitSignal(bench.presenter.record_changed, timeout=WAIT_MS):
        visits.remove(first.id)
    assert len(visits.newest_first()) == count - 1
    with bench.qtbot.waitSignal(visits.history_changed, timeout=WAIT_MS):
        bench.presenter.show_tab("history")
    assert bench.view.history.table.model().rowCount() > 2


def test_lists_take_entries_and_are_confirmed(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    lists, presenter = bench.presenter.lists, bench.presenter
    assert lists.recognise("Amlodipine 5 mg daily")[0] == "amlodipine"
    adding: tuple[Callable[[], None], ...] = (
        lambda: lists.add_medicine("Amlodipine 5 mg daily", lists.read_day("2019")),
        lambda: lists.add_condition("heart_failure", "suspected", lists.read_day("2020-05")),
        lambda: lists.add_allergy("penicillin", "severe", "rash"),
        lambda: lists.add_relative("mother", "diabetes_type2", 60),
        lambda: lists.confirm("medicines"),
    )
    for add in adding:
        with bench.qtbot.waitSignal(presenter.record_changed, timeout=WAIT_MS):
            add()
    record = lists.record
    assert record is not None
    assert record.medicines[0].ingredient == "amlodipine"
    assert record.conditions[0].code == "heart_failure"
    assert record.allergies[0].substance == "penicillin"
    assert record.relatives[0].age_at_onset == 60
    assert "medicines" in record.patient.lists_confirmed
    with bench.qtbot.waitSignal(presenter.record_changed, timeout=WAIT_MS):
        lists.end(record.medicines[0])
    assert lists.record is not None
    assert lists.record.medicines[0].stop is not None
    assert lists.read_day("2090") is None


def test_typing_in_a_list_survives_a_change_of_look(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    bench.presenter.lists.typed["medicine.text"] = "Metformin"
    again = RecordView(bench.context.ui, bench.presenter)
    bench.qtbot.addWidget(again)
    assert any(line.text() == "Metformin" for line in again.lists.findChildren(QLineEdit))


def test_a_very_long_name_with_markup_stays_one_plain_line(bench: Bench) -> None:
    bench.open(None)
    bench.type(name="<b>" + "W" * 9_000)
    assert bench.view.header.height() == bench.context.ui.px(56)
    assert bench.view.minimumSizeHint().width() < 1286


def test_small_windows_keep_the_number_in_view(bench: Bench) -> None:
    bench.open(None)
    bench.type(name="Li", birth_date="1965", sex="M", pressure="156/96", smoker="current", diabetes="false")
    bench.type(total_cholesterol_mmol_l="5.6")
    bench.view.resize(632, 300)
    bench.idle()
    assert bench.view.today._strip.isVisible()
    assert bench.view.minimumSizeHint().width() <= 632
