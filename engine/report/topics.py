"""The order of tools: which risk a page is about when several could lead it, and which tool of it speaks first."""

from __future__ import annotations

import json
from functools import cache

from engine.packs.manifest import Manifest
from engine.packs.order import precedence
from engine.resources import resources_folder


@cache
def _order() -> tuple[str, ...]:
    document = json.loads((resources_folder() / "report" / "topics.json").read_text(encoding="utf-8"))
    return tuple(document["order"])


def topic_position(topic: str) -> int:
    """Return the place of a pack's topic; a topic that is not listed comes last."""
    order = _order()
    return order.index(topic) if topic in order else len(order)


def place(manifest: Manifest, country: str) -> tuple[int, int, int, int, str]:
    """Return the place of a pack among all in a clinic of this country (ISO 3166 alpha-3); the lowest leads.

    By topic, and within a topic as the manifests declare.
    """
    return topic_position(manifest.topic), *precedence(manifest, country)
