"""Small files are replaced whole or not at all."""

from __future__ import annotations

import errno
import secrets
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store.folder import ClinicFolder, store_error, write_durably
from engine.wording import LANGUAGES, load_wording


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    for content in (b"first", b"second" * 10_000, b""):
        write_durably(tmp_path / "file", content, secrets.token_bytes)
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", content)]


def test_a_file_that_cannot_be_written_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError):
        write_durably(tmp_path / "folder", b"content", secrets.token_bytes)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_only_the_owner_may_read_what_is_written(tmp_path: Path) -> None:
    write_durably(tmp_path / "file", b"content", secrets.token_bytes)
    assert (tmp_path / "file").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.ENAMETOOLONG, errno.EIO, errno.ENOTDIR, None])
def test_every_error_of_the_system_has_a_sentence_without_the_path(number: int | None) -> None:
    error = OSError(number, "text", "/secret/place") if number else OSError()
    ours = store_error(error)
    for language in LANGUAGES:
        assert "secret" not in load_wording(language).error(ours)
    assert "secret" not in str(ours)


def test_a_path_longer_than_a_database_may_have_is_refused(tmp_path: Path) -> None:
    ClinicFolder(tmp_path).check_length()
    with pytest.raises(StoreError, match="store_path_too_long"):
        ClinicFolder(tmp_path.joinpath(*["x" * 100] * 5)).check_length()
