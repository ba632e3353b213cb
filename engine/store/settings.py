"""The clinic's own settings. Changing one never changes a stored result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.domain.assessment import Clinic
from engine.domain.record import Value
from engine.errors import BugError
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.roles import read_roles
from engine.store.users import User
from engine.store.vault import Change, Vault

_NAME = "clinic.name"
_PRACTICE = "clinic.practice"
_PACKS = "clinic.accepted_packs"
_KEYS = "clinic.pack_keys"
_FIELD = "field."
_COUNTED = "counted."


@needs(Permission.CLINIC_READ)
def load_clinic(vault: Vault) -> Clinic:
    """Return the clinic as it is set up now."""
    found = {
        name: json.loads(value) for name, value in vault.rows("SELECT name, value FROM setting WHERE ended IS NULL")
    }
    store = vault.one("SELECT id FROM store")
    if store is None or _NAME not in found:
        raise BugError("clinic_settings_missing")
    return Clinic(
        id=store[0],
        name=found[_NAME],
        settings={name.removeprefix(_FIELD): value for name, value in found.items() if name.startswith(_FIELD)},
        practice=found.get(_PRACTICE, False),
        accepted_packs=tuple(found.get(_PACKS, ())),
    )


@needs(Permission.CLINIC_CHANGE)
def rename_clinic(vault: Vault, name: str, actor: str) -> None:
    """Give the clinic another name."""
    with vault.change(actor, "clinic.rename") as change:
        _write(change, {_NAME: name})


@needs(Permission.CLINIC_CHANGE)
def update_settings(vault: Vault, settings: Mapping[str, Value | None], actor: str) -> None:
    """Set fields of scope "setting"; None takes a setting away. The old values stay in the history."""
    with vault.change(actor, "clinic.settings") as change:
        _write(change, {f"{_FIELD}{name}": value for name, value in settings.items()})
        change.note(settings=" ".join(sorted(settings)))


@needs(Permission.CLINIC_CHANGE)
def accept_packs(vault: Vault, packs: Sequence[str], actor: str) -> None:
    """Record the packs whose licence note was accepted; replaces the earlier list."""
    with vault.change(actor, "clinic.accept_packs") as change:
        _write(change, {_PACKS: list(packs)})
        change.note(packs=" ".join(packs))


@needs(Permission.CLINIC_READ)
def trusted_keys(vault: Vault) -> tuple[str, ...]:
    """Return the public keys (hex) whose signature on a pack the clinic trusts."""
    found = vault.one("SELECT value FROM setting WHERE name = ? AND ended IS NULL", (_KEYS,))
    return () if found is None else tuple(json.loads(found[0]))


@needs(Permission.CLINIC_CHANGE)
def trust_keys(vault: Vault, keys: Sequence[str], actor: str) -> None:
    """Record the public keys (hex) that the clinic trusts; replaces the earlier list."""
    with vault.change(actor, "clinic.trust_keys") as change:
        _write(change, {_KEYS: list(keys)})
        change.note(keys=" ".join(keys))


@needs(Permission.RECORD_WRITE)
def keep_counted(vault: Vault, name: str, content: object, actor: str) -> None:
    """Keep what was counted among the clinic's people, as plain JSON; replaces what was counted before."""
    with vault.change(actor, "clinic.count_people") as change:
        _write(change, {f"{_COUNTED}{name}": content})


@needs(Permission.CLINIC_READ)
def load_counted(vault: Vault, name: str) -> Any:
    """Return what was counted last; None where nobody counted."""
    return load_setting(vault, f"{_COUNTED}{name}")


def keep_setting(change: Change, name: str, content: object) -> None:
    """Keep a setting that is no field, as plain JSON, within a change; None takes it away."""
    _write(change, {name: content})


@needs(Permission.CLINIC_READ)
def load_setting(vault: Vault, name: str) -> Any:
    """Return what is kept under a name; None where nothing is."""
    found = vault.one("SELECT value FROM setting WHERE name = ? AND ended IS NULL", (name,))
    return None if found is None else json.loads(found[0])


@needs(Permission.CLINIC_READ)
def load_users(vault: Vault) -> tuple[User, ...]:
    """Return everyone who has a key, in the order in which they were last changed."""
    rows = vault.rows("SELECT id, name, role FROM user WHERE ended IS NULL ORDER BY key")
    return tuple(User(id_, name, read_roles(roles)) for id_, name, roles in rows)


@needs(Permission.CLINIC_READ)
def actor_names(vault: Vault) -> Callable[[str], str]:
    """Return what gives the name of everyone who ever had a key; somebody without a name stays an id."""
    names: dict[str, str] = {id_: name for id_, name in vault.rows("SELECT id, name FROM user ORDER BY key") if name}
    return lambda actor: names.get(actor, actor)


def write_first(change: Change, clinic: Clinic, owner: User) -> None:
    """Write the settings and the owner of a new store."""
    _write(change, {_NAME: clinic.name, _PRACTICE: clinic.practice, _PACKS: list(clinic.accepted_packs)})
    _write(change, {f"{_FIELD}{name}": value for name, value in clinic.settings.items()})
    write_user(change, owner)


def write_user(change: Change, user: User) -> None:
    """Write a user as they are from now on; what was written of them before ends."""
    end_user(change, user.id)
    row = (user.id, user.name, user.roles_text, change.id)
    change.run("INSERT INTO user(id, name, role, change) VALUES (?, ?, ?, ?)", row)


def end_user(change: Change, user_id: str) -> None:
    """Write that somebody is no user from now on."""
    change.run("UPDATE user SET ended = ? WHERE id = ? AND ended IS NULL", (change.id, user_id))


def write_setting(change: Change, name: str, content: object | None) -> None:
    """Write one setting, as plain JSON; None ends it."""
    _write(change, {name: content})


def _write(change: Change, settings: Mapping[str, object]) -> None:
    for name, value in settings.items():
        change.run("UPDATE setting SET ended = ? WHERE name = ? AND ended IS NULL", (change.id, name))
        if value is not None:
            change.run(
                "INSERT INTO setting(name, value, change) VALUES (?, ?, ?)", (name, json.dumps(value), change.id)
            )
