"""People whose names are markup, or thousands of letters: on every screen plain text, and nothing is pushed out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListView, QScrollArea, QWidget

from desktop.main_window import FIRST_SIZE
from tests.desktop.stories.conftest import Desk

NOWHERE = QModelIndex()
NAMES = {
    "markup": "<b>x</b><img src=file:///etc/passwd>&amp;",
    "ten thousand letters": "Wang" * 2_500,
    "lines and directions": "Ann\u202etfel\nMarsh\u0000\t<br>",
}


@pytest.mark.parametrize("kind", list(NAMES))
def test_a_strange_name_is_plain_text_on_every_screen_and_pushes_nothing_out_of_the_window(
    practice_desk: Callable[[str], Desk], kind: str
) -> None:
    desk, name = practice_desk("en"), NAMES[kind]
    desk.unlock_practice()
    seen: dict[str, list[str]] = {}
    enter_person(desk, name)
    seen["typed into the record"] = faults(desk)
    save(desk)
    seen["list"] = faults(desk)
    for where, go in WAYS.items():
        with desk.hands.step(where):
            go(desk)
        desk.hands.idle()
        desk.hands.breathe()
        seen[where] = faults(desk)
    assert {where: found for where, found in seen.items() if found} == {}
    assert stored_name(desk).startswith(name[:3])


@pytest.mark.parametrize("kind", list(NAMES))
def test_a_strange_name_in_a_file_is_plain_text_on_the_pages_of_the_import_and_stored_as_written(
    practice_desk: Callable[[str], Desk], tmp_path: Path, kind: str
) -> None:
    desk, name = practice_desk("en"), NAMES[kind].replace("\x00", "")
    hands, texts = desk.hands, desk.texts
    work = desk.unlock_practice()
    table = tmp_path / "names.csv"
    lines = (f'Z1,"{name}",F,1961-02-03,2026-03-01,150', f'Z2,"{name}",F,1961-02-03,2026-03-01,1520')
    heads = "Patient number,Name,Sex,Date of birth,Visit date,Systolic (mmHg)"
    table.write_text("\n".join((heads, *lines)), encoding="utf-8")
    hands.key("Ctrl+2")
    hands.until(lambda: work.page == "import", "no import")
    hands.press_for_file(texts("import.choose"), table)
    hands.until(lambda: work.intake.step == "columns" and not work.intake.busy, "no columns")
    seen = {"columns": faults(desk)}
    for step in ("check", "done"):
        hands.key("Ctrl+Return")
        hands.until(lambda step=step: work.intake.step == step, f"no {step}")  # type: ignore[misc]  # a default in a lambda
        hands.idle()
        seen[step] = faults(desk)
    hands.press(texts("import.look"))
    hands.breathe()
    seen["waiting rows"] = faults(desk)
    assert {where: found for where, found in seen.items() if found} == {}
    assert work.intake.outcome is not None
    assert work.intake.outcome.counts.rows_new == 1
    assert work.intake.outcome.counts.rows_parked == 1


def enter_person(desk: Desk, name: str) -> None:
    """Type somebody new; the name is pasted."""
    hands = desk.hands
    desk.new_patient()
    QGuiApplication.clipboard().setText(name)
    with hands.step("paste the name"):
        hands.key("Ctrl+V")
    hands.key("Return")
    for text in ("Q-1", "1961", "2", "", "", "150/90"):
        hands.type(text)
        hands.key("Return")
    hands.idle()


def save(desk: Desk) -> None:
    """Save the visit and go back to the list, where the person is looked for."""
    hands, work = desk.hands, desk.work
    with hands.step("save"):
        hands.key("Ctrl+Return")
        hands.until(lambda: work.page == "patients", "not saved")
    hands.idle()
    with hands.step("search"):
        hands.key("Ctrl+F")
        hands.type("Q-1")
        hands.until(lambda: len(work.patients) == 1, "not found")
        hands.key("Down")


def find(desk: Desk) -> None:
    """Look for the person from the top bar; what was found hangs below it."""
    desk.hands.key("Ctrl+K")
    desk.hands.type("Q-1")


def open_record(desk: Desk) -> None:
    """Open the record by what was found."""
    desk.hands.key("Return")
    desk.hands.until(lambda: desk.work.page == "record" and desk.work.record.form is not None, "no record")


def show_tab(tab: str) -> Callable[[Desk], None]:
    """Return the way to a tab of the record."""

    def go(desk: Desk) -> None:
        desk.work.record.show_tab(tab)
        desk.hands.breathe()

    return go


def ask_to_remove(desk: Desk) -> None:
    """Ask whether the visit is to be removed, and let it be."""
    visits = desk.work.record.visits
    visits.ask(visits.newest_first()[0].id, "remove")
    desk.hands.breathe()


def preview(desk: Desk) -> None:
    """Look at the sheet."""
    desk.work.record.visits.let_be()
    desk.hands.key("Ctrl+P")
    desk.hands.until(lambda: desk.work.page == "preview" and desk.work.preview.count > 0, "no sheet")


def batch(desk: Desk) -> None:
    """Put the sheet on the print list."""
    work = desk.work
    assert work.preview.person_id
    work.batch.choose([work.preview.person_id])
    work.go("batch")
    work.batch.add(start=False)
    desk.hands.until(work.batch.lines, "nothing is on the list")


WAYS: dict[str, Callable[[Desk], None]] = {
    "found from the top bar": find,
    "record": open_record,
    "lists": show_tab("lists"),
    "visits": show_tab("visits"),
    "remove a visit": ask_to_remove,
    "history": show_tab("history"),
    "preview": preview,
    "batch": batch,
}


def stored_name(desk: Desk) -> str:
    """Return the name as it is stored."""
    row = desk.ask(lambda clinic: clinic.vault._database.one("SELECT name FROM patient WHERE patient_id = 'Q-1'"))
    assert row is not None
    return str(row[0])


def faults(desk: Desk) -> list[str]:
    """Return what in view reads texts as markup, and what does not keep within the window."""
    hands = desk.hands
    hands.breathe()
    found = [fault for each in hands.seen(QWidget) for fault in (*marked_up(each), *pushed_out(each))]
    window = hands.window
    if (window.width(), window.height()) != FIRST_SIZE or window.minimumSizeHint().width() > window.width():
        found.append(f"the window grew to {window.width()} x {window.height()}")
    if any(part in window.windowTitle() for part in ("<b>", "WangWang")):
        found.append("the title of the window names a patient")
    return found


def marked_up(widget: QWidget) -> list[str]:
    """Return which text of a widget Qt would read as markup."""
    found = []
    if isinstance(widget, QLabel) and widget.text() and widget.textFormat() is not Qt.TextFormat.PlainText:
        found.append(f"label: {widget.text()[:40]}")
    if "<img" in widget.toolTip():
        found.append(f"tip: {widget.toolTip()[:40]}")
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        model = widget.model()
        rows = model.rowCount(NOWHERE)
        columns = 1 if isinstance(widget, QListView) else model.columnCount(NOWHERE)
        places = [model.index(row, column) for row in range(min(rows, 50)) for column in range(columns)]
        tips = [str(model.data(place, Qt.ItemDataRole.ToolTipRole) or "") for place in places]
        found += [f"tip in a table: {tip[:40]}" for tip in tips if "<img" in tip]
    return found


def pushed_out(widget: QWidget) -> list[str]:
    """Return whether a scrolled page is wider than what is seen of it."""
    page = widget.widget() if isinstance(widget, QScrollArea) else None
    if isinstance(widget, QScrollArea) and page is not None and page.width() > widget.viewport().width():
        wide = max(page.findChildren(QWidget), key=lambda part: part.minimumSizeHint().width())
        return [f"page of {page.width()} in {widget.viewport().width()} px, for {type(wide).__name__}"]
    return []
