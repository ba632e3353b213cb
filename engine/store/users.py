"""Who opened the store, and what opening gave them."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.store.permissions import Permission
from engine.store.roles import EVERY_ROLE, Role, write_roles
from engine.store.signer import Signer

RECOVERY_ID = "recovery"  # who acts where the recovery key opened the store: it does not tell a person


@dataclass(frozen=True, slots=True)
class User:
    """A person with a key slot. ``id`` stands in every change they make."""

    id: str
    name: str
    roles: frozenset[Role] = EVERY_ROLE

    @property
    def roles_text(self) -> str:
        """The roles as they are written: "administrator+clinician"."""
        return write_roles(self.roles)


@dataclass(frozen=True, slots=True)
class Access:
    """What a slot gave to who opened the store.

    ``backup_public``: the raw X25519 key that backups are sealed to. ``anchor_key``: 32 bytes from the data key, for
    what lies beside the database. ``change_first``: nothing else is allowed before the passphrase is changed.
    """

    user: User
    signer: Signer = field(repr=False)
    backup_public: bytes
    anchor_key: bytes = field(repr=False)
    change_first: bool = False


@dataclass(frozen=True, slots=True)
class Emergency:
    """Leave to see one person's record until a moment, given to who has no role for it.

    ``deadline``: the same moment by ``time.monotonic``, which nobody sets back.
    """

    person_id: str
    until: datetime
    deadline: float = math.inf

    def over(self, now: datetime) -> bool:
        """Whether it has ended, by the clock or by the time that went by."""
        return now >= self.until or time.monotonic() >= self.deadline

    def covers(self, permission: Permission, person_ids: Sequence[str], now: datetime) -> bool:
        """Whether it allows this with these people at this moment. It never allows writing."""
        reading = permission in (Permission.PEOPLE_READ, Permission.RECORD_READ)
        return reading and bool(person_ids) and set(person_ids) == {self.person_id} and not self.over(now)
