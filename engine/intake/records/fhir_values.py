"""The pieces FHIR resources are made of: codes, quantities, dates, names. Whatever is not of the shape is nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from engine.codes import code_system
from engine.intake.records.items import Coding, short

Resource = Mapping[str, Any]
_MOMENT = re.compile(r"(\d{4}(?:-\d{2}(?:-\d{2})?)?)(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?")
_MOST_CODES = 12
_UCUM = frozenset({"http://unitsofmeasure.org", "https://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8"})
_NATIONAL = frozenset({"SS", "DL", "PPN", "NI", "NIIP", "PN", "TAX", "CZ"})  # numbers of a state, not of a clinic
_NATIONAL_SYSTEMS = ("us-ssn", "2.16.840.1.113883.4.1", "2.16.840.1.113883.4.3", "passport")


def mapping(value: object) -> Resource:
    """Return an object of the document, or an empty one."""
    return value if isinstance(value, dict) else {}


def several(value: object) -> Sequence[Any]:
    """Return a list of the document; a single thing is a list of one."""
    if isinstance(value, list):
        return value
    return () if value is None else (value,)


def first(value: object) -> Resource:
    """Return the first object of a list, or an empty one."""
    return mapping(next(iter(several(value)), None))


def text(value: object) -> str | None:
    """Return a text or number of the document; numbers come as written."""
    return value if isinstance(value, str) and value else None


def codings(concept: object) -> tuple[Coding, ...]:
    """Return the codes of a CodeableConcept (or of a Coding itself)."""
    concept = mapping(concept)
    found = several(concept.get("coding")) or ((concept,) if "code" in concept else ())
    return tuple(_codings(found))[:_MOST_CODES]


def _codings(found: Sequence[object]) -> Iterator[Coding]:
    for one in map(mapping, found):
        coding = _coding(text(one.get("system")) or "", text(one.get("code")), text(one.get("display")))
        if coding is not None:
            yield coding


@lru_cache(maxsize=4096)  # a file uses the same few hundred codes over and over
def _coding(system: str, code: str | None, display: str | None) -> Coding | None:
    word = short(code)
    return Coding(code_system(system), word, short(display) or "") if word else None


def unit_text(quantity: Resource) -> str | None:
    """Return the unit of a Quantity: its code where that is UCUM or says no system, else as people read it."""
    code, unit = text(quantity.get("code")), text(quantity.get("unit"))
    system = text(quantity.get("system"))
    of_ucum = system is None or system.rstrip("/").casefold() in _UCUM
    return (code or unit) if of_ucum else (unit or code)


def concept_text(concept: object) -> str | None:
    """Return how a CodeableConcept is named."""
    concept = mapping(concept)
    named = text(concept.get("text"))
    return short(named) or next((code.display for code in codings(concept) if code.display), None)


def code_word(concept: object) -> str:
    """Return the first code of a status that is a CodeableConcept, or the status as a plain word."""
    found = codings(concept)
    return found[0].code if found else text(concept) or ""


def moment(value: object) -> tuple[str | None, str | None]:
    """Return day and time of a FHIR date as written: (``2024-03-05``, ``08:15:00``); (None, None) for none."""
    found = _MOMENT.match(text(value) or "")
    return (found[1], found[2]) if found else (None, None)


def when(resource: Resource, stem: str) -> tuple[str | None, str | None]:
    """Return when something was: its ``<stem>DateTime`` or ``Instant``, the start of its ``Period`` or ``Timing``.

    Of a period that only ended, the end.
    """
    for name in (f"{stem}DateTime", f"{stem}Instant"):
        if name in resource:
            return moment(resource[name])
    period = mapping(resource.get(f"{stem}Period"))
    events = several(mapping(resource.get(f"{stem}Timing")).get("event"))
    return moment(period.get("start") or period.get("end") or next(iter(events), None))


def period_end(period: object) -> str | None:
    """Return the last day of a Period."""
    return moment(mapping(period).get("end"))[0]


def person_name(names: object) -> str | None:
    """Return the name in use: as text where it is given so, else given names and family name."""
    usable = [name for name in map(mapping, several(names)) if text(name.get("use")) not in {"old", "maiden"}]
    usable.sort(key=lambda name: {"official": 0, "usual": 1}.get(str(name.get("use")), 2))
    for name in usable:
        whole = short(text(name.get("text")))
        if whole:
            return whole
        given = [part for part in map(text, several(name.get("given"))) if part]
        family = [part for part in map(text, several(name.get("family"))) if part]
        if given or family:
            return join_name(given, family)
    return None


def join_name(given: Sequence[str], family: Sequence[str]) -> str | None:
    """Join the parts of a name: in Chinese, Japanese and Korean signs the family name first and without a space."""
    parts = [part.strip() for part in (*given, *family) if part.strip()]
    if parts and all(ord(sign) >= 0x2E80 for part in parts for sign in part):
        return short("".join((*family, *given)))
    return short(" ".join(parts))


def clinic_number(identifiers: object) -> str | None:
    """Return the number of the patient at the sending clinic: a medical record number before any other.

    Numbers that a state gives (identity, tax, driving) are nobody's business here and are passed over.
    """
    usable = []
    for one in map(mapping, several(identifiers)):
        kinds = {code.code for code in codings(one.get("type"))}
        system = (text(one.get("system")) or "").casefold()
        number = short(text(one.get("value")))
        national = kinds & _NATIONAL or any(part in system for part in _NATIONAL_SYSTEMS)
        if number and not national and text(one.get("use")) != "old":
            usable.append(("MR" not in kinds, text(one.get("use")) != "usual", number))
    return min(usable, key=lambda each: each[:2])[2] if usable else None


def address_line(addresses: object) -> str | None:
    """Return the first address on one line."""
    found = first(addresses)
    whole = short(text(found.get("text")))
    parts = [
        *map(text, several(found.get("line"))),
        *(text(found.get(part)) for part in ("city", "state", "postalCode")),
    ]
    return whole or short(", ".join(part for part in parts if part))


def phone(telecoms: object) -> str | None:
    """Return the first telephone number."""
    for one in map(mapping, several(telecoms)):
        if text(one.get("system")) in {"phone", "sms"} and text(one.get("value")):
            return short(text(one.get("value")))
    return None
