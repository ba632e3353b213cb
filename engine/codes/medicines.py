"""Recognises medicines in text as people write it, in English or Chinese.

Better nothing than the wrong medicine: a name counts only as a whole word (in Chinese: when the characters that touch
it are salts, forms or dosing words), never beside words such as "stopped" or "allergic", and never for creams and
drops. What is not recognised stays text for a person. Names come from ``resources/codes/record_codes.json``, ways to
write them from ``medicine_words.json``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from engine.codes.catalogue import Codes, Ingredient, load_codes
from engine.resources import resources_folder

_LONGEST_TEXT = 500  # characters; longer cells are notes, not a medicine
_LETTER = "[a-z\u00df-\u024f]"
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LOOSE_END = re.compile(r"[\s,;+/()\[\]、。]+$")  # what is left over between a dose and what follows


@dataclass(frozen=True, slots=True)
class RecognisedMedicine:
    """What was found in a text; with nothing found only ``dose_text`` may be there.

    ``ingredient`` is the English name, of a fixed combination as the code lists have it ("amlodipine/valsartan"), else
    the parts joined by a slash. ``classes`` are the direct ones; ``Codes.counts_for`` adds those above.
    """

    ingredient: str | None = None
    parts: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    dose_text: str | None = None


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a name stands for: parts, and its ingredient when a word of the list ``needs`` is in the text too."""

    parts: tuple[str, ...]
    ingredient: str | None = None
    classes: tuple[str, ...] = ()
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """One name in the folded text."""

    start: int
    end: int
    meanings: tuple[_Meaning, ...]


@dataclass(frozen=True)
class _Lexicon:
    meanings: Mapping[str, tuple[_Meaning, ...]]  # name, folded and without spaces -> what it may stand for
    names: re.Pattern[str]
    combinations: tuple[Ingredient, ...]
    lists: Mapping[str, re.Pattern[str]]  # "not_taken", "local" and the lists that meanings need
    before: frozenset[str]
    after: frozenset[str]
    dose: re.Pattern[str]


@lru_cache(maxsize=4096)  # a clinic writes the same few hundred lines over and over
def recognise_medicine(text: str) -> RecognisedMedicine:
    """Return the ingredients, classes and dose in a text such as "Amlodipine 5mg" or "缬沙坦氨氯地平片 80mg"."""
    if len(text) > _LONGEST_TEXT:
        return RecognisedMedicine()
    lexicon = _lexicon()
    folded, origins = _fold(text)
    if lexicon.lists["not_taken"].search(folded) or lexicon.lists["local"].search(folded):
        return RecognisedMedicine()
    found = _whole_words(folded, _names_in(folded, lexicon), lexicon)
    recognised = _resolve(folded, found, lexicon)
    dose = _dose(folded, found, lexicon)
    dose_text = text[origins[dose[0]] : origins[dose[1] - 1] + 1] if dose else None
    return RecognisedMedicine(recognised.ingredient, recognised.parts, recognised.classes, dose_text)


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """Return the text in one width and case, and for each of its characters the position it came from."""
    pairs = [
        (folded, position)
        for position, char in enumerate(text)
        for folded in unicodedata.normalize("NFKC", char).casefold()
    ]
    return "".join(folded for folded, _ in pairs), [position for _, position in pairs]


def _names_in(folded: str, lexicon: _Lexicon) -> list[_Found]:
    """Return names from left to right, the longest at each place."""
    return [
        _Found(match.start(), match.end(), lexicon.meanings[_key(match.group())])
        for match in lexicon.names.finditer(folded)
    ]


def _whole_words(folded: str, names: Sequence[_Found], lexicon: _Lexicon) -> list[_Found]:
    """Return the names whose touching Chinese characters are all explained."""
    kept = []
    between = lexicon.before | lexicon.after
    for index, name in enumerate(names):
        left_end = names[index - 1].end if index else 0
        right_end = names[index + 1].start if index + 1 < len(names) else len(folded)
        left = name.start
        while left > left_end and _CHINESE.match(folded[left - 1]):
            left -= 1
        right = name.end
        while right < right_end and _CHINESE.match(folded[right]):
            right += 1
        before = between if index and left == left_end else lexicon.before
        after = between if index + 1 < len(names) and right == right_end else lexicon.after
        if _explained(folded[left : name.start], before) and _explained(folded[name.end : right], after):
            kept.append(name)
    return kept


def _explained(text: str, words: Collection[str]) -> bool:
    """Return whether a text is nothing but words of a list, in a time that grows with its length alone."""
    longest = max(map(len, words))
    reachable = {0}
    for end in range(1, len(text) + 1):
        if any(start in reachable and text[start:end] in words for start in range(max(0, end - longest), end)):
            reachable.add(end)
    return len(text) in reachable


