"""One process at a time: the lock on a clinic's folder, held as long as the store is open."""

from __future__ import annotations

import os
from pathlib import Path

from engine.errors import StoreError
from engine.locks import take_lock
from engine.store.folder import store_error


class FolderLock:
    """The exclusive right to use one clinic folder."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, path: Path) -> FolderLock:
        """Lock the file at ``path``, making it when absent.

        Raises:
            StoreError: ``store_in_use`` when another holder lives; otherwise why the file cannot be opened.
        """
        try:
            descriptor = take_lock(path)
        except OSError as error:
            raise store_error(error) from error
        if descriptor is None:
            raise StoreError("store_in_use")
        return cls(descriptor)

    def release(self) -> None:
        """Give the folder free; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
