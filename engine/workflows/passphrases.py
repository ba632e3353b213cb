"""What makes a passphrase: one rule, and advice. The store itself refuses only an empty one."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from engine.errors import UsageError

LEAST_SIGNS = 8
# Without a second factor: OWASP Authentication Cheat Sheet, after NIST SP 800-63B.
ADVISED_SIGNS = 15
# A name shorter than this stands in many passphrases by chance.
_NAME_SIGNS = 3
# What people type first. The end of such a word is often dressed up with digits and signs, so it is looked up without.
_COMMON_WORDS = """
    abc abcd abcdef abcdefg abcdefgh admin administrator asdf asdfgh asdfghjkl changeme clinic computer default doctor
    dragon family football health hello hospital iloveyou lantern letmein login master medical monkey mypassword nurse
    passphrase passwd passwort password princess qazwsx qwer qwert qwerty qwertyui qwertyuiop qwertz secret sunshine
    superman test welcome whatever woaini zxcvbn zxcvbnm 口令 密码 医院 医生 护士 诊所 卫生院 卫生室 我爱你
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_LOOKS = str.maketrans("013457@$!", "oieastasi")  # p@ssw0rd


class PassphraseAdvice(StrEnum):
    """What could be better about a passphrase that is allowed."""

    REPEATED = "repeated"
    DIGITS = "digits"
    COMMON = "common"
    CLINIC_NAME = "clinic_name"
    SHORT = "short"

    @property
    def key(self) -> str:
        """The key of its sentence, which has the placeholder ``advised``."""
        return f"setup.advice.{self.value}"


def check_passphrase(passphrase: str) -> None:
    """Refuse a new passphrase that is too short.

    Raises:
        UsageError: ``passphrase_too_short`` below LEAST_SIGNS signs.
    """
    if len(unicodedata.normalize("NFC", passphrase)) < LEAST_SIGNS:
        raise UsageError("passphrase_too_short", least=LEAST_SIGNS)


def passphrase_advice(passphrase: str, clinic_name: str = "") -> PassphraseAdvice | None:
    """Return the first thing that makes a passphrase easy to guess, or None."""
    plain = _bare(passphrase)
    found = {
        PassphraseAdvice.REPEATED: len(set(plain)) <= 1,
        PassphraseAdvice.DIGITS: plain.isdecimal(),
        PassphraseAdvice.COMMON: _is_common(plain, _bare(passphrase.casefold().translate(_LOOKS))),
        PassphraseAdvice.CLINIC_NAME: _holds_name(plain, clinic_name),
        PassphraseAdvice.SHORT: len(unicodedata.normalize("NFC", passphrase)) < ADVISED_SIGNS,
    }
    return next((advice for advice, applies in found.items() if applies), None)


def _bare(text: str) -> str:
    """Return a text without case, width, spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if not sign.isspace() and not unicodedata.category(sign).startswith("P"))


def _is_common(plain: str, read: str) -> bool:
    """``read``: the same with the digits and signs that stand for letters read as letters."""
    stem = plain.strip("0123456789$+=<>^`|~")
    return bool({plain, stem, read, read.rstrip("oieast")} & _COMMON)


def _holds_name(plain: str, clinic_name: str) -> bool:
    name = _bare(clinic_name)
    words = {_bare(word) for word in clinic_name.split()} | {name}
    left = plain
    for word in sorted((word for word in words if len(word) >= _NAME_SIGNS), key=len, reverse=True):
        left = left.replace(word, "")
    # The name may stand among other words, which is fine; it is advised against where little else is there.
    return left != plain and len(left) < LEAST_SIGNS
