"""The code lists of the record, loaded from ``resources/codes/record_codes.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from engine.fields import load_dictionary
from engine.resources import resources_folder

_ICD10 = re.compile(r"([A-Z][0-9][0-9A-Z])(\.?[0-9A-Z]{1,4}|\.)?[*†+]?")


@dataclass(frozen=True, slots=True)
class Term:
    """A code with its name for people, by language."""

    code: str
    labels: Mapping[str, str]

    def label(self, language: str) -> str:
        """Return the name for people."""
        return self.labels[language]


TermT = TypeVar("TermT", bound=Term)


@dataclass(frozen=True, slots=True)
class ConditionCode(Term):
    """A condition or event. ``icd10`` holds three-character codes of WHO ICD-10.

    With ``icd10_wider`` these codes cover other conditions too, so they suggest this one and never prove it.
    """

    group: str
    event: bool
    icd10: tuple[str, ...]
    icd10_wider: bool


@dataclass(frozen=True, slots=True)
class MedicineClass(Term):
    """A class of medicines; a medicine of it also counts for the classes in ``parents`` and above."""

    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ingredient(Term):
    """An ingredient or a fixed combination; ``code`` is its English name.

    ``parts`` are the single ingredients (itself, when it is no combination); ``classes`` those it belongs to directly,
    for a combination those of every part.
    """

    parts: tuple[str, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckCode(Term):
    """A test, vaccine or screening; a dated value of one of ``fields`` also counts as done."""

    group: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelativeCode(Term):
    """A relative; ``degree`` 1 is a parent, child, sister or brother."""

    degree: int


@dataclass(frozen=True)
class Codes:
    """All code lists, each by code in the order of the file."""

    conditions: Mapping[str, ConditionCode]
    medicine_classes: Mapping[str, MedicineClass]
    ingredients: Mapping[str, Ingredient]
    checks: Mapping[str, CheckCode]
    check_results: Mapping[str, Term]
    check_statuses: Mapping[str, Term]
    certainties: Mapping[str, Term]
    relatives: Mapping[str, RelativeCode]

    def counts_for(self, classes: Iterable[str]) -> frozenset[str]:
        """Return these medicine classes and every class above them. Raises KeyError for an unknown class."""
        found: set[str] = set()
        waiting = list(classes)
        while waiting:
            code = waiting.pop()
            if code not in found:
                waiting += self.medicine_classes[code].parents
                found.add(code)
        return frozenset(found)

    def conditions_suggested_by(self, icd10: str) -> tuple[str, ...]:
        """Return the conditions that an ICD-10 code may mean; empty when it is none of ours or no code at all."""
        category = icd10_category(icd10)
        return tuple(code for code, condition in self.conditions.items() if category in condition.icd10)

    def condition_proven_by(self, icd10: str) -> str | None:
        """Return the condition that an ICD-10 code means for certain, if there is one."""
        suggested = self.conditions_suggested_by(icd10)
        if len(suggested) != 1 or self.conditions[suggested[0]].icd10_wider:
            return None
        return suggested[0]


def icd10_category(text: str) -> str | None:
    """Return the three-character category of an ICD-10 code as written ("i21.4" -> "I21"); None when it is no code."""
    match = _ICD10.fullmatch(text.strip().upper())
    return match.group(1) if match else None


@cache
def load_codes() -> Codes:
    """Return the code lists that ship with the program."""
    file = resources_folder() / "codes" / "record_codes.json"
    lists = json.loads(file.read_text(encoding="utf-8"))["vocabularies"]
    return Codes(
        conditions=_by_code(_condition(entry) for entry in lists["conditions"]),
        medicine_classes=_by_code(
            MedicineClass(entry["code"], _labels(entry), tuple(entry["parents"])) for entry in lists["medicine_classes"]
        ),
        ingredients=_ingredients(lists["medicine_classes"], lists["combinations"]),
        checks=_by_code(
            CheckCode(entry["code"], _labels(entry), entry["group"], tuple(entry["fields"]))
            for entry in lists["checks"]
        ),
        check_results=_by_code(Term(entry["value"], _labels(entry)) for entry in lists["check_results"]),
        check_statuses=_by_code(Term(entry["value"], _labels(entry)) for entry in lists["check_status"]),
        certainties=_by_code(Term(entry["value"], _labels(entry)) for entry in lists["certainty"]),
        relatives=_by_code(
            RelativeCode(entry["code"], _labels(entry), entry["degree"]) for entry in lists["relatives"]
        ),
    )


@cache
def fields_by_loinc() -> Mapping[str, str]:
    """Return LOINC code -> canonical field, only codes that were seen with this meaning in a public list."""
    return {
        field.loinc: field.name
        for field in load_dictionary().fields.values()
        if field.loinc is not None and field.loinc_verified
    }


def _by_code(terms: Iterable[TermT]) -> Mapping[str, TermT]:
    return {term.code: term for term in terms}


def _labels(entry: Mapping[str, Any]) -> Mapping[str, str]:
    return {"en": entry["label_en"], "zh": entry["label_zh"]}


def _condition(entry: Mapping[str, Any]) -> ConditionCode:
    return ConditionCode(
        code=entry["code"],
        labels=_labels(entry),
        group=entry["group"],
        event=entry["event"],
        icd10=tuple(entry["icd10"] or ()),
        icd10_wider=bool(entry["icd10_wider"]),
    )


def _ingredients(
    classes: Sequence[Mapping[str, Any]], combinations: Sequence[Mapping[str, Any]]
) -> Mapping[str, Ingredient]:
    chinese: dict[str, str] = {}
    direct: dict[str, dict[str, None]] = {}  # name -> classes, ordered
    listed = [
        (entry, (medicine_class["code"],)) for medicine_class in classes for entry in medicine_class["ingredients"]
    ]
    listed += [(entry, tuple(entry["classes"])) for entry in combinations]
    for entry, codes in listed:
        chinese.setdefault(entry["en"], entry["zh"])
        direct.setdefault(entry["en"], {}).update(dict.fromkeys(codes))
    # what the list of combinations says of one is complete; any other combination counts for each part that is known
    complete = {entry["en"] for entry in combinations}
    found: dict[str, Ingredient] = {}
    for name, codes_of_name in direct.items():
        parts = tuple(name.split("/"))
        if name not in complete:
            for part in parts:
                codes_of_name.update(direct.get(part, {}))
        found[name] = Ingredient(name, {"en": name, "zh": chinese[name]}, parts, tuple(codes_of_name))
    return found
