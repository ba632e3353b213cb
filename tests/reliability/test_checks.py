"""The checks see what they look for: a secret that opens, a place that is taken, a process that breaks."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.reliability import two_at_once, wrong_keys
from tests.reliability.checks import Check, forked, make_apart
from tests.reliability.clinics import PASSPHRASE, new_clinic
from tests.reliability.counts import Count
from tests.reliability.tampered_clinic import put


def test_a_secret_that_opens_is_told(tmp_path: Path) -> None:
    put(tmp_path / "clinic", wrong_keys._clinics()[0])
    assert wrong_keys._refused(tmp_path / "clinic", PASSPHRASE, "user-1", ("passphrase_wrong",)) == "it opened"
    said = wrong_keys._refused(tmp_path / "clinic", "wrong", "user-1", ("store_damaged",))
    assert said == "refused for another reason: passphrase_wrong"
    assert wrong_keys._refused(tmp_path / "clinic", "wrong", "user-1", ("passphrase_wrong",)) is None


def test_a_clinic_in_a_good_place_is_told_as_one_that_was_not_refused(tmp_path: Path) -> None:
    new_clinic(tmp_path / "a" / "clinic", 1)
    said = two_at_once._refused(tmp_path / "a" / "clinic", "place_synced", has_clinic=True)
    assert said == "a clinic lives where it must not"


def test_a_check_that_breaks_is_no_count(tmp_path: Path) -> None:
    def breaks(room: Path, numbers: Sequence[int], seed: int) -> Count:
        raise KeyError(seed)

    def vanishes(room: Path, numbers: Sequence[int], seed: int) -> Count:
        signal.raise_signal(signal.SIGKILL)
        return Count()

    for number, (make, told) in enumerate(((breaks, "KeyError"), (vanishes, "without a word"))):
        with pytest.raises(RuntimeError, match=told):
            make_apart(Check("T0", "it", "breaks", make, 1, 1), tmp_path / str(number), range(1), 1)


def test_what_a_check_counts_comes_back_whole(tmp_path: Path) -> None:
    def counts(room: Path, numbers: Sequence[int], seed: int) -> Count:
        return Count(tries=len(numbers), faults={str(room.exists()): seed})

    found = make_apart(Check("T0", "it", "counts", counts, 1, 1), tmp_path / "room", range(3), 7)
    assert found == Count(tries=3, faults={"True": 7})


def test_a_process_says_its_words_and_breaks_in_words() -> None:
    def act(say: Callable[[str], None]) -> None:
        say("one")
        say("two")
        raise ZeroDivisionError

    process = forked(act)
    assert [process.read() for _ in range(4)] == ["one", "two", "broken ZeroDivisionError", ""]
    process.end(signal.SIGKILL)
