"""Who the audit of a store knows: the keys that were given to each, and the roles that they hold at its end.

All who work in a clinic share one data key, so that a key stands in a manifest, a slot or an entry proves nothing by
itself. It counts where it was given by an entry that was itself signed with a known key, by whoever may give it: the
first entry of the store, an administrator's, or one's own. Signatures themselves are ``engine.store.audit.verify``'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from engine.errors import StoreError
from engine.store.database import Database
from engine.store.permissions import Permission, permits
from engine.store.roles import EVERY_ROLE, Role, read_roles
from engine.store.slot_format import SlotFile
from engine.store.users import RECOVERY_ID

_FIRST = ("store.create", "audit.begin")
_GIVING = "SELECT actor, roles, action, detail, key FROM audit WHERE form IS NOT NULL AND detail GLOB '*public*'"


@dataclass(slots=True)
class Known:
    """One person, or the recovery key: every public key they had, in hex, and their roles; none once removed."""

    keys: set[str] = field(default_factory=set)
    roles: frozenset[Role] = frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether they hold a permission."""
        return permits(self.roles, permission)


def known_people(database: Database) -> Mapping[str, Known]:
    """Return by id whom the signed entries of a store know; nobody where it has none."""
    columns = {str(row[1]) for row in database.rows("PRAGMA table_info(audit)")}
    if not {"form", "key", "detail"} <= columns:
        return {}
    found = _Walk()
    for actor, roles, action, detail, key in database.rows(f"{_GIVING} ORDER BY seq"):
        told: dict[str, Any] = {}
        with suppress(ValueError):
            told = json.loads(detail)
        with suppress(StoreError):  # a word that is no role gives nothing
            found.take(str(actor), str(roles), str(action), told, str(key))
    return found.people


def keys_that_may(people: Mapping[str, Known], slots: SlotFile, permission: Permission) -> frozenset[str]:
    """Return the keys, in hex, of everybody who holds a permission both by the entries and by the slots of their day.

    Whoever has the data key can write either of the two; for somebody's slot it takes their passphrase.
    """
    users = {slot.user_id for slot in slots.slots if permits(slot.user.roles, permission)} & people.keys()
    return frozenset(key for user in users if people[user].may(permission) for key in people[user].keys)


def every_key(people: Iterable[Known]) -> frozenset[str]:
    """Return every key, in hex, that anybody had."""
    return frozenset(key for person in people for key in person.keys)


class _Walk:
    def __init__(self) -> None:
        self.people: dict[str, Known] = {}
        self._begun: dict[str, dict[str, Any]] = {}  # by who began it: a change of the slots that is not ended
        self._from_before = False  # the store is older than its chain: who comes later may not be known yet

    def take(self, actor: str, roles: str, action: str, told: Mapping[str, Any], key: str) -> None:
        """Take in what an entry gives to somebody."""
        if not self.people:
            self._begin(actor, roles, action, told, key)
            return
        signed = self.people.get(actor)
        if signed is None and self._from_before and action == "slot.renew" and told.get("user") == actor:
            self._come_later(actor, roles, str(told.get("public")), key)
        elif signed is None or key not in signed.keys:
            return
        elif action == "slot.begin":
            self._begun[actor] = json.loads(told["said"])
        elif action == "slot.settle":
            self._settle(told)
        elif told.get("user") == actor or signed.may(Permission.USERS):
            self._give(told, may_give_roles=signed.may(Permission.USERS), removed=action == "user.remove")

    def _begin(self, actor: str, roles: str, action: str, told: Mapping[str, Any], key: str) -> None:
        if action not in _FIRST or (told.get("user"), told.get("public")) != (actor, key):
            return
        self._from_before = action == "audit.begin"
        self.people[actor] = Known({key}, read_roles(roles))
        if "recovery_public" in told:
            self.people[RECOVERY_ID] = Known({str(told["recovery_public"])}, EVERY_ROLE)

    def _come_later(self, actor: str, roles: str, public: str, key: str) -> None:
        """Take the other one of the two who could open a clinic of one person: its user, or the recovery key."""
        if public == key and len(self.people) == 1 and RECOVERY_ID in (actor, *self.people):
            self.people[actor] = Known({key}, read_roles(roles))

    def _settle(self, told: Mapping[str, Any]) -> None:
        by = str(told.get("begun_by"))
        said = self._begun.pop(by, None)
        if said is None or any(told.get(name) != value for name, value in said.items()):
            return
        allowed = self.people[by].may(Permission.USERS)
        if allowed or said.get("user") == by:
            self._give(said, may_give_roles=allowed, removed=told.get("begun") == "user.remove")

    def _give(self, told: Mapping[str, Any], *, may_give_roles: bool, removed: bool) -> None:
        if "user" not in told or "public" not in told:
            return
        person = self.people.setdefault(str(told["user"]), Known())
        if removed:
            person.roles = frozenset()
            return
        person.keys.add(str(told["public"]))
        if may_give_roles and "roles" in told:
            person.roles = read_roles(str(told["roles"]))
