"""A blood pressure that is written as one text, "142/91", as the two numbers it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from engine.intake.records.items import Coding, Form, Item

_TOGETHER = frozenset({"55284-4", "85354-9", "35094-2"})  # LOINC: systolic and diastolic in one
_PAIR = re.compile(r"\s*(\d{2,3})\s*/\s*(\d{2,3})\s*(mm\s?\[?Hg\]?)?\s*", re.IGNORECASE)
_PARTS = ("8480-6", "8462-4")


def taken_apart(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items with pressures in one text as two parts."""
    for item in items:
        found = _PAIR.fullmatch(item.value or "") if item.form is Form.VALUE and item.why is None else None
        if found is None or not any(code.system == "loinc" and code.code in _TOGETHER for code in item.codes):
            yield item
            continue
        for code, value in zip(_PARTS, found.groups()[:2], strict=True):
            yield replace(item, codes=(Coding("loinc", code),), value=value, unit=found[3] or item.unit or "mm[Hg]")
