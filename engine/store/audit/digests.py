"""Digests of leaves: what the rows of one owner in one table say, as 16 bytes of SHA-256.

A leaf whose rows are all gone has a digest of zeros. Rows go in as text; measurements, of which there are a dozen at
every visit, as records of fixed width that NumPy fills for many visits at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import FloatArray, IntArray
from engine.store.audit.units import MEASUREMENT, Unit

if TYPE_CHECKING:
    from engine.store.database import Database, Row

DIGEST_BYTES = 16
NO_ROWS = bytes(DIGEST_BYTES)
LEAF = np.dtype([("owner", "<i8"), ("digest", f"V{DIGEST_BYTES}")])
Leaves = NDArray[np.void]

# What a number alone does not say: whether there is none, text, text as written, qualifier, key of a conversion.
Rest = tuple[bool, str | None, str | None, str | None, int | None]

_CHUNK = 10_000  # owners asked for at a time
_ROWS = 50_000  # rows held at a time where everything is read

# One measurement. ``rest`` is zeros for a bare number, else a digest of what a number alone does not say.
_VALUE = np.dtype([("key", "<i8"), ("number", "<f8"), ("row", "<i8"), ("change", "<i8"), ("rest", "V16")])
_BARE = "number IS NOT NULL AND text IS NULL AND written IS NULL AND qualifier IS NULL AND conversion IS NULL"
_BARE_COLUMNS = "measurement.key, number, coalesce(row, -1), change"
_REST_COLUMNS = f"{_BARE_COLUMNS}, text, written, qualifier, conversion"


@dataclass(frozen=True, slots=True)
class WrittenValues:
    """Measurements as they stand in the store, column by column; a missing number is 0, a missing line -1."""

    keys: FloatArray | IntArray
    numbers: FloatArray
    lines: FloatArray | IntArray
    changes: FloatArray | IntArray
    rests: Sequence[Rest] | None = None


def leaves_of(database: Database, unit: Unit, owners: IntArray) -> Leaves:
    """Return the leaves of these owners (sorted, each once), those without rows included."""
    found = [_chunk(database, unit, owners[start : start + _CHUNK]) for start in range(0, owners.size, _CHUNK)]
    present = np.concatenate([np.empty(0, LEAF), *found])
    made = np.zeros(owners.size, LEAF)
    made["owner"] = owners
    made["digest"][np.searchsorted(owners, present["owner"])] = present["digest"]
    return made


def all_leaves(database: Database, unit: Unit) -> Iterator[Leaves]:
    """Yield the leaves of every owner that has rows, by owner."""
    if unit is MEASUREMENT:
        yield from _all_measured(database)
        return
    names = ", ".join(unit.columns)
    sql = f"SELECT {unit.owner_sql}, {names} FROM {unit.table} ORDER BY {unit.owner_sql}"  # noqa: S608 - names of ours
    held: list[Row] = []
    for some in database.stream(sql, size=_ROWS):
        held += some
        last = held[-1][0]  # more of its rows may follow
        whole = next((place for place in range(len(held), 0, -1) if held[place - 1][0] != last), 0)
        yield _generic(unit, held[:whole])
        del held[:whole]
    yield _generic(unit, held)


def _chunk(database: Database, unit: Unit, owners: IntArray) -> Leaves:
    wanted = json.dumps(owners.tolist())
    if not unit.shift and owners.size > 1 and owners[-1] - owners[0] == owners.size - 1:
        return _range(database, unit, int(owners[0]), int(owners[-1]))
    if unit is MEASUREMENT:
        return _measured(database, f"json_each(?) AS wanted CROSS JOIN measurement ON {unit.of_owners()} WHERE", wanted)
    names = ", ".join(f"{unit.table}.{name}" for name in unit.columns)
    sql = f"SELECT wanted.value, {names} FROM json_each(?) AS wanted CROSS JOIN {unit.table} ON {unit.of_owners()}"  # noqa: S608 - names of ours
    return _generic(unit, database.rows(sql, (wanted,)))


def _range(database: Database, unit: Unit, first: int, last: int) -> Leaves:
    """Return the leaves of owners that follow one another, as new ones do: read in one go."""
    names = ", ".join(unit.columns)
    sql = f"SELECT {unit.key}, {names} FROM {unit.table} WHERE {unit.key} BETWEEN ? AND ? ORDER BY {unit.key}"  # noqa: S608 - names of ours
    return _generic(unit, database.rows(sql, (first, last)))


def _generic(unit: Unit, rows: Sequence[Row]) -> Leaves:
    """Return the leaves of rows that come owner by owner, the owner being their first column."""
    texts = [_text(row) for row in rows]
    owners = np.fromiter((row[0] for row in rows), np.int64, count=len(rows))
    starts = _starts(owners)
    if starts.size < owners.size:
        order = itemgetter(*range(1, 1 + unit.order))
        ends = [*starts[1:].tolist(), len(rows)]
        texts = [
            texts[start] if end - start == 1 else "\n".join(map(_text, sorted(rows[start:end], key=order)))
            for start, end in zip(starts.tolist(), ends, strict=True)
        ]
    head = hashlib.sha256(f"{unit.table} ".encode())
    return _leaves(owners[starts], [_digest_after(head, text.encode("ascii")) for text in texts])


def _starts(owners: IntArray) -> IntArray:
    """Return where each owner begins."""
    return np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if owners.size else np.empty(0, np.int64)


def _leaves(owners: IntArray, digests: Sequence[bytes]) -> Leaves:
    made = np.empty(owners.size, LEAF)
    made["owner"] = owners
    made["digest"] = np.frombuffer(b"".join(digests), f"V{DIGEST_BYTES}")
    return made


def _digest_after(head: hashlib._Hash, content: bytes) -> bytes:
    found = head.copy()
    found.update(content)
    return found.digest()[:DIGEST_BYTES]


def _text(row: Row) -> str:
    """Return a row as text: numbers as short as they read back exactly, all beyond ASCII escaped.

    Nulls at its end are left out, so that a column added later changes nothing where it is null.
    """
    last = len(row)
    while row[last - 1] is None:
        last -= 1
    return ascii(row[:last])


def _all_measured(database: Database) -> Iterator[Leaves]:
    """Yield the leaves of all visits, a range of keys at a time."""
    found = database.rows("SELECT min(key), max(key) FROM measurement")
    first, last = found[0]
    if first is None:
        return
    step = _ROWS // 8  # visits; a dozen values each
    for start in range(first >> MEASUREMENT.shift, (last >> MEASUREMENT.shift) + 1, step):
        low, high = start << MEASUREMENT.shift, (start + step) << MEASUREMENT.shift
        part = _measured(database, f"measurement WHERE key >= {low} AND key < {high} AND")
        if part.size:
            yield part


def _measured(database: Database, place: str, *values: str) -> Leaves:
    bare = database.rows(f"SELECT {_BARE_COLUMNS} FROM {place} {_BARE}", values)  # noqa: S608 - names of ours
    rest = database.rows(f"SELECT {_REST_COLUMNS} FROM {place} NOT ({_BARE})", values)  # noqa: S608 - names of ours
    # A key, like every number of a row or change, is exact as a float: below 2**53.
    flat = np.fromiter(chain.from_iterable(bare), np.float64, count=4 * len(bare)).reshape(-1, 4)
    read = [WrittenValues(flat[:, 0], flat[:, 1], flat[:, 2], flat[:, 3])]
    if rest:
        keys, numbers, lines, changes = (np.array([row[place] or 0.0 for row in rest]) for place in range(4))
        rests = [(row[1] is None, *row[4:]) for row in rest]
        read.append(WrittenValues(keys, numbers, lines, changes, rests))
    return leaves_of_values(read)


def leaves_of_values(written: Sequence[WrittenValues]) -> Leaves:
    """Return the leaves of visits of which these are all the measurements there are."""
    made = np.zeros(sum(part.keys.size for part in written), _VALUE)
    start = 0
    for part in written:
        end = start + part.keys.size
        made["key"][start:end] = part.keys
        made["number"][start:end] = part.numbers + 0.0  # the store keeps no sign of a zero
        made["row"][start:end] = part.lines
        made["change"][start:end] = part.changes
        if part.rests:
            made["rest"][start:end] = np.frombuffer(b"".join(_rests(part.rests)), f"V{DIGEST_BYTES}")
        start = end
    return _by_visit(made)


def _rests(rests: Sequence[Rest]) -> Iterator[bytes]:
    """Yield the digests; most rows of a file share few."""
    known: dict[Rest, bytes] = {}
    for rest in rests:
        digest = known.get(rest)
        if digest is None:
            digest = known[rest] = hashlib.sha256(ascii(rest).encode("ascii")).digest()[:DIGEST_BYTES]
        yield digest


def _by_visit(values: NDArray[np.void]) -> Leaves:
    values = values[np.argsort(values["key"], kind="stable")]
    visits = values["key"] >> MEASUREMENT.shift
    starts = _starts(visits)
    content, width = memoryview(values.tobytes()), _VALUE.itemsize
    ends = [*starts[1:].tolist(), values.size]
    digests = [
        hashlib.sha256(content[start * width : end * width]).digest()[:DIGEST_BYTES]
        for start, end in zip(starts.tolist(), ends, strict=False)
    ]
    return _leaves(visits[starts], digests)
