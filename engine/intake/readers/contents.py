"""The bytes that are read: those of a file, or those of the one table that a zip archive holds."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import IO

CHUNK = 1 << 20


class Contents:
    """What a reader reads; every opening begins at the first byte.

    A table out of an archive is held in memory, for a worker may write no file; the archive was checked before, so it
    is bounded.
    """

    def __init__(self, path: Path, packed: bytes | None = None) -> None:
        """Stand for a file, or for ``packed``, which was found in it."""
        self._path = path
        self._packed = packed

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._path.stat().st_size if self._packed is None else len(self._packed)

    def open(self) -> IO[bytes]:
        """Open the bytes."""
        return self._path.open("rb") if self._packed is None else io.BytesIO(self._packed)

    def text(self, codec: str, errors: str = "strict") -> IO[str]:
        """Open as text, with the line ends as they are."""
        return io.TextIOWrapper(self.open(), encoding=codec, errors=errors, newline="")

    def read(self) -> bytes:
        """Return all bytes."""
        return self._path.read_bytes() if self._packed is None else self._packed

    def digest(self) -> str:
        """Return the SHA-256 of the bytes, in hexadecimal."""
        found = hashlib.sha256()
        with self.open() as file:
            while chunk := file.read(CHUNK):
                found.update(chunk)
        return found.hexdigest()
