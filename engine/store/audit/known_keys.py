"""Whose signature counts: the keys that the entries of an audit gave to people, and who may give one.

An entry is judged with the keys that are known before it; only then what it gives is taken in. Keys are given

* by the first signed entry, to who signs it, and to the recovery key;
* by administrators and the recovery key to others, as far as the entries before tell who is one;
* by somebody to themselves where the entry is signed with a key that they have already;
* to who had access before there was a chain, by themselves: there was no key in their slot until then;
* by the end of a change that was cut off, as the entry said that began it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.store.audit.entries import Entry, plain_object

CREATE = "store.create"
BEGIN = "audit.begin"
RECOVERY = "recovery"  # who acts where the recovery key opened the store
_ANNOUNCE, _RENEW, _SETTLE, _REMOVE = "slot.begin", "slot.renew", "slot.settle", "user.remove"
_BY_ADMINISTRATORS = frozenset({"user.add", "user.rename", "user.roles", "user.passphrase", "recovery.renew", _REMOVE})
_GIVING = _BY_ADMINISTRATORS | {"passphrase.change"}


class Judged(NamedTuple):
    """What was found of an entry: whether its key is its actor's, and whether they may change the access it changes."""

    known: bool
    allowed: bool


class _Given(NamedTuple):
    """A key that an entry gives, or announces. ``roles``: of its user from then on; None where it does not say."""

    action: str
    user: str
    key: str
    roles: str | None


class KnownKeys:
    """The keys and roles so far, by the id of their user."""

    def __init__(self) -> None:
        self._keys: dict[str, list[str]] = {}
        self._roles: dict[str, str] = {}
        self._early: set[str] = set()  # who acted before there was a chain
        self._new: set[str] = set()  # who gave themselves their key and has finished nothing since
        self._announced: set[tuple[str, str]] = set()  # by the last change of access that was begun
        self._first = True
        self._begun_late = False  # whether there was a store before there was a chain

    def acted_early(self, actor: str) -> None:
        """Take in that somebody acted before there was a chain."""
        self._early.add(actor)

    def judge(self, entry: Entry, *, signed: bool) -> Judged:
        """Judge the next entry, and take in what it gives. ``signed``: with the key that it names."""
        given = list(_given(entry))
        known = entry.key in self._keys.get(entry.actor, ())
        own = not known and any(self._is_own(entry, each) for each in given)
        allowed = all(self._may_give(entry, each, known=known) for each in given)
        if entry.action in _BY_ADMINISTRATORS and not self._leads(entry.actor):
            allowed = False
        if signed and allowed and (known or own):
            self._take_in(entry, given, own=own)
        self._first = False
        return Judged(known or own, allowed or not (known or own))

    def fits(self, user: str, key: str) -> bool:
        """Whether a key slot holds the key that the entries gave its user last; empty: the slot is from before keys."""
        given = self._keys.get(user, [])
        if not key:
            return not given or user in self._new
        return given[-1:] == [key]

    def _leads(self, user: str) -> bool:
        words = self._roles.get(user, "").split("+")
        return user == RECOVERY or "administrator" in words or "owner" in words

    def _is_own(self, entry: Entry, given: _Given) -> bool:
        """Whether somebody gives themselves the key they sign with, though they have none, and may."""
        user = given.user
        if (user, given.key) != (entry.actor, entry.key):
            return False
        if self._first:
            return entry.action in (CREATE, BEGIN)
        if entry.action == _SETTLE:
            return (user, given.key) in self._announced
        if given.action != _RENEW:
            return False
        had_access = self._begun_late and (user == RECOVERY or user in self._early)
        return user in self._new or (had_access and user not in self._keys)

    def _may_give(self, entry: Entry, given: _Given, *, known: bool) -> bool:
        user = given.user
        if given.key in self._keys.get(user, ()) or self._is_own(entry, given):
            return True
        if entry.action == _SETTLE:
            return (user, given.key) in self._announced
        if self._first:
            return entry.action in (CREATE, BEGIN) and user == RECOVERY
        return known and given.action in _GIVING and (user == entry.actor or self._leads(entry.actor))

    def _take_in(self, entry: Entry, given: Sequence[_Given], *, own: bool) -> None:
        if self._first:
            self._begun_late = entry.action == BEGIN
            self._roles[entry.actor] = entry.roles
        if entry.action == _ANNOUNCE:
            self._announced = {(each.user, each.key) for each in given}
            return  # a key is given when the slot is there
        if own and entry.action != _SETTLE:
            self._new.add(entry.actor)
            self._roles.setdefault(entry.actor, entry.roles)
        else:
            self._new.discard(entry.actor)
        for each in given:
            self._keys.setdefault(each.user, []).append(each.key)
            if each.roles is not None and (entry.action == _SETTLE or self._leads(entry.actor)):
                self._roles[each.user] = "" if each.action == _REMOVE else each.roles


def _given(entry: Entry) -> Iterator[_Given]:
    action, details = entry.action, entry.details
    if action == _ANNOUNCE:
        action, details = str(details.get("action")), plain_object(details.get("said"))
    elif action == _SETTLE:
        action = str(details.get("begun"))
    if "user" in details and "public" in details:
        roles = details.get("roles")
        yield _Given(action, str(details["user"]), str(details["public"]), None if roles is None else str(roles))
    if "recovery_public" in details:
        yield _Given(action, RECOVERY, str(details["recovery_public"]), None)
