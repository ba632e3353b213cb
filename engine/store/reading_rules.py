"""By which rules the readings of imports become values of visits: what was chosen, looked up only where it matters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain

import numpy as np

from engine.domain.batch import IntArray
from engine.domain.readings import MEAN_OF_ALL, RULES, rule_code
from engine.store.groups import select_in
from engine.store.values import FIELD_SHIFT, VISIT_SHIFT, column_code
from engine.store.vault import Vault

_CODES = (1 << VISIT_SHIFT) - 1


class ReadingRules:
    """The rules of import columns; empty (false) where no import ever chose another than the default."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        found = {
            (change, column_code(field, reading)): rule
            for change, field, reading, rule in vault.rows(
                "SELECT import.change, field, reading, rule FROM import_column JOIN import ON import.key = import"
                " WHERE rule IN (SELECT value FROM json_each(?))",
                (json.dumps(RULES),),
            )
        }
        self._special = {key for key, rule in found.items() if rule != MEAN_OF_ALL}
        self._rules: Mapping[tuple[int, int], str] = found if self._special else {}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def of(self, change: int, measurement: int) -> str | None:
        """Return the rule of a measurement's column."""
        return self._rules.get((change, measurement & _CODES))

    def is_special(self, change: int, measurement: int) -> bool:
        """Whether a measurement's column has another rule than the default."""
        return (change, measurement & _CODES) in self._special

    @property
    def fields(self) -> frozenset[int]:
        """The keys of the fields that have a rule in some import."""
        return frozenset(code >> FIELD_SHIFT for _, code in self._rules)

    def visits(self) -> IntArray:
        """Return the keys of all visits with a reading under another rule than the default, ascending."""
        sql = (
            "SELECT DISTINCT key >> 24 FROM measurement WHERE change IN (SELECT value FROM json_each(?))"
            " AND (key >> 8) & 65535 IN (SELECT value FROM json_each(?)) ORDER BY 1"
        )
        changes = sorted({change for change, _ in self._special})
        fields = sorted({code >> FIELD_SHIFT for _, code in self._special})
        rows = self._vault.rows(sql, (json.dumps(changes), json.dumps(fields)))
        return np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows))

    def changes(self, visits: IntArray) -> tuple[IntArray, IntArray]:
        """Return the keys of the values of these visits, ascending, and the change each was written in."""
        sql = (
            "SELECT value.key, value.change FROM json_each(?) AS wanted CROSS JOIN measurement AS value"
            " ON value.key >= wanted.value << 24 AND value.key < (wanted.value + 1) << 24"
        )
        rows = list(select_in(self._vault, sql, np.sort(visits).tolist()))
        flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=2 * len(rows)).reshape(-1, 2)
        return flat[:, 0], flat[:, 1]

    def codes(self, changes: IntArray, measurements: IntArray) -> IntArray:
        """Return the rule code of each measurement's column, 0 for none."""
        columns, which = np.unique(changes << VISIT_SHIFT | (measurements & _CODES), return_inverse=True)
        rules = [rule_code(self.of(column >> VISIT_SHIFT, column)) for column in columns.tolist()]
        return np.array(rules, dtype=np.int64)[which]
