"""Whether what a backup holds is what was signed: whoever has the data key can write another copy and sign for it."""

from __future__ import annotations

from collections.abc import Callable

from engine.store.audit.anchor import AnchorState, Standing
from engine.store.audit.verify import verify
from engine.store.backup.known import known_people
from engine.store.backup.open import Unsealed
from engine.store.database import Database
from engine.store.permissions import Permission


def is_proven(database: Database, unsealed: Unsealed, heed: Callable[[int], None]) -> bool:
    """Whether every entry and every row of a copy stands as its own audit was signed, and its manifest with it.

    The manifest has to be signed by who it says made the backup: somebody whom the audit knows and who may make one.
    ``database`` has the present schema; ``heed`` hears how many rows were read, and what it raises ends the check.
    """
    manifest = unsealed.backup.manifest
    maker = known_people(database).get(manifest.made_by)
    if maker is None or manifest.key.hex() not in maker.keys or not maker.may(Permission.BACKUP):
        return False
    keys = {slot.user_id: slot.public.hex() for slot in unsealed.slots.file.slots}
    return verify(database, AnchorState(Standing.SOUND, None), keys, heed=heed).sound
