"""Next month's file as a difference, what is remembered of files, and what is offered beside: undo, keeping a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.intake.done_page import DonePage
from desktop.intake.file_page import FilePage
from desktop.intake.maps_card import map_lines
from tests.desktop.intake.conftest import Desk
from tests.engine.intake.readers.made_files import dicom, pdf, photograph, vcf

HEAD = "Patient ID,Name,Visit date,Systolic BP (mmHg),Glucose\n"
JANUARY = "Q001,Ann Lee,2024-01-15,137,5.4\nQ002,Bo Hu,2024-01-16,149,6.1\nQ003,Cy Wu,2024-01-17,126,5.8\n"
FEBRUARY = "Q001,Ann Lee,2024-01-15,137,5.4\nQ002,Bo Hu,2024-01-16,150,6.1\nQ004,Di Xu,2024-02-17,120,7.0\n"


def bring(desk: Desk, path: Path, rows: str) -> None:
    """Carry a file to its check, every question answered as the file suggests."""
    path.write_text(HEAD + rows, encoding="utf-8")
    desk.open(path)
    presenter = desk.presenter
    while presenter.open_questions:
        question = presenter.open_questions[0]
        presenter.show_question(question)
        presenter.answer(question.guess if question.guess is not None else question.options[0])
        desk.settled()
    desk.press("Check 3 rows")


def first_page(desk: Desk) -> FilePage:
    page = desk.view.page("file")
    assert isinstance(page, FilePage)
    return page


def rows_shown(desk: Desk) -> list[tuple[str, ...]]:
    """Return the rows of the table of the check, as they are read."""
    model = desk.check.rows.table.model()
    places = range(model.columnCount())
    return [tuple(str(model.index(at, place).data()) for place in places) for at in range(model.rowCount())]


def test_next_months_file_is_told_as_a_difference(desk: Desk, tmp_path: Path) -> None:
    bring(desk, tmp_path / "january.csv", JANUARY)
    assert desk.check.difference.text == ""
    desk.press("Store 3 rows")
    desk.press("Import another file")
    bring(desk, tmp_path / "february.csv", FEBRUARY)
    told = desk.check.difference.text
    assert told.startswith("Against january.csv of ")
    assert "1 new person, 1 new visit, 2 new values, 1 changed value, 1 row as it was." in told
    assert "1 of the 3 visits then is not in it (1 person not at all)" in told
    desk.press("Show them")
    assert rows_shown(desk) == [("Row 3", "Q002 Bo Hu", "149 mmHg → 150 mmHg", "Systolic blood pressure, 16 Jan 2024")]
    gone = next(cause for cause in desk.presenter.causes if cause.code == "gone")
    desk.check.causes.show_causes(desk.presenter.causes, gone.code)
    assert rows_shown(desk) == [("—", "Q003 Cy Wu", "17 Jan 2024", "Row 4 of january.csv")]


def test_the_difference_is_told_in_chinese_too(desk: Desk, tmp_path: Path) -> None:
    bring(desk, tmp_path / "january.csv", JANUARY)
    desk.press("Store 3 rows")
    desk.press("Import another file")
    bring(desk, tmp_path / "february.csv", FEBRUARY)
    desk.context.change(language="zh")
    desk.show()
    told = desk.check.difference.text
    assert "变化数值 1 个" in told
    assert "完全没有出现" in told
    assert "本文件更改的数值" in [cause.title for cause in desk.presenter.causes]


def test_what_was_just_stored_can_be_taken_back_where_it_is_said(desk: Desk, tmp_path: Path) -> None:
    bring(desk, tmp_path / "january.csv", JANUARY)
    desk.press("Store 3 rows")
    page = desk.view.page("done")
    assert isinstance(page, DonePage)
    desk.press("Take this import back")
    seen = [page.undo.isVisible()]
    QTest.keyClick(desk.view, Qt.Key.Key_Escape)
    desk.settled()
    seen.append(page.undo.isVisible())
    told = [desk.presenter.import_id is not None]
    desk.press("Take this import back")
    desk.press("Take it back")
    assert [*seen, page.undo.isVisible(), page.take_back.isVisible()] == [True, False, False, False]
    assert [*told, desk.presenter.import_id is not None] == [True, False]
    desk.people.load()
    desk.settled()
    assert desk.people.panel is not None
    assert len(desk.people.panel) == 0


def test_what_is_remembered_of_files_is_listed_looked_at_and_forgotten(desk: Desk, tmp_path: Path) -> None:
    maps = desk.presenter.history.maps
    assert not first_page(desk).maps.isVisible()
    bring(desk, tmp_path / "january.csv", JANUARY)
    desk.press("Store 3 rows")
    desk.press("Import another file")
    card = first_page(desk).maps
    assert card.isVisible()
    (known,) = maps.maps
    told = map_lines(known, desk.context.texts)
    assert "Systolic BP (mmHg) → Systolic blood pressure" in told
    assert any(line.endswith(": mmol/L") for line in told)
    desk.press("Look")
    assert maps.looked_at == known.name
    desk.press("Forget")
    desk.press("Keep it")
    assert len(maps.maps) == 1
    desk.press("Forget")
    desk.press("Forget it")
    assert [len(maps.maps), card.isVisible()] == [0, False]
    (tmp_path / "next.csv").write_text(HEAD + FEBRUARY, encoding="utf-8")
    desk.open(tmp_path / "next.csv")
    assert desk.columns.map.text == ""
    assert desk.presenter.open_questions


def test_a_file_that_is_no_table_is_offered_to_be_kept(desk: Desk, tmp_path: Path) -> None:
    asked: list[Path] = []
    desk.presenter.keep_asked.connect(asked.append)
    for name, content in (("a.pdf", pdf()), ("b.jpg", photograph()), ("c.dcm", dicom()), ("d.vcf", vcf())):
        path = tmp_path / name
        path.write_bytes(content)
        desk.open(path)
        assert "Files" in desk.refused(), name
        desk.press("Keep it with a patient")
        assert (asked[-1], desk.refused()) == (path, "")


def test_a_broken_picture_is_not_offered(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    desk.open(path)
    assert "This is a picture, not a table." in desk.refused()
    assert desk.presenter.keepable is None
