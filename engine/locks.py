"""An operating-system lock on a small file: one holder at a time, gone with its process.

The lock belongs to the open file, not to a number written into it, so it ends by itself when the process is killed or
the power fails. The file stays; only the lock on it counts.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

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


def take_lock(path: Path) -> int | None:
    """Lock the file at ``path``, making it when absent; return its descriptor, or None when another holder lives.

    Raises:
        OSError: the file cannot be opened or locked for another reason.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor)
    except OSError as error:
        os.close(descriptor)
        if error.errno in _TAKEN:
            return None
        raise
    return descriptor
