"""Who a person is: the patient-level fields that are kept beside the visits, and how a person is searched for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from engine.store.pinyin import has_chinese, spell

# The order is that of the columns in the table ``patient``.
IDENTITY_FIELDS = (
    "patient_id",
    "name",
    "birth_date",
    "sex",
    "phone",
    "address",
    "village",
    "room",
    "consent_date",
    "medicines_confirmed_date",
    "conditions_confirmed_date",
    "allergies_confirmed_date",
    "checks_confirmed_date",
)
# Follow from other columns and are not stored: the visit is the day, the precision is the way the date is written.
UNSTORED_FIELDS = frozenset({"visit_date", "birth_date_precision"})

NEXT_VISIT = "next_visit_date"  # an appointment; it is kept with the visit at which it was made

LIST_DATES: Mapping[str, str] = {
    "medicines": "medicines_confirmed_date",
    "conditions": "conditions_confirmed_date",
    "allergies": "allergies_confirmed_date",
    "checks": "checks_confirmed_date",
}

# Letters with a stroke have no decomposition.
_STROKES = str.maketrans({"đ": "d", "ð": "d", "ł": "l", "ø": "o", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})
# Most Chinese names: nothing in them has a case, an accent or another width.
_PLAIN_CHINESE = re.compile("[\u4e00-\u9fff]+")


def fold(text: str) -> str:
    """Return a text for searching: no case, no accents, full-width signs as plain ones."""
    if text.isascii():
        return text.lower()
    if _PLAIN_CHINESE.fullmatch(text):
        return text
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_STROKES)
    return unicodedata.normalize("NFC", "".join(sign for sign in plain if not unicodedata.combining(sign)))


def search_text(identity: Mapping[str, str | None]) -> str:
    """Return what a person can be found by, each on a line.

    Number, name and phone; the phone without its punctuation, where it has some; the spellings and initials of a
    Chinese name.
    """
    name, phone = fold(identity.get("name") or ""), fold(identity.get("phone") or "")
    digits = phone if phone.isdigit() else "".join(sign for sign in phone if sign.isdigit())
    parts = [fold(identity.get("patient_id") or ""), name, phone]
    if digits != phone:
        parts.append(digits)
    if not name.isascii():
        for lines in spell(name):
            parts += lines
    return "\n".join(parts)


def sorting_name(search: str) -> str:
    """Return what a person's name is sorted by, from :func:`search_text`: a Chinese name by its likeliest spelling."""
    _, name, *rest = search.split("\n")
    if not has_chinese(name):
        return name
    return next((line for line in rest[1:] if not line.isdigit()), name)
