"""Where each of the 27 items of TRIPOD+AI stands for a trained pack: on the card, in the file, or open."""

from __future__ import annotations

from dataclasses import dataclass

from engine.packs.manifest import Manifest

CARD, FILE, OPEN = "card", "file", "open"


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its number, ``card.item.<key>``, ``card.item_state.<state>``."""

    number: str
    key: str
    state: str


_ITEMS = (
    ("1", "title", CARD),
    ("2", "abstract", CARD),
    ("3", "background", OPEN),
    ("4", "objectives", CARD),
    ("5", "data", CARD),
    ("6", "participants", CARD),
    ("7", "preparation", CARD),
    ("8", "outcome", CARD),
    ("9", "predictors", CARD),
    ("10", "size", CARD),
    ("11", "missing", CARD),
    ("12", "methods", CARD),
    ("13", "imbalance", CARD),
    ("14", "fairness", CARD),
    ("15", "output", CARD),
    ("16", "differences", OPEN),
    ("17", "ethics", OPEN),
    ("18", "open_science", OPEN),
    ("19", "involvement", OPEN),
    ("20", "flow", CARD),
    ("21", "development", CARD),
    ("22", "specification", FILE),
    ("23", "performance", CARD),
    ("24", "updating", OPEN),
    ("25", "interpretation", OPEN),
    ("26", "limitations", CARD),
    ("27", "usability", CARD),
)


def items(manifest: Manifest) -> tuple[Item, ...]:
    """Return all items. Without groups of people fairness is open."""
    training = manifest.training
    found = []
    for number, key, state in _ITEMS:
        lacking = key == "fairness" and (training is None or not training.groups)
        found.append(Item(number, key, OPEN if lacking else state))
    return tuple(found)
