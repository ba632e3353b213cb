"""No picture of this process's memory on the disk: what is open in it holds keys and patients.

It keeps the system from writing one when the process dies, and other programs of the same user from taking one where
the system can be told. It does nothing against the administrator of the machine, swap or hibernation.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys

_PR_SET_DUMPABLE = 4  # prctl(2)
_NO_FAULT_BOX = 0x0002  # SetErrorMode: SEM_NOGPFAULTERRORBOX
_NO_HEAP = 0x0001  # WerSetFlags: WER_FAULT_REPORTING_FLAG_NOHEAP


def forbid_dumps() -> bool:
    """Keep the memory of this process out of dumps; return whether the system took it all. May be called again."""
    return _windows() if sys.platform == "win32" else _posix()


def _posix() -> bool:
    import resource  # noqa: PLC0415 - there is none on Windows

    done = True
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        done = False
    if sys.platform == "linux":
        try:
            done = ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 and done
        except (OSError, AttributeError):
            done = False
    return done


def _windows() -> bool:
    library = getattr(ctypes, "windll", None)
    if library is None:
        return False
    with contextlib.suppress(OSError, AttributeError):
        library.kernel32.SetErrorMode(_NO_FAULT_BOX)
        return bool(library.wer.WerSetFlags(_NO_HEAP) == 0)
    return False
