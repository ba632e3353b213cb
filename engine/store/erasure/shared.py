"""What an import keeps once for all its rows, and of which some may be one person's alone."""

from __future__ import annotations

import json

from engine.domain.record import Value
from engine.store.change import Change
from engine.store.database import Row
from engine.store.erasure.scope import Scope
from engine.store.ingest.columns import shared_key
from engine.store.values import field_of, reading_of


class Shared:
    """What an import keeps once for all its rows, and of which some may be this person's alone.

    A column that writes each value in one way keeps the texts (``import_column.texts``); a file may be called after a
    person.
    """

    def __init__(self, change: Change, scope: Scope) -> None:
        self._change = change
        self._imports: dict[int, int] = {}  # change -> import
        self._used: dict[tuple[int, int, int], set[str]] = {}  # change, field, reading -> values as keys of texts
        for table in ("measurement", "measurement_past"):
            for change_id, key, number, text in self._rows(scope, table, "change, key, number, text"):
                self._use(change_id, field_of(key), reading_of(key), text if number is None else number)
        for change_id, field_key, value in self._rows(scope, "attribute", "change, field, value"):
            self._use(change_id, field_key, 1, value)
        touched = {place[0] for place in self._used} | {row[0] for row in self._rows(scope, "visit", "change")}
        found = [self._rows(scope, table, "DISTINCT import") for table in ("import_row", "parked_row", "series_block")]
        rows_in = {row[0] for rows in found for row in rows}
        for key, change_id in change.rows("SELECT key, change FROM import WHERE kind = 'imported'"):
            if change_id in touched or key in rows_in:
                self._imports[change_id] = key

    def _use(self, change_id: int, field_key: int, reading: int, value: Value | None) -> None:
        if value is not None:
            self._used.setdefault((change_id, field_key, reading), set()).add(shared_key(value))

    def _rows(self, scope: Scope, table: str, columns: str) -> list[Row]:
        where, values = scope.where(table)
        return self._change.rows(f"SELECT {columns} FROM {table} WHERE {where}", values)  # noqa: S608 - names of ours

    def forget(self) -> tuple[set[int], set[int]]:
        """Take out what nobody else has; return the imports whose own row and whose columns changed."""
        renamed = {key for key in self._imports.values() if self._is_left_by_all(key)}
        for key in renamed:
            self._change.run(
                "UPDATE import SET file_name = NULL, file_sha256 = NULL, sheet = NULL WHERE key = ?", (key,)
            )
        columns = set()
        for (change_id, field_key, reading), values in self._used.items():
            found = self._imports.get(change_id)
            if found is not None and self._prune(found, change_id, field_key, reading, values):
                columns.add(found)
        return renamed, columns

    def _is_left_by_all(self, key: int) -> bool:
        rows = self._change.rows(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM import_row WHERE import = ?)"
            " OR EXISTS (SELECT 1 FROM parked_row WHERE import = ?)"
            " OR EXISTS (SELECT 1 FROM series_block WHERE import = ?)",
            (key, key, key),
        )
        return not rows

    def _prune(self, key: int, change_id: int, field_key: int, reading: int, values: set[str]) -> bool:
        place = (key, field_key, reading)
        where = "import = ? AND field = ? AND reading = ?"
        found = self._change.rows(f"SELECT texts FROM import_column WHERE {where} AND texts IS NOT NULL", place)  # noqa: S608 - our own condition
        texts = json.loads(found[0][0]) if found else {}
        gone = [name for name in values & texts.keys() if not self._others_have(change_id, field_key, reading, name)]
        if not gone:
            return False
        left = {name: text for name, text in texts.items() if name not in gone}
        new = json.dumps(left, sort_keys=True) if left else None
        self._change.run(f"UPDATE import_column SET texts = ? WHERE {where}", (new, *place))  # noqa: S608 - our own condition
        return True

    def _others_have(self, change_id: int, field_key: int, reading: int, name: str) -> bool:
        value = json.loads(name)
        value = float(value) if isinstance(value, bool) else value
        code = field_key << 8 | reading
        same = f"change = ? AND key & 16777215 = {code} AND (number = ? OR text = ?)"
        sql = (
            f"SELECT 1 WHERE EXISTS (SELECT 1 FROM measurement WHERE {same})"  # noqa: S608 - our own condition
            f" OR EXISTS (SELECT 1 FROM measurement_past WHERE {same})"
            " OR EXISTS (SELECT 1 FROM attribute WHERE change = ? AND field = ? AND value = ?)"
        )
        one = (change_id, value, value)
        return bool(self._change.rows(sql, (*one, *one, change_id, field_key, value)))
