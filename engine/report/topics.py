"""The order of topics: which risk a page is about when several could lead it."""

from __future__ import annotations

import json
from functools import cache

from engine.resources import resources_folder


@cache
def _order() -> tuple[str, ...]:
    document = json.loads((resources_folder() / "report" / "topics.json").read_text(encoding="utf-8"))
    return tuple(document["order"])


def topic_position(topic: str) -> int:
    """Return the place of a pack's topic; a topic that is not listed comes last."""
    order = _order()
    return order.index(topic) if topic in order else len(order)
