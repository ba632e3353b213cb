"""The way of a file through the window: chosen, asked about, checked, stored, or dropped without a trace."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.intake.presenter import WAITING
from desktop.intake.waiting_page import WaitingPage
from desktop.intake.words import stored_lines
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Select
from desktop.widgets.fields import SearchField, TextField
from engine.resources import resources_folder
from tests.desktop.intake.conftest import WAIT_MS, Desk

HEAD = "Patient ID,Name,Date of birth,Sex,Visit date,SBP (mmHg),DBP (mmHg),Weight,Ward"


def table(folder: Path, rows: int = 8, *, odd: str = "") -> Path:
    people = (f"P{n},Ann Lee {n},19{50 + n % 40}-03-04,F,2024-01-{1 + n % 28:02d}" for n in range(rows))
    lines = [f"{who},14{n % 10},9{n % 10},{150 + 5 * (n % 9)},west" for n, who in enumerate(people)]
    path = folder / "table.csv"
    path.write_text("\n".join([HEAD, *lines, odd]) + "\n", encoding="utf-8")
    return path


def test_a_file_is_stored_in_four_steps(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    told: list[str] = []
    desk.presenter.stored.connect(lambda: told.append("stored"))
    desk.presenter.patients_asked.connect(lambda: told.append("patients"))
    desk.presenter.batch_asked.connect(lambda: told.append("batch"))
    desk.open(table(tmp_path))
    assert desk.presenter.step == "columns"
    desk.press("jin")
    desk.press("Check 8 rows")
    assert desk.presenter.step == "check"
    assert desk.check.bar.accessibleName() == "8 rows read: 8 new visits, 0 wait"
    desk.press("Store 8 rows")
    assert (desk.presenter.step, told) == ("done", ["stored"])
    desk.press("Show patients")
    desk.press("Assess and print")
    assert told == ["stored", "patients", "batch"]
    assert [(each.file_name, each.counts.rows_new) for each in desk.presenter.history.recents] == [("table.csv", 8)]
    desk.press("Import another file")
    assert desk.presenter.step == "file"


def test_keys_alone_carry_a_file_through(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.open(table(tmp_path))
    enter, control = Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(desk.view, Qt.Key.Key_1)  # Qt shows a button pressed for a moment before it acts
    qtbot.waitUntil(lambda: not desk.presenter.open_questions, timeout=WAIT_MS)
    QTest.keyClick(desk.view, enter, control)
    qtbot.waitUntil(lambda: desk.presenter.step == "check", timeout=WAIT_MS)
    QTest.keyClick(desk.view, Qt.Key.Key_Escape)
    assert desk.presenter.step == "columns"
    QTest.keyClick(desk.view, enter, control)
    qtbot.waitUntil(lambda: desk.presenter.step == "check", timeout=WAIT_MS)
    desk.settled()
    QTest.keyClick(desk.view, enter, control)
    qtbot.waitUntil(lambda: desk.presenter.step == "done", timeout=WAIT_MS)


def test_an_open_question_keeps_the_check_waiting(desk: Desk, tmp_path: Path) -> None:
    desk.open(table(tmp_path))
    desk.press("Check 8 rows")
    assert desk.presenter.step == "columns"
    question = desk.presenter.question
    assert question is not None
    assert question.title == "Which unit is Weight in?"
    assert desk.columns.question.isAncestorOf(desk.view.focusWidget())


def test_the_row_to_be_stored_follows_the_answer(desk: Desk, tmp_path: Path) -> None:
    desk.open(table(tmp_path))
    desk.press("kg")
    assert "150 kg" in _stored_line(desk, "Weight")
    desk.press("jin")
    assert "75 kg" in _stored_line(desk, "Weight")


def _stored_line(desk: Desk, label: str) -> str:
    outcome = desk.presenter.outcome
    assert outcome is not None
    assert outcome.preview is not None
    assert outcome.preview.stored is not None
    return next(line.value for line in stored_lines(outcome.preview.stored, desk.context.texts) if line.label == label)


def test_a_column_can_be_taken_for_something_else(desk: Desk, tmp_path: Path) -> None:
    desk.open(table(tmp_path))
    at = [column.header for column in desk.presenter.columns].index("Ward")
    assert desk.presenter.state_of(at) == "skipped"
    desk.columns.grid.show_column(at)
    select = desk.select_of("Ward")
    select.setCurrentIndex(select.findData("room"))
    select.activated.emit(select.currentIndex())
    desk.settled()
    assert (desk.presenter.columns[at].field, desk.presenter.state_of(at)) == ("room", "sure")
    desk.presenter.take_for(at, "")
    desk.settled()
    assert desk.presenter.columns[at].field is None


def test_taking_a_column_for_another_field_drops_what_was_said_of_its_unit(desk: Desk, tmp_path: Path) -> None:
    desk.open(table(tmp_path))
    desk.press("jin")
    at = [column.header for column in desk.presenter.columns].index("Weight")
    desk.presenter.take_for(at, "height_cm")
    desk.settled()
    assert desk.problems == []
    assert [question.id for question in desk.presenter.open_questions] == ["unit:Weight"]


def test_answers_given_in_a_hurry_all_hold(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = [f"P{n},2024-01-05,{150 + n},{160 + n}" for n in range(9)]
    path.write_text("\n".join(["Patient ID,Visit date,Weight,Height", *lines]), encoding="utf-8")
    desk.open(path)
    first = desk.presenter.question_id
    desk.presenter.answer("jin")  # another answer comes before this look at the file has ended
    desk.presenter.next_question()
    desk.presenter.answer("cm")
    desk.settled()
    assert first == "unit:Weight"
    assert desk.presenter.answers == {"unit:Weight": "jin", "unit:Height": "cm"}
    assert desk.presenter.open_questions == ()


def test_another_language_keeps_file_answers_and_place(desk: Desk, tmp_path: Path) -> None:
    desk.open(table(tmp_path))
    desk.press("jin")
    desk.context.change(language="zh")
    desk.show()
    assert desk.presenter.answers == {"unit:Weight": "jin"}
    desk.press("检查 8 行")
    assert desk.presenter.step == "check"
    assert desk.check.bar.accessibleName() == "读取 8 行：8 新就诊, 0 待定"


def test_cancelling_keeps_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.open(table(tmp_path))
    desk.press("Cancel import")
    assert (desk.presenter.step, desk.presenter.outcome, desk.presenter.answers) == ("file", None, {})
    assert desk.presenter.history.recents == ()


def test_going_back_to_the_first_step_keeps_the_file(desk: Desk, tmp_path: Path) -> None:
    desk.open(table(tmp_path))
    desk.press("jin")
    desk.press("Back")
    assert desk.presenter.step == "file"
    desk.press("Go on with this file")
    assert (desk.presenter.step, desk.presenter.open_questions) == ("columns", ())


def test_a_file_can_be_dropped_on_the_page(desk: Desk, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(table(tmp_path)))])
    drop = QDropEvent(
        QPointF(40, 40),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    desk.view.dropEvent(drop)
    desk.settled()
    assert (desk.presenter.step, desk.presenter.file_name) == ("columns", "table.csv")


def test_choosing_a_file_leaves_the_window_alive(desk: Desk, qtbot: QtBot) -> None:
    desk.context.change(look="dark")
    desk.button("Choose a file").click()  # returns at once: the system's window is opened, not waited for
    dialog = desk.view.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.close()


def test_a_file_that_is_gone_is_told_in_the_words_of_the_command(desk: Desk, tmp_path: Path) -> None:
    desk.open(tmp_path / "none.csv")
    assert desk.problems == [desk.context.texts.wording.say("error.file_missing")]
    assert (desk.presenter.step, desk.presenter.runs) == ("file", False)


def test_rows_that_cannot_be_right_stand_by_cause_with_their_text(desk: Desk, tmp_path: Path) -> None:
    desk.open(table(tmp_path, odd="P77,<b>Bold</b>,1950-03-04,F,2024-01-05,1520,90,160,west"))
    desk.press("jin")
    desk.press("Check 9 rows")
    rows = desk.check.rows.table.rows
    assert [(line.row, line.who, line.written) for line in rows.lines] == [(10, "<b>Bold</b>", "1520")]
    assert rows.lines[0].why == "Must be 50 to 300 mmHg"
    assert desk.presenter.storable == 8


def test_rows_that_wait_can_be_thrown_out_after_saying_what_follows(desk: Desk, tmp_path: Path) -> None:
    desk.open(table(tmp_path, odd="P77,Bo Li,1950-03-04,F,2024-01-05,1520,90,160,west"))
    desk.press("jin")
    desk.press("Check 9 rows")
    desk.press("Store 8 rows")
    desk.press("Look at them")
    assert desk.presenter.step == WAITING
    desk.press("Tick all")
    desk.button("Throw out 1 row").click()
    page = desk.view.page(WAITING)
    assert isinstance(page, WaitingPage)
    assert "cannot be brought back" in page.sure.text
    history = desk.presenter.history
    assert len(history.waiting) == 1
    sure = page.sure.findChild(Button)
    assert sure is not None
    sure.click()
    desk.settled()
    assert len(desk.presenter.history.waiting) == 0
    assert desk.good_news == ["1 row was thrown out."]


def test_the_list_of_parked_rows_is_saved_without_formulas(desk: Desk, tmp_path: Path) -> None:
    desk.open(table(tmp_path, odd="P77,=1+1,1950-03-04,F,2024-01-05,1520,90,160,west"))
    desk.press("jin")
    desk.press("Check 9 rows")
    assert desk.presenter.outcome is not None
    saved = tmp_path / "list.csv"
    desk.presenter.history.save_list(saved, desk.presenter.outcome.parked)
    desk.settled()
    lines = list(csv.reader(saved.read_text(encoding="utf-8-sig").splitlines()))
    assert lines[1][:4] == ["10", "Systolic blood pressure: cannot be right", "P77", "'=1+1"]


def test_the_day_of_the_visits_is_asked_and_wrong_days_are_told(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = [f"P{n},Ann {n},1950-03-04,F,14{n}" for n in range(6)]
    path.write_text("\n".join(["Patient ID,Name,Date of birth,Sex,SBP (mmHg)", *lines]), encoding="utf-8")
    desk.open(path)
    field = desk.columns.question.findChild(TextField)
    assert field is not None
    for wrong in ("31st of Nevember", "2031-01-01", ""):
        field.edit.setText(wrong)
        desk.press("Use this day")
        assert field.message.text().startswith("This is no day")
    field.edit.setText("2026-03-31")
    desk.press("Use this day")
    assert desk.presenter.answers == {"visit_date": "2026-03-31"}
    assert desk.presenter.open_questions == ()


def test_readings_without_a_name_are_given_to_somebody_who_was_found(
    qtbot: QtBot, practice: Context, tmp_path: Path
) -> None:
    desk = Desk(qtbot, practice)
    desk.people.load()
    desk.settled()
    panel = desk.people.panel
    assert panel is not None
    somebody = next(row for row in (panel.row(at) for at in range(20)) if row.patient_id and row.name)
    path = tmp_path / "device.csv"
    lines = [f"2025-04-{n:02d},12{n},8{n},6{n}" for n in range(1, 7)]
    path.write_text("\n".join(["Date,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm)", *lines]), encoding="utf-8")
    desk.open(path)
    search = desk.columns.question.findChild(SearchField)
    assert search is not None
    QTest.keyClicks(search.edit, str(somebody.patient_id))
    desk.answers_in_view()[0].click()
    desk.settled()
    assert desk.presenter.answers == {"whose_readings": somebody.patient_id}
    assert desk.presenter.storable == 6


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_shipped_practice_workbook_is_stored_as_it_stands(desk: Desk, language: str) -> None:
    desk.open(resources_folder() / "practice" / f"practice_clinic_{language}.xlsx")
    assert desk.presenter.open_questions == ()
    desk.press("Check 900 rows")
    desk.press("Store 896 rows")
    assert desk.presenter.step == "done"
    assert len(desk.presenter.history.waiting) == 4


def test_a_file_of_thousands_of_columns_opens_with_the_lists_in_view_only(desk: Desk, tmp_path: Path) -> None:
    heads = ["Patient ID", "Visit date", "SBP (mmHg)", *(f"c{n}" for n in range(3000))]
    cells = ["2024-01-05", "130", *["x"] * 3000]
    path = tmp_path / "wide.csv"
    path.write_text("\n".join([",".join(heads), *(",".join([f"P{n}", *cells]) for n in range(3))]), encoding="utf-8")
    desk.open(path)
    assert len(desk.presenter.columns) == 3003
    desk.columns.grid.show_column(3002)
    assert desk.columns.grid.in_view[1] == 3003
    assert len(desk.columns.grid.findChildren(Select)) < 20


def test_after_a_file_that_is_not_read_the_keys_still_belong_to_the_page(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7\nnothing")
    desk.view.showNormal()
    desk.open(tmp_path / "scan.pdf")
    assert desk.refused()
    focused = desk.view.focusWidget()
    assert focused is not None
    assert desk.view.isAncestorOf(focused)
    assert focused.text() == desk.context.texts("import.choose")  # type: ignore[attr-defined]  # a button
