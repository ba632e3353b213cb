"""Limits of a worker on Linux and macOS, taken by the child itself before it reads any input."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time

from engine.workers.limits import Force, Guard, Limits

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
EXIT_OUT_OF_MEMORY = 71
WATCH_SECONDS = 0.2
NICENESS_BEHIND = 5
CPU_GRACE_SECONDS = 5

if sys.platform != "win32":
    import resource

    def enforce(limits: Limits) -> dict[Guard, Force]:
        """Take the limits for this process and return how each is held.

        Must run while the process has a single thread, or a new network namespace is refused.
        """
        if limits.behind:
            os.nice(NICENESS_BEHIND)
        force = {guard: Force.ABSENT for guard in Guard}
        force[Guard.PARENT] = Force.WATCHED  # closed standard input, see engine.workers.child
        if sys.platform == "linux":
            if _own_network():
                force[Guard.NETWORK] = Force.ENFORCED
            if _prctl(PR_SET_PDEATHSIG, signal.SIGKILL):
                force[Guard.PARENT] = Force.ENFORCED
            _prctl(PR_SET_NO_NEW_PRIVS, 1)
            _prctl(PR_SET_DUMPABLE, 0)
        for guard, kind, most in (
            (Guard.MEMORY, resource.RLIMIT_AS, limits.memory_bytes),
            (Guard.CPU, resource.RLIMIT_CPU, limits.cpu_seconds),
            (Guard.FILES, resource.RLIMIT_FSIZE, limits.file_bytes),
            (Guard.CORE, resource.RLIMIT_CORE, 0),
        ):
            if _limit(kind, most):
                force[guard] = Force.ENFORCED
        if sys.platform == "darwin":
            # macOS accepts an address-space limit without holding to it.
            force[Guard.MEMORY] = Force.WATCHED
            threading.Thread(target=_watch_memory, args=(limits.memory_bytes,), daemon=True).start()
        return force

    def forbid_new_processes() -> Force:
        """Forbid new processes and threads; called when the worker has all the threads it needs."""
        held = _limit(resource.RLIMIT_NPROC, 0) and os.geteuid() != 0  # the system exempts the superuser
        return Force.ENFORCED if held else Force.ABSENT

    def _limit(kind: int, most: int) -> bool:
        _, ceiling = resource.getrlimit(kind)
        # At the soft limit the system sends a signal that names the cause, at the hard limit it just kills.
        last = most + CPU_GRACE_SECONDS if kind == resource.RLIMIT_CPU else most
        if ceiling != resource.RLIM_INFINITY:
            most, last = min(most, ceiling), min(last, ceiling)
        try:
            resource.setrlimit(kind, (most, last))
        except (ValueError, OSError):
            return False
        return True

    def _watch_memory(most: int) -> None:
        while True:
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > most:  # bytes on macOS
                os._exit(EXIT_OUT_OF_MEMORY)
            time.sleep(WATCH_SECONDS)


def _library() -> ctypes.CDLL | None:
    with contextlib.suppress(OSError):
        return ctypes.CDLL(None, use_errno=True)
    return None


def _prctl(option: int, value: int) -> bool:
    library = _library()
    return library is not None and bool(library.prctl(option, value, 0, 0, 0) == 0)


def _own_network() -> bool:
    """Move into an empty network namespace where the system allows it."""
    library = _library()
    if library is None:
        return False
    # Without a new user namespace first: inside one, the superuser may lose access to files of other users.
    return any(library.unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))
