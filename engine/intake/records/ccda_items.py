"""C-CDA documents as items: who it is about, and the statements of its sections.

Counted are clinical statements: of an organizer each component, of a concern each thing it is about, else the
statement of an entry itself; a section without entries is one item. Source: HL7 C-CDA R2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.intake.records.ccda_statements import MAKERS, in_group, kind_by_template, other
from engine.intake.records.ccda_values import Narrative, address, clinic_number, moment, person_name, phone, sex
from engine.intake.records.items import Form, Item, SourcePerson, short
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
_NOT_BY_TEMPLATE = frozenset({"family_history", "plan"})  # of others, or not yet


@dataclass(frozen=True, slots=True)
class Held:
    """A statement, and the group that it is a part of."""

    statement: Element
    group: Element | None = None


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
        targets = self.root.all("recordTarget")
        for target in targets:
            yield from self._patient(target)
        if len({(one.name, one.birth_date) for one in self.people}) > 1:
            self._person = None  # of whom of them a statement is, nobody can tell
        sections = [element for element in self.root.walk() if element.name == "section"]
        for section in sections:
            yield from self._section(section)
        body = self.root.find("component", "nonXMLBody")
        if body is not None:
            yield self._next("document", Form.OTHER, text=self.narrative.of(body.find("text")))
        if not sections:  # a bare entry or statement
            for held in _loose(self.root):
                yield self._statement(held, _kind_of(held.statement))

    @property
    def written_on(self) -> str | None:
        """The day the document says it was made."""
        return moment(self.root.find("effectiveTime"))[0]

    def _next(self, kind: str, form: Form, **more: str | None) -> Item:
        self._place += 1
        return Item(self._place, kind, form, self._person, **more)  # type: ignore[arg-type]  # names of Item

    def _patient(self, target: Element) -> Iterator[Item]:
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
        item = replace(item, person=self._person)
        yield item
        died = [one for one in person.children if one.name in {"deceasedInd", "deceasedTime"}]  # an extension
        day = next((day for one in died if (day := moment(one)[0]) is not None), None)
        if day or any(one.get("value") == "true" for one in died):
            yield replace(item, form=Form.DEATH, day=day)

    def _section(self, section: Element) -> Iterator[Item]:
        code = section.find("code")
        name = (code.get("code") if code is not None else None) or "section"
        kind = SECTIONS.get(name, f"section {name}")
        entries = section.all("entry")
        if not entries:
            title = section.find("title")
            yield self._next(kind, Form.OTHER, text=short(title.text()) if title is not None else None)
        for entry in entries:
            for held in _statements(entry):
                yield self._statement(held, kind)

    def _statement(self, held: Held, kind: str) -> Item:
        item, statement = self._next(kind, Form.OTHER), held.statement
        # Judged by its section first, then by what the statement says it is.
        maker = MAKERS.get(kind)
        if maker is None and kind not in _NOT_BY_TEMPLATE:
            maker = MAKERS.get(kind_by_template(statement) or "")
        made = (maker or other)(statement, item, self.narrative)
        if held.group is not None:
            made = in_group(made, statement, held.group)
        elsewhere = any(one is not None and one.find("subject") is not None for one in (statement, held.group))
        return replace(made, why="about_other") if elsewhere and made.form is not Form.OTHER else made


def _loose(root: Element) -> Iterator[Held]:
    """Yield the statements of a part of a document that has no section."""
    waiting = [Element("entry", {}, [root])]
    while waiting:
        holder = waiting.pop()
        yield from _statements(holder)
        # What lies below a statement belongs to it.
        waiting += reversed([child for child in holder.children if child.name not in STATEMENTS])


def _kind_of(statement: Element) -> str:
    """Return what a statement without a section counts as."""
    known = kind_by_template(statement)
    if known is not None:
        return known
    return {"substanceAdministration": "medication", "encounter": "encounter", "procedure": "procedure"}.get(
        statement.name, "result" if statement.name == "observation" else statement.name
    )


def _statements(entry: Element, group: Element | None = None) -> Iterator[Held]:
    for child in entry.children:
        if child.name not in STATEMENTS or child.foreign:
            continue
        inner: list[Held] = []
        if child.name == "organizer":
            inner = [held for component in child.all("component") for held in _statements(component, child)]
        elif child.name == "act":  # a concern, or medicines on leaving a hospital
            subjects = [one for one in child.all("entryRelationship") if one.get("typeCode") == "SUBJ"]
            inner = [Held(one, group) for subject in subjects for name in _ABOUT for one in subject.all(name)]
        yield from inner or [Held(child, group)]


_ABOUT = ("observation", "substanceAdministration")
