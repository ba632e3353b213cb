"""Where each stored thing came from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.domain.record import Conversion, Origin, SourceKind, Value
from engine.store.groups import select_in
from engine.store.ingest.columns import shared_key
from engine.store.settings import actor_names
from engine.store.values import field_of, reading_of
from engine.store.vault import Vault


@dataclass(frozen=True, slots=True)
class _Change:
    """One change, with the import it was, if any."""

    recorded_at: datetime
    actor: str
    kind: SourceKind
    import_key: int | None = None
    file_name: str | None = None
    file_sha256: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class _Column:
    """What a column of an import shares."""

    header: str | None
    conversion: int | None
    rule: str | None
    set_for_file: bool
    texts: Mapping[str, str]


class Origins:
    """The provenance of what was written in the changes included so far, each looked up once."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._changes: dict[int, _Change] = {}
        self._columns: dict[tuple[int, int, int], _Column] = {}
        self._conversions: dict[int, Conversion] = {}

    def include(self, changes: Iterable[int]) -> None:
        """Look up the changes that are not known yet."""
        missing = set(changes).difference(self._changes)
        if not missing:
            return
        found = _load_changes(self._vault, missing)
        self._changes.update(found)
        imports = {change.import_key for change in found.values() if change.import_key is not None}
        self._columns.update(_load_columns(self._vault, imports))
        rows = self._vault.rows("SELECT key, unit_from, unit_to, factor, shift FROM conversion")
        self._conversions = {key: Conversion(*rest) for key, *rest in rows}

    def of_change(self, key: int) -> Origin:
        """Return the origin of something that was written in a change as a whole."""
        change = self._changes[key]
        return Origin(
            kind=change.kind,
            recorded_at=change.recorded_at,
            actor=change.actor,
            file_name=change.file_name,
            file_sha256=change.file_sha256,
            sheet=change.sheet,
        )

    def of_value(
        self,
        change_key: int,
        measurement: int,
        value: Value | None,
        row: int | None,
        written: str | None,
        conversion: int | None,
    ) -> Origin:
        """Return the origin of a measurement. Without a text of its own, the column's shared text is told."""
        change = self._changes[change_key]
        if change.import_key is None:
            return self.of_change(change_key)
        column = self._columns[change.import_key, field_of(measurement), reading_of(measurement)]
        text = written if written is not None or value is None else column.texts.get(shared_key(value))
        return Origin(
            kind=SourceKind.SET_FOR_FILE if column.set_for_file else change.kind,
            recorded_at=change.recorded_at,
            actor=change.actor,
            file_name=change.file_name,
            file_sha256=change.file_sha256,
            sheet=change.sheet,
            row=None if change.kind is SourceKind.TYPED else row,
            column=column.header,
            text=text,
            conversion=self._conversions.get(conversion or column.conversion or 0),
            rule=column.rule,
        )


def _load_changes(vault: Vault, keys: set[int]) -> dict[int, _Change]:
    name_of = actor_names(vault)
    sql = (
        "SELECT change.key, moment, actor, kind, import.key, file_name, file_sha256, sheet FROM json_each(?) AS wanted"
        " CROSS JOIN change ON change.key = wanted.value LEFT JOIN import ON import.change = change.key"
    )
    return {
        key: _Change(
            recorded_at=datetime.fromisoformat(moment),
            actor=name_of(actor),
            kind=SourceKind(kind or SourceKind.TYPED),
            import_key=import_key,
            file_name=file_name,
            file_sha256=file_sha256,
            sheet=sheet,
        )
        for key, moment, actor, kind, import_key, file_name, file_sha256, sheet in select_in(vault, sql, keys)
    }


def _load_columns(vault: Vault, imports: set[int]) -> dict[tuple[int, int, int], _Column]:
    sql = (
        "SELECT import, field, reading, header, conversion, rule, set_for_file, texts FROM json_each(?) AS wanted"
        " CROSS JOIN import_column ON import_column.import = wanted.value"
    )
    return {
        (import_key, field, reading): _Column(
            header, conversion, rule, bool(set_for_file), json.loads(texts) if texts else {}
        )
        for import_key, field, reading, header, conversion, rule, set_for_file, texts in select_in(vault, sql, imports)
    }
