"""One holder of a clinic folder at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store.lock import FolderLock


def test_a_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = FolderLock.acquire(tmp_path / "lock")
    with pytest.raises(StoreError, match="store_in_use"):
        FolderLock.acquire(tmp_path / "lock")
    first.release()
    first.release()
    FolderLock.acquire(tmp_path / "lock").release()


def test_a_file_left_over_does_not_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(b"held by 4711")
    FolderLock.acquire(tmp_path / "lock").release()
    assert (tmp_path / "lock").read_bytes() == b"held by 4711"


def test_a_place_that_cannot_hold_a_lock_says_why(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="store_missing"):
        FolderLock.acquire(tmp_path / "nowhere" / "lock")
