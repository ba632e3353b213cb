"""The preview: the pages as they print, checks that were made, a PDF, and a printer that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.people import People
from desktop.preview.pages import PagesArea
from desktop.preview.presenter import PreviewPresenter
from desktop.preview.view import PreviewView
from desktop.printing import Printers
from desktop.widgets.ui import Ui
from engine.intake.typed import TypedValue
from engine.workflows.clinics import OpenClinic
from engine.workflows.panel import first_people
from engine.workflows.record import save_visit

WAIT_MS = 20_000


@pytest.fixture
def person(qtbot: QtBot, practice: Context) -> str:
    found: list[str] = []
    practice.on_store(practice, lambda clinic: first_people(clinic, 5)[0].person_id, found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=WAIT_MS)
    return found[0]


@pytest.fixture
def presenter(practice: Context) -> PreviewPresenter:
    practice.change(printer="Gone")
    return PreviewPresenter(practice, People(practice), Printers(practice))


@pytest.fixture
def view(qtbot: QtBot, presenter: PreviewPresenter) -> PreviewView:
    made = PreviewView(presenter.context.ui, presenter)
    qtbot.addWidget(made)
    made.resize(1280, 680)
    made.show()
    return made


def shown(qtbot: QtBot, presenter: PreviewPresenter, person: str) -> None:
    presenter.open(person)
    qtbot.waitUntil(lambda: presenter.count > 0 and drawn_id(presenter) == report_id(presenter), timeout=WAIT_MS)


def drawn_id(presenter: PreviewPresenter) -> str:
    return presenter.drawn.report_id if presenter.drawn is not None else ""


def report_id(presenter: PreviewPresenter) -> str:
    return presenter.sheet.report.id if presenter.sheet is not None else ""


def count_reports(qtbot: QtBot, context: Context, presenter: PreviewPresenter) -> int:
    from engine.store.assessments import reports_of

    assert presenter.sheet is not None
    assessment, found = presenter.sheet.assessment.id, list[int]()

    def work(clinic: OpenClinic) -> int:
        return len(reports_of(clinic.vault, assessment))

    context.on_store(context, work, found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=WAIT_MS)
    return found[0]


def test_both_sides_are_shown_as_they_print(
    qtbot: QtBot, presenter: PreviewPresenter, view: PreviewView, person: str
) -> None:
    shown(qtbot, presenter, person)
    assert presenter.drawn is not None
    assert [page.side for page in presenter.drawn.pages] == ["patient", "clinician"]
    assert any(check.text == presenter.context.texts("preview.grey") for check in presenter.checks)


@pytest.mark.parametrize("sizes", [((1280, 680), (700, 500), (1280, 680)), ((600, 332), (1840, 1000)), ((820, 520),)])
def test_the_checks_stand_on_the_page_at_every_size(
    qtbot: QtBot, presenter: PreviewPresenter, view: PreviewView, person: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    shown(qtbot, presenter, person)
    first = presenter.checks[0].text
    for width, height in sizes:
        view.resize(width, height)
        QTest.qWait(30)
    told = [label for label in view.findChildren(QLabel) if label.text() == first]
    assert len(told) == 1
    assert told[0].isVisible()
    assert told[0].width() > 0


def test_the_side_for_the_patient_is_there_before_the_other(
    qtbot: QtBot, presenter: PreviewPresenter, view: PreviewView, person: str
) -> None:
    seen: list[tuple[str, ...]] = []
    presenter.drawn_changed.connect(
        lambda: seen.append(tuple(page.side for page in presenter.drawn.pages) if presenter.drawn else ())
    )
    shown(qtbot, presenter, person)
    assert seen[0] == ("patient",)
    assert seen[-1] == ("patient", "clinician")


def test_one_side_alone_is_shown_alone(
    qtbot: QtBot, presenter: PreviewPresenter, view: PreviewView, person: str
) -> None:
    shown(qtbot, presenter, person)
    presenter.choose_sides("patient")
    qtbot.waitUntil(lambda: presenter.count == 1, timeout=WAIT_MS)
    assert presenter.drawn is not None
    assert presenter.drawn.pages[0].side == "patient"


def test_a_larger_size_is_drawn_sharp(
    qtbot: QtBot, presenter: PreviewPresenter, view: PreviewView, person: str
) -> None:
    shown(qtbot, presenter, person)
    assert presenter.drawn is not None
    area = view.findChild(PagesArea)
    assert area is not None
    area.set_zoom(2.0)
    qtbot.waitUntil(lambda: presenter.drawn is not None and abs(presenter.drawn.ppi - 192) < 1, timeout=WAIT_MS)
    assert presenter.drawn.pages[0].image.width() == pytest.approx(8.27 * 192, abs=2)


def test_looking_records_no_report_and_saving_does(
    qtbot: QtBot, practice: Context, presenter: PreviewPresenter, view: PreviewView, person: str, tmp_path: Path
) -> None:
    shown(qtbot, presenter, person)
    assert count_reports(qtbot, practice, presenter) == 0
    target = tmp_path / "sheet.pdf"
    with qtbot.waitSignal(practice.good_news, timeout=WAIT_MS):
        presenter.save(str(target))
    assert target.read_bytes().startswith(b"%PDF")
    assert count_reports(qtbot, practice, presenter) == 1


def test_a_missing_printer_is_a_sentence_and_the_page_stays(
    qtbot: QtBot, presenter: PreviewPresenter, view: PreviewView, person: str
) -> None:
    shown(qtbot, presenter, person)
    presenter.print()
    qtbot.waitUntil(lambda: bool(presenter.problem), timeout=WAIT_MS)
    assert presenter.problem == presenter.context.texts("printing.hold.missing")
    assert not presenter.busy


def test_neither_the_title_of_the_print_job_nor_the_file_holds_the_name(
    qtbot: QtBot, presenter: PreviewPresenter, view: PreviewView, person: str
) -> None:
    shown(qtbot, presenter, person)
    assert presenter.sheet is not None
    for word in presenter.name.split():
        assert word not in presenter.sheet.report.document_title
        assert word not in presenter.file_name


def test_escape_goes_back(qtbot: QtBot, presenter: PreviewPresenter, view: PreviewView, person: str) -> None:
    shown(qtbot, presenter, person)
    area = view.findChild(PagesArea)
    assert area is not None
    area.setFocus()
    with qtbot.waitSignal(presenter.back_asked, timeout=2_000):
        QTest.keyClick(area, Qt.Key.Key_Escape)


def test_a_page_made_anew_in_chinese_shows_the_same_sheet(
    qtbot: QtBot, practice: Context, presenter: PreviewPresenter, view: PreviewView, person: str
) -> None:
    shown(qtbot, presenter, person)
    before = report_id(presenter)
    practice.change(language="zh")
    ui: Ui = practice.ui
    again = PreviewView(ui, presenter)
    qtbot.addWidget(again)
    assert report_id(presenter) == before
    assert presenter.language == "en"  # of this sheet, as it was chosen when it was opened


def test_nobody_of_that_id_is_a_sentence(qtbot: QtBot, presenter: PreviewPresenter, view: PreviewView) -> None:
    presenter.open("nobody")
    qtbot.waitUntil(lambda: bool(presenter.problem), timeout=WAIT_MS)
    assert presenter.sheet is None


def test_what_cannot_wait_holds_the_print_until_it_was_said(
    qtbot: QtBot, presenter: PreviewPresenter, view: PreviewView, person: str
) -> None:
    typed = [TypedValue("visit_date", "2026-11-20"), TypedValue("phq9_q9", "2")]
    saved: list[object] = []
    presenter.context.on_store(presenter, lambda clinic: save_visit(clinic, person, typed), saved.append)
    qtbot.waitUntil(lambda: bool(saved), timeout=WAIT_MS)
    shown(qtbot, presenter, person)
    assert presenter.sheet is not None
    (urgent,) = presenter.sheet.urgent
    assert any(check.detail == urgent["en"] for check in presenter.checks)
    presenter.print()
    assert presenter.problem == presenter.context.texts("preview.urgent_first", words=urgent["en"])
    assert not presenter.busy
    presenter.print()
    qtbot.waitUntil(lambda: presenter.problem == presenter.context.texts("printing.hold.missing"), timeout=WAIT_MS)
