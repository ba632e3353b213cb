"""Other layouts brought into one visit a row: several visits side by side, and one test a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.fields import Kind
from engine.intake.combine import distinct
from engine.intake.field_columns import ColumnMap
from engine.intake.headers import HeaderReading, read_header
from engine.intake.lexicon import Lexicon
from engine.intake.mapping import LONG, WIDE, Mapped
from engine.intake.roles import Role
from engine.intake.sheet_rows import NotPatient, RowKind, compact, take_rows
from engine.intake.tables import CellKind, Column, Table
from engine.intake.text import fold
from engine.intake.units import unit_name

_NUMBER = re.compile(r"^([^\d]*\d(?:[\d.,' ]*\d)?)\s*([^\d]*)$")


@dataclass(frozen=True, slots=True)
class Shaped:
    """A table with one visit (or one test of a visit) a row.

    ``roles`` belong to the columns of ``table``. ``places[i]`` is the column of ``table`` into which column i of the
    file went, ``sources[j]`` the column of the file from which column j of ``table`` came (the first of several).
    ``visit_groups`` holds the number of the visit of each row in the wide layout, ``not_patients`` rows left out.
    """

    layout: str
    table: Table
    roles: tuple[Role, ...]
    places: tuple[int, ...]
    sources: tuple[int, ...]
    visit_groups: NDArray[np.int32] | None = None
    not_patients: tuple[NotPatient, ...] = ()


def reshape(table: Table, mapped: Mapped, lexicon: Lexicon) -> Shaped:
    """Bring a table into one visit a row."""
    if mapped.layout == WIDE:
        return _widen(table, mapped.roles)
    if mapped.layout == LONG:
        return _spread_tests(table, mapped.roles, lexicon)
    same = tuple(range(len(mapped.roles)))
    return Shaped(mapped.layout, table, mapped.roles, same, same)


def file_maps(shaped: Shaped, roles: Sequence[Role], maps: Sequence[ColumnMap]) -> tuple[ColumnMap, ...]:
    """Return the map of the columns as they stand in the file, from that of the reshaped table."""
    found = []
    for role, place in zip(roles, shaped.places, strict=True):
        line = replace(maps[place], index=role.index, header=role.header, visit=role.visit)
        if role.target == "lab_test":
            tests = {text: read_header(text) for text in shaped.table.columns[place].cells}
            line = replace(
                line, codes=tuple((text, said.target) for text, said in tests.items() if said.target is not None)
            )
        found.append(line)
    return tuple(found)


def _widen(table: Table, roles: Sequence[Role]) -> Shaped:
    """Put the visits of a row under each other; a visit without any cell is none."""
    visits = sorted({role.visit for role in roles if role.visit is not None and role.target is not None})
    parts: list[tuple[NDArray[np.intp], int]] = []
    for visit in visits:
        filled = np.zeros(len(table), dtype=np.bool_)
        for role in roles:
            if role.visit == visit:
                column = table.columns[role.index]
                filled |= np.array([bool(text.strip()) for text in column.cells], dtype=np.bool_)[column.codes]
        parts.append((np.flatnonzero(filled), visit))
    rows = np.concatenate([positions for positions, _ in parts])
    groups = np.concatenate([np.full(len(positions), visit, dtype=np.int32) for positions, visit in parts])
    order = np.lexsort((groups, rows))  # file order, then visit
    columns: list[Column] = []
    new_roles: list[Role] = []
    places: list[int] = []
    of_place: dict[object, int] = {}
    for role in roles:
        place = _place(role)
        if place is None or place not in of_place:
            same = [role] if place is None else [other for other in roles if _place(other) == place]
            column = _stack(table, same, [positions for positions, _ in parts], visits, place is None)
            if place is not None:
                of_place[place] = len(columns)
            new_roles.append(replace(role, index=len(columns)))
            columns.append(replace(column, codes=column.codes[order]))
            places.append(len(columns) - 1)
        else:
            places.append(of_place[place])
    taken = rows[order]
    shaped = Table(table.facts, tuple(columns), table.rows[taken], table.bad_shape[taken], table.hidden[taken], {})
    sources = tuple(places.index(column) for column in range(len(columns)))
    return Shaped(WIDE, shaped, tuple(new_roles), tuple(places), sources, groups[order])


def _place(role: Role) -> tuple[str | None, int, str | None] | None:
    return (role.target, role.reading, role.side) if role.visit is not None and role.target else None


def _stack(
    table: Table, roles: Sequence[Role], parts: Sequence[NDArray[np.intp]], visits: Sequence[int], shared: bool
) -> Column:
    """Make one column out of the same field of every visit; a shared column repeats."""
    first = table.columns[roles[0].index]
    if shared:
        return replace(first, codes=first.codes[np.concatenate(parts)])
    cells: dict[tuple[str, int], int] = {("", int(CellKind.TEXT)): 0}
    codes: list[NDArray[np.int32]] = []
    for positions, visit in zip(parts, visits, strict=True):
        role = next((role for role in roles if role.visit == visit), None)
        if role is None:
            codes.append(np.zeros(len(positions), dtype=np.int32))
            continue
        column = table.columns[role.index]
        pairs = zip(column.cells, column.kinds.tolist(), strict=True)
        new = np.array([cells.setdefault(pair, len(cells)) for pair in pairs], dtype=np.int32)
        codes.append(new[column.codes[positions]])
    kinds = np.array([kind for _, kind in cells], dtype=np.int8)
    return Column(first.header, first.unit_hint, tuple(text for text, _ in cells), kinds, np.concatenate(codes))


def _spread_tests(table: Table, roles: Sequence[Role], lexicon: Lexicon) -> Shaped:
    """Give every test a column of its own, filled in the rows of that test; the unit goes into the cell."""
    by_target = {role.target: role for role in roles}
    place = by_target["lab_test"].index
    known = np.array([_test_field(text, lexicon).target is not None for text in table.columns[place].cells])
    known = known.astype(np.bool_)[table.columns[place].codes]
    others = tuple(NotPatient(int(row), RowKind.OTHER_TEST) for row in table.rows[~known].tolist())
    kept = take_rows(table, known)
    test = kept.columns[place]
    said = [_test_field(text, lexicon) for text in test.cells]  # of the rows that are left, in their own order
    results = _with_units(kept, by_target, said, lexicon)
    columns, new_roles = list(kept.columns), list(roles)
    for target in dict.fromkeys(reading.target for reading in said if reading.target):
        own = np.array([reading.target == target for reading in said], dtype=np.bool_)[test.codes]
        codes = np.where(own, results.codes + 1, 0).astype(np.int32)
        kinds = np.concatenate([np.zeros(1, dtype=np.int8), results.kinds])
        # Cells of other tests in it would be taken for what this one proves.
        columns.append(compact(Column(results.header, None, ("", *results.cells), kinds, codes)))
        header = f"{test.header} / {results.header}"
        new_roles.append(Role(len(columns) - 1, header, str(target), target, HeaderReading(target, strong=True)))
    places = tuple(range(len(roles)))
    sources = (*places, *[by_target["lab_result"].index] * (len(columns) - len(roles)))
    shaped = replace(kept, columns=tuple(columns))
    return Shaped(LONG, shaped, tuple(new_roles), places, sources, None, others)


def _test_field(text: str, lexicon: Lexicon) -> HeaderReading:
    """Return which number field a test is."""
    reading = read_header(text)
    if reading.offered or reading.target not in lexicon.dictionary:
        return HeaderReading()
    return reading if lexicon.dictionary[str(reading.target)].kind is Kind.NUMBER else HeaderReading()


def _with_units(
    table: Table, by_target: dict[str | None, Role], said: Sequence[HeaderReading], lexicon: Lexicon
) -> Column:
    """Return the result column with the unit of its row, or else of its test, written behind each number."""
    result = table.columns[by_target["lab_result"].index]
    tests = table.columns[by_target["lab_test"].index]
    of_test = ["" if reading.unit is None else unit_name(reading.unit, lexicon.units) for reading in said]
    if "lab_unit" in by_target:
        unit = table.columns[by_target["lab_unit"].index]
        units, unit_codes = [text.strip() for text in unit.cells], unit.codes
    else:
        units, unit_codes = [""], np.zeros(len(table), dtype=np.int32)
    codes, parts = distinct([result.codes, unit_codes, tests.codes])
    cells, kinds = [], []
    for number, of, test in parts.tolist():
        written = _with_unit(result.cells[number], units[of] or of_test[test], lexicon)
        cells.append(written)
        kinds.append(result.kinds[number] if written == result.cells[number] else CellKind.TEXT)
    return Column(result.header, None, tuple(cells), np.array(kinds, dtype=np.int8), codes)


def _with_unit(written: str, unit: str, lexicon: Lexicon) -> str:
    """Write a unit behind the number of a cell, before a mark such as H; a cell with more than these stays."""
    match = _NUMBER.match(fold(written)) if unit else None
    if match is None:
        return written
    number, mark = match.groups()
    if mark.strip("()").casefold() in lexicon.words.flags or not mark:
        return f"{number} {unit} {mark}".strip()
    return written
