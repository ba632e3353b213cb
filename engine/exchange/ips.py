"""A person's record as an International Patient Summary: a FHIR R4 document Bundle.

Source: HL7 International, International Patient Summary Implementation Guide 2.0.0 (and 1.1.0, whose rules hold too).
What the summary has no place for is carried in code systems of ours (``urn:lantern:...``), so that a record that is
read back is the same. Not carried: answers to clinical questions, which belong to a risk model and not to a summary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.codes import load_codes
from engine.domain.assessment import Clinic
from engine.domain.record import Certainty, Condition, Patient, Record
from engine.exchange import lists
from engine.exchange.pieces import (
    LOINC,
    OWN,
    PROFILES,
    TERMS,
    Json,
    coding,
    concept,
    layout,
    narrative,
    resource,
    unknown,
    url_of,
)
from engine.exchange.values import code_of, observations, shown
from engine.wording import Wording

_SEXES = {"M": "male", "F": "female"}
_OWN_FIELDS = ("village", "room", "consent_date")
_LISTS = {"problems": "conditions", "allergies": "allergies", "medicines": "medicines"}
_SUMMARY = "60591-5"


@dataclass(frozen=True, slots=True)
class Document:
    """What goes into a summary beside the record: whose clinic it is, when it is made, in which language."""

    clinic: Clinic
    made_at: datetime
    wording: Wording
    program: str = "Lantern"


@dataclass(slots=True)
class _Section:
    entries: list[tuple[str, Json]] = field(default_factory=list)
    rows: list[tuple[str, str, str]] = field(default_factory=list)


class _Summary:
    """Builds one document."""

    def __init__(self, record: Record, document: Document) -> None:
        self._record = record
        self._document = document
        self._language = document.wording.language
        self._person = record.patient.id
        self._patient_url = url_of("Patient", self._person)
        self._clinic_url = url_of("Organization", document.clinic.id)
        self._subject = {"reference": self._patient_url}
        self._clinic = {"reference": self._clinic_url, "display": document.clinic.name}
        self._sections: defaultdict[str, _Section] = defaultdict(_Section)

    def build(self) -> Json:
        """Return the Bundle."""
        deaths = self._conditions()
        self._lists()
        self._visits()
        for section in layout()["sections"]:
            if section.get("required") and not self._sections[section["name"]].entries:
                self._empty(section["name"])
        composition = self._composition()
        resources = [
            (url_of("Composition", self._person), composition),
            (self._patient_url, self._patient(deaths)),
            (self._clinic_url, resource("Organization", "Organization-uv-ips", {"name": self._document.clinic.name})),
        ]
        for section in layout()["sections"]:
            resources += self._sections[section["name"]].entries
        return {
            "resourceType": "Bundle",
            "meta": {"profile": [f"{PROFILES}Bundle-uv-ips"]},
            "language": self._language,
            "identifier": {"system": "urn:ietf:rfc:3986", "value": url_of("Bundle", self._person, self._stamp)},
            "type": "document",
            "timestamp": self._stamp,
            "entry": [{"fullUrl": url, "resource": {"id": url[9:], **each}} for url, each in resources],
        }

    @property
    def _stamp(self) -> str:
        return self._document.made_at.isoformat(timespec="seconds")

    def _add(self, section: str, name: str, content: Json, row: Sequence[str]) -> None:
        here = self._sections[section]
        here.entries.append((url_of(section, self._person, name), content))
        here.rows.append((row[0], row[1], row[2]))

    def _conditions(self) -> list[Condition]:
        """Add the conditions; return the deaths, which the patient's own entry tells."""
        told = []
        for item in self._record.conditions:
            if item.code == "death" and item.certainty is Certainty.CONFIRMED and not item.note:
                told.append(item)
                continue
            label = load_codes().conditions[item.code].label(self._language)
            row = (_text(item.onset), label, item.note or "")
            self._add("problems", item.id, lists.condition(item, self._subject, self._language), row)
        return told

    def _lists(self) -> None:
        record, language = self._record, self._language
        today = self._document.made_at.date()
        for medicine in record.medicines:
            row = (_text(medicine.start), medicine.text, medicine.dose_text or "")
            self._add("medicines", medicine.id, lists.medicine(medicine, self._subject, today), row)
        for allergy in record.allergies:
            row = ("", allergy.substance, allergy.reaction or "")
            self._add("allergies", allergy.id, lists.allergy(allergy, self._subject), row)
        for check in record.checks:
            section = "immunizations" if lists.is_vaccine(check) else "procedures"
            row = (_text(check.on), load_codes().checks[check.code].label(language), check.result or "")
            self._add(section, check.id, lists.check(check, self._subject, language), row)
        for relative in record.relatives:
            label = load_codes().relatives[relative.relation].label(language)
            row = ("", label, load_codes().conditions[relative.condition].label(language))
            self._add("family_history", relative.id, lists.relative(relative, self._subject, language), row)

    def _visits(self) -> None:
        for visit in self._record.visits:
            day = visit.visit_date.isoformat()
            for section, one, content in observations(visit, self._subject, self._clinic, self._language):
                name = code_of(one.field, self._language).get("text", one.field)
                self._add(section, one.id, content, (day, name, shown(one, self._language)))
            if not visit.measurements:
                content = resource(
                    "Encounter",
                    None,
                    {
                        "status": "finished",
                        "class": coding(f"{TERMS}v3-ActCode", "AMB"),
                        "subject": self._subject,
                        "period": {"start": day, "end": day},
                    },
                )
                self._add("encounters", visit.id, content, (day, "", ""))

    def _empty(self, name: str) -> None:
        """State that a required list is empty, or that nothing is known of it."""
        confirmed = self._record.patient.lists_confirmed.get(_LISTS[name])
        day = None if confirmed is None else confirmed.isoformat()
        content = lists.none_of(name, confirmed is not None, self._subject, day)
        self._sections[name].entries.append((url_of(name, self._person, "none"), content))

    def _composition(self) -> Json:
        sections = [
            {
                "title": self._document.wording.say(f"exchange.section.{section['name']}"),
                "code": concept([coding(LOINC, section["loinc"])]),
                "text": self._text_of(section["name"]),
                "entry": [{"reference": url} for url, _ in self._sections[section["name"]].entries],
            }
            for section in layout()["sections"]
            if self._sections[section["name"]].entries
        ]
        content = {
            "language": self._language,
            "status": "final",
            "type": concept([coding(LOINC, _SUMMARY)]),
            "subject": self._subject,
            "date": self._stamp,
            "author": [self._clinic],
            "title": self._document.wording.say("exchange.title"),
            "custodian": self._clinic,
            "section": sections,
        }
        return resource("Composition", "Composition-uv-ips", content)

    def _text_of(self, name: str) -> Json:
        words = self._document.wording
        heads = [words.say(f"exchange.head.{head}") for head in ("day", "what", "detail")]
        confirmed = name in _LISTS and _LISTS[name] in self._record.patient.lists_confirmed
        empty = words.say("exchange.none_known" if confirmed else "exchange.no_information")
        return narrative(heads, self._sections[name].rows, empty)

    def _patient(self, deaths: Sequence[Condition]) -> Json:
        who = self._record.patient
        born = {"birthDate": str(who.birth_date)} if who.birth_date else {"_birthDate": unknown()}
        day = next((item.onset for item in deaths if item.onset is not None), None)
        content = {
            "extension": list(_own_fields(who)) or None,
            "identifier": [self._number(who.patient_id)] if who.patient_id else None,
            "name": [{"text": who.name}] if who.name else [unknown()],
            "telecom": [{"system": "phone", "value": who.phone}] if who.phone else None,
            "gender": _SEXES.get(who.sex or ""),
            **born,
            "deceasedDateTime": None if day is None else str(day),
            "deceasedBoolean": True if deaths and day is None else None,
            "address": [{"text": who.address}] if who.address else None,
        }
        return resource("Patient", "Patient-uv-ips", content)

    def _number(self, number: str) -> Json:
        kind = concept([coding(f"{TERMS}v2-0203", "MR")])
        return {"type": kind, "system": f"{OWN}clinic:{self._document.clinic.id}", "value": number}


def _own_fields(who: Patient) -> Iterator[Json]:
    confirmed = {f"{name}_confirmed_date": day for name, day in who.lists_confirmed.items()}
    for name, value in {**{name: getattr(who, name) for name in _OWN_FIELDS}, **confirmed}.items():
        if value is not None:
            yield {"url": f"{OWN}field:{name}", "valueString": str(value)}


def _text(day: object) -> str:
    return "" if day is None else str(day)


def patient_summary(record: Record, document: Document) -> Json:
    """Return a person's record as a document Bundle, as plain JSON."""
    return _Summary(record, document).build()
