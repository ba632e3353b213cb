"""The two copies of the key slots in a clinic folder: reading, opening, trusting, mending and replacing them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from time import perf_counter

from engine.errors import EngineError, PassphraseError, StoreError, UsageError
from engine.store.audit.entries import head_of
from engine.store.folder import ClinicFolder, Random, store_error, write_durably
from engine.store.gate import inner
from engine.store.known_slots import unknown_slots, users_lost
from engine.store.recovery_key import parse_recovery_key
from engine.store.review_items import review_one_signature
from engine.store.settings import end_user, write_user
from engine.store.slot_format import SlotFile, SlotFileAsRead, read_slot_file
from engine.store.slots import Cost, Keys, Slot, SlotKind, passphrase_secret, read_letter, unseal
from engine.store.vault import Change, Vault


@dataclass(frozen=True, slots=True)
class Opened:
    """A slot that a secret opened.

    ``sealed``: the keys in it. ``keys``: those that hold, from a letter where one waits. ``seconds``: what deriving
    its key took on this machine.
    """

    slot: Slot
    secret: bytes = field(repr=False)
    sealed: Keys
    keys: Keys
    seconds: float = 0.0


def write_slots(place: ClinicFolder, content: bytes, random: Random) -> None:
    """Write both copies. The copy comes first: after a power cut between the two, the newer one is whole.

    Raises:
        StoreError: why a copy cannot be written.
    """
    write_durably(place.marker_copy, content, random)
    write_durably(place.marker, content, random)


def readable_slot_files(place: ClinicFolder) -> list[SlotFileAsRead]:
    """Return the undamaged copies, the newest first.

    Raises:
        StoreError: ``store_slots_damaged`` when neither can be read, or what else is wrong with both.
    """
    readable: list[SlotFileAsRead] = []
    problem = StoreError("store_slots_damaged")
    for path in (place.marker, place.marker_copy):
        try:
            readable.append(read_slot_file(path.read_bytes()))
        except FileNotFoundError:
            continue
        except OSError as error:
            problem = store_error(error)
        except StoreError as error:
            problem = error
    if not readable or problem.code == "store_newer":
        raise problem
    return sorted(readable, key=lambda read: -read.file.revision)


def same_name(one: str, other: str) -> bool:
    """Whether two names are those of one person as far as signing in goes: case, width and spaces apart."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def open_slot(
    slots: SlotFile,
    secret: str,
    floor: Cost,
    kinds: Collection[SlotKind] = tuple(SlotKind),
    who: str | None = None,
) -> Opened:
    """Return the slot of these kinds that a passphrase or recovery key opens, with the keys that hold.

    ``who`` is the name or id of a user; where there is only one it may be left out. Somebody unknown is told nothing
    else, and not faster, than somebody with a wrong passphrase.

    Raises:
        PassphraseError: ``passphrase_wrong``. UsageError: ``user_needed``. StoreError: as ``unseal``.
    """
    for slot, typed in _attempts(slots, secret, kinds, who):
        begun = perf_counter()
        try:
            sealed = unseal(slot, slots.store_id, typed, floor)
        except PassphraseError:
            continue
        seconds = perf_counter() - begun
        return Opened(slot, typed, sealed, read_letter(slot, slots.store_id, sealed), seconds)
    raise PassphraseError("passphrase_wrong")


def _attempts(
    slots: SlotFile, secret: str, kinds: Collection[SlotKind], who: str | None
) -> Iterator[tuple[Slot, bytes]]:
    if SlotKind.RECOVERY in kinds:
        with suppress(PassphraseError):  # what is no recovery key can only be a passphrase
            key = parse_recovery_key(secret).secret
            yield from ((slot, key) for slot in slots.slots if slot.kind is SlotKind.RECOVERY)
    if SlotKind.PASSPHRASE not in kinds or not slots.people:
        return
    try:
        typed = passphrase_secret(secret)
    except UsageError as error:
        raise PassphraseError("passphrase_wrong") from error
    yield _asked_for(slots, who), typed


def _asked_for(slots: SlotFile, who: str | None) -> Slot:
    if who is None:
        if len(slots.people) > 1:
            raise UsageError("user_needed")
        return slots.people[0]
    found = [slot for slot in slots.people if slot.user_id == who or (who and same_name(slot.user_name, who))]
    # Nobody of that name: a slot that no secret opens, at the price of one that some secret does.
    return found[0] if found else replace(slots.people[0], user_id="")


