"""The declared rules of recalibration (``resources/recalibration/rules.json``), each with its source."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache

from engine.resources import resources_folder
from engine.statistics.normal import NORMAL_95

# 95th percentiles of the chi-squared distribution with one and two degrees of freedom.
CHI_SQUARED_95 = {1: 3.841458820694124, 2: 5.991464547107979}


@dataclass(frozen=True, slots=True)
class Rules:
    """When a risk may be changed, and how the change is shown."""

    intercept_events: int
    slope_events: int
    groups: int
    still_followed: float
    folds: int


@cache
def load_rules() -> Rules:
    """Return the rules that ship with the program."""
    document = json.loads((resources_folder() / "recalibration" / "rules.json").read_text(encoding="utf-8"))
    return Rules(
        intercept_events=events_for_factor(document["interval_factor"]["value"]),
        slope_events=document["slope_events"]["value"],
        groups=document["groups"]["value"],
        still_followed=document["still_followed"]["value"],
        folds=document["folds"]["value"],
    )


def events_for_factor(factor: float) -> int:
    """Return how many events make the 95 % interval of observed to expected reach no further than ``factor``."""
    return math.ceil((NORMAL_95 / math.log(factor)) ** 2)