def _resolve(folded: str, found: Iterable[_Found], lexicon: _Lexicon) -> RecognisedMedicine:
    """Return what the names mean together: fixed combinations first, then single ingredients and whole classes."""
    meanings = [meaning for name in found for meaning in name.meanings if _holds(meaning, folded, lexicon)]
    parts = _parts(meanings)
    classes: dict[str, None] = {}
    for meaning in meanings:
        if not meaning.parts:  # a word for a whole class
            classes.update(dict.fromkeys(meaning.classes))
    ingredients: dict[str, tuple[str, ...]] = {}  # name -> its parts
    for combination in lexicon.combinations:
        if set(combination.parts) <= parts.keys():
            ingredients[combination.code] = combination.parts
            classes.update(dict.fromkeys(combination.classes))
            parts = {part: meaning for part, meaning in parts.items() if part not in combination.parts}
    for part, single in parts.items():
        if single.ingredient:
            ingredients[single.ingredient] = (part,)
            classes.update(dict.fromkeys(single.classes))
    all_parts = tuple(part for each in ingredients.values() for part in each)
    return RecognisedMedicine("/".join(ingredients) or None, all_parts, tuple(classes))


def _holds(meaning: _Meaning, folded: str, lexicon: _Lexicon) -> bool:
    return meaning.needs is None or bool(lexicon.lists[meaning.needs].search(folded))


def _parts(meanings: Iterable[_Meaning]) -> dict[str, _Meaning]:
    """Return the parts that were named, each with its meaning as a single ingredient where it has one."""
    parts: dict[str, _Meaning] = {}
    for meaning in meanings:
        for part in meaning.parts:
            alone = meaning if meaning.parts == (part,) and meaning.ingredient else _Meaning((part,))
            if part not in parts or alone.ingredient:
                parts[part] = alone
    return parts


def _dose(folded: str, found: Sequence[_Found], lexicon: _Lexicon) -> tuple[int, int] | None:
    """Return where the dose stands: from its first word to the end; when it comes first, to the name."""
    for match in lexicon.dose.finditer(folded):
        start = match.start()
        if any(name.start < match.end() and start < name.end for name in found):
            continue  # a number within a name
        glued = start > 0 and match.group().isdigit() and re.match(_LETTER, folded[start - 1])
        if glued and all(name.end != start for name in found):
            continue  # a number within another word, as in B12
        leading = bool(found) and start < found[0].start
        dose = _LOOSE_END.sub("", folded[start : found[0].start if leading else len(folded)])
        return start, start + len(dose)
    return None


@cache
def _lexicon() -> _Lexicon:
    codes = load_codes()
    file = resources_folder() / "codes" / "medicine_words.json"
    words = json.loads(file.read_text(encoding="utf-8"))
    names = _names(codes, words)
    meanings: dict[str, list[_Meaning]] = {}
    for name, meaning in names:
        meanings.setdefault(_key(name), []).append(meaning)
    combinations = [each for each in codes.ingredients.values() if len(each.parts) > 1]
    needed = {entry["with"] for entry in words["names"].values() if "with" in entry}
    return _Lexicon(
        meanings={key: tuple(found) for key, found in meanings.items()},
        names=_any_of(name for name, _ in names),
        combinations=tuple(sorted(combinations, key=lambda each: len(each.parts), reverse=True)),
        lists={name: _any_of(words[name]) for name in {"not_taken", "local", *needed}},
        before=frozenset(words["beside"]["before"]),
        after=frozenset(words["beside"]["after"]),
        dose=re.compile(f"(?<![0-9.,/-])[0-9]|{_any_of(words['dose_words']).pattern}"),
    )


def _names(codes: Codes, words: Mapping[str, Any]) -> list[tuple[str, _Meaning]]:
    """Return every way to write a name, with what it stands for."""
    names: list[tuple[str, _Meaning]] = []
    for ingredient in codes.ingredients.values():
        extra = words["names"].get(ingredient.code, {})
        needs = extra.get("with")
        # where the bare name is more than this entry, the bare name is its first other writing
        parts = (extra["also"][0],) if needs else ingredient.parts
        meaning = _Meaning(parts, ingredient.code, ingredient.classes, needs)
        own = () if needs else (ingredient.code, re.sub(r"\s*[(（].*", "", ingredient.labels["zh"]))
        names += [(name, meaning) for name in (*own, *extra.get("also", ()))]
        names += [(part, _Meaning((part,))) for part in parts]  # a part may stand beside the other parts of another
    for code, class_names in words["classes"].items():
        names += [(name, _Meaning((), None, (code,))) for name in class_names]
    return names


def _key(name: str) -> str:
    return "".join(_fold(name)[0].split())


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for any of these words, the longest first."""
    folded = {_fold(word)[0] for word in words}
    return re.compile("|".join(_word_pattern(word) for word in sorted(folded, key=lambda word: (-len(word), word))))


def _word_pattern(word: str) -> str:
    """Return a pattern for a word; where it begins or ends with a Latin letter no other letter may touch it."""
    space = r"\s*" if _CHINESE.search(word) else r"\s+"
    first = f"(?<!{_LETTER})(?<![0-9])" if re.match(_LETTER, word[0]) else ""
    last = f"(?!{_LETTER})" if re.match(_LETTER, word[-1]) else ""
    return first + re.escape(word).replace(r"\ ", space) + last
