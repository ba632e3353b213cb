"""How a worker fails."""

from __future__ import annotations

from engine.errors import WorldError


class WorkerError(WorldError):
    """A child process was stopped by its limits or ended by itself.

    Codes: ``worker_out_of_memory``, ``worker_timeout``, ``worker_file_limit``, ``worker_crashed``,
    ``worker_start_failed``.
    """
