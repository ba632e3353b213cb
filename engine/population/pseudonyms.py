"""Pseudonyms: drawn at random, following from nothing that is known of a person (45 CFR 164.514(c))."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

_BYTES = 6


def draw_pseudonyms(
    person_ids: Iterable[str], random: Callable[[int], bytes], known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return a pseudonym for each person: the one that is known, else a new one that nobody has.

    It begins with a letter, so that no spreadsheet takes it for a number.
    """
    known = known or {}
    used = set(known.values())
    found = {}
    for person_id in person_ids:
        pseudonym = known.get(person_id)
        while pseudonym is None or (person_id not in known and pseudonym in used):
            pseudonym = f"P{random(_BYTES).hex()}"
        used.add(pseudonym)
        found[person_id] = pseudonym
    return found
