"""Another data key for a clinic, offered when somebody leaves who could have copied it.

    slots hold both keys -> the database is encrypted anew -> the slots hold the new one

The two files cannot change in one step, so the slots are first written with the new key in letters to everybody and a
mark that it is coming; whoever opens the clinic after a power cut has both keys and finds the one that fits. Then the
library encrypts the database anew in one transaction of its own. At the end who turned the key has it in their slot,
and the others when they next sign in. Backups are sealed to a new key as well, so that an administrator who left opens
none that is made from now on.
"""

from __future__ import annotations

from dataclasses import replace

from engine.store.access import access_of, slots_at_hand
from engine.store.gate import needs
from engine.store.letters import backup_public, new_backup_key
from engine.store.permissions import Permission
from engine.store.slot_files import swap_slots
from engine.store.slot_renewal import resealed, with_slot
from engine.store.slots import DATA_KEY_BYTES, FLOOR, Cost, with_letter
from engine.store.vault import Vault


@needs(Permission.USERS)
def turn_key(vault: Vault, secret: str, agreed: dict[str, str | int], *, floor: Cost = FLOOR) -> None:
    """Encrypt the clinic under a new data key. ``agreed``: who agreed, see ``engine.store.two_people``.

    Raises:
        PassphraseError: ``passphrase_wrong``.
        StoreError: ``backup_running``, ``recovery_sheet_old``; or why files cannot be written: the key before opens the
            clinic then.
    """
    vault.check_not_copying()
    before = slots_at_hand(vault, secret, floor)
    backup_key = new_backup_key(vault.random)
    keys = replace(
        before.keys, data_key=vault.random(DATA_KEY_BYTES), backup_keys=(backup_key, *before.keys.backup_keys)
    )
    store_id, random = before.file.store_id, vault.random
    letters = tuple(with_letter(slot, store_id, slot.user.roles_text, keys, random) for slot in before.file.slots)
    both = replace(before.file, slots=letters, backup_public=backup_public(backup_key), turning=True)
    swap_slots(vault, before.read, both, before.keys.data_key, "key.turn", agreed)

    vault.turn_key(keys.data_key, access_of(before.own, keys, both))

    after = slots_at_hand(vault, secret, floor)
    own = resealed(after.own, store_id, after.secret, keys, after.own.cost, random, change_first=vault.change_first)
    done = replace(with_slot(after.file, after.own, own), turning=False)
    swap_slots(vault, after.read, done, keys.data_key, "key.turned", {"backup_public": done.backup_public.hex()})
