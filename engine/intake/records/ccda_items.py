"""C-CDA documents as items: who it is about, and the statements of its sections.

Counted are clinical statements: of an organizer each component, of a concern each thing it is about, else the
statement of an entry itself; a section without entries is one item. Source: HL7 C-CDA R2.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from engine.intake.records.ccda_values import (
    Narrative,
    address,
    clinic_number,
    codings,
    concept_text,
    interval_end,
    moment,
    person_name,
    phone,
    quantity,
    sex,
)
from engine.intake.records.fhir_items import NONE_KNOWN
from engine.intake.records.items import Coding, Form, Item, SourcePerson, Status, short
from engine.intake.records.safe_xml import Element

STATEMENTS = ("observation", "act", "substanceAdministration", "organizer", "procedure", "encounter", "supply")
# Sections by their LOINC code: what their statements are counted as.
SECTIONS = {
    "11450-4": "problem",
    "11348-0": "problem",
    "46241-6": "problem",
    "42347-5": "problem",
    "11535-2": "problem",
    "C-CDAV2-DDN": "problem",
    "48765-2": "allergy",
    "10160-0": "medication",
    "10183-2": "medication",
    "75311-1": "medication",
    "42346-7": "medication",
    "29549-3": "medication",
    "11369-6": "immunization",
    "30954-2": "result",
    "8716-3": "vital_sign",
    "29762-2": "social_history",
    "46240-8": "encounter",
    "47519-4": "procedure",
    "10157-6": "family_history",
    "18776-5": "plan",
}
_TEMPLATES = "2.16.840.1.113883.10.20.22.4."
_PROBLEM, _ALLERGY = frozenset({f"{_TEMPLATES}4"}), frozenset({f"{_TEMPLATES}7", "2.16.840.1.113883.10.20.24.3.90"})
_NO_KNOWN = {"problem": "conditions", "medication": "medicines", "allergy": "allergies"}
_SEVERITY = {
    "255604002": "mild",
    "371923003": "mild",
    "6736007": "moderate",
    "371924009": "moderate",
    "24484000": "severe",
}
_DONE_MOODS = frozenset({"EVN", None})


class Document:
    """One document or a part of one."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.narrative = Narrative(root)
        self._place = 0
        self._person: str | None = None
        self.people: list[SourcePerson] = []

    def items(self) -> Iterator[Item]:
        """Yield what the document says."""
        for target in self.root.all("recordTarget"):
            yield self._patient(target)
        sections = [element for element in self.root.walk() if element.name == "section"]
        for section in sections:
            yield from self._section(section)
        body = self.root.find("component", "nonXMLBody")
        if body is not None:
            yield self._next("document", Form.OTHER, text=self.narrative.of(body.find("text")))
        if not sections:  # a bare entry or statement
            for statement, section_kind in _loose(self.root):
                yield self._statement(statement, section_kind)

    @property
    def written_on(self) -> str | None:
        """The day the document says it was made."""
        return moment(self.root.find("effectiveTime"))[0]

    def _next(self, kind: str, form: Form, **more: str | None) -> Item:
        self._place += 1
        return Item(self._place, kind, form, self._person, **more)  # type: ignore[arg-type]  # names of Item

    def _patient(self, target: Element) -> Item:
        role = target.find("patientRole") or Element("patientRole", {})
        person = role.find("patient") or Element("patient", {})
        item = self._next("patient", Form.PERSON)
        self._person = str(item.place)
        self.people.append(
            SourcePerson(
                key=self._person,
                place=item.place,
                number=clinic_number(role),
                name=person_name(person),
                birth_date=moment(person.find("birthTime"))[0],
                sex=sex(person),
                phone=phone(role),
                address=address(role),
            )
        )
        return replace(item, person=self._person)

    def _section(self, section: Element) -> Iterator[Item]:
        code = section.find("code")
        name = (code.get("code") if code is not None else None) or "section"
        kind = SECTIONS.get(name, f"section {name}")
        entries = section.all("entry")
        if not entries:
            title = section.find("title")
            yield self._next(kind, Form.OTHER, text=short(title.text()) if title is not None else None)
        for entry in entries:
            for statement in _statements(entry):
                yield self._statement(statement, kind)

    def _statement(self, statement: Element, kind: str) -> Item:
        item = self._next(kind, Form.OTHER)
        # Judged by its section first, then by what the statement says it is.
        maker = _MAKERS.get(kind) or (_problem if _is(statement, _PROBLEM) else _other)
        if kind in {"family_history", "plan"}:
            maker = _other
        return maker(statement, item, self.narrative)