def trusted_slots(readable: list[SlotFileAsRead], opened: Opened) -> SlotFileAsRead:
    """Return the newest copy that was written by someone who had the data key.

    Raises:
        StoreError: ``store_slots_damaged`` when neither was.
    """
    keys = (opened.keys.data_key, opened.sealed.data_key)
    trusted = next((read for read in readable if any(read.verify(key) for key in keys)), None)
    if trusted is None:
        raise StoreError("store_slots_damaged")
    return trusted


def restore_copies(place: ClinicFolder, trusted: SlotFileAsRead, random: Random) -> None:
    """Write the trusted slots over a copy that is missing, damaged or older."""
    for path in (place.marker, place.marker_copy):
        try:
            whole = path.read_bytes() == trusted.content
        except OSError:
            whole = False
        if not whole:
            write_durably(path, trusted.content, random)


@inner
def swap_slots(
    vault: Vault,
    before: SlotFileAsRead,
    file: SlotFile,
    data_key: bytes,
    action: str,
    detail: Mapping[str, str | int],
    within: Callable[[Change], None] | None = None,
) -> None:
    """Replace both copies of the slots together with the audit entry of it; on any error those before stay.

    What is interrupted after the commit is not taken back: the record and the slots would not be of one mind.

    ``within`` writes what belongs to it into the database, in the same transaction. What is meant to happen is written
    down before: files and database are not one, and what is cut off between them is ended at the next opening
    (:func:`settle_slots`).

    Raises:
        StoreError: why a copy cannot be written.
    """
    place = ClinicFolder(vault.folder)
    content = replace(file, revision=before.file.revision + 1).encode(data_key)
    said = json.dumps(dict(detail), sort_keys=True)
    vault.note("slot.begin", detail={"action": action, "said": said, "sha256": sha256(content).hexdigest()})
    begun = head_of(vault.ledger.database).seq
    try:
        with vault.change(vault.user.id, action) as change:
            change.note(**detail)
            if within is not None:
                within(change)
            _find_again(vault, change, file)
            write_slots(place, content, vault.random)
            vault.ledger.slots = before.file.revision + 1
    except BaseException:
        if _committed_since(vault, begun):
            vault.ledger.committed()
            raise
        vault.ledger.slots = before.file.revision
        with suppress(StoreError):  # a copy that could not be replaced is the old one already
            write_slots(place, before.content, vault.random)
        raise


def _find_again(vault: Vault, change: Change, file: SlotFile) -> None:
    """Let the record name whom the slots let in: a disk that lies may have kept these and lost the entry of it.

    Only a name is taken from a slot, never a role: a slot file that was put back may have another.
    """
    database = vault.ledger.database
    held = {slot.user_id: slot for slot in file.slots}
    for user_id in users_lost(database, file.slots):
        if user_id not in held:
            end_user(change, user_id)
        elif not any(unknown_slots(database, [held[user_id]])):
            write_user(change, held[user_id].user)


def _committed_since(vault: Vault, seq: int) -> bool:
    """Whether an entry after a number is in the record. Where that cannot be told, the next opening settles it."""
    try:
        return head_of(vault.ledger.database).seq > seq
    except EngineError:
        return True


@inner
def settle_slots(vault: Vault, trusted: SlotFileAsRead) -> None:
    """End a change of the slots that was cut off when the files were replaced and the database was not yet written.

    Only what an entry of the audit announced, to the byte of the file, is ended: users are written as the slots have
    them, and the entry says who began it. Nothing is looked for where an anchor knows of slots as new.

    Raises:
        StoreError: it cannot be written.
    """
    anchor = vault.ledger.state.anchor
    if anchor is not None and trusted.file.revision <= anchor.slots:
        return
    with vault.granting():
        begun = vault.one("SELECT seq, actor, detail FROM audit WHERE action = 'slot.begin' ORDER BY seq DESC LIMIT 1")
    if begun is None:
        return
    seq, actor, detail = begun[0], begun[1], json.loads(begun[2])
    with vault.granting():
        ended = vault.one("SELECT 1 FROM audit WHERE seq > ? AND action IN (?, 'slot.settle')", (seq, detail["action"]))
    if ended is not None or detail["sha256"] != sha256(trusted.content).hexdigest():
        return
    said = json.loads(detail["said"])
    with vault.change(vault.user.id, "slot.settle") as change:
        change.note(**said)
        change.note(begun=detail["action"], begun_by=actor)
        if str(detail["action"]).startswith("user."):
            slot = next((slot for slot in trusted.file.people if slot.user_id == said["user"]), None)
            if slot is None:
                end_user(change, said["user"])
            else:
                write_user(change, slot.user)
            review_one_signature(change, said, actor, str(detail["action"]), vault.clock.now())
