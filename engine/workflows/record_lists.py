"""Words and codes for what is kept in lists: found while somebody types, and named in the language of the screen."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from engine.codes import icd10_category, load_codes, recognise_medicine


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code and its name in the language of the screen."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class MedicineWords:
    """What was recognised in a medicine as written: names by language, "en" and "zh"; nothing where it was not.

    ``ingredient``: "amlodipine"; ``classes``: the names of the classes it belongs to directly, in the order of the code
    list; ``dose_text`` as written.
    """

    ingredient: Mapping[str, str] | None
    classes: tuple[Mapping[str, str], ...]
    dose_text: str | None


def suggest_conditions(text: str, language: str, limit: int = 10) -> tuple[Suggestion, ...]:
    """Return the conditions that a text may mean, the best first; for no text the first of the list.

    Every word must stand in the name, in any language; names of the screen's language that begin so come first. An
    ICD-10 code finds the conditions it may stand for.
    """
    conditions = load_codes().conditions
    suggested = load_codes().conditions_suggested_by(text) if icd10_category(text) else ()
    words = _fold(text).split()
    ranked: list[tuple[int, int, str]] = [(0, place, code) for place, code in enumerate(suggested)]
    for place, (code, condition) in enumerate(conditions.items()):
        names = [_fold(condition.label(language)), *map(_fold, condition.labels.values())]
        if code not in suggested and all(any(word in name for name in names) for word in words):
            begins = bool(words) and names[0].startswith(words[0])
            inside = bool(words) and any(part.startswith(words[0]) for part in names[0].split())
            ranked.append((1 if begins else 2 if inside else 3, place, code))
    return tuple(Suggestion(code, conditions[code].label(language)) for _, _, code in sorted(ranked)[:limit])


def suggest_relations(language: str) -> tuple[Suggestion, ...]:
    """Return the relatives that a family history knows, the nearest first."""
    relatives = sorted(load_codes().relatives.values(), key=lambda one: one.degree)  # stable: the list's order within
    return tuple(Suggestion(one.code, one.label(language)) for one in relatives)


def describe_medicine(text: str) -> MedicineWords:
    """Return what is recognised in a medicine as written, named in every language."""
    codes, found = load_codes(), recognise_medicine(text)
    return MedicineWords(
        ingredient=None if found.ingredient is None else _ingredient(found.ingredient, found.parts),
        classes=tuple(codes.medicine_classes[code].labels for code in found.classes),
        dose_text=found.dose_text,
    )


def medicine_label(ingredient: str, language: str) -> str:
    """Return the name of an ingredient as stored; itself where the code lists have no such ingredient."""
    known = load_codes().ingredients.get(ingredient)
    if known is not None:
        return known.label(language)
    return "/".join(_part(part, language) for part in ingredient.split("/"))


def _ingredient(name: str, parts: tuple[str, ...]) -> Mapping[str, str]:
    known = load_codes().ingredients.get(name)
    if known is not None:
        return known.labels
    return {language: "/".join(_part(part, language) for part in parts) for language in ("en", "zh")}


def _part(name: str, language: str) -> str:
    known = load_codes().ingredients.get(name)
    return name if known is None else known.label(language)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
