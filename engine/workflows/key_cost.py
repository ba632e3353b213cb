"""What opening a slot should cost, and the switch by which it stays at the floor."""

from __future__ import annotations

import os
from functools import cache

from engine.store import FLOOR, Cost, dearer, measured_cost

# For machines that are too slow for more, and for tests, which would only wait. Nothing goes below the floor.
_SWITCH = "LANTERN_KEY_COST"


def new_slot_cost() -> Cost:
    """Return what a new slot costs on this machine: about a second, or the floor where that is asked for."""
    return FLOOR if _at_floor() else _measured()


def raised_cost(cost: Cost, seconds: float) -> Cost:
    """Return what a slot should cost that costs this now and took so long to open."""
    return cost if _at_floor() else dearer(cost, seconds)


def _at_floor() -> bool:
    return os.environ.get(_SWITCH) == "floor"


@cache
def _measured() -> Cost:
    return measured_cost()
