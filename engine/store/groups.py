"""Which records are shown as one person, and queries over many keys at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from engine.store.database import Row
from engine.store.gate import inner
from engine.store.vault import Vault

_CHUNK = 20_000


@inner
def select_in(vault: Vault, sql: str, keys: Iterable[int | str]) -> Iterator[Row]:
    """Yield the rows of a query over ``json_each(?) AS wanted`` for many keys, a chunk at a time.

    The query joins with CROSS JOIN, which SQLite never reorders: from the wanted keys to the rows.
    """
    wanted = list(keys)
    for start in range(0, len(wanted), _CHUNK):
        yield from vault.rows(sql, (json.dumps(wanted[start : start + _CHUNK]),))


class RecordGroups:
    """The merges in force. Nearly all records stand alone."""

    def __init__(self, vault: Vault) -> None:
        self.roots: dict[int, int] = dict(vault.rows("SELECT key, root FROM patient WHERE root <> key"))
        self._members: dict[int, list[int]] = {root: [root] for root in self.roots.values()}
        for key, root in self.roots.items():
            self._members[root].append(key)

    def root(self, key: int) -> int:
        """Return the record that this one is shown as."""
        return self.roots.get(key, key)

    def of(self, key: int) -> Sequence[int]:
        """Return all records shown with this one, the shown one first; itself when it stands alone."""
        return self._members.get(self.root(key), (key,))

    def whole(self, keys: Iterable[int]) -> list[int]:
        """Return the keys together with all records shown with them."""
        return list(dict.fromkeys(one for key in keys for one in (key, *self.of(key))))
