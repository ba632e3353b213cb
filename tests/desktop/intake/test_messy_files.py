"""Real messy files through the window: asked, refused or parked as the command does, and stored just the same."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from desktop.intake.asking import Input
from desktop.intake.causes import causes_of
from desktop.widgets.buttons import Button
from engine.workflows.export import export_visits
from tests.desktop.intake.conftest import PASSPHRASE, Desk
from tests.end_to_end.command import lantern

ASKING = (
    "ages_b.csv",
    "coded_b.csv",
    "dates_ambiguous_a.csv",
    "dates_ambiguous_c.csv",
    "duplicates_b.xlsx",
    "hba1c_a.csv",
    "hidden_b.xlsx",
    "huge_cell_b.csv",
    "labs_long_b.xlsx",
    "mixed_units_b.csv",
    "nul_bytes_a.csv",
    "readings_a.csv",
    "resident_ids_b.xlsx",
    "serials_a.xlsx",
    "swapped_b.csv",
    "wide_visits_b.xlsx",
)
REJECTED = {
    "damaged_a.xlsx": "damaged_file",
    "empty_b.csv": "empty_file",
    "header_only_a.csv": "no_rows",
    "not_a_table_b.csv": "pdf",
    "password_b.xlsx": "password_required",
    "xml_entities_b.xlsx": "unsafe_xml",
    "zip_bomb_a.xlsx": "unsafe_archive",
}
PARKED = {
    "big_20k_a.csv": 198,
    "bp_pair_b.xlsx": 4,
    "impossible_a.csv": 32,
    "missing_words_a.csv": 3,
    "ragged_b.csv": 11,
}


def answer_all(desk: Desk, *, last: bool) -> None:
    """Answer every question with its buttons: the first answer, or the last but skipping a column."""
    for _ in range(20):
        question = desk.presenter.question
        if not desk.presenter.open_questions or question is None:
            return
        offered = desk.answers_in_view()
        if question.input is Input.CHOICE:
            kept = [button for button in offered if not button.text().startswith(("Skip", "Leave"))]
            button = (kept or offered)[-1 if last else 0]
            assert isinstance(button, QPushButton)
            button.click()
        else:
            next(button for button in offered if button.text() == "Use these meanings").click()
        desk.settled()
    raise AssertionError("the questions never end")


def exported(desk: Desk, folder: Path) -> str:
    """Return every visit of the clinic as the command exports it."""
    path = folder / "window.csv"
    desk.context.on_store(desk.presenter, lambda clinic: export_visits(clinic, path))
    desk.settled()
    return path.read_text(encoding="utf-8")


@pytest.mark.shared
@pytest.mark.parametrize("last", [False, True], ids=["first answers", "last answers"])
@pytest.mark.parametrize("name", ASKING)
def test_answers_in_the_window_store_what_answers_of_the_command_store(
    desk: Desk, shared: Path, tmp_path: Path, name: str, last: bool
) -> None:
    file = shared / "data" / "messy" / name
    desk.open(file)
    assert desk.presenter.open_questions
    answer_all(desk, last=last)
    desk.presenter.check()
    desk.settled()
    assert desk.check.bar.isVisible()
    desk.presenter.store()
    desk.settled()
    assert (desk.presenter.step, desk.problems) == ("done", [])
    passphrase, answers = tmp_path / "passphrase", tmp_path / "answers.json"
    passphrase.write_text(PASSPHRASE, encoding="utf-8")
    answers.write_text(json.dumps(desk.presenter.answers), encoding="utf-8")
    store = ("--store", tmp_path / "commanded", "--passphrase-file", passphrase)
    assert lantern("create", "--name", "Maple Lane", "--country", "CHN", *store).code == 0
    ended = lantern("import", file, "--answers", answers, *store)
    assert ended.code == 0, ended.err
    assert lantern("export", "--output", tmp_path / "commanded.csv", *store).code == 0
    assert exported(desk, tmp_path) == (tmp_path / "commanded.csv").read_text(encoding="utf-8")


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(REJECTED))
def test_a_file_that_is_not_read_says_why_in_the_words_of_the_command(desk: Desk, shared: Path, name: str) -> None:
    desk.open(shared / "data" / "messy" / name)
    sentence = desk.context.texts.wording.say(f"intake.rejected.{REJECTED[name]}")
    assert desk.refused() == f"{name}: {sentence}"
    assert (desk.presenter.step, desk.presenter.has_file, desk.problems) == ("file", False, [])
    desk.context.change(language="zh")
    desk.show()
    assert desk.context.texts.wording.say(f"intake.rejected.{REJECTED[name]}") in desk.refused()


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(PARKED))
def test_parked_rows_are_shown_by_cause_and_wait_after_storing(desk: Desk, shared: Path, name: str) -> None:
    desk.open(shared / "data" / "messy" / name)
    desk.presenter.check()
    desk.settled()
    outcome = desk.presenter.outcome
    assert outcome is not None
    assert outcome.counts.reconciles()
    for language in ("en", "zh"):
        desk.context.change(language=language)
        causes = causes_of(outcome, desk.context.texts)
        waiting = {line.row for cause in causes if cause.tone == "warn" for line in cause.lines}
        assert len(waiting) == PARKED[name]
        assert all(line.cells for cause in causes if cause.tone == "warn" for line in cause.lines)
    desk.presenter.store()
    desk.settled()
    assert len(desk.presenter.history.waiting) == PARKED[name]


@pytest.mark.shared
def test_rows_without_a_patient_and_changed_units_are_told(desk: Desk, shared: Path) -> None:
    desk.open(shared / "data" / "messy" / "totals_a.xlsx")
    assert desk.presenter.outcome is not None
    causes = {cause.code: cause for cause in causes_of(desk.presenter.outcome, desk.context.texts)}
    assert {"totals", "repeated_header", "footer"} & causes.keys()
    desk.open(shared / "data" / "messy" / "us_units_a.csv")
    causes = {cause.code: cause for cause in causes_of(desk.presenter.outcome, desk.context.texts)}
    assert causes["converted:weight_kg"].title == "Weight: lb read as kg"


@pytest.mark.shared
def test_stopping_while_it_is_stored_keeps_nothing_and_it_can_be_stored_again(
    desk: Desk, shared: Path, tmp_path: Path
) -> None:
    before = exported(desk, tmp_path)
    desk.open(shared / "data" / "messy" / "big_20k_a.csv")
    desk.presenter.check()
    desk.settled()
    badges: list[str] = []
    desk.presenter.badge.connect(badges.append)
    desk.presenter.progressed.connect(lambda done, total: desk.presenter.stop())
    desk.presenter.store()
    assert desk.presenter.runs
    desk.settled()
    desk.presenter.progressed.disconnect()
    assert (desk.presenter.step, desk.presenter.runs, desk.problems) == ("check", False, [])
    assert any(badge.endswith("%") for badge in badges)
    assert badges[-1] == ""
    assert exported(desk, tmp_path) == before
    desk.presenter.store()
    desk.settled()
    assert desk.presenter.step == "done"


@pytest.mark.shared
def test_another_file_chosen_while_one_is_read_takes_its_place(desk: Desk, shared: Path) -> None:
    desk.presenter.choose(shared / "data" / "messy" / "big_20k_a.csv")
    desk.open(shared / "data" / "messy" / "hba1c_a.csv")
    assert (desk.presenter.file_name, len(desk.presenter.columns)) == ("hba1c_a.csv", 15)


@pytest.mark.shared
@pytest.mark.skipif(sys.platform == "win32", reason="limits are those of Unix")
def test_a_full_disk_is_told_and_nothing_is_stored_until_there_is_room(
    desk: Desk, shared: Path, tmp_path: Path
) -> None:
    before = exported(desk, tmp_path)
    desk.open(shared / "data" / "messy" / "plain_a.csv")
    desk.presenter.check()
    desk.settled()
    size = max(file.stat().st_size for file in (tmp_path / "empty").rglob("*") if file.is_file())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, hard))
    try:
        desk.presenter.store()
        desk.settled()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    say = desk.context.texts.wording.say
    assert desk.problems[:1] in ([say("error.store_disk_full")], [say("error.store_disk_failed")])
    assert desk.presenter.step == "check"
    assert exported(desk, tmp_path) == before
    desk.presenter.store()
    desk.settled()
    assert desk.presenter.step == "done"


@pytest.mark.shared
@pytest.mark.nightly
def test_a_hundred_thousand_rows_never_block_the_window(desk: Desk, shared: Path) -> None:
    desk.open(shared / "data" / "messy" / "big_100k.csv")
    desk.presenter.check()
    desk.settled()
    assert desk.presenter.outcome is not None
    assert desk.presenter.outcome.counts.rows_read == 100_000
    buttons = [each for each in desk.view.findChildren(Button) if each.isVisible()]
    assert any(each.text() == f"Store {desk.presenter.storable:,} rows" for each in buttons)
