"""An import is taken back in the window, and what was answered is offered for the next file."""

from __future__ import annotations

from pathlib import Path

from desktop.intake.file_page import FilePage
from tests.desktop.intake.conftest import Desk
from tests.desktop.intake.test_import import table


def stored(desk: Desk, path: Path) -> None:
    """Carry a file through, with its one question."""
    desk.open(path)
    desk.press("jin")
    desk.press("Check 8 rows")
    desk.press("Store 8 rows")
    desk.press("Import another file")


def first_page(desk: Desk) -> FilePage:
    page = desk.view.page("file")
    assert isinstance(page, FilePage)
    return page


def test_what_goes_is_said_before_it_goes(desk: Desk, tmp_path: Path) -> None:
    stored(desk, table(tmp_path))
    told: list[str] = []
    desk.presenter.stored.connect(lambda: told.append("changed"))
    desk.press("Undo")
    card = first_page(desk).undo
    seen = [card.isVisible()]
    summary = desk.presenter.history.undoing.summary
    assert summary is not None
    assert (summary.counts.people_gone, summary.counts.visits_gone) == (8, 8)
    desk.press("Leave as it is")
    seen.append(card.isVisible())
    assert desk.presenter.history.recents[0].undone_at is None
    desk.press("Undo")
    desk.press("Take it back")
    assert ([*seen, card.isVisible()], told) == ([True, False, False], ["changed"])
    assert desk.good_news[-1] == "table.csv was taken back."
    assert [summary.undone_by is not None for summary in desk.presenter.history.recents] == [True]
    assert desk.problems == []


def test_what_was_answered_is_offered_for_the_next_file(desk: Desk, tmp_path: Path) -> None:
    stored(desk, table(tmp_path))
    desk.open(table(tmp_path))
    assert "9 columns recognised" in desk.columns.map.text
    assert len(desk.presenter.open_questions) == 1
    desk.press("Use")
    assert [question.id for question in desk.presenter.open_questions] == []
