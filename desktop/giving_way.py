"""A backup on the store's lane that holds nobody up: what is saved meanwhile has its turn between two parts of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from desktop.jobs import Task
from engine.workflows.backups import Check, Meanwhile

Result = TypeVar("Result")
_LOOK_SECONDS = 0.02


class GivingWay(Meanwhile):
    """Lets the lane do what waits for it; reading back goes on beside it. Stops where the job is cancelled."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def pause(self, done: int, total: int) -> None:
        """Tell how far it is, and let others have their turn."""
        self._task.progress(done, total)
        self._task.give_way()

    def beside(self, work: Callable[[Check], Result]) -> Result:
        """Run it on a thread of its own, and meanwhile what waits for the lane."""
        with ThreadPoolExecutor(1, "beside") as thread:
            running = thread.submit(work, self._task.cancel.check)
            while not running.done():
                self._task.give_way()
                wait([running], _LOOK_SECONDS)
            return running.result()
