"""Holds the key slots against the record: a slot file that was put back opens, though its user may be gone by now.

The list of users in the database is sealed and signed, and the slots are not part of it: so a slot counts only as far
as the list has its user, with the same roles. The recovery key is on no list; its key is in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from engine.errors import StoreError
from engine.store.audit.entries import plain_object
from engine.store.roles import Role, read_roles
from engine.store.slots import Slot, SlotKind
from engine.store.users import RECOVERY_ID

if TYPE_CHECKING:
    from engine.store.database import Database

_OWN = frozenset({"audit.begin", "slot.renew"})  # a slot from before there were keys takes one for itself


def check_known(database: Database, slot: Slot) -> None:
    """Refuse who opened the clinic with a slot that the record does not have.

    Raises:
        StoreError: ``store_slots_old``.
    """
    if any(unknown_slots(database, [slot])):
        raise StoreError("store_slots_old")


def unknown_slots(database: Database, slots: Iterable[Slot]) -> Iterator[Slot]:
    """Yield the slots that are not of a user as the record has them, and a recovery key that the log does not know."""
    users = _users(database)
    for slot in slots:
        if slot.kind is SlotKind.RECOVERY:
            if not _is_last_recovery_key(database, slot):
                yield slot
        elif users.get(slot.user_id) != slot.user.roles:
            yield slot


def users_lost(database: Database, slots: Iterable[Slot]) -> list[str]:
    """Return the ids of users whom no slot lets in, or not under their name: a change of access was lost by half."""
    held = {slot.user_id: slot.user.name for slot in slots}
    rows = database.rows("SELECT id, name FROM user WHERE ended IS NULL")
    return [str(id_) for id_, name in rows if held.get(str(id_)) != name]


def _users(database: Database) -> dict[str, frozenset[Role]]:
    rows = database.rows("SELECT id, role FROM user WHERE ended IS NULL")
    return {str(id_): read_roles(str(role)) for id_, role in rows}


def _is_last_recovery_key(database: Database, slot: Slot) -> bool:
    """Whether the log gave the recovery key this key last; a log that tells of none decides nothing."""
    given = list(_recovery_keys(database))
    if not slot.public:
        return all(action in _OWN for action, _ in given)
    return not given or given[-1][1] == slot.public.hex()


def _recovery_keys(database: Database) -> Iterator[tuple[str, str]]:
    """Yield the keys that the log gave the recovery key, with the action that gave each."""
    sql = (
        "SELECT action, detail FROM audit WHERE action IN ('store.create', 'audit.begin', 'slot.renew', 'slot.settle',"
        " 'recovery.renew') ORDER BY seq"
    )
    for action, text in database.rows(sql):
        detail = plain_object(text)
        begun = str(detail.get("begun", action))
        if "recovery_public" in detail:
            yield begun, str(detail["recovery_public"])
        if detail.get("user") == RECOVERY_ID and "public" in detail:
            yield begun, str(detail["public"])
