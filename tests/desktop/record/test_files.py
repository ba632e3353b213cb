"""Files of a person on their page: added, asked about, looked at, copied out, taken off, forgotten with the record."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.workflows.attached_files import FileKind, files_of
from tests.desktop.record.conftest import Bench
from tests.desktop.record.test_beside import press, said
from tests.engine.intake.readers.made_files import CANARY, HARMFUL, dicom, pdf, photograph

PATIENCE_MS = 120_000  # each file starts a process of its own, which a busy machine lets wait


@pytest.fixture
def opened(bench: Bench) -> Bench:
    """The page of files of somebody with visits."""
    bench.open(bench.somebody().person_id)
    bench.presenter.show_tab("files")
    bench.idle()
    return bench


def add(bench: Bench, *paths: Path) -> None:
    bench.presenter.files.add(paths)
    bench.qtbot.waitUntil(lambda: bench.presenter.files.busy == 0, timeout=PATIENCE_MS)
    bench.idle()
    QApplication.processEvents()


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_files_are_kept_shown_copied_out_and_taken_off(opened: Bench, tmp_path: Path) -> None:
    desk, page = opened.presenter.files, opened.view.files
    assert "No files yet." in said(page)
    add(opened, written(tmp_path, "foot.jpg", photograph(size=(600, 400))), written(tmp_path, "letter.pdf", pdf(3)))
    told = said(page)
    assert "JPEG picture · 600 × 400" in told
    assert "Left out before keeping" in told
    assert "PDF · 3 pages" in told
    letter = next(file for file in desk.files if file.name == "letter.pdf")
    desk.show(letter)
    opened.qtbot.waitUntil(lambda: desk.shown is not None and desk.shown.page is not None, timeout=PATIENCE_MS)
    assert "Page 1 of 3" in page.page._caption.text()
    assert not page.page.picture.pixmap().isNull()
    desk.turn_page(1)
    opened.qtbot.waitUntil(lambda: "Page 2 of 3" in page.page._caption.text(), timeout=PATIENCE_MS)
    desk.save(next(file for file in desk.files if file.name == "foot.jpg"), tmp_path / "copy.jpg")
    opened.idle()
    assert CANARY.encode() not in (tmp_path / "copy.jpg").read_bytes()
    desk.ask_remove(letter)
    QApplication.processEvents()
    desk.remove()  # without a reason nothing happens
    opened.idle()
    assert len(desk.files) == 2
    page.card.reason.edit.setFocus()
    QTest.keyClicks(page.card.reason.edit, "of somebody else")
    QTest.keyClick(page.card.reason.edit, Qt.Key.Key_Return)
    opened.idle()
    assert [file.name for file in desk.files] == ["foot.jpg"]
    assert desk.shown is None
    assert not page.page.isVisible()


def test_a_file_of_somebody_else_waits_for_a_word(opened: Bench, tmp_path: Path) -> None:
    desk, page = opened.presenter.files, opened.view.files
    path = written(tmp_path, "chest.dcm", dicom(PatientName="Smith^Joan"))
    add(opened, path)
    assert desk.files == ()
    assert "Smith Joan" in page.card.asking.text
    press(page, "Leave it out")
    assert (desk.asked, desk.files) == (None, ())
    add(opened, path)
    press(page, "Keep it here all the same")
    opened.qtbot.waitUntil(lambda: len(desk.files) == 1, timeout=PATIENCE_MS)


def test_what_is_not_kept_is_told_in_one_sentence_and_the_window_lives_on(opened: Bench, tmp_path: Path) -> None:
    desk, page = opened.presenter.files, opened.view.files
    bomb = written(tmp_path, "bomb.png", HARMFUL["a PNG of 60,000 by 60,000"][0]())
    add(opened, bomb, written(tmp_path, "table.csv", b"Patient ID,Name\nP1,Ann\n"))
    assert len(desk.refused) == 2
    assert "bomb.png: This picture is larger than any photograph" in page.card.refused.text
    assert desk.files == ()
    add(opened, written(tmp_path, "letter.pdf", pdf()))
    assert len(opened.presenter.files.files) == 1
    assert not desk.refused


def test_files_let_go_over_the_page_are_added(opened: Bench, tmp_path: Path) -> None:
    desk, page = opened.presenter.files, opened.view.files
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(written(tmp_path, "letter.pdf", pdf())))])
    copying, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    event = QDropEvent(QPoint(5, 5), copying, data, left, Qt.KeyboardModifier.NoModifier)
    page.dropEvent(event)
    opened.qtbot.waitUntil(lambda: len(desk.files) == 1, timeout=PATIENCE_MS)
    assert desk.files[0].kind is FileKind.PDF


def test_another_record_shows_nothing_of_the_one_before(opened: Bench, tmp_path: Path) -> None:
    desk, page = opened.presenter.files, opened.view.files
    add(opened, written(tmp_path, "letter.pdf", pdf()))
    desk.show(desk.files[0])
    opened.qtbot.waitUntil(lambda: desk.shown is not None and desk.shown.page is not None, timeout=PATIENCE_MS)
    first = opened.presenter.person_id
    panel = opened.people.panel
    assert panel is not None
    other = next(row.person_id for row in map(panel.row, range(len(panel))) if row.person_id != first)
    opened.open(other)
    opened.presenter.show_tab("files")
    opened.idle()
    assert (desk.files, desk.shown) == ((), None)
    assert "letter.pdf" not in said(page)
    assert len(opened.ask(lambda clinic: files_of(clinic, str(first)))) == 1  # type: ignore[arg-type]  # a tuple


def test_somebody_new_has_no_files_yet(bench: Bench) -> None:
    bench.open(None)
    bench.presenter.show_tab("files")
    bench.idle()
    assert "once this person is saved" in said(bench.view.files)
