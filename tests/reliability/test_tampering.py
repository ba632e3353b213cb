"""Whoever tampers with a clinic is found: the numbers of each commit (see ``tampering`` for those of a night)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.tampered_clinic import OLD_PASSPHRASE, PASSPHRASE, Past, ask, make_past, put
from tests.reliability.tampering import TRIALS, Trial, run, wrong


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    return make_past(tmp_path_factory.mktemp("past"))


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


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_it_is_found(trial: Trial, past: Past, tmp_path: Path) -> None:
    ends = run(trial, past, tmp_path / "clinic", range(trial.commit))
    assert sum(ends.values()) == trial.commit
    assert wrong(trial, ends) == {}
