"""The clinic's own maps of files, kept among its settings by the shape of the files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.settings import keep_setting
from engine.store.vault import Change, Vault

_MAP = "map."


@needs(Permission.RECORD_READ)
def load_map(vault: Vault, shape: str) -> Mapping[str, Any] | None:
    """Return the map of files of one shape; None where there is none."""
    return load_maps(vault).get(shape)


@needs(Permission.RECORD_READ)
def load_maps(vault: Vault) -> dict[str, Mapping[str, Any]]:
    """Return every map by the shape of its files."""
    rows = vault.rows("SELECT name, value FROM setting WHERE name GLOB 'map.*' AND ended IS NULL ORDER BY key")
    return {name.removeprefix(_MAP): json.loads(value) for name, value in rows}


def keep_map(change: Change, shape: str, document: Mapping[str, Any]) -> None:
    """Keep a map, within the change that imports such a file."""
    keep_setting(change, f"{_MAP}{shape}", dict(document))


@needs(Permission.RECORD_WRITE)
def save_map(vault: Vault, shape: str, document: Mapping[str, Any] | None, actor: str) -> None:
    """Keep a map that a person edited, or forget one (None)."""
    with vault.change(actor, "import.map") as change:
        keep_setting(change, f"{_MAP}{shape}", None if document is None else dict(document))
