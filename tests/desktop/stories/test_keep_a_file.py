"""A letter dropped on the import is kept with the patient who is found next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.workflows.attached_files import files_of
from tests.desktop.stories.conftest import Desk
from tests.engine.intake.readers.made_files import pdf


def test_a_letter_dropped_on_the_import_lands_in_the_files_of_a_patient(
    practice_desk: Callable[[str], Desk], tmp_path: Path
) -> None:
    desk = practice_desk("en")
    work = desk.unlock_practice()
    hands = desk.hands
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(pdf())
    work.go("import")
    work.intake.choose(letter)
    hands.until(lambda: work.intake.keepable == letter, "the letter is not recognised")
    hands.idle()
    work.intake.keep()
    hands.until(lambda: work.shell.top.finder.isAncestorOf(work.shell.window().focusWidget()), "nobody is asked for")
    panel = work.people.panel
    assert panel is not None
    person = panel.row(3).person_id
    work.shell.top.finder.opened.emit(person)
    hands.until(lambda: [file.name for file in work.record.files.files] == ["letter.pdf"], "the letter is not kept")
    assert (work.page, work.record.tab, work.record.person_id) == ("record", "files", person)
    work.open_record(panel.row(4).person_id)
    hands.until(lambda: work.record.person_id == panel.row(4).person_id, "no record")
    hands.idle()
    assert work.record.tab != "files"


def test_who_goes_elsewhere_keeps_nothing(practice_desk: Callable[[str], Desk], tmp_path: Path) -> None:
    desk = practice_desk("en")
    work = desk.unlock_practice()
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(pdf())
    work.keeping.ask(letter)
    work.shell.place_asked.emit("batch")
    panel = work.people.panel
    assert panel is not None
    work.open_record(panel.row(3).person_id)
    desk.hands.until(lambda: work.record.form is not None, "no record")
    desk.hands.idle()
    assert work.record.tab == "today"
    assert desk.ask(lambda clinic: files_of(clinic, panel.row(3).person_id)) == ()
