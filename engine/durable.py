"""What makes files and their names last through a power cut."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, where the system has a call for it.

    Windows has none: it keeps a journal of names of its own. Nor have some foreign file systems on sticks and shares.
    """
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def forget_cached(path: Path) -> None:
    """Ask the system to forget what it holds of a file. Linux does; elsewhere the next reading may come from memory."""
    if sys.platform != "linux":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
