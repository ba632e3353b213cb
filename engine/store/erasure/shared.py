"""What an import keeps once for all its rows, and of which some may be one person's alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

from engine.domain.record import Value
from engine.store.change import Change
from engine.store.database import Row
from engine.store.erasure.scope import Scope
from engine.store.ingest.columns import shared_key
from engine.store.values import VISIT_SHIFT, column_code, field_of

_AT_ONCE = 10_000  # values asked for in one query; far below what a statement can bind
_CODE = (1 << VISIT_SHIFT) - 1  # field and reading of a measurement's key

# What a row keeps as its value: a number, or a text.
_Kept = float | str
_Place = tuple[int, int, _Kept]  # change, column code, value


class Shared:
    """What an import keeps once for all its rows, and of which some may be this person's alone.

    A column that writes each value in one way keeps the texts (``import_column.texts``); a file may be called after a
    person. Every import is looked at: one that brought rows again that were there keeps its texts and its name too,
    and no row leads to it.
    """

    def __init__(self, change: Change, scope: Scope) -> None:
        self._change = change
        self._values: dict[int, set[str]] = {}  # field -> this person's values, as keys of texts
        for table in ("measurement", "measurement_past"):
            for key, number, text in self._rows(scope, table, "key, number, text"):
                self._use(field_of(key), text if number is None else number)
        for field_key, value in self._rows(scope, "attribute", "field, value"):
            self._use(field_key, value)

    def _use(self, field_key: int, value: Value | None) -> None:
        if value is None:
            return
        names = self._values.setdefault(field_key, set())
        names.add(shared_key(value))
        if value in (0.0, 1.0):
            names.add(shared_key(bool(value)))  # yes and no are stored as numbers, and named as what they are

    def _rows(self, scope: Scope, table: str, columns: str) -> list[Row]:
        where, values = scope.where(table)
        return self._change.rows(f"SELECT {columns} FROM {table} WHERE {where}", values)  # noqa: S608 - names of ours

    def forget(self) -> tuple[set[int], set[int]]:
        """Take out what nobody else has; return the imports whose own row and whose columns changed.

        Called when the person's rows are gone, so that whoever has a value still is somebody else.
        """
        return self._forget_names(), self._forget_texts()

    def _forget_names(self) -> set[int]:
        """Forget what files were called in which nobody is left, also those that only brought known rows again."""
        rows = self._change.rows(
            "SELECT key FROM import WHERE kind = 'imported'"
            " AND (file_name IS NOT NULL OR file_sha256 IS NOT NULL OR sheet IS NOT NULL)"
            " AND key NOT IN (SELECT import FROM import_row UNION SELECT import FROM parked_row"
            " UNION SELECT import FROM series_block UNION SELECT import FROM kept_items)"
        )
        for row in rows:
            self._change.run("UPDATE import SET file_name = NULL, file_sha256 = NULL, sheet = NULL WHERE key = ?", row)
        return {row[0] for row in rows}

    def _forget_texts(self) -> set[int]:
        held = {
            (key, change, field, reading): texts
            for key, change, field, reading, content in self._change.rows(
                "SELECT import.key, change, field, reading, texts FROM import_column"
                " JOIN import ON import.key = import_column.import"
                " WHERE texts IS NOT NULL AND field IN (SELECT value FROM json_each(?))",
                (json.dumps(list(self._values)),),
            )
            if (texts := json.loads(content)).keys() & self._values[field]
        }
        wanted = {
            (change, column_code(field, reading), _kept(name))
            for (_, change, field, reading), texts in held.items()
            for name in texts.keys() & self._values[field]
        }
        others = set(self._had_by_others(wanted)) if wanted else set()
        changed = set()
        for (key, change, field, reading), texts in held.items():
            code = column_code(field, reading)
            mine = self._values[field]
            left = {
                name: text for name, text in texts.items() if name not in mine or (change, code, _kept(name)) in others
            }
            if left != texts:
                new = json.dumps(left, sort_keys=True) if left else None
                self._change.run(
                    "UPDATE import_column SET texts = ? WHERE import = ? AND field = ? AND reading = ?",
                    (new, key, field, reading),
                )
                changed.add(key)
        return changed

    def _had_by_others(self, wanted: set[_Place]) -> Iterator[_Place]:
        """Yield which of these values a row still has that reads its text there; each table is gone through once."""
        changes = json.dumps(sorted({change for change, _, _ in wanted}))
        codes = json.dumps(sorted({code for _, code, _ in wanted}))
        fields = json.dumps(sorted({field_of(code) for _, code, _ in wanted}))
        every = sorted({value for _, _, value in wanted}, key=str)
        listed = "IN (SELECT value FROM json_each(?))"
        for start in range(0, len(every), _AT_ONCE):
            values = every[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(values))
            for table in ("measurement", "measurement_past"):
                yield from self._change.rows(
                    f"SELECT DISTINCT change, key & {_CODE}, coalesce(number, text) FROM {table}"  # noqa: S608 - our own condition
                    f" WHERE key & {_CODE} {listed} AND change {listed} AND coalesce(number, text) IN ({marks})",
                    (codes, changes, *values),
                )
            for change, field, value in self._change.rows(
                f"SELECT DISTINCT change, field, value FROM attribute WHERE field {listed} AND change {listed}"  # noqa: S608 - our own condition
                f" AND value IN ({marks})",
                (fields, changes, *values),
            ):
                yield change, column_code(field, 1), value


def _kept(name: str) -> _Kept:
    """Return a value as rows keep it, from its name among texts."""
    value: float | str | bool = json.loads(name)
    return float(value) if isinstance(value, bool) else value
