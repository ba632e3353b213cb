"""Three hundred hostile names on every screen that shows a person: plain text, and nothing pushed out (T15)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt

from desktop.patients.view import PatientsView
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.patients import find_patients
from tests.desktop.stories.conftest import Desk
from tests.desktop.stories.test_strange_names import faults
from tests.reliability.hostile import NAMES, write_table
from tests.reliability.leak_counts import keep

NOWHERE = QModelIndex()
TABS = ("today", "lists", "visits", "files", "history")


def bring_in(clinic: OpenClinic, table: Path) -> list[str]:
    """Import them into the practice clinic; return their ids."""
    answers = {"damaged_bytes": "remove", "duplicates": "park"}
    outcome = import_file(clinic, table, ImportRequest(answers=answers, other_answers=True))
    assert outcome.counts.rows_new == len(NAMES), outcome
    return [each.id for each in find_patients(clinic) if (each.patient_id or "").startswith("N")]


@pytest.mark.timeout(900)
def test_hostile_names_are_plain_text_on_every_screen(
    practice_desk: Callable[[str], Desk], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    nightly = pytestconfig.getoption("--nightly")
    desk = practice_desk("en")
    work = desk.unlock_practice()
    write_table(tmp_path / "hostile.csv")
    ids = desk.ask(lambda clinic: bring_in(clinic, tmp_path / "hostile.csv"))
    work.people.load()
    desk.hands.until(lambda: work.people.panel is not None and len(work.people.panel) >= len(ids), "not read")
    desk.hands.idle()
    seen = {"list": faults(desk)}
    seen["all rows of the list"] = rich_rows(desk)
    chosen = ids if nightly else ids[7::40]
    for person_id in chosen:
        work.open_record(person_id)
        desk.hands.until(lambda: work.page == "record" and work.record.form is not None, "no record")
        desk.hands.until(lambda person_id=person_id: work.record.person_id == person_id, "another record")  # type: ignore[misc]  # a default binds the loop's value
        desk.hands.idle()
        for tab in TABS:
            work.record.show_tab(tab)
            desk.hands.breathe()
            seen[f"{person_id} {tab}"] = faults(desk)
    wrong = {where: found for where, found in seen.items() if found}
    assert wrong == {}
    if nightly:
        keep("injection", "the list, and four pages of the record", len(ids) * (1 + len(TABS)), len(wrong))


def rich_rows(desk: Desk) -> list[str]:
    """Return which texts of the list Qt would read as markup: all rows, not only those in view."""
    (view,) = desk.hands.seen(PatientsView)
    model = view.model
    found = []
    for row in range(model.rowCount(NOWHERE)):
        for column in range(model.columnCount(NOWHERE)):
            tip = str(model.index(row, column).data(Qt.ItemDataRole.ToolTipRole) or "")
            if "<" in tip.removeprefix("<span>").removesuffix("</span>"):
                found.append(tip[:60])
            shown = str(model.index(row, column).data(Qt.ItemDataRole.DisplayRole) or "")
            if any(sign in shown for sign in "\r\n\0\x1b"):
                found.append(repr(shown[:60]))
    return found


# Where a tip is a text of ours, or was written out already.
OWN_TIPS = {"measurement_edit.py", "buttons.py", "rail.py", "state_button.py", "backup_card.py"}
MARKUP = {
    "setHtml",
    "setMarkdown",
    "insertHtml",
    "appendHtml",
    "QMessageBox",
    "QErrorMessage",
    "QTextBrowser",
    "QTextEdit",
}


def test_no_widget_of_the_window_could_read_markup(checkout: Path) -> None:
    """Labels are plain, tips are written out, and nothing that shows rich text is used at all."""
    wrong = []
    for path in sorted((checkout / "desktop").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Name, ast.Attribute)):
                name = node.id if isinstance(node, ast.Name) else node.attr
                wrong += [f"{path.name}:{node.lineno} {name}"] if name in MARKUP else []
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called == "QLabel" and node.args:
                wrong.append(f"{path.name}:{node.lineno} a label of its own")
            if called.endswith("setToolTip") and "plain_tip" not in ast.unparse(node) and path.name not in OWN_TIPS:
                wrong.append(f"{path.name}:{node.lineno} a tip that is not written out")
    assert wrong == []
