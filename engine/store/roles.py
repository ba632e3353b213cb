"""The roles of the people of a clinic. What a role may do stands in ``engine.store.permissions``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from engine.errors import StoreError

_OWNER = "owner"  # how the only user of a clinic was called before there were several


class Role(StrEnum):
    """What a user is; enforced by the program, since all share one data key."""

    ADMINISTRATOR = "administrator"
    CLINICIAN = "clinician"
    FRONT_DESK = "front_desk"
    AUDITOR = "auditor"


EVERY_ROLE = frozenset(Role)


def read_roles(text: str) -> frozenset[Role]:
    """Return the roles in a text such as "administrator+clinician"; "owner" is all of them.

    Raises:
        StoreError: ``store_slots_damaged`` for a word that is no role, and where there is none.
    """
    if text == _OWNER:
        return EVERY_ROLE
    try:
        return frozenset(Role(word) for word in text.split("+"))
    except ValueError as error:
        raise StoreError("store_slots_damaged") from error


def write_roles(roles: Iterable[Role]) -> str:
    """Return roles as one text, always in the same order."""
    held = frozenset(roles)
    return "+".join(role.value for role in Role if role in held)