def _loose(root: Element) -> Iterator[tuple[Element, str]]:
    """Yield the statements of a part of a document that has no section, with what they count as."""
    waiting = [Element("entry", {}, [root])]
    while waiting:
        holder = waiting.pop()
        for statement in _statements(holder):
            yield statement, _kind_of(statement)
        # What lies below a statement belongs to it.
        waiting += reversed([child for child in holder.children if child.name not in STATEMENTS])


def _kind_of(statement: Element) -> str:
    if _is(statement, _PROBLEM):
        return "problem"
    if _is(statement, _ALLERGY):
        return "allergy"
    return {"substanceAdministration": "medication", "encounter": "encounter", "procedure": "procedure"}.get(
        statement.name, "result" if statement.name == "observation" else statement.name
    )


def _statements(entry: Element) -> Iterator[Element]:
    for child in entry.children:
        if child.name not in STATEMENTS or child.foreign:
            continue
        if child.name == "organizer":
            inner = [component for component in child.all("component") if any(_statements(component))]
        elif child.name == "act":
            inner = [
                one for one in child.all("entryRelationship") if one.get("typeCode") == "SUBJ" and any(_about(one))
            ]
        else:
            inner = []
        if not inner:
            yield child
        for one in inner:
            yield from _about(one) if child.name == "act" else _statements(one)


def _about(relationship: Element) -> Iterator[Element]:
    return (child for child in relationship.all("observation"))


def _is(statement: Element, templates: frozenset[str]) -> bool:
    return any(template.get("root") in templates for template in statement.all("templateId"))


def _negated(statement: Element) -> bool:
    return statement.get("negationInd") == "true"


def _problem(statement: Element, item: Item, narrative: Narrative) -> Item:
    value = statement.find("value")
    concept = value if value is not None else statement.find("code")
    status = statement.find("statusCode")
    item = replace(
        item,
        form=Form.CONDITION,
        codes=codings(concept),
        text=concept_text(concept, narrative) or narrative.of(statement.find("text")),
        day=moment(statement.find("effectiveTime"))[0],
        end=interval_end(statement.find("effectiveTime")),
        status=Status.REFUTED if _negated(statement) else Status.CONFIRMED,
    )
    if status is not None and status.get("code") in {"cancelled", "aborted", "nullified"}:
        return replace(item, why="entered_in_error")
    if _negated(statement) and _general(item.codes, {"55607006", "64572001", "404684003"}):
        return _none_known(item, "conditions")
    return _absent(item)


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
    status = statement.find("statusCode")
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
    if status is not None and status.get("code") in {"aborted", "cancelled", "nullified"}:
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
        return _other(statement, item, narrative)
    codes, named = _drug(statement, narrative)
    period = statement.find("effectiveTime")
    item = replace(
        item,
        form=Form.MEDICINE,
        codes=codes,
        text=named,
        day=moment(period)[0],
        end=interval_end(period),
        detail=_dose(statement, narrative),
    )
    if _negated(statement):
        return _none_known(item, "medicines") if not codes and not named else replace(item, why="not_taken")
    status = statement.find("statusCode")
    if status is not None and status.get("code") in {"nullified", "cancelled"}:
        return replace(item, why="entered_in_error")
    return item


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
        return _other(statement, item, narrative)
    codes, named = _drug(statement, narrative)
    item = replace(item, form=Form.VACCINE, codes=codes, text=named, day=moment(statement.find("effectiveTime"))[0])
    if _negated(statement):
        return replace(item, status=Status.REFUSED)
    return item if statement.get("moodCode") in _DONE_MOODS else replace(item, why="not_done")


def _value(statement: Element, item: Item, narrative: Narrative) -> Item:
    if statement.name != "observation":
        return _other(statement, item, narrative)
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
    if value is None or (value.get("nullFlavor") and not value.get("value") and not value.get("code")):
        return replace(item, why="no_value")
    number, sign, unit = quantity(value)
    if number is not None:
        return replace(item, value=number, sign=sign, unit=unit)
    if value.get("code"):
        return replace(item, value=concept_text(value, narrative), value_codes=codings(value))
    return replace(item, value=narrative.of(value) or None, detail=value.get("type"))


def _encounter(statement: Element, item: Item, narrative: Narrative) -> Item:
    if statement.name != "encounter":
        return _other(statement, item, narrative)
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


def _other(statement: Element, item: Item, narrative: Narrative) -> Item:
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
_MAKERS: Mapping[str, _Maker] = {
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
