"""What an item means here: a value of a field, an entry of a list, a visit; or why it means nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engine.codes import fields_by_loinc, load_codes, load_maps
from engine.codes import recognise_medicine as recognise
from engine.domain.dates import PartialDate
from engine.domain.record import (
    Allergy,
    Certainty,
    Check,
    CheckStatus,
    Condition,
    Conversion,
    Medicine,
    Origin,
    Relative,
    Severity,
    Value,
)
from engine.fields import Field, Kind, Scope
from engine.fields.canonical import PARTIAL_DATES
from engine.intake.lexicon import load_lexicon
from engine.intake.numbers import read_number
from engine.intake.records.items import Coding, Form, Item, Status
from engine.intake.records.units import unit_of
from engine.intake.tables import CellKind
from engine.intake.validate import outside_one

ListEntry = Condition | Medicine | Allergy | Check | Relative
_CERTAINTY = {Status.SUSPECTED: Certainty.SUSPECTED, Status.REFUTED: Certainty.REFUTED}
_SEVERITY = {"severe": Severity.SEVERE, "mild": Severity.MILD, "moderate": Severity.MILD}
_CHECKED = {Status.REFUSED.value: CheckStatus.REFUSED, Status.NEVER.value: CheckStatus.NEVER}
_ENDED = frozenset({"inactive", "remission", "resolved"})
_YES = {
    "10828004": True,
    "260373001": True,
    "260385009": False,
    "260415000": False,
}  # positive, detected; negative, not
_QUALIFIERS = {"<": "<", ">": ">", "<=": "<=", ">=": ">="}
NOT_MEASURED = frozenset({"patient_id", "name", "birth_date", "birth_date_precision", "visit_date", "sex"})


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value of a field. ``text`` is how it was written, None where that is the value itself."""

    field: str
    value: Value | None
    text: str | None = None
    qualifier: str | None = None
    conversion: Conversion | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an item is not taken (``intake.record_reason.<why>``)."""

    why: str


@dataclass(frozen=True, slots=True)
class Unmapped:
    """An item that has no place here; it is kept as it came."""

    why: str = "no_code"


@dataclass(frozen=True, slots=True)
class VisitDay:
    """That somebody was seen on the item's day."""


Meaning = FieldValue | ListEntry | VisitDay | Refused | Unmapped


def meaning_of(item: Item, today: date, origin: Origin) -> Meaning:
    """Return what an item means. Whether its person and day allow it is judged by who plans the file."""
    if item.why is not None:
        return Refused(item.why)
    if item.form is Form.VALUE:
        return _value(item)
    if item.form is Form.VISIT:
        return VisitDay()
    try:
        days = [PartialDate.parse(day) if day else None for day in (item.day, item.end)]
    except ValueError:
        return Refused("unreadable_date")
    if any(day is not None and day.earliest > today for day in days[:1]):
        return Refused("future_date")
    return _entry(item, days[0], days[1], origin)


def _entry(item: Item, day: PartialDate | None, end: PartialDate | None, origin: Origin) -> Meaning:
    if item.form in _FIXED:
        if day is None and item.form is not Form.DEATH:
            return Refused("no_date")
        return Condition(
            "", _FIXED[item.form], Certainty.CONFIRMED, origin, day, end if item.form is Form.STAY else None
        )
    if item.form in {Form.CONDITION, Form.MEDICINE}:
        return (_condition if item.form is Form.CONDITION else _medicine)(item, day, end, origin)
    if item.form is Form.ALLERGY:
        return _allergy(item, origin)
    return _done(item, day, origin) if item.form in {Form.VACCINE, Form.PROCEDURE} else _relative(item, origin)


_FIXED = {Form.STAY: "hospital_stay", Form.EMERGENCY: "emergency_visit", Form.DEATH: "death"}


def field_of(codes: Sequence[Coding]) -> Field | None:
    """Return the field that one of these codes stands for."""
    dictionary, maps = load_lexicon().dictionary, load_maps()
    for code in codes:
        name = None
        if code.system == "lantern-field":
            name = code.code
        elif code.system == "loinc":
            name = maps.loinc.get(code.code) or fields_by_loinc().get(code.code)
        if name is not None and name in dictionary and dictionary[name].scope is not Scope.SETTING:
            return None if name in NOT_MEASURED else dictionary[name]
    return None


def _value(item: Item) -> Meaning:
    known = field_of(item.codes)
    if known is None or known.name == "age":
        return Unmapped()
    reader = {Kind.NUMBER: _number, Kind.BOOLEAN: _truth, Kind.CATEGORY: _category}.get(known.kind)
    if reader is not None:
        return reader(item, known)
    if item.value is None:
        return Refused("no_value")
    if known.kind is Kind.DATE:
        return _day(item.value, known)
    return FieldValue(known.name, item.value)


def _day(value: str, known: Field) -> Meaning:
    try:
        found = PartialDate.parse(value)
    except ValueError:
        return Refused("unreadable_value")
    whole = found.day is not None or known.name in PARTIAL_DATES
    return FieldValue(known.name, value) if whole else Refused("unreadable_value")


