"""The names of code systems in the formats of other systems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from engine.resources import resources_folder

_OID = "urn:oid:"


def code_system(name: str) -> str:
    """Return our word for a code system; the name as written where it is none of those we know."""
    folded = name.strip().casefold()
    return _names().get(folded.removeprefix(_OID), name.strip())


@cache
def _names() -> Mapping[str, str]:
    file = resources_folder() / "codes" / "code_systems.json"
    systems = json.loads(file.read_text(encoding="utf-8"))["systems"]
    return {name.casefold(): word for word, names in systems.items() for name in (word, *names)}
