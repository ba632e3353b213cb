"""Files that are no tables in the window: recognised, attached to a person by an explicit step, accounted for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.intake.done_page import DonePage
from desktop.intake.found_page import FoundPage
from desktop.intake.many_files import ASKS, REFUSED, STORED
from desktop.intake.many_page import ManyPage
from engine.intake.questions import QuestionKind
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.whose import Agreement
from tests.desktop.intake.conftest import WAIT_MS, Desk

PEOPLE = """Patient ID,Name,Date of birth,Sex,Phone,Visit date,SBP (mmHg),DBP (mmHg)
P1,Marisol Quintavalle,1971-08-30,F,555-1,2024-01-05,140,90
P2,Mariana Quintavalle,1971-08-30,F,555-1,2024-01-05,141,91
P3,章云舒,1960-02-03,F,555-3,2024-01-05,142,92
P4,章立言,1958-05-06,M,555-4,2024-01-05,143,93
,Bo Kim,1980-01-02,M,555-5,2024-01-05,120,80
"""
HOME = (
    "Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Symptoms,Consumed,TruRead,Notes\n"
    "Jan 12 2025,07:31,152,92,70,-,-,-,-\n"
    "Jan 12 2025,07:31,152,92,70,-,-,-,-\n"
    "Jan 11 2025,07:30,900,91,71,-,-,-,-\n"
    "Jan 10 2025,07:29,150,90,72,-,-,-,-\n"
)
MESSAGE = (
    "MSH|^~\\&|LAB|X|Y|Z|20240305081500||ORU^R01|1|P|2.5||||||UNICODE UTF-8\r"
    "PID|1||Q900^^^X^MR||Roe^Jo||19700101|M\r"
    "OBX|1|NM|8480-6^Systolic^LN||137|mm[Hg]|||||F|||20240304\r"
    "OBX|2|NM|8480-6^Systolic^LN||1370|mm[Hg]|||||F|||20240304\r"
    "OBX|3|NM|99-9^Unheard of^LN||5|mg|||||F|||20240304\r"
)


def on_store(desk: Desk, work: Callable[[OpenClinic], object]) -> object:
    done: list[object] = []
    desk.context.on_store(desk.context, work, done.append)
    desk.qtbot.waitUntil(lambda: bool(done), timeout=WAIT_MS)
    return done[0]


@pytest.fixture
def known(desk: Desk, tmp_path: Path) -> Desk:
    """The page over a clinic of five people: twins, two of a family, one without a number."""
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    on_store(desk, lambda clinic: import_file(clinic, path, ImportRequest()))
    desk.people.load()
    desk.qtbot.waitUntil(lambda: desk.people.panel is not None, timeout=WAIT_MS)
    assert desk.people.panel is not None
    assert len(desk.people.panel) == 5
    return desk


def found(desk: Desk) -> FoundPage:
    page = desk.view.page("found")
    assert isinstance(page, FoundPage)
    assert page.isVisible()
    return page


def look_for(desk: Desk, text: str) -> None:
    """Type into the search and take the first who is found."""
    card = found(desk).person
    card.search.set_text(text)
    card.search.edited.emit(text)
    assert card.found.parts, text
    button = card.found.parts[0]
    button.click()  # type: ignore[attr-defined]  # a Button
    desk.settled()


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_readings_of_nobody_are_attached_by_search_and_a_button(known: Desk, tmp_path: Path) -> None:
    known.open(written(tmp_path, "cuff.csv", HOME))
    page = found(known)
    assert "Omron app" in page._facts.text()
    assert "4 readings" in page._facts.text()
    assert page.table.rows[0][1] == "Blood pressure 152/92 mmHg, Pulse 70 bpm"
    known.press("Check 4 readings")
    assert known.presenter.step == "columns"  # nobody said whose they are
    look_for(known, "Bo Kim")
    assert found(known).person.fits.text.startswith("The file does not say who it is")
    assert known.presenter.open_questions  # to be looked at is not to be attached
    known.press("They are of Bo Kim")
    assert known.presenter.open_questions == ()
    known.press("Check 4 readings")
    assert known.check.bar.accessibleName() == "4 readings read: 2 new, 1 there already, 1 wait"
    causes = {cause.code.partition(":")[0]: cause.count for cause in known.presenter.causes}
    assert causes == {"impossible_value": 1, "duplicate_reading": 1}
    known.press("Store 3 readings")
    assert known.presenter.step == "done"
    assert [row.parked.row for row in known.presenter.history.waiting] == [4]
    known.press("Import another file")
    known.open(written(tmp_path, "cuff.csv", HOME))
    look_for(known, "Bo")
    known.press("They are of Bo Kim")
    known.press("Check 4 readings")
    assert known.check.bar.accessibleName().startswith("4 readings read: 0 new, 3 there already")


@pytest.mark.shared
def test_a_file_that_names_somebody_is_held_against_who_is_chosen(known: Desk, shared: Path) -> None:
    known.open(shared / "data" / "devices" / "clarity_mgdl.csv")
    desk = known.presenter.whose
    assert desk.candidate is not None  # whom the file names is looked at, and not attached
    assert (desk.candidate.person.patient_id, desk.candidate.agreement) == ("P1", Agreement.SAME)
    assert known.presenter.open_questions
    assert found(known).person.alike.text.startswith("Easily taken for one another: Mariana Quintavalle (P2)")
    look_for(known, "P2")
    assert desk.candidate is not None
    assert desk.candidate.agreement is Agreement.OTHER
    assert found(known).person.attach.text() == "They are of Mariana Quintavalle all the same"
    look_for(known, "P1")
    known.press("They are of Marisol Quintavalle")
    known.press("Check 1,500 readings")
    assert known.check.bar.accessibleName() == "1,500 readings read: 1,500 new, 0 wait"
    assert [cause.code for cause in known.presenter.causes] == ["not_readings"]


@pytest.mark.shared
def test_readings_of_two_people_go_to_each_or_are_left_out(known: Desk, shared: Path) -> None:
    known.open(shared / "data" / "devices" / "家庭成员_两人.csv")
    desk = known.presenter.whose
    assert (desk.names, dict(desk.counts)) == (("章云舒", "章立言"), {"章云舒": 49, "章立言": 49})
    assert desk.of("章立言") is not None
    known.press("They are of 章云舒")
    assert desk.name == "章立言"
    assert known.presenter.open_questions
    known.press("Leave this name out")
    assert known.presenter.answers == {"several_people": {"章云舒": "P3", "章立言": None}}
    known.press("Check 98 readings")
    assert known.check.bar.accessibleName() == "98 readings read: 49 new, 49 wait"


@pytest.mark.shared
def test_forms_known_from_a_description_are_marked_and_confirmed(known: Desk, shared: Path) -> None:
    known.open(shared / "data" / "devices" / "omron_connect_zh.csv")
    page = found(known)
    assert page.described.isVisible()
    assert "by a description" in page.described_note.text
    assert len(page.table.rows) == 10
    kinds = {question.kind for question in known.presenter.open_questions}
    assert kinds == {QuestionKind.CONFIRM_ROWS, QuestionKind.WHOSE_READINGS}
    known.press("They are right")
    look_for(known, "P4")
    known.press("They are of 章立言")
    known.press("Check 116 readings")
    assert known.check.bar.accessibleName() == "116 readings read: 113 new, 3 wait"


def test_a_message_is_stored_and_what_has_no_place_is_listed(known: Desk, tmp_path: Path) -> None:
    path = tmp_path / "result.hl7"
    path.write_bytes(MESSAGE.encode())
    known.open(path)
    page = found(known)
    assert "HL7 v2" in page._facts.text()
    assert ["Result (OBX)", "3", "1", "1", "1"] in [list(row) for row in page.table.rows]
    known.press("Check 5 entries")
    assert known.check.bar.accessibleName() == "5 entries read: 3 stored, 1 without a place here, 1 refused"
    known.press("Store 3 entries")
    done = known.view.page("done")
    assert isinstance(done, DonePage)
    causes = {cause.code: [line.written for line in cause.lines] for cause in known.presenter.causes}
    assert causes["refused:impossible_value"] == ["Systolic · 1370 mm[Hg] · 2024-03-04"]
    assert causes["unmapped:no_code"] == ["Unheard of · 5 mg · 2024-03-04"]
    assert done.causes.isVisible()


@pytest.mark.shared
def test_a_real_bundle_and_a_real_document_go_through(known: Desk, shared: Path) -> None:
    folder = shared / "data" / "interchange"
    bundle = next(iter(sorted((folder / "fhir_r4_synthea").glob("Floyd*.json"))))
    for file in (bundle, folder / "ccda" / "170.314B2_Amb_CCD.xml"):
        known.open(file)
        assert found(known).table.rows
        known.presenter.check()
        known.settled()
        outcome = known.presenter.outcome
        assert outcome is not None
        assert outcome.counts.reconciles()
        assert outcome.record is not None
        assert all(tally.reconciles() for tally in outcome.record.resources.values())
        known.presenter.store()
        known.settled()
        assert known.presenter.step == "done", known.problems
        known.presenter.cancel()


@pytest.mark.shared
def test_an_older_fhir_is_refused_by_name(desk: Desk, shared: Path) -> None:
    folder = shared / "data" / "interchange" / "fhir_old_versions"
    desk.open(next(iter(sorted(folder.glob("DSTU*")))))
    assert desk.presenter.step == "file"
    assert "DSTU2" in desk.refused()


def _is_at(known: Desk, step: str) -> bool:
    return known.presenter.step == step


def test_keys_alone_attach_and_store_readings(known: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    known.open(written(tmp_path, "cuff.csv", HOME))
    enter, control = Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier
    found(known).focus_first()
    search = found(known).person.search
    qtbot.waitUntil(lambda: search.isAncestorOf(known.view.focusWidget()) or search.hasFocus(), timeout=WAIT_MS)
    QTest.keyClicks(known.view.focusWidget(), "P3")
    QTest.keyClick(known.view.focusWidget(), enter)
    known.settled()
    QTest.keyClick(known.view, enter, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: not known.presenter.open_questions, timeout=WAIT_MS)
    for step in ("check", "done"):
        known.settled()
        QTest.keyClick(known.view, enter, control)
        qtbot.waitUntil(partial(_is_at, known, step), timeout=WAIT_MS)


def test_a_folder_is_listed_imported_and_its_rest_opened_one_by_one(known: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "post"
    folder.mkdir()
    (folder / "a.hl7").write_bytes(MESSAGE.encode())
    written(folder, "b.csv", HOME)
    (folder / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    (folder / ".hidden").write_bytes(b"x")
    known.presenter.choose(folder)
    known.settled()
    page = known.view.page("many")
    assert isinstance(page, ManyPage)
    assert [row[0] for row in page.table.rows] == ["a.hl7", "b.csv", "c.png"]
    known.press("Import 3 files")
    assert [file.state for file in known.presenter.many.files] == [STORED, ASKS, REFUSED]
    assert page.table.rows[0][2:] == ["HL7 v2 messages", "5 entries, 3 stored"]
    page.table.selectRow(2)
    assert "picture" in page._why.text
    page.table.selectRow(1)
    known.press("Open this file")
    look_for(known, "P3")
    known.press("They are of 章云舒")
    known.press("Check 4 readings")
    known.press("Store 3 readings")
    known.press("Back to the list")
    assert [file.state for file in known.presenter.many.files] == [STORED, STORED, REFUSED]
    known.presenter.back()
    assert known.view.page("done").isVisible()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_speaks_both_languages_and_fits_the_smallest_window(
    known: Desk, tmp_path: Path, language: str
) -> None:
    known.context.change(language=language)
    known.show()
    known.open(written(tmp_path, "cuff.csv", HOME))
    known.view.resize(680, 300)
    known.settled()
    assert known.view.width() == 680
    known.presenter.whose.look_up("P1")
    known.settled()
    known.presenter.whose.attach()
    known.settled()
    known.presenter.check()
    known.settled()
    known.presenter.store()
    known.settled()
    assert known.presenter.step == "done"
    assert known.view.width() == 680
