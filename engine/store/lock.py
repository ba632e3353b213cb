"""One process at a time: an operating-system lock on a small file, held as long as the store is open.

The lock belongs to the open file, not to a number written into it, so it ends by itself when the process is killed or
the power fails. The file stays; only the lock on it counts.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from engine.errors import StoreError
from engine.store.folder import store_error

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        # flock and not lockf: a POSIX record lock is lost when any other descriptor of the file is closed.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_TAKEN = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})


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
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise store_error(error) from error
        try:
            _take(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno in _TAKEN:
                raise StoreError("store_in_use") from error
            raise store_error(error) from error
        return cls(descriptor)

    def release(self) -> None:
        """Give the folder free; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
