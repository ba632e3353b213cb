"""The trials that tamper with a clinic begin from one with which nothing is wrong, and see what is."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.reliability.counts import Count
from tests.reliability.tampered_clinic import OLD_PASSPHRASE, PASSPHRASE, Past, ask, end_of, put, the_past
from tests.reliability.tampering import CHECKS, TRIALS


@pytest.fixture(scope="module")
def past() -> Past:
    return the_past()


def test_a_clinic_that_nobody_touched_is_sound_at_each_moment(past: Past, tmp_path: Path) -> None:
    for files, passphrase in ((past.early, OLD_PASSPHRASE), (past.late, PASSPHRASE), (past.live, PASSPHRASE)):
        put(tmp_path / "clinic", files)
        answer = ask(tmp_path / "clinic", passphrase)
        assert (answer.refusal, answer.detected) == (None, False)
        assert answer.found is not None
        assert answer.found.findings == ()


def test_the_checkpoint_on_paper_holds_where_nobody_touched_anything(past: Past, tmp_path: Path) -> None:
    put(tmp_path / "clinic", past.live)
    assert not ask(tmp_path / "clinic", PASSPHRASE, past.checkpoint).detected


def test_a_trial_that_changes_nothing_would_be_told(past: Past, tmp_path: Path) -> None:
    put(tmp_path / "clinic", past.late)
    assert end_of(ask(tmp_path / "clinic")) == "undetected"


def test_ends_are_counted_for_what_they_are(past: Past, tmp_path: Path) -> None:
    by_name = {check.what: check for check in CHECKS}
    assert by_name["one bit of one slot file"].make(tmp_path, range(2), 1) == Count(tries=2)
    assert by_name["old database, anchor and slots"].make(tmp_path, range(2), 1).undetected == 2
    assert by_name["old database, anchor and slots"].make(tmp_path, range(2), 1).unseen == 0
    assert by_name["one bit of the database"].make(tmp_path, range(2), 1) == Count(2, 2, faults={"detected": 2})
    trial = next(trial for trial in TRIALS if trial.name == "entry edited")
    assert trial.run(past, tmp_path / "trial", random.Random(1)) == "detected"
