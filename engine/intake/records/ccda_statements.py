"""What the statements of a C-CDA document say, by the kind of their section. Source: HL7 C-CDA R2.1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from engine.intake.records.ccda_values import Narrative, codings, concept_text, interval_end, moment, quantity
from engine.intake.records.fhir_items import NONE_KNOWN
from engine.intake.records.items import Coding, Form, Item, Status, short
from engine.intake.records.safe_xml import Element

_TEMPLATES = "2.16.840.1.113883.10.20.22.4."
_SEVERITY = {
    "255604002": "mild",
    "371923003": "mild",
    "6736007": "moderate",
    "371924009": "moderate",
    "24484000": "severe",
}
_DONE_MOODS = frozenset({"EVN", None})
_TAKEN_BACK = frozenset({"cancelled", "aborted", "nullified"})
_NOT_FINAL = {
    **dict.fromkeys(("active", "new", "held", "suspended"), "not_final"),
    **dict.fromkeys(("aborted", "cancelled"), "not_done"),
    "nullified": "entered_in_error",
}
_ENDED = {"413322009": "resolved", "73425007": "inactive", "277022003": "remission"}


def _status(statement: Element) -> str:
    found = statement.find("statusCode")
    return (found.get("code") or "") if found is not None else ""


def _negated(statement: Element) -> bool:
    return statement.get("negationInd") == "true"


def _problem(statement: Element, item: Item, narrative: Narrative) -> Item:
    value = statement.find("value")
    concept = value if value is not None else statement.find("code")
    period = statement.find("effectiveTime")
    item = replace(
        item,
        form=Form.CONDITION,
        codes=codings(concept),
        text=concept_text(concept, narrative) or narrative.of(statement.find("text")),
        day=moment(period)[0],
        end=interval_end(period),
        status=Status.REFUTED if _negated(statement) else Status.CONFIRMED,
    )
    if _status(statement) in _TAKEN_BACK:
        return replace(item, why="entered_in_error")
    if item.end is None and not _negated(statement):
        item = replace(item, detail=_ended(statement, period))
    if _negated(statement) and _general(item.codes, {"55607006", "64572001", "404684003"}):
        return _none_known(item, "conditions")
    return _absent(item)


def _ended(statement: Element, period: Element | None) -> str | None:
    """Return that a problem is over where nobody knows since when: by its status, or an end that is there and empty."""
    for inner in statement.walk():
        code, value = inner.find("code"), inner.find("value")
        if inner.name == "observation" and code is not None and code.get("code") == "33999-4" and value is not None:
            return _ENDED.get(value.get("code") or "")
    high = period.find("high") if period is not None else None
    return "resolved" if high is not None and high.get("nullFlavor") in {"UNK", "ASKU", "NAV"} else None


def _general(codes: tuple[Coding, ...], wide: set[str]) -> bool:
    """Whether a code is as wide as the list itself: a problem, a disease, a drug."""
    return not codes or any(code.code in wide for code in codes)


def _none_known(item: Item, name: str) -> Item:
    return replace(item, form=Form.NONE_KNOWN, value=name, status=None)


def _absent(item: Item) -> Item:
    found = next((NONE_KNOWN[code.code] for code in item.codes if code.code in NONE_KNOWN), None)
    return item if found is None else _none_known(item, found)


def _allergy(statement: Element, item: Item, narrative: Narrative) -> Item:
    substance = statement.find("participant", "participantRole", "playingEntity", "code")
    name = statement.find("participant", "participantRole", "playingEntity", "name")
    reaction = severity = None
    for inner in statement.walk():
        if inner is not statement and inner.name == "observation":
            code = inner.find("code")
            value = inner.find("value")
            if code is not None and code.get("code") == "SEV" and value is not None:
                severity = severity or _SEVERITY.get(value.get("code") or "")
            elif reaction is None and any(one.get("root") == f"{_TEMPLATES}9" for one in inner.all("templateId")):
                reaction = concept_text(value, narrative)
    item = replace(
        item,
        form=Form.ALLERGY,
        codes=codings(substance),
        text=concept_text(substance, narrative) or (short(name.text()) if name is not None else None),
        day=moment(statement.find("effectiveTime"))[0],
        status=Status.REFUTED if _negated(statement) else Status.CONFIRMED,
        severity=severity,
        detail=reaction,
    )
    if _status(statement) in _TAKEN_BACK:
        return replace(item, why="entered_in_error")
    if _negated(statement) and not item.codes and not item.text:
        return _none_known(item, "allergies")
    return _absent(item)


def _drug(statement: Element, narrative: Narrative) -> tuple[tuple[Coding, ...], str | None]:
    material = statement.find("consumable", "manufacturedProduct", "manufacturedMaterial")
    if material is None:
        material = statement.find("consumable", "manufacturedProduct", "manufacturedLabeledDrug")
    if material is None:
        return (), None
    name = material.find("name")
    concept = material.find("code")
    return codings(concept), concept_text(concept, narrative) or (short(name.text()) if name is not None else None)


def _medication(statement: Element, item: Item, narrative: Narrative) -> Item:
    if statement.name != "substanceAdministration":
        return other(statement, item, narrative)
    codes, named = _drug(statement, narrative)
    period = _period(statement)
    status = _status(statement)
    item = replace(
        item,
        form=Form.MEDICINE,
        codes=codes,
        text=named,
        day=moment(period)[0],
        end=interval_end(period),
        status=Status.STOPPED if status in {"completed", "aborted"} else None,
        detail=_dose(statement, narrative),
    )
    if _negated(statement):
        return _none_known(item, "medicines") if not codes and not named else replace(item, why="not_taken")
    if status in {"nullified", "cancelled"}:
        return replace(item, why="entered_in_error")
    return item if statement.get("moodCode") in {"EVN", "INT", None} else replace(item, why="not_taken")


def _period(statement: Element) -> Element | None:
    """Return from when until when a medicine is taken, not how often a day."""
    found = statement.all("effectiveTime")
    plain = [one for one in found if not (one.get("type") or "").endswith(("PIVL_TS", "EIVL_TS"))]
    return next((one for one in plain if moment(one)[0] or interval_end(one)), next(iter(found), None))


def _dose(statement: Element, narrative: Narrative) -> str | None:
    for inner in statement.all("entryRelationship"):  # the directions in words
        directions = inner.find("substanceAdministration") or inner.find("act")
        if directions is not None and directions.find("text") is not None and inner.get("typeCode") == "COMP":
            return narrative.of(directions.find("text"))
    amount = statement.find("doseQuantity")
    if amount is None:
        return None
    return short(" ".join(part for part in (amount.get("value"), amount.get("unit")) if part))


def _immunization(statement: Element, item: Item, narrative: Narrative) -> Item:
    if statement.name != "substanceAdministration":
        return other(statement, item, narrative)
    codes, named = _drug(statement, narrative)
    item = replace(item, form=Form.VACCINE, codes=codes, text=named, day=moment(statement.find("effectiveTime"))[0])
    if _negated(statement):
        return replace(item, status=Status.REFUSED)
    return item if statement.get("moodCode") in _DONE_MOODS else replace(item, why="not_done")


def _value(statement: Element, item: Item, narrative: Narrative) -> Item:
    if statement.name != "observation":
        return other(statement, item, narrative)
    code, value = statement.find("code"), statement.find("value")
    day, time = moment(statement.find("effectiveTime"))
    item = replace(
        item,
        form=Form.VALUE,
        codes=codings(code),
        text=concept_text(code, narrative) or narrative.of(statement.find("text")),
        day=day,
        time=time,
    )
    why = _unfinished(statement)
    if why is not None:
        return replace(item, why=why)
    if value is None or (value.get("nullFlavor") and not value.get("value") and not value.get("code")):
        return replace(item, why="no_value")
    number, sign, unit = quantity(value)
    if number is not None:
        return replace(item, value=number, sign=sign, unit=unit)
    if value.get("code"):
        return replace(item, value=concept_text(value, narrative), value_codes=codings(value))
    return replace(item, value=narrative.of(value) or None, detail=value.get("type"))


def _unfinished(statement: Element) -> str | None:
    """Return why an observation is no result: a goal or a plan, not done, or not final yet."""
    if statement.get("moodCode") not in _DONE_MOODS or _negated(statement):
        return "not_done"
    return _NOT_FINAL.get(_status(statement))


def in_group(item: Item, statement: Element, group: Element) -> Item:
    """Return a result with what its group alone says: on which day, and that it does not count."""
    if item.form is not Form.VALUE:
        return item
    if item.day is None:
        item = replace(item, day=moment(group.find("effectiveTime"))[0], time=moment(group.find("effectiveTime"))[1])
    status = _status(group)
    if item.why is None and (status in _TAKEN_BACK or not _status(statement)):
        item = replace(item, why=_NOT_FINAL.get(status))
    return item


def _encounter(statement: Element, item: Item, narrative: Narrative) -> Item:
    if statement.name != "encounter":
        return other(statement, item, narrative)
    code = statement.find("code")
    period = statement.find("effectiveTime")
    kinds = {each.code for each in codings(code)}
    form = Form.STAY if kinds & {"IMP", "ACUTE", "NONAC"} else Form.EMERGENCY if "EMER" in kinds else Form.VISIT
    item = replace(
        item,
        form=form,
        codes=codings(code),
        text=concept_text(code, narrative),
        day=moment(period)[0],
        end=interval_end(period),
    )
    return item if statement.get("moodCode") in _DONE_MOODS else replace(item, why="not_done")


def _procedure(statement: Element, item: Item, narrative: Narrative) -> Item:
    code = statement.find("code")
    item = replace(
        item,
        form=Form.PROCEDURE,
        codes=codings(code),
        text=concept_text(code, narrative),
        day=moment(statement.find("effectiveTime"))[0],
    )
    return replace(item, why="not_done") if _negated(statement) else item


def other(statement: Element, item: Item, narrative: Narrative) -> Item:
    """Return a statement of a kind that is not used, with how it is called."""
    concept = statement.find("value") if statement.name == "observation" else None
    code = statement.find("code")
    chosen = concept if concept is not None and concept.get("code") else code
    return replace(
        item,
        codes=codings(chosen)[:2],
        text=concept_text(chosen, narrative) or narrative.of(statement.find("text")),
        day=moment(statement.find("effectiveTime"))[0],
    )


_Maker = Callable[[Element, Item, Narrative], Item]
MAKERS: Mapping[str, _Maker] = {
    "problem": _problem,
    "allergy": _allergy,
    "medication": _medication,
    "immunization": _immunization,
    "result": _value,
    "vital_sign": _value,
    "social_history": _value,
    "encounter": _encounter,
    "procedure": _procedure,
}
_BY_TEMPLATE = {
    f"{_TEMPLATES}4": "problem",
    f"{_TEMPLATES}7": "allergy",
    "2.16.840.1.113883.10.20.24.3.90": "allergy",
    f"{_TEMPLATES}16": "medication",
    f"{_TEMPLATES}52": "immunization",
    f"{_TEMPLATES}2": "result",
    f"{_TEMPLATES}27": "vital_sign",
}


def kind_by_template(statement: Element) -> str | None:
    """Return what kind of statement one says it is."""
    roots = (template.get("root") or "" for template in statement.all("templateId"))
    return next((_BY_TEMPLATE[root] for root in roots if root in _BY_TEMPLATE), None)
