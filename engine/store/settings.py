"""The clinic's own settings. Changing one never changes a stored result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.domain.assessment import Clinic
from engine.domain.record import Value
from engine.errors import BugError
from engine.store.users import User
from engine.store.vault import Change, Vault

_NAME = "clinic.name"
_PRACTICE = "clinic.practice"
_PACKS = "clinic.accepted_packs"
_KEYS = "clinic.pack_keys"
_FIELD = "field."
_COUNTED = "counted."


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


def rename_clinic(vault: Vault, name: str, actor: str) -> None:
    """Give the clinic another name."""
    with vault.change(actor, "clinic.rename") as change:
        _write(change, {_NAME: name})


def update_settings(vault: Vault, settings: Mapping[str, Value | None], actor: str) -> None:
    """Set fields of scope "setting"; None takes a setting away. The old values stay in the history."""
    with vault.change(actor, "clinic.settings") as change:
        _write(change, {f"{_FIELD}{name}": value for name, value in settings.items()})
        change.note(settings=" ".join(sorted(settings)))


def accept_packs(vault: Vault, packs: Sequence[str], actor: str) -> None:
    """Record the packs whose licence note was accepted; replaces the earlier list."""
    with vault.change(actor, "clinic.accept_packs") as change:
        _write(change, {_PACKS: list(packs)})
        change.note(packs=" ".join(packs))


def trusted_keys(vault: Vault) -> tuple[str, ...]:
    """Return the public keys (hex) whose signature on a pack the clinic trusts."""
    found = vault.one("SELECT value FROM setting WHERE name = ? AND ended IS NULL", (_KEYS,))
    return () if found is None else tuple(json.loads(found[0]))


def trust_keys(vault: Vault, keys: Sequence[str], actor: str) -> None:
    """Record the public keys (hex) that the clinic trusts; replaces the earlier list."""
    with vault.change(actor, "clinic.trust_keys") as change:
        _write(change, {_KEYS: list(keys)})
        change.note(keys=" ".join(keys))


def keep_counted(vault: Vault, name: str, content: object, actor: str) -> None:
    """Keep what was counted among the clinic's people, as plain JSON; replaces what was counted before."""
    with vault.change(actor, "clinic.count_people") as change:
        _write(change, {f"{_COUNTED}{name}": content})


def load_counted(vault: Vault, name: str) -> Any:
    """Return what was counted last; None where nobody counted."""
    found = vault.one("SELECT value FROM setting WHERE name = ? AND ended IS NULL", (f"{_COUNTED}{name}",))
    return None if found is None else json.loads(found[0])


def load_users(vault: Vault) -> tuple[User, ...]:
    """Return everyone who has or had a key, by id."""
    rows = vault.rows("SELECT id, name, role FROM user WHERE ended IS NULL ORDER BY key")
    return tuple(User(*row) for row in rows)


def actor_names(vault: Vault) -> Callable[[str], str]:
    """Return what gives the name of everyone who ever had a key; somebody without a name stays an id."""
    names: dict[str, str] = {id_: name for id_, name in vault.rows("SELECT id, name FROM user ORDER BY key") if name}
    return lambda actor: names.get(actor, actor)


def write_first(change: Change, clinic: Clinic, owner: User) -> None:
    """Write the settings and the owner of a new store."""
    _write(change, {_NAME: clinic.name, _PRACTICE: clinic.practice, _PACKS: list(clinic.accepted_packs)})
    _write(change, {f"{_FIELD}{name}": value for name, value in clinic.settings.items()})
    change.run(
        "INSERT INTO user(id, name, role, change) VALUES (?, ?, ?, ?)", (owner.id, owner.name, owner.role, change.id)
    )


def _write(change: Change, settings: Mapping[str, object]) -> None:
    for name, value in settings.items():
        change.run("UPDATE setting SET ended = ? WHERE name = ? AND ended IS NULL", (change.id, name))
        if value is not None:
            change.run(
                "INSERT INTO setting(name, value, change) VALUES (?, ?, ?)", (name, json.dumps(value), change.id)
            )
