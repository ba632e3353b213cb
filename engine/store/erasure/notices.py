"""Notices: that somebody was erased, signed by who did it, for places where the person may come back from.

A notice holds the random ids of the record and nothing else of the person. The erased rows stand in backups that were
made before; so every notice goes into the manifest of each later backup and into a file beside the database, where a
restore finds it without a key (``engine.store.erasure.again``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.errors import StoreError, UsageError
from engine.store.folder import Random, store_error, write_durably
from engine.store.gate import inner
from engine.store.signer import is_signed
from engine.store.slots import canonical
from engine.store.vault import Vault

FORMAT = "lantern-erasure/1"
FILE = "erased.lantern"
_LONGEST = 4 * 2**20
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Notice:
    """That the records of these ids were erased. ``key``: the public key of who signed it, in hex."""

    store_id: str
    id: str
    persons: tuple[str, ...]
    at: datetime
    by: str
    key: str
    text: str  # as it was signed


@inner
def sign_notice(vault: Vault, persons: tuple[str, ...]) -> Notice:
    """Return a notice of who has the clinic open."""
    store_id = str(vault.rows("SELECT id FROM store")[0][0])
    body = {
        "format": FORMAT,
        "store": store_id,
        "id": vault.random(_ID_BYTES).hex(),
        "persons": sorted(persons),
        "at": vault.clock.now().isoformat(),
        "by": vault.user.id,
        "key": vault.signer.public.hex(),
    }
    text = canonical(body | {"signature": vault.signer.sign(canonical(body)).hex()}).decode("ascii")
    found = parse_notice(text)
    assert found is not None  # noqa: S101 - it was just made
    return found


def parse_notice(text: str) -> Notice | None:
    """Return the notice of a text; None where it is none, or any sign of it is not what was signed."""
    try:
        body = json.loads(text)
        signature = bytes.fromhex(body.pop("signature"))
        if body["format"] != FORMAT or not is_signed(canonical(body), signature, bytes.fromhex(body["key"])):
            return None
        return Notice(
            store_id=str(body["store"]),
            id=str(body["id"]),
            persons=tuple(str(person) for person in body["persons"]),
            at=datetime.fromisoformat(body["at"]),
            by=str(body["by"]),
            key=str(body["key"]),
            text=text,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


@inner
def notices_of(vault: Vault) -> tuple[Notice, ...]:
    """Return the notices of all erasures, the first one first."""
    found = (parse_notice(str(row[0])) for row in vault.rows("SELECT notice FROM erasure ORDER BY key"))
    return tuple(notice for notice in found if notice is not None)


def write_notices(folder: Path, notices: Iterable[Notice], random: Random) -> None:
    """Write the file beside the database.

    Raises:
        StoreError: why it cannot be written.
    """
    write_durably(folder / FILE, "".join(f"{notice.text}\n" for notice in notices).encode("ascii"), random)


def notices_beside(folder: Path, store_id: str) -> list[Notice]:
    """Return the notices of a store that lie in the folders beside ``folder``: where the clinic it was may be."""
    found: list[Notice] = []
    with suppress(OSError):
        for path in sorted(folder.absolute().parent.glob(f"*/{FILE}")):
            with suppress(StoreError):
                found += [notice for notice in _read(path) if notice.store_id == store_id]
    return found


def notices_in_files(paths: Iterable[Path], store_id: str) -> list[Notice]:
    """Return the notices of files that a person names: proofs, or the file beside a database.

    Raises:
        UsageError: ``erased_file`` where one holds no notice of this clinic. StoreError: why it cannot be read.
    """
    found: list[Notice] = []
    for path in paths:
        held = [notice for notice in _read(path) if notice.store_id == store_id]
        if not held:
            raise UsageError("erased_file")
        found += held
    return found


def _read(path: Path) -> list[Notice]:
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST)
    except OSError as error:
        raise store_error(error) from error
    text = content.decode("utf-8", "replace")
    with suppress(ValueError, AttributeError, RecursionError):
        proof = json.loads(text)
        if isinstance(proof.get("notice"), dict):  # a proof carries its notice
            text = canonical(proof["notice"]).decode("ascii")
    return [notice for line in text.splitlines() if (notice := parse_notice(line)) is not None]
