"""Series of devices in the store: added by an import, read back by person and time, taken back with their import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from engine.domain.batch import BoolArray, IntArray
from engine.domain.entries import ParkedRow, Source
from engine.domain.record import SourceKind
from engine.domain.series import Readings, SeriesCounts, SeriesHeld, StoredReadings, wall_time
from engine.store.gate import inner, needs
from engine.store.groups import RecordGroups
from engine.store.ingest.parked import store_parked
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.series_blocks import MOST_READINGS, pack, pack_marks, unpack, unpack_marks
from engine.store.vault import Change, Vault

_DAY = 86_400
_MOST_OFFSET = 86_400  # seconds between a wall clock and its instant, at most
_HELD = "measure, method, device, sha256, content"


@dataclass(frozen=True, slots=True)
class ArrivedReadings:
    """The readings of one file, to be stored.

    ``people``: id of a person -> their readings; ``repeats``: how many stand twice in the file; ``read``: all it holds.
    """

    source: Source
    format: str
    people: Mapping[str, tuple[Readings, ...]]
    read: int
    repeats: int = 0
    parked: Sequence[ParkedRow] = ()


@needs(Permission.RECORD_WRITE)
def add_readings(vault: Vault, arrived: ArrivedReadings, *, actor: str, rehearse: bool = False) -> SeriesCounts:
    """Store readings, all or nothing, and return how many were new.

    A reading that the person has already (same measure, method, arm, moment and values) is not stored again, so the
    same file twice, or one that overlaps another, adds only what is new. ``rehearse`` only counts.

    Raises:
        UsageError: ``person_unknown``.
        StoreError: the disk is full or failed; nothing is stored then.
    """
    fresh: list[tuple[int, Readings]] = []
    again: dict[int, IntArray] = {}  # which readings of a block the file holds again
    new = known = 0
    for person_id, groups in arrived.people.items():
        key = person_key(vault, person_id)
        found = [_new(vault, key, readings) for readings in groups]
        marks = [mark for mark, _ in found]
        for _, held in found:
            for block, places in held.items():
                again[block] = np.union1d(again.get(block, np.empty(0, np.int64)), places)
        acts = {act for readings in groups for act in readings.acts.tolist()}
        news = {act for readings, mark in zip(groups, marks, strict=True) for act in readings.acts[mark].tolist()}
        new, known = new + len(news), known + len(acts) - len(news)
        fresh += [(key, readings.take(mark)) for readings, mark in zip(groups, marks, strict=True) if mark.any()]
    if rehearse:
        return SeriesCounts(new, known)
    with vault.change(actor, "series.import", list(arrived.people)) as change:
        import_key, import_id = _start_import(vault, change, arrived, new, known)
        for key, readings in fresh:
            _insert(change, key, import_key, arrived.format, readings)
        change.many(
            "INSERT INTO series_again(block, import, marks) VALUES (?, ?, ?)",
            ((block, import_key, pack_marks(places)) for block, places in again.items()),
        )
        store_parked(vault, change, arrived.parked, import_key)
        change.note(readings_read=arrived.read, readings_new=new, readings_known=known)
    return SeriesCounts(new, known, import_id)


def _start_import(vault: Vault, change: Change, arrived: ArrivedReadings, new: int, known: int) -> tuple[int, str]:
    source, import_id = arrived.source, vault.random(16).hex()
    key = change.run(
        "INSERT INTO import(id, kind, received_at, file_name, file_sha256, sheet, rows_read, rows_new, rows_updated,"
        " rows_repeated, rows_parked, rows_rejected, change) VALUES (?, ?, ?, ?, ?, NULL, ?, ?, 0, ?, ?, 0, ?)",
        (
            import_id,
            SourceKind(source.kind).value,
            source.received_at.isoformat(),
            source.file_name,
            source.file_sha256,
            arrived.read,
            new,
            known + arrived.repeats,
            len(arrived.parked),
            change.id,
        ),
    )
    return key, import_id


def _insert(change: Change, patient: int, import_key: int, format_: str, readings: Readings) -> None:
    for start in range(0, len(readings), MOST_READINGS):
        block = readings.take(np.arange(start, min(start + MOST_READINGS, len(readings))))
        instants = block.instants()
        sha256, content = pack(block)
        change.run(
            "INSERT INTO series_block(patient, import, measure, format, method, device, first_at, last_at, readings,"
            " sha256, content, change) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                patient,
                import_key,
                block.measure,
                format_,
                block.method,
                block.device,
                int(instants.min()),
                int(instants.max()),
                len(block),
                sha256,
                content,
                change.id,
            ),
        )


def _new(vault: Vault, patient: int, readings: Readings) -> tuple[BoolArray, dict[int, list[int]]]:
    """Return which readings the person does not have yet, and where the others lie: block -> places in it."""
    instants = readings.instants()
    known: dict[tuple[object, ...], tuple[int, int]] = {}
    for key in RecordGroups(vault).of(patient):
        rows = vault.rows(
            f"SELECT key, {_HELD} FROM series_block WHERE patient = ? AND measure = ? AND first_at <= ?"  # noqa: S608 - names of ours
            " AND last_at >= ? AND method IS ? AND ended IS NULL",
            (key, readings.measure, int(instants.max()), int(instants.min()), readings.method),
        )
        for block, *packed in rows:
            identities = _unpacked(*packed).identities()
            known.update((identity, (block, place)) for place, identity in enumerate(identities))
    held: dict[int, list[int]] = {}
    if not known:
        return np.ones(len(readings), dtype=np.bool_), held
    found = [known.get(identity) for identity in readings.identities()]
    for block, place in filter(None, found):
        held.setdefault(block, []).append(place)
    return np.array([one is None for one in found], dtype=np.bool_), held


def _unpacked(measure: str, method: str | None, device: str | None, sha256: str, content: bytes) -> Readings:
    return unpack(sha256, content, measure, method, device)


@needs(Permission.RECORD_READ, person=True)
def series_held(vault: Vault, person_id: str) -> tuple[SeriesHeld, ...]:
    """Return what there is of a person's series, by measure, method and device.

    Raises:
        UsageError: ``person_unknown``.
    """
    found: dict[tuple[str, str | None, str | None], list[int]] = {}
    for key in RecordGroups(vault).of(person_key(vault, person_id)):
        rows = vault.rows(
            "SELECT measure, method, device, readings, first_at, last_at FROM series_block"
            " WHERE patient = ? AND ended IS NULL ORDER BY measure, first_at, key",
            (key,),
        )
        for measure, method, device, readings, first, last in rows:
            held = found.setdefault((measure, method, device), [0, first, last])
            held[:] = held[0] + readings, min(held[1], first), max(held[2], last)
    return tuple(
        SeriesHeld(*kind, readings, wall_time(first), wall_time(last))
        for kind, (readings, first, last) in found.items()
    )


@needs(Permission.RECORD_READ, person=True)
def load_series(
    vault: Vault, person_id: str, measure: str, since: date | None = None, until: date | None = None
) -> tuple[StoredReadings, ...]:
    """Return a person's readings of one measure, block by block in the order of time.

    ``since`` and ``until`` are days of the wall clock, both included. Blocks outside are not read.

    Raises:
        UsageError: ``person_unknown``. StoreError: ``store_damaged``.
    """
    low = -(1 << 60) if since is None else _seconds(since)
    high = 1 << 60 if until is None else _seconds(until) + _DAY - 1
    found: list[tuple[int, StoredReadings]] = []
    for key in RecordGroups(vault).of(person_key(vault, person_id)):
        found += _in_range(vault, key, measure, low, high)
    return tuple(stored for _, stored in sorted(found, key=lambda pair: pair[0]))


def _in_range(vault: Vault, patient: int, measure: str, low: int, high: int) -> Iterator[tuple[int, StoredReadings]]:
    rows = vault.rows(
        "SELECT first_at, import.id, format, file_name, received_at, measure, method, device, sha256, content"
        " FROM series_block JOIN import ON import.key = series_block.import"
        " WHERE patient = ? AND measure = ? AND first_at <= ? AND last_at >= ? AND series_block.ended IS NULL"
        " ORDER BY first_at, series_block.key",
        (patient, measure, high + _MOST_OFFSET, low - _MOST_OFFSET),
    )
    for first, import_id, format_, file_name, received, *packed in rows:
        readings = _unpacked(*packed)
        inside = (readings.wall >= low) & (readings.wall <= high)
        if inside.any():
            chosen = readings if inside.all() else readings.take(inside)
            yield first, StoredReadings(chosen, import_id, format_, file_name, datetime.fromisoformat(received))


def _seconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * _DAY


@inner
def take_back_readings(vault: Vault, change: Change, import_key: int) -> int:
    """Take back exactly the readings that an import alone brought, within a change; return how many.

    What a later file held again stays, as a reading of that file. Blocks that were taken back stay as history.
    """
    rows = vault.rows(
        f"SELECT key, patient, format, change, {_HELD} FROM series_block WHERE import = ? AND ended IS NULL",  # noqa: S608 - names of ours
        (import_key,),
    )
    change.run("UPDATE series_block SET ended = ? WHERE import = ? AND ended IS NULL", (change.id, import_key))
    gone = 0
    for block, patient, format_, _, *packed in rows:
        readings = _unpacked(*packed)
        left = np.arange(len(readings))
        for other, marks in vault.rows(
            "SELECT import, marks FROM series_again JOIN import ON import.key = import"
            " WHERE block = ? AND import.ended IS NULL AND import <> ? ORDER BY import",
            (block, import_key),
        ):
            again = np.intersect1d(left, unpack_marks(marks))
            left = np.setdiff1d(left, again)
            if again.size:
                _move_block(vault, change, patient, format_, readings, again, block, other)
        gone += left.size
    return gone


@inner
def _move_block(
    vault: Vault, change: Change, patient: int, format_: str, readings: Readings, chosen: IntArray, block: int, to: int
) -> None:
    """Store readings anew as those of another import, with what still later files say of them."""
    moved = readings.take(chosen)
    moved = replace(moved, rows=np.zeros_like(moved.rows))  # their place in that file is not known
    _insert(change, patient, to, format_, moved)
    (fresh,) = change.rows("SELECT max(key) FROM series_block")[0]
    for other, marks in vault.rows(
        "SELECT import, marks FROM series_again JOIN import ON import.key = import"
        " WHERE block = ? AND import.ended IS NULL AND import > ?",
        (block, to),
    ):
        places = np.flatnonzero(np.isin(chosen, unpack_marks(marks)))
        if places.size:
            change.run(
                "INSERT INTO series_again(block, import, marks) VALUES (?, ?, ?)", (fresh, other, pack_marks(places))
            )
