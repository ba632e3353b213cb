"""Dates as other systems write them, as far as they are certain; what cannot be read stays as written."""

from __future__ import annotations

import re

from engine.intake.records.items import short

Moment = tuple[str | None, str | None]  # day ("2024", "2024-03", "2024-03-05"), time ("08:15:00")

_ISO = re.compile(
    r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:Z|[+-]\d{2}:?\d{2})?)?)?)?"
)
_JOINED = re.compile(r"(\d{4})(\d{2})?(\d{2})?(?:T?(\d{2})(\d{2})?(\d{2})?)?(?:\.\d+)?(?:[+-]\d{2,4}|Z)?")
_NONE = re.compile(r"[\D0]*")


def iso_moment(text: str) -> Moment:
    """Return day and time of a date of FHIR; the year comes first, so one digit for a month leaves nothing to guess."""
    found = _ISO.fullmatch(text.strip())
    if found is None:
        return _joined(text.strip())
    return "-".join(part.zfill(2) for part in found.groups()[:3] if part), found[4]


def hl7_moment(text: str) -> Moment:
    """Return day and time of a time of HL7 v2 or of C-CDA."""
    found = _ISO.fullmatch(text.strip()) if "-" in text[:7] or "/" in text else None
    return iso_moment(text) if found is not None else _joined(text.strip())


def _joined(text: str) -> Moment:
    if _NONE.fullmatch(text):  # words and zeros stand for none
        return None, None
    found = _JOINED.fullmatch(text)
    if found is None:
        return short(text), None
    day = "-".join(part for part in found.groups()[:3] if part)
    return day, ":".join(part for part in found.groups()[3:] if part) or None
