"""Measurements as Observations of the summary, with LOINC and UCUM beside the names of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

from engine.codes import load_maps
from engine.domain.record import Measurement, Visit
from engine.exchange.pieces import LOINC, OWN, SNOMED, UCUM, Json, coding, concept, layout, resource, term
from engine.fields import Field, Kind, load_dictionary

PRESSURES = ("sbp_mmhg", "dbp_mmhg")
_PANEL = "85354-9"
_COMPARATORS = frozenset({"<", "<=", ">", ">="})


def observations(
    visit: Visit, subject: Json, performer: Json, language: str
) -> Iterator[tuple[str, Measurement, Json]]:
    """Yield the section, the (first) measurement and the Observation of everything measured at a visit.

    Two pressures of one reading are one Observation with two components.
    """
    paired = _paired(visit)
    for one in visit.measurements:
        if one.id in paired.values():
            continue
        section = section_of(one.field)
        content = {
            "status": "final",
            "category": [term("observation-category", layout()["categories"][section])],
            "code": code_of(one.field, language),
            "subject": subject,
            "effectiveDateTime": visit.visit_date.isoformat(),
            "performer": [performer],
        }
        if one.id in paired:
            other = next(each for each in visit.measurements if each.id == paired[one.id])
            content["code"] = concept([coding(LOINC, _PANEL)])
            content["component"] = [
                {"code": code_of(each.field, language), **value_of(each, language)} for each in (one, other)
            ]
        else:
            content |= value_of(one, language)
        yield section, one, resource("Observation", _PROFILE.get(section), content)


_PROFILE = {"results": "Observation-results-laboratory-pathology-uv-ips"}


def _paired(visit: Visit) -> dict[str, str]:
    """Return id of a systolic pressure -> id of the diastolic one of the same reading."""
    upper, lower = (
        {one.reading: one.id for one in visit.measurements if one.field == name and one.value is not None}
        for name in PRESSURES
    )
    return {id_: lower[reading] for reading, id_ in upper.items() if reading in lower}


@cache
def section_of(field: str) -> str:
    """Return the section in which a field stands."""
    if field in layout()["vital_signs"]:
        return "vital_signs"
    if field in layout()["social_history"]:
        return "social_history"
    return "results" if _loinc(field) is not None else "other"


@cache
def _loinc(field: str) -> str | None:
    """Return the LOINC code of a field: the one of the dictionary where the maps agree with it."""
    known = load_dictionary().fields.get(field)
    if known is None or known.loinc is None:
        return None
    return known.loinc if known.loinc_verified or load_maps().loinc.get(known.loinc) == field else None


def code_of(field: str, language: str) -> Json:
    """Return what was measured."""
    dictionary = load_dictionary()
    label = dictionary[field].label(language) if field in dictionary else field
    loinc = _loinc(field)
    codes = [coding(LOINC, loinc)] if loinc else []
    return concept([*codes, coding(f"{OWN}field", field, label)], label)


def value_of(one: Measurement, language: str) -> Json:
    """Return the value of an Observation or component."""
    known = load_dictionary().fields.get(one.field)
    if one.value is None:
        return (
            {"valueString": one.qualifier}
            if one.qualifier
            else {"dataAbsentReason": term("data-absent-reason", "unknown")}
        )
    if isinstance(one.value, bool):
        return {"valueBoolean": one.value}
    if isinstance(one.value, (int, float)):
        return {"valueQuantity": _quantity(one, known)}
    if known is not None and known.kind is Kind.CATEGORY:
        return {"valueCodeableConcept": _answer(known, str(one.value), language)}
    if known is not None and known.kind is Kind.DATE:
        return {"valueDateTime": str(one.value)}
    return {"valueString": str(one.value)}


def _quantity(one: Measurement, known: Field | None) -> Json:
    number = float(one.value) if one.value is not None else 0.0
    quantity: Json = {"value": int(number) if number.is_integer() and abs(number) < 1e15 else number}
    if one.qualifier in _COMPARATORS:
        quantity["comparator"] = one.qualifier
    if known is not None and known.unit is not None:
        quantity |= {"unit": known.unit, "system": UCUM, "code": known.unit}
    return quantity


def _answer(known: Field, value: str, language: str) -> Json:
    label = known.category_label(value, language)
    codes = [coding(f"{OWN}value", value, label)]
    snomed = layout()["snomed"].get(known.name, {}).get(value)
    if snomed is not None:
        codes.append(coding(SNOMED, snomed))
    return concept(codes, label)


def shown(one: Measurement, language: str) -> str:
    """Return a value as the narrative shows it."""
    known = load_dictionary().fields.get(one.field)
    if one.value is None:
        return one.qualifier or ""
    if isinstance(one.value, bool) or known is None:
        return str(one.value).lower() if isinstance(one.value, bool) else str(one.value)
    if known.kind is Kind.CATEGORY:
        return known.category_label(str(one.value), language)
    if isinstance(one.value, (int, float)):
        return f"{one.qualifier or ''}{one.value:.6g} {known.unit or ''}".strip()
    return str(one.value)


def day_text(day: date | None) -> str:
    """Return a day as the narrative shows it."""
    return "" if day is None else day.isoformat()
