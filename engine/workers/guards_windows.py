"""Limits of a worker on Windows: job objects, one made by the child for itself and one made by the parent.

The child puts itself into a job with memory, time and process limits before it reads any input, as on other systems.
The parent puts the child into a job that the system ends when the parent's last handle closes, so that no worker
outlives its session. Jobs nest since Windows 8.
Structures: Microsoft, JOBOBJECT_EXTENDED_LIMIT_INFORMATION (winnt.h).
"""

from __future__ import annotations

import ctypes
import sys

from engine.workers.limits import Force, Guard, Limits

LIMIT_PROCESS_TIME = 0x0002
LIMIT_ACTIVE_PROCESS = 0x0008
LIMIT_PRIORITY_CLASS = 0x0020
LIMIT_PROCESS_MEMORY = 0x0100
LIMIT_JOB_MEMORY = 0x0200
LIMIT_DIE_ON_UNHANDLED_EXCEPTION = 0x0400
LIMIT_KILL_ON_JOB_CLOSE = 0x2000
EXTENDED_LIMIT_INFORMATION = 9
BELOW_NORMAL_PRIORITY = 0x4000
TICKS_PER_SECOND = 10_000_000  # a tick is 100 nanoseconds


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class _IoCounters(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_uint64)
        for name in (
            "ReadOperationCount",
            "WriteOperationCount",
            "OtherOperationCount",
            "ReadTransferCount",
            "WriteTransferCount",
            "OtherTransferCount",
        )
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", _IoCounters),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


def _own_limits(limits: Limits) -> _ExtendedLimits:
    """Return the job limits that a worker takes for itself."""
    wanted = _ExtendedLimits()
    basic = wanted.BasicLimitInformation
    basic.LimitFlags = (
        LIMIT_PROCESS_TIME
        | LIMIT_ACTIVE_PROCESS
        | LIMIT_PROCESS_MEMORY
        | LIMIT_JOB_MEMORY
        | LIMIT_DIE_ON_UNHANDLED_EXCEPTION
    )
    basic.PerProcessUserTimeLimit = limits.cpu_seconds * TICKS_PER_SECOND
    basic.ActiveProcessLimit = 1
    if limits.behind:
        basic.LimitFlags |= LIMIT_PRIORITY_CLASS
        basic.PriorityClass = BELOW_NORMAL_PRIORITY
    wanted.ProcessMemoryLimit = limits.memory_bytes
    wanted.JobMemoryLimit = limits.memory_bytes
    return wanted


def _closing_limits() -> _ExtendedLimits:
    """Return the job limits with which a parent binds a worker to its own life."""
    wanted = _ExtendedLimits()
    wanted.BasicLimitInformation.LimitFlags = LIMIT_KILL_ON_JOB_CLOSE
    return wanted


if sys.platform == "win32":

    def _kernel() -> ctypes.WinDLL:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = ctypes.c_void_p
        kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, ctypes.c_wchar_p)
        kernel.SetInformationJobObject.restype = ctypes.c_int
        kernel.SetInformationJobObject.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)
        kernel.AssignProcessToJobObject.restype = ctypes.c_int
        kernel.AssignProcessToJobObject.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        kernel.GetCurrentProcess.argtypes = ()
        kernel.CloseHandle.restype = ctypes.c_int
        kernel.CloseHandle.argtypes = (ctypes.c_void_p,)
        return kernel

    def _join_job(process: int, wanted: _ExtendedLimits) -> int | None:
        """Put a process into a new job with these limits; return the job's handle, or None when refused."""
        kernel = _kernel()
        job = kernel.CreateJobObjectW(None, None)
        if not job:
            return None
        held = kernel.SetInformationJobObject(
            job, EXTENDED_LIMIT_INFORMATION, ctypes.byref(wanted), ctypes.sizeof(wanted)
        )
        if not held or not kernel.AssignProcessToJobObject(job, process):
            kernel.CloseHandle(job)
            return None
        return int(job)

    def enforce(limits: Limits) -> dict[Guard, Force]:
        """Take the limits for this process and return how each is held."""
        force = {guard: Force.ABSENT for guard in Guard}
        force[Guard.PARENT] = Force.WATCHED  # closed standard input; the parent's job comes on top
        # The handle is kept open by never closing it: the job lives as long as the process.
        if _join_job(_kernel().GetCurrentProcess(), _own_limits(limits)) is not None:
            force[Guard.MEMORY] = force[Guard.CPU] = force[Guard.PROCESSES] = Force.ENFORCED
            force[Guard.CORE] = Force.ENFORCED  # no error report dialog, no dump
        return force

    def bind_to_parent(process: int) -> int | None:
        """Let the system end this child when the returned handle, or this program, closes."""
        return _join_job(process, _closing_limits())

    def release(job: int) -> None:
        """Close a job handle; ends the processes still in it."""
        _kernel().CloseHandle(job)
