"""The first look at a closed database file."""

from __future__ import annotations

from pathlib import Path

from engine.errors import StoreError

_PLAIN_HEADER = b"SQLite format 3\x00"
_SMALLEST_FILE = 4096  # one page


def check_header(path: Path) -> None:
    """Look at the first bytes of a closed database file.

    Must not be called while this process has the database open: closing the second descriptor would drop SQLite's
    own lock (see sqlite.org/howtocorrupt.html, section 2.2).

    Raises:
        StoreError: ``store_file_missing``, ``store_plaintext`` or ``store_damaged``.
    """
    try:
        with path.open("rb") as file:
            header = file.read(len(_PLAIN_HEADER))
            size = file.seek(0, 2)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise StoreError("store_file_missing") from error
    except OSError as error:
        raise StoreError("store_readonly") from error
    if header == _PLAIN_HEADER:
        raise StoreError("store_plaintext")
    if size < _SMALLEST_FILE:
        raise StoreError("store_damaged")
