"""Goes along the entries of an audit and tells with which something is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.store.audit.entries import FORM, Entry
from engine.store.audit.known_keys import BEGIN, KnownKeys
from engine.store.signer import is_signed


class Flaw(StrEnum):
    """What can be wrong with a store."""

    FILE_DAMAGED = "file_damaged"
    FILE_UNREADABLE = "file_unreadable"
    ENTRY_ALTERED = "entry_altered"  # its hash is not that of what it says
    ENTRY_UNSIGNED = "entry_unsigned"
    ENTRY_MISSING = "entry_missing"  # numbers are left out before it
    LINK_BROKEN = "link_broken"  # it is bound to another entry than the one before it
    SIGNATURE_WRONG = "signature_wrong"
    KEY_UNKNOWN = "key_unknown"  # signed with a key that no entry gave to this user
    ACCESS_UNALLOWED = "access_unallowed"  # its actor may not give the key, or change the access, that it does
    KEY_OTHER = "key_other"  # a key slot holds another key than the audit gave to its user, or it gave none
    SLOT_MISSING = "slot_missing"  # the store knows a user whom no key slot lets in, or not under that name
    SLOT_UNKNOWN = "slot_unknown"  # a key slot is of nobody the store knows, or has other roles
    OLD_ENTRIES_ALTERED = "old_entries_altered"  # those from before there was a chain
    CLOCK_BACK = "clock_back"  # earlier than the entry before it
    CHANGE_OTHER = "change_other"
    CHANGE_MISSING = "change_missing"
    CHANGE_UNTOLD = "change_untold"
    SEAL_OTHER = "seal_other"
    SEAL_MISSING = "seal_missing"
    ROWS_ALTERED = "rows_altered"
    ROWS_MISSING = "rows_missing"
    ROWS_ADDED = "rows_added"
    ATTACHED_MISSING = "attached_missing"  # a sealed file beside the database
    ATTACHED_ALTERED = "attached_altered"

    @property
    def counts(self) -> bool:
        """Whether the store is not sound with it. A clock that was put right proves nothing; it is only told."""
        return self is not Flaw.CLOCK_BACK


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: with which entry, which change, and the rows of whom in which table."""

    flaw: Flaw
    seq: int | None = None
    change: int | None = None
    table: str | None = None
    owner: int | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry says of a change."""

    seq: int
    moment: str
    actor: str
    action: str
    state: str


class Chain:
    """The entries so far. ``changes``: what was said of each change."""

    def __init__(self, genesis: str) -> None:
        self.count = self.signed = 0
        self.changes: dict[int, Told] = {}
        self._last_hash = genesis
        self._last_seq = 0
        self._last_moment = ""
        self._old = hashlib.sha256()
        self._keys = KnownKeys()

    def look_at(self, entry: Entry) -> Iterator[Finding]:
        """Take the next entry in and yield what is wrong with it."""
        self.count += 1
        flaws = self._flaws_before_chain(entry) if entry.form is None else self._flaws(entry)
        for flaw in flaws:
            yield Finding(flaw, seq=entry.seq, change=entry.change)
        if entry.change is not None:
            self.changes.setdefault(entry.change, Told(entry.seq, entry.moment, entry.actor, entry.action, entry.state))
        self._last_seq, self._last_moment = entry.seq, max(self._last_moment, entry.moment)
        if entry.form is not None:
            self._last_hash = entry.hash
            self.signed += 1

    def _flaws_before_chain(self, entry: Entry) -> Iterator[Flaw]:
        self._old.update(entry.canonical() + b"\n")
        self._keys.acted_early(entry.actor)
        if self.signed:
            yield Flaw.ENTRY_UNSIGNED

    def _flaws(self, entry: Entry) -> Iterator[Flaw]:
        details = entry.details
        if not self.signed and entry.action == BEGIN:
            said = (details.get("entries_before"), details.get("sha256_before"))
            if said != (self.count - 1, self._old.hexdigest()):
                yield Flaw.OLD_ENTRIES_ALTERED
        elif not self.signed and self.count > 1:
            yield Flaw.OLD_ENTRIES_ALTERED  # nothing binds them
        if entry.seq != self._last_seq + 1:
            yield Flaw.ENTRY_MISSING
        if entry.previous_hash != self._last_hash:
            yield Flaw.LINK_BROKEN
        if entry.form != FORM or entry.digest() != entry.hash:
            yield Flaw.ENTRY_ALTERED
        yield from self._flaws_of_signature(entry)
        if entry.moment < self._last_moment:
            yield Flaw.CLOCK_BACK

    def _flaws_of_signature(self, entry: Entry) -> Iterator[Flaw]:
        signed = is_signed(_bytes(entry.hash), _bytes(entry.signature), _bytes(entry.key))
        judged = self._keys.judge(entry, signed=signed)
        if not judged.known:
            yield Flaw.KEY_UNKNOWN
        if not judged.allowed:
            yield Flaw.ACCESS_UNALLOWED
        if not signed:
            yield Flaw.SIGNATURE_WRONG

    def compare_keys(self, keys: Mapping[str, str]) -> Iterator[Finding]:
        """Compare the keys of who has a slot with those that the entries gave them; empty: the slot has none yet."""
        for user, key in keys.items():
            if not self._keys.fits(user, key):
                yield Finding(Flaw.KEY_OTHER)


def _bytes(text: str) -> bytes:
    """Return the bytes of hex as it is written here; no other way of writing them counts."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return b""
    return found if found.hex() == text else b""