def _number(item: Item, known: Field) -> Meaning:
    if item.value is None:
        return Refused("no_value")
    cell = read_number(item.value, CellKind.TEXT, load_lexicon(), ".")
    if cell.fault or (cell.value is None and cell.qualifier is None):
        return Refused("unreadable_value")
    qualifier = _QUALIFIERS.get(item.sign or "", cell.qualifier)
    if cell.value is None:
        return FieldValue(known.name, None, item.value, qualifier)
    written = cell.unit or item.unit
    unit = unit_of(known.name, written)
    if unit is None:
        return Refused("unit_missing" if written is None else "unit_unknown")
    value = cell.value * unit.factor + unit.offset
    limit = outside_one(known, value)
    if limit is not None:
        return Refused(limit.value)
    conversion = None
    if known.unit is not None and unit.code != known.unit:
        conversion = Conversion(unit.code, known.unit, unit.factor, unit.offset)
    return FieldValue(known.name, value, item.value, qualifier, conversion)


def _truth(item: Item, known: Field) -> Meaning:
    for code in item.value_codes:
        if code.system == "snomed" and code.code in _YES:
            return FieldValue(known.name, _YES[code.code], item.value)
    words = load_lexicon().words
    text = (item.value or "").casefold()
    if text in {"true", "false"}:
        return FieldValue(known.name, text == "true")
    if text in words.positive or text in words.negative:
        return FieldValue(known.name, text in words.positive, item.value)
    return Refused("no_value") if item.value is None else Unmapped("no_value_code")


def _category(item: Item, known: Field) -> Meaning:
    answers = load_maps().values.get(known.name, {})
    for code in item.value_codes:
        value = code.code if code.system == "lantern-value" else answers.get(code.code)
        if value in known.category_codes:
            same = code.system == "lantern-value"
            return FieldValue(known.name, value, None if same else item.value)
    if item.value in known.category_codes:
        return FieldValue(known.name, item.value)
    return Refused("no_value") if item.value is None and not item.value_codes else Unmapped("no_value_code")


def condition_of(codes: Sequence[Coding]) -> str | None:
    """Return the condition that one of these codes proves."""
    known, maps = load_codes(), load_maps()
    for code in codes:
        found = None
        if code.system == "lantern-condition":
            found = code.code
        elif code.system == "snomed":
            found = maps.snomed.get(code.code)
        elif code.system == "icd10":
            found = known.condition_proven_by(code.code)
        if found in known.conditions:
            return found
    return None


def _condition(item: Item, day: PartialDate | None, end: PartialDate | None, origin: Origin) -> Meaning:
    code = condition_of(item.codes)
    if code is None:
        return Unmapped()
    lasting = item.status != Status.REFUTED and not load_codes().conditions[code].event
    if item.detail in _ENDED and end is None and lasting:
        return Unmapped("ended_without_date")
    certainty = _CERTAINTY.get(Status(item.status), Certainty.CONFIRMED) if item.status else Certainty.CONFIRMED
    return Condition("", code, certainty, origin, day, end, None if item.detail in _ENDED else item.detail)


def _medicine(item: Item, day: PartialDate | None, end: PartialDate | None, origin: Origin) -> Meaning:
    if item.text is None:
        return Refused("no_name")
    found = recognise(item.text)
    if item.status == Status.STOPPED and end is None:
        end = day  # stopped, and this is the last that is known of it
    return Medicine("", item.text, origin, found.ingredient, found.classes, item.detail or found.dose_text, day, end)


def _allergy(item: Item, origin: Origin) -> Meaning:
    if item.text is None:
        return Refused("no_name")
    found = recognise(item.text)
    certainty = _CERTAINTY.get(Status(item.status), Certainty.CONFIRMED) if item.status else Certainty.CONFIRMED
    severity = _SEVERITY.get(item.severity or "", Severity.UNKNOWN)
    return Allergy(
        "", item.text, severity, certainty, origin, found.ingredient or next(iter(found.classes), None), item.detail
    )


def _done(item: Item, day: PartialDate | None, origin: Origin) -> Meaning:
    maps, known = load_maps(), load_codes()
    status = _CHECKED.get(item.status or "", CheckStatus.DONE)
    for code in item.codes:
        if code.system == "snomed" and code.code in maps.procedures and status is CheckStatus.DONE:
            return Condition("", maps.procedures[code.code], Certainty.CONFIRMED, origin, day)
        check = {
            "lantern-check": code.code,
            "cvx": maps.cvx.get(code.code.zfill(2)),
            "snomed": maps.procedure_checks.get(code.code),
        }.get(code.system)
        if check in known.checks:
            return Check("", str(check), status, origin, day, item.detail)
    return Unmapped()


def _relative(item: Item, origin: Origin) -> Meaning:
    maps, known = load_maps(), load_codes()
    relation = next(
        (
            found
            for code in item.value_codes
            if (found := code.code if code.system == "lantern-relative" else maps.relation.get(code.code))
            in known.relatives
        ),
        None,
    )
    condition = condition_of(item.codes)
    if relation is None or condition is None:
        return Unmapped()
    age = int(float(item.value)) if item.value and item.value.replace(".", "", 1).isdigit() else None
    deceased = None if item.status is None else item.status == "true"
    return Relative("", relation, condition, origin, age, deceased)
