"""What a key derivation should cost on this machine: about a second, never below the floor.

A person waits for it once a day; who guesses waits for it at every guess. The memory is a quarter of what the machine
has at the most, so that an old laptop can still open its clinic.
"""

from __future__ import annotations

import ctypes
import os
import sys
from time import perf_counter

from engine.store.slots import FLOOR, Cost, stretch

WANTED_SECONDS = 1.0
# Above this more passes serve as well, and the derivation still works while other programs run.
_MOST_MEMORY_KIB = 256 * 1024
_STEP_KIB = 16 * 1024


def dearer(cost: Cost, seconds: float, memory_bytes: int | None = None) -> Cost:
    """Return what a derivation should cost where ``cost`` takes ``seconds``; itself where that is slow enough.

    Half the wanted time counts as reached: another step would hardly be felt, and each one writes a slot anew.

    Args:
        cost: what it costs now.
        seconds: what that takes on this machine.
        memory_bytes: of the machine; None asks the system, and the memory stays as it is where that is not known.
    """
    if seconds * 2 > WANTED_SECONDS:
        return cost
    times = WANTED_SECONDS / max(seconds, 0.001)
    quarter = (memory_bytes or _memory_bytes() or 0) // 4 // 1024
    most = max(cost.memory_kib, FLOOR.memory_kib, min(_MOST_MEMORY_KIB, quarter))
    memory = min(most, int(cost.memory_kib * times) // _STEP_KIB * _STEP_KIB)
    memory = max(memory, cost.memory_kib, FLOOR.memory_kib)
    passes = max(cost.passes, FLOOR.passes, round(cost.passes * times * cost.memory_kib / memory))
    return Cost(memory, min(passes, 64), max(cost.lanes, FLOOR.lanes))


def measured_cost() -> Cost:
    """Return what a new slot should cost on this machine; takes as long as one derivation at the floor."""
    begun = perf_counter()
    stretch(b"as long as any passphrase", bytes(16), FLOOR)
    return dearer(FLOOR, perf_counter() - begun)


def _memory_bytes() -> int | None:
    if sys.platform == "win32":
        return _windows_memory()
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def _windows_memory() -> int | None:
    """Ask ``GetPhysicallyInstalledSystemMemory`` (kernel32), which tells KiB."""
    kib = ctypes.c_ulonglong(0)
    library = getattr(ctypes, "windll", None)
    if library is None or not library.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kib)):
        return None
    return kib.value * 1024
