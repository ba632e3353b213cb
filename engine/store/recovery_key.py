"""The recovery key: 32 signs on paper, in four rows of eight, each with a row check.

The alphabet has 30 signs without I L O U 0 1, so 32 signs hold about 157 bits. The check of a row is two more signs:
a weighted sum, modulo the prime 887, of the eight signs and the row number. It finds every single wrong sign, every
exchange of two signs and every exchange of rows, and 886 of 887 other mistakes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.errors import PassphraseError
from engine.store.folder import Random

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
ROWS = 4
ROW_SIGNS = 8
CHECK_SIGNS = 2
_BASE = len(ALPHABET)
_PRIME = 887
_WEIGHTS = tuple(pow(31, position, _PRIME) for position in range(1, ROW_SIGNS + 2))
# What a hand or an eye takes for another sign. Signs outside the alphabet can only be such a slip.
_TAKEN_FOR = {
    "0": "DQ",
    "O": "DQ",
    "1": "7JT",
    "I": "7JT",
    "L": "7JT",
    "U": "V",
    "2": "Z",
    "Z": "2",
    "5": "S",
    "S": "5",
    "8": "B",
    "B": "8",
    "6": "G",
    "G": "6",
    "D": "Q",
    "Q": "D",
    "V": "Y",
    "Y": "V",
}


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    """A recovery key. ``signs`` are its 32 signs; they open the store, so they are kept out of ``repr``."""

    signs: str = field(repr=False)

    @classmethod
    def generate(cls, random: Random) -> RecoveryKey:
        """Draw a new key from ``random``, without bias."""
        signs = ""
        fair = 256 - 256 % _BASE  # bytes from here on would favour the first signs
        while len(signs) < ROWS * ROW_SIGNS:
            signs += "".join(ALPHABET[byte % _BASE] for byte in random(ROWS * ROW_SIGNS) if byte < fair)
        return cls(signs[: ROWS * ROW_SIGNS])

    @property
    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """The rows for paper: two groups of four and the row check."""
        rows = [self.signs[start : start + ROW_SIGNS] for start in range(0, ROWS * ROW_SIGNS, ROW_SIGNS)]
        return tuple((row[:4], row[4:], row_check(number, row)) for number, row in enumerate(rows, 1))

    @property
    def text(self) -> str:
        """The key as it is printed: four lines of groups and check."""
        return "\n".join(" ".join(row) for row in self.rows)

    @property
    def secret(self) -> bytes:
        """What the key slot is made from."""
        return self.signs.encode("ascii")


def row_check(number: int, row: str) -> str:
    """Return the two check signs of row ``number`` (from 1) of eight signs of the alphabet."""
    values = [*(ALPHABET.index(sign) for sign in row), number]
    total = sum(weight * value for weight, value in zip(_WEIGHTS, values, strict=True)) % _PRIME
    return ALPHABET[total // _BASE] + ALPHABET[total % _BASE]


def parse_recovery_key(text: str) -> RecoveryKey:
    """Read a key as a person types it: any case, any spacing, with or without row numbers and row checks.

    Where the checks are given, one look-alike sign per row is mended (8 for B, O for Q, ...).

    Raises:
        PassphraseError: ``recovery_key_row`` names the first row that cannot be right; ``recovery_key_shape`` when
            there are not four rows of eight signs.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    lines = ["".join(sign for sign in line if sign.isalnum()) for line in folded.splitlines()]
    lines = [line for line in lines if line]
    rows = lines if len(lines) == ROWS else _cut("".join(lines))
    return RecoveryKey("".join(_read_row(number, row) for number, row in enumerate(rows, 1)))


def _cut(signs: str) -> list[str]:
    length, rest = divmod(len(signs), ROWS)
    if rest or length not in (ROW_SIGNS, ROW_SIGNS + CHECK_SIGNS):
        raise PassphraseError("recovery_key_shape")
    return [signs[start : start + length] for start in range(0, len(signs), length)]


def _read_row(number: int, written: str) -> str:
    if len(written) in (ROW_SIGNS + 1, ROW_SIGNS + CHECK_SIGNS + 1) and written[0] == str(number):
        written = written[1:]
    if len(written) not in (ROW_SIGNS, ROW_SIGNS + CHECK_SIGNS):
        raise PassphraseError("recovery_key_shape")
    row, check = written[:ROW_SIGNS], written[ROW_SIGNS:]
    fitting = {candidate for candidate in _candidates(row) if not check or _check_fits(number, candidate, check)}
    if row in fitting:
        return row
    if len(fitting) == 1:
        return fitting.pop()
    raise PassphraseError("recovery_key_row", row=number)


def _candidates(row: str) -> Iterator[str]:
    """Yield the row itself and, with one sign replaced by a look-alike, what it may stand for."""
    outside = [position for position, sign in enumerate(row) if sign not in ALPHABET]
    if not outside:
        yield row
    for position in outside or range(len(row)):
        for sign in _TAKEN_FOR.get(row[position], ""):
            mended = row[:position] + sign + row[position + 1 :]
            if all(other in ALPHABET for other in mended):
                yield mended


def _check_fits(number: int, row: str, check: str) -> bool:
    return row_check(number, row) == check
