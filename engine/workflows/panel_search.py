"""Looks for what a person types in the texts of everybody at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.domain.batch import BoolArray, IntArray

NUMBER_ITSELF, BEGINS_SO, HOLDS = 0, 1, 2

_SEPARATOR = 0xFF  # stands in no UTF-8, so no word reaches from one text into the next
_LINE_END = 0x0A


class SearchTexts:
    """The texts of everybody, one behind the other as bytes, so that one pass of NumPy looks through all of them.

    A pass takes the two rarest bytes of a word and then looks whether the rest stands around them. ``own`` are texts
    looked through one by one instead: of people who have several, or whose text changed since the bytes were written.
    """

    def __init__(self, texts: Sequence[str], own: Mapping[int, tuple[str, ...]]) -> None:
        parts = [text.encode("utf-8", "surrogatepass") for text in texts]
        joined = b"\xff".join([b"", *parts, b""])
        self._bytes = np.frombuffer(joined, dtype=np.uint8)
        lengths = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts)) + 1
        self._owner = np.repeat(np.arange(len(parts), dtype=np.int32), lengths)
        self._often = np.bincount(self._bytes, minlength=256)
        self._people = len(parts)
        self._own = dict(own)

    def with_own(self, own: Mapping[int, tuple[str, ...]], people: int) -> SearchTexts:
        """Return these texts for more people, with the texts of some in place of what they had."""
        changed = SearchTexts.__new__(SearchTexts)
        changed._bytes, changed._owner, changed._often = self._bytes, self._owner, self._often
        changed._people = people
        changed._own = {**self._own, **own}
        return changed

    @property
    def looked_through_singly(self) -> int:
        """How many people's texts are not among the bytes."""
        return len(self._own)

    def find(self, words: Sequence[str]) -> tuple[IntArray, IntArray]:
        """Return the positions of those whose text holds every word, and how well the first one fits."""
        first, *others = (word.encode("utf-8", "surrogatepass") for word in words)
        begins = self._offsets(first)
        holds = self._owners(begins)
        for word in others:
            if holds.any():
                holds &= self._owners(self._offsets(word))
        holds[list(self._own)] = False
        places = np.flatnonzero(holds)
        grades = self._grades(begins, len(first))[places]
        single = [(place, _grade(texts, words)) for place, texts in self._own.items()]
        found = np.array([pair for pair in single if pair[1] <= HOLDS], dtype=np.int64).reshape(-1, 2)
        return np.concatenate([places, found[:, 0]]), np.concatenate([grades, found[:, 1]])

    def _offsets(self, word: bytes) -> IntArray:
        """Return where a word begins, everywhere."""
        signs = np.frombuffer(word, dtype=np.uint8)
        order = np.argsort(self._often[signs], kind="stable").tolist()
        last = self._bytes.size - len(word)
        if last < 0:
            return np.empty(0, dtype=np.int64)
        there = np.ones(last + 1, dtype=np.bool_)
        for place in order[:2]:
            there &= self._bytes[place : last + place + 1] == signs[place]
        found = np.flatnonzero(there)
        for place in order[2:]:
            found = found[self._bytes[found + place] == signs[place]]
        return found

    def _owners(self, offsets: IntArray) -> BoolArray:
        mine = np.zeros(self._people, dtype=np.bool_)
        mine[self._owner[offsets - 1]] = True  # the separator before the first text belongs to nobody
        return mine

    def _grades(self, offsets: IntArray, length: int) -> IntArray:
        grades = np.full(self._people, HOLDS, dtype=np.int64)
        before = self._bytes[offsets - 1]
        grades[self._owner[offsets[before == _LINE_END] - 1]] = BEGINS_SO
        first = offsets[before == _SEPARATOR]
        grades[self._owner[first[self._bytes[first + length] == _LINE_END] - 1]] = NUMBER_ITSELF
        return grades


def _grade(texts: Sequence[str], words: Sequence[str]) -> int:
    """Return how well the best of a person's texts fits; more than ``HOLDS`` when none does."""
    holding = [text for text in texts if all(word in text for word in words)]
    return min((_grade_of(text, words[0]) for text in holding), default=HOLDS + 1)


def _grade_of(text: str, word: str) -> int:
    if text.startswith(f"{word}\n"):
        return NUMBER_ITSELF
    return BEGINS_SO if f"\n{word}" in text else HOLDS
