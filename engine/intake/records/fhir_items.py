"""FHIR R4 resources as items: what each kind of resource says of a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.intake.records.fhir_places import Places
from engine.intake.records.fhir_values import (
    Resource,
    address_line,
    clinic_number,
    code_word,
    codings,
    concept_text,
    first,
    mapping,
    moment,
    period_end,
    person_name,
    phone,
    several,
    text,
    unit_text,
    when,
)
from engine.intake.records.items import Coding, Form, Item, SourcePerson, Status, short

_OWN_FIELD = "urn:lantern:field:"
_SEXES = {"male": "M", "female": "F"}
_CERTAINTY = {
    "": Status.CONFIRMED,
    "confirmed": Status.CONFIRMED,
    "unconfirmed": Status.SUSPECTED,
    "provisional": Status.SUSPECTED,
    "differential": Status.SUSPECTED,
    "refuted": Status.REFUTED,
}
_INSIDE = frozenset({"IMP", "ACUTE", "NONAC", "SS", "inpatient"})
NONE_KNOWN = {
    "no-known-allergies": "allergies",
    "no-known-problems": "conditions",
    "no-known-medications": "medicines",
    "716186003": "allergies",
    "160245001": "conditions",
    "787481004": "medicines",
}
_NO_INFORMATION = frozenset({"no-allergy-info", "no-problem-info", "no-medication-info", "no-immunization-info"})
_PLAIN_VALUES = ("valueString", "valueInteger", "valueBoolean", "valueDateTime", "valueTime")
_STOPPED = frozenset({"completed", "stopped", "cancelled", "ended", "on-hold"})


def source_person(resource: Resource, place: int, key: str = "") -> SourcePerson:
    """Return whom a Patient resource is about; ``key``: where it stands within another resource."""
    birth, _ = moment(resource.get("birthDate"))
    return SourcePerson(
        key=key or str(place),
        place=place,
        number=clinic_number(resource.get("identifier")),
        name=person_name(resource.get("name")),
        birth_date=birth,
        sex=_SEXES.get(text(resource.get("gender")) or ""),
        phone=phone(resource.get("telecom")),
        address=address_line(resource.get("address")),
        extra=tuple(_own_fields(resource)),
    )


def _own_fields(resource: Resource) -> Iterator[tuple[str, str]]:
    for extension in map(mapping, several(resource.get("extension"))):
        url, value = text(extension.get("url")) or "", text(extension.get("valueString"))
        if url.startswith(_OWN_FIELD) and value:
            yield url.removeprefix(_OWN_FIELD), value


def items_of(resource: Resource, place: int, places: Places) -> Iterator[Item]:
    """Return what a resource says; at least one item."""
    kind = str(resource["resourceType"])
    base = Item(place, kind, Form.OTHER, places.person(resource, place))
    maker = _MAKERS.get(kind, _other)
    wrong = text(resource.get("status")) == "entered-in-error"
    for item in maker(resource, base, places):
        yield replace(item, why="entered_in_error") if wrong and item.form is not Form.OTHER else item


def _patient(resource: Resource, base: Item, places: Places) -> Iterator[Item]:
    yield replace(base, form=Form.PERSON, person=str(base.place))
    day, _ = moment(resource.get("deceasedDateTime"))
    if day or resource.get("deceasedBoolean") is True:
        yield replace(base, form=Form.DEATH, person=str(base.place), day=day)


def _observation(resource: Resource, base: Item, places: Places) -> Iterator[Item]:
    day, time = when(resource, "effective")
    if day is None:
        day, time = places.encounter_day(resource) or moment(resource.get("issued"))
    base = replace(base, form=Form.VALUE, day=day, time=time)
    status = text(resource.get("status"))
    if status == "cancelled":
        base = replace(base, why="not_done")
    components = [mapping(one) for one in several(resource.get("component"))]
    own = _value(resource, base)
    if own.value is not None or own.value_codes or not components:
        if own.value is None and not own.value_codes and several(resource.get("hasMember")):
            own = replace(own, form=Form.GROUP, members=places.members(resource.get("hasMember")))
        yield own
    for component in components:
        yield _value(component, base)


def _value(holder: Resource, base: Item) -> Item:
    """Return what an Observation or a component of one says."""
    base = replace(base, codes=codings(holder.get("code")), text=concept_text(holder.get("code")))
    quantity = mapping(holder.get("valueQuantity"))
    if quantity:
        if not text(quantity.get("value")):
            return replace(base, why=base.why or "no_value")
        return replace(
            base,
            value=short(text(quantity.get("value"))),
            sign=short(text(quantity.get("comparator"))),
            unit=short(unit_text(quantity)),
        )
    concept = holder.get("valueCodeableConcept")
    if concept:
        return replace(base, value=concept_text(concept), value_codes=codings(concept))
    plain = next((name for name in _PLAIN_VALUES if isinstance(holder.get(name), (str, bool))), None)
    if plain is not None:
        value = holder[plain]
        return replace(base, value=str(value).lower() if isinstance(value, bool) else short(value))
    other = next((name for name in holder if name.startswith("value")), None)
    if other is not None:
        return replace(base, detail=other)
    return replace(base, why=base.why or ("no_value" if "dataAbsentReason" in holder else None))


def _condition(resource: Resource, base: Item, places: Places) -> Iterator[Item]:
    concept = resource.get("code")
    codes = codings(concept)
    certainty = code_word(resource.get("verificationStatus"))
    clinical = code_word(resource.get("clinicalStatus"))
    item = replace(
        base,
        form=Form.CONDITION,
        codes=codes,
        text=concept_text(concept),
        day=when(resource, "onset")[0],
        end=moment(resource.get("abatementDateTime"))[0] or period_end(resource.get("abatementPeriod")),
        status=_CERTAINTY.get(certainty),
        detail=_note(resource) or (clinical if clinical in {"inactive", "remission", "resolved"} else None),
    )
    yield _absent(_judged(item, certainty), moment(resource.get("recordedDate"))[0])


def _absent(item: Item, day: str | None) -> Item:
    """Turn a statement that a list is empty into one."""
    for code in item.codes:
        if code.code in NONE_KNOWN and code.system in {"absent", "snomed"}:
            return replace(item, form=Form.NONE_KNOWN, value=NONE_KNOWN[code.code], day=item.day or day)
        if code.system == "absent" and code.code in _NO_INFORMATION:
            return replace(item, form=Form.GROUP, why=None)
    return item


def _judged(item: Item, certainty: str) -> Item:
    return replace(item, why="entered_in_error") if certainty == "entered-in-error" else item


def _note(resource: Resource) -> str | None:
    return short(text(first(resource.get("note")).get("text")))


def _medicine(resource: Resource, base: Item, places: Places) -> Iterator[Item]:
    concept: Any = resource.get("medicationCodeableConcept")
    if concept is None and "medicationReference" in resource:
        found = places.resource(resource["medicationReference"], resource)
        concept = found.get("code") or {"text": mapping(resource["medicationReference"]).get("display")}
    dosage = first(resource.get("dosageInstruction") or resource.get("dosage"))
    start, time = when(resource, "effective")
    end = period_end(resource.get("effectivePeriod"))
    status = text(resource.get("status")) or ""
    item = replace(
        base,
        form=Form.MEDICINE,
        codes=codings(concept),
        text=concept_text(concept),
        day=start or moment(resource.get("authoredOn"))[0] or moment(resource.get("dateAsserted"))[0],
        time=time,
        end=end,
        status=Status.STOPPED if status in _STOPPED else None,
        detail=short(text(dosage.get("text"))) or _dose(dosage),
    )
    intent = text(resource.get("intent"))
    if status in {"draft", "intended", "not-taken"} or intent in {"proposal", "plan"}:
        item = replace(item, why="not_taken")
    yield _absent(item, item.day)


def _dose(dosage: Resource) -> str | None:
    quantity = mapping(first(dosage.get("doseAndRate")).get("doseQuantity"))
    amount = " ".join(part for part in (text(quantity.get("value")), text(quantity.get("unit"))) if part)
    repeat = mapping(mapping(dosage.get("timing")).get("repeat"))
    often, each, unit = (text(repeat.get(name)) for name in ("frequency", "period", "periodUnit"))
    rhythm = f"{often} / {each} {unit}" if often and each and unit else ""
    return short(", ".join(part for part in (amount, rhythm) if part))


def _allergy(resource: Resource, base: Item, places: Places) -> Iterator[Item]:
    reaction = first(resource.get("reaction"))
    certainty = code_word(resource.get("verificationStatus"))
    concept = resource.get("code") or reaction.get("substance")
    item = replace(
        base,
        form=Form.ALLERGY,
        codes=codings(concept),
        text=concept_text(concept),
        status=_CERTAINTY.get(certainty),
        severity=text(reaction.get("severity")),
        detail=concept_text(first(reaction.get("manifestation"))) or short(text(reaction.get("description"))),
        day=when(resource, "onset")[0],
    )
    if code_word(resource.get("clinicalStatus")) in {"inactive", "resolved"}:
        item = replace(item, why="no_longer")
    yield _absent(_judged(item, certainty), moment(resource.get("recordedDate"))[0])


def _immunization(resource: Resource, base: Item, places: Places) -> Iterator[Item]:
    status = text(resource.get("status"))
    concept = resource.get("vaccineCode")
    item = replace(
        base,
        form=Form.VACCINE,
        codes=codings(concept),
        text=concept_text(concept),
        day=when(resource, "occurrence")[0],
    )
    if status == "not-done":
        item = _not_done(item, resource)
    yield _absent(item, None)


def _not_done(item: Item, resource: Resource) -> Item:
    """Tell what somebody refused, and what our own export says was never done, from what merely did not take place."""
    if code_word(resource.get("statusReason")) == "PATOBJ":
        return replace(item, status=Status.REFUSED)
    if any(code.system == "lantern-check" and code.display == Status.NEVER for code in item.codes):
        return replace(item, status=Status.NEVER)
    return replace(item, why="not_done")


def _encounter(resource: Resource, base: Item, places: Places) -> Iterator[Item]:
    kind = code_word(resource.get("class"))
    day, time = moment(mapping(resource.get("period")).get("start"))
    item = replace(
        base,
        form=Form.STAY if kind in _INSIDE else Form.EMERGENCY if kind == "EMER" else Form.VISIT,
        text=concept_text(first(resource.get("type"))) or kind or None,
        codes=codings(first(resource.get("type"))),
        day=day,
        time=time,
        end=period_end(resource.get("period")),
    )
    status = text(resource.get("status"))
    if status in {"planned", "cancelled"}:
        item = replace(item, why="not_done")
    yield item


def _procedure(resource: Resource, base: Item, places: Places) -> Iterator[Item]:
    day, _ = when(resource, "performed")
    status = text(resource.get("status"))
    item = replace(
        base,
        form=Form.PROCEDURE,
        codes=codings(resource.get("code")),
        text=concept_text(resource.get("code")),
        day=day,
        detail=concept_text(resource.get("outcome")),
    )
    if status == "not-done":
        item = _not_done(item, resource)
    elif status == "preparation":
        item = replace(item, why="not_done")
    yield item


def _relative(resource: Resource, base: Item, places: Places) -> Iterator[Item]:
    conditions = [mapping(one) for one in several(resource.get("condition"))] or [{}]
    deceased = resource.get("deceasedBoolean")
    for condition in conditions:
        onset = mapping(condition.get("onsetAge"))
        yield replace(
            base,
            form=Form.RELATIVE,
            codes=codings(condition.get("code")),
            text=concept_text(condition.get("code")),
            value_codes=codings(resource.get("relationship")),
            value=text(onset.get("value")),
            unit=text(onset.get("code")) or text(onset.get("unit")),
            status=str(deceased).lower() if isinstance(deceased, bool) else None,
        )


def _report(resource: Resource, base: Item, places: Places) -> Iterator[Item]:
    yield replace(
        base,
        form=Form.GROUP,
        members=places.members(resource.get("result")),
        codes=codings(resource.get("code")),
        text=concept_text(resource.get("code")),
        value=short(text(resource.get("conclusion"))),
        day=when(resource, "effective")[0],
    )


def _other(resource: Resource, base: Item, places: Places) -> Iterator[Item]:
    concept = next((resource[name] for name in ("code", "type", "category") if name in resource), None)
    concept = next(iter(several(concept)), None)
    codes: tuple[Coding, ...] = codings(concept)[:1]
    yield replace(base, codes=codes, text=concept_text(concept) or short(text(resource.get("name"))))


_Maker = Callable[[Resource, Item, Places], Iterator[Item]]
_MAKERS: Mapping[str, _Maker] = {
    "Patient": _patient,
    "Observation": _observation,
    "Condition": _condition,
    "MedicationStatement": _medicine,
    "MedicationRequest": _medicine,
    "AllergyIntolerance": _allergy,
    "Immunization": _immunization,
    "Encounter": _encounter,
    "Procedure": _procedure,
    "FamilyMemberHistory": _relative,
    "DiagnosticReport": _report,
}
