"""Who a person is: the patient-level fields that are kept beside the visits, and how a person is searched for."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

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

LIST_DATES: Mapping[str, str] = {
    "medicines": "medicines_confirmed_date",
    "conditions": "conditions_confirmed_date",
    "allergies": "allergies_confirmed_date",
    "checks": "checks_confirmed_date",
}

# Letters with a stroke have no decomposition.
_STROKES = str.maketrans({"đ": "d", "ð": "d", "ł": "l", "ø": "o", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})


def fold(text: str) -> str:
    """Return a text for searching: no case, no accents, full-width signs as plain ones."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_STROKES)
    return unicodedata.normalize("NFC", "".join(sign for sign in plain if not unicodedata.combining(sign)))


def search_text(identity: Mapping[str, str | None]) -> str:
    """Return what a person can be found by: number, name and phone, the phone also without its punctuation."""
    phone = fold(identity.get("phone") or "")
    digits = "".join(sign for sign in phone if sign.isdigit())
    parts = [fold(identity.get("patient_id") or ""), fold(identity.get("name") or ""), phone]
    return "\n".join([*parts, digits] if digits != phone else parts)
