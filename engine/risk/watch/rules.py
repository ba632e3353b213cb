"""The declared rules of watching a model (``resources/watch/rules.json``), each with its source."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache

from engine.resources import resources_folder


@dataclass(frozen=True, slots=True)
class WatchRules:
    """When a model is calibrated, unclear or not to be used, and when a month warns; see the notes in the file."""

    level_factor: float
    least_events: int
    spread_factor: float
    shadow_days: int
    shadow_people: int
    stability_index: float
    chance: float
    month_people: int
    alert_factor: float
    bins: int


@cache
def load_watch_rules() -> WatchRules:
    """Return the rules that ship with the program."""
    document = json.loads((resources_folder() / "watch" / "rules.json").read_text(encoding="utf-8"))
    return WatchRules(**{each.name: document[each.name]["value"] for each in fields(WatchRules)})
