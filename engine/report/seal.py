"""The seal in text: a report id without look-alike signs, and a checksum over everything that the pages say."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import date, datetime
from typing import Any

from engine.domain.report import Report, Sides

SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I L O U 0 1
ID_SIGNS = 10
CHECKSUM_DIGITS = 16


EVERY_ROLE = "every"  # how the roles of somebody who has all of them are called


def report_id(
    assessment_id: str, language: str, paper: str, sides: Sides = Sides.BOTH, printed_by: tuple[str, ...] = ()
) -> str:
    """Return ten signs that follow from the assessment and the form of the report, so a reprint keeps its id.

    Printed by another role it is another report: the clinician's side names the role.
    """
    # A whole report keeps the id and the checksum that it had before one side could be had alone, or by a role.
    form = (assessment_id, language, paper, *(() if sides is Sides.BOTH else (sides.value,)))
    if printed_by not in ((), (EVERY_ROLE,)) and sides is not Sides.PATIENT:
        form += ("+".join(printed_by),)
    digest = hashlib.sha256("\0".join(("lantern-report/1", *form)).encode()).digest()
    number = int.from_bytes(digest, "big")
    signs = ""
    for _ in range(ID_SIGNS):
        number, position = divmod(number, len(SIGNS))
        signs += SIGNS[position]
    return f"{signs[:2]}-{signs[2:6]}-{signs[6:]}"


def checksum(report: Report) -> str:
    """Return the first 16 hex digits of the SHA-256 over the canonical JSON of a report without its checksum."""
    content = as_json(dataclasses.replace(report, checksum=""), without_empty_later=True)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:CHECKSUM_DIGITS].upper()


def in_groups(digits: str) -> str:
    """Return digits in groups of four."""
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def as_json(value: object, *, without_empty_later: bool = False) -> Any:
    """Return a frozen dataclass, or anything inside one, as JSON values.

    ``without_empty_later`` leaves out what came to the pages later and is at its default.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {
            field.name: as_json(inside, without_empty_later=without_empty_later)
            for field, inside in told
            if not (without_empty_later and "later" in field.metadata and inside == field.default)
        }
    if isinstance(value, tuple):
        return [as_json(item, without_empty_later=without_empty_later) for item in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value
