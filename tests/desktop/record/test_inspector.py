"""What stands behind a number, by mouse and by key."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from desktop.record.boxes import ValueBox
from desktop.record.presenter import TABS
from desktop.widgets.traced_line import TracedLine
from engine.intake.questions import QuestionKind
from engine.workflows.attached_files import attach, read_to_attach
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.record import add_medicine
from tests.desktop.record.conftest import WAIT_MS, Bench
from tests.engine.intake.readers.made_files import photograph


def lines(bench: Bench) -> list[str]:
    """Wait for the inspector and return what it says."""
    inspecting = bench.presenter.inspecting
    bench.qtbot.waitUntil(lambda: inspecting.shown is not None, timeout=WAIT_MS)
    assert inspecting.shown is not None
    return inspecting.shown.lines


def test_a_press_on_the_head_of_a_box_shows_where_its_value_came_from(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    box = next(one for one in bench.view.findChildren(ValueBox) if one.isVisible() and one.key.startswith("pressure#"))
    QTest.mouseClick(box.head, Qt.MouseButton.LeftButton)
    told = lines(bench)
    assert any(line.startswith("From the file ") for line in told)
    assert any(line.startswith("Recorded on ") for line in told)
    shown = bench.presenter.inspecting.shown
    assert shown is not None
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    bench.qtbot.waitUntil(lambda: bench.presenter.inspecting.shown is None, timeout=WAIT_MS)


def test_a_line_of_the_history_leads_there_too(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    bench.presenter.show_tab("history")
    bench.qtbot.waitUntil(lambda: bool(bench.presenter.visits.history), timeout=WAIT_MS)
    history = bench.presenter.visits.history or ()
    at = next(place for place, entry in enumerate(history) if entry.field == "sbp_mmhg")
    bench.view.history.table.selectRow(at)
    QTest.keyClick(bench.view.history.table, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert any("mmHg" in line for line in lines(bench))


def with_number(bench: Bench) -> str:
    """Return somebody whose number is that of their last visit."""
    panel = bench.people.panel
    assert panel is not None
    rows = (panel.row(at) for at in range(len(panel)))
    return next(row.person_id for row in rows if row.risk is not None and row.assessed)


def close(bench: Bench) -> None:
    shown = bench.presenter.inspecting.shown
    assert shown is not None
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    bench.qtbot.waitUntil(lambda: bench.presenter.inspecting.shown is None, timeout=WAIT_MS)


def test_the_number_leads_to_what_was_used(bench: Bench) -> None:
    bench.open(with_number(bench))
    bench.type(pressure__1="156/96", pressure__2="148/88", total_cholesterol_mmol_l="5.6", hdl_mmol_l="1.2")
    card = bench.view.today.risk.risk
    card.used.click()
    told = lines(bench)
    assert any(line.startswith("Risk: ") and line.endswith(" of 100") for line in told)
    assert any(line.startswith("Worked out by ") for line in told)
    assert "not saved" in "".join(told)
    assert any(line.startswith("Systolic blood pressure: ") for line in told)
    assert any(line.startswith("From the file ") for line in told)
    assert not {"True", "False"} & {word.rstrip(".") for line in told for word in line.split()}
    close(bench)
    if card.number.isVisible():
        QTest.mouseClick(card.number, Qt.MouseButton.LeftButton)
        assert lines(bench) == told


def test_a_bar_leads_to_its_field_by_press_and_by_key(bench: Bench) -> None:
    bench.open(with_number(bench))
    bench.type(pressure__1="156/96", pressure__2="148/88", total_cholesterol_mmol_l="5.6", hdl_mmol_l="1.2")
    live = bench.presenter.desk.live
    assert live is not None
    assert live.lead is not None
    moves = live.report.clinician.moves
    bars = bench.view.today.risk.moves.bars
    assert moves is not None
    assert len(live.lead.moved_by) == len(moves.rows) == len(bars.rows)
    assert all(live.lead.moved_by)
    at = next(place for place, fields in enumerate(live.lead.moved_by) if "sbp_mmhg" in fields)
    high = bars.height() // len(bars.rows)
    QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(10, high * at + high // 2))
    told = lines(bench)
    assert any(line.startswith("Systolic blood pressure, reading 1") for line in told)
    close(bench)
    bars.setFocus()
    QTest.keyClick(bench.view, Qt.Key.Key_I, Qt.KeyboardModifier.AltModifier)
    assert lines(bench) == told


def test_a_value_of_a_visit_leads_to_that_visit_alone(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    bench.presenter.show_tab("visits")
    bench.idle()
    line = next(one for one in bench.view.visits.findChildren(TracedLine) if "Blood pressure" in one.text())
    visit = bench.presenter.visits.newest_first()[0]
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(6, 8))
    told = lines(bench)
    days = {one.partition("visit of ")[2] for one in told if "visit of " in one}
    assert days == {visit.visit_date.isoformat()}
    close(bench)
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Right)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert lines(bench) != told


def test_an_entry_of_a_list_leads_to_who_typed_it(bench: Bench) -> None:
    person = bench.somebody().person_id

    def typed(clinic: OpenClinic) -> object:
        return add_medicine(clinic, person, "Amlodipine 5 mg", None, None)

    bench.ask(typed)
    bench.open(person)
    bench.presenter.show_tab("lists")
    bench.idle()
    line = next(one for one in bench.view.lists.findChildren(TracedLine) if one.text().startswith("Amlodipine"))
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Return)
    told = lines(bench)
    assert told[0].startswith("Amlodipine 5 mg")
    assert "Typed." in told


def test_facts_of_a_file_and_home_readings_lead_to_their_file(bench: Bench, tmp_path: Path) -> None:
    person = bench.somebody().person_id
    scan, cuff = tmp_path / "foot.jpg", tmp_path / "Your Requested OMRON Report.csv"
    scan.write_bytes(photograph())
    head = "Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Symptoms,Consumed,TruRead,Notes\n"
    cuff.write_text(head + "Jan 12 2025,07:05,152,91,70,-,-,-,-\n", encoding="utf-8")
    found = read_to_attach(scan)
    number = bench.somebody().patient_id

    def bring(clinic: OpenClinic) -> object:
        attach(clinic, person, scan, found)  # type: ignore[arg-type]  # it is of a kind that is kept
        return import_file(clinic, cuff, ImportRequest(answers={QuestionKind.WHOSE_READINGS.value: number}))

    assert getattr(bench.ask(bring), "stored", False)
    bench.open(person)
    bench.presenter.show_tab("files")
    bench.qtbot.waitUntil(lambda: bool(bench.presenter.files.files), timeout=WAIT_MS)
    bench.idle()
    line = next(one for one in bench.view.files.findChildren(TracedLine) if one.isVisible())
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_I, Qt.KeyboardModifier.AltModifier)
    assert "Read from the file foot.jpg itself when it was kept." in lines(bench)
    close(bench)
    bench.presenter.show_tab("visits")
    bench.qtbot.waitUntil(lambda: bool(bench.view.visits.devices.held), timeout=WAIT_MS)
    bench.idle()
    line = next(one for one in bench.view.visits.devices.findChildren(TracedLine))
    assert "1 reading" in line.text()
    line.ask()
    told = lines(bench)
    assert f"From the file {cuff.name}." in told
    assert any("(row 2: 152 / 91 / 70)" in one for one in told)


def test_what_answers_late_does_not_open_where_nobody_looks(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    bench.presenter.inspect(("sbp_mmhg",), bench.view.today.form)
    bench.presenter.show_tab(TABS[1])
    bench.idle()
    assert bench.presenter.inspecting.shown is None


def test_it_stays_in_the_window_also_where_its_number_is_scrolled_away(bench: Bench) -> None:
    bench.view.resize(700, 400)
    bench.open(with_number(bench))
    bench.view.today.risk.risk.used_asked.emit("", "", bench.view.today.risk.risk.used, None)
    lines(bench)
    shown = bench.presenter.inspecting.shown
    assert shown is not None
    assert bench.view.frameGeometry().contains(shown.geometry())
