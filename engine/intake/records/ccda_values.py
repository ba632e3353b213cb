"""The pieces C-CDA statements are made of: codes, times, quantities, references to the narrative."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.codes import code_system
from engine.intake.records.fhir_values import join_name
from engine.intake.records.items import Coding, short
from engine.intake.records.safe_xml import Element

_MOMENT = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?")
_NATIONAL_ROOTS = ("2.16.840.1.113883.4.1", "2.16.840.1.113883.4.3")
_SEXES = {"M": "M", "F": "F"}
_SIGNS = {(True, True): "<=", (True, False): "<", (False, True): ">=", (False, False): ">"}


class Narrative:
    """The texts of a document by the ids under which statements refer to them."""

    def __init__(self, root: Element) -> None:
        self._texts: Mapping[str, Element] = {
            name: element for element in root.walk() if (name := element.get("ID")) is not None
        }

    def of(self, holder: Element | None) -> str | None:
        """Return the text an element holds, or the narrative it refers to."""
        if holder is None:
            return None
        reference = holder.find("reference")
        target = (reference.get("value") or "") if reference is not None else ""
        found = self._texts.get(target.removeprefix("#"))
        return short((found.text() if found is not None else "") or holder.text())


def codings(concept: Element | None) -> tuple[Coding, ...]:
    """Return the codes of a CD or CE with its translations."""
    if concept is None:
        return ()
    found = [concept, *concept.all("translation")]
    return tuple(
        Coding(code_system(one.get("codeSystem") or ""), code, short(one.get("displayName")) or "")
        for one in found
        if (code := short(one.get("code"))) is not None
    )


def concept_text(concept: Element | None, narrative: Narrative) -> str | None:
    """Return how a concept is named: its display name, else the words it was coded from."""
    if concept is None:
        return None
    named = next((code.display for code in codings(concept) if code.display), None)
    return named or narrative.of(concept.find("originalText")) or short(concept.text())


def moment(element: Element | None) -> tuple[str | None, str | None]:
    """Return day and time of a TS, or of the start of an interval."""
    if element is None:
        return None, None
    inner = element.find("low") or element.find("center")
    found = _MOMENT.match(element.get("value") or "")
    if found is None:
        return moment(inner) if inner is not None else (None, None)
    day = "-".join(part for part in found.groups()[:3] if part)
    return day, ":".join(part for part in found.groups()[3:] if part) or None


def interval_end(element: Element | None) -> str | None:
    """Return the end of an interval."""
    return moment(element.find("high"))[0] if element is not None else None


def quantity(value: Element) -> tuple[str | None, str | None, str | None]:
    """Return number, sign and unit of a PQ, INT, REAL or of an interval that is open at one end."""
    if value.get("value") is not None:
        return short(value.get("value")), None, short(value.get("unit"))
    low, high = value.find("low"), value.find("high")
    held = [(bound, up) for bound, up in ((low, False), (high, True)) if bound is not None and bound.get("value")]
    if len(held) == 1:
        bound, up = held[0]
        return short(bound.get("value")), _SIGNS[up, bound.get("inclusive") != "false"], short(bound.get("unit"))
    return None, None, None


def person_name(holder: Element | None) -> str | None:
    """Return the first name of a person or organisation."""
    names = holder.all("name") if holder is not None else []
    for name in names:
        given = [part.text() for part in name.all("given")]
        family = [part.text() for part in name.all("family")]
        found = join_name(given, family) if given or family else short(name.text())
        if found:
            return found
    return None


def clinic_number(role: Element) -> str | None:
    """Return the number of the patient at the sending clinic; those that a state gives are passed over."""
    for one in role.all("id"):
        root = one.get("root") or ""
        if one.get("extension") and not root.startswith(_NATIONAL_ROOTS):
            return short(one.get("extension"))
    return None


def sex(person: Element) -> str | None:
    """Return F or M, where one of the two is said."""
    code = person.find("administrativeGenderCode")
    return _SEXES.get((code.get("code") or "").upper()) if code is not None else None


def address(role: Element) -> str | None:
    """Return the first address on one line."""
    found = role.find("addr")
    if found is None:
        return None
    names = ("streetAddressLine", "city", "state", "postalCode")
    parts = [part.text() for name in names for part in found.all(name)]
    return short(", ".join(part for part in parts if part) or found.text())


def phone(role: Element) -> str | None:
    """Return the first telephone number."""
    for one in role.all("telecom"):
        value = one.get("value") or ""
        if value.startswith("tel:"):
            return short(value.removeprefix("tel:"))
    return None
