"""Short texts as numbers: runs of letters counted into a fixed number of places."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence

import numpy as np

from engine.domain.batch import FloatArray
from engine.fields.plain_cells import plain

TEXT_WIDTH = 32
_GRAMS = (2, 3)
_LONGEST_TEXT = 200  # characters; what is longer is no short text, and only its beginning counts


def hash_texts(texts: Sequence[str | None], width: int = TEXT_WIDTH) -> FloatArray:
    """Return runs of two and three letters of each text, counted into ``width`` places, each row of length 1.

    Two runs may share a place (Weinberger K et al. Feature hashing for large scale multitask learning. ICML 2009,
    doi:10.1145/1553374.1553516); a second bit of the hash is the sign, so that they cancel on average. Letters count
    the same in upper and lower case, full and half width. An absent or empty text has zeros.
    """
    counts = np.zeros((len(texts), width))
    known: dict[str, FloatArray] = {}
    for row, text in zip(counts, texts, strict=True):
        if text:
            if text not in known:
                known[text] = _counted(text, width)
            row[:] = known[text]
    return counts


def _counted(text: str, width: int) -> FloatArray:
    folded = unicodedata.normalize("NFKC", text).casefold()
    plain = f" {' '.join(folded.split())[:_LONGEST_TEXT]} "
    row = np.zeros(width)
    if plain.isspace():
        return row
    for length in _GRAMS:
        for start in range(len(plain) - length + 1):
            code = zlib.crc32(plain[start : start + length].encode("utf-8"))
            row[(code >> 1) % width] += 1.0 if code & 1 else -1.0
    norm = float(np.sqrt(row @ row))
    return row / norm if norm > 0 else row


class HashedReader:
    """Reads one place of the counts of a column of texts; the readers of one column share what was counted."""

    _MOST_KEPT = 1 << 14

    def __init__(self, place: int, known: dict[str, FloatArray]) -> None:
        self._place = place
        self._known = known

    def read(self, cells: Sequence[str]) -> FloatArray:
        """Return float64[len(cells)]; an absent text has 0."""
        if len(self._known) > self._MOST_KEPT:
            self._known.clear()
        for cell in set(cells) - self._known.keys():
            self._known[cell] = _counted(plain(cell), TEXT_WIDTH)
        return np.array([self._known[cell][self._place] for cell in cells], dtype=np.float64)
