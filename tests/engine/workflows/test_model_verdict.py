"""A fake clock over years of simulated patients: each of the three verdicts is reached in a real store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.models import ModelStage, ModelVerdict, VerdictReason
from engine.domain.ports import FixedClock
from engine.domain.recalibration import LeftOut
from engine.domain.report import Paper
from engine.errors import UsageError
from engine.report.typeset import page_count
from engine.store import predictions_of
from engine.workflows.assess import assess_people, current_assessments
from engine.workflows.clinics import open_clinic
from engine.workflows.model_verdict import judge_model
from engine.workflows.models import add_draft, approve, find_model, shadow
from engine.workflows.verdict_paper import verdict_paper, write_verdict
from tests.engine.workflows.trained import (
    BEGAN,
    Person,
    after,
    import_year,
    simulated,
    trained_folder,
)
from tests.made_once import new_clinic

PASSPHRASE = "a passphrase for tests"
PEOPLE, YEARS = 1500, 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clinic in which the model has just begun to answer in shadow."""
    new_clinic(tmp_path / "clinic", "GBR", PASSPHRASE, FixedClock(BEGAN))
    with open_clinic(tmp_path / "clinic", PASSPHRASE, FixedClock(BEGAN)) as clinic:
        add_draft(clinic, trained_folder(tmp_path / "made"))
        shadow(clinic, "toy", threshold=0.2)
    return tmp_path / "clinic"


def live_through(folder: Path, people: list[Person], *years: int, since: int = 0) -> None:
    """Everybody comes in these years, after one of ``since``; at the first visit all are assessed."""
    for before, year in zip((since, *years), years, strict=False):
        with open_clinic(folder, PASSPHRASE, FixedClock(after(year))) as clinic:
            import_year(clinic, people, year, folder.parent, before)
            if year == 0:
                assess_people(clinic)


def test_a_right_model_is_unclear_at_first_and_calibrated_once_enough_outcomes_are_known(folder: Path) -> None:
    people = simulated(PEOPLE, 1.0)
    live_through(folder, people, 0, 1)
    with open_clinic(folder, PASSPHRASE, FixedClock(after(1))) as clinic:
        early = judge_model(clinic, "toy")
        assert (early.verdict, early.reasons) == (ModelVerdict.UNCLEAR, (VerdictReason.FEW_EVENTS,))
        assert early.figures is not None
        assert early.figures.people == PEOPLE
        assert early.figures.months_more is not None
    live_through(folder, people, 3, YEARS, since=1)
    with open_clinic(folder, PASSPHRASE, FixedClock(after(YEARS))) as clinic:
        found = judge_model(clinic, "toy")
        assert (found.verdict, found.reasons) == (ModelVerdict.CALIBRATED, (VerdictReason.FITS,))
        assert found.figures is not None
        ill = sum(person.ill <= person.first.toordinal() + 365 * YEARS for person in people)
        assert (found.figures.people, found.figures.events) == (PEOPLE, ill)
        write_verdict(clinic, found, folder.parent / "page.pdf", "zh")
        assert page_count((folder.parent / "page.pdf").read_bytes()) == 1
        page = verdict_paper(clinic, found, "en", Paper.LETTER)
        assert (page.verdict, page.signing.boxes[0]) == ("CALIBRATED", "approve it")
        assert (
            "Held against",
            "heart attack, stroke, or death from heart or vessel disease",
        ) in page.looked_at.table.rows
        kept = find_model(clinic, "toy").verdict
        assert kept is not None
        assert (kept.verdict, kept.figures["events"]) == (ModelVerdict.CALIBRATED, ill)
        opened = approve(clinic, "toy", PASSPHRASE, reason="nobody else works here")
        assert find_model(opened, "toy").stage is ModelStage.APPROVED
        assert "toy" in opened.library


@pytest.mark.parametrize(
    ("ratio", "ordered", "reason"),
    [(2.2, True, VerdictReason.LEVEL), (1.0, False, VerdictReason.WORSE_THAN_RATE)],
    ids=["twice as many fell ill", "risk tells nothing"],
)
def test_a_wrong_model_is_not_to_be_used_and_nobody_can_approve_it(
    folder: Path, ratio: float, ordered: bool, reason: VerdictReason
) -> None:
    people = simulated(PEOPLE, ratio, seed=2, ordered=ordered)
    live_through(folder, people, 0, YEARS)
    with open_clinic(folder, PASSPHRASE, FixedClock(after(YEARS))) as clinic:
        found = judge_model(clinic, "toy")
        assert found.verdict is ModelVerdict.DO_NOT_USE
        assert reason in found.reasons
        with pytest.raises(UsageError, match="model_do_not_use"):
            approve(clinic, "toy", PASSPHRASE, reason="nobody else works here")
        assert "toy" not in clinic.library


def test_numbers_are_held_against_a_measurement_that_reaches_its_limit(tmp_path: Path) -> None:
    people, high = simulated(60, 0.0001, seed=4), 150
    new_clinic(tmp_path / "clinic", "GBR", PASSPHRASE, FixedClock(BEGAN))
    with open_clinic(tmp_path / "clinic", PASSPHRASE, FixedClock(BEGAN)) as clinic:
        add_draft(clinic, trained_folder(tmp_path / "made"))
        with pytest.raises(UsageError, match="model_outcome"):
            shadow(clinic, "toy", outcome="smoker>=1")  # no number
        shadow(clinic, "toy", outcome=f"sbp_mmhg>={high}")
    live_through(tmp_path / "clinic", people, 0)
    rising = [replace(each, pressure=each.pressure + 20) if each.number < 20 else each for each in people]
    live_through(tmp_path / "clinic", rising, 1, since=0)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, FixedClock(after(1))) as clinic:
        found = judge_model(clinic, "toy")
        assert found.figures is not None
        had = sum(each.pressure >= high for each in people)
        reached = sum(high - 20 <= each.pressure < high for each in people if each.number < 20)
        assert had
        assert reached
        assert (found.figures.people, found.figures.events) == (len(people) - had, reached)
        assert found.figures.left_out == {LeftOut.OUTCOME_BEFORE: had}
        page = verdict_paper(clinic, found, "zh", Paper.A4)
        assert ("对照的结局", "收缩压达到或超过 150 mmHg") in page.looked_at.table.rows


def test_a_model_in_shadow_answers_every_new_visit_once_and_is_seen_nowhere(folder: Path) -> None:
    people = simulated(60, 1.0)
    live_through(folder, people, 0, 1)
    with open_clinic(folder, PASSPHRASE, FixedClock(after(1))) as clinic:
        model = find_model(clinic, "toy").ref
        assert len(predictions_of(clinic.vault, model)) == 60  # the second year was not assessed yet
        judge_model(clinic, "toy")
        said = predictions_of(clinic.vault, model)
        assert len(said) == len({each.visit_id for each in said}) > 60
        shown = [result.pack.id for one in current_assessments(clinic) for result in one.results]
        assert shown
        assert "toy" not in shown
        assert clinic.vault._database.rows("SELECT 1 FROM assessment_result WHERE pack = 'toy'") == []
        assert predictions_of(clinic.vault, model) == said
